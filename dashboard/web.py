"""What people found, reached and came back to on the website, as Google Analytics counted it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from dashboard import builds, web_quality
from dashboard.web_quality import Caveats
from pipelines.measures.proportions import newcombe_difference, wilson

HELPING = ("web_helpful", "web_search_found")
REACHING = ("web_reached_human", "web_form_finished")
RETURNING = "web_returning"
KPIS = (*HELPING, *REACHING, RETURNING)

GRAINS = ("rolling_28_days", "month", "week", "day")
"""The longest look back first: a part of a share needs many to be read."""

ERROR_SHARE = 0.05

State = Literal["shown", "nothing pulled", "refused", "not connected"]


@dataclass(frozen=True)
class Shares:
    """A share of one period, part by part. `rows`: member, n, successes, value, low, high, least first.

    The ranges hold for all parts together (Bonferroni), so that the worst of many is no accident.
    """

    rows: pl.DataFrame
    starts_on: date
    ends_on: date
    grain: str
    caveats: Caveats


@dataclass(frozen=True)
class Difference:
    """Two shares against each other: `first` less `second`, with its range and what each rests on."""

    change: float
    low: float
    high: float
    first_n: int
    second_n: int


@dataclass(frozen=True)
class Pull:
    """How fresh the figures are: pulled when, through which whole day, and from which day on they still move."""

    pulled_at: datetime
    through_on: date | None
    settling_from: date | None


def state() -> State:
    """Whether there is anything to show, and if not, why."""
    if properties():
        return "shown"
    if builds.settings().ga4 is None:
        return "not connected"
    return "refused" if problems().height else "nothing pulled"


@builds.worked_out_once
def properties() -> list[str]:
    """The websites that figures are known of, the most visited first; none in a build from before there were any."""
    if not builds.has("web_kpi"):
        return []
    return builds.rows(
        "select property_id from web_kpi group by property_id order by sum(value) filter (where is_additive) desc "
        "nulls last, property_id"
    )["property_id"].to_list()


def problems() -> pl.DataFrame:
    """What went wrong at the last pull of each property, or why it stopped: property_id, pulled_at, report, says."""
    if not builds.has("web_problem"):
        return pl.DataFrame()
    return builds.rows(
        """
        with last_pull as (
            select * from web_pull
            qualify row_number() over (partition by property_id order by pulled_at desc, pull_id desc) = 1
        )
        select last_pull.property_id, last_pull.pulled_at, web_problem.report,
            coalesce(web_problem.says, last_pull.stopped_because) as says
        from last_pull
        left join web_problem
            on web_problem.pull_id = last_pull.pull_id and web_problem.property_id = last_pull.property_id
        where coalesce(web_problem.says, last_pull.stopped_because) is not null
        order by property_id, report nulls first, says
        """
    )


@builds.worked_out_once
def pull(property_id: str) -> Pull | None:
    """How fresh the figures of a property are; None where nothing of it is there."""
    row = builds.rows(
        """
        select max(pulled_at) as pulled_at, max(period_end_on) filter (where maturity <> 'partial') as through_on,
            min(period_start_on) filter (
                where report = 'visitors' and grain = 'day' and maturity = 'provisional'
            ) as settling_from
        from web_kpi where property_id = $property
        """,
        property=property_id,
    ).row(0, named=True)
    return Pull(**row) if row["pulled_at"] else None


@builds.worked_out_once
def shares(share: str, property_id: str, dimension: str) -> Shares | None:
    """A share by its parts in its newest whole period; None where there is none.

    Args:
        share: its name in `web_share`: `helpful`.
        property_id: whose.
        dimension: the parts: `page_path`.
    """
    found = builds.rows(
        """
        select * from web_share
        where share = $share and property_id = $property and dimension = $dimension and maturity <> 'partial'
        qualify period_end_on = max(period_end_on) over (partition by grain)
        """,
        share=share, property=property_id, dimension=dimension,
    )  # fmt: skip
    grain = next((name for name in GRAINS if name in found["grain"].to_list()), None)
    if grain is None:
        return None
    of_period = found.filter(pl.col("grain") == grain)
    first = of_period.row(0, named=True)
    rows = with_ranges(of_period.filter(~pl.col("is_hidden") & (pl.col("n") > 0)), together=True)
    return Shares(
        rows.sort("value", "member"), first["period_start_on"], first["period_end_on"], grain,
        web_quality.of(of_period),
    )  # fmt: skip


@builds.worked_out_once
def counted(property_id: str) -> Caveats:
    """What Google said of the newest whole week of the shares that the cards count, and of money and of newcomers."""
    told = builds.rows(
        """
        select maturity, is_thresholded, has_other_row, sampling_share, false as is_restricted, false as is_hidden
        from web_share
        where property_id = $property and grain in ('week', 'cohort_week') and dimension in ('', 'nth_week')
            and maturity <> 'partial'
        qualify period_end_on = max(period_end_on) over (partition by share)
        union all by name
        select maturity, is_thresholded, has_other_row, sampling_share, is_restricted, false as is_hidden
        from web_kpi
        where property_id = $property and report = 'purchases' and maturity <> 'partial'
        qualify period_end_on = max(period_end_on) over (partition by grain)
        """,
        property=property_id,
    )
    return web_quality.of(told)


@builds.worked_out_once
def small_print(kpi: str, iso_week: str, weeks: int) -> Caveats:
    """What Google said of the answers that one number rests on: of events of all websites, of people of the largest.

    Args:
        kpi: its name: `web_helpful`. iso_week: its last week. weeks: over how many it is read.
    """
    told = builds.rows(
        """
        with last as (
            select max(week_starts_on) as starts_on from dates where iso_week = $week
        ), largest as (
            select property_id from web_share
            where 'web_' || share = $kpi and grain = 'week' and dimension = '' and maturity <> 'partial'
            group by property_id order by max(n) desc nulls last, property_id limit 1
        )
        select maturity, is_thresholded, has_other_row, sampling_share, false as is_hidden
        from web_share cross join last
        where 'web_' || share = $kpi and grain = 'week' and dimension = '' and maturity <> 'partial'
            and (is_additive or property_id in (from largest))
            and period_start_on between starts_on - 7 * ($weeks - 1) and starts_on
        """,
        kpi=kpi, week=iso_week, weeks=weeks,
    )  # fmt: skip
    return web_quality.of(told)


def with_ranges(rows: pl.DataFrame, *, together: bool = False) -> pl.DataFrame:
    """Add value, low and high to rows of n and successes.

    The range is as wide as `effective_n` bears: what one person does again and again is no second witness.

    Args:
        rows: with n above 0 and effective_n.
        together: whether the ranges hold for all rows at once.
    """
    level = 1 - ERROR_SHARE / max(1, rows.height if together else 1)
    counts = rows.select("n", "successes", "effective_n").iter_rows()
    ends = [wilson(successes / n * bears, bears, level) for n, successes, bears in counts]
    return rows.with_columns(
        value=pl.col("successes") / pl.col("n"),
        low=pl.Series([low for low, _ in ends], dtype=pl.Float64),
        high=pl.Series([high for _, high in ends], dtype=pl.Float64),
    )


def apart(found: Shares, *, lowest: bool) -> dict[str, Any] | None:
    """The part that lies clearly below, or above, all the others together; None where none does.

    Args:
        found: the parts.
        lowest: whether the one below is asked for.
    """
    if found.rows.height < 2:
        return None
    row: dict[str, Any] = found.rows.row(0 if lowest else -1, named=True)
    others = found.rows.filter(pl.col("member") != row["member"])
    level = 1 - ERROR_SHARE / found.rows.height
    low, high = newcombe_difference(*_borne(found.rows.filter(member=row["member"])), *_borne(others), level)
    return row if (high < 0 if lowest else low > 0) else None


def _borne(rows: pl.DataFrame) -> tuple[float, float]:
    """Successes and n of all rows together, as far as they are independent."""
    successes, n = float(rows["successes"].sum()), float(rows["n"].sum())
    bears = n**2 / float((rows["n"] ** 2 / rows["effective_n"]).sum())
    return successes / n * bears, bears


def difference(found: Shares, first: str, second: str) -> Difference | None:
    """One part against another; None where one of them is not shown."""
    parts = [found.rows.filter(member=name) for name in (first, second)]
    if any(part.is_empty() for part in parts):
        return None
    ends = newcombe_difference(*_borne(parts[0]), *_borne(parts[1]))
    (x1, n1), (x2, n2) = (part.select("successes", "n").row(0) for part in parts)
    return Difference(x1 / n1 - x2 / n2, *ends, n1, n2)


def coverage(property_id: str) -> pl.DataFrame:
    """How many members of each audience are customers we know: the newest snapshot of each."""
    if not builds.has("web_coverage"):
        return pl.DataFrame()
    return builds.rows(
        "select * from web_coverage where property_id = $property order by members desc, audience",
        property=property_id,
    )


def segments(property_id: str, audience: str) -> list[tuple[str, int]]:
    """How many of an audience's known members are in each segment, the largest first; small ones are not there."""
    if not builds.has("web_segment"):
        return []
    return builds.rows(
        """
        select member, customers from web_segment
        where property_id = $property and audience = $audience and dimension = 'segment'
        order by customers desc, member
        """,
        property=property_id, audience=audience,
    ).rows()  # fmt: skip
