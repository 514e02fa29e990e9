"""An initiative whose customers were drawn by lot: everyone counted in the arm drawn, whatever was delivered."""

from functools import partial
from typing import Any

import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import Design
from pipelines.measures.impact.ladder import SMALLEST_GROUP, UNFAIR_DRAW
from pipelines.nodes.initiative_found import (
    FELT_GOOD,
    MARGIN,
    PURCHASES,
    STOP,
    Check,
    Found,
    Row,
    effect_if_any,
    found_by,
    look_ahead,
    of_100,
    overlap,
    paid,
    told,
)

LAST_GESTURE = 3
"""This and all later ones are taken together."""


def drawn_by_lot(plan: Row, drawn: pl.DataFrame) -> Found:
    """The people of `initiative_outcome` of one initiative; those whose horizon has not passed wait."""
    fair = _fair_draw(drawn)
    known = drawn.filter("is_observed").with_columns(treated=pl.col("arm") == "treated")
    counted = known.drop_nulls("is_success")
    treated, control = (counted.filter(pl.col("treated") == arm) for arm in (True, False))
    smallest_group = plan["minimum_n"]
    counts = {
        "successes_treated": told(treated, smallest_group),
        "successes_control": told(control, smallest_group),
    }
    smallest = None
    if counts["successes_control"] is not None and not treated.is_empty():
        share = counts["successes_control"] / control.height
        smallest = impact.smallest_detectable_effect(treated.height, control.height, share)
    design = Design(
        story="Drawn by lot.",
        unit="customer",
        is_drawn=True,
        draw_p=fair,
        n_treated=treated.height,
        n_control=control.height,
        smallest_detectable=smallest,
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {
        "n_treated": treated.height,
        "n_control": control.height,
        **counts,
        "still_running": drawn.height - drawn["is_observed"].sum(),
        "smallest_detectable_effect": smallest,
        "draw_p": fair,
        "told_late": drawn.filter(~pl.col("is_told_before")).height,
    }
    found = found_by(design, partial(_compare, plan, drawn, known, counted), facts, look_ahead(plan))
    found.checks += _checks(plan, drawn, known)
    return found


def _compare(
    plan: Row, drawn: pl.DataFrame, known: pl.DataFrame, counted: pl.DataFrame, found: Found
) -> None:
    strata = "lot" if drawn["probability"].n_unique() > 1 else None
    compared: dict[str, Any] = {"treated": "treated", "strata": strata}
    lot = pl.format("{} at {}", pl.col("stratum").fill_null(""), "probability").alias("lot")
    counted, known = (rows.with_columns(lot) for rows in (counted, known))
    found.effect = impact.randomised(counted, "is_success", **compared)
    adjusted = effect_if_any(
        partial(impact.randomised, counted, "is_success", before="orders_before", **compared)
    )
    if adjusted is not None:
        found.also("allowing for orders in the year before", adjusted)
    if strata is None:
        found.also("simple difference between those drawn and those not drawn", found.effect)
        within = effect_if_any(partial(impact.randomised, counted, "is_success", "treated", strata="lot"))
        if within is not None:
            found.also("within the groups of the draw", within)
    reached = effect_if_any(
        partial(impact.complier_effect, counted, "is_success", "treated", "is_received", strata=strata)
    )
    if reached is not None:
        found.also("on those whom the act reached (because they were drawn)", reached)
    nth = (pl.col("acts_before") + 1).clip(upper_bound=LAST_GESTURE)
    gestures = impact.by_gesture(
        counted.with_columns(nth=nth), "is_success", "treated", "nth", strata,
        smallest_group=max(SMALLEST_GROUP, plan["minimum_n"]),
    )  # fmt: skip
    found.gestures = gestures.with_columns(pl.col("is_or_more") | (pl.col("nth") == LAST_GESTURE)).to_dicts()
    _others(plan, known, compared, found)


def _others(plan: Row, known: pl.DataFrame, compared: dict[str, Any], found: Found) -> None:
    """Further outcomes, and the money."""
    outcomes = {STOP: known.drop_nulls("asked_to_stop"), FELT_GOOD: known.drop_nulls("felt_good")}
    for outcome, column in ((FELT_GOOD, "felt_good"), (STOP, "asked_to_stop")):
        rows = outcomes[outcome]
        enough = min(rows["treated"].sum(), (~rows["treated"]).sum()) >= plan["minimum_n"]
        if outcome != plan["primary_outcome"] and enough:
            effect = effect_if_any(partial(impact.randomised, rows, column, **compared))
            found.others |= {outcome: effect} if effect is not None else {}
    if known["margin_amount"].null_count() or not known.height:
        return
    margin = effect_if_any(
        partial(impact.randomised, known, "margin_amount", before="orders_before", **compared)
    ) or effect_if_any(partial(impact.randomised, known, "margin_amount", **compared))
    if margin is None:
        return
    found.others[MARGIN] = margin
    treated, control = (known.filter(pl.col("treated") == arm)["discount_amount"] for arm in (True, False))
    found.money = partial(
        paid,
        margin,
        treated.len(),
        plan,
        found.effect if found.effect is not None and plan["primary_outcome"] in PURCHASES else None,
        discount_each=float(treated.to_numpy().mean() - control.to_numpy().mean()),
        share_counted=treated.len() / max(plan["treated"], treated.len()),
    )


def _fair_draw(drawn: pl.DataFrame) -> float:
    """How likely so uneven a draw is under its own odds: the least likely group, allowing for their number."""
    groups = drawn.group_by("stratum", "probability").agg(
        treated=(pl.col("arm") == "treated").sum(), control=(pl.col("arm") != "treated").sum()
    )
    likely = [
        impact.fair_draw(treated, control, probability)
        for probability, treated, control in groups.select("probability", "treated", "control").iter_rows()
    ]
    return min(1.0, min(likely) * len(likely))


def _checks(plan: Row, drawn: pl.DataFrame, known: pl.DataFrame) -> list[Check]:
    arms = dict(drawn.group_by("arm").len().iter_rows())
    n = f"{arms.get('treated', 0):,} drawn and {drawn.height - arms.get('treated', 0):,} not drawn"
    fair = _fair_draw(drawn)
    checks = [
        Check("draw", fair >= UNFAIR_DRAW, f"Fair draw: {n}, as planned.", fair)
        if fair >= UNFAIR_DRAW
        else Check("draw", False, f"Lopsided draw: {n}. Do not trust this result.", fair)
    ]
    treated = known.filter("treated")
    missed = treated.height - int(treated["is_received"].sum())
    if treated.height:
        also = f", also the {missed:,} whom the act did not reach" if missed else ""
        checks.append(Check("counted", True, f"Everyone drawn is counted{also}.", float(missed)))
    got = int(known.filter(~pl.col("treated"))["is_received"].sum())
    if got:
        says = (
            f"{got:,} who were not drawn got it all the same; that makes the effect look smaller than it is."
        )
        checks.append(Check("not drawn", None, says, float(got)))
    if plan["in_both_arms"]:
        says = (
            f"{plan['in_both_arms']:,} people had two records in different groups; their first draw counts."
        )
        checks.append(Check("merged", None, says, float(plan["in_both_arms"])))
    late, days = drawn.filter(~pl.col("is_told_before")).height, plan["horizon_days"]
    on_file = f"Who was drawn was on file before their {days} days were over."
    hindsight = f"For {late:,} people the list came after the {days} days: did anybody choose by hindsight?"
    checks.append(Check("told before", not late, hindsight if late else on_file, float(late)))
    waiting = drawn.height - known.height
    over = f"The {days} days are over for everyone."
    still = f"For {waiting:,} people the {days} days are not over; they are not counted yet."
    checks.append(Check("time", not waiting, still if waiting else over, float(waiting)))
    counts = known.group_by("treated").agg(n=pl.len(), elsewhere=pl.col("is_elsewhere").sum())
    return checks + _silence(plan, known) + overlap(counts, "those drawn")


def _silence(plan: Row, known: pl.DataFrame) -> list[Check]:
    """Who did not answer, by arm, and how far that could fool us."""
    column = "felt_good" if plan["primary_outcome"] in PURCHASES else "is_success"
    rows = known.with_columns(answered=pl.col(column).is_not_null())
    answers = rows.filter("answered")
    if min(answers["treated"].sum(), (~answers["treated"]).sum()) < plan["minimum_n"]:
        return []
    bounds = impact.lee_bounds(rows, column, "treated", "answered")
    share = answers.filter("treated").height / rows.filter("treated").height
    gap = of_100(abs(bounds.response.estimate))
    what = "how they felt" if column == "felt_good" else "the question"
    if bounds.is_response_different:
        more = "more" if bounds.response.estimate > 0 else "fewer"
        says = (
            f"Of those drawn {gap} of 100 {more} answered {what} than of the others. Whatever the silent think, the "
            f"effect on those who answer lies between {of_100(bounds.low)} and {of_100(bounds.high)} of 100."
        )
        return [Check("silence", False, says, bounds.response.p_value)]
    says = (
        f"Both groups answered {what} about as often ({of_100(share)} of 100 of those drawn, {gap} apart). Nobody is "
        f"lost from view: purchases are known for all."
        if column == "felt_good"
        else f"Both groups answered {what} about as often ({of_100(share)} of 100 of those drawn, {gap} apart)."
    )
    return [Check("silence", True, says, bounds.response.p_value)]
