"""Did it work? The effect where customers, teams or stores started one after the other.

Those who started are compared with those who had not yet, change with change: each cohort in each period, so that
no one serves as a comparison once treated, and only then averaged.
"""

from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import polars as pl

from pipelines.measures.impact.averages import OVERALL, Averages, averages
from pipelines.measures.impact.bands import uniform_critical
from pipelines.measures.impact.cohorts import CohortSums, cohort_sums
from pipelines.measures.impact.contrasts import (
    Booleans,
    Contrasts,
    Control,
    Estimates,
    comparable,
    contrasts,
    covariance,
    differences,
)
from pipelines.measures.impact.effect import Effect, Floats, symmetric_range
from pipelines.measures.impact.permutation import not_contradicted
from pipelines.measures.impact.pretrend import Pretrend, exact_test, joint_test
from pipelines.measures.impact.start_dates import Orders, are_few, permuted, start_as_a_whole

_ORDERS_UP_TO = 100


@dataclass(frozen=True)
class Staggered:
    """Effects of staggered starts, in the outcome's unit. Ranges are `low` to `high`, one by one.

    `att_gt`: start, period, relative_period, effect, se, low, high, n_treated, n_control: every cohort and period,
    those before the start included. `event_study`: relative_period (0 = first treated), effect, se, low, high,
    band_low, band_high (these hold for all rows at once), n_treated, n_control. `by_start`, `by_period`: the same by
    cohort and by period.
    `simple`: all treated periods alike, by units treated; `group`: cohorts by size, after averaging each one's periods;
    `dynamic`: every period since the start alike; `calendar`: every period alike. `pretrend`: the joint test of changes
    before the start, None where there is nothing before. `share_compared`: of units treated, times periods, that had
    somebody to be compared with. `left_out`: units that could not be used, by reason.
    """

    simple: Effect
    group: Effect
    dynamic: Effect
    calendar: Effect
    att_gt: pl.DataFrame
    event_study: pl.DataFrame
    by_start: pl.DataFrame
    by_period: pl.DataFrame
    pretrend: Pretrend | None
    share_compared: float
    left_out: dict[str, int]

    @property
    def estimate(self) -> float:
        """Of `simple`."""
        return self.simple.estimate

    @property
    def se(self) -> float:
        """Of `simple`."""
        return self.simple.se

    @property
    def low(self) -> float:
        """Of `simple`."""
        return self.simple.low

    @property
    def high(self) -> float:
        """Of `simple`."""
        return self.simple.high

    @property
    def pretrend_p(self) -> float | None:
        """How likely changes before the start at least as different are, had the groups moved alike."""
        return None if self.pretrend is None else self.pretrend.p_value


def staggered(
    frame: pl.DataFrame | duckdb.DuckDBPyRelation,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    control: Control = "not_yet_treated",
    baseline_periods: int = 1,
    cluster: str | None = None,
    strata: str | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Staggered:
    """The effect from one row per unit and period; see `cohort_sums` and `staggered_from_sums` for the arguments."""
    sums = cohort_sums(frame, unit, period, outcome, start, cluster, strata)
    return staggered_from_sums(sums, control, baseline_periods, level=level, seed=seed)


def staggered_from_sums(
    sums: CohortSums,
    control: Control = "not_yet_treated",
    baseline_periods: int = 1,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Staggered:
    """The effect from cohort sums.

    Args:
        sums: from `cohort_sums`. With strata, changes are compared within strata: what is assumed is that units of
            the same stratum would have moved alike.
        control: `not_yet_treated`: whoever has not started by the period looked at; `never_treated`: whoever does not
            start within the periods at all.
        baseline_periods: compare with the mean of that many last periods before the start, or of all where there are
            fewer. More than one makes the range of a yes-or-no outcome much narrower. With 1, each period before the
            start is compared with the one before it; with more, with the same mean.
        level: coverage of the ranges, strictly between 0 and 1.
        seed: of the simulated bands, and of the orders of start dates looked at.

    Returns:
        The effects. Without clusters the ranges are normal; with clusters Student's t with one degree less than
        clusters, times G / (G - 1); with fewer than 20 clusters, or fewer than 10 that start, the range holds every
        constant effect that other orders of the start dates do not contradict. Below 100 clusters those orders also
        give the ranges of single cohorts, periods and events, the bands and the test of what was before: their own
        errors rest on a handful of clusters each.

    Raises:
        ValueError: as for `contrasts`; no cohort has anybody to be compared with; the clusters are few and one of
            them does not start as a whole.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230; Hansen (2007), JoE 141, 597-620 (t with
        clusters).
    """
    planned = contrasts(sums, control, baseline_periods, steps=baseline_periods == 1)
    view = _view(sums, planned)
    steps = _view(sums, contrasts(sums, control, steps=True))
    few, n_clusters = are_few(sums), None if sums.clusters is None else sums.clusters.n
    orders = None
    if few or (n_clusters is not None and n_clusters < _ORDERS_UP_TO and start_as_a_whole(sums)):
        orders = permuted(sums, partial(_side_by_side, view, steps), seed=seed)
    rows = _with_ranges(view, orders, level, seed, few=few)
    method = _method(sums, control, baseline_periods, few)
    overall = {
        row["kind"]: Effect(
            estimate=row["effect"],
            se=row["se"],
            low=row["low"],
            high=row["high"],
            n_treated=row["n_treated"],
            n_control=row["n_control"],
            method=method,
            level=level,
            clusters=n_clusters,
            degrees_of_freedom=None if few or n_clusters is None else n_clusters - 1,
            range_at=not_contradicted(orders.values[:, number], orders.overlap[:, number])
            if orders is not None and few
            else None,
        ).at(level)
        for number, row in enumerate(rows.head(len(OVERALL)).iter_rows(named=True))
    }
    n_planned = (sums.totals[:, 0] @ planned.treated)[planned.relative_period >= 0].sum()
    n_compared = view.found.n_treated[view.average.after].sum()
    return Staggered(
        **overall,
        att_gt=_table(rows, sums, "each", "start", "period", "relative_period"),
        event_study=_table(rows, sums, "event", "relative_period"),
        by_start=_table(rows, sums, "start", "start"),
        by_period=_table(rows, sums, "period", "period"),
        pretrend=_pretrend(steps, orders, float(view.weights[0] @ view.average.contrast.lead)),
        share_compared=float(n_compared / n_planned),
        left_out=sums.left_out,
    )


@dataclass(frozen=True)
class _View:
    """Contrasts of the sums, what they show, and their averages."""

    sums: CohortSums
    average: Averages
    found: Estimates

    @property
    def weights(self) -> Floats:
        return self.average.weights(self.found.n_treated)

    @property
    def effect(self) -> Floats:
        return self.weights @ self.found.value

    @property
    def errors(self) -> Floats:
        return covariance(self.sums, self.average.influence(self.found))

    def is_kind(self, kind: str) -> Booleans:
        return (self.average.labels["kind"] == kind).to_numpy()

    def of(self, totals: Floats) -> Floats:
        """The averages of other totals: (…, A) from (…, cells, T + 1)."""
        value, n_treated = differences(totals, self.sums.strata, self.average.contrast)
        return (self.average.weights(n_treated) @ value[..., None])[..., 0]


def _view(sums: CohortSums, contrast: Contrasts) -> _View:
    contrast, found = comparable(sums, contrast)
    return _View(sums, averages(contrast), found)


def _side_by_side(view: _View, steps: _View, totals: Floats) -> Floats:
    return np.concatenate([view.of(totals), steps.of(totals)], axis=-1)


def _with_ranges(view: _View, orders: Orders | None, level: float, seed: int, *, few: bool) -> pl.DataFrame:
    """The averages with their units and ranges; the bands hold for all of kind event."""
    is_event = view.is_kind("event")
    degrees = None if view.sums.clusters is None else view.sums.clusters.n - 1
    errors = view.errors
    se = np.sqrt(np.diag(errors).clip(0))
    half_width = symmetric_range(0.0, 1.0, level, degrees)[1] * se
    if orders is None or degrees is None:
        band = uniform_critical(errors[np.ix_(is_event, is_event)], level, degrees, seed=seed) * se
    else:
        # what the level and the effect taken out cost of the clusters' errors
        lost = (degrees + 1) / max(degrees - 1, 1)
        left = orders.left[1:, : len(se)] * np.sqrt(lost)
        others = np.arange(len(se)) >= (0 if few else len(OVERALL))
        se = np.where(others, np.sqrt((left**2).mean(axis=0)), se)
        half_width = np.where(others, np.quantile(np.abs(left), level, axis=0), half_width)
        largest = (np.abs(left) / np.where(se > 0, se, np.inf))[:, is_event].max(axis=1)
        band = np.quantile(largest, level) * se
    parts, effect = view.average.parts, view.effect
    n_treated = ((parts @ view.found.treated.T) > 0) @ view.sums.totals[:, 0]
    n_control = np.where(parts, view.found.n_control, 0).max(axis=1)
    return view.average.labels.with_columns(
        pl.Series("effect", effect),
        pl.Series("se", se),
        pl.Series("low", effect - half_width),
        pl.Series("high", effect + half_width),
        pl.Series("band_low", effect - band),
        pl.Series("band_high", effect + band),
        pl.Series("n_treated", n_treated.round().astype(int)),
        pl.Series("n_control", n_control.round().astype(int)),
    )


def _table(rows: pl.DataFrame, sums: CohortSums, kind: str, *labels: str) -> pl.DataFrame:
    """The rows of one kind, with starts and periods by name."""
    names = pl.Series(sums.periods)
    own = rows.filter(pl.col("kind") == kind)
    named = own.with_columns(
        names.gather(own[label]).alias(label) for label in labels if label != "relative_period"
    )
    bands = ("band_low", "band_high") if kind == "event" else ()
    return named.select(*labels, "effect", "se", "low", "high", *bands, "n_treated", "n_control")


def _pretrend(steps: _View, orders: Orders | None, lead: float) -> Pretrend | None:
    """The test of every cohort's steps; of their averages where clusters are compared."""
    kind = "each" if steps.sums.clusters is None else "event"
    before = steps.is_kind(kind) & (steps.average.labels["relative_period"] < 0).fill_null(False).to_numpy()
    if not before.any():
        return None
    if orders is not None:
        return exact_test(orders.left[:, -len(before) :][:, before], lead)
    clusters = None if steps.sums.clusters is None else steps.sums.clusters.n
    return joint_test(steps.effect[before], steps.errors[np.ix_(before, before)], lead, clusters)


def _method(sums: CohortSums, control: Control, baseline_periods: int, few: bool) -> str:
    """What was done, in words."""
    words = [f"staggered starts against {control.replace('_', ' ')}"]
    words.append("last period before" if baseline_periods == 1 else f"last {baseline_periods} periods before")
    if len(sums.names) > 1:
        words.append(f"within {len(sums.names)} strata")
    if few:
        words.append("other orders of the start dates")
    elif sums.clusters is not None:
        words.append("by cluster")
    return ", ".join(words)
