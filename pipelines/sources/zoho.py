"""Zoho CRM's data backup: ZIPs with a CSV per module, a large one in parts (`Contacts_001.csv`, `Contacts_002.csv`).

`Record Id` may begin with `zcrm_` or not. A lookup is a pair of columns, the name and, as `Account Name.id`, what it
points to. Times without an offset are the account's: declare its zone in `[sources.zoho]`. A deal is won at the stage
`Closed Won`; where stages are called otherwise, map a field that says so to `is_won`. A case of which no time of
closing is told was closed when it was last changed. Leads are no customers.
"""

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile

_IDENTIFIERS = ("record_id", "contact_id", "account_key", "agent_key")
_PREFIX = "zcrm_"


def _bare(frame: pl.DataFrame) -> pl.DataFrame:
    """Identifiers without the prefix that some exports write."""
    return frame.with_columns(
        pl.col(name).str.strip_prefix(_PREFIX) for name in _IDENTIFIERS if name in frame.columns
    )


def _profile(
    name: str, *columns: Column, mappable: tuple[Column, ...] = (), of_person: bool = False
) -> Profile:
    token = "zoho_contact" if of_person else None
    return Profile(
        source="zoho",
        object=name,
        key=("record_id",),
        seen="modified_at",
        prepare=_bare,
        columns=(
            Column("record_id", ("Record Id",), required=True, token=token, personal=token is None),
            *columns,
            Column("created_at", ("Created Time",), kind="timestamp", required=True),
            Column("modified_at", ("Modified Time",), kind="timestamp"),
        ),
        mappable=mappable,
    )


_OF_CONTACT = Column("contact_id", ("Contact Name.id", "Related To.id"), token="zoho_contact")
_OF_ACCOUNT = Column("account_key", ("Account Name.id",), reference="zoho/account")

ACCOUNT = _profile(
    "account",
    Column("name", ("Account Name",), required=True, personal=True),
    Column("country", ("Billing Country",), required=True),
    mappable=own_fields.COMPANY,
)

CONTACT = _profile(
    "contact",
    Column("account_name", ("Account Name",), required=True, personal=True),
    _OF_ACCOUNT,
    Column("first_name", ("First Name",), personal=True),
    Column("last_name", ("Last Name",), required=True, personal=True),
    Column("email", ("Email",), required=True, token="email"),
    Column("secondary_email", ("Secondary Email",), token="email"),
    Column("phone", ("Phone",), personal=True),
    Column("mobile_phone", ("Mobile",), token="phone"),
    Column("street", ("Mailing Street",), personal=True),
    Column("postal_code", ("Mailing Zip",), personal=True),
    Column("city", ("Mailing City",), personal=True),
    Column("country", ("Mailing Country",)),
    Column("is_unsubscribed", ("Email Opt Out",), kind="boolean"),
    mappable=own_fields.CUSTOMER,
    of_person=True,
)

DEAL = _profile(
    "deal",
    Column("name", ("Deal Name", "Potential Name"), required=True, personal=True),
    _OF_ACCOUNT,
    _OF_CONTACT,
    Column("stage", ("Stage",), required=True),
    Column("amount", ("Amount",), kind="decimal", required=True),
    Column("currency", ("Currency",)),
    Column("closed_on", ("Closing Date",), kind="date", required=True),
    mappable=(Column("is_won", (), kind="boolean"),),
)

CASE = _profile(
    "case",
    Column("subject", ("Subject",), required=True, personal=True),
    Column("case_number", ("Case Number",), personal=True),
    _OF_CONTACT,
    Column("email", ("Email",), token="email"),
    Column("supplied_name", ("Reported By",), personal=True),
    Column("status", ("Status",), required=True, filled=True),
    Column("channel", ("Case Origin",), required=True),
    Column("topic", ("Case Reason",)),
    Column("agent_key", ("Case Owner.id",), reference="zoho/agent"),
    Column("closed_at", ("Closed Time",), kind="timestamp"),
    mappable=own_fields.CASE,
)

PROFILES = (ACCOUNT, CONTACT, DEAL, CASE)
