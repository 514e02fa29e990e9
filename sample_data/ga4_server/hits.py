"""The hits of a website, as the property can see them at a moment of simulated time."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime
from functools import cached_property

import polars as pl

NOT_SET = "(not set)"
UNASSIGNED = "Unassigned"
TEXTS = ("page_path", "landing_page", "channel", "content_kind", "search_result", "helpful", "loyalty_tier")
OPTIONAL_TEXTS = ("device_category", "item_name")
LONGEST_ENGAGEMENT_SECONDS = 600
MICROS = 1_000_000


class Hits:
    """Every hit that ever happened, with what does not depend on the clock worked out once.

    Args:
        frame: one row per event: event_at, processed_at (when it becomes visible), attributed_at (until then its
            channel reads "Unassigned"), all naive UTC; client_id, user_id (may be null), session_id, event_name,
            page_path (with its query string, if any), landing_page, channel, is_engaged (of the session), is_new
            (the client's first session), content_kind, search_result, helpful, loyalty_tier, audience (list of
            text, or text joined by ";"), value (money of purchases and of refunds), transaction_id. Optional:
            device_category, item_name, items (of a purchase; else 1), engagement_seconds (else worked out from
            the time to the session's next hit).
        zone: the property's time zone: its days and hours.
    """

    def __init__(self, frame: pl.DataFrame, zone: str) -> None:
        self.zone = zone
        frame = frame.sort("event_at", maintain_order=True)
        local = (
            pl.col("event_at")
            .dt.replace_time_zone("UTC")
            .dt.convert_time_zone(zone)
            .dt.replace_time_zone(None)
        )
        missing = [
            pl.lit(None, pl.String).alias(name) for name in OPTIONAL_TEXTS if name not in frame.columns
        ]
        frame = frame.with_columns(
            *missing,
            local.dt.date().alias("date"),
            local.dt.truncate("1h").alias("hour_at"),
            _audiences(frame),
            pl.struct("client_id", "session_id").rank("dense").alias("session"),
            pl.col("client_id").rank("dense").alias("client"),
            pl.col("value").fill_null(0).abs().mul(MICROS).round().cast(pl.Int64).alias("micros"),
            (pl.col("event_name") == "purchase").alias("is_purchase"),
            (pl.col("event_name") == "refund").alias("is_refund"),
            pl.col("items").fill_null(0) if "items" in frame.columns else pl.lit(1).alias("items"),
        )
        if "engagement_seconds" not in frame.columns:
            until_next = (
                (pl.col("event_at").shift(-1) - pl.col("event_at")).over("session").dt.total_milliseconds()
            )
            seconds = (until_next / 1000).clip(0, LONGEST_ENGAGEMENT_SECONDS).fill_null(0)
            frame = frame.with_columns(engagement_seconds=pl.when("is_engaged").then(seconds).otherwise(0.0))
        self.audiences = list(frame["audience"].explode().drop_nulls().unique().sort())
        self.frame = frame.with_columns(pl.col(*TEXTS, *OPTIONAL_TEXTS).fill_null(NOT_SET)).with_row_index(
            "hit"
        )

    def at(self, now: datetime) -> "Visible":
        """What the property knows at a moment (naive UTC)."""
        channel = pl.when(pl.col("attributed_at") <= now).then("channel").otherwise(pl.lit(UNASSIGNED))
        seen = self.frame.filter(pl.col("processed_at") <= now).with_columns(
            channel.alias("channel"), pl.col("client").is_first_distinct().alias("is_first")
        )
        bought = seen.filter("is_purchase").select(
            "hit", pl.col("client").is_first_distinct().alias("is_first_purchase")
        )
        seen = seen.join(bought, on="hit", how="left", maintain_order="left")
        return Visible(seen.with_columns(pl.col("is_first_purchase").fill_null(False)), self.audiences)


class Visible:
    """The hits that a report may read, in the order of their days.

    Args:
        audiences: the names of all audiences, in the order of their numbers, from 1.
    """

    def __init__(self, frame: pl.DataFrame, audiences: list[str]) -> None:
        self.audiences = audiences
        self.frame = frame.sort("date", maintain_order=True)
        starts = self.frame.select(pl.col("date").rle().alias("run")).unnest("run")
        self._days: list[date] = starts["value"].to_list()
        self._offsets: list[int] = [0, *starts["len"].cum_sum().to_list()]

    def between(self, first_on: date, last_on: date) -> pl.DataFrame:
        """The hits of the days from `first_on` to `last_on`, both included."""
        start = self._offsets[bisect_left(self._days, first_on)]
        return self.frame.slice(start, self._offsets[bisect_right(self._days, last_on)] - start)

    @cached_property
    def acquired(self) -> pl.DataFrame:
        """Client -> first_on: the day of its first session."""
        return self.frame.group_by("client").agg(first_on=pl.col("date").min())


def _audiences(frame: pl.DataFrame) -> pl.Expr:
    if frame.schema["audience"] != pl.String:
        return pl.col("audience").fill_null([])
    named = pl.col("audience").fill_null("")
    return (
        pl.when(named == "")
        .then(pl.lit([], pl.List(pl.String)))
        .otherwise(named.str.split(";"))
        .alias("audience")
    )
