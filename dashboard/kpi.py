"""A number as it may be shown: its value, its range, how many it rests on, and whether it really moved.

`weeks` of a reading are the last weeks over which it is judged, `level` the coverage of the range of its change;
`week_value` is the value of those weeks together. `effective_n` is as how many independent ones n counts: on the
website, where one person may do a thing again and again, fewer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from dashboard import builds
from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import wilson

Verdict = Literal["better", "worse", "no real change", "too few"]

FEELINGS = ("emotion",)
BEHAVIOURS = ("purchase_more", "recommend", "forgive", "trust")
CARE = ("human_within_promise", "proactive_share", "top_customers_with_care")
SCORES = ("nps", "csat", "ces")
AT_THE_DESK = ("ticket_satisfaction",)
TREND_WEEKS = 52
A_HINT, ENOUGH = 30, 100
"""From so many on, a number is a hint, and needs no word."""


@dataclass(frozen=True)
class Group:
    """Whom the numbers are about; builds hold each breakdown alone, never two crossed."""

    dimension: str = "all"
    member: str = "all"

    @property
    def is_everyone(self) -> bool:
        """No breakdown chosen."""
        return self.dimension == "all"


EVERYONE = Group()


@dataclass(frozen=True)
class Definition:
    """What a number means, as its question file says."""

    kpi: str
    label: str
    question: str
    definition: str
    kind: str
    unit: str
    purpose: str
    better: str
    scale: str | None
    cut_off: str | None
    minimum_n: int
    interval: str
    clock_weeks: int
    settling_days: int
    owner: str
    source: str
    sql: str
    path: str
    caveats: tuple[str, ...] = ()
    clock_options: tuple[int, ...] = ()
    changed_on: date | None = None

    @property
    def is_counted(self) -> bool:
        """Everyone is counted, so there is no range."""
        return self.kind == "count"

    @property
    def is_net(self) -> bool:
        """Promoters less detractors, in points from −100 to 100."""
        return self.interval == "nps"


@dataclass(frozen=True)
class Reading:
    """One number in one week. `value`, `low` and `high` are shares; None where there were too few to show."""

    about: Definition
    iso_week: str
    n: int = 0
    successes: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    maturity: str = "final"
    verdict: Verdict = "too few"
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    before: int | None = None
    week_value: float | None = None
    weeks: int = 1
    level: float | None = None
    effective_n: float | None = None

    @property
    def is_shown(self) -> bool:
        """There are enough to show."""
        return self.value is not None

    @property
    def has_moved(self) -> bool:
        """It moved more than it usually does."""
        return self.verdict in ("better", "worse")

    @property
    def strength(self) -> str:
        """How much the number bears, by how many it rests on; empty where that needs no word."""
        return "" if self.about.is_counted or not self.is_shown else strength(self.effective_n or self.n)

    @property
    def usually(self) -> float | None:
        """The level of the weeks before, that this week is compared with."""
        return None if self.week_value is None or self.change is None else self.week_value - self.change


def strength(n: float) -> str:
    """`too few to read` under 30, `a hint` under 100, nothing from there on."""
    return "too few to read" if n < A_HINT else "a hint" if n < ENOUGH else ""


@builds.worked_out_once
def definitions() -> dict[str, Definition]:
    """Every number of the build, by its name."""
    frame = builds.rows("select * from definition order by label")
    told = [name for name in Definition.__dataclass_fields__ if name in frame.columns]
    return {
        row["kpi"]: Definition(**{**row, "caveats": tuple(row.get("caveats") or ())})
        for row in frame.select(told).iter_rows(named=True)
    }


@builds.worked_out_once
def read(kpi: str, iso_week: str, group: Group = EVERYONE) -> Reading | None:
    """A number of a week; None where the build does not define it."""
    about = definitions().get(kpi)
    if about is None:
        return None
    history = trend(kpi, group)
    at_week = history.filter(pl.col("iso_week") == iso_week)
    if at_week.is_empty() or at_week["n"][0] is None:
        return Reading(about, iso_week)
    row = at_week.row(0, named=True)
    moved = _judged(kpi, iso_week, group)
    previous = history.filter((pl.col("iso_week") < iso_week) & pl.col("n").is_not_null()).tail(1)
    return Reading(
        about, iso_week, row["n"], row["successes"], row["value"], row["low"], row["high"], row["maturity"],
        _verdict(moved.get("verdict"), about.better), moved.get("change"), moved.get("change_low"),
        moved.get("change_high"), previous["successes"][0] if previous.height else None,
        _value_of(kpi, iso_week, group, moved.get("weeks") or 1), moved.get("weeks") or 1, moved.get("level"),
        row.get("effective_n"),
    )  # fmt: skip


@builds.worked_out_once
def trend(kpi: str, group: Group = EVERYONE) -> pl.DataFrame:
    """A number over all closed weeks at its own clock.

    Returns:
        iso_week, week_ends_on, n, successes, opposites, effective_n, maturity, value, low, high; a week without
        enough answers is a row of nulls, so that a line breaks there.
    """
    about = definitions()[kpi]
    frame = builds.rows(
        """
        with week as (
            select distinct iso_week, week_ends_on from dates where is_closed
        )
        select week.*, shown.* exclude (iso_week, kpi, weeks, dimension, member, total, total_of_squares)
        from week left join kpi_window as shown
            on shown.iso_week = week.iso_week and shown.kpi = $kpi and shown.weeks = $weeks
            and shown.dimension = $dimension and shown.member = $member
        where week.iso_week >= coalesce((select min(iso_week) from kpi_week), '')
        order by week.iso_week
        """,
        kpi=kpi, weeks=about.clock_weeks, dimension=group.dimension, member=group.member,
    )  # fmt: skip
    return with_range(frame, about)


@builds.worked_out_once
def members(kpi: str, iso_week: str, dimension: str) -> pl.DataFrame:
    """A number in one week for every group of a breakdown: member, n, value, low, high."""
    about = definitions()[kpi]
    frame = builds.rows(
        """
        select * from kpi_window
        where kpi = $kpi and iso_week = $week and weeks = $weeks and dimension = $dimension
        order by n desc
        """,
        kpi=kpi, week=iso_week, weeks=about.clock_weeks, dimension=dimension,
    )  # fmt: skip
    return with_range(frame, about).select("member", "n", "value", "low", "high")


def with_range(frame: pl.DataFrame, about: Definition) -> pl.DataFrame:
    """Add value, low and high to rows of n, successes, opposites; nulls stay nulls.

    Where rows have an `effective_n`, a range is as wide as it bears.
    """
    counts = frame.select("n", "successes", "opposites", bears=_borne(frame))
    ranges = [
        (None, None, None) if n is None else _range(n, successes, opposites, bears, about)
        for n, successes, opposites, bears in counts.iter_rows()
    ]
    schema = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return frame.hstack(pl.DataFrame(ranges, schema=schema, orient="row"))


def last_year(history: pl.DataFrame, iso_week: str) -> pl.DataFrame:
    """The year of weeks up to a week."""
    return history.filter(pl.col("iso_week") <= iso_week).tail(TREND_WEEKS)


def is_known(kpi: str) -> bool:
    """Whether a number is published for any week."""
    known = builds.rows("select distinct kpi from kpi_window where dimension = 'all'")
    return kpi in known["kpi"].to_list()


def is_broken_down(kpi: str, dimension: str) -> bool:
    """Whether any group of a breakdown is published for a number."""
    found = builds.rows("select distinct dimension from kpi_window where kpi = $kpi", kpi=kpi)
    return dimension in found["dimension"].to_list()


def groups(dimension: str) -> list[str]:
    """The groups of a breakdown that some number is published for."""
    frame = builds.rows(
        "select distinct member from kpi_window where dimension = $dimension order by member",
        dimension=dimension,
    )
    return frame["member"].to_list()


def _borne(frame: pl.DataFrame) -> pl.Series:
    """As how many independent ones each n counts: n where nothing is said of it."""
    return frame["effective_n"].fill_null(frame["n"]) if "effective_n" in frame.columns else frame["n"]


def _range(n: int, yes: int, opposites: int, bears: float, about: Definition) -> tuple[float, float, float]:
    each = bears / n
    if about.is_net:
        points = nps_interval(yes * each, (n - yes - opposites) * each, opposites * each)
        net, low, high = (point / 100 for point in points)
        return net, low, high
    share = yes / n
    return (share, share, share) if about.is_counted else (share, *wilson(yes * each, bears))


def _verdict(word: str | None, better: str) -> Verdict:
    if word in ("up", "down"):
        return "better" if word == better else "worse"
    return "no real change" if word == "no real change" else "too few"


def _judged(kpi: str, iso_week: str, group: Group) -> dict[str, Any]:
    """The verdict of a week with the range it was read off; nothing where it was not judged."""
    frame = builds.rows(
        """
        select * from kpi_verdict
        where kpi = $kpi and iso_week = $week and dimension = $dimension and member = $member
        """,
        kpi=kpi, week=iso_week, dimension=group.dimension, member=group.member,
    )  # fmt: skip
    return frame.row(0, named=True) if frame.height else {}


def _value_of(kpi: str, iso_week: str, group: Group, weeks: int) -> float | None:
    """The value of the last weeks together, that a verdict is on; each weighs as much as it bears there."""
    last = builds.rows(
        """
        select * from kpi_week
        where kpi = $kpi and iso_week <= $week and dimension = $dimension and member = $member
        order by iso_week desc limit $weeks
        """,
        kpi=kpi, week=iso_week, dimension=group.dimension, member=group.member, weeks=weeks,
    )  # fmt: skip
    if last.is_empty():
        return None
    less = pl.col("opposites") if definitions()[kpi].is_net else 0
    share, bears = (pl.col("successes") - less) / pl.col("n"), pl.col("bears")
    return float(last.with_columns(bears=_borne(last)).select((share * bears).sum() / bears.sum()).item())
