"""What goes with loyalty is said as the build judged it, with what it rests on, and never as a cause."""

import re

import polars as pl
import pytest

from dashboard import loyalty, words

CAUSES = re.compile(
    r"\b(drives?|driver|causes?|because of|counts most|makes customers|leads to)\b", re.IGNORECASE
)


def verdicts(**by_behaviour: str) -> dict[str, loyalty.Judged]:
    rows = [
        {"behaviour": name, "verdict": verdict, "n": 2041, "leader": "emotion", "lead": 0.15, "lead_low": 0.06,
         "lead_high": 0.24}
        for name, verdict in by_behaviour.items()
    ]  # fmt: skip
    return loyalty.judged(pl.DataFrame(rows))


def shares(n: int = 400, views: tuple[str, ...] = ("as counted",), without: str = "") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"driver": driver, "behaviour": behaviour, "view": view, "level": level, "share": 0.6, "share_low": 0.55,
             "share_high": 0.65, "n": n}
            for view in views for behaviour in words.BEHAVIOURS for driver in words.DRIVERS for level in ("high", "low")
            if without not in (behaviour, driver)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    "overall", ["emotion leads", "effort leads", "success leads", "tied", "not enough data"]
)
def test_no_sentence_names_a_cause(overall: str) -> None:
    told = verdicts(overall=overall, trust="tied", forgive="emotion leads")
    assert not CAUSES.search(f"{loyalty.headline(told)} {loyalty.lead(told)} {loyalty.by_how_much(told)}")
    assert not any(CAUSES.search(guard.removesuffix("Not cause.")) for guard in loyalty.GUARDS.values())


def test_the_headline_may_contradict_the_article() -> None:
    assert (
        loyalty.headline(verdicts(overall="effort leads"))
        == "How easy it is for customers goes with loyalty most."
    )
    assert "about the same" in loyalty.headline(verdicts(overall="tied"))
    assert "Too few" in loyalty.headline({})


def test_behaviours_that_do_not_follow_are_named() -> None:
    told = loyalty.lead(verdicts(purchase_more="emotion leads", recommend="emotion leads", trust="tied"))
    assert told == "Emotion leads for buying more and recommending us. For trusting us it is a tie."


def test_how_clearly_one_leads_is_said_with_the_range_the_verdict_was_read_off() -> None:
    one = verdicts(forgive="emotion leads")["forgive"]
    assert loyalty.how_clearly(one) == (
        "clearly: 0.15 ahead of the next, probably between 0.06 and 0.24, 2,041 answers"
    )
    assert loyalty.basis(one) == "clearly, 2,041 answers"


def test_a_tie_is_not_called_a_lead() -> None:
    told = loyalty.how_clearly(verdicts(trust="tied")["trust"])
    assert "ahead" not in told
    assert "apart" in told


def test_a_build_of_before_says_its_verdict_without_a_lead() -> None:
    old = loyalty.judged(pl.DataFrame({"behaviour": ["trust"], "verdict": ["tied"], "n": [300]}))
    assert loyalty.how_clearly(old["trust"]).endswith("300 answers")


@pytest.mark.parametrize(("n", "word"), [(12, "too few to read"), (45, "a hint"), (100, "100")])
def test_a_row_says_how_far_its_answers_carry(n: int, word: str) -> None:
    assert loyalty.panels(shares(n), "high")["label"][0].endswith(word)


def test_hidden_cells_are_counted() -> None:
    every = shares()
    assert not loyalty.hidden_in_words(every, "as counted", 10)
    assert (
        loyalty.hidden_in_words(every.head(22), "as counted", 10) == "2 of 24 cells hidden: under 10 people"
    )


def test_a_behaviour_nobody_was_asked_about_is_named() -> None:
    assert loyalty.missing_behaviours(shares(without="forgive")) == ["forgive us a mistake"]
    assert loyalty.panels(shares(without="forgive"), "high").height == 9


def test_every_view_says_what_it_guards_against() -> None:
    assert set(loyalty.GUARDS) == set(loyalty.VIEWS)
    frame = shares(views=tuple(loyalty.VIEWS))
    assert loyalty.as_table(frame).height == frame.height
    assert all(loyalty.cells(frame, "low", view).height == 12 for view in loyalty.VIEWS)


def test_where_only_all_together_have_a_leader_no_part_is_said_to_have_one() -> None:
    told = loyalty.lead(verdicts(overall="emotion leads", purchase_more="tied", trust="tied"))
    assert told == (
        "That holds for what customers would do taken together; for each alone it is still too close to call."
    )
