"""Golden rows of Salesforce's reports, and the same records in the weekly export."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from pipelines.publish import run_once
from pipelines.sources.salesforce import in_eighteen
from pipelines.store import Store

FOOTER = """\


"Grand Totals (2 records)"

"Confidential Information - Do Not Distribute"
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"""
CONTACTS = """\
"First Name","Last Name","Account Name","Email","Mobile","Email Opt Out","Created Date","Last Modified Date",\
"Contact ID","Account ID"
"Ann","Example","Acme","ann@example.com","+41 79 123 45 67","0","5/11/2023","2/7/2026","0035000000UMUl0",\
"0015000000UMUl0"
"Bo","Example","Acme","bo@example.com","","1","12/31/2023","","0035000000UMUL0","0015000000UMUL0"
"""
CASES = """\
Case Number;Case ID;Contact ID;Status;Case Origin;Case Reason;Subject;Date/Time Opened;Date/Time Closed;Web Email
00001026;5005000000UMUl0;0035000000UMUl0;Closed;Phone;Delivery;Where is it?;{opened};{closed};
00001027;5005000000UMUL0;000000000000000;New;Web;;;{opened};;web.user@example.com
"""
OPPORTUNITIES = """\
Opportunity Name;Account Name;Stage;Won;Amount Currency;Amount;Close Date;Opportunity ID;Account ID;Contact ID
Renewal;Acme;Closed Won;1;EUR;9.225,22;11.05.2023;0065000000UMUl0;0015000000UMUl0;0035000000UMUl0
Other;Acme;Prospecting;0;EUR;1.000,00;12.05.2023;0065000000UMUL0;0015000000UMUl0;
"""


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
        ("001x0000002xLCV", "001x0000002xLCVAA2"),
        ("006x0000001YtCr", "006x0000001YtCrAAK"),
        ("003zzzzzzzzzzzz", "003zzzzzzzzzzzzAAA"),
        ("ZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZ555"),
        ("001A0000006Vm9rIAC", "001A0000006Vm9rIAC"),
        ("12345", "12345"),
        (None, None),
    ],
)
def test_fifteen_letters_of_an_identifier_tell_the_other_three(short, long):
    told = in_eighteen(pl.DataFrame({"record_id": [short, "0015000000UMUL0"]}))
    assert told["record_id"].to_list() == [long, "0015000000UMUL0AAP"]


def test_people_whose_numbers_differ_by_case_only_are_two_and_the_footer_is_nobody(open_desk, counts):
    desk = open_desk('[sources.salesforce]\ntime_zone = "America/New_York"\n')
    assert counts(desk.read(CONTACTS + FOOTER)) == (2, 2, 0, 0)
    assert desk.landed("salesforce__contact") == [
        {
            "line": 2, "account_key": desk.hash("salesforce|account|0015000000UMUl0AAH"), "is_unsubscribed": False,
            "is_deleted": False, "created_at": datetime(2023, 5, 11, 4), "modified_at": datetime(2026, 2, 7, 5),
        },
        {
            "line": 3, "account_key": desk.hash("salesforce|account|0015000000UMUL0AAP"), "is_unsubscribed": True,
            "is_deleted": False, "created_at": datetime(2023, 12, 31, 5), "modified_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("salesforce__contact") == desk.keyed(
        (2, "salesforce_contact", "0035000000UMUl0AAH"),
        (2, "email", "ann@example.com"),
        (2, "phone", "+41791234567"),
        (3, "salesforce_contact", "0035000000UMUL0AAP"),
        (3, "email", "bo@example.com"),
    )


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("2/17/2026 8:47 PM", "2/18/2026 12:05 AM"),
        ("2/17/2026, 8:47\u202fPM", "2/18/2026, 12:05\u202fAM"),
        ("17/02/2026 20:47", "18/02/2026 00:05"),
        ("17.02.2026 20:47", "18.02.2026 00:05"),
        ("7.02.2026, 20:47", "8.2.2026, 00:05"),
        ("17-2-2026 20:47", "18-2-2026 0:05"),
        ("2026-02-17 20:47", "2026-02-18 00:05"),
    ],
)
def test_a_user_s_locale_says_how_times_are_written(desk, counts, opened, closed):
    load = desk.read(CASES.format(opened=opened, closed=closed) + FOOTER)
    assert counts(load) == (2, 2, 0, 0)
    day = 7 if opened.startswith("7.") else 17
    about = {"is_deleted": False, "modified_at": None, "created_at": datetime(2026, 2, day, 19, 47)}
    assert desk.landed("salesforce__case") == [
        {
            "line": 2, "status": "Closed", "channel": "Phone", "topic": "Delivery", "agent_key": None,
            "closed_at": datetime(2026, 2, day, 23, 5), **about,
        },
        {
            "line": 3, "status": "New", "channel": "Web", "topic": None, "agent_key": None, "closed_at": None,
            **about,
        },
    ]  # fmt: skip
    assert desk.tokens("salesforce__case") == desk.keyed(
        (2, "salesforce_contact", "0035000000UMUl0AAH"), (3, "email", "web.user@example.com")
    )


def test_days_that_could_be_months_are_refused_until_the_order_is_declared(open_desk):
    rows = CONTACTS.replace("12/31/2023", "12/11/2023")
    assert open_desk().refuse(rows) == (
        "Its dates can be read either with the day or the month first. Declare the order, such as "
        'date_format = "%d/%m/%Y", in [sources.salesforce].'
    )
    desk = open_desk('[sources.salesforce]\ndate_format = "%d/%m/%Y"\n')
    desk.read(rows)
    (ann, _) = desk.landed("salesforce__contact", "created_at")
    assert ann == {"created_at": datetime(2023, 11, 4, 23)}


def test_an_amount_may_have_a_decimal_comma_and_a_title_is_no_row(desk, counts):
    footer = "\n\nMy opportunities\n" + FOOTER.replace('"Grand Totals (2 records)"\n', "")
    assert counts(desk.read(OPPORTUNITIES + footer)) == (2, 2, 0, 0)
    assert desk.landed("salesforce__opportunity", "is_won", "amount", "currency", "closed_on") == [
        {"is_won": True, "amount": Decimal("9225.22"), "currency": "EUR", "closed_on": date(2023, 5, 11)},
        {"is_won": False, "amount": Decimal(1000), "currency": "EUR", "closed_on": date(2023, 5, 12)},
    ]


def test_one_cell_that_no_empty_line_parts_from_the_rows_is_a_row_that_is_not_whole(desk, counts):
    load = desk.read(OPPORTUNITIES + "Renewal\n" + FOOTER)
    assert counts(load) == (3, 2, 1, 0)
    assert desk.set_aside(load) == [(4, "", "wrong_number_of_cells")]


OPENED = {"opened": "17/02/2026 20:47", "closed": "18/02/2026 00:05"}


@pytest.mark.parametrize(
    ("report", "through"),
    [
        (CONTACTS, datetime(2026, 2, 6, 23)),
        (CONTACTS.replace("Last Modified Date", "Last Activity"), datetime(2023, 12, 30, 23)),
        (CASES.format(**OPENED), datetime(2026, 2, 17, 23, 5)),
        (CASES.format(**OPENED | {"closed": ""}), datetime(2026, 2, 17, 19, 47)),
        (OPPORTUNITIES, datetime(2023, 5, 10, 22)),
    ],
)
def test_a_report_reaches_as_far_as_the_newest_day_that_one_of_its_records_tells(desk, report, through):
    assert desk.read(report + FOOTER).data_through_at == through


def test_accounts_are_those_of_a_report_that_names_nothing_else(desk):
    accounts = "Account ID,Account Name,Billing Country,Last Modified Date\n0015000000UMUl0,Acme,Germany,2026-02-17\n"
    assert desk.read(accounts).object == "account"
    contacts = "Account ID,Account Name,Billing Country,Contact ID,Last Name,Email,Created Date\n"
    assert desk.read(contacts, name="b.csv").object == "contact"
    roles = "Opportunity ID,Account ID,Stage,Won,Amount,Close Date,Contact ID,Last Name,Email,Created Date\n"
    assert desk.read(roles, name="c.csv").object == "opportunity"


def test_cases_without_a_column_of_closing_are_not_taken_for_open(desk):
    report = CASES.replace("Date/Time Closed", "Age").format(opened="2026-02-17 20:47", closed="")
    assert desk.refuse(report) == (
        "It looks like salesforce case, but has no column 'Date/Time Closed'. Export it again with that column."
    )


def test_a_record_is_one_whether_the_weekly_export_or_a_report_tells_of_it(desk):
    desk.put(
        "Contact.csv",
        "Id,IsDeleted,MasterRecordId,AccountId,LastName,Email,HasOptedOutOfEmail,CreatedDate,SystemModstamp\n"
        "0035000000UMUl0AAH,0,,0015000000UMUl0AAH,Example,ann@example.com,0,2023-05-11 08:00:00,2026-02-01 08:00:00\n",
    )
    weekly = (
        "Id,IsDeleted,ContactId,Status,Origin,ClosedDate,CaseNumber,CreatedDate,SystemModstamp\n"
        "5005000000UMUl0AAH,0,0035000000UMUl0AAH,New,Email,,00001026,2026-02-17 19:47:00,2026-02-17 19:47:00\n"
    )
    desk.put("Case.csv", weekly)
    desk.put("cases.csv", CASES.format(opened="17/02/2026 20:47", closed="18/02/2026 00:05"), on="2026-11-11")
    desk.put("won.csv", OPPORTUNITIES, on="2026-11-11")
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    cases = build.query_people(
        "select channel, opened_at, resolved_at, customer_key is not null from interaction order by channel"
    ).rows()
    bought = build.query_people("select ordered_at, amount, customer_key is not null from purchase").rows()
    build.close()
    opened = datetime(2026, 2, 17, 19, 47)
    assert cases == [("phone", opened, datetime(2026, 2, 17, 23, 5), True), ("web", opened, None, True)]
    assert bought == [(datetime(2023, 5, 11, 12), Decimal("9225.22"), True)]
