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
    SILENCE,
    STOP,
    TOLD_LATE,
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

LAST_GESTURE = 3
"""This and all later ones are taken together."""


def drawn_by_lot(plan: Row, drawn: pl.DataFrame) -> Found:
    """The people of `initiative_outcome` of one initiative; those whose horizon had not passed at the look wait."""
    looks = looks_at(plan, drawn)
    drawn = as_judged(drawn, looks)
    known = drawn.filter("is_observed").with_columns(treated=pl.col("arm") == "treated")
    fair = _fair_draw(drawn if known.is_empty() else known)
    counted = known.drop_nulls("is_success")
    treated, control = (counted.filter(pl.col("treated") == arm) for arm in (True, False))
    smallest_group = plan["minimum_n"]
    counts = {
        "successes_treated": None if looks.waits else told(treated, smallest_group),
        "successes_control": None if looks.waits else told(control, smallest_group),
    }
    smallest = None
    if counts["successes_control"] is not None and not treated.is_empty():
        share = counts["successes_control"] / control.height
        level = impact.look_level(looks.planned)
        smallest = impact.smallest_detectable_effect(treated.height, control.height, share, level=level)
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
        "told_late": known.filter(~pl.col("is_told_before")).height,
        **looks.facts,
    }
    found = found_by(design, partial(_compare, plan, known, counted), facts, looks.waits)
    found.looks = looks.planned
    found.checks += [told_when(looks), *_checks(plan, drawn, known)]
    if facts["told_late"]:
        found.doubt = TOLD_LATE
    silence, is_undone = _silence(plan, known)
    found.checks += silence
    if is_undone and plan["primary_outcome"] not in PURCHASES:
        found.doubt = found.doubt or SILENCE
    return found


def _compare(plan: Row, known: pl.DataFrame, counted: pl.DataFrame, found: Found) -> None:
    strata = "lot" if known["probability"].n_unique() > 1 else None
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
    sold = known.filter("is_sold_through")
    if sold["margin_amount"].null_count() or sold.is_empty():
        return
    margin = effect_if_any(
        partial(impact.randomised, sold, "margin_amount", before="orders_before", **compared)
    ) or effect_if_any(partial(impact.randomised, sold, "margin_amount", **compared))
    if margin is None:
        return
    found.others[MARGIN] = margin
    treated, control = (sold.filter(pl.col("treated") == arm) for arm in (True, False))
    cost = cost_of(plan, treated)
    found.facts |= {"acts_counted": cost.acts if cost else None}
    found.money = partial(
        paid,
        margin,
        treated.height,
        plan,
        cost,
        found.effect if found.effect is not None and plan["primary_outcome"] in PURCHASES else None,
        discount_each=float(
            treated["discount_amount"].to_numpy().mean() - control["discount_amount"].to_numpy().mean()
        ),
    )


def _arms(drawn: pl.DataFrame) -> str:
    treated = drawn.filter(pl.col("arm") == "treated").height
    return f"{treated:,} drawn and {drawn.height - treated:,} not drawn"


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
    judged, later = (drawn, known) if known.is_empty() else (known, drawn.filter(~pl.col("is_observed")))
    fair, n = _fair_draw(judged), _arms(judged)
    checks = [
        Check("draw", fair >= UNFAIR_DRAW, f"Fair draw: {n}, as planned.", fair)
        if fair >= UNFAIR_DRAW
        else Check("draw", False, f"Lopsided draw: {n}. Do not trust this result.", fair)
    ]
    if not later.is_empty() and _fair_draw(later) < UNFAIR_DRAW:
        says = (
            f"Lopsided draw of those who are not counted yet: {_arms(later)}. Find out why before they are."
        )
        checks.append(Check("later draw", False, says, _fair_draw(later)))
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
    certain = plan["drawn_for_certain"]
    if certain:
        says = f"{certain:,} were in a lot in which everybody was drawn: nobody of it went without. They are left out."
        checks.append(Check("for certain", None, says, float(certain)))
    late, within = known.filter(~pl.col("is_told_before")).height, plan["told_within_days"]
    on_file = f"Who was drawn was on file within {within} days, before anybody could know what came of it."
    hindsight = (
        f"We were told late: for {late:,} people the list came more than {within} days after the draw. Did anybody"
        " choose by hindsight? So it is a hint at most."
    )
    checks.append(Check("told before", not late, hindsight if late else on_file, float(late)))
    days, waiting = plan["horizon_days"], drawn.height - known.height
    over = f"The {days} days were over for everyone."
    still = f"For {waiting:,} people the {days} days were not over; they are not counted yet."
    checks.append(Check("time", not waiting, still if waiting else over, float(waiting)))
    counts = known.group_by("treated").agg(n=pl.len(), elsewhere=pl.col("is_elsewhere").sum())
    return checks + overlap(counts, "those drawn")


def _silence(plan: Row, known: pl.DataFrame) -> tuple[list[Check], bool]:
    """Who did not answer, by arm, how far that could fool us, and whether it could undo any effect."""
    column = "felt_good" if plan["primary_outcome"] in PURCHASES else "is_success"
    rows = known.with_columns(answered=pl.col(column).is_not_null())
    answers = rows.filter("answered")
    if min(answers["treated"].sum(), (~answers["treated"]).sum()) < plan["minimum_n"]:
        return [], False
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
        is_undone = bounds.low <= 0 <= bounds.high
        return [Check("silence", False, says, bounds.response.p_value)], is_undone
    says = (
        f"Both groups answered {what} about as often ({of_100(share)} of 100 of those drawn, {gap} apart). Nobody is "
        f"lost from view: purchases are known for all."
        if column == "felt_good"
        else f"Both groups answered {what} about as often ({of_100(share)} of 100 of those drawn, {gap} apart)."
    )
    return [Check("silence", True, says, bounds.response.p_value)], False
