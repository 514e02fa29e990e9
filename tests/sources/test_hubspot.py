"""Golden rows of HubSpot's five exports, in English and German."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from pipelines.publish import run_once
from pipelines.store import Store

CONTACTS = """\
Record ID,First Name,Last Name,Email,Additional email addresses,Phone Number,Mobile Phone Number,\
Lifecycle Stage,Create Date,Last Modified Date,Country/Region,Unsubscribed from all email,Merged record IDs,\
GA4 client id,Customer number,Customer group,Care consent,Gentle until,Birthday
101,Ann,O'Neil, ANN@example.com ,ann.oneil@example.org; a.oneil@example.net,'+41 44 668 18 00,079 123 45 67,\
customer,2021-04-01 17:32,2026-05-02 09:15,Switzerland,false,90;91,GA1.1.1843720384.1714291234,000042,\
consumer,Yes,2026-12-24,1980-02-29
102,Bo,Åse,info@example.com,,044 668 18 00 x752,,lead,2026-03-29 02:30,,NO,true,,,,,,,
103,Cy,Li,cy@example.com,,,,lead,01/05/2026,,China,false,,,,,,,
"""
MAPPING = """
[mapping.hubspot]
"Customer number" = "customer_id"
"Customer group" = "segment"
"Care consent" = "has_care_consent"
"Gentle until" = "gentle_until_on"
"Birthday" = "birthday_on"
"""


def test_contacts_land_typed_in_utc_and_without_a_name(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(CONTACTS)
    assert counts(load) == (3, 2, 1, 0)
    assert desk.set_aside(load) == [(4, "created_at", "not_a_time_in_the_declared_format")]
    assert desk.landed("hubspot__contact") == [
        {
            "line": 2, "company_key": None, "created_at": datetime(2021, 4, 1, 15, 32),
            "modified_at": datetime(2026, 5, 2, 7, 15), "lifecycle_stage": "customer", "country": "Switzerland",
            "is_unsubscribed": False,
            "segment": "consumer", "has_care_consent": True, "gentle_until_on": date(2026, 12, 24),
            "birthday_on": date(1980, 2, 29),
        },
        {
            "line": 3, "company_key": None, "created_at": datetime(2026, 3, 29, 1, 30), "modified_at": None,
            "lifecycle_stage": "lead", "country": "NO", "is_unsubscribed": True,
            "segment": None, "has_care_consent": None, "gentle_until_on": None, "birthday_on": None,
        },
    ]  # fmt: skip


def test_every_identifier_of_a_contact_becomes_a_token_and_a_shared_mailbox_does_not(open_desk):
    desk = open_desk(MAPPING)
    desk.read(CONTACTS)
    assert desk.tokens("hubspot__contact") == desk.keyed(
        (2, "hubspot_contact", "101"),
        (2, "hubspot_contact", "90"),
        (2, "hubspot_contact", "91"),
        (2, "email", "ann@example.com"),
        (2, "email", "ann.oneil@example.org"),
        (2, "email", "a.oneil@example.net"),
        (2, "phone", "+41446681800"),
        (2, "phone", "+41791234567"),
        (2, "ga4_client_id", "1843720384.1714291234"),
        (2, "customer_id", "000042"),
        (3, "hubspot_contact", "102"),
        (3, "phone", "+41446681800"),
    )


def test_the_zone_of_the_account_comes_before_the_company_s(open_desk):
    desk = open_desk('[sources.hubspot]\ntime_zone = "America/New_York"\n')
    desk.read("Record ID,Email,Create Date\n1,ann@example.com,2026-07-01 12:00\n")
    assert desk.landed("hubspot__contact", "created_at") == [{"created_at": datetime(2026, 7, 1, 16)}]


def test_an_older_account_calls_the_number_of_a_contact_contact_id(desk):
    desk.read("Contact ID,Email,Create Date\n00017,ann@example.com,2026-07-01 12:00\n")
    assert desk.tokens("hubspot__contact") == desk.keyed(
        (2, "hubspot_contact", "00017"), (2, "email", "ann@example.com")
    )


@pytest.mark.parametrize("header", ["Record ID", "Deal ID"])
def test_a_deal_belongs_to_its_first_contact_and_amounts_are_exact(desk, counts, header):
    load = desk.read(
        f"{header},Deal Name,Deal Stage,Is Closed Won,Amount,Currency,Create Date,Close Date,Associated Contact IDs\n"
        "9001,Ann renews,closedwon,true,1200.5,EUR,2026-10-25 02:30,2026-10-26 00:15,101;102\n"
        "9002,Bo,open,false,,CHF,2026-10-25 03:30,,\n"
        '9003,Cy,open,false,"1.200,50",CHF,2026-10-25 03:30,,103\n'
    )
    assert counts(load) == (3, 2, 1, 0)
    assert desk.set_aside(load) == [(4, "amount", "not_a_number")]
    assert desk.landed("hubspot__deal") == [
        {
            "line": 2, "stage": "closedwon", "is_won": True, "amount": Decimal("1200.5"), "currency": "EUR",
            "created_at": datetime(2026, 10, 25, 0, 30), "closed_at": datetime(2026, 10, 25, 23, 15),
        },
        {
            "line": 3, "stage": "open", "is_won": False, "amount": None, "currency": "CHF",
            "created_at": datetime(2026, 10, 25, 2, 30), "closed_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("hubspot__deal") == desk.keyed((2, "hubspot_contact", "101"))


@pytest.mark.parametrize("header", ["Record ID", "Ticket ID"])
def test_a_ticket_keeps_durations_beyond_a_day_and_its_agent_as_a_key(desk, counts, header):
    load = desk.read(
        f"{header},Ticket name,Ticket status,Source,Category,Create date,Close date,"
        "Time to first agent email reply (HH:mm:ss),Ticket owner,Associated Contact IDs\n"
        '5,"Late, again",Closed,CHAT,Delivery,2026-11-02 08:00,2026-11-04 10:30,50:30:05,Dana Agent,102;101\n'
        "6,Broken,New,EMAIL,,2026-11-02 08:00,,00:61:00,,\n"
        "7,No date,New,EMAIL,,,,,,\n"
    )
    assert counts(load) == (3, 1, 2, 0)
    assert desk.set_aside(load) == [
        (3, "first_reply_seconds", "not_hours_minutes_seconds"),
        (4, "created_at", "missing"),
    ]
    assert desk.landed("hubspot__ticket") == [
        {
            "line": 2, "status": "Closed", "channel": "CHAT", "topic": "Delivery",
            "created_at": datetime(2026, 11, 2, 7), "closed_at": datetime(2026, 11, 4, 9, 30),
            "first_reply_seconds": 181_805, "agent_key": desk.hash("hubspot|agent|Dana Agent"),
        }
    ]  # fmt: skip
    assert desk.tokens("hubspot__ticket") == desk.keyed((2, "hubspot_contact", "102"))


@pytest.mark.parametrize("header", ["Response ID", "Record ID", "Feedback Submission ID"])
def test_feedback_keeps_the_type_of_survey_that_its_scale_depends_on(desk, counts, header):
    load = desk.read(
        f"{header},Survey Type,Rating,Response,Submission Date,Survey Channel,Contact ID,Contact email\n"
        '1,NPS,9,"Great,\nthanks",2026-11-02 08:00,EMAIL,101,Ann@Example.com\n'
        "2,CSAT,2,,2026-11-02 08:00:30,CHAT,,\n"
        "3,CSAT,,,2026-11-02 08:00,CHAT,,\n"
        "4,,2,,2026-11-02 08:00,CHAT,,\n"
        "5,CES,seven,,2026-11-02 08:00,CHAT,,\n"
    )
    assert counts(load) == (5, 2, 3, 0)
    assert desk.set_aside(load) == [
        (5, "rating", "missing"),
        (6, "survey_type", "missing"),
        (7, "rating", "not_a_number"),
    ]
    assert desk.landed("hubspot__feedback") == [
        {
            "line": 2, "survey_type": "NPS", "rating": Decimal(9),
            "answered_at": datetime(2026, 11, 2, 7), "channel": "EMAIL",
        },
        {
            "line": 4, "survey_type": "CSAT", "rating": Decimal(2),
            "answered_at": datetime(2026, 11, 2, 7, 0, 30), "channel": "CHAT",
        },
    ]  # fmt: skip
    assert desk.tokens("hubspot__feedback") == desk.keyed(
        (2, "hubspot_contact", "101"), (2, "email", "ann@example.com")
    )


@pytest.mark.parametrize(
    ("survey", "rating", "is_on_it"),
    [
        *(("NPS", "0", True), ("nps", "10", True), ("NPS", "11", False), ("NPS", "77", False)),
        *(
            ("CES", "1", True),
            ("CES", "0", False),
            ("CSAT", "2", True),
            ("CSAT", "3", False),
            ("CUSTOM", "77", True),
        ),
    ],
)
def test_a_rating_off_the_scale_of_its_survey_is_set_aside(desk, survey, rating, is_on_it):
    load = desk.read(
        f"Response ID,Survey Type,Rating,Submission Date\n9,{survey},{rating},2026-11-02 08:00\n",
    )
    assert desk.set_aside(load) == ([] if is_on_it else [(2, "rating", "outside_the_scale")])
    assert load.rows_loaded == int(is_on_it)


def test_a_contact_without_a_number_of_its_own_is_set_aside(desk, counts):
    load = desk.read("Record ID,Email,Create Date\n,ann@example.com,2026-07-01 12:00\n")
    assert counts(load) == (1, 0, 1, 0)
    assert desk.set_aside(load) == [(2, "contact_id", "missing")]


COMPANIES = """\
"Record ID","Company name","Company Domain Name","Company owner","Create Date","Phone Number","Last Activity Date",\
"City","Country/Region","Industry","Associated Contact IDs"
"5001","Acme Ltd","acme.example.com","Dana Agent","2021-04-01 17:32","+41 44 668 18 00","","Bern","Switzerland",\
"RETAIL","101;102"
"5002","Nobody & Sons","","","2021-04-01 17:32","","","","","",""
"""


def test_companies_land_by_country_and_mapped_group_and_without_a_name(open_desk, counts):
    desk = open_desk('[mapping.hubspot]\n"Industry" = "segment"\n')
    assert counts(desk.read(COMPANIES)) == (2, 2, 0, 0)
    assert desk.landed("hubspot__company") == [
        {
            "line": 2, "country": "Switzerland", "segment": "RETAIL", "created_at": datetime(2021, 4, 1, 15, 32),
            "modified_at": None,
        },
        {"line": 3, "country": None, "segment": None, "created_at": datetime(2021, 4, 1, 15, 32), "modified_at": None},
    ]  # fmt: skip
    assert desk.tokens("hubspot__company") == set()


@pytest.mark.parametrize("label", ["Associated Company IDs", "Primary Associated Company ID"])
def test_a_contact_belongs_to_its_first_company(desk, label):
    desk.read(COMPANIES)
    desk.read(
        f"Record ID,Email,Create Date,{label}\n101,a@example.com,2021-04-01 17:32,5001;5002\n", name="b.csv"
    )
    (company,) = desk.table("hubspot__company").filter(line=2)["record_key"]
    assert desk.landed("hubspot__contact", "company_key") == [{"company_key": company}]


GERMAN = """
[mapping.hubspot]
"E-Mail" = "email"
"Vorname" = "first_name"
"Nachname" = "last_name"
"Telefonnummer" = "phone"
"Erstellungsdatum" = "created_at"
"Land/Region" = "country"
"Dealname" = "name"
"Deal-Phase" = "stage"
"Betrag" = "amount"
"Abschlussdatum" = "closed_at"
"Ist gewonnen" = "is_won"
"Zugeordnete Kontakt-IDs" = "contact_id"
"""


def test_an_account_in_german_is_read_by_its_mapping(open_desk, counts):
    desk = open_desk(GERMAN)
    contacts = desk.read(
        "Datensatz-ID;Vorname;Nachname;E-Mail;Telefonnummer;Erstellungsdatum;Land/Region\n"
        "101;Änne;Müller;aenne@example.com;044 668 18 00;2026-04-01 17:32;Österreich\n".encode("cp1252")
    )
    deals = desk.read(
        "Datensatz-ID;Dealname;Deal-Phase;Betrag;Abschlussdatum;Ist gewonnen;Zugeordnete Kontakt-IDs\n"
        "9001;Änne verlängert;Abgeschlossen und gewonnen;1.200,50;2026-10-26 00:15;true;101\n",
        name="b.csv",
    )
    assert [counts(load) for load in (contacts, deals)] == [(1, 1, 0, 0)] * 2
    assert contacts.encoding == "cp1252"
    assert desk.landed("hubspot__contact", "created_at", "country") == [
        {"created_at": datetime(2026, 4, 1, 15, 32), "country": "Österreich"}
    ]
    assert desk.tokens("hubspot__contact") == desk.keyed(
        (2, "hubspot_contact", "101"), (2, "email", "aenne@example.com"), (2, "phone", "+41446681800")
    )
    assert desk.landed("hubspot__deal", "is_won", "amount", "closed_at") == [
        {"is_won": True, "amount": Decimal("1200.5"), "closed_at": datetime(2026, 10, 25, 23, 15)}
    ]
    assert desk.tokens("hubspot__deal") == desk.keyed((2, "hubspot_contact", "101"))


def test_a_customer_is_of_the_country_and_group_of_her_company(open_desk):
    desk = open_desk('[mapping.hubspot]\n"Industry" = "segment"\n')
    desk.put("a.csv", COMPANIES)
    desk.put(
        "b.csv",
        "Record ID,Email,Create Date,Associated Company IDs\n101,a@example.com,2021-04-01 17:32,5001;5002\n",
    )
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    found = build.query_people("select country, segment from customer").rows()
    build.close()
    assert found == [("Switzerland", "RETAIL")]


def test_one_label_may_mean_two_things_in_two_objects_and_their_dates_may_be_written_in_two_ways(
    open_desk, counts
):
    desk = open_desk(
        "[sources.hubspot]\n"
        'date_format = {contact = "%d/%m/%Y", deal = ["%m/%d/%Y", "%m/%d/%Y %I:%M %p"]}\n'
        '[mapping.hubspot]\n"Type" = "segment"\n[mapping.hubspot.deal]\n"Type" = "stage"\n'
    )
    contacts = desk.read("Record ID,Email,Create Date,Type\n101,a@example.com,05/04/2026,Gold\n")
    deals = desk.read(
        "Record ID,Deal Name,Type,Create Date,Close Date\n"
        "9001,Renewal,Closed Won,05/04/2026,05/06/2026 8:15 PM\n",
        name="b.csv",
    )
    assert [counts(load) for load in (contacts, deals)] == [(1, 1, 0, 0)] * 2
    assert desk.landed("hubspot__contact", "segment", "created_at") == [
        {"segment": "Gold", "created_at": datetime(2026, 4, 4, 22)}
    ]
    assert desk.landed("hubspot__deal", "stage", "created_at", "closed_at") == [
        {
            "stage": "Closed Won",
            "created_at": datetime(2026, 5, 3, 22),
            "closed_at": datetime(2026, 5, 6, 18, 15),
        }
    ]


def test_of_two_columns_for_one_of_ours_the_object_s_own_counts(open_desk):
    desk = open_desk('[mapping.hubspot]\n"Old" = "segment"\n[mapping.hubspot.contact]\n"New" = "segment"\n')
    desk.read("Record ID,Email,Create Date,Old,New\n101,a@example.com,2026-04-05,Silver,Gold\n")
    assert desk.landed("hubspot__contact", "segment") == [{"segment": "Gold"}]
