"""An initiative that started for everybody on one date: the company's weeks against figures from outside."""

from datetime import date, timedelta
from functools import partial

import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import Design
from pipelines.nodes.initiative_found import (
    OUTSIDE,
    POWER_ERRORS,
    PURCHASES,
    WITHIN_HORIZON,
    Check,
    Found,
    Row,
    found_by,
    inconclusive,
)
from pipelines.nodes.initiative_look import looks_of, told_when

IN_WEEK = "purchase_in_week"
DAYS_A_MONTH = 30
_WEEK = timedelta(days=7)
_ON, _SHARE = "week_starts_on", "share"


def for_everybody(plan: Row, weeks: pl.DataFrame, outside: pl.DataFrame) -> Found:
    """The weeks of `initiative_week` of one initiative, and all of `outside_week`.

    The week of the start is left out unless it started on its first day; weeks with fewer people than may be shown are
    not known. Looked at are the weeks in a row around the start, up to the end of the horizon or to the last look.
    """
    launch, ends_on = _first_whole_week(plan["starts_on"]), _horizon(plan)
    known = weeks.filter(pl.col("n") >= plan["minimum_n"])
    last = known[_ON].max()
    unknown = last + _WEEK if isinstance(last, date) and last + 2 * _WEEK <= ends_on else None
    looks = looks_of(plan, ends_on, unknown)
    until = ends_on if looks.judged_on is None else min(ends_on, looks.judged_on)
    own = _in_a_row(known.filter(pl.col(_ON) + _WEEK <= until), plan["starts_on"], launch)
    together, figures = _beside(own, outside, launch)
    before = own.filter(pl.col(_ON) < launch).height
    design = Design(
        story=f"It started for everybody on {plan['starts_on']}.",
        unit="company",
        start_dates=plan["start_months"] or 1,
        pre_periods=before,
        donors=len(figures),
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {"n_treated": own.height - before, "n_control": len(figures)}
    found = found_by(design, partial(_compare, together, figures, launch), facts, looks.waits)
    found.looks = looks.planned
    found.facts |= looks.facts
    if plan["primary_outcome"] in PURCHASES:
        found.facts["outcome"] = IN_WEEK
        days = plan["horizon_days"] if plan["primary_outcome"] == WITHIN_HORIZON else DAYS_A_MONTH
        found.worth = (plan["smallest_effect_worth_having"] or 0.0) * _WEEK.days / days
    if found.choice.has_effect:
        found.checks.append(told_when(looks))
    return found


def _horizon(plan: Row) -> date:
    ends_on: date = plan["starts_on"] + timedelta(days=plan["horizon_days"])
    return ends_on


def _first_whole_week(starts_on: date) -> date:
    return starts_on + timedelta(days=-starts_on.weekday() % 7)


def _in_a_row(known: pl.DataFrame, starts_on: date, launch: date) -> pl.DataFrame:
    """Of the weeks those that no hole parts from the start, in order, each with its share."""
    found = set(known[_ON])
    kept, back, on = [], starts_on - timedelta(days=starts_on.weekday()) - _WEEK, launch
    while back in found:
        kept.append(back)
        back -= _WEEK
    while on in found:
        kept.append(on)
        on += _WEEK
    shares = known.filter(pl.col(_ON).is_in(kept)).sort(_ON)
    return shares.select(_ON, (pl.col("successes") / pl.col("n")).alias(_SHARE))


def _beside(own: pl.DataFrame, outside: pl.DataFrame, launch: date) -> tuple[pl.DataFrame, list[str]]:
    """The shares and, in columns of their own, the figures that are known in all those weeks.

    Each is moved and stretched to the mean and the spread of the shares before the start, whatever its unit.
    """
    before = own.filter(pl.col(_ON) < launch)[_SHARE]
    if before.len() < 2:
        return own, []
    told = outside.join(own.select(_ON), on=_ON).filter(pl.col("value").is_finite())
    whole = told.filter(pl.len().over("series") == own.height)
    if whole.is_empty():
        return own, []
    wide = whole.sort("series").pivot("series", index=_ON, values="value").sort(_ON)
    wide = wide.rename({name: f"outside {name}" for name in wide.columns if name != _ON})
    moving = [
        name
        for name in wide.columns
        if name != _ON and (wide.filter(pl.col(_ON) < launch)[name].n_unique() > 1)
    ]
    early = pl.col(_ON) < launch
    level, spread = before.to_numpy().mean(), before.to_numpy().std(ddof=1)
    stretched = [
        (pl.col(name) - pl.col(name).filter(early).mean()) / pl.col(name).filter(early).std() * spread + level
        for name in moving
    ]
    return own.join(wide.select(_ON, *stretched), on=_ON).sort(_ON), moving


def _compare(together: pl.DataFrame, figures: list[str], launch: date, found: Found) -> None:
    result = impact.org_wide(together, _ON, _SHARE, figures, launch)
    found.effect, found.doubt = result.effect, OUTSIDE
    found.facts["smallest_detectable_effect"] = POWER_ERRORS * result.se
    found.also("against a mix of outside figures, without a model of time", result.second_opinion.effect)
    found.also("a start that never was, in the last third of the time before", result.in_time)
    if result.is_fooled or not result.agrees:
        found.choice = inconclusive(found.choice)
    says = f"Before the start the mix of outside figures stayed {result.pre_fit:.2f} of the usual ups and downs away."
    found.checks.append(Check("alike before", True, says, result.pre_fit))
    says = (
        "A second method sees it move the same way."
        if result.agrees
        else "A second method sees it move the other way, so nothing can be said."
    )
    found.checks.append(Check("second opinion", result.agrees, says, result.second_opinion.estimate))
    says = (
        "The method finds an effect of a start that never was, so nothing can be said."
        if result.is_fooled
        else "Asked for a start that never was, before this one, the method finds none."
    )
    found.checks.append(Check("before the start", not result.is_fooled, says, result.in_time.estimate))
    used = result.weights.filter(pl.col("weight") >= 0.05)
    names = ", ".join(name.removeprefix("outside ") for name in used["donor"].head(3))
    says = (
        f"{used.height:,} of {len(figures)} outside figures make up the mix, most of it {names}. Nobody can prove that"
        " it moved none of them, and whatever else happened to us at that time is counted as its effect."
    )
    found.checks.append(Check("outside", None, says, float(used.height)))
