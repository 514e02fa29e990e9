"""Audience exports: asked for, made after a while, read page by page, gone after 72 hours."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from google.longrunning.operations_pb2 import Operation

from sample_data.ga4_server import proto
from sample_data.ga4_server.asked import DEFAULT_ROWS, MOST_ROWS
from sample_data.ga4_server.hits import Visible
from sample_data.ga4_server.refusal import Refusal, bad

KEPT = timedelta(hours=72)
TOKENS = 10
DIMENSIONS = ("deviceId", "userId", "isAdsPersonalizationAllowed", "isLimitedAdTracking")
PAGE, MOST_PAGE = 200, 1000


@dataclass
class Export:
    """One export: its message, its members, and how often it has to be polled before it is there."""

    message: Any
    members: pl.DataFrame
    made_at: datetime
    polls_left: int
    fails: bool


@dataclass
class Exports:
    """The exports of a property.

    Args:
        polls: how often an export is still CREATING when asked for. fail_next: how many of the next exports end as
            FAILED. operations_hold_exports: what creating returns names the export. days: audience -> how long people
            stay in it after their latest event; others stay for ever.
    """

    property_id: str
    polls: int = 2
    fail_next: int = 0
    operations_hold_exports: bool = True
    days: dict[str, int] = field(default_factory=dict)
    made: dict[str, Export] = field(default_factory=dict)
    _number: int = 0

    def create(self, request: Any, visible: Visible, now: datetime) -> Any:
        """Starts an export of the audience's members; the Operation that holds it.

        Args:
            visible: the hits as of the last local midnight: membership changes once a day.
        """
        asked = request.audience_export
        number = asked.audience.rpartition("/")[2]
        names = visible.audiences
        is_ours = asked.audience == f"properties/{self.property_id}/audiences/{number}"
        if not (is_ours and number.isdigit() and 1 <= int(number) <= len(names)):
            raise Refusal("NOT_FOUND", f"Audience {asked.audience} was not found.")
        dimensions = [each.dimension_name for each in asked.dimensions]
        unknown = [name for name in dimensions if name not in DIMENSIONS]
        if unknown or not dimensions:
            raise bad(
                f"Field {unknown[0]} is not a valid dimension."
                if unknown
                else "AudienceExport requires dimensions."
            )
        self._number += 1
        message = proto.AudienceExport(
            name=f"properties/{self.property_id}/audienceExports/{self._number}",
            audience=asked.audience,
            audience_display_name=names[int(number) - 1],
            dimensions=asked.dimensions,
            state=proto.ExportState.CREATING,
            percentage_completed=0.0,
            creation_quota_tokens_charged=TOKENS,
        )
        message.begin_creating_time.FromDatetime(now.replace(tzinfo=UTC))
        name = message.audience_display_name
        since = now - timedelta(days=self.days[name]) if name in self.days else datetime.min
        members = members_of(visible.frame, name, since).select(dimensions)
        self.made[message.name] = Export(message, members, now, self.polls, self.fail_next > 0)
        self.fail_next = max(0, self.fail_next - 1)
        operation = Operation(name=message.name)
        if self.operations_hold_exports:
            operation.response.Pack(message)
        return operation

    def get(self, name: str, now: datetime) -> Any:
        """An export's state; asking is what lets it get ready."""
        export = self._find(name, now)
        message = export.message
        if message.state == proto.ExportState.CREATING:
            export.polls_left -= 1
            message.percentage_completed = 100.0 * (1 - max(0, export.polls_left) / max(1, self.polls))
            if export.polls_left <= 0 and export.fails:
                message.state = proto.ExportState.FAILED
                message.error_message = "The audience export could not be created. Please request it again."
            elif export.polls_left <= 0:
                message.state = proto.ExportState.ACTIVE
                message.row_count = export.members.height
                message.percentage_completed = 100.0
        return message

    def list_(self, request: Any, now: datetime) -> Any:
        """The exports that have not expired, newest last, in pages."""
        alive = [each.message for each in self.made.values() if now - each.made_at < KEPT]
        start = int(request.page_token or 0)
        size = min(request.page_size or PAGE, MOST_PAGE)
        answer = proto.ListAudienceExportsResponse(audience_exports=alive[start : start + size])
        if start + size < len(alive):
            answer.next_page_token = str(start + size)
        return answer

    def query(self, request: Any, now: datetime) -> Any:
        """One page of an export's members."""
        export = self._find(request.name, now)
        if export.message.state != proto.ExportState.ACTIVE:
            raise Refusal(
                "FAILED_PRECONDITION",
                f"{request.name} is not ready: only ACTIVE audience exports can be queried.",
            )
        limit = min(request.limit or DEFAULT_ROWS, MOST_ROWS)
        answer = proto.QueryAudienceExportResponse(
            audience_export=export.message, row_count=export.members.height
        )
        for values in export.members.slice(request.offset, limit).iter_rows():
            row = answer.audience_rows.add()
            for value in values:
                row.dimension_values.add().value = value
        return answer

    def _find(self, name: str, now: datetime) -> Export:
        export = self.made.get(name)
        if export is None or now - export.made_at >= KEPT:
            raise Refusal(
                "NOT_FOUND", f"{name} was not found. Audience exports expire 72 hours after creation."
            )
        return export


def members_of(hits: pl.DataFrame, audience: str, since: datetime) -> pl.DataFrame:
    """Who is in an audience by their latest hit, not before `since`: one row per user id, or per device without one."""
    person = pl.col("user_id").forward_fill().backward_fill().over("client")
    latest = (
        hits.select("hit", "event_at", "client_id", "client", "audience", user=person)
        .with_columns(person=pl.coalesce("user", "client_id"))
        .sort("hit")
        .unique("person", keep="last", maintain_order=True)
        .filter(pl.col("audience").list.contains(audience) & (pl.col("event_at") >= since))
    )
    allows = latest["client_id"].hash(3) % 10 < 8
    return latest.select(
        pl.col("client_id").alias("deviceId"),
        pl.col("user").fill_null("").alias("userId"),
        pl.lit(allows).cast(pl.String).alias("isAdsPersonalizationAllowed"),
        pl.lit(~allows).cast(pl.String).alias("isLimitedAdTracking"),
    ).sort("deviceId", "userId")
