"""Golden rows of Dynamics 365's static worksheets, in workbooks as Dynamics writes them."""

import io
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from pipelines.publish import run_once
from pipelines.store import Store

ANN, BO = "0F8FAD5B-D9CB-469F-A165-70867728950E", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CONTACTS = [
    [
        "Full Name", "Email", "Company Name", "Business Phone", "Mobile Phone", "Status", "Created On",
        "Do not allow Bulk Emails", "Address 1: Country/Region", "Customer Type",
    ],
    [
        "Ann Example", "Ann@example.com", "Acme", "+41 44 668 18 00", "079 123 45 67", "Active",
        datetime(2026, 3, 2, 8, 30), "Allow", "Switzerland", "Wholesale",
    ],
    ["Bo Example", None, None, None, None, "Inactive", datetime(2026, 3, 3), "Do Not Allow", None, None],
]  # fmt: skip
CASES = [
    [
        "Case Title", "Case Number", "Priority", "Origin", "Customer", "Owner", "Status Reason", "Status", "Subject",
        "Created On", "Email (Customer) (Contact)",
    ],
    [
        "Where is it?", "CAS-01026-X1", "Normal", "Phone", "Ann Example", "Dana Agent", "Problem Solved", "Resolved",
        "Delivery", datetime(2026, 11, 2, 8), "ann@example.com",
    ],
    ["Broken", "CAS-01027-X1", "High", "Web", "Acme", "Dana Agent", "In Progress", "Active", None, None, None],
]  # fmt: skip
OPPORTUNITIES = [
    [
        "Topic", "Potential Customer", "Status", "Actual Revenue", "Actual Close Date", "Currency",
        "Email (Contact) (Contact)",
    ],
    ["Renewal", "Acme", "Won", 1234.56, date(2026, 11, 2), "Euro", "ann@example.com"],
    ["Other", "Acme", "Lost", 0, date(2026, 11, 3), "Euro", "ann@example.com"],
    ["Third", "Acme", "Open", None, None, "Euro", None],
]  # fmt: skip


def worksheet(entity: str, rows: list[list[object]], guids: tuple[str, ...] = (ANN, BO, ANN[::-1])) -> bytes:
    """A very hidden sheet first, then the view: three hidden columns and real dates."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "m/d/yyyy h:mm"}) as book:
        hidden = book.add_worksheet("hiddenSheet")
        sheet = book.add_worksheet(f"My Active {entity}s")
        hidden.write(0, 0, f"{entity.lower()}:a1b2c3&contactid=(Do Not Modify) {entity}")
        hidden.very_hidden()
        sheet.activate()
        sheet.set_first_sheet()
        kept = [f"(Do Not Modify) {entity}", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On"]
        sheet.write_row(0, 0, [*kept, *rows[0]])
        for number, row in enumerate(rows[1:], start=1):
            sheet.write_row(
                number, 0, [guids[number - 1], "r4nD0m==", datetime(2026, 11, 3, 9, 15, 30), *row]
            )
        sheet.set_column("A:C", None, None, {"hidden": True})
    return content.getvalue()


def test_the_sheet_that_is_seen_is_read_with_its_hidden_columns(open_desk, counts):
    desk = open_desk('[mapping.dynamics]\n"Customer Type" = "segment"\n')
    load = desk.read(worksheet("Contact", CONTACTS), name="My Active Contacts 11-3-2026 9-15-30 AM.xlsx")
    assert counts(load) == (2, 2, 0, 0)
    changed = datetime(2026, 11, 3, 8, 15, 30)
    assert desk.landed("dynamics__contact") == [
        {
            "line": 2, "country": "Switzerland", "segment": "Wholesale", "is_unsubscribed": False,
            "created_at": datetime(2026, 3, 2, 7, 30), "modified_at": changed,
        },
        {
            "line": 3, "country": None, "segment": None, "is_unsubscribed": True,
            "created_at": datetime(2026, 3, 2, 23), "modified_at": changed,
        },
    ]  # fmt: skip
    assert desk.tokens("dynamics__contact") == desk.keyed(
        (2, "dynamics_contact", ANN.lower()),
        (2, "email", "ann@example.com"),
        (2, "phone", "+41791234567"),
        (3, "dynamics_contact", BO),
    )


def test_the_usual_view_of_contacts_is_enough(desk, counts):
    usual = [row[:4] + row[5:6] for row in CONTACTS]
    assert counts(desk.read(worksheet("Contact", usual), name="a.xlsx")) == (2, 2, 0, 0)
    assert [row["created_at"] for row in desk.landed("dynamics__contact", "created_at")] == [None, None]


def test_a_contact_is_one_however_its_number_is_written(desk, counts):
    desk.read(worksheet("Contact", CONTACTS), name="a.xlsx")
    other = worksheet("Contact", CONTACTS, (ANN.lower(), f"{{{BO.upper()}}}"))
    assert counts(desk.read(other, on="2026-11-11", name="b.xlsx")) == (2, 0, 0, 2)


def test_cases_are_of_the_related_contact_and_one_without_a_date_is_set_aside(desk, counts):
    load = desk.read(worksheet("Case", CASES), name="a.xlsx")
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(3, "created_at", "missing")]
    assert desk.landed("dynamics__case") == [
        {
            "line": 2, "status": "Resolved", "channel": "Phone", "topic": "Delivery",
            "agent_key": desk.hash("dynamics|agent|Dana Agent"), "created_at": datetime(2026, 11, 2, 7),
            "modified_at": datetime(2026, 11, 3, 8, 15, 30),
        }
    ]  # fmt: skip
    assert desk.tokens("dynamics__case") == desk.keyed((2, "email", "ann@example.com"))


def test_opportunities_have_a_day_of_closing_and_an_exact_revenue(desk, counts):
    assert counts(desk.read(worksheet("Opportunity", OPPORTUNITIES), name="a.xlsx")) == (3, 3, 0, 0)
    assert desk.landed("dynamics__opportunity", "status", "amount", "currency", "closed_on") == [
        {"status": "Won", "amount": Decimal("1234.56"), "currency": "Euro", "closed_on": date(2026, 11, 2)},
        {"status": "Lost", "amount": Decimal(0), "currency": "Euro", "closed_on": date(2026, 11, 3)},
        {"status": "Open", "amount": None, "currency": "Euro", "closed_on": None},
    ]


def test_a_worksheet_without_the_hidden_number_says_so(desk):
    assert desk.refuse(worksheet("Person", CONTACTS), name="b.xlsx") == (
        "It looks like dynamics contact, but has no column '(Do Not Modify) Contact'. "
        "Export it again with that column."
    )


def test_a_won_opportunity_and_a_resolved_case_are_the_customer_s(open_desk):
    desk = open_desk('[mapping.dynamics]\n"Customer Type" = "segment"\n')
    desk.put("a.xlsx", worksheet("Contact", CONTACTS))
    desk.put("b.xlsx", worksheet("Case", CASES))
    desk.put("c.xlsx", worksheet("Opportunity", OPPORTUNITIES))
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    bought = build.query_people(
        "select segment, country, ordered_at, amount, currency from purchase join customer using (customer_key)"
    ).rows()
    asked = build.query_people(
        "select segment, interaction.channel, resolved_at from interaction join customer using (customer_key)"
    ).rows()
    build.close()
    assert bought == [("Wholesale", "Switzerland", datetime(2026, 11, 2, 12), Decimal("1234.56"), "EUR")]
    assert asked == [("Wholesale", "phone", datetime(2026, 11, 3, 8, 15, 30))]
