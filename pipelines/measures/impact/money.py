"""What an initiative left over: extra margin less what it cost, and what it would take to break even."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipelines.measures.impact.effect import Effect
from pipelines.measures.impact.randomised import randomised


@dataclass(frozen=True)
class Money:
    """Money of one initiative (or several together) over its horizon, in one currency.

    `margin` is the extra margin that the initiative brought, `acts` and `discounts` are counted, `left` is what is
    over. `break_even_effect` is on the unit of the primary outcome, None where no such effect can be told.
    """

    margin: float
    margin_low: float
    margin_high: float
    acts: float
    discounts: float
    horizon_days: int
    break_even_effect: float | None = None

    @property
    def cost(self) -> float:
        """Acts and discounts."""
        return self.acts + self.discounts

    @property
    def left(self) -> float:
        """Extra margin less cost."""
        return self.margin - self.cost

    @property
    def left_low(self) -> float:
        """Lower end of `left`."""
        return self.margin_low - self.cost

    @property
    def left_high(self) -> float:
        """Upper end of `left`."""
        return self.margin_high - self.cost


def net(
    margin: Effect,
    people: int,
    acts: float,
    *,
    horizon_days: int,
    known_days: int,
    discounts: float = 0.0,
    effect: Effect | None = None,
) -> Money:
    """Extra margin less acts and discounts.

    Args:
        margin: the effect on margin *per customer*, by the same comparison as the effect itself: everybody counted
            in their group, also those who bought nothing. Never the effect times an average margin: those who
            come because of a gesture need not spend like the others.
        people: how many customers were in the group that got it (drawn, whether reached or not).
        acts: what the acts cost, all together, counted.
        horizon_days: days after the start that the margin was added up over.
        known_days: days after the start for which everybody's margin is known.
        discounts: what was given away and is not yet subtracted in the margin.
        effect: on the primary outcome, for the break-even.

    Returns:
        `Money` with the range of `margin`. `break_even_effect` is that effect at which the extra margin, in
        proportion, covers the cost; None where effect or margin is not above 0.

    Raises:
        ValueError: the horizon goes beyond what is known, a cost is negative, or nobody got it.
    """
    if not 0 < horizon_days <= known_days:
        raise ValueError(
            f"margin is known for {known_days} days, so no money can be said for {horizon_days}:"
            " wait, or shorten the horizon"
        )
    if people <= 0 or acts < 0 or discounts < 0:
        raise ValueError(
            "expected at least one customer and costs of 0 or more,"
            f" found people={people}, acts={acts}, discounts={discounts}"
        )
    break_even = None
    if effect is not None and effect.estimate > 0 and margin.estimate > 0:
        break_even = effect.estimate * (acts + discounts) / (margin.estimate * people)
    ends = (margin.estimate * people, margin.low * people, margin.high * people)
    return Money(*ends, acts, discounts, horizon_days, break_even)


def together(moneys: Iterable[Money]) -> Money:
    """Several initiatives, each on people of its own, as one sum of one currency.

    Returns:
        Sums; the distances from the sum to its ends are the roots of the summed squares (`difference_interval` of
        `proportions` for a sum); the horizon is the longest. Nothing given is a sum of 0.

    Source: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    each = list(moneys)
    margin = sum(money.margin for money in each)
    return Money(
        margin,
        margin - math.hypot(*(money.margin - money.margin_low for money in each)),
        margin + math.hypot(*(money.margin_high - money.margin for money in each)),
        sum(money.acts for money in each),
        sum(money.discounts for money in each),
        max((money.horizon_days for money in each), default=0),
    )


def by_gesture(
    frame: pl.DataFrame,
    outcome: str,
    treated: str,
    nth: str,
    strata: str | None = None,
    *,
    smallest_group: int = 50,
    level: float = 0.95,
) -> pl.DataFrame:
    """Whether the first gesture does more than the third: the effect by how many had come before.

    Args:
        frame: one row per customer and draw (or distinct row with its `count`), also those not drawn.
        outcome: column of the outcome after that draw.
        treated: column, true (or 1) where drawn.
        nth: column, 1 for those who had had no gesture before that draw, 2 after one, and so on.
        strata: column of the groups within which the odds were the same, as for `randomised`.
        smallest_group: of either arm; the last gestures are taken together ("3 or more") so
            that no group is smaller; others that are smaller are left out.
        level: coverage of each range, strictly between 0 and 1.

    Returns:
        nth (the lowest of its group), is_or_more, effect, low, high, n_treated, n_control; in order. Empty where
        even all together are too few.

    Raises:
        ValueError: as for `randomised`.
    """
    count = pl.col("count") if "count" in frame.columns else pl.lit(1)
    is_treated = pl.col(treated).cast(pl.Int64) == 1
    later = (
        frame.group_by(nth)
        .agg(treated=(count * is_treated).sum(), control=(count * ~is_treated).sum())
        .sort(nth)
        .select(nth, pl.col("treated", "control").cum_sum(reverse=True))
        .filter(pl.min_horizontal("treated", "control") >= smallest_group)
    )
    if later.is_empty():
        return pl.DataFrame(schema=_GESTURE)
    last = int(later[nth].to_numpy().max())
    found = []
    for (first,), rows in frame.group_by(pl.col(nth).clip(upper_bound=last), maintain_order=True):
        n_treated, n_control = (rows.select((count * arm).sum()).item() for arm in (is_treated, ~is_treated))
        if min(n_treated, n_control) >= smallest_group:
            effect = randomised(rows, outcome, treated, strata=strata, level=level)
            ends = (effect.estimate, effect.low, effect.high, effect.n_treated, effect.n_control)
            found.append((first, bool((rows[nth] > last).any()), *ends))
    return pl.DataFrame(found, schema=_GESTURE, orient="row").sort("nth")


_GESTURE = {
    "nth": pl.Int64,
    "is_or_more": pl.Boolean,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_treated": pl.Int64,
    "n_control": pl.Int64,
}
