"""Zendesk's JSON export of tickets, one object a line, with the requester loaded beside it."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import DAY, NEVER, text
from sample_data.files import in_parts

FIELDS = {
    360000358316: "topic",
    360000358317: "human_requested_at",
    360000358318: "first_human_at",
    360000358319: "abandoned_at",
    360000358320: "direction",
    360000358321: "handled_by",
}
TIMES = "%Y-%m-%dT%H:%M:%SZ"
FIRST_STRANGER_ID = 397_700_000_001
EVENTS = ["opened_at", "human_requested_at", "first_human_at", "abandoned_at", "resolved_at", "rated_at"]


def changed(tickets: pl.DataFrame, cut: int, since: int) -> pl.DataFrame:
    """Tickets something happened to after `since` and before `cut`, as they stood at `cut`; + `updated_at`."""
    known = [
        pl.when(pl.col(name) < cut).then(pl.col(name)).otherwise(pl.lit(NEVER)).alias(name) for name in EVENTS
    ]
    last = pl.max_horizontal(pl.when(pl.col(name) < NEVER).then(pl.col(name)).otherwise(0) for name in EVENTS)
    return (
        tickets.filter(pl.col("opened_at") < cut)
        .with_columns(known)
        .with_columns(updated_at=last)
        .filter(pl.col("updated_at") >= since)
    )


def rows(
    tickets: pl.DataFrame, people: pl.DataFrame, agent_ids: list[str], cut: int
) -> Iterator[pl.DataFrame]:
    """Ticket objects of an already chosen set, in order of id."""
    for part in in_parts(tickets.sort("ticket_id")):
        yield _rows(part, people, agent_ids, cut)


def _rows(tickets: pl.DataFrame, people: pl.DataFrame, agent_ids: list[str], cut: int) -> pl.DataFrame:
    stranger = tickets["customer"].to_numpy() < 0
    buyer = people[np.maximum(tickets["customer"].to_numpy(), 0)].select(
        "first_name", "last_name", "email", "zendesk_id", "customer_number", "has_external_id", "language"
    )
    frame = pl.concat([tickets, buyer], how="horizontal").with_columns(
        stranger=pl.Series(stranger),
        **{name: text(tickets[name].to_numpy(), TIMES) for name in [*EVENTS, "updated_at"]},
        resolved_days=pl.Series((cut - tickets["resolved_at"].to_numpy()) / DAY),
        subject_key=buyer["language"] + tickets["topic"],
        body_key=pl.Series(
            6 * (buyer["language"] == "en").to_numpy()
            + 3 * (tickets["direction"] == "proactive").to_numpy()
            + tickets["body"].to_numpy()
        ),
        agent_id=pl.Series([*map(int, agent_ids), 0]).gather(
            tickets["agent"].to_numpy() % (len(agent_ids) + 1)
        ),
    )
    subjects = {
        code + topic: subject
        for code, by_topic in words.SUBJECTS.items()
        for topic, subject in by_topic.items()
    }
    bodies = [
        body for by_direction in words.BODIES.values() for texts in by_direction.values() for body in texts
    ]
    requester_id = (
        pl.when("stranger").then(pl.lit(FIRST_STRANGER_ID) + pl.col("ticket_id")).otherwise("zendesk_id")
    )
    solved = pl.col("resolved_at").is_not_null()
    status = (
        pl.when(solved & (pl.col("resolved_days") > 4))
        .then(pl.lit("closed"))
        .when(solved)
        .then(pl.lit("solved"))
        .when(pl.col("first_human_at").is_not_null())
        .then(pl.lit("pending"))
        .otherwise(pl.lit("open"))
    )
    via = pl.col("channel").replace_strict({"chat": "chat", "phone": "voice", "email": "email", "web": "web"})
    rated = pl.col("rated_at").is_not_null()
    score = (
        pl.when(rated & pl.col("is_good"))
        .then(pl.lit("good"))
        .when(rated)
        .then(pl.lit("bad"))
        .when(solved & (pl.col("handled_by") != "bot"))
        .then(pl.lit("offered"))
        .otherwise(pl.lit("unoffered"))
    )
    fields = [
        pl.struct(pl.lit(number, dtype=pl.Int64).alias("id"), pl.col(name).alias("value"))
        for number, name in FIELDS.items()
    ]
    has_agent = pl.col("agent") >= 0
    opened = pl.col("opened_at").str.to_datetime(TIMES, time_unit="ms")
    minutes = (pl.col("first_human_at").str.to_datetime(TIMES, time_unit="ms") - opened).dt.total_minutes()
    total = (pl.col("resolved_at").str.to_datetime(TIMES, time_unit="ms") - opened).dt.total_minutes()
    tags = (
        pl.when("is_merged")
        .then(pl.concat_list("channel", pl.lit("closed_by_merge")))
        .otherwise(pl.concat_list("channel"))
    )
    none = pl.lit(None, dtype=pl.String)
    return frame.select(
        url=pl.format("https://sample.zendesk.example/api/v2/tickets/{}.json", "ticket_id"),
        id="ticket_id",
        external_id=none,
        via=pl.struct(via.alias("channel")),
        created_at="opened_at",
        updated_at="updated_at",
        type=pl.lit("question"),
        subject=pl.col("subject_key").replace_strict(subjects),
        description=pl.lit(pl.Series(bodies)).gather("body_key"),
        priority=pl.lit("normal"),
        status=status,
        requester_id=requester_id,
        requester=pl.struct(
            requester_id.alias("id"),
            pl.when("stranger")
            .then(pl.lit("Web visitor"))
            .otherwise(pl.format("{} {}", "first_name", "last_name"))
            .alias("name"),
            pl.when("stranger")
            .then(pl.format("visitor{}@example.net", "ticket_id"))
            .otherwise("email")
            .alias("email"),
            pl.when(pl.col("stranger") | ~pl.col("has_external_id"))
            .then(none)
            .otherwise("customer_number")
            .alias("external_id"),
        ),
        assignee_id=pl.when(has_agent).then("agent_id").otherwise(pl.lit(None, dtype=pl.Int64)),
        group_id=pl.lit(360006965034),
        tags=tags,
        custom_fields=pl.concat_list(fields),
        satisfaction_rating=pl.struct(score.alias("score")),
        brand_id=pl.lit(360003529474),
        metric_set=pl.struct(
            pl.col("reopens"),
            pl.col("replies"),
            pl.struct(minutes.alias("calendar")).alias("reply_time_in_minutes"),
            pl.struct(total.alias("calendar")).alias("full_resolution_time_in_minutes"),
            pl.col("resolved_at").alias("solved_at"),
        ),
    )
