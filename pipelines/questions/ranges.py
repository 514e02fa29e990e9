"""The range of an estimate, from the counts beside it: which columns it is made of, and its two ends.

`x_share` is counted from `x_successes` of `x_n`, else from `successes` of `n`; an `effective_n` beside them says as how
many independent ones n counts, and the range is as wide as that bears.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.engine.graph import QueryError
from pipelines.measures.proportions import Floats, critical_value, score_reach
from pipelines.measures.scores import mean_reach
from pipelines.questions.header import Column, Interval, Question

LEVEL = 0.95
KINDS = ("share", "points")
PEOPLE = (
    "people", "persons", "customers", "answers", "respondents", "users", "visitors", "buyers", "members", "invited",
)  # fmt: skip
"""How a column is named that says how many people stand behind a row."""

_SLACK = 1e-6
_BETWEEN = {"wilson": "a share from 0 to 1", "weighted": "a share from 0 to 1"}
_NEEDS = {
    "wilson": ("successes",),
    "newcombe": ("successes",),
    "nps": ("successes", "opposites"),
    "mean": ("total", "total_of_squares"),
    "weighted": ("effective_n",),
}


@dataclass(frozen=True)
class Estimate:
    """A column with a range: how the range is made, and of which columns.

    `is_inferred`: nobody declared it; it is given only where every row bears it out.
    """

    name: str
    interval: Interval
    n: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    effective_n: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    is_inferred: bool = False

    @property
    def factor(self) -> float:
        """100 where the estimate is in points, 1 where it is a share."""
        return 100.0 if ends_in(self.name, "points") else 1.0


def ends_in(name: str, kind: str) -> bool:
    """Whether a column is of a kind by its name: `share`, or `x_share`."""
    return name == kind or name.endswith(f"_{kind}")


def estimates(header: Question, columns: Iterable[str]) -> list[Estimate]:
    """The columns of an answer that are estimates, by what the header says, else by their names.

    Raises:
        QueryError: a declared range needs a column that the answer does not have.
    """
    known = tuple(columns)
    found = []
    for name in known:
        about = header.columns.get(name)
        is_declared = about is not None and "interval" in about.model_fields_set
        if is_declared and about is not None:
            interval: Interval = about.interval
        elif {f"{name}_low", f"{name}_high"} <= set(known):
            interval = "from_columns"
        elif not any(ends_in(name, kind) for kind in KINDS):
            continue
        elif header.interval != "none":
            interval, is_declared = header.interval, True
        else:
            interval = "wilson"
        if interval == "none":
            continue
        estimate = _counted(name, interval, about, known, not is_declared)
        missing = [part for part in (*estimate.n, *estimate.parts) if part not in known]
        if not missing:
            found.append(estimate)
        elif is_declared:
            raise QueryError(
                f"the range of {name} ({interval}) needs the column {', '.join(missing)}, which the SELECT does not "
                f"give. It gives {', '.join(known)}. Add it, name another with `n:` or `successes:`, or write "
                "`interval: none`"
            )
    return found


def _counted(
    name: str, interval: Interval, about: Column | None, known: tuple[str, ...], inferred: bool
) -> Estimate:
    stem = next((name.removesuffix(f"_{kind}") for kind in KINDS if name.endswith(f"_{kind}")), name)

    def called(part: str) -> str:
        return f"{stem}_{part}" if f"{stem}_{part}" in known else part

    if interval == "from_columns":
        n = about.n if about and about.n else tuple(each for each in (called("n"),) if each in known)
        return Estimate(name, interval, n, (f"{name}_low", f"{name}_high"), is_inferred=inferred)
    n = about.n if about and about.n else (called("n"),)
    parts = tuple(map(called, _NEEDS[interval]))
    if about and about.successes:
        parts = (*about.successes, *parts[1:])
    if interval == "newcombe":
        n = n if len(n) == 2 else (*n, f"other_{n[0]}")
        parts = parts if len(parts) == 2 else (*parts, f"other_{parts[0]}")
    scale = about.scale if about else None
    return Estimate(
        name, interval, n, parts, _effective(name, n, called("effective_n"), known), scale, inferred
    )


def _effective(name: str, n: tuple[str, ...], common: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """As how many independent ones each n counts, where the answer says it: of a difference of both or of neither."""
    own = tuple(re.sub(r"^(|.*_)n(|_.*)$", r"\1effective_n\2", each) for each in n)
    own = tuple(f"effective_{each}" if each in n else each for each in own)
    wanted = own if len(n) > 1 else (common,)
    missing = [each for each in wanted if each not in known]
    if missing and (common in known or len(missing) < len(wanted)) and len(n) > 1:
        raise QueryError(
            f"the range of {name} compares {' and '.join(n)}, which count as many independent ones as {wanted[0]} and "
            f"{wanted[1]} say, and the SELECT does not give {', '.join(missing)}. Give both, or neither"
        )
    return wanted if not missing else ()


def with_ranges(frame: pl.DataFrame, found: Iterable[Estimate]) -> tuple[pl.DataFrame, list[Estimate]]:
    """The frame with `x_low` and `x_high` after every estimate x; and the estimates that have them.

    An estimate that nobody declared, and that the counts beside it do not make, is left without a range.

    Raises:
        QueryError: a declared one is not made of its counts, or the counts can not be.
    """
    kept = []
    for estimate in found:
        if estimate.interval == "from_columns":
            kept.append(estimate)
            continue
        ends = _ends(frame, estimate)
        if ends is None:
            continue
        low, high = (
            pl.Series(f"{estimate.name}_{end}", values, nan_to_null=True)
            for end, values in zip(("low", "high"), ends, strict=True)
        )
        at = frame.columns.index(estimate.name) + 1
        others = frame.drop(low.name, high.name, strict=False)
        frame = others.insert_column(min(at, others.width), low).insert_column(
            min(at + 1, others.width + 1), high
        )
        kept.append(estimate)
    return frame, kept


def _ends(frame: pl.DataFrame, estimate: Estimate) -> tuple[Floats, Floats] | None:
    value = _floats(frame, estimate.name) / estimate.factor
    n = [_floats(frame, name) for name in estimate.n]
    parts = [_floats(frame, name) for name in estimate.parts]
    said = [_floats(frame, name) for name in estimate.effective_n] or n
    bears = [np.where(np.isnan(each), of, each) for each, of in zip(said, n, strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):
        made = _made(estimate.interval, n, parts, value)
        if not _agree(value, made):
            if estimate.is_inferred:
                return None
            raise QueryError(
                f"{estimate.name} is declared as {estimate.interval}, but on some rows it is not what "
                f"{', '.join((*estimate.parts, *estimate.n))} make. Name the columns that it is counted from with "
                "`n:` and `successes:`, or write `interval: none`"
            )
        below, above = _reach(estimate, made, n, parts, bears)
        low, high = made - below, made + above
        if (np.isfinite(value) & ~np.isfinite(low + high)).any():
            if estimate.is_inferred:
                return None
            raise QueryError(
                f"{estimate.name} is declared as {estimate.interval}, but some rows have no such range: the counts are "
                f"missing, or it is not {_BETWEEN.get(estimate.interval, 'on its scale')}. Net points are `interval: "
                "nps` of successes, opposites and n"
            )
    return low * estimate.factor, high * estimate.factor


def _made(interval: Interval, n: list[Floats], parts: list[Floats], value: Floats) -> Floats:
    """The estimate anew, from its counts: null where nothing was counted."""
    if interval == "weighted":
        return value
    if interval == "newcombe":
        return parts[0] / n[0] - parts[1] / n[1]
    if interval == "nps":
        return (parts[0] - parts[1]) / n[0]
    return parts[0] / n[0]


def _agree(value: Floats, made: Floats) -> bool:
    both = np.isfinite(value) & np.isfinite(made)
    return bool(np.all(np.abs(value - made)[both] <= _SLACK * np.maximum(1.0, np.abs(made[both]))))


def _reach(
    estimate: Estimate, made: Floats, n: list[Floats], parts: list[Floats], bears: list[Floats]
) -> tuple[Floats, Floats]:
    critical = critical_value(LEVEL)
    if estimate.interval == "newcombe":
        shares = [successes / of for successes, of in zip(parts, n, strict=True)]
        (below, above), (other_below, other_above) = (
            score_reach(share, of, critical) for share, of in zip(shares, bears, strict=True)
        )
        return np.hypot(below, other_above), np.hypot(above, other_below)
    if estimate.interval == "nps":
        return mean_reach(made, (parts[0] + parts[1]) / n[0], bears[0], critical)
    if estimate.interval == "mean":
        return mean_reach(made, parts[1] / n[0], bears[0], critical, *(estimate.scale or (0.0, 1.0)))
    is_share = (made >= -_SLACK) & (made <= 1 + _SLACK)
    of = parts[0] if estimate.interval == "weighted" else bears[0]
    return score_reach(np.where(is_share, np.clip(made, 0.0, 1.0), np.nan), of, critical)


def _floats(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].cast(pl.Float64).to_numpy()
