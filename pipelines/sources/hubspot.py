"""HubSpot exports from the user interface: contacts, companies, deals, tickets, feedback submissions.

Labels are in the account's language: the English ones are known, and what a record's number is called in German, French
and Spanish; others come in by `[mapping.hubspot]` (`"Erstellungsdatum" = "created_at"`), custom properties too. Times
have no zone: declare the account's in `[sources.hubspot]`. A merged-away contact vanishes; only the survivor names it.
Without a column that says whether a deal is won, its stage must be called so in English, German, French or Spanish.
"""

from collections.abc import Callable

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import DOTTED, ISO, Column, Profile

_FRENCH_RECORD = "ID de fiche d'informations"
_RECORD = (
    *("Record ID", "Datensatz-ID", "ID de registro"),
    *(_FRENCH_RECORD, _FRENCH_RECORD.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")),
)
_SCALES = {"nps": (0, 10), "ces": (1, 7), "csat": (0, 2)}
_CONTACT_LABELS = ("Associated Contact IDs", "Contact ID")


def _first_of(name: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Of several associated records the first: the contacts of a deal are not one person."""

    def prepare(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col(name).str.split(";").list.first().str.strip_chars())

    return prepare


CONTACT = Profile(
    source="hubspot",
    formats=(*ISO, *DOTTED),
    object="contact",
    key=("contact_id",),
    seen="modified_at",
    prepare=_first_of("company_key"),
    columns=(
        Column("contact_id", (*_RECORD, "Contact ID"), token="hubspot_contact", required=True),
        Column("email", ("Email",), token="email", required=True),
        Column("additional_emails", ("Additional email addresses",), token="email", separator=";"),
        Column("phone", ("Phone Number",), token="phone"),
        Column("mobile_phone", ("Mobile Phone Number",), token="phone"),
        Column("merged_ids", ("Merged record IDs",), token="hubspot_contact", separator=";"),
        Column(
            "company_key",
            ("Primary Associated Company ID", "Associated Company IDs"),
            reference="hubspot/company",
        ),
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
        *own_fields.CUSTOMER,
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

COMPANY = Profile(
    source="hubspot",
    formats=(*ISO, *DOTTED),
    object="company",
    key=("company_id",),
    seen="modified_at",
    columns=(
        Column("company_id", (*_RECORD, "Company ID"), required=True, personal=True),
        Column("name", ("Company name",), required=True, personal=True),
        Column("domain", ("Company Domain Name",), required=True, personal=True),
        Column("country", ("Country/Region",)),
        Column("created_at", ("Create Date",), kind="timestamp"),
        Column("modified_at", ("Last Modified Date",), kind="timestamp"),
    ),
    mappable=own_fields.COMPANY,
)

DEAL = Profile(
    source="hubspot",
    formats=(*ISO, *DOTTED),
    object="deal",
    key=("deal_id",),
    seen="created_at",
    prepare=_first_of("contact_id"),
    columns=(
        Column("deal_id", (*_RECORD, "Deal ID"), required=True, personal=True),
        Column("name", ("Deal Name",), required=True, personal=True),
        Column("stage", ("Deal Stage",), required=True),
        Column("is_won", ("Is Closed Won",), kind="boolean"),
        Column("amount", ("Amount",), kind="decimal"),
        Column("currency", ("Currency",)),
        Column("created_at", ("Create Date",), kind="timestamp"),
        Column("closed_at", ("Close Date",), kind="timestamp"),
        Column("contact_id", _CONTACT_LABELS, token="hubspot_contact"),
    ),
)

TICKET = Profile(
    source="hubspot",
    formats=(*ISO, *DOTTED),
    object="ticket",
    key=("ticket_id",),
    seen="created_at",
    prepare=_first_of("contact_id"),
    columns=(
        Column("ticket_id", (*_RECORD, "Ticket ID"), required=True, personal=True),
        Column("subject", ("Ticket name",), required=True, personal=True),
        Column("status", ("Ticket status",), required=True),
        Column("channel", ("Source",)),
        Column("topic", ("Category",)),
        Column("created_at", ("Create Date",), kind="timestamp", filled=True),
        Column("closed_at", ("Close date",), kind="timestamp"),
        Column("first_reply_seconds", ("Time to first agent email reply (HH:mm:ss)",), kind="duration"),
        Column("agent_key", ("Ticket owner",), reference="hubspot/agent"),
        Column("contact_id", _CONTACT_LABELS, token="hubspot_contact"),
    ),
    mappable=(
        own_fields.TOPIC,
        own_fields.DIRECTION,
    ),
)

FEEDBACK = Profile(
    source="hubspot",
    formats=(*ISO, *DOTTED),
    object="feedback",
    key=("response_id",),
    seen="answered_at",
    prepare=_first_of("contact_id"),
    columns=(
        Column(
            "response_id",
            ("Response ID", *_RECORD, "Feedback Submission ID"),
            required=True,
            personal=True,
        ),
        Column("survey_type", ("Survey Type",), required=True, filled=True),
        Column(
            "rating",
            ("Rating",),
            kind="decimal",
            required=True,
            filled=True,
            scale_by=("survey_type", _SCALES),
        ),
        Column("comment", ("Response",), personal=True),
        Column("answered_at", ("Submission Date",), kind="timestamp", required=True, filled=True),
        Column("channel", ("Survey Channel",)),
        Column("contact_id", ("Contact ID", "Associated Contact IDs"), token="hubspot_contact"),
        Column("email", ("Contact email", "Email"), token="email"),
    ),
)

PROFILES = (CONTACT, COMPANY, DEAL, TICKET, FEEDBACK)
