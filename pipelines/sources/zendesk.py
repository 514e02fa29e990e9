"""Zendesk JSON export: one ticket per line, with its satisfaction rating and metrics.

Times are UTC. Custom fields are named by their id in `[mapping.zendesk]`; without a recorded request for a
person, time to a human is the first reply after opening.
"""

import polars as pl

from pipelines.door.profile import Column, Profile

MINUTES_A_DECADE = 5_256_000
MERGED_TAG = "closed_by_merge"


def _merged(frame: pl.DataFrame) -> pl.DataFrame:
    """Of the tags, which may hold anything, only whether the ticket was merged into another is taken."""
    tags = pl.col("is_merged").fill_null("").str.split(";")
    return frame.with_columns(tags.list.contains(MERGED_TAG).cast(pl.String).alias("is_merged"))


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
        Column("customer_id", (), token="customer_id"),
        Column("topic", ()),
        Column("human_requested_at", (), kind="timestamp"),
        Column("first_human_at", (), kind="timestamp"),
        Column("abandoned_at", (), kind="timestamp"),
        Column("reopened_at", (), kind="timestamp"),
        Column("direction", (), values={"proactive": "proactive", "reactive": "reactive"}),
        Column("handled_by", (), values={"human": "human", "bot": "bot", "both": "both"}),
        Column("handle_seconds", (), kind="integer"),
    ),
)

PROFILES = (TICKET,)
