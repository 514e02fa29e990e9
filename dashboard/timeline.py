"""A number over time as it may be drawn: cut where it was asked differently, open where the week is not over."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dashboard import builds, kpi, targets, words
from dashboard.kpi import EVERYONE, Definition, Group
from pipelines.measures.change import WINDOWS
from pipelines.measures.comparison import BASELINE_WEEKS

COMPARED_WEEKS = max(WINDOWS) + BASELINE_WEEKS
"""How far a verdict looks back: over the last weeks and those before them."""

HALF_A_YEAR = 26
_SAID = {"wording": "new wording", "scale": "new scale"}
_MOVED = {"up": "up", "down": "down", "no real change": "no real change"}


@dataclass(frozen=True)
class SoFar:
    """A number in the week that is not over: `to_on` is its last whole day."""

    to_on: date
    week_ends_on: date
    n: int
    value: float
    low: float
    high: float
    verdict: str
    change: float | None


@builds.worked_out_once
def drawn(name: str, iso_week: str, group: Group = EVERYONE, *, unfinished: bool = False) -> pl.DataFrame:
    """The weeks up to a week, ready for `charts.trend`: a year, of a weekly number half of one.

    Args:
        name: the number's name.
        iso_week: the last week drawn.
        group: whom it is about.
        unfinished: whether the week that is not over is drawn too, where a part of it is in.

    Returns:
        The columns of `kpi.trend`, and `part` (which uninterrupted stretch a week belongs to) and `what` (what
        changed with the week, else null), and `target`, the goal that counted at the week's end. An unfinished week
        comes last, with the maturity `partial`.
    """
    weeks = HALF_A_YEAR if kpi.definitions()[name].clock_weeks == 1 else kpi.TREND_WEEKS
    history = with_breaks(kpi.last_year(kpi.trend(name, group), iso_week).tail(weeks), breaks(name))
    open_end = so_far(name) if unfinished else None
    return with_target(with_so_far(history, open_end) if open_end else history, name, group)


def with_target(history: pl.DataFrame, name: str, group: Group) -> pl.DataFrame:
    """Weeks with the goal that counted at the end of each, as `target` (a share); null where none did."""
    found = targets.on(name, history["week_ends_on"], group).select(week_ends_on="on", target="target")
    return history.join(found, on="week_ends_on", how="left", maintain_order="left")


@builds.worked_out_once
def breaks(name: str) -> pl.DataFrame:
    """The weeks from which a number was asked differently: iso_week, week_starts_on, what (`new wording`)."""
    if not builds.has("series_break"):
        return pl.DataFrame(schema={"iso_week": pl.String, "week_starts_on": pl.Date, "what": pl.String})
    frame = builds.rows(
        """
        select distinct iso_week, week_starts_on, what from series_break join dates using (iso_week)
        where kpi = $kpi order by iso_week, what
        """,
        kpi=name,
    )
    return (
        frame.with_columns(pl.col("what").replace_strict(_SAID, default="asked differently"))
        .group_by("iso_week", "week_starts_on", maintain_order=True)
        .agg(pl.col("what").str.join(", "))
    )


@builds.worked_out_once
def so_far(name: str) -> SoFar | None:
    """A number in the week that is not over; None before its first whole day or with too few."""
    if not builds.has("kpi_so_far"):
        return None
    about = kpi.definitions()[name]
    found = builds.rows(
        """
        select distinct iso_week, days, n, successes, opposites, verdict, change, week_starts_on, week_ends_on
        from kpi_so_far join dates using (iso_week)
        where kpi = $kpi order by iso_week desc limit 1
        """,
        kpi=name,
    )
    if found.is_empty() or found["n"][0] is None or found["n"][0] < about.minimum_n:
        return None
    row = kpi.with_range(found, about).row(0, named=True)
    return SoFar(
        row["week_starts_on"] + timedelta(days=row["days"] - 1), row["week_ends_on"], row["n"], row["value"],
        row["low"], row["high"], row["verdict"], row["change"],
    )  # fmt: skip


def with_breaks(history: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Number the uninterrupted stretches of a series, and say at each cut what changed."""
    marked = history.join(found.select("iso_week", "what"), on="iso_week", how="left", maintain_order="left")
    return marked.with_columns(part=pl.col("what").is_not_null().cum_sum().cast(pl.Int64))


def with_so_far(history: pl.DataFrame, unfinished: SoFar) -> pl.DataFrame:
    """Add the week that is not over, as an open end."""
    row = pl.DataFrame(
        {
            "week_ends_on": [unfinished.week_ends_on],
            "n": [unfinished.n],
            "value": [unfinished.value],
            "low": [unfinished.low],
            "high": [unfinished.high],
            "maturity": ["partial"],
            "part": [history["part"].max()],
        },
        schema_overrides={"part": pl.Int64},
    )
    return pl.concat([history, row], how="diagonal")


def so_far_in_words(about: Definition, unfinished: SoFar) -> str:
    """`So far, to Wednesday: 81 of 100 (probably between 76 and 85; 310 contacts). …: no real change.`."""
    asked = "answers" if "survey" in about.source else "contacts"
    value = words.of_100(unfinished.value, unfinished.high - unfinished.low)
    unit = "points" if about.is_net else "of 100"
    moved = "too few to say if it moved"
    if unfinished.verdict in _MOVED:
        by = f" by {words.moved(unfinished.change)} {unit}" if unfinished.change is not None else ""
        moved = _MOVED[unfinished.verdict] + (by if unfinished.verdict in ("up", "down") else "")
    return (
        f"So far, to {unfinished.to_on:%A}: {value} {unit} (probably between "
        f"{words.between(unfinished.low, unfinished.high)}; {words.count(unfinished.n)} {asked}). "
        f"Compared with the same days before: {moved}."
    )


@builds.worked_out_once
def compared_since(name: str, iso_week: str) -> str:
    """`New wording since week 40: compared from there on`; empty where a verdict looks back over no change."""
    weeks = kpi.trend(name)["iso_week"]
    looked_at = weeks.filter(weeks <= iso_week).tail(COMPARED_WEEKS).to_list()
    found = breaks(name).filter(pl.col("iso_week").is_in(looked_at))
    if found.is_empty():
        return ""
    last = found.row(-1, named=True)
    return f"{words.capital(last['what'])} since week {int(last['iso_week'][-2:])}: compared from there on"
