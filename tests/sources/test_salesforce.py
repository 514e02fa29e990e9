"""Golden rows of Salesforce's weekly ZIP and of Data Loader's CSVs."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.identity import resolve

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "real" / "salesforce"

NOBODY = "000000000000000AAA"


def table(*rows: str) -> bytes:
    """Salesforce quotes every cell and writes cp1252."""
    quoted = [",".join(f'"{cell}"' for cell in row.split("|")) for row in rows]
    return "".join(row + "\n" for row in quoted).encode("cp1252")


ACCOUNT = "Id|IsDeleted|MasterRecordId|Name|BillingCountry|Region__c|CreatedDate|SystemModstamp"
CONTACT = (
    "Id|IsDeleted|MasterRecordId|AccountId|FirstName|LastName|Phone|MobilePhone|Email|HasOptedOutOfEmail|"
    "GA_Client_Id__c|CreatedDate|SystemModstamp"
)
CASE = (
    "Id|IsDeleted|CaseNumber|ContactId|SuppliedName|SuppliedEmail|Status|Reason|Origin|Subject|Description|"
    "ClosedDate|OwnerId|CreatedDate|SystemModstamp"
)
OPPORTUNITY = (
    "Id|IsDeleted|AccountId|ContactId|Name|StageName|IsWon|Amount|CurrencyIsoCode|CloseDate|CreatedDate|"
    "SystemModstamp"
)
LEAD = "Id|IsDeleted|MasterRecordId|LastName|FirstName|Email|Phone|MobilePhone|HasOptedOutOfEmail|CreatedDate"
MAPPING = '[mapping.salesforce]\nGA_Client_Id__c = "ga4_client_id"\nRegion__c = "region"\n'


def weekly(**objects: bytes) -> dict[str, bytes]:
    return {f"{name}.csv": content for name, content in objects.items()}


def read(desk, **objects: bytes):
    desk.put("WE_00D8a000001kRXSUA2_1.ZIP", weekly(**objects))
    done = desk.take_in()
    assert done.refusals == []
    return {load.object: load for load in done.loads}


def test_every_known_object_of_the_zip_is_a_load_and_unknown_ones_stay_in_it(open_desk, counts):
    desk = open_desk(MAPPING)
    loads = read(
        desk,
        Account=table(
            ACCOUNT, "001A|0||Müller & Söhne – Köln|Germany|EMEA|2026-01-02 08:00:00|2026-10-25 00:30:00"
        ),
        Contact=table(CONTACT),
        Lead=table(LEAD, "00QA|0||Li|Cy|cy@example.com|||0|2026-01-02 08:00:00"),
    )
    assert {name: counts(load) for name, load in loads.items()} == {
        "account": (1, 1, 0, 0),
        "contact": (0, 0, 0, 0),
    }
    assert loads["account"].encoding == "cp1252"
    assert desk.landed("salesforce__account") == [
        {
            "line": 2, "master_account_key": None, "country": "Germany", "region": "EMEA", "is_deleted": False,
            "created_at": datetime(2026, 1, 2, 8), "modified_at": datetime(2026, 10, 25, 0, 30),
        }
    ]  # fmt: skip


def test_an_object_of_a_header_alone_is_valid_and_empty(desk, counts):
    loads = read(desk, Contact=table(CONTACT), Case=table(CASE), Opportunity=table(OPPORTUNITY))
    assert [counts(load) for load in loads.values()] == [(0, 0, 0, 0)] * 3
    assert desk.landed("salesforce__case") == []


def test_contacts_become_tokens_and_fifteen_zeros_are_nobody(open_desk, counts):
    desk = open_desk(MAPPING)
    loads = read(
        desk,
        Contact=table(
            CONTACT,
            f"003A|0|{NOBODY}|001A|Inés|Peña|+57 601 5550100|+57 3005550100|INES@EXAMPLE.COM|0"
            "|1843720384.1714291234|2026-02-07 20:47:49|2026-05-11 21:24:33",
            "003B|1|003A|001A|Ines|Pena||| ines.pena@example.com |1||2026-01-01 00:00:00|2026-03-08 17:20:57",
        ),
    )
    assert counts(loads["contact"]) == (2, 2, 0, 0)
    assert desk.landed("salesforce__contact") == [
        {
            "line": 2, "account_key": desk.hash("salesforce|account|001A"), "is_unsubscribed": False,
            "is_deleted": False, "created_at": datetime(2026, 2, 7, 20, 47, 49),
            "modified_at": datetime(2026, 5, 11, 21, 24, 33),
        },
        {
            "line": 3, "account_key": desk.hash("salesforce|account|001A"), "is_unsubscribed": True,
            "is_deleted": True, "created_at": datetime(2026, 1, 1), "modified_at": datetime(2026, 3, 8, 17, 20, 57),
        },
    ]  # fmt: skip
    assert desk.tokens("salesforce__contact") == desk.keyed(
        (2, "salesforce_contact", "003A"),
        (2, "phone", "+573005550100"),
        (2, "email", "ines@example.com"),
        (2, "ga4_client_id", "1843720384.1714291234"),
        (3, "salesforce_contact", "003B"),
        (3, "salesforce_contact", "003A"),
        (3, "email", "ines.pena@example.com"),
    )


def test_a_merged_loser_is_the_same_customer_as_its_winner(desk):
    row = "|001A|A|B|||{}|0||2026-01-01 00:00:00|2026-03-08 17:20:57"
    read(
        desk,
        Contact=table(
            CONTACT,
            f"003A|0|{NOBODY}" + row.format("winner@example.com"),
            "003B|1|003A" + row.format("loser@example.com"),
            f"003C|0|{NOBODY}" + row.format("other@example.com"),
        ),
    )
    customer = dict(resolve(desk.table("identity_token"))["identity"].rows())
    winner, loser, other = (customer[desk.hash(f"salesforce|contact|003{letter}")] for letter in "ABC")
    assert winner == loser != other


def test_a_case_of_nobody_known_keeps_the_address_it_was_sent_from(desk):
    read(
        desk,
        Case=table(
            CASE,
            f"500A|0|00001026|{NOBODY}|Web User|web.user@example.com|New|Delivery|Web|Wo ist sie?|Zeile 1\nZeile 2"
            "||00GQ|2026-10-29 00:30:00|2026-10-29 01:30:00",
        ),
    )
    assert desk.landed("salesforce__case") == [
        {
            "line": 2, "status": "New", "channel": "Web", "topic": "Delivery", "closed_at": None,
            "agent_key": desk.hash("salesforce|agent|00GQ"), "is_deleted": False,
            "created_at": datetime(2026, 10, 29, 0, 30), "modified_at": datetime(2026, 10, 29, 1, 30),
        }
    ]  # fmt: skip
    assert desk.tokens("salesforce__case") == desk.keyed((2, "email", "web.user@example.com"))


def test_an_opportunity_keeps_its_own_currency_and_a_bad_row_is_pointed_at(desk, counts):
    times = "2023-05-11 00:00:00|2026-01-01 00:00:00|2026-03-08 17:20:57"
    loads = read(
        desk,
        Opportunity=table(
            OPPORTUNITY,
            f"006A|0|001A|003A|Renewal|Closed Won|1|1250000.0|COP|{times}",
            f"006B|maybe|001A|003A|Renewal|Closed Won|1|1|EUR|{times}",
            f"006C|0|001A|003A|Renewal|Closed Won|1|9.225,22|EUR|{times}",
            f"|0|001A|003A|Renewal|Closed Won|1|1|EUR|{times}",
        ),
    )
    assert counts(loads["opportunity"]) == (4, 1, 3, 0)
    assert desk.set_aside(loads["opportunity"]) == [
        (3, "is_deleted", "not_yes_or_no"),
        (4, "amount", "not_a_number"),
        (5, "record_id", "missing"),
    ]
    assert desk.landed("salesforce__opportunity", "stage", "is_won", "amount", "currency", "closed_on") == [
        {
            "stage": "Closed Won", "is_won": True, "amount": Decimal(1_250_000), "currency": "COP",
            "closed_on": date(2023, 5, 11),
        }
    ]  # fmt: skip


def test_what_a_macintosh_adds_to_a_zip_is_passed_over(desk, counts):
    shadow = {"__MACOSX/export/._Contact.csv": b"\0\5\x16\7\0\2", "export/.DS_Store": b"\0\0\0\1Bud1"}
    load = desk.read({"export/Contact.csv": table(CONTACT)} | shadow, name="WE_1.ZIP")
    assert counts(load) == (0, 0, 0, 0)


def test_one_damaged_object_refuses_the_whole_zip_and_names_it(desk):
    reason = desk.refuse(weekly(Account=table(ACCOUNT), Contact=table(CONTACT) + b'"003A,'), name="WE_1.ZIP")
    assert reason == (
        "Inside it, Contact.csv: A quoted cell is never closed: the file is cut off or damaged."
    )
    assert desk.table("salesforce__account").is_empty()


NO_EXPORT = "Its columns are those of no known export"
LOADED = (
    '"ID","ISDELETED","ACCOUNTID","NAME","STAGENAME","AMOUNT","CLOSEDATE","ISWON","CREATEDDATE","SYSTEMMODSTAMP"{more}\n'
    '"006x0000001YtCrAAK","false","001x0000002xLCVAA2","Renewal – 5000","Closed Won","500000.0","2005-11-09","true",'
    '"2006-06-15T20:47:07.000Z","2006-06-15T20:47:07.500Z"{values}\n'
)


def test_data_loader_writes_the_same_records_in_upper_case(desk, counts):
    load = desk.read(LOADED.format(more="", values="").encode("cp1252"))
    assert counts(load) == (1, 1, 0, 0)
    assert load.encoding == "cp1252"
    assert desk.landed("salesforce__opportunity") == [
        {
            "line": 2, "account_key": desk.hash("salesforce|account|001x0000002xLCVAA2"), "stage": "Closed Won",
            "is_won": True, "amount": Decimal(500_000), "currency": None, "closed_on": date(2005, 11, 9),
            "is_deleted": False, "created_at": datetime(2006, 6, 15, 20, 47, 7),
            "modified_at": datetime(2006, 6, 15, 20, 47, 7, 500_000),
        }
    ]  # fmt: skip
    keys = desk.table("salesforce__opportunity")["record_key"].to_list()
    assert keys == [desk.hash("salesforce|opportunity|006x0000001YtCrAAK")]


@pytest.mark.parametrize(
    ("more", "values"),
    [
        (',"STATUS"', ',"Item Updated"'),
        (',"ERROR"', ',"DUPLICATE_VALUE:duplicate value found: ann@example.com"'),
    ],
)
def test_what_data_loader_says_of_an_upload_is_no_export(desk, more, values):
    assert desk.refuse(LOADED.format(more=more, values=values)).startswith(NO_EXPORT)


def test_a_case_has_a_status_of_its_own_and_two_only_in_what_became_of_an_upload(desk, counts):
    header = CASE.upper() + "{}"
    row = f"500A|0|1026|{NOBODY}|||New||Web|||||2026-10-29 00:30:00|2026-10-29 01:30:00" + "{}"
    assert counts(desk.read(table(header.format(""), row.format("")))) == (1, 1, 0, 0)
    told = table(header.format("|STATUS"), row.format("|Item Created"))
    assert desk.refuse(told, "b.csv").startswith(NO_EXPORT)


@pytest.mark.parametrize(
    ("name", "landed", "records"),
    [
        ("dataloader_accountData.csv", "account", 423),
        ("dataloader_opportunityData.csv", "opportunity", 38),
    ],
)
def test_a_real_file_of_data_loader_is_accounted_for_to_the_row(desk, counts, name, landed, records):
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"the sample {name} (shared/samples) is not beside this repository")
    content = path.read_bytes()
    assert counts(desk.read(content)) == (records, records, 0, 0)
    rows = list(csv.DictReader(io.StringIO(content.decode("cp1252"), newline="")))
    assert len(rows) == records
    keys = [desk.hash(f"salesforce|{landed}|{row['ID']}") for row in rows]
    assert desk.table(f"salesforce__{landed}").sort("line")["record_key"].to_list() == keys
    if landed == "opportunity":
        won = desk.table("salesforce__opportunity").filter("is_won")["amount"].sum()
        assert won == sum(Decimal(row["AMOUNT"] or 0) for row in rows if row["ISWON"] == "true")
    else:
        told = desk.table("salesforce__account").sort("line")["country"].to_list()
        assert told == [row["BILLINGCOUNTRY"].strip() or None for row in rows]
