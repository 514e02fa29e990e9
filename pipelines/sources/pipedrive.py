"""Pipedrive exports of persons, organizations and deals, as CSV or Excel.

Labels are `Person - Name`, `Deal - Value`... in the user's language: the English ones are known, others come in by
`[mapping.pipedrive]` (`"Obchod - Hodnota" = "amount"`). Add the column `ID` to the list before exporting, and to deals
also the person's (`Person - ID`) or an e-mail address: a deal names its people by name only. Several addresses stand
in one cell. Times have no zone: declare the user's in `[sources.pipedrive]`. A deal is won by its `Won time`, in any
language; one that was reopened or lost after all has a status that says so in English. Whose marketing status is told
and is not `Subscribed` counts as unsubscribed.
"""

from collections.abc import Callable

import polars as pl

from pipelines.door.profile import Column, Header, Profile, first_row

_SERIAL = r"^\d{5}(\.\d+)?$"
_SERIAL_ZERO = pl.datetime(1899, 12, 30)
_GAP = r"[ \x{a0}\x{202f}]"
MICROSECONDS_A_DAY = 86_400_000_000


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Days that a spreadsheet counted are dates again; amounts have no gaps; only who subscribed is subscribed."""
    steps = [_dated(pl.col(name)) for name in frame.columns if name.endswith(("_at", "_on"))]
    if "amount" in frame.columns:
        steps.append(pl.col("amount").str.replace_all(_GAP, ""))
    if "is_unsubscribed" in frame.columns:
        steps.append((pl.col("is_unsubscribed").str.to_lowercase() != "subscribed").cast(pl.String))
    return frame.with_columns(steps)


def _dated(cell: pl.Expr) -> pl.Expr:
    serial = pl.when(cell.str.contains(_SERIAL)).then(cell.cast(pl.Float64, strict=False))
    moment = _SERIAL_ZERO + (serial * MICROSECONDS_A_DAY).round().cast(pl.Duration("us"))
    return pl.coalesce(moment.dt.round("1s").dt.strftime("%Y-%m-%d %H:%M:%S"), cell).name.keep()


def _without(*others: str) -> Callable[[list[list[str]]], Header | None]:
    """The first record, unless the rows are of something else that tells of this along."""

    def header(records: list[list[str]]) -> Header | None:
        found = first_row(records)
        if found is None or any(name.strip().startswith(others) for name in found.names):
            return None
        return found

    return header


def _phone(name: str, *labels: str) -> Column:
    return Column(name, labels, token="phone", separator=",")


def _email(name: str, *labels: str, required: bool = False) -> Column:
    return Column(name, labels, token="email", separator=",", required=required)


_WORK_EMAIL = ("Person - Email - Work", "Person - Email (Work)", "Person - Email")

PERSON = Profile(
    source="pipedrive",
    object="contact",
    key=("person_id",),
    seen="modified_at",
    header=_without("Deal - "),
    prepare=_prepared,
    columns=(
        Column("person_id", ("Person - ID",), token="pipedrive_person", required=True),
        Column("full_name", ("Person - Name",), personal=True, required=True),
        Column("first_name", ("Person - First name",), personal=True),
        Column("last_name", ("Person - Last name",), personal=True),
        _email("email", *_WORK_EMAIL, required=True),
        _email("home_email", "Person - Email - Home", "Person - Email (Home)"),
        _email("other_email", "Person - Email - Other", "Person - Email (Other)"),
        _phone("phone", "Person - Phone - Work", "Person - Phone (Work)", "Person - Phone"),
        _phone("home_phone", "Person - Phone - Home", "Person - Phone (Home)"),
        _phone("mobile_phone", "Person - Phone - Mobile", "Person - Phone (Mobile)"),
        _phone("other_phone", "Person - Phone - Other", "Person - Phone (Other)"),
        Column(
            "organization_key",
            ("Organization - ID", "Person - Organization ID"),
            reference="pipedrive/organization",
        ),
        Column("is_unsubscribed", ("Person - Marketing status",), kind="boolean"),
        Column(
            "created_at", ("Person - Person created", "Person - Created"), kind="timestamp", required=True
        ),
        Column("modified_at", ("Person - Update time",), kind="timestamp"),
    ),
    mappable=(
        Column("customer_id", (), token="customer_id"),
        Column("ga4_client_id", (), token="ga4_client_id"),
        Column("country", ()),
        Column("segment", ()),
        Column("region", ()),
        Column("language", ()),
        Column("has_care_consent", (), kind="boolean"),
        Column("gentle_until_on", (), kind="date"),
    ),
)

ORGANIZATION = Profile(
    source="pipedrive",
    object="organization",
    key=("organization_id",),
    seen="modified_at",
    header=_without("Deal - ", "Person - "),
    prepare=_prepared,
    columns=(
        Column("organization_id", ("Organization - ID",), personal=True, required=True),
        Column("name", ("Organization - Name",), personal=True, required=True),
        Column("country", ("Organization - Country of Address",)),
        Column("created_at", ("Organization - Organization created",), kind="timestamp"),
        Column("modified_at", ("Organization - Update time",), kind="timestamp"),
    ),
    mappable=(Column("region", ()), Column("segment", ())),
)

DEAL = Profile(
    source="pipedrive",
    object="deal",
    key=("deal_id",),
    seen="modified_at",
    prepare=_prepared,
    columns=(
        Column("deal_id", ("Deal - ID",), personal=True, required=True),
        Column("title", ("Deal - Title",), personal=True, required=True),
        Column("amount", ("Deal - Value",), kind="decimal", required=True),
        Column("currency", ("Deal - Currency of Value", "Deal - Currency")),
        Column("status", ("Deal - Status",), required=True),
        Column("won_at", ("Deal - Won time",), kind="timestamp", required=True),
        Column("created_at", ("Deal - Deal created", "Deal - Created"), kind="timestamp"),
        Column("modified_at", ("Deal - Update time",), kind="timestamp"),
        Column("person_id", ("Person - ID",), token="pipedrive_person"),
        _email("email", *_WORK_EMAIL),
    ),
)

PROFILES = (PERSON, ORGANIZATION, DEAL)
