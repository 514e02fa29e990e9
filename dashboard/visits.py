"""The website over time: visitors by period, a month from looking to buying, steps to help, newcomers who return."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboard import builds, web_quality
from dashboard.kpi import A_HINT
from dashboard.web import with_ranges
from dashboard.web_quality import Caveats

YEAR_OF_WEEKS = 53


@dataclass(frozen=True)
class Parts:
    """A figure of one period by its parts, the largest first. `rows`: member, value; hidden ones are not there."""

    rows: pl.DataFrame
    starts_on: date
    ends_on: date
    caveats: Caveats


@dataclass(frozen=True)
class Month:
    """A whole month from looking to buying; orders as Google counted them and as our own systems hold them."""

    starts_on: date
    visitors: float
    buyers: float
    orders_at_google: float | None
    orders_here: int | None


@builds.worked_out_once
def level(report: str, metric: str, property_id: str, grain: str = "week") -> pl.DataFrame:
    """A figure of a report without parts, period by period: ends_on, starts_on, value, maturity and the flags."""
    return builds.rows(
        """
        select period_start_on as starts_on, period_end_on as ends_on, value, maturity, is_thresholded, has_other_row,
            sampling_share, is_restricted, is_hidden
        from web_kpi
        where report = $report and metric = $metric and property_id = $property and grain = $grain and dimension = ''
        order by period_end_on desc limit $most
        """,
        report=report, metric=metric, property=property_id, grain=grain, most=YEAR_OF_WEEKS,
    ).sort("ends_on")  # fmt: skip


def latest(frame: pl.DataFrame) -> dict[str, Any] | None:
    """The newest whole period of a `level`, if its value is shown."""
    whole = frame.filter((pl.col("maturity") != "partial") & pl.col("value").is_not_null())
    return whole.row(-1, named=True) if whole.height else None


@builds.worked_out_once
def month(property_id: str) -> Month | None:
    """The newest whole month of which both visitors and buyers are known."""
    visitors, buyers, orders = (
        level(report, metric, property_id, "month")
        for report, metric in (
            ("visitors", "active_users"), ("purchases", "total_purchasers"), ("purchases", "ecommerce_purchases"),
        )
    )  # fmt: skip
    both = visitors.join(buyers, on=["starts_on", "ends_on"], suffix="_bought").join(
        orders.select("starts_on", "ends_on", orders="value"), on=["starts_on", "ends_on"], how="left"
    )
    row = latest(both.drop_nulls("value_bought"))
    if row is None:
        return None
    return Month(row["starts_on"], row["value"], row["value_bought"], row["orders"], _orders_here(row))


def _orders_here(period: dict[str, Any]) -> int | None:
    """How many orders our own systems hold for a period; None for who may not see rows per person, or without any."""
    if builds.scope() != "people":
        return None
    found = builds.people_rows(
        "select count(*) as orders from purchase where ordered_on between $first and $last",
        first=period["starts_on"], last=period["ends_on"],
    )  # fmt: skip
    return found.item() or None


def steps(property_id: str) -> Parts | None:
    """How often each step on the way to help was taken in the last whole week."""
    return _parts("care_events", "event_count", "week", property_id)


def stories(property_id: str) -> Parts | None:
    """How many visits began with each story in the last whole month."""
    return _parts("story_pages", "sessions", "month", property_id)


@builds.worked_out_once
def _parts(report: str, metric: str, grain: str, property_id: str) -> Parts | None:
    found = builds.rows(
        """
        select member, value, period_start_on, period_end_on, maturity, is_thresholded, has_other_row, sampling_share,
            is_restricted, is_hidden
        from web_kpi
        where report = $report and metric = $metric and grain = $grain and property_id = $property
            and dimension <> '' and maturity <> 'partial'
        qualify period_end_on = max(period_end_on) over ()
        order by value desc nulls last, member
        """,
        report=report, metric=metric, grain=grain, property=property_id,
    )  # fmt: skip
    shown = found.drop_nulls("value")
    if shown.is_empty():
        return None
    first = found.row(0, named=True)
    return Parts(shown, first["period_start_on"], first["period_end_on"], web_quality.of(found))


@builds.worked_out_once
def retention(property_id: str) -> pl.DataFrame:
    """Newcomers of a week who came back later, from the newest that were seen the whole time on.

    Google leaves out a week in which none of them came; where later weeks are known, that is a 0, unless it withheld
    rows of them.

    Returns:
        starts_on, ends_on, weeks_after, n, successes, value, low, high; is_lead marks the first of them, of whom every
        week is known. No rows where fewer than 30 come in a week.
    """
    told = builds.rows(
        """
        select period_start_on as starts_on, period_end_on as ends_on, cast(member as bigint) as weeks_after,
            n, successes, effective_n, maturity <> 'partial' and not is_hidden as is_shown,
            is_thresholded or has_other_row as is_cut
        from web_share
        where share = 'cohort_retention' and property_id = $property and try_cast(member as bigint) > 0
        """,
        property=property_id,
    )
    seen = told.filter(pl.col("is_shown") & (pl.col("n") >= A_HINT))
    if seen.is_empty():
        return pl.DataFrame()
    last_day = pl.col("ends_on").dt.offset_by(pl.concat_str("weeks_after", pl.lit("w")))
    cohorts = seen.group_by("starts_on", "ends_on").agg(pl.max("n", "effective_n"), cut=pl.any("is_cut"))
    every = (
        cohorts.join(seen.select("weeks_after").unique(), how="cross")
        .join(told.drop("n", "effective_n", "ends_on"), on=["starts_on", "weeks_after"], how="left")
        .filter(
            (last_day <= seen.select(last_day.max()).item()) & pl.col("is_shown").fill_null(~pl.col("cut"))
        )
        .with_columns(pl.col("successes").fill_null(0))
        .sort("starts_on", "weeks_after")
    )
    whole = every.filter(pl.col("weeks_after") == pl.col("weeks_after").max())
    lead = pl.lit(whole["starts_on"].max(), dtype=pl.Date)
    kept = every.filter(pl.col("starts_on") >= lead).with_columns(is_lead=pl.col("starts_on") == lead)
    return with_ranges(kept.drop("is_shown", "is_cut", "cut"))
