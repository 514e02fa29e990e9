"""An initiative set off by an event of the customer: incidents compared with incidents of the same kind."""

from functools import partial

import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import Design, Effect
from pipelines.measures.impact.ladder import LEAST_MATCHED
from pipelines.nodes.initiative_found import (
    FELT_GOOD,
    MARGIN,
    POWER_ERRORS,
    PURCHASES,
    SILENCE,
    Check,
    Found,
    Row,
    cost_of,
    effect_if_any,
    found_by,
    of_100,
    overlap,
    paid,
    told,
)
from pipelines.nodes.initiative_look import as_judged, looks_at, told_when

STRATA = (("severity", "happened_in", "orders_before"), ("severity", "happened_in"))
"""What incidents must have in common, the finest first; orders in the year before stand for how good a customer is."""
LANDMARK_DAYS = 14
"""After the event, as in `initiative_incident`: by then somebody has got it or not, and only then outcomes count."""
WELL_MATCHED = 0.8
BALANCED = 0.1
_HAS_BOTH = ((~pl.col("is_treated")).sum() >= 2) & pl.col("is_treated").any()
_WORDS = {"felt_bad": "low answer", "not_solved": "reopened contact", "gave_up_waiting": "gave up waiting"}


def set_off_by_event(plan: Row, incidents: pl.DataFrame) -> Found:
    """The incidents of `initiative_incident` of one initiative; the finest strata that match most of the treated."""
    looks = looks_at(plan, incidents)
    incidents = as_judged(incidents, looks)
    known = incidents.filter("is_observed")
    counted = known.drop_nulls("is_success")
    strata, share = _finest(counted)
    treated = counted.filter("is_treated")
    control = counted.filter(~pl.col("is_treated"))
    design = Design(
        story=_story(plan),
        unit="customer",
        trigger=_WORDS.get(plan["set_off_by"], plan["set_off_by"].replace("_", " ")),
        share_matched=share,
        n_treated=treated.height,
        n_control=control.height,
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {
        "n_treated": treated.height,
        "n_control": control.height,
        "successes_treated": None if looks.waits else told(treated, plan["minimum_n"]),
        "successes_control": None if looks.waits else told(control, plan["minimum_n"]),
        "still_running": incidents.height - known.height,
        "share_matched": share,
        **looks.facts,
    }
    found = found_by(design, partial(_compare, plan, known, counted, strata), facts, looks.waits)
    found.looks = looks.planned
    if found.choice.has_effect:
        found.checks.append(told_when(looks))
        found.checks += _checks(plan, incidents, known, share, strata, found)
    return found


def _finest(counted: pl.DataFrame) -> tuple[tuple[str, ...], float | None]:
    shares = {strata: _share_matched(counted, strata) for strata in STRATA}
    for strata, share in shares.items():
        if share is not None and share >= WELL_MATCHED:
            return strata, share
    return STRATA[-1], shares[STRATA[-1]]


def _share_matched(counted: pl.DataFrame, strata: tuple[str, ...]) -> float | None:
    """Of the treated, those who have two untreated of their kind."""
    others = (~pl.col("is_treated")).sum().over(*strata) >= 2
    treated = counted.with_columns(has_others=others).filter("is_treated")
    return float(treated["has_others"].to_numpy().mean()) if treated.height else None


def _compare(
    plan: Row, known: pl.DataFrame, counted: pl.DataFrame, strata: tuple[str, ...], found: Found
) -> None:
    matched = impact.incident_matched(
        counted, "is_success", "is_treated", strata, "customer_key", covariates=("severity", "orders_before")
    )
    found.effect = matched.effect
    compared = counted.filter(_HAS_BOTH.over(*strata))
    found.facts |= {
        "n_treated": matched.effect.n_treated,
        "n_control": matched.effect.n_control,
        "successes_treated": told(compared.filter("is_treated"), plan["minimum_n"]),
        "successes_control": told(compared.filter(~pl.col("is_treated")), plan["minimum_n"]),
        "smallest_detectable_effect": POWER_ERRORS * matched.se,
    }
    largest = matched.balance["smd_after"].abs().to_numpy().max()
    says = f"After matching, severity and past orders differ by at most {largest:.2f} standard deviations."
    found.checks.append(Check("balance", bool(largest <= BALANCED), says, float(largest)))
    for other in STRATA:
        if other != strata and (_share_matched(counted, other) or 0) >= LEAST_MATCHED:
            effect = effect_if_any(partial(_matched, counted, "is_success", other))
            if effect is not None:
                found.also("matched on " + ", ".join(_NAMES[name] for name in other), effect)
    felt = known.drop_nulls("felt_good")
    if plan["primary_outcome"] != FELT_GOOD:
        effect = effect_if_any(partial(_matched, felt, "felt_good", strata))
        if effect is not None and min(effect.n_treated, effect.n_control) >= plan["minimum_n"]:
            found.others[FELT_GOOD] = effect
    sold = known.filter("is_sold_through")
    if sold["margin_amount"].null_count():
        return
    margin = effect_if_any(partial(_matched, sold, "margin_amount", strata))
    if margin is not None:
        found.others[MARGIN] = margin
        bought = matched.effect if plan["primary_outcome"] in PURCHASES else None
        cost = cost_of(plan, sold.filter(_HAS_BOTH.over(*strata) & pl.col("is_treated")))
        found.facts |= {"acts_counted": cost.acts if cost else None}
        found.money = partial(paid, margin, margin.n_treated, plan, cost, bought)


_NAMES = {
    "severity": "how bad it was",
    "happened_in": "the month",
    "orders_before": "orders in the year before",
}


def _matched(rows: pl.DataFrame, outcome: str, strata: tuple[str, ...]) -> Effect:
    return impact.incident_matched(rows, outcome, "is_treated", strata, "customer_key").effect


def _story(plan: Row) -> str:
    if not plan["treated"]:
        return ""
    by = "the list of the initiative" if plan["is_listed"] else "the acts noted under it"
    return f"It answers an event of the customer; who got it is told by {by}, not by a lot."


def _checks(
    plan: Row,
    incidents: pl.DataFrame,
    known: pl.DataFrame,
    share: float | None,
    strata: tuple[str, ...],
    found: Found,
) -> list[Check]:
    linked = int(incidents["is_treated"].sum())
    alone = plan["treated"] - linked
    says = f"{linked:,} of {plan['treated']:,} who got it had such an event in the 14 days before."
    checks = [Check("linked", alone <= plan["treated"] // 20, says, float(alone))]
    same = ", ".join(_NAMES[name] for name in strata)
    says = (
        f"Compared are events alike in {same}; for {of_100(share or 0)} of 100 who got it there were such."
        " Nothing else about why somebody got it is known."
    )
    checks.append(Check("alike", None, says, share))
    waiting = incidents.height - known.height
    says = (
        f"For both alike the {plan['horizon_days']} days count that begin {LANDMARK_DAYS} days after the event; who got"
        " it later than that counts as without it."
    )
    checks.append(Check("landmark", None, says, float(LANDMARK_DAYS)))
    over = "These days are over for everyone."
    still = f"For {waiting:,} events these days are not over; they are not counted yet."
    checks.append(Check("time", not waiting, still if waiting else over, float(waiting)))
    counts = known.group_by(treated="is_treated").agg(n=pl.len(), elsewhere=pl.col("is_elsewhere").sum())
    checks += overlap(counts, "those who got it")
    if plan["primary_outcome"] in PURCHASES:
        return checks
    rows = known.with_columns(answered=pl.col("is_success").is_not_null())
    bounds = impact.lee_bounds(rows, "is_success", "is_treated", "answered")
    if bounds.is_response_different:
        says = (
            "Those who got it and the others answered again differently often. Whatever the silent think, the plain "
            f"difference lies between {of_100(bounds.low)} and {of_100(bounds.high)} of 100."
        )
    else:
        gap = of_100(abs(bounds.response.estimate))
        says = f"Those who got it and the others answered again about as often ({gap} of 100 apart)."
    is_undone = bounds.is_response_different and bounds.low <= 0 <= bounds.high
    found.doubt = SILENCE if is_undone else None
    checks.append(Check("silence", not bounds.is_response_different, says, bounds.response.p_value))
    return checks
