"""Importance is shown with its ties, its cautions and how we do; nothing is called a cause."""

from itertools import pairwise
from typing import Any

import polars as pl

from dashboard import importance
from dashboard.charts import importance as chart

LABELS = {
    "emotion": "Felt well cared for",
    "success": "Got it done",
    "valued": "Felt valued",
    "had_to_repeat": "Had to repeat",
}


def row(driver: str, weight: float, ranks: tuple[int, int], tied: str = "", **more: Any) -> dict[str, Any]:
    return {
        "outcome": "loyalty", "driver": driver, "weight": weight,
        "weight_low": weight - 0.02, "weight_high": weight + 0.02,
        "rank_low": ranks[0],
        "rank_high": ranks[1], "tied_with": tied, "n": 1789, "r_squared": 0.6, "halo_share": 0.5,
        "direction": "up", "caution": None, "performance": 0.6, "performance_low": 0.58, "performance_high": 0.62,
    } | more  # fmt: skip


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def found(*rows: dict[str, Any], unwanted: frozenset[str] = frozenset()) -> list[importance.Item]:
    return importance.items(table(*rows), LABELS, unwanted)


def test_ties_are_said() -> None:
    told = found(
        row("emotion", 0.2, (1, 2), "success"),
        row("success", 0.19, (1, 2), "emotion"),
        row("valued", 0.1, (3, 3)),
    )
    assert "“Felt well cared for” goes with loyalty most, tied with “Got it done”" in importance.sentence(
        told
    )
    assert "tied with “Got it done”" in importance.in_order(told)
    assert importance.ranks(told[2]) == "3"


def test_where_all_are_tied_none_is_named_first() -> None:
    told = found(row("emotion", 0.2, (1, 2), "success"), row("success", 0.19, (1, 2), "emotion"))
    assert importance.sentence(told) == "**All are tied: none goes with loyalty surely more than another.**"


def test_room_is_named_only_where_fewer_surely_felt_it() -> None:
    low = {"performance": 0.4, "performance_low": 0.37, "performance_high": 0.43}
    rows = (row("success", 0.1, (2, 3), "valued"), row("valued", 0.09, (2, 3), "success"))
    assert "Most room there: “Felt well cared for”, 40 of 100" in importance.sentence(
        found(row("emotion", 0.2, (1, 1), **low), *rows)
    )
    assert "Most room" not in importance.sentence(found(row("emotion", 0.2, (1, 1)), *rows))


def test_what_should_be_rare_is_turned_round() -> None:
    bad = row(
        "had_to_repeat",
        0.03,
        (2, 2),
        direction="down",
        performance=0.13,
        performance_low=0.12,
        performance_high=0.15,
    )
    told = found(row("emotion", 0.2, (1, 1)), bad, unwanted=frozenset({"had_to_repeat"}))
    assert told[1].label == "Did not have to repeat"
    assert (told[1].performance_low, told[1].performance_high) == (0.85, 0.88)
    assert not [
        caution for caution in importance.cautions(table(bad), told, LABELS) if "less loyal" in caution
    ]


def test_cautions_are_told_in_plain_words() -> None:
    rows = (
        row("emotion", 0.2, (1, 1), caution="suppressor, nearly the same as valued"),
        row("valued", 0.1, (2, 2), direction="down"),
    )
    told = " ".join(importance.cautions(table(*rows), found(*rows), LABELS))
    assert "suppressor" not in told
    assert "nearly the same as “Felt valued”" in told
    assert (
        "“Felt valued”: of customers who rate the rest alike, those who rate this higher are less loyal here"
        in told
    )
    assert "60 of 100 parts of loyalty's variation" in told
    assert "50 of 100 parts of what these ratings say is the same for all of them" in told


def test_a_leader_of_three_that_is_not_first_of_all_is_explained() -> None:
    told = found(row("success", 0.2, (1, 1)), row("emotion", 0.15, (2, 2)))
    beside = importance.sentence(told, "emotion")
    assert beside.startswith("**“Felt well cared for” shares its credit here")
    assert "Weighed against the other two alone it leads, as said above" in beside
    assert "of all two single ratings, “Got it done” stands highest." in beside
    assert importance.sentence(told, "success") == importance.sentence(told)


def test_feeling_asked_in_several_ways_shares_its_credit_and_does_not_contradict_the_verdict() -> None:
    told = found(row("success", 0.2, (1, 1)), row("emotion", 0.15, (2, 2)), row("valued", 0.1, (3, 3)))
    beside = importance.sentence(told, "emotion")
    assert beside.startswith("**Feeling is asked about in two ways here, and these share its credit.**")
    assert "goes with loyalty most" not in beside


def test_names_of_points_at_one_height_keep_clear_of_each_other() -> None:
    near = [
        row(name, 0.1 + place / 1000, (1, 3)) for place, name in enumerate(("emotion", "success", "valued"))
    ]
    drawn = importance.as_frame(found(*near, row("had_to_repeat", 0.3, (1, 1))))
    data = next(
        rows for rows in chart.importance(drawn).to_dict()["datasets"].values() if "label_at" in rows[0]
    )
    for side in ("left", "right"):
        heights = sorted(point["label_at"] for point in data if point["side"] == side)
        assert all(upper - lower > 1 for lower, upper in pairwise(heights))


def test_points_have_bars_in_both_directions() -> None:
    drawn = importance.as_frame(found(row("emotion", 0.2, (1, 1)), row("valued", 0.1, (2, 2))))
    layers = chart.importance(drawn).to_dict()["layer"]
    assert any(layer["encoding"].get("x2", {}).get("field") == "high" for layer in layers)
    assert any(layer["encoding"].get("y2", {}).get("field") == "weight_high" for layer in layers)


def test_of_those_tied_for_first_the_leader_above_is_named_first() -> None:
    told = found(
        row("success", 0.2, (1, 2), "emotion"),
        row("emotion", 0.19, (1, 2), "success"),
        row("valued", 0.1, (3, 3)),
    )
    assert "“Felt well cared for” goes with loyalty most, tied with “Got it done”" in importance.sentence(
        told, "emotion"
    )
