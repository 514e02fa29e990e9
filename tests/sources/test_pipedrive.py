"""Golden rows of Pipedrive's persons, organizations and deals, as CSV and Excel, in English and in Czech."""

import io
from datetime import datetime
from decimal import Decimal

import pytest
import xlsxwriter

from pipelines.publish import run_once
from pipelines.store import Store

PERSONS = """\
Person - Name,Person - First name,Person - Last name,Person - Organization,Person - Phone - Work,\
Person - Phone - Mobile,Person - Email - Work,Person - Email - Home,Person - Email - Other,\
Person - Person created,Person - Update time,Person - Marketing status,Person - ID,Organization - ID
Ann Example,Ann,Example,Acme,"+41446681800, +41446681801",,"ANN@example.com, a.example@example.org",,\
ann@example.net,2026-03-02 08:00:00,2026-11-01 09:15:00,Subscribed,101,7
Bo Example,Bo,Example,,,079 123 45 67,,,,2026-03-03 08:00:00,,No consent,102,
"""
ORGANIZATIONS = """\
Organization - Name,Organization - Label,Organization - Country of Address,Organization - Organization created,\
Organization - ID
Acme,Wholesale,Switzerland,2026-01-01 08:00:00,7
"""
DEALS = [
    [
        "Deal - Title", "Deal - Value", "Deal - Currency of Value", "Deal - Status", "Deal - Won time",
        "Deal - Deal created", "Deal - Update time", "Deal - ID", "Person - ID", "Person - Name",
        "Person - Email - Work", "Organization - Name",
    ],
    [
        "Renewal", 1234.56, "EUR", "Won", datetime(2026, 11, 2, 9, 30), datetime(2026, 10, 1, 8), 46327.5, 9001, 101,
        "Ann Example", "ann@example.com", "Acme",
    ],
    ["Other", None, "EUR", "Open", None, datetime(2026, 10, 2, 8), None, 9002, None, "Cy", "cy@example.com", None],
]  # fmt: skip
CZECH = """
[mapping.pipedrive]
"Obchod - ID" = "deal_id"
"Obchod - Název" = "title"
"Obchod - Hodnota" = "amount"
"Obchod - Měna hodnoty" = "currency"
"Obchod - Stav" = "status"
"Obchod - Datum výhry" = "won_at"
"Osoba - ID" = "person_id"
"Osoba - Jméno a příjmení" = "full_name"
"Osoba - E-mail - Práce" = "email"
"Osoba - Telefon - Mobil" = "mobile_phone"
"Osoba - Vytvořeno" = "created_at"
"Osoba - Štítek" = "segment"
"""


def workbook(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("deals")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def test_persons_land_without_a_name_and_every_address_of_a_cell_is_a_token(desk, counts):
    assert counts(desk.read(PERSONS)) == (2, 2, 0, 0)
    assert desk.landed("pipedrive__contact") == [
        {
            "line": 2, "organization_key": desk.hash("pipedrive|organization|7"), "is_unsubscribed": False,
            "created_at": datetime(2026, 3, 2, 7), "modified_at": datetime(2026, 11, 1, 8, 15),
        },
        {
            "line": 3, "organization_key": None, "is_unsubscribed": True, "created_at": datetime(2026, 3, 3, 7),
            "modified_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("pipedrive__contact") == desk.keyed(
        (2, "pipedrive_person", "101"),
        (2, "email", "ann@example.com"),
        (2, "email", "a.example@example.org"),
        (2, "email", "ann@example.net"),
        (2, "phone", "+41446681800"),
        (2, "phone", "+41446681801"),
        (3, "pipedrive_person", "102"),
        (3, "phone", "+41791234567"),
    )


def test_a_workbook_of_deals_has_dates_and_days_that_it_counted(desk, counts):
    load = desk.read(workbook(DEALS), name="deals-123-1.xlsx")
    assert counts(load) == (2, 2, 0, 0)
    assert desk.landed("pipedrive__deal") == [
        {
            "line": 2, "amount": Decimal("1234.56"), "currency": "EUR", "status": "Won",
            "won_at": datetime(2026, 11, 2, 8, 30), "created_at": datetime(2026, 10, 1, 6),
            "modified_at": datetime(2026, 11, 1, 11),
        },
        {
            "line": 3, "amount": None, "currency": "EUR", "status": "Open", "won_at": None,
            "created_at": datetime(2026, 10, 2, 6), "modified_at": None,
        },
    ]  # fmt: skip
    assert desk.tokens("pipedrive__deal") == desk.keyed(
        (2, "pipedrive_person", "101"), (2, "email", "ann@example.com"), (3, "email", "cy@example.com")
    )


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("120 000", "120000"), ('"1 234,56"', "1234.56"), ("1\u00a0234.56", "1234.56"),
        ('"1\u202f234\u202f567,8"', "1234567.8"), ("1234.5", "1234.5"),
    ],
)  # fmt: skip
def test_gaps_between_thousands_are_none_in_the_amount(desk, written, amount):
    header = "Deal - ID,Deal - Title,Deal - Value,Deal - Status,Deal - Won time\n"
    desk.read(f"{header}1,Renewal,{written},Won,2026-11-02 09:30:00\n")
    assert desk.landed("pipedrive__deal", "amount") == [{"amount": Decimal(amount)}]


def test_an_export_in_czech_is_read_by_its_mapping(open_desk, counts):
    desk = open_desk(CZECH)
    persons = desk.read(
        "Osoba - ID;Osoba - Jméno a příjmení;Osoba - E-mail - Práce;Osoba - Telefon - Mobil;Osoba - Vytvořeno;"
        "Osoba - Štítek\n"
        "101;Žofie Příkladová;zofie@example.com, z@example.org;+420 601 123 456;2026-03-02 08:00:00;Firma\n"
    )
    deals = desk.read(
        "Obchod - ID;Obchod - Název;Obchod - Hodnota;Obchod - Měna hodnoty;Obchod - Stav;Obchod - Datum výhry;"
        "Osoba - ID;Osoba - E-mail - Práce\n"
        "9001;Obnova;120 000,50;CZK;Vyhráno;2026-11-02 09:30:00;101;zofie@example.com\n",
        name="b.csv",
    )
    assert [(load.object, counts(load)) for load in (persons, deals)] == [
        ("contact", (1, 1, 0, 0)),
        ("deal", (1, 1, 0, 0)),
    ]
    assert desk.landed("pipedrive__contact", "segment", "created_at") == [
        {"segment": "Firma", "created_at": datetime(2026, 3, 2, 7)}
    ]
    assert desk.tokens("pipedrive__contact") == desk.keyed(
        (2, "pipedrive_person", "101"),
        (2, "email", "zofie@example.com"),
        (2, "email", "z@example.org"),
        (2, "phone", "+420601123456"),
    )
    assert desk.landed("pipedrive__deal", "amount", "currency", "status", "won_at") == [
        {
            "amount": Decimal("120000.5"), "currency": "CZK", "status": "Vyhráno",
            "won_at": datetime(2026, 11, 2, 8, 30),
        }
    ]  # fmt: skip
    assert desk.tokens("pipedrive__deal") == desk.keyed(
        (2, "pipedrive_person", "101"), (2, "email", "zofie@example.com")
    )


def test_persons_without_their_numbers_are_refused_with_what_to_add(desk):
    assert desk.refuse(PERSONS.replace("Person - ID", "Person - Label")) == (
        "It looks like pipedrive contact, but has no column 'Person - ID'. Export it again with that column."
    )


def test_a_list_of_deals_with_all_of_their_persons_is_of_deals(desk):
    header = PERSONS.splitlines()[0]
    deals = "Deal - ID,Deal - Title,Deal - Value,Deal - Status,Deal - Won time"
    assert desk.read(f"{header},{deals}\n").object == "deal"
    assert desk.read(f"{header},Organization - Name\n", name="b.csv").object == "contact"


def test_a_won_deal_is_a_purchase_of_a_customer_of_the_group_of_her_organization(open_desk):
    desk = open_desk('[mapping.pipedrive]\n"Organization - Label" = "segment"\n')
    desk.put("persons.csv", PERSONS)
    desk.put("organizations.csv", ORGANIZATIONS)
    desk.put("deals.xlsx", workbook(DEALS))
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    found = build.query_people(
        "select segment, country, ordered_at, amount from purchase join customer using (customer_key)"
    ).rows()
    build.close()
    assert found == [("Wholesale", "Switzerland", datetime(2026, 11, 2, 8, 30), Decimal("1234.56"))]


def test_labels_that_were_seen_in_german_french_and_spanish_exports_need_no_mapping(open_desk, counts):
    desk = open_desk('[mapping.pipedrive]\n"Affaire - Heure de gain" = "won_at"\n')
    deals = {
        "de": "Deal - ID;Deal - Titel;Deal - Wert;Deal - Status;Deal - Datum des gewonnenen Deals;Person - ID",
        "fr": "Affaire - ID;Affaire - Titre;Affaire - Valeur;Affaire - Statut;Affaire - Heure de gain;Personne - ID",
    }
    for number, (language, header) in enumerate(deals.items()):
        row = f"{number};Renewal;20,50;won;2026-05-01 08:00:00;7\n"
        assert counts(desk.read(f"{header}\n{row}", name=f"{language}.csv")) == (1, 1, 0, 0)
    assert desk.landed("pipedrive__deal", "amount") == [{"amount": Decimal("20.5")}] * 2
    person = "Persona - ID;Persona - Nombre;Persona - Correo electrónico - Trabajo;Person - Person created\n"
    desk.read(person + "7;Ann Example;ann@example.com;2026-05-01 08:00:00\n", name="es.csv")
    assert desk.tokens("pipedrive__contact") == desk.keyed(
        (2, "pipedrive_person", "7"), (2, "email", "ann@example.com")
    )
