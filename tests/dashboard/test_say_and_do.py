"""What people said is held against what they did, with the silent beside it; an intention is never loyalty."""

import polars as pl

from dashboard import say_and_do


def rows(high: float = 0.44, low: float = 0.3, half: float = 0.03, **gone: None) -> pl.DataFrame:
    shares = {"did not answer": 0.37, "high": high, "low": low, "middle": 0.36} | gone
    return pl.DataFrame(
        [
            {"item": "purchase_more", "level": level, "horizon_days": 180, "customers": 500,
             "came_back": None if share is None else round(500 * share), "share": share,
             "share_low": None if share is None else share - half,
             "share_high": None if share is None else share + half}
            for level, share in shares.items()
        ]
    )  # fmt: skip


def test_those_who_said_yes_no_and_nothing_are_told_in_this_order() -> None:
    found = say_and_do.of_item(rows())
    assert found["level"].to_list() == ["high", "middle", "low", "did not answer"]
    told = say_and_do.sentence(found)
    assert (
        "Of 100 who said they would buy more, 44 ordered within 180 days** (probably between 41 and 47, 500 customers)"
        in told
    )
    assert "Of 100 who said they would not, 30 did (probably between 27 and 33, 500 customers)." in told
    assert "Of 100 who did not answer, 37 (probably between 34 and 40, 500 customers)." in told
    assert "loyal" not in told


def test_saying_so_counts_for_nothing_where_the_ranges_overlap() -> None:
    assert "does not tell apart who ordered" in say_and_do.sentence(rows(high=0.33, low=0.3))


def test_a_no_that_orders_more_often_is_said_and_not_hidden() -> None:
    assert "Those who said no ordered more often" in say_and_do.sentence(rows(high=0.2, low=0.4))


def test_a_hidden_group_is_too_few_and_the_rest_is_told() -> None:
    found = say_and_do.of_item(rows(low=None))  # type: ignore[arg-type]
    assert "would not" not in say_and_do.sentence(found)
    assert say_and_do.panels(found)["note"].to_list()[2] == "too few"


def test_without_those_who_said_yes_nothing_is_claimed() -> None:
    assert say_and_do.sentence(rows(high=None)).startswith("Too few")  # type: ignore[arg-type]
