"""What no row of the ledger, and no subtraction of rows, may tell: what became of a handful of answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.snapshot.counting import CELL, COUNTS
from pipelines.snapshot.parts import CAUSES, FEWEST, LAST, Counts, Part, merged, spans, whole

_KINDS = ("successes", "opposites", "rest")
_GROUPS = ("kpi", "iso_week", "weeks", "dimension")


@dataclass(frozen=True)
class Row:
    """A row of the ledger of one number: its week and clock, the breakdown that it is of, what each cause did."""

    iso_week: str
    weeks: int
    dimension: str
    parts: Sequence[Part]


def with_handfuls(
    states: Sequence[pl.DataFrame], rewritten: tuple[bool, bool] = (False, False)
) -> frozenset[str]:
    """The numbers of which a cause rests on one to nine answers in a single week of some group, shown or hidden.

    Args:
        states: kpi, iso_week, weeks, dimension, member, n, successes, opposites: as frozen, after each step, and as it
            is now. The first and the last hold what is shown, the others every group.
        rewritten: as of `parts.by_cause`.
    """
    found: set[str] = set()
    for at in spans(rewritten).values():
        moves = [_moved(states[i], states[i + 1], is_shown=i in (0, LAST)) for i in at]
        if moves:
            found |= set(_few(pl.concat(moves).group_by(CELL).sum())["kpi"])
    return frozenset(found)


def with_few(states: Sequence[pl.DataFrame]) -> frozenset[tuple[str, str]]:
    """The breakdowns of numbers (kpi, dimension) of which one to nine answers moved in a week of some group.

    Args:
        states: as of `with_handfuls`.
    """
    moves = (_moved(states[0], states[-1], is_shown=True), _moved(states[1], states[-2], is_shown=False))
    return frozenset(pair for each in moves for pair in _few(each).select("kpi", "dimension").iter_rows())


def _moved(before: pl.DataFrame, after: pl.DataFrame, *, is_shown: bool) -> pl.DataFrame:
    """What came less what went of every kind of answer, of every single week of every group.

    Where only what is shown is known: of what both show, of every clock, and, as a group without a name, of what they
    leave to those who subtract it from all customers.
    """
    if is_shown:
        before, after = _with_rest(before, after), _with_rest(after, before)
    else:
        before, after = before.filter(weeks=1), after.filter(weeks=1)
    signed = [
        frame.select(
            *CELL,
            *(pl.col(kind).cast(pl.Int64) * sign for kind in ("successes", "opposites")),
            rest=(pl.col("n") - pl.col("successes") - pl.col("opposites")).cast(pl.Int64) * sign,
        )
        for frame, sign in ((after, 1), (before, -1))
    ]
    return pl.concat(signed).group_by(CELL).sum()


def _with_rest(shown: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    shown = shown.select(*CELL, *(pl.col(name).cast(pl.Int64) for name in COUNTS))
    both = shown.join(other, on=CELL, how="semi")
    everybody = both.filter(dimension="all").drop("dimension", "member")
    named = both.filter(pl.col("dimension") != "all").group_by(_GROUPS).agg(pl.col(COUNTS).sum())
    rest = named.join(everybody, on=["kpi", "iso_week", "weeks"], suffix="_all").select(
        *_GROUPS,
        pl.lit(None, pl.String).alias("member"),
        *((pl.col(f"{name}_all") - pl.col(name)).alias(name) for name in COUNTS),
    )
    return pl.concat([both, rest])


def _few(moved: pl.DataFrame) -> pl.DataFrame:
    came, went = (pl.sum_horizontal((pl.col(kind) * way).clip(0) for kind in _KINDS) for way in (1, -1))
    return moved.filter(pl.max_horizontal(came, went).is_between(1, FEWEST - 1))


def large_enough(
    rows: Sequence[Row], headline: tuple[str, int], *, has_handfuls: bool, few: Collection[str] = ()
) -> list[list[Part] | None]:
    """The parts of every row of a number, merged so far that no subtraction of rows tells a handful; None: untold.

    Every row is a sum of single weeks of groups. Where no cause rests on a handful in any of them, and none moved by a
    handful, no difference of rows does. Otherwise only rows of all customers in the frozen week are told by cause,
    over the page's clock and over those others that differ from it by no handful. Every other row is told whole, by
    all the causes at work anywhere, so that none is known to have been idle in it; and not at all where a week of a
    group of its breakdown moved by a handful. A row that rests on a handful is never told.

    Args:
        rows: with the parts of each cause, however small. headline: the frozen week, and the clock of the pages.
        few: the breakdowns of which a handful moved, as of `with_few`.
    """
    by_cause = rows if not has_handfuls and not few else _apart(rows, headline)
    causes = _in_order(cause for row in rows for part in row.parts for cause in part.causes)
    told: list[list[Part] | None] = []
    for row in rows:
        if any(row is each for each in by_cause):
            parts = merged(row.parts)
        elif row.dimension in few:
            told.append(None)
            continue
        else:
            parts = whole(row.parts, causes)
        told.append(parts if all(part.n for part in parts) else None)
    return told


def _apart(rows: Sequence[Row], headline: tuple[str, int]) -> list[Row]:
    week, clock = headline
    own = [row for row in rows if (row.dimension, row.iso_week) == ("all", week)]
    apart: list[Row] = []
    for row in sorted(own, key=lambda row: (row.weeks != clock, row.weeks)):
        if all(_differ_by_no_handful(row, other) for other in apart):
            apart.append(row)
    return apart


def _in_order(at_work: Iterable[str]) -> tuple[str, ...]:
    known = set(at_work)
    return tuple(cause for cause in CAUSES if cause in known)


def _differ_by_no_handful(one: Row, other: Row) -> bool:
    counts = [{part.causes: part.counts for part in row.parts} for row in (one, other)]
    return not any(
        0 < (counts[0].get(cause, Counts()) - counts[1].get(cause, Counts())).rests_on < FEWEST
        for cause in counts[0].keys() | counts[1].keys()
    )
