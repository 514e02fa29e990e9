"""Freshdesk tickets, "Export", as CSV or Excel: one row per ticket, with what is known of its contact.

Declare the account's zone in `[sources.freshdesk]`: its times have none. The columns "(in hrs)" are hours of business,
may go beyond a day and are often empty, so nothing is taken from them: the first response is when it was given. A
`Contact ID` may be an e-mail address. Words of "Survey results" are told apart by whether they are happy, whatever the
survey's steps; where they are numbers, the company declares their scale:
`[mapping.freshdesk]` `"Survey results" = {item = "csat", scale = [1, 5]}`. Tickets merged into others look like any
that was closed.
"""

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile

_NOBODY = ("No Agent", "No Group", "No Company", "No Summary")


def _contact(frame: pl.DataFrame) -> pl.DataFrame:
    """A contact's number that is an e-mail address is one."""
    is_email = pl.col("contact_id").str.contains("@", literal=True)
    return frame.with_columns(
        pl.when(is_email).then(pl.coalesce("email", "contact_id")).otherwise("email").alias("email"),
        pl.when(is_email.not_()).then("contact_id").alias("contact_id"),
    )


TICKET = Profile(
    source="freshdesk",
    object="ticket",
    key=("ticket_id",),
    seen="updated_at",
    nulls=_NOBODY,
    prepare=_contact,
    answers=True,
    columns=(
        Column("ticket_id", ("Ticket ID",), required=True, personal=True),
        Column("subject", ("Subject",), personal=True),
        Column("description", ("Description",), personal=True),
        Column("status", ("Status",), required=True, filled=True),
        Column("channel", ("Source",), required=True),
        Column("topic", ("Type",)),
        Column("agent_key", ("Agent",), reference="freshdesk/agent"),
        Column("created_at", ("Created time",), kind="timestamp", required=True, filled=True),
        Column("first_response_at", ("Initial response time",), kind="timestamp"),
        Column("resolved_at", ("Resolved time",), kind="timestamp", required=True),
        Column("closed_at", ("Closed time",), kind="timestamp"),
        Column("updated_at", ("Last update time", "Last updated time"), kind="timestamp"),
        Column("satisfaction", ("Survey results",)),
        Column("contact_id", ("Contact ID",), token="freshdesk_contact"),
        Column("email", ("Email",), token="email"),
        Column("name", ("Full name",), personal=True),
        Column("work_phone", ("Work phone",), personal=True),
        Column("mobile_phone", ("Mobile phone",), token="phone"),
    ),
    mappable=(
        own_fields.CUSTOMER_ID,
        own_fields.TOPIC,
        own_fields.HUMAN_REQUESTED,
        own_fields.ABANDONED,
        own_fields.DIRECTION,
    ),
)

PROFILES = (TICKET,)
