"""A number as it may be shown: its value, its range, how many it rests on, and whether it really moved."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from dashboard import builds
from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import wilson

Verdict = Literal["better", "worse", "no real change", "too few"]

FEELINGS = ("emotion",)
BEHAVIOURS = ("purchase_more", "recommend", "forgive", "trust")
CARE = ("human_within_promise", "proactive_share", "top_customers_with_care")
TREND_WEEKS = 52


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

    @property
    def is_shown(self) -> bool:
        """There are enough to show."""
        return self.value is not None

    @property
    def has_moved(self) -> bool:
        """It moved more than it usually does."""
        return self.verdict in ("better", "worse")

    @property
    def usually(self) -> float | None:
        """The level of the weeks before, that this week is compared with."""
        return None if self.week_value is None or self.change is None else self.week_value - self.change


@builds.worked_out_once
def definitions() -> dict[str, Definition]:
    """Every number of the build, by its name."""
    columns = ", ".join(Definition.__dataclass_fields__)
    frame = builds.rows(f"select {columns} from definition order by label")
    return {row["kpi"]: Definition(**row) for row in frame.iter_rows(named=True)}


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
    judged = builds.rows(
        """
        select verdict.verdict, change, change_low, change_high, week.n, week.successes, week.opposites
        from kpi_verdict as verdict
        left join kpi_week as week using (kpi, iso_week, dimension, member)
        where kpi = $kpi and iso_week = $week and dimension = $dimension and member = $member
        """,
        kpi=kpi, week=iso_week, dimension=group.dimension, member=group.member,
    )  # fmt: skip
    moved = judged.row(0, named=True) if judged.height else {}
    previous = history.filter((pl.col("iso_week") < iso_week) & pl.col("n").is_not_null()).tail(1)
    return Reading(
        about, iso_week, row["n"], row["successes"], row["value"], row["low"], row["high"], row["maturity"],
        _verdict(moved.get("verdict"), about.better), moved.get("change"), moved.get("change_low"),
        moved.get("change_high"), previous["successes"][0] if previous.height else None, _week_value(moved, about),
    )  # fmt: skip


@builds.worked_out_once
def trend(kpi: str, group: Group = EVERYONE) -> pl.DataFrame:
    """A number over all closed weeks at its own clock.

    Returns:
        iso_week, week_ends_on, n, successes, opposites, maturity, value, low, high; a week without enough
        answers is a row of nulls, so that a line breaks there.
    """
    about = definitions()[kpi]
    frame = builds.rows(
        """
        with week as (
            select distinct iso_week, week_ends_on from dates where is_closed
        )
        select week.iso_week, week.week_ends_on, shown.n, shown.successes, shown.opposites, shown.maturity
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
        select member, n, successes, opposites from kpi_window
        where kpi = $kpi and iso_week = $week and weeks = $weeks and dimension = $dimension
        order by n desc
        """,
        kpi=kpi, week=iso_week, weeks=about.clock_weeks, dimension=dimension,
    )  # fmt: skip
    return with_range(frame, about)


def with_range(frame: pl.DataFrame, about: Definition) -> pl.DataFrame:
    """Add value, low and high to rows of n, successes, opposites; nulls stay nulls."""
    ranges = [
        (None, None, None) if n is None else _range(n, successes, opposites, about)
        for n, successes, opposites in frame.select("n", "successes", "opposites").iter_rows()
    ]
    schema = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return frame.hstack(pl.DataFrame(ranges, schema=schema, orient="row"))


def last_year(history: pl.DataFrame, iso_week: str) -> pl.DataFrame:
    """The year of weeks up to a week."""
    return history.filter(pl.col("iso_week") <= iso_week).tail(TREND_WEEKS)


def is_broken_down(kpi: str, dimension: str) -> bool:
    """Whether any group of a breakdown is published for a number."""
    found = builds.rows(
        "select count(*) as cells from kpi_window where kpi = $kpi and dimension = $dimension",
        kpi=kpi, dimension=dimension,
    )  # fmt: skip
    return bool(found.item())


def goal(kpi: str) -> tuple[float, date, str] | None:
    """What we want to reach: share, by when, whose goal; None where none is set."""
    found = builds.rows(
        "select target_share, due_on, owner from goal where kpi = $kpi order by due_on", kpi=kpi
    )
    return found.row(0) if found.height else None


def groups(dimension: str) -> list[str]:
    """The groups of a breakdown that some number is published for."""
    frame = builds.rows(
        "select distinct member from kpi_window where dimension = $dimension order by member",
        dimension=dimension,
    )
    return frame["member"].to_list()


def _range(n: int, successes: int, opposites: int, about: Definition) -> tuple[float, float, float]:
    if about.is_net:
        points = nps_interval(successes, n - successes - opposites, opposites)
        net, low, high = (point / 100 for point in points)
        return net, low, high
    share = successes / n
    return (share, share, share) if about.is_counted else (share, *wilson(successes, n))


def _verdict(word: str | None, better: str) -> Verdict:
    if word in ("up", "down"):
        return "better" if word == better else "worse"
    return "no real change" if word == "no real change" else "too few"


def _week_value(moved: dict[str, int | None], about: Definition) -> float | None:
    n, successes, opposites = moved.get("n"), moved.get("successes"), moved.get("opposites")
    if not n or successes is None:
        return None
    return (successes - (opposites or 0)) / n if about.is_net else successes / n
