"""Golden rows of Zoho CRM's data backup."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from pipelines.publish import run_once
from pipelines.store import Store

CONTACTS = (
    "Record Id,Contact Owner.id,Contact Owner,First Name,Last Name,Account Name.id,Account Name,Email,Phone,Mobile,"
    "Secondary Email,Email Opt Out,Created Time,Modified Time,Mailing Street,Mailing City,Mailing Zip,"
    "Mailing Country,Tag\n"
)
ANN = (
    "zcrm_5725767000000324001,zcrm_1,Dana Agent,Ann,Example,zcrm_5725767000000324900,Acme,ANN@example.com,,"
    "+41 79 123 45 67,ann@example.org,false,2026-03-02 08:00:00,2026-11-01T09:15:00+01:00,Way 1,Bern,3000,,"
    '"vip,new"\n'
)
BO = (
    "zcrm_5725767000000324002,zcrm_1,Dana Agent,Bo,Example,,,bo@example.com,,,,true,2026-03-03 08:00:00,,,,,"
    "Austria,\n"
)
ACCOUNTS = (
    "Record Id,Account Owner.id,Account Owner,Account Name,Phone,Website,Industry,Created Time,Modified Time,"
    "Billing Country\nzcrm_5725767000000324900,zcrm_1,Dana Agent,Acme,,,Retail,2026-01-02 08:00:00,,Switzerland\n"
)
DEALS = (
    "Record Id,Deal Owner.id,Deal Owner,Amount,Deal Name,Closing Date,Account Name.id,Account Name,Stage,"
    "Probability (%),Created Time,Modified Time,Contact Name.id,Contact Name,Currency\n"
    "zcrm_700,zcrm_1,Dana Agent,1234.56,Renewal,2026-11-02,zcrm_5725767000000324900,Acme,Closed Won,100,"
    "2026-10-01 08:00:00,2026-11-02 09:00:00,,,EUR\n"
    "zcrm_701,zcrm_1,Dana Agent,,Other,2026-12-02,,,Qualification,10,2026-10-01 08:00:00,,"
    "zcrm_5725767000000324002,Bo Example,EUR\n"
)
CASES = (
    "Record Id,Case Owner.id,Case Number,Subject,Status,Case Origin,Case Reason,Related To.id,Related To,Email,"
    "Reported By,Created Time,Modified Time\n"
    "zcrm_800,zcrm_1,26,Where is it?,Closed,Phone,Delivery,zcrm_5725767000000324001,Ann Example,,,"
    "2026-11-02 08:00:00,2026-11-03 08:00:00\n"
    "zcrm_801,zcrm_1,27,Broken,,Web,,,,cy@example.com,Cy,2026-11-02 08:00:00,\n"
)
LEADS = (
    "Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Email,Phone,Mobile,Created Time,Modified Time,"
    "Email Opt Out,Lead Status\n"
    "zcrm_900,zcrm_1,Dana Agent,Nobody,Di,Example,di@example.com,,,2026-11-02 08:00:00,,false,New\n"
)
BACKUP = {
    "Contacts_001.csv": CONTACTS + ANN,
    "Contacts_002.csv": CONTACTS + BO,
    "Accounts_001.csv": ACCOUNTS,
    "Deals_001.csv": DEALS,
    "Cases_001.csv": CASES,
    "Leads_001.csv": LEADS,
}


def test_all_parts_of_a_module_are_read_and_leads_are_no_customers(desk, counts):
    desk.put("Data_001.zip", BACKUP)
    done = desk.take_in()
    assert done.refusals == []
    assert sorted((load.object, counts(load)) for load in done.loads) == [
        ("account", (1, 1, 0, 0)),
        ("case", (2, 1, 1, 0)),
        ("contact", (1, 1, 0, 0)),
        ("contact", (1, 1, 0, 0)),
        ("deal", (2, 2, 0, 0)),
    ]
    assert all("1 file(s) beside it in the ZIP are no known export" in load.notes for load in done.loads)
    contacts = sorted(
        desk.landed(
            "zoho__contact", "account_key", "country", "is_unsubscribed", "created_at", "modified_at"
        ),
        key=lambda row: row["created_at"],
    )
    assert contacts == [
        {
            "account_key": desk.hash("zoho|account|5725767000000324900"), "country": None,
            "is_unsubscribed": False, "created_at": datetime(2026, 3, 2, 7),
            "modified_at": datetime(2026, 11, 1, 8, 15),
        },
        {
            "account_key": None, "country": "Austria", "is_unsubscribed": True,
            "created_at": datetime(2026, 3, 3, 7), "modified_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("zoho__contact") == desk.keyed(
        (2, "zoho_contact", "5725767000000324001"),
        (2, "email", "ann@example.com"),
        (2, "email", "ann@example.org"),
        (2, "phone", "+41791234567"),
        (2, "zoho_contact", "5725767000000324002"),
        (2, "email", "bo@example.com"),
    )


def test_deals_and_cases_point_to_records_and_a_case_without_a_status_is_set_aside(desk):
    desk.put("Data_001.zip", BACKUP)
    (cases,) = [load for load in desk.take_in().loads if load.object == "case"]
    assert desk.set_aside(cases) == [(3, "status", "missing")]
    assert desk.landed("zoho__deal") == [
        {
            "line": 2, "account_key": desk.hash("zoho|account|5725767000000324900"), "stage": "Closed Won",
            "amount": Decimal("1234.56"), "currency": "EUR", "closed_on": date(2026, 11, 2),
            "created_at": datetime(2026, 10, 1, 6), "modified_at": datetime(2026, 11, 2, 8),
        },
        {
            "line": 3, "account_key": None, "stage": "Qualification", "amount": None, "currency": "EUR",
            "closed_on": date(2026, 12, 2), "created_at": datetime(2026, 10, 1, 6), "modified_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("zoho__deal") == desk.keyed((3, "zoho_contact", "5725767000000324002"))
    assert desk.landed("zoho__case") == [
        {
            "line": 2, "status": "Closed", "channel": "Phone", "topic": "Delivery",
            "agent_key": desk.hash("zoho|agent|1"), "closed_at": None,
            "created_at": datetime(2026, 11, 2, 7), "modified_at": datetime(2026, 11, 3, 7),
        }
    ]  # fmt: skip
    assert desk.tokens("zoho__case") == desk.keyed((2, "zoho_contact", "5725767000000324001"))


def test_a_record_is_one_with_the_prefix_of_its_number_and_without(desk, counts):
    desk.read(CONTACTS + ANN)
    bare = desk.read(CONTACTS + ANN.replace("zcrm_", ""), on="2026-11-11", name="b.csv")
    assert counts(bare) == (1, 0, 0, 1)
    keys = desk.table("zoho__contact")["record_key"].to_list()
    assert keys == [desk.hash("zoho|contact|5725767000000324001")]


@pytest.mark.parametrize("label", ["Deal Name", "Potential Name"])
def test_deals_were_called_potentials(desk, counts, label):
    assert counts(desk.read(DEALS.replace("Deal Name", label))) == (2, 2, 0, 0)


def test_leads_alone_are_refused(desk):
    assert desk.refuse(LEADS).startswith(
        ("Its columns are those of no known export", "It looks like zoho contact")
    )


def test_a_won_deal_is_a_purchase_of_the_only_contact_of_its_account(open_desk):
    desk = open_desk('[mapping.zoho]\nIndustry = "segment"\n')
    desk.put("Data_001.zip", BACKUP)
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    bought = build.query_people(
        "select segment, country, ordered_at, amount from purchase join customer using (customer_key)"
    ).rows()
    asked = build.query_people(
        "select segment, interaction.channel, resolved_at from interaction join customer using (customer_key)"
    ).rows()
    build.close()
    assert bought == [("Retail", "Switzerland", datetime(2026, 11, 2, 12), Decimal("1234.56"))]
    assert asked == [("Retail", "phone", datetime(2026, 11, 3, 7))]
