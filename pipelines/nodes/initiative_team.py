"""An initiative that teams got: by lot, or one after the other."""

from datetime import date
from functools import partial

import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import Design, Effect, NotIdentifiable
from pipelines.measures.impact.ladder import FEW_TEAMS_DRAWN, UNFAIR_DRAW
from pipelines.nodes.initiative_found import (
    FELT_GOOD,
    POWER_ERRORS,
    Check,
    Found,
    Row,
    effect_if_any,
    found_by,
)
from pipelines.nodes.initiative_look import Looks, month_looks, told_when
from pipelines.nodes.initiative_rollout import MOST_BASELINE, story_of, tell

_TEAM = "team"


def by_team(plan: Row, cells: pl.DataFrame) -> Found:
    """The answers of `initiative_team` of one initiative: the share in the top box by team and month."""
    last_start = cells["started_in"].max()
    looks = month_looks(plan, last_start if isinstance(last_start, date) else None)
    if looks.judged_on is not None:
        first_unseen = looks.judged_on.replace(day=1)
        cells = cells.filter(
            pl.col("month_on") < first_unseen, pl.col("answered_in") < first_unseen
        ).with_columns(pl.when(pl.col("started_in") < first_unseen).then("started_in"))
    cells = cells.group_by("item", _TEAM, "month_on", "started_in", "probability", maintain_order=True).agg(
        pl.col("n", "successes").sum()
    )
    if cells["started_in"].count() and not cells["probability"].null_count():
        return _drawn_teams(plan, cells, looks)
    is_asked = (cells["item"] == plan["primary_outcome"]).any()
    panel = _panel(cells, plan["primary_outcome"] if is_asked else FELT_GOOD)
    teams = panel.group_by(_TEAM).agg(pl.col("started_in").first())
    starts = teams["started_in"].drop_nulls().unique().sort().to_list()
    months = panel["month_on"].unique().sort().to_list()
    never = int(teams["started_in"].null_count())
    last = teams.filter(pl.col("started_in") == starts[-1]).height if starts else 0
    design = Design(
        story=story_of(plan, "teams") if cells["started_in"].count() else "",
        unit="team",
        start_dates=len(starts),
        teams_treated=teams.height - never,
        teams_control=never if never >= 2 or len(starts) < 2 else last,
        pre_periods=months.index(starts[0]) if starts and starts[0] in months else 0,
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {"n_treated": design.teams_treated, "n_control": design.teams_control}
    found = found_by(
        design, partial(_compare_teams, plan, cells, panel, design.pre_periods), facts, looks.waits
    )
    found.looks = looks.planned
    found.facts |= looks.facts
    if found.choice.has_effect:
        found.checks.append(told_when(looks))
    gone = cells[_TEAM].n_unique() - teams.height
    if found.choice.has_effect and gone:
        who = "1 team" if gone == 1 else f"{gone:,} teams"
        says = f"{who} had no answers in some month: left out, started or not."
        found.checks.append(Check("left out", None, says, float(gone)))
    return found


def _drawn_teams(plan: Row, cells: pl.DataFrame, looks: Looks) -> Found:
    """Teams drawn by lot: the answers since the start, whole teams set against whole teams."""
    teams = cells.group_by(_TEAM).agg(pl.col("started_in", "probability").first())
    treated = int(teams["started_in"].count())
    fair = min(
        impact.fair_draw(own["started_in"].count(), own["started_in"].null_count(), odds)
        for (odds,), own in teams.group_by("probability")
    )  # fmt: skip
    last = teams["started_in"].max()
    start = last if isinstance(last, date) else date.max
    after = cells.filter(pl.col("month_on") >= start, pl.col("item") == plan["primary_outcome"])
    n = dict(after.group_by(pl.col("started_in").is_not_null()).agg(pl.col("n").sum()).iter_rows())
    design = Design(
        story="Drawn by lot.",
        unit="team",
        is_drawn=True,
        draw_p=fair,
        n_treated=n.get(True, 0),
        n_control=n.get(False, 0),
        teams_treated=treated,
        teams_control=teams.height - treated,
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {
        "n_treated": treated,
        "n_control": teams.height - treated,
        "clusters": teams.height,
        "draw_p": fair,
        **looks.facts,
    }
    found = found_by(design, partial(_compare_drawn, plan, cells, start), facts, looks.waits)
    found.looks = looks.planned
    drawn = f"{treated} teams drawn and {teams.height - treated} not drawn"
    says = f"Fair draw: {drawn}, as planned." if fair >= UNFAIR_DRAW else f"Lopsided draw: {drawn}."
    found.checks += [told_when(looks), Check("draw", fair >= UNFAIR_DRAW, says, fair)]
    if found.choice.has_effect:
        says = "Who was drawn is told by the records of the teams; when these came is not known."
        found.checks.append(Check("told before", None, says))
    return found


def _compare_drawn(plan: Row, cells: pl.DataFrame, start: date, found: Found) -> None:
    """The share in the top box since the start, errors by team, or by all draws that could have been."""
    found.effect = _by_cluster(cells, plan["primary_outcome"], start)
    found.facts |= {"smallest_detectable_effect": POWER_ERRORS * found.effect.se}
    if plan["primary_outcome"] != FELT_GOOD:
        other = effect_if_any(partial(_by_cluster, cells, FELT_GOOD, start))
        found.others |= {FELT_GOOD: other} if other is not None else {}


def _by_cluster(cells: pl.DataFrame, item: str, start: date) -> Effect:
    """Each team's odds of being drawn as a stratum where they differ; few teams by permutation."""
    own = cells.filter(pl.col("month_on") >= start, pl.col("item") == item).with_columns(
        treated=pl.col("started_in").is_not_null(), missed=pl.col("n") - pl.col("successes")
    )
    rows = pl.concat(
        own.select(_TEAM, "probability", "treated", high=pl.lit(high), count=pl.col(count))
        for high, count in ((1, "successes"), (0, "missed"))
    )
    if rows[_TEAM].n_unique() < FEW_TEAMS_DRAWN and rows["probability"].n_unique() == 1:
        return impact.permuted_clusters(rows, "high", "treated", _TEAM)
    strata = "probability" if rows["probability"].n_unique() > 1 else None
    return impact.randomised(rows, "high", "treated", cluster=_TEAM, strata=strata)


def _compare_teams(plan: Row, cells: pl.DataFrame, panel: pl.DataFrame, before: int, found: Found) -> None:
    if not (cells["item"] == plan["primary_outcome"]).any():
        raise NotIdentifiable(
            f"nothing by team and month is known of its outcome ({plan['primary_outcome']})"
        )
    if found.choice.name == "synthetic":
        synthetic = impact.synthetic_did(panel, _TEAM, "month_on", "share", "started_in")
        found.effect = synthetic.effect
        found.facts |= {"smallest_detectable_effect": POWER_ERRORS * synthetic.se}
        plain = effect_if_any(
            lambda: (
                impact.synthetic_did(
                    panel, _TEAM, "month_on", "share", "started_in", mix="difference in differences"
                ).effect
            )
        )
        if plain is not None:
            found.also("against all untouched teams alike", plain)
        fit = synthetic.pre_fit
        says = f"Before the start the mix of other teams stayed {fit:.2f} of the usual ups and downs away from it."
        found.checks.append(Check("alike before", fit <= 1, says, fit))
        return
    baseline = min(MOST_BASELINE, before)
    compare = partial(
        impact.staggered, unit=_TEAM, period="month_on", outcome="share", start="started_in", cluster=_TEAM
    )
    result = compare(panel, baseline_periods=baseline)
    tell(found, result, compare(panel), baseline)
    for item in cells["item"].unique().sort():
        if item == plan["primary_outcome"] or item != FELT_GOOD:
            continue
        other = _panel(cells, item)
        effect = effect_if_any(lambda rows=other: compare(rows, baseline_periods=baseline).simple)  # type: ignore[misc]
        found.others |= {item: effect} if effect is not None else {}


def _panel(cells: pl.DataFrame, item: str) -> pl.DataFrame:
    """Teams with answers in every month from a year before the first start on: share in the top box."""
    own = cells.filter(pl.col("item") == item).sort(_TEAM, "month_on")
    first = own["started_in"].min()
    if isinstance(first, date):
        own = own.filter(pl.col("month_on") >= date(first.year - 1, first.month, 1))
    months = own["month_on"].n_unique()
    return own.filter(pl.len().over(_TEAM) == months).with_columns(share=pl.col("successes") / pl.col("n"))
