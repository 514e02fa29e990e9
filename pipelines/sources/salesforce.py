"""Salesforce weekly export: a ZIP with one CSV per object. Header-only objects are valid.

Times are GMT, an empty reference is often fifteen zeros, and a merged loser names its winner in
`MasterRecordId`.
"""

from pipelines.door.profile import Column, Profile

NO_RECORD = ("000000000000000AAA", "000000000000000")
_DELETED = Column("is_deleted", ("IsDeleted",), kind="boolean", required=True)
_MODIFIED = Column("modified_at", ("SystemModstamp",), kind="timestamp", required=True)
_CREATED = Column("created_at", ("CreatedDate",), kind="timestamp", required=True)


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
    )


ACCOUNT = _profile(
    "account",
    Column("record_id", ("Id",), required=True, personal=True),
    Column("name", ("Name",), required=True, personal=True),
    Column("master_account_key", ("MasterRecordId",), reference="salesforce/account"),
    Column("country", ("BillingCountry",), required=True),
    mappable=(Column("region", ()), Column("segment", ())),
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
    mappable=(
        Column("customer_id", (), token="customer_id"),
        Column("ga4_client_id", (), token="ga4_client_id"),
        Column("segment", ()),
        Column("region", ()),
        Column("language", ()),
        Column("has_care_consent", (), kind="boolean"),
        Column("gentle_until_on", (), kind="date"),
    ),
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
    mappable=(
        Column("topic", ()),
        Column("human_requested_at", (), kind="timestamp"),
        Column("first_human_at", (), kind="timestamp"),
        Column("abandoned_at", (), kind="timestamp"),
        Column("direction", (), values={"proactive": "proactive", "reactive": "reactive"}),
    ),
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
