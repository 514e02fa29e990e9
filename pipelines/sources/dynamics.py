"""Dynamics 365: a view exported to Excel as a static worksheet, of contacts, cases or opportunities.

The first three columns are hidden: the record's GUID, a checksum, and when it was last changed. Add `Created On` to the
view; to cases and opportunities also the related contact's e-mail address, without which they are nobody's (a customer
is named by name only), and the currency's code. Times are real Excel dates in the user's zone: declare it in
`[sources.dynamics]`. What is no longer open when the status is called so in English was closed when it was last changed
(a resolved case can not be edited); in other languages map a column to `resolved_at`. An opportunity with an actual
revenue and an actual close date is won, unless its status is open or lost.

The hidden columns are known in English, German, French and Spanish; other labels of another language are mapped.
"""

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile

_NOT_TO_MODIFY = ("(Do Not Modify)", "(Nicht ändern)", "(Ne pas modifier)", "(No modificar)")
_MODIFIED = ("Modified On", "Geändert am", "Modifié le", "Fecha de modificación")


def _hidden(*labels: str) -> tuple[str, ...]:
    """Labels of a hidden column in English, German, French and Spanish."""
    return tuple(f"{prefix} {label}" for prefix, label in zip(_NOT_TO_MODIFY, labels, strict=True))


def _profile(
    name: str,
    entities: tuple[str, ...],
    *columns: Column,
    mappable: tuple[Column, ...],
    token: str | None = None,
) -> Profile:
    return Profile(
        source="dynamics",
        object=name,
        key=("record_id",),
        seen="modified_at",
        prepare=_prepared,
        columns=(
            Column(
                "record_id",
                _hidden(*entities),
                required=True,
                token=token,
                personal=token is None,
            ),
            *columns,
            Column("modified_at", _hidden(*_MODIFIED), kind="timestamp", required=True),
        ),
        mappable=mappable,
    )


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """A GUID is the same in any case and in braces; whoever may not be sent bulk e-mail is unsubscribed."""
    steps = [pl.col("record_id").str.strip_chars("{}").str.to_lowercase()]
    if "is_unsubscribed" in frame.columns:
        said = pl.col("is_unsubscribed").str.to_lowercase()
        steps.append(said.replace({"allow": "false", "do not allow": "true"}))
    return frame.with_columns(steps)


CONTACT = _profile(
    "contact",
    ("Contact", "Kontakt", "Contact", "Contacto"),
    Column("full_name", ("Full Name",), required=True, personal=True),
    Column("first_name", ("First Name",), personal=True),
    Column("last_name", ("Last Name",), personal=True),
    Column("company_name", ("Company Name", "Account Name"), personal=True),
    Column("email", ("Email",), required=True, token="email"),
    Column("phone", ("Business Phone",), personal=True),
    Column("mobile_phone", ("Mobile Phone",), token="phone"),
    Column("street", ("Address 1: Street 1",), personal=True),
    Column("postal_code", ("Address 1: ZIP/Postal Code",), personal=True),
    Column("city", ("Address 1: City",), personal=True),
    Column("country", ("Address 1: Country/Region",)),
    Column("is_unsubscribed", ("Do not allow Bulk Emails",), kind="boolean"),
    Column("created_at", ("Created On",), kind="timestamp"),
    mappable=own_fields.CUSTOMER,
    token="dynamics_contact",
)

CASE = _profile(
    "case",
    ("Case", "Anfrage", "Incident", "Caso"),
    Column("subject", ("Case Title",), required=True, personal=True),
    Column("case_number", ("Case Number",), personal=True),
    Column("customer", ("Customer",), personal=True),
    Column(
        "email",
        ("Email (Customer) (Contact)", "Email (Contact) (Contact)", "Email Address"),
        token="email",
    ),
    Column("status", ("Status",), required=True, filled=True),
    Column("channel", ("Origin",)),
    Column("topic", ("Subject",)),
    Column("agent_key", ("Owner",), reference="dynamics/agent"),
    Column("created_at", ("Created On",), kind="timestamp", required=True, filled=True),
    mappable=(*own_fields.CASE, Column("resolved_at", (), kind="timestamp")),
)

OPPORTUNITY = _profile(
    "opportunity",
    ("Opportunity", "Verkaufschance", "Opportunité", "Oportunidad"),
    Column("name", ("Topic",), required=True, personal=True),
    Column("customer", ("Potential Customer",), personal=True),
    Column(
        "email",
        ("Email (Potential Customer) (Contact)", "Email (Contact) (Contact)"),
        token="email",
    ),
    Column("status", ("Status",), required=True, filled=True),
    Column("amount", ("Actual Revenue",), kind="decimal", required=True),
    Column("currency", ("Currency Code (Currency) (Currency)", "Currency")),
    Column("closed_on", ("Actual Close Date",), kind="date", required=True),
    mappable=(),
)

PROFILES = (CONTACT, CASE, OPPORTUNITY)
