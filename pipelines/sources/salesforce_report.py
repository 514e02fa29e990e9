"""Salesforce reports exported as CSV ("details only"): contacts, accounts, cases and opportunities by their labels.

Add the record's own id to the report (`Contact ID`, `Case ID`...): reports show fifteen letters of it, of which the
other three follow, so that a report and the weekly export tell of the same records. A report shows no deleted records,
and rarely all others: where `full_export` is declared of an object, take no reports of it. What it has no column for is
not known until the next export that tells it. Times and days are written as the user's locale has them, in the user's
time zone (`[sources.salesforce] time_zone`); where the order of day and month does not show, declare `date_format`.
Numbers may have a decimal comma. The lines below the rows (the report's title, totals, confidentiality, copyright) are
no rows. How far a report reaches is told by the newest day on which one of its records was changed, closed (an
opportunity: won) or created, whichever the report has.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import polars as pl

from pipelines.door.profile import Column, Header, Profile, first_row
from pipelines.sources.salesforce import ACCOUNT, CASE, CONTACT, OPPORTUNITY, in_eighteen

_FORMATS = tuple(
    day + time
    for day in ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y")
    for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
)
_DAY_FIRST = r"^(\d{1,2})[.-](\d{1,2})[.-](\d{4})"
_WON = ("1", "true", "yes")
_CREATED, _MODIFIED = ("Created Date",), ("Last Modified Date",)
Labels = Mapping[str, tuple[str, ...]]


def _as_exported(frame: pl.DataFrame) -> pl.DataFrame:
    """Nothing is deleted; a day with points or hyphens has its day first; a comma may stand before the time."""
    days = pl.col("^.*(_at|_on)$").str.replace(_DAY_FIRST, "$3-$2-$1").str.replace(",", "", literal=True)
    dated = frame.with_columns(days, pl.lit("false").alias("is_deleted"))
    return in_eighteen(dated.with_columns(told_at=pl.coalesce(*_told(dated.columns))))


def _told(names: list[str]) -> Iterator[pl.Expr]:
    """What a record's state was told by, the latest first; the day an open opportunity is to close on tells nothing."""
    yield from (pl.col(name) for name in ("modified_at", "closed_at") if name in names)
    if "is_won" in names:
        yield pl.when(pl.col("is_won").str.to_lowercase().is_in(_WON)).then("closed_on")
    yield pl.col("created_at")


def _report(exported: Profile, required: Labels, may_be: Labels, of_others: tuple[str, ...]) -> Profile:
    """The layout of a report.

    Args:
        exported: the same object in the weekly export. required, may_be: column -> its labels. of_others: ids of what a
            report may be of that tells of this object along.
    """
    labels = {**required, **may_be}
    columns = tuple(
        replace(column, labels=labels.get(column.name, ()), required=column.name in required)
        for column in exported.columns
    )
    return replace(
        exported,
        columns=(*columns, Column("told_at", (), kind="timestamp", personal=True)),
        seen="told_at",
        header=_without(of_others),
        zone=None,
        formats=_FORMATS,
        footer=r"Grand Totals \(|Confidential Information - |Copyright (\(c\)|©)",
        prepare=_as_exported,
    )


def _without(labels: tuple[str, ...]) -> Callable[[list[list[str]]], Header | None]:
    unwanted = {label.casefold() for label in labels}

    def header(records: list[list[str]]) -> Header | None:
        found = first_row(records)
        return (
            found if found and unwanted.isdisjoint(name.strip().casefold() for name in found.names) else None
        )

    return header


PROFILES = (
    _report(
        ACCOUNT,
        {"record_id": ("Account ID",), "name": ("Account Name",), "country": ("Billing Country",)},
        {"created_at": _CREATED, "modified_at": _MODIFIED},
        of_others=("Contact ID", "Case ID", "Opportunity ID"),
    ),
    _report(
        CONTACT,
        {
            "record_id": ("Contact ID",),
            "last_name": ("Last Name",),
            "email": ("Email",),
            "created_at": _CREATED,
        },
        {
            "account_key": ("Account ID",),
            "first_name": ("First Name",),
            "street": ("Mailing Street",),
            "postal_code": ("Mailing Zip/Postal Code",),
            "city": ("Mailing City",),
            "phone": ("Phone",),
            "mobile_phone": ("Mobile", "Mobile Phone"),
            "is_unsubscribed": ("Email Opt Out",),
            "modified_at": _MODIFIED,
        },
        of_others=("Case ID", "Opportunity ID"),
    ),
    _report(
        CASE,
        {
            "record_id": ("Case ID",),
            "contact_id": ("Contact ID",),
            "created_at": ("Date/Time Opened", "Opened Date"),
            "closed_at": ("Date/Time Closed", "Closed Date"),
        },
        {
            "case_number": ("Case Number",),
            "supplied_email": ("Web Email",),
            "supplied_name": ("Web Name",),
            "subject": ("Subject",),
            "description": ("Description",),
            "status": ("Status",),
            "channel": ("Case Origin",),
            "topic": ("Case Reason",),
            "agent_key": ("Owner ID",),
            "modified_at": ("Case Date/Time Last Modified", "Case Last Modified Date"),
        },
        of_others=("Opportunity ID",),
    ),
    _report(
        OPPORTUNITY,
        {
            "record_id": ("Opportunity ID",),
            "account_key": ("Account ID",),
            "stage": ("Stage",),
            "is_won": ("Won",),
            "amount": ("Amount",),
            "closed_on": ("Close Date",),
        },
        {
            "name": ("Opportunity Name",),
            "contact_id": ("Contact ID",),
            "currency": ("Amount Currency", "Opportunity Currency"),
            "created_at": _CREATED,
            "modified_at": _MODIFIED,
        },
        of_others=("Case ID",),
    ),
)
