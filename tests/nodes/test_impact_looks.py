"""When an initiative is judged: only on days fixed beforehand; and what makes of a lot a hint only."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.measures.impact import judge, look_level, randomised
from tests.nodes.initiatives import made, primary, says
from tests.nodes.test_impact import drawn, worked

LOOKS = {"looks_on": "2026-05-01;2026-08-01"}


def on(day: date) -> list[dict[str, Any]]:
    return [{"looked_on": day}]


def weekly(lots: int, rng: np.random.Generator, n: int = 60, share: float = 0.25) -> pl.DataFrame:
    """Lots of 2n people, one a week from 5 January 2026 on, whose 30 days end one after the other; nothing works."""
    ends = [date(2026, 2, 4) + timedelta(weeks=week) for week in range(lots)]
    people = drawn([("all", 0.5, "treated", n * lots, 0.0), ("all", 0.5, "control", n * lots, 0.0)])
    return people.with_columns(
        ends_on=pl.Series([day for _ in range(2) for day in ends for _ in range(n)]),
        is_success=pl.Series(rng.random(people.height) < share),
    )


def by(rows: pl.DataFrame, today: date) -> pl.DataFrame:
    """What a build of a day knows of them."""
    return rows.with_columns(is_observed=pl.col("ends_on") < today)


def test_between_two_looks_new_people_change_nothing() -> None:
    rows = weekly(26, np.random.default_rng(4))
    told = []
    for today in (date(2026, 5, 1), date(2026, 6, 10), date(2026, 7, 31)):
        tables = made([LOOKS], on(today), initiative_outcome=by(rows, today))
        found = primary(tables)
        assert (found["judged_on"], found["next_look_on"]) == (date(2026, 5, 1), date(2026, 8, 1))
        assert found["still_running"] == rows.height - found["n_treated"] - found["n_control"]
        assert says(tables, "looks")[1].startswith("Judged at the look of 2026-05-01; next look 2026-08-01.")
        told.append(tables["initiative_effect"])
    assert told[0].equals(told[1])
    assert told[0].equals(told[2])


def test_after_the_last_look_planned_the_answer_is_frozen_for_good() -> None:
    rows = weekly(40, np.random.default_rng(4))
    first, second = (
        made([LOOKS], on(today), initiative_outcome=by(rows, today))
        for today in (date(2026, 8, 1), date(2027, 3, 1))
    )
    assert first["initiative_effect"].equals(second["initiative_effect"])
    found = primary(second)
    assert (found["judged_on"], found["next_look_on"]) == (date(2026, 8, 1), None)
    assert "the last look that was planned" in says(second, "looks")[1]
    assert found["n_treated"] == 60 * (rows.filter(pl.col("ends_on") < date(2026, 8, 1)).height // 120)


def test_verdict_range_and_p_value_share_the_error_among_the_looks() -> None:
    nearly = drawn([("all", 0.5, "treated", 1000, 0.24), ("all", 0.5, "control", 1000, 0.202)])
    once, twice = (
        primary(made([{"looks_on": looks}], initiative_outcome=nearly))
        for looks in ("2026-08-01", LOOKS["looks_on"])
    )
    assert (once["level"], twice["level"]) == (pytest.approx(0.95), pytest.approx(0.975))
    assert (once["verdict"], twice["verdict"]) == ("works", "inconclusive")
    assert twice["p_adjusted"] == pytest.approx(2 * once["p_adjusted"])
    assert twice["effect_low"] < 0 < once["effect_low"]


def test_a_look_waits_for_orders_that_come_late() -> None:
    rows = weekly(26, np.random.default_rng(4))
    late = rows.with_columns(is_observed=pl.col("ends_on") < date(2026, 7, 20))
    assert primary(made([LOOKS], on(date(2026, 8, 4)), initiative_outcome=late))["judged_on"] == date(
        2026, 5, 1
    )
    known = by(rows, date(2026, 8, 4))
    assert primary(made([LOOKS], on(date(2026, 8, 4)), initiative_outcome=known))["judged_on"] == date(
        2026, 8, 1
    )


def test_without_days_written_down_there_is_one_look_when_it_is_over_for_everybody() -> None:
    rows = weekly(10, np.random.default_rng(4))
    last = rows["ends_on"].max()
    assert isinstance(last, date)
    before, after = (
        primary(made([{}], on(today), initiative_outcome=by(rows, today)))
        for today in (last, last + timedelta(days=1))
    )
    assert (before["verdict"], before["effect"], before["successes_treated"]) == ("inconclusive", None, None)
    assert (after["judged_on"], after["looks"], after["n_treated"]) == (last + timedelta(days=1), 1, 600)


def test_fewer_than_one_look_is_refused() -> None:
    effect = randomised(worked().with_columns(treated=pl.col("arm") == "treated"), "is_success", "treated")
    with pytest.raises(ValueError, match="one look or more, found 0"):
        judge({"note": effect}, {"note": 0.0}, looks={"note": 0})


@pytest.mark.simulate
@pytest.mark.parametrize("looks", [2, 3])
def test_what_does_nothing_seldom_works_at_any_look(looks: int) -> None:
    """2,000 initiatives that do nothing, 50 more of each arm a week for 30 weeks, judged at 2 or 3 of them."""
    rng, runs, weeks = np.random.default_rng(20), 2000, 30
    weeks_looked_at = np.linspace(10, weeks, looks).astype(int)
    came = rng.binomial(50, 0.22, (runs, 2, weeks)).cumsum(axis=2)
    called = peeked = 0
    for run in range(runs):
        verdicts = []
        for week in range(5, weeks + 1):
            n = 50 * week
            rows = pl.DataFrame(
                {"treated": [1, 1, 0, 0], "came": [1, 0, 1, 0],
                 "count": [x for k in came[run, :, week - 1].tolist() for x in (k, n - k)]}
            )  # fmt: skip
            if week in weeks_looked_at or run < 150:
                effect = randomised(rows, "came", "treated")
                low, high = effect.at(0.95).low, effect.at(0.95).high
                said = judge({"one": effect}, {"one": 0.0}, looks={"one": looks})["one"].verdict
                verdicts.append((week, said, not low <= 0 <= high))
        called += any(said in ("works", "harmful") for week, said, _ in verdicts if week in weeks_looked_at)
        peeked += run < 150 and any(out for _, _, out in verdicts)
    assert called / runs <= 0.06
    assert peeked / 150 > 0.12, "who looks every week is fooled much more often"
    assert look_level(looks) == pytest.approx(1 - 0.05 / looks)


def test_a_list_that_came_late_makes_a_hint_of_a_lot_and_shows_no_money() -> None:
    late = worked(margin_amount=9.0).with_columns(is_told_before=pl.int_range(pl.len()) > 0)
    tables = made(initiative_outcome=late)
    found = primary(tables)
    assert (found["verdict"], found["doubt"], found["told_late"]) == ("suggestive", "told late", 1)
    assert (found["net_amount"], found["margin_amount"]) == (None, None)
    passed, sentence = says(tables, "told before")
    assert passed is False
    assert "more than 7 days after the draw" in sentence


def test_a_late_list_of_people_who_are_not_judged_yet_undoes_nothing() -> None:
    rows = pl.concat(
        [
            worked(),
            worked(ends_on=date(2027, 1, 1), is_observed=False, is_told_before=False).with_columns(
                unit_key=pl.format("new {}", "unit_key")
            ),
        ]
    )
    found = primary(made([{"looks_on": "2026-05-01"}], initiative_outcome=rows))
    assert (found["verdict"], found["doubt"], found["told_late"]) == ("works", None, 0)


def test_people_of_a_lot_for_everybody_are_counted_on_the_page() -> None:
    tables = made(designs=[{"drawn_for_certain": 40}], initiative_outcome=worked())
    assert primary(tables)["verdict"] == "works"
    passed, sentence = says(tables, "for certain")
    assert passed is None
    assert sentence.startswith("40 were in a lot in which everybody was drawn")


@pytest.mark.parametrize(("answers_more", "doubt"), [(0.0, None), (0.3, "silence")])
def test_silence_that_could_undo_the_effect_makes_a_hint_of_it(
    answers_more: float, doubt: str | None
) -> None:
    """Drawn or not, every second who answers is happy; among those drawn more answer, and they are the happy ones."""
    nth = pl.int_range(pl.len()).over("arm")
    share = pl.when(pl.col("arm") == "treated").then(0.5 + answers_more).otherwise(0.5)
    happy = pl.when(pl.col("arm") == "treated").then(0.62).otherwise(0.5)
    rows = worked().with_columns(
        is_success=pl.when((nth * 7 % 1000) / 1000 < share).then((nth * 13 % 1000) / 1000 < happy)
    )
    found = primary(made([{"primary_outcome": "trust"}], initiative_outcome=rows))
    assert found["doubt"] == doubt
    assert found["verdict"] == ("suggestive" if doubt else "works")
