"""Whether each initiative worked: the strongest comparison that its facts allow, or no judgement at all."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import impact
from pipelines.measures.impact import Design, Effect, Judged
from pipelines.nodes.initiative_company import for_everybody
from pipelines.nodes.initiative_found import AMOUNTS, LESS_IS_BETTER, Check, Found, Row, found_by, plan_checks
from pipelines.nodes.initiative_incident import set_off_by_event
from pipelines.nodes.initiative_lot import drawn_by_lot
from pipelines.nodes.initiative_rollout import by_customer
from pipelines.nodes.initiative_team import by_team

_DIGITS = 12
_TURNED = {"works": "harmful", "harmful": "works"}

_EFFECT: dict[str, Any] = {
    "initiative_id": pl.String, "design": pl.String, "estimator": pl.String, "outcome": pl.String,
    "effect": pl.Float64, "effect_low": pl.Float64, "effect_high": pl.Float64, "p_adjusted": pl.Float64,
    "n_treated": pl.Int64, "n_control": pl.Int64, "successes_treated": pl.Int64, "successes_control": pl.Int64,
    "still_running": pl.Int64, "clusters": pl.Int64, "pretrend_p": pl.Float64,
    "smallest_detectable_effect": pl.Float64, "draw_p": pl.Float64, "told_late": pl.Int64, "verdict": pl.String,
    "evidence": pl.String, "net_amount": pl.Float64, "net_amount_low": pl.Float64, "net_amount_high": pl.Float64,
    "currency": pl.String, "rung": pl.Int64, "is_primary": pl.Boolean, "is_share": pl.Boolean, "p_value": pl.Float64,
    "level": pl.Float64, "share_matched": pl.Float64, "margin_amount": pl.Float64, "margin_amount_low": pl.Float64,
    "margin_amount_high": pl.Float64, "acts_amount": pl.Float64, "discount_amount": pl.Float64,
    "break_even_effect": pl.Float64, "money_days": pl.Int64, "acts_counted": pl.Int64,
    "looks": pl.Int64, "judged_on": pl.Date, "next_look_on": pl.Date, "doubt": pl.String, "is_disputed": pl.Boolean,
}  # fmt: skip
_REASON = {
    "initiative_id": pl.String, "step": pl.Int64, "rung": pl.Int64, "passed": pl.Boolean, "says": pl.String,
}  # fmt: skip
_CHECK = {
    "initiative_id": pl.String, "check": pl.String, "passed": pl.Boolean, "says": pl.String, "figure": pl.Float64,
}  # fmt: skip
_STUDY = {
    "initiative_id": pl.String, "estimator": pl.String, "relative_period": pl.Int64, "effect": pl.Float64,
    "effect_low": pl.Float64, "effect_high": pl.Float64, "band_low": pl.Float64, "band_high": pl.Float64,
    "n_treated": pl.Int64,
}  # fmt: skip
_GESTURE = {
    "initiative_id": pl.String, "nth": pl.Int64, "is_or_more": pl.Boolean, "effect": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "n_treated": pl.Int64, "n_control": pl.Int64,
}  # fmt: skip
_OTHERWISE = {
    "initiative_id": pl.String, "what": pl.String, "effect": pl.Float64, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip


def _effects(frames: Frames) -> dict[str, pl.DataFrame]:
    """Every initiative by itself, then all that have an effect side by side."""
    design = frames["initiative_design"]
    plans = frames["initiative"].join(design, on="initiative_id", how="left").sort("initiative_id")
    found = {plan["initiative_id"]: (plan, _found(plan, frames)) for plan in plans.to_dicts()}
    primary = {key: one.effect for key, (_, one) in found.items() if one.effect is not None}
    worth = {
        key: (plan["smallest_effect_worth_having"] or 0.0) if one.worth is None else one.worth
        for key, (plan, one) in found.items()
    }
    looks = {key: one.looks for key, (_, one) in found.items()}
    judged: dict[str, Judged] = {}
    looked_at: dict[tuple[str, str], Judged] = {}
    tries: dict[str, int] = {}
    for season in _seasons(found, primary):
        judged |= impact.judge({key: primary[key] for key in season if key in primary}, worth, looks=looks)
        tries |= dict.fromkeys(season, sum(key in primary for key in season))
        others = {
            (key, outcome): effect for key in season for outcome, effect in found[key][1].others.items()
        }
        looked_at |= impact.judge(
            others, dict.fromkeys(others, 0.0), looks={(key, outcome): looks[key] for key, outcome in others}
        )
    records, reasons, checks = [], [], []
    for key, (plan, one) in found.items():
        records.append(_primary(plan, one, judged.get(key)))
        records += [_other(plan, one, outcome, looked_at[key, outcome]) for outcome in one.others]
        reasons += [
            {
                "initiative_id": key,
                "step": step,
                "rung": reason.rung,
                "passed": reason.passed,
                "says": reason.says,
            }
            for step, reason in enumerate(one.choice.reasons, start=1)
        ]
        said = [*one.checks, *plan_checks(plan), *_tries(one, judged.get(key), tries.get(key, 0))]
        checks += [{"initiative_id": key, **vars(check)} for check in said]
    return {
        "initiative_effect": _finite(pl.DataFrame(records, schema=_EFFECT)),
        "initiative_reason": pl.DataFrame(reasons, schema=_REASON),
        "initiative_check": _finite(pl.DataFrame(checks, schema=_CHECK)),
        "initiative_event_study": _rows(found, "events", _STUDY),
        "initiative_gesture": _rows(found, "gestures", _GESTURE),
        "initiative_sensitivity": _rows(found, "otherwise", _OTHERWISE),
    }


def _seasons(found: Mapping[str, tuple[Row, Found]], primary: Mapping[str, Effect]) -> list[list[str]]:
    """Those judged in the same quarter allow for each other: what comes later changes no answer of a season past."""
    seasons: dict[tuple[int, int] | None, list[str]] = {}
    for key in found:
        if key in primary or found[key][1].others:
            day = found[key][1].facts.get("judged_on")
            seasons.setdefault((day.year, (day.month - 1) // 3) if day else None, []).append(key)
    return list(seasons.values())


def _found(plan: Row, frames: Frames) -> Found:
    """By whom it was chosen who gets it: the lot, an event, customer by customer, team by team, or all at once."""
    own = {
        name: frame.filter(pl.col("initiative_id") == plan["initiative_id"])
        for name, frame in frames.items()
        if name not in ("initiative", "initiative_design", "outside_week")
    }
    if plan["is_drawn"] and plan["unit"] == "customer":
        return drawn_by_lot(plan, own["initiative_outcome"])
    if plan["unit"] == "customer" and plan["set_off_by"] is not None:
        return set_off_by_event(plan, own["initiative_incident"])
    months = own["initiative_span"]["month_on"].sort().to_list()
    if plan["unit"] == "customer" and months:
        return by_customer(
            plan, months, own["initiative_sum"], own["initiative_cost"], own["initiative_sample"]
        )
    if plan["unit"] == "team" and own["initiative_team"].height:
        return by_team(plan, own["initiative_team"])
    if plan["unit"] == "company" and plan["starts_on"] and own["initiative_week"].height:
        return for_everybody(plan, own["initiative_week"], frames["outside_week"])
    return _alone(plan)


def _alone(plan: Row) -> Found:
    """It started for everybody at once, or there is nothing to follow, and no figures from outside are on file."""
    starts = plan["starts_on"]
    story = f"It started for everybody on {starts}." if starts and plan["unit"] == "company" else ""
    design = Design(
        story="The list of the initiative, or its acts, say who got it." if plan["treated"] else story,
        unit=plan["unit"] if plan["unit"] in ("customer", "team") else "company",
        start_dates=plan["start_months"] or (1 if starts else 0),
        n_treated=plan["treated"],
        n_control=plan["control"],
    )
    return found_by(design, lambda found: None)


def _primary(plan: Row, one: Found, judged: Judged | None) -> Row:
    record = (
        _row(plan, one)
        | {"outcome": plan["primary_outcome"], "is_primary": True, "is_share": True}
        | one.facts
    )
    if judged is None:
        return record | {"verdict": one.choice.verdict or "inconclusive"}
    said = one.choice.verdict or (impact.suggested(judged.verdict) if one.doubt else judged.verdict)
    disputed = any(check.check == "second opinion" and check.passed is False for check in one.checks)
    record |= _ranged(judged) | {"verdict": said, "doubt": one.doubt, "is_disputed": disputed}
    money = None if one.money is None or one.doubt else one.money(judged.effect.level)
    if money is None:
        return record
    return record | {
        "margin_amount": money.margin,
        "margin_amount_low": money.margin_low,
        "margin_amount_high": money.margin_high,
        "acts_amount": money.acts,
        "discount_amount": money.discounts,
        "net_amount": money.left,
        "net_amount_low": money.left_low,
        "net_amount_high": money.left_high,
        "break_even_effect": money.break_even_effect,
        "money_days": money.horizon_days,
    }


def _other(plan: Row, one: Found, outcome: str, judged: Judged) -> Row:
    """An outcome that it was not promised to be judged by."""
    said: str = judged.verdict
    if outcome in LESS_IS_BETTER:
        said = _TURNED.get(said, said)
    effect = judged.effect
    counts = {
        "n_treated": effect.n_treated,
        "n_control": effect.n_control,
        "successes_treated": effect.successes_treated,
        "successes_control": effect.successes_control,
        "clusters": effect.clusters,
    }
    told = {"outcome": outcome, "is_primary": False, "is_share": outcome not in AMOUNTS, "verdict": said}
    return _row(plan, one) | counts | _ranged(judged) | told


def _row(plan: Row, one: Found) -> Row:
    return {
        "initiative_id": plan["initiative_id"],
        "design": one.choice.name,
        "evidence": one.choice.evidence,
        "rung": one.choice.rung,
        "currency": plan["reporting_currency"],
    }


def _ranged(judged: Judged) -> Row:
    effect: Effect = judged.effect
    return {
        "estimator": effect.method,
        "effect": effect.estimate,
        "effect_low": effect.low,
        "effect_high": effect.high,
        "level": effect.level,
        "p_value": effect.p_value,
        "p_adjusted": judged.p_adjusted,
    }


def _tries(one: Found, judged: Judged | None, n: int) -> list[Check]:
    if judged is None or one.effect is None:
        return []
    if n == 1:
        return [
            Check(
                "tries", True, "It is the only initiative judged in its quarter, so there was one try.", 1.0
            )
        ]
    says = (
        f"{n} initiatives were judged in the same quarter. Verdict and range allow for that many tries: the range is "
        f"that of {100 * judged.effect.level:.1f} %."
    )
    return [Check("tries", True, says, float(n))]


def _rows(found: Mapping[str, tuple[Row, Found]], what: str, schema: Any) -> pl.DataFrame:
    rows = [{"initiative_id": key, **row} for key, (_, one) in found.items() for row in getattr(one, what)]
    return _finite(pl.DataFrame(rows, schema=schema))


def _finite(frame: pl.DataFrame) -> pl.DataFrame:
    """An end that no figure bounds is not known; the last digits depend on the order in which DuckDB added."""
    figure = pl.col(pl.Float64)
    return frame.with_columns(pl.when(figure.is_finite()).then(figure.round_sig_figs(_DIGITS)).name.keep())


MEASURE = Measure(
    "impact",
    frozenset(
        {
            "initiative", "initiative_cost", "initiative_design", "initiative_incident", "initiative_outcome",
            "initiative_sample", "initiative_span", "initiative_sum", "initiative_team", "initiative_week",
            "outside_week",
        }
    ),
    (
        "initiative_effect", "initiative_reason", "initiative_check", "initiative_event_study", "initiative_gesture",
        "initiative_sensitivity",
    ),
    _effects,
    publish="careful",
)  # fmt: skip
