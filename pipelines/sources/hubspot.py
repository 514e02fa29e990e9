"""HubSpot exports from the user interface: contacts, deals, tickets, feedback submissions.

Labels are those of an English account; custom properties come in by `[mapping.hubspot]`. Times have no zone:
declare the account's in `[sources.hubspot]`. A merged-away contact vanishes; only the survivor names it.
"""

import polars as pl

from pipelines.door.profile import Column, Profile

_CONTACT_LABELS = ("Associated Contact IDs", "Contact ID")


def _first_contact(frame: pl.DataFrame) -> pl.DataFrame:
    """One person per record: the first associated contact. Several contacts of a deal are not one person."""
    return frame.with_columns(pl.col("contact_id").str.split(";").list.first().str.strip_chars())


CONTACT = Profile(
    source="hubspot",
    object="contact",
    key=("contact_id",),
    seen="modified_at",
    columns=(
        Column("contact_id", ("Record ID", "Contact ID"), token="hubspot_contact", required=True),
        Column("email", ("Email",), token="email", required=True),
        Column("additional_emails", ("Additional email addresses",), token="email", separator=";"),
        Column("phone", ("Phone Number",), token="phone"),
        Column("mobile_phone", ("Mobile Phone Number",), token="phone"),
        Column("merged_ids", ("Merged record IDs",), token="hubspot_contact", separator=";"),
        Column("ga4_client_id", ("GA4 client id",), token="ga4_client_id"),
        Column("first_name", ("First Name",), personal=True),
        Column("last_name", ("Last Name",), personal=True),
        Column("created_at", ("Create Date",), kind="timestamp", required=True),
        Column("modified_at", ("Last Modified Date",), kind="timestamp"),
        Column("lifecycle_stage", ("Lifecycle Stage",)),
        Column("country", ("Country/Region",)),
        Column("is_unsubscribed", ("Unsubscribed from all email",), kind="boolean"),
    ),
    mappable=(
        Column("customer_id", (), token="customer_id"),
        Column("ga4_client_id", (), token="ga4_client_id"),
        Column("segment", ()),
        Column("region", ()),
        Column("language", ()),
        Column("has_care_consent", (), kind="boolean"),
        Column("gentle_until_on", (), kind="date"),
        Column("birthday_on", (), kind="date"),
        Column("referrals", (), kind="integer"),
        Column("preferred_name", (), personal=True),
        Column("preferred_channel", (), personal=True),
        Column("street", (), personal=True),
        Column("postal_code", (), personal=True),
        Column("city", (), personal=True),
        Column("wishes", (), personal=True),
    ),
)

DEAL = Profile(
    source="hubspot",
    object="deal",
    key=("deal_id",),
    seen="created_at",
    prepare=_first_contact,
    columns=(
        Column("deal_id", ("Record ID", "Deal ID"), required=True, personal=True),
        Column("name", ("Deal Name",), required=True, personal=True),
        Column("stage", ("Deal Stage",), required=True),
        Column("is_won", ("Is Closed Won", "Is closed won"), kind="boolean"),
        Column("amount", ("Amount",), kind="decimal"),
        Column("currency", ("Currency",)),
        Column("created_at", ("Create Date",), kind="timestamp"),
        Column("closed_at", ("Close Date",), kind="timestamp"),
        Column("contact_id", _CONTACT_LABELS, token="hubspot_contact"),
    ),
)

TICKET = Profile(
    source="hubspot",
    object="ticket",
    key=("ticket_id",),
    seen="created_at",
    prepare=_first_contact,
    columns=(
        Column("ticket_id", ("Record ID", "Ticket ID"), required=True, personal=True),
        Column("subject", ("Ticket name",), required=True, personal=True),
        Column("status", ("Ticket status",), required=True),
        Column("channel", ("Source",)),
        Column("topic", ("Category",)),
        Column("created_at", ("Create date", "Create Date"), kind="timestamp", filled=True),
        Column("closed_at", ("Close date", "Close Date"), kind="timestamp"),
        Column("first_reply_seconds", ("Time to first agent email reply (HH:mm:ss)",), kind="duration"),
        Column("agent_key", ("Ticket owner",), reference="hubspot/agent"),
        Column("contact_id", _CONTACT_LABELS, token="hubspot_contact"),
    ),
    mappable=(
        Column("topic", ()),
        Column("direction", (), values={"proactive": "proactive", "reactive": "reactive"}),
    ),
)

FEEDBACK = Profile(
    source="hubspot",
    object="feedback",
    key=("response_id",),
    seen="answered_at",
    columns=(
        Column(
            "response_id",
            ("Response ID", "Record ID", "Feedback Submission ID"),
            required=True,
            personal=True,
        ),
        Column("survey_type", ("Survey Type", "Survey type"), required=True, filled=True),
        Column("rating", ("Rating",), kind="decimal", required=True, filled=True),
        Column("comment", ("Response",), personal=True),
        Column(
            "answered_at",
            ("Submission Date", "Submission date"),
            kind="timestamp",
            required=True,
            filled=True,
        ),
        Column("channel", ("Survey Channel", "Survey channel")),
        Column("contact_id", ("Contact ID", "Associated Contact IDs"), token="hubspot_contact"),
        Column("email", ("Contact email", "Email"), token="email"),
    ),
)

PROFILES = (CONTACT, DEAL, TICKET, FEEDBACK)
