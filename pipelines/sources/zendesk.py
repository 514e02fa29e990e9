"""Zendesk tickets: the JSON export, one ticket per line, and the CSV export of a view or report.

In the JSON export times are UTC, and custom fields are named by their id in `[mapping.zendesk]`. In the CSV times are
in the account's zone, which is declared in `[sources.zendesk]`, custom fields are named by their label
(`"Category [list]" = "topic"`), `-` is no value, and an agent is known by a name instead of a number: an agent is two
agents to a company that sends both. Without a recorded request for a person, time to a human is the first reply after
opening; replies within business hours are no time by the clock and not read.
"""

from dataclasses import replace

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile

MINUTES_A_DECADE = 5_256_000
MERGED_TAG = "closed_by_merge"


def _merged(frame: pl.DataFrame) -> pl.DataFrame:
    """Of the tags, which may hold anything, only whether the ticket was merged into another is taken."""
    tags = pl.col("is_merged").fill_null("").str.split(";")
    return frame.with_columns(tags.list.contains(MERGED_TAG).cast(pl.String).alias("is_merged"))


def _as_in_json(frame: pl.DataFrame) -> pl.DataFrame:
    """The words of the CSV as the JSON export writes them; of the tags, which a space separates, the one of a merge."""
    low = [pl.col(name).str.to_lowercase() for name in ("status", "channel")]
    rating = pl.col("satisfaction").str.to_lowercase().str.replace_all(" ", "_")
    tags = pl.col("is_merged").fill_null("").str.split(" ")
    return frame.with_columns(*low, rating, tags.list.contains(MERGED_TAG).cast(pl.String).alias("is_merged"))


TICKET = Profile(
    source="zendesk",
    object="ticket",
    layout="ndjson",
    zone="UTC",
    key=("ticket_id",),
    seen="updated_at",
    prepare=_merged,
    columns=(
        Column("ticket_id", ("id",), required=True, personal=True),
        Column("requester_id", ("requester_id",), token="zendesk_user", required=True),
        Column("requester_email", ("requester.email",), token="email"),
        Column("requester_name", ("requester.name",), personal=True),
        Column("subject", ("subject",), personal=True),
        Column("description", ("description",), personal=True),
        Column("comment", ("satisfaction_rating.comment",), personal=True),
        Column("status", ("status",), required=True, filled=True),
        Column("channel", ("via.channel",), required=True),
        Column("is_merged", ("tags",), kind="boolean"),
        Column("agent_key", ("assignee_id",), reference="zendesk/agent"),
        Column("created_at", ("created_at",), kind="timestamp", required=True, filled=True),
        Column("updated_at", ("updated_at",), kind="timestamp"),
        Column("solved_at", ("metric_set.solved_at",), kind="timestamp"),
        Column(
            "first_reply_minutes",
            ("metric_set.reply_time_in_minutes.calendar",),
            kind="integer",
            between=(0, MINUTES_A_DECADE),
        ),
        Column("reopened_count", ("metric_set.reopens",), kind="integer"),
        Column("satisfaction", ("satisfaction_rating.score",)),
    ),
    mappable=(
        own_fields.CUSTOMER_ID,
        *own_fields.CASE,
        Column("reopened_at", (), kind="timestamp"),
        Column("handled_by", (), values={"human": "human", "bot": "bot", "both": "both"}),
        Column("handle_seconds", (), kind="integer"),
    ),
)

_MINUTES = ("First reply time in minutes", "First reply time (in minutes)", "First reply time (min)")
_REQUIRED = ("ticket_id", "requester_id", "status", "channel", "created_at", "updated_at")
_VIEW_LABELS = {
    "ticket_id": ("Id", "Ticket ID"),
    "requester_id": ("Requester id",),
    "requester_email": ("Requester email",),
    "requester_name": ("Requester",),
    "subject": ("Subject",),
    "status": ("Status",),
    "channel": ("Via",),
    "is_merged": ("Tags",),
    "agent_key": ("Assignee",),
    "created_at": ("Created at",),
    "updated_at": ("Updated at",),
    "solved_at": ("Solved at",),
    "first_reply_minutes": _MINUTES,
    "reopened_count": ("Reopens",),
    "satisfaction": ("Satisfaction Score",),
}
VIEW_TICKET = replace(
    TICKET,
    layout="csv",
    zone=None,
    nulls=("-",),
    prepare=_as_in_json,
    columns=tuple(
        replace(column, labels=_VIEW_LABELS[column.name], required=column.name in _REQUIRED)
        for column in TICKET.columns
        if column.name in _VIEW_LABELS
    ),
)

PROFILES = (TICKET, VIEW_TICKET)
