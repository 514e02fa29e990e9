"""What the build makes of its measures: intention to treat by the lot's own odds, or no judgement."""

import numpy as np
import polars as pl
import pytest

from pipelines.nodes import impact

PLAN = {
    "initiative_id": "note",
    "primary_outcome": "purchase_within_horizon",
    "smallest_effect_worth_having": 0.03,
    "currency": "EUR",
}


def effect(outcome: pl.DataFrame) -> dict[str, object]:
    made = impact.MEASURE.compute({"initiative_outcome": outcome, "initiative": pl.DataFrame([PLAN])})
    return made["initiative_effect"].row(0, named=True)


def drawn(groups: list[tuple[str, float, str, int, float]]) -> pl.DataFrame:
    """(stratum, probability, arm, people, share that came back)."""
    return pl.concat(
        pl.DataFrame(
            {
                "is_success": np.arange(people) < round(people * share),
                "initiative_id": "note",
                "unit_key": [f"{stratum}{arm}{number}" for number in range(people)],
                "arm": arm,
                "stratum": stratum,
                "probability": probability,
                "is_observed": True,
                "is_told_before": True,
            }
        )
        for stratum, probability, arm, people, share in groups
    )


def test_unequal_odds_are_compared_within_the_groups_that_were_drawn():
    simpson = drawn(
        [
            ("often", 0.8, "treated", 800, 0.6),
            ("often", 0.8, "control", 200, 0.6),
            ("seldom", 0.2, "treated", 200, 0.2),
            ("seldom", 0.2, "control", 800, 0.2),
        ]
    )
    found = effect(simpson)
    assert found["effect"] == pytest.approx(0, abs=1e-9)
    assert found["verdict"] != "works"


def test_a_draw_that_its_odds_do_not_explain_is_not_judged():
    found = effect(drawn([("all", 0.5, "treated", 900, 0.5), ("all", 0.5, "control", 500, 0.2)]))
    assert (found["verdict"], found["effect"]) == ("not identifiable", None)


def test_a_fair_draw_is_judged_by_everyone_drawn():
    found = effect(drawn([("all", 0.5, "treated", 1000, 0.3), ("all", 0.5, "control", 1000, 0.2)]))
    assert (found["verdict"], found["effect"]) == ("works", pytest.approx(0.1))


def test_of_a_handful_nothing_is_told():
    found = effect(drawn([("all", 0.5, "treated", 3, 1.0), ("all", 0.5, "control", 2, 0.0)]))
    assert (found["successes_treated"], found["effect"]) == (None, None)


def test_who_was_certain_to_get_it_was_not_drawn():
    found = effect(drawn([("all", 1.0, "treated", 500, 0.5), ("all", 0.5, "control", 500, 0.2)]))
    assert (found["evidence"], found["effect"]) == ("nothing to compare with", None)
