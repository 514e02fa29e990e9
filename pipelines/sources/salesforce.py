"""Salesforce: the weekly export (a ZIP with one CSV per object, header-only ones are valid) and Data Loader's CSVs.

Times are GMT, an empty reference is often fifteen zeros, and a merged loser names its winner in `MasterRecordId`. Data
Loader writes the same names in upper case, and `true`, ISO times and plain days; select `IsDeleted`, `CreatedDate` and
`SystemModstamp` among the fields. What it says of an upload (`STATUS`, `ERROR`) is refused: some of those rows never
were in Salesforce, and none of them tells what is there now.
"""

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Header, Profile, first_row

NO_RECORD = ("000000000000000AAA", "000000000000000")
_IDENTIFIERS = ("record_id", "master_id", "contact_id", "account_key", "master_account_key", "agent_key")
_SHORT = r"^[0-9A-Za-z]{15}$"
_CHECKSUMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DELETED = Column("is_deleted", ("IsDeleted",), kind="boolean", required=True)
_MODIFIED = Column("modified_at", ("SystemModstamp",), kind="timestamp", required=True)
_CREATED = Column("created_at", ("CreatedDate",), kind="timestamp", required=True)


def in_eighteen(frame: pl.DataFrame) -> pl.DataFrame:
    """Identifiers of fifteen letters, which differ by case only, with the three that make them safe from it."""
    short = [
        name for name in _IDENTIFIERS if name in frame.columns and frame[name].str.contains(_SHORT).any()
    ]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_SHORT))
        .then(pl.concat_str(pl.col(name), *(_checksum(pl.col(name), place) for place in (0, 5, 10))))
        .otherwise(pl.col(name))
        for name in short
    )


def _checksum(identifier: pl.Expr, start: int) -> pl.Expr:
    """Which of five letters are capitals, the first one counting least, as a letter or a digit."""
    capitals = [
        identifier.str.slice(start + place, 1).str.contains("[A-Z]").cast(pl.Int64) * 2**place
        for place in range(5)
    ]
    return pl.lit(_CHECKSUMS).str.slice(pl.sum_horizontal(capitals), 1)


def _exported(records: list[list[str]]) -> Header | None:
    """The first record, unless it ends with what became of an upload; a case alone has a status of its own."""
    header = first_row(records)
    names = [name.strip().casefold() for name in header.names] if header else []
    is_told = "error" in names or names.count("status") > ("casenumber" in names)
    return None if is_told else header


def _profile(name: str, *columns: Column, mappable: tuple[Column, ...] = ()) -> Profile:
    return Profile(
        source="salesforce",
        object=name,
        zone="UTC",
        nulls=NO_RECORD,
        key=("record_id",),
        seen="modified_at",
        columns=(*columns, _DELETED, _CREATED, _MODIFIED),
        mappable=mappable,
        header=_exported,
        prepare=in_eighteen,
    )


ACCOUNT = _profile(
    "account",
    Column("record_id", ("Id",), required=True, personal=True),
    Column("name", ("Name",), required=True, personal=True),
    Column("master_account_key", ("MasterRecordId",), reference="salesforce/account"),
    Column("country", ("BillingCountry",), required=True),
    mappable=own_fields.COMPANY,
)

CONTACT = _profile(
    "contact",
    Column("record_id", ("Id",), token="salesforce_contact", required=True),
    Column("master_id", ("MasterRecordId",), token="salesforce_contact"),
    Column("account_key", ("AccountId",), reference="salesforce/account", required=True),
    Column("first_name", ("FirstName",), personal=True),
    Column("last_name", ("LastName",), personal=True, required=True),
    Column("street", ("MailingStreet",), personal=True),
    Column("postal_code", ("MailingPostalCode",), personal=True),
    Column("city", ("MailingCity",), personal=True),
    Column("email", ("Email",), token="email"),
    Column("phone", ("Phone",), personal=True),
    Column("mobile_phone", ("MobilePhone",), token="phone"),
    Column("is_unsubscribed", ("HasOptedOutOfEmail",), kind="boolean", required=True),
    mappable=own_fields.CUSTOMER,
)

CASE = _profile(
    "case",
    Column("record_id", ("Id",), required=True, personal=True),
    Column("case_number", ("CaseNumber",), required=True, personal=True),
    Column("contact_id", ("ContactId",), token="salesforce_contact", required=True),
    Column("supplied_email", ("SuppliedEmail",), token="email"),
    Column("supplied_name", ("SuppliedName",), personal=True),
    Column("subject", ("Subject",), personal=True),
    Column("description", ("Description",), personal=True),
    Column("status", ("Status",)),
    Column("channel", ("Origin",)),
    Column("topic", ("Reason",)),
    Column("agent_key", ("OwnerId",), reference="salesforce/agent"),
    Column("closed_at", ("ClosedDate",), kind="timestamp"),
    mappable=own_fields.CASE,
)

OPPORTUNITY = _profile(
    "opportunity",
    Column("record_id", ("Id",), required=True, personal=True),
    Column("name", ("Name",), personal=True),
    Column("account_key", ("AccountId",), reference="salesforce/account", required=True),
    Column("contact_id", ("ContactId",), token="salesforce_contact"),
    Column("stage", ("StageName",), required=True),
    Column("is_won", ("IsWon",), kind="boolean", required=True),
    Column("amount", ("Amount",), kind="decimal", required=True),
    Column("currency", ("CurrencyIsoCode",)),
    Column("closed_on", ("CloseDate",), kind="date", required=True),
)

PROFILES = (ACCOUNT, CONTACT, CASE, OPPORTUNITY)
