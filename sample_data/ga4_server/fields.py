"""The dimensions and metrics of a property: what they are called, how they are worked out, how they are written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from sample_data.ga4_server import proto
from sample_data.ga4_server.hits import MICROS

KEY_EVENTS = ("purchase", "form_submit")
TIME = "Time"


def _as_it_is(key: pl.Expr) -> pl.Expr:
    return key


def _number(key: pl.Expr) -> pl.Expr:
    return key.cast(pl.String)


def _two_digits(key: pl.Expr) -> pl.Expr:
    return key.cast(pl.String).str.zfill(2)


@dataclass(frozen=True, eq=False)
class Dimension:
    """A dimension.

    Args:
        key: what rows are grouped by. text: writes a key as GA4 does. is_thresholded: GA4 counts requests for it.
        only_with: the metrics it is compatible with; empty: with all that are not item-scoped.
    """

    name: str
    ui_name: str
    category: str
    key: pl.Expr
    text: Callable[[pl.Expr], pl.Expr] = _as_it_is
    deprecated: tuple[str, ...] = ()
    is_thresholded: bool = False
    only_with: frozenset[str] = frozenset()
    of_cohorts: bool = False

    @property
    def is_time(self) -> bool:
        """Whether it names a period: such values never become "(other)"."""
        return self.category == TIME or self.of_cohorts or self.name == "dateRange"

    def metadata(self) -> Any:
        """Its entry in the property's metadata."""
        return proto.DimensionMetadata(
            api_name=self.name,
            ui_name=self.ui_name,
            description=f"{self.ui_name}, as the sample property records it.",
            deprecated_api_names=self.deprecated,
            custom_definition=self.name.startswith("custom"),
            category=self.category,
        )


@dataclass(frozen=True, eq=False)
class Metric:
    """A metric.

    Args:
        value: an aggregation over the hits of a row. is_scaled: grows with the share of the data that is read.
        trailing_days: counts users of so many days ending with the row's.
    """

    name: str
    ui_name: str
    category: str
    value: pl.Expr
    type_: int = proto.MetricType.TYPE_INTEGER
    deprecated: tuple[str, ...] = ()
    is_scaled: bool = True
    is_estimated: bool = False
    is_revenue: bool = False
    of_cohorts: bool = False
    trailing_days: int = 0

    def metadata(self, blocked: bool) -> Any:
        """Its entry in the property's metadata."""
        reasons = [proto.BlockedReason.NO_REVENUE_METRICS] if blocked else []
        return proto.MetricMetadata(
            api_name=self.name,
            ui_name=self.ui_name,
            description=f"{self.ui_name}, as the sample property counts it.",
            deprecated_api_names=self.deprecated,
            type_=self.type_,
            blocked_reasons=reasons,
            category=self.category,
        )

    def written(self, value: float | None) -> str:
        """A value as the API writes it: digits, exact decimals of money, or Google's way with doubles."""
        if value is None:
            return "0"
        if self.type_ == proto.MetricType.TYPE_INTEGER:
            return str(round(value))
        if self.type_ == proto.MetricType.TYPE_CURRENCY:
            whole, rest = divmod(abs(round(value)), MICROS)
            text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
            return f"-{text}" if value < 0 and text != "0" else text
        short = f"{value:.15g}"
        return short if float(short) == value else f"{value:.17g}"


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.sum()


def _clients(condition: pl.Expr | None = None) -> pl.Expr:
    client = pl.col("client")
    return (client if condition is None else client.filter(condition)).n_unique()


def _sessions(condition: pl.Expr | None = None) -> pl.Expr:
    session = pl.col("session")
    return (session if condition is None else session.filter(condition)).n_unique()


def _money(sign: pl.Expr) -> pl.Expr:
    return (pl.col("micros") * sign).sum()


_PURCHASE, _REFUND = pl.col("is_purchase"), pl.col("is_refund")
_NET = _PURCHASE.cast(pl.Int64) - _REFUND.cast(pl.Int64)
_DAY = pl.col("date")
_BEFORE_JANUARY = _DAY.dt.truncate("1y").dt.weekday() % 7
_SUNDAY_WEEK = (_DAY.dt.ordinal_day() + _BEFORE_JANUARY - 1) // 7 + 1
_ITEM_METRICS = frozenset({"itemsPurchased"})
_BARE, _OF_QUERY = r"\?.*$", "Page / screen"

_DIMENSIONS = (
    Dimension("date", "Date", TIME, _DAY, lambda key: key.dt.strftime("%Y%m%d")),
    Dimension(
        "dateHour",
        "Date + hour (YYYYMMDDHH)",
        TIME,
        pl.col("hour_at"),
        lambda key: key.dt.strftime("%Y%m%d%H"),
    ),
    Dimension("hour", "Hour", TIME, pl.col("hour_at").dt.hour(), _two_digits),
    Dimension(
        "isoYearIsoWeek",
        "ISO week of ISO year",
        TIME,
        _DAY.dt.iso_year() * 100 + _DAY.dt.week().cast(pl.Int32),
        _number,
    ),
    Dimension("yearWeek", "Year week", TIME, _DAY.dt.year() * 100 + _SUNDAY_WEEK, _number),
    Dimension(
        "yearMonth", "Year month", TIME, _DAY.dt.year() * 100 + _DAY.dt.month().cast(pl.Int32), _number
    ),
    Dimension("eventName", "Event name", "Event", pl.col("event_name")),
    Dimension("pagePath", "Page path", _OF_QUERY, pl.col("page_path").str.replace(_BARE, "")),
    Dimension("pagePathPlusQueryString", "Page path + query string", _OF_QUERY, pl.col("page_path")),
    Dimension("landingPage", "Landing page", _OF_QUERY, pl.col("landing_page").str.replace(_BARE, "")),
    Dimension("landingPagePlusQueryString", "Landing page + query string", _OF_QUERY, pl.col("landing_page")),
    Dimension(
        "sessionDefaultChannelGroup",
        "Session default channel group",
        "Traffic Source",
        pl.col("channel"),
        deprecated=("sessionDefaultChannelGrouping",),
    ),
    Dimension(
        "newVsReturning",
        "New / returning",
        "User",
        pl.col("is_new"),
        lambda key: pl.when(key).then(pl.lit("new")).otherwise(pl.lit("returning")),
    ),
    Dimension("deviceCategory", "Device category", "Platform / device", pl.col("device_category")),
    Dimension("audienceName", "Audience name", "User", pl.col("audience"), is_thresholded=True),
    Dimension("audienceId", "Audience ID", "User", pl.col("audience_id"), is_thresholded=True),
    Dimension("customUser:loyalty_tier", "Loyalty tier", "Custom", pl.col("loyalty_tier")),
    Dimension("customEvent:content_kind", "Content kind", "Custom", pl.col("content_kind")),
    Dimension("customEvent:search_result", "Search result", "Custom", pl.col("search_result")),
    Dimension("customEvent:helpful", "Helpful", "Custom", pl.col("helpful")),
    Dimension("itemName", "Item name", "Ecommerce", pl.col("item_name"), only_with=_ITEM_METRICS),
    Dimension("cohort", "Cohort", "Cohort", pl.col("cohort"), of_cohorts=True),
    Dimension(
        "cohortNthDay",
        "Daily cohort",
        "Cohort",
        pl.col("cohort_nth_day"),
        lambda key: key.cast(pl.String).str.zfill(4),
        of_cohorts=True,
    ),
    Dimension(
        "cohortNthWeek",
        "Weekly cohort",
        "Cohort",
        pl.col("cohort_nth_day") // 7,
        lambda key: key.cast(pl.String).str.zfill(4),
        of_cohorts=True,
    ),
    Dimension("dateRange", "Date range", "Other", pl.col("date_range")),
)

PEOPLE = Metric("people", "People", "User", _clients())
"""By whom small rows are withheld."""

_FLOAT, _SECONDS, _CURRENCY = (
    proto.MetricType.TYPE_FLOAT,
    proto.MetricType.TYPE_SECONDS,
    proto.MetricType.TYPE_CURRENCY,
)
_ENGAGED = pl.col("is_engaged")
_METRICS = (
    Metric("activeUsers", "Active users", "User", _clients(), is_estimated=True),
    Metric("newUsers", "New users", "User", _count(pl.col("is_first") & pl.col("is_new")), is_estimated=True),
    Metric("totalUsers", "Total users", "User", _clients(), is_estimated=True),
    Metric("active28DayUsers", "28-day active users", "User", pl.lit(0), is_estimated=True, trailing_days=28),
    Metric("active7DayUsers", "7-day active users", "User", pl.lit(0), is_estimated=True, trailing_days=7),
    Metric("sessions", "Sessions", "Session", _sessions(), is_estimated=True),
    Metric("engagedSessions", "Engaged sessions", "Session", _sessions(_ENGAGED), is_estimated=True),
    Metric(
        "engagementRate",
        "Engagement rate",
        "Session",
        _sessions(_ENGAGED) / _sessions(),
        _FLOAT,
        is_scaled=False,
    ),
    Metric("screenPageViews", "Views", "Page / screen", _count(pl.col("event_name") == "page_view")),
    Metric("eventCount", "Event count", "Event", pl.len()),
    Metric("userEngagementDuration", "User engagement", "User", pl.col("engagement_seconds").sum(), _SECONDS),
    Metric("transactions", "Transactions", "Ecommerce", _count(_PURCHASE)),
    Metric("ecommercePurchases", "Ecommerce purchases", "Ecommerce", _count(_PURCHASE)),
    Metric("purchaseRevenue", "Purchase revenue", "Ecommerce", _money(_NET), _CURRENCY, is_revenue=True),
    Metric("totalRevenue", "Total revenue", "Revenue", _money(_NET), _CURRENCY, is_revenue=True),
    Metric("refundAmount", "Refund amount", "Ecommerce", _money(_REFUND), _CURRENCY, is_revenue=True),
    Metric("totalPurchasers", "Total purchasers", "Ecommerce", _clients(_PURCHASE), is_estimated=True),
    Metric("firstTimePurchasers", "First time purchasers", "Ecommerce", _count(pl.col("is_first_purchase"))),
    Metric(
        "keyEvents",
        "Key events",
        "Event",
        _count(pl.col("event_name").is_in(KEY_EVENTS)),
        _FLOAT,
        deprecated=("conversions",),
    ),
    Metric("itemsPurchased", "Items purchased", "Ecommerce", pl.col("items").filter(_PURCHASE).sum()),
    Metric("cohortActiveUsers", "Cohort active users", "Cohort", _clients(), of_cohorts=True),
    Metric(
        "cohortTotalUsers",
        "Cohort total users",
        "Cohort",
        pl.struct("cohort", "cohort_size").unique().struct.field("cohort_size").sum(),
        of_cohorts=True,
    ),
)


@dataclass
class Catalogue:
    """The fields a property offers today; tests rename and remove some, as Google does.

    >>> Catalogue().metric("conversions").name
    'keyEvents'
    """

    dimensions: dict[str, Dimension] = field(
        default_factory=lambda: {each.name: each for each in _DIMENSIONS}
    )
    metrics: dict[str, Metric] = field(default_factory=lambda: {each.name: each for each in _METRICS})

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of a name, current or deprecated."""
        return _named(self.dimensions, name)

    def metric(self, name: str) -> Metric | None:
        """The metric of a name, current or deprecated."""
        return _named(self.metrics, name)


def _named(fields: dict[str, Any], name: str) -> Any:
    return fields.get(name) or next((each for each in fields.values() if name in each.deprecated), None)
