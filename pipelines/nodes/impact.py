"""Whether each initiative worked: intention to treat by the lot's own odds, or no judgement."""

from typing import Any

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import impact

SMALLEST_ARM = 50
SMALLEST_GROUP = 10
UNFAIR_DRAW = 0.001
DRAWN = "drawn by lot"
NOTHING = "nothing to compare with"

_EFFECT: dict[str, Any] = {
    "initiative_id": pl.String,
    "design": pl.String,
    "estimator": pl.String,
    "outcome": pl.String,
    "effect": pl.Float64,
    "effect_low": pl.Float64,
    "effect_high": pl.Float64,
    "p_adjusted": pl.Float64,
    "n_treated": pl.Int64,
    "n_control": pl.Int64,
    "successes_treated": pl.Int64,
    "successes_control": pl.Int64,
    "still_running": pl.Int64,
    "clusters": pl.Int64,
    "pretrend_p": pl.Float64,
    "smallest_detectable_effect": pl.Float64,
    "draw_p": pl.Float64,
    "told_late": pl.Int64,
    "verdict": pl.String,
    "evidence": pl.String,
    "net_amount": pl.Float64,
    "net_amount_low": pl.Float64,
    "net_amount_high": pl.Float64,
    "currency": pl.String,
}


def _effects(frames: Frames) -> dict[str, pl.DataFrame]:
    """Intention to treat: everyone drawn, by the arm drawn; people whose horizon has not passed wait.

    Who was certain to get it was not drawn.
    """
    outcomes = frames["initiative_outcome"].sort("initiative_id", "unit_key")
    records = []
    for plan in frames["initiative"].sort("initiative_id").iter_rows(named=True):
        drawn = outcomes.filter(pl.col("initiative_id") == plan["initiative_id"])
        if drawn["arm"].n_unique() < 2 or drawn.filter(pl.col("probability") >= 1).height:
            records.append(_not_judged(plan))
            continue
        records.append(_randomised(plan, drawn))
    return {"initiative_effect": pl.DataFrame(records, schema=_EFFECT)}


def _not_judged(plan: dict[str, Any]) -> dict[str, Any]:
    return {
        "initiative_id": plan["initiative_id"],
        "design": "none",
        "outcome": plan["primary_outcome"],
        "verdict": "not identifiable",
        "evidence": NOTHING,
        "currency": plan["currency"],
    }


def _randomised(plan: dict[str, Any], drawn: pl.DataFrame) -> dict[str, Any]:
    """The lot's own odds decide: unequal odds are compared within strata, an unlikely draw is not judged."""
    observed = drawn.filter("is_observed")
    treated, control = (observed.filter(pl.col("arm") == arm) for arm in ("treated", "control"))
    fair = _fair_draw(drawn)
    record = _not_judged(plan) | {
        "design": "randomised",
        "evidence": DRAWN,
        "verdict": "inconclusive" if fair >= UNFAIR_DRAW else "not identifiable",
        "n_treated": treated.height,
        "n_control": control.height,
        "successes_treated": _told(treated),
        "successes_control": _told(control),
        "still_running": drawn.height - observed.height,
        "draw_p": fair,
        "told_late": drawn.filter(~pl.col("is_told_before")).height,
    }
    if min(treated.height, control.height) < SMALLEST_ARM or fair < UNFAIR_DRAW:
        return record
    frame = observed.select(
        pl.col("stratum").fill_null(""),
        outcome=pl.col("is_success").cast(pl.Float64),
        treated=pl.col("arm") == "treated",
    )
    unequal = drawn["probability"].n_unique() > 1
    result = impact.randomised(frame, "outcome", "treated", strata="stratum" if unequal else None)
    smallest = plan["smallest_effect_worth_having"] or 0.0
    base_share = record["successes_control"] / control.height
    return record | {
        "estimator": result.method,
        "effect": result.estimate,
        "effect_low": result.low,
        "effect_high": result.high,
        "smallest_detectable_effect": impact.smallest_detectable_effect(
            treated.height, control.height, base_share
        ),
        "verdict": impact.verdict(result.estimate, result.low, result.high, smallest),
    }


def _told(arm: pl.DataFrame) -> int | None:
    return int(arm["is_success"].sum()) if arm.height >= SMALLEST_GROUP else None


def _fair_draw(drawn: pl.DataFrame) -> float:
    """How likely so uneven a draw is under its own odds: the least likely group, allowing for their number."""
    groups = drawn.group_by("stratum", "probability").agg(
        treated=(pl.col("arm") == "treated").sum(), control=(pl.col("arm") == "control").sum()
    )
    likely = [
        impact.fair_draw(treated, control, probability)
        for probability, treated, control in groups.select("probability", "treated", "control").iter_rows()
    ]
    return min(1.0, min(likely) * len(likely))


MEASURE = Measure(
    "impact",
    frozenset({"initiative_outcome", "initiative"}),
    ("initiative_effect",),
    _effects,
    publish="careful",
)
