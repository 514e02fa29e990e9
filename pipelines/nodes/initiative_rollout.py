"""An initiative that customers started one after the other: change compared with change."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import CohortSums, Design, NotIdentifiable, Staggered
from pipelines.measures.impact.cohorts import NO_BEFORE
from pipelines.measures.impact.ladder import SMALLEST_GROUP
from pipelines.measures.impact.second_opinion import honest_bounds, second_opinion
from pipelines.nodes.initiative_found import (
    IN_MONTH,
    MARGIN,
    MOVED_APART,
    POWER_ERRORS,
    PURCHASES,
    WITHIN_HORIZON,
    Check,
    Found,
    Row,
    cost_of,
    effect_if_any,
    found_by,
    overlap,
    paid,
)
from pipelines.nodes.initiative_look import month_looks, told_when

MOST_BASELINE = 6
SURE = 0.05
_DAYS_A_MONTH = 30


def by_customer(
    plan: Row, months: Sequence[date], sums: pl.DataFrame, costs: pl.DataFrame, sample: pl.DataFrame
) -> Found:
    """The sums of `initiative_sum` and `initiative_cost` of one initiative over its months, and some customers."""
    looks = month_looks(plan, plan["last_started_on"], months)
    if looks.judged_on is not None:
        first_unseen = looks.judged_on.replace(day=1)
        months = [month for month in months if month < first_unseen] or months[:1]
        listed_by_then = pl.col("started_in").is_null() | (pl.col("started_in") < first_unseen)
        sums, sample = sums.filter(listed_by_then), sample.filter(listed_by_then)
        seen = [
            pl.col(name).is_null() | pl.col(name).is_in(months) for name in ("month_on", "other_month_on")
        ]
        sums = sums.filter(*seen)
    size = sums.filter(pl.col("other_month_on").is_null())
    started = pl.col("started_in").is_in(list(months)[1:])
    starts = size.filter(started)["started_in"].unique().sort().to_list()
    never = int(size.filter(~started.fill_null(False))["bought"].sum()) - _too_early(size, months)
    last = int(size.filter(pl.col("started_in") == starts[-1])["bought"].sum()) if starts else 0
    design = Design(
        story=story_of(plan, "customers"),
        unit="customer",
        start_dates=len(starts),
        n_treated=int(size.filter(started)["bought"].sum()),
        n_control=never if never >= SMALLEST_GROUP or len(starts) < 2 else last,
        pre_periods=months.index(starts[0]) if starts else 0,
        smallest_effect=plan["smallest_effect_worth_having"],
    )
    facts: Row = {"n_treated": design.n_treated, "n_control": design.n_control}
    found = found_by(
        design, partial(_compare_customers, plan, months, sums, costs, sample, design.pre_periods), facts,
        looks.waits,
    )  # fmt: skip
    found.looks = looks.planned
    found.facts |= looks.facts
    if plan["primary_outcome"] == WITHIN_HORIZON:
        found.facts["outcome"] = IN_MONTH
        found.worth = (plan["smallest_effect_worth_having"] or 0.0) * _DAYS_A_MONTH / plan["horizon_days"]
    if found.choice.has_effect:
        found.checks.append(told_when(looks))
        found.events = [row for row in found.events if row["n_treated"] >= plan["minimum_n"]]
        people = size.filter(pl.col("month_on").is_null()).group_by(treated=started.fill_null(False))
        unused = (
            plan["treated"] + plan["control"] - int(size.filter(pl.col("month_on").is_null())["bought"].sum())
        )
        if unused:
            says = f"{unused:,} became customers after the first month looked at, and are not in it."
            found.checks.append(Check("newer", None, says, float(unused)))
        counts = people.agg(n=pl.col("bought").sum(), elsewhere=pl.col("elsewhere").sum())
        found.checks += overlap(counts, "those who got it")
    return found


def cohorts(sums: pl.DataFrame, months: Sequence[date], figure: str) -> CohortSums:
    """What `cohort_sums` would count from one row per customer and month.

    Args:
        sums: stratum, started_in, month_on, other_month_on and the figure: customers where both months are null,
            sums where the first is, sums of products of two months otherwise (once, the earlier month first).
        months: every month looked at, in order.
        figure: column, `bought` or `margin`.

    Raises:
        ValueError: nobody starts within the months, or nobody is left to compare with.
    """
    T, place = len(months), {month: number for number, month in enumerate(months)}
    names = tuple(sums["stratum"].unique().sort())
    usable = sums.filter(pl.col("started_in").is_null() | (pl.col("started_in") > months[0]))
    begun = sorted({place.get(month, T) if month else T for month in usable["started_in"].unique()})
    if len(begun) < 2 or begun[0] == T:
        raise ValueError("nobody starts within the months looked at, or nobody is left to compare with")
    cell = {
        (name, start): number for number, (name, start) in enumerate((n, s) for n in names for s in begun)
    }
    moments = np.zeros((len(cell), T + 1, T + 1))
    columns = usable.select("stratum", "started_in", "month_on", "other_month_on", figure)
    for stratum, started, one, other, value in columns.iter_rows():
        i, j = (0 if month is None else place[month] + 1 for month in (one, other))
        own = moments[cell[stratum, place.get(started, T) if started else T]]
        own[i, j] = value
        own[j, i] = value
    too_early = _too_early(sums.filter(pl.col("other_month_on").is_null()), months)
    return CohortSums(
        periods=tuple(months),
        names=names,
        strata=np.repeat(np.arange(len(names)), len(begun)),
        starts=np.tile(np.array(begun), len(names)),
        totals=moments[:, 0],
        moments=moments,
        left_out={NO_BEFORE: too_early} if too_early else {},
    )


def _too_early(size: pl.DataFrame, months: Sequence[date]) -> int:
    """Customers who had started by the first month: they have no before."""
    return int(size.filter(pl.col("started_in") <= months[0])["bought"].sum())


def _compare_customers(
    plan: Row,
    months: Sequence[date],
    sums: pl.DataFrame,
    costs: pl.DataFrame,
    sample: pl.DataFrame,
    before: int,
    found: Found,
) -> None:
    if plan["primary_outcome"] not in PURCHASES:
        raise NotIdentifiable(
            f"customers who start in turn are compared month by month, and answers ({plan['primary_outcome']}) are not"
            " known of everybody every month"
        )
    baseline = min(MOST_BASELINE, before)
    counted = cohorts(sums, months, "bought")
    result = impact.staggered_from_sums(counted, baseline_periods=baseline)
    tell(found, result, impact.staggered_from_sums(counted), baseline)
    never = (counted.starts == len(months)) & (counted.totals[:, 0] > 0)
    if never.any():
        against = effect_if_any(
            lambda: impact.staggered_from_sums(counted, "never_treated", baseline_periods=baseline).simple
        )
        if against is not None:
            found.also("against those who never get it only", against)
    _honest(found, counted, baseline)
    opinion = second_opinion(
        _dense(sample, months), "customer_key", "month_on", "bought", "started_in", strata="stratum",
        baseline_periods=baseline,
    )  # fmt: skip
    reach = 1.96 * opinion.se
    found.otherwise.append(
        {
            "what": f"imputation, another method, on {opinion.n_units:,} of the customers",
            "effect": opinion.estimate,
            "low": opinion.estimate - reach,
            "high": opinion.estimate + reach,
        }
    )
    found.checks.append(
        Check(
            "second opinion",
            opinion.agrees,
            "Another method finds about the same on the same customers."
            if opinion.agrees
            else "Another method finds something else on the same customers: more than one standard error apart.",
            opinion.estimate - opinion.ours.estimate,
        )
    )
    if not sums["is_margin_unknown"].any() and not sums["margin"].null_count():
        margins = cohorts(sums, months, "margin")
        margin = impact.staggered_from_sums(margins, baseline_periods=baseline).simple
        found.others[MARGIN] = margin
        first = counted.starts[(counted.starts < len(months)) & (counted.totals[:, 0] > 0)].min()
        people_months = float(counted.totals[:, 0] @ np.clip(len(months) - counted.starts, 0, None))
        cost = cost_of(plan, _compared_costs(costs, counted))
        found.facts |= {"acts_counted": cost.acts if cost else None}
        found.money = partial(
            paid,
            margin,
            round(people_months * result.share_compared),
            plan,
            cost,
            result.simple,
            days=int(len(months) - first) * _DAYS_A_MONTH,
        )


def _compared_costs(costs: pl.DataFrame, counted: CohortSums) -> pl.DataFrame:
    """What the acts cost in just those months of just those cohorts that the margin is of.

    A cohort is compared from its start for as long as somebody of its stratum has not started.
    """
    place = pl.DataFrame(
        {"month_on": list(counted.periods), "place": range(len(counted.periods))},
        schema_overrides={"month_on": pl.Date},
    )
    last = pl.DataFrame({"stratum": counted.strata, "start": counted.starts}).filter(counted.totals[:, 0] > 0)
    last = (
        last.group_by("stratum")
        .agg(pl.col("start").max())
        .select(
            pl.col("start").alias("until"),
            stratum=pl.col("stratum").replace_strict(dict(enumerate(counted.names))),
        )
    )
    started = place.filter(pl.col("place") > 0).rename({"month_on": "started_in", "place": "start"})
    return (
        costs.join(started, on="started_in")
        .join(place, on="month_on")
        .join(last, on="stratum")
        .filter(pl.col("place") >= pl.col("start"), pl.col("place") < pl.col("until"))
    )


def tell(found: Found, result: Staggered, one_month: Staggered, baseline: int) -> None:
    """Effect, event study and what is known from before the start, of both baselines."""
    found.effect = result.simple
    found.facts |= {
        "n_treated": result.simple.n_treated,
        "n_control": result.simple.n_control,
        "pretrend_p": result.pretrend_p,
        "clusters": result.simple.clusters,
        "smallest_detectable_effect": POWER_ERRORS * result.simple.se,
    }
    found.follow(result.event_study, result.simple.method)
    if baseline > 1:
        found.follow(one_month.event_study, one_month.simple.method)
        found.also("compared with the last month before the start only", one_month.simple)
    found.also("every month since the start alike", result.dynamic)
    found.also("every start alike, by its size", result.group)
    if result.pretrend is not None:
        moved_alike = result.pretrend.p_value >= SURE
        drift = 100 * result.pretrend.drift_in_effect
        says = (
            "Before the start both groups moved alike as far as can be seen"
            if moved_alike
            else "Before the start the groups did not move alike, so what came after can only be a hint"
        )
        says += (
            f"; a drift adding {drift:.1f} of 100 to the effect would have been noticed 4 times in 5."
            if np.isfinite(drift)
            else "."
        )
        found.checks.append(Check("before the start", moved_alike, says, result.pretrend.p_value))
        found.doubt = None if moved_alike else MOVED_APART
    study = one_month.event_study.filter(pl.col("relative_period") == -1).to_dicts()
    if study:
        quiet = study[0]["low"] <= 0 <= study[0]["high"]
        says = (
            "Nothing moved in the last month before the start: nobody seems to have acted on it beforehand."
            if quiet
            else "Something moved in the last month before the start already: was it told, or begun, beforehand?"
        )
        found.checks.append(Check("beforehand", quiet, says, study[0]["effect"]))
    longest = int(result.event_study["relative_period"].to_numpy().max()) + 1
    says = (
        f"The effect is the mean over the months seen since the start, {longest} at most. Nothing is said of later"
        " ones."
    )
    found.checks.append(Check("time", None, says, float(longest)))
    if result.share_compared < 1:
        says = f"{100 * result.share_compared:.0f} of 100 months with it had somebody to be compared with."
        found.checks.append(Check("compared", None, says, result.share_compared))
    if result.left_out:
        n = sum(result.left_out.values())
        found.checks.append(
            Check(
                "left out", None, f"{n:,} could not be used: {', '.join(sorted(result.left_out))}.", float(n)
            )
        )


def _honest(found: Found, counted: CohortSums, baseline: int) -> None:
    honest = honest_bounds(counted, baseline_periods=baseline)
    if honest is None or found.effect is None:
        return
    for magnitude, low, high in honest.bounds.iter_rows():
        size = "half as large as" if magnitude == 0.5 else "as large as"
        found.otherwise.append(
            {
                "what": f"drift {size} before the start",
                "effect": found.effect.estimate,
                "low": low,
                "high": high,
            }
        )


def _dense(sample: pl.DataFrame, months: Sequence[date]) -> pl.DataFrame:
    """One row per customer and month; who bought nothing in a month has a 0."""
    units = sample.select("customer_key", "started_in", "stratum").unique(maintain_order=True)
    bought = sample.drop_nulls("month_on").select("customer_key", "month_on", bought=pl.lit(1.0))
    each = units.join(pl.DataFrame({"month_on": months}), how="cross")
    return each.join(bought, on=["customer_key", "month_on"], how="left").with_columns(
        pl.col("bought").fill_null(0.0)
    )


def story_of(plan: Row, who: str) -> str:
    """Empty where only acts tell who got it: they often come with an order, and an order is the outcome."""
    if who == "teams":
        return "The records of the team say who was trained, and when; nobody was drawn."
    if not plan["treated"] or not plan["is_listed"]:
        return ""
    return "Who got it, and since when, is told by the list of the initiative; nobody was drawn."
