"""What staggered starts need to know of the units: sums and cross-products per cohort, counted from long rows.

A unit is a row z = (1, Y1 … YT) of its outcomes in T periods, a cluster the sum of its units' rows. Every estimate of
Callaway and Sant'Anna (2021) is a function of the cohorts' sums of z, and each influence function is linear in z
within a cohort, so the sums of z z' give the exact covariance of all of them. Sums add up: of files, days, machines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines.measures.impact.effect import Floats

Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

INCOMPLETE, NO_BEFORE = "not in every period", "treated from the first period on"
_BATCH = 100_000


@dataclass(frozen=True)
class ClusterRows:
    """Sums of z per cluster and cell: `z` (rows, T + 1), and for each row the number of its cluster and cell."""

    z: Floats
    cluster: Integers
    cell: Integers

    @property
    def n(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1


@dataclass(frozen=True)
class CohortSums:
    """Sums per cell: a stratum's cohort of units that start together; every stratum with every start, empty or not.

    `periods`: the T periods in order. `names`: of the strata. `strata`, `starts`: of each cell, the number of its
    stratum and the position (from 0) of its first treated period; T for those who do not start within the periods.
    `totals` (cells, T + 1): the sums of z. `moments` (cells, T + 1, T + 1): the sums of z z' over units; over
    clusters where there are, whose own sums are `clusters`. `left_out`: units that can not be used, by reason.
    """

    periods: tuple[Any, ...]
    names: tuple[str, ...]
    strata: Integers
    starts: Integers
    totals: Floats
    moments: Floats
    clusters: ClusterRows | None = None
    left_out: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "CohortSums") -> "CohortSums":
        """The sums of both, which hold different units.

        Raises:
            ValueError: the periods differ, or there are clusters (which may have units in both).
        """
        if self.periods != other.periods or self.clusters is not None or other.clusters is not None:
            raise ValueError("only sums over the same periods, and without clusters, add up")
        cells: dict[_Cell, _Sums] = {}
        for part in (self, other):
            for stratum, start, sums in zip(
                part.strata, part.starts, zip(part.totals, part.moments, strict=True), strict=True
            ):
                _add(cells, (part.names[stratum], int(start)), *sums)
        reasons = self.left_out | other.left_out
        left_out = {why: self.left_out.get(why, 0) + other.left_out.get(why, 0) for why in reasons}
        return _assembled(self.periods, cells, {}, left_out)


_Cell = tuple[str, int]
_Sums = tuple[Floats, Floats]


def cohort_sums(
    rows: pl.DataFrame | duckdb.DuckDBPyRelation,
    unit: str,
    period: str,
    outcome: str,
    start: str,
    cluster: str | None = None,
    strata: str | None = None,
) -> CohortSums:
    """Count the sums from one row per unit and period.

    Args:
        rows: a Polars frame, or a DuckDB relation, whose units are never all in memory of ours.
        unit: column of the unit, a customer say.
        period: column of the period, of any type with an order; the periods present are taken as equally spaced.
        outcome: column of the outcome, a number or yes-or-no.
        start: column of the unit's first treated period, the same in all its rows; null = never.
        cluster: column of what was chosen as a whole (team, store), the same in all rows of a unit.
        strata: column of groups known before anybody's start, the same in all rows of a unit; null is a group.

    Returns:
        The sums. Left out, and counted, are units without an outcome in every period and units treated from the
        first period on, which have no before.

    Raises:
        ValueError: a column is missing; a unit has two rows in a period, or two starts, clusters or strata; a start
            lies between periods; a cluster is null; there are fewer than two periods; nobody starts within them, or
            nobody is left to compare with.
    """
    source = as_relation(rows)
    used = [column for column in (unit, period, outcome, start, cluster, strata) if column is not None]
    missing = [column for column in used if column not in source.columns]
    if missing:
        raise ValueError(f"the rows have no column {missing}; they have {source.columns}")
    periods = tuple(value for (value,) in source.aggregate(quoted(period)).order("1").fetchall())
    if len(periods) < 2 or None in periods:
        raise ValueError(f"expected at least two periods, none of them null, in {period}")
    kind = source.types[source.columns.index(period)]
    values = [f"cast('{str(value).replace(chr(39), chr(39) * 2)}' as {kind})" for value in periods]
    began = f"cast({quoted(start)} as {kind})"
    same = {
        "began": f"case when {began} <= {values[-1]} then {began} end",
        "cluster": "null",
        "stratum": "'all'",
    }
    same |= {
        role: f"cast({quoted(column)} as varchar)"
        for role, column in (("cluster", cluster), ("stratum", strata))
        if column is not None
    }
    known = [f"{quoted(period)} = {value}" for value in values]
    units = source.aggregate(_one_unit(same, known, quoted(outcome)), quoted(unit))
    wide = units.project(_usable(len(periods)))
    return _counted(wide if cluster is None else _by_cluster(wide, len(periods)), periods, unit, cluster)


def as_relation(rows: pl.DataFrame | duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The rows for DuckDB."""
    return rows if isinstance(rows, duckdb.DuckDBPyRelation) else duckdb.connect().from_arrow(rows.to_arrow())


def quoted(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def _one_unit(same: dict[str, str], known: list[str], outcome: str) -> str:
    """Aggregates of one unit: what is the same in all its rows and whether it is, rows known, and Y0 to Y(T-1)."""
    mixed = " or ".join(
        f"min({value}) <> max({value}) or count({value}) not in (0, count(*))" for value in same.values()
    )
    return ", ".join(
        [
            *(f"min({value}) as {role}" for role, value in same.items()),
            f"coalesce({mixed}, false) as mixed",
            f"count({outcome}) as known",
            *(
                f"sum(cast({outcome} as double)) filter ({condition}) as y{number}"
                for number, condition in enumerate(known)
            ),
        ]
    )


def _usable(T: int) -> str:
    """Columns of one unit: m is 1 where it can be used, 0 where a period is missing."""
    present = " + ".join(f"(y{number} is not null)::integer" for number in range(T))
    outcomes = ", ".join(f"y{number}" for number in range(T))
    return (
        "began, cast(cluster as varchar) as cluster, coalesce(stratum, 'unknown') as stratum, mixed, "
        f"known > {present} as doubled, ({present} < {T})::bigint as incomplete, "
        f"({present} = {T})::double as m, {outcomes}"
    )


def _by_cluster(wide: duckdb.DuckDBPyRelation, T: int) -> duckdb.DuckDBPyRelation:
    outcomes = ", ".join(f"sum(y{number}) filter (m = 1) as y{number}" for number in range(T))
    return wide.aggregate(
        "began, cluster, stratum, bool_or(mixed) as mixed, bool_or(doubled) as doubled, "
        f"sum(incomplete)::bigint as incomplete, sum(m) as m, {outcomes}",
        "began, cluster, stratum",
    )


def _counted(
    wide: duckdb.DuckDBPyRelation, periods: tuple[Any, ...], unit: str, cluster: str | None
) -> CohortSums:
    """The sums over the rows of units or clusters."""
    cells: dict[_Cell, _Sums] = {}
    clusters: dict[tuple[str, str, int], Floats] = {}
    left_out = dict.fromkeys((INCOMPLETE, NO_BEFORE), 0)
    columns = ["m", *(f"y{number}" for number in range(len(periods)))]
    for batch in _batches(wide, unit):
        left_out[INCOMPLETE] += int(batch["incomplete"].sum())
        usable = batch.filter(pl.col("m") > 0)
        if cluster is not None and usable["cluster"].null_count():
            raise ValueError(f"expected a cluster for every {unit}, found nulls in {cluster}")
        for (began, stratum), own in usable.partition_by("began", "stratum", as_dict=True).items():
            z, start = own.select(columns).to_numpy(), _position(began, periods)
            if start == 0:
                left_out[NO_BEFORE] += round(z[:, 0].sum())
                continue
            _add(cells, (str(stratum), start), z.sum(axis=0), z.T @ z)
            if cluster is not None:
                clusters |= {
                    (name, str(stratum), start): row for name, row in zip(own["cluster"], z, strict=True)
                }
    return _assembled(periods, cells, clusters, {why: n for why, n in left_out.items() if n})


def _batches(wide: duckdb.DuckDBPyRelation, unit: str) -> Iterator[pl.DataFrame]:
    """The rows, some at a time, once nothing is wrong with them."""
    for batch in wide.to_arrow_reader(_BATCH):
        rows = pl.DataFrame(pl.from_arrow(batch))
        if rows["mixed"].any():
            raise ValueError(
                f"expected one start, one cluster and one stratum for each {unit}, found several"
            )
        if rows["doubled"].any():
            raise ValueError(f"expected one row for each {unit} and period, found several")
        yield rows


def _position(began: Any, periods: tuple[Any, ...]) -> int:
    """Of the first treated period: 0 where there is no before, T where it lies beyond."""
    if began is None:
        return len(periods)
    if began <= periods[0]:
        return 0
    if began not in periods:
        raise ValueError(
            "expected each start to be the period it lies in, found one between two periods: "
            "round the start down to the beginning of its period"
        )
    return periods.index(began)


def _add(cells: dict[_Cell, _Sums], cell: _Cell, totals: Floats, moments: Floats) -> None:
    if cell in cells:
        totals, moments = totals + cells[cell][0], moments + cells[cell][1]
    cells[cell] = (totals, moments)


def _assembled(
    periods: tuple[Any, ...],
    cells: dict[_Cell, _Sums],
    clusters: dict[tuple[str, str, int], Floats],
    left_out: dict[str, int],
) -> CohortSums:
    """Every stratum with every start, empty or not."""
    T = len(periods)
    names = tuple(sorted({stratum for stratum, _ in cells}))
    starts = sorted({start for _, start in cells})
    if not starts or starts[0] == T:
        raise ValueError("nobody starts within the periods: nothing to judge")
    if len(starts) < 2:
        raise ValueError("everybody starts together: nobody is left to compare with")
    grid = {(stratum, start): number for number, (stratum, start) in enumerate(product(names, starts))}
    empty = (np.zeros(T + 1), np.zeros((T + 1, T + 1)))
    totals, moments = zip(*(cells.get(cell, empty) for cell in grid), strict=True)
    rows = None
    if clusters:
        number = {name: code for code, name in enumerate(sorted({name for name, _, _ in clusters}))}
        ordered = sorted(clusters)
        rows = ClusterRows(
            np.array([clusters[key] for key in ordered]),
            np.array([number[name] for name, _, _ in ordered]),
            np.array([grid[stratum, start] for _, stratum, start in ordered]),
        )
    return CohortSums(
        periods=periods,
        names=names,
        strata=np.repeat(np.arange(len(names)), len(starts)),
        starts=np.tile(np.array(starts), len(names)),
        totals=np.array(totals),
        moments=np.array(moments),
        clusters=rows,
        left_out=left_out,
    )
