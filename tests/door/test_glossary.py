"""What an unknown file most likely is, and the lines that make it readable; never a word of what it holds."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.door.dimensions import OWN_SOURCES
from pipelines.door.glossary import TERMS, plain, terms_of, terms_of_column
from pipelines.door.profile import Profile, first_row
from pipelines.door.proposal import Proposal, may_be_data, proposals
from pipelines.door.recognise import check_mapping, recognise
from pipelines.door.text import decode
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles

GERMAN_CONTACTS = (
    "Kontakt-ID;Vorname;Nachname;E-Mail-Adresse;Telefonnummer;Erstellt am;Zuletzt geändert am;Kundengruppe;"
    "Umsatzpotenzial\n"
    "17;Ann;Example;ann@example.com;079 123 45 67;2026-05-01 08:00;2026-05-02 08:00;Gold;hoch\n"
)
FRENCH_TICKETS = (
    "Identifiant,Demandeur,Identifiant du demandeur,E-mail du demandeur,Objet,Statut,Priorité,Canal,Créé à,"
    "Mis à jour à,Résolu à,Score de satisfaction\n"
    "17,Ann Example,7,ann@example.com,Où est mon colis,open,-,email,2026-05-01 08:00,2026-05-02 08:00,,Good\n"
)
SPANISH_ORDERS = (
    "ID de pedido,Número de pedido,Correo electrónico,Estado del pago,Moneda,Total,Fecha de creación,"
    "Importe reembolsado\n"
    "17,#1017,ann@example.com,paid,EUR,20.00,2026-05-01 08:00:00 +0200,0.00\n"
)
VENDORS = [
    profile
    for profile in all_profiles()
    if profile.layout == "csv" and profile.header is first_row and profile.source not in OWN_SOURCES
]


def proposed(content: str | bytes, folder: Path, more: str = "") -> Proposal:
    """The one proposal for a file, with these settings."""
    file = folder / "a.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    ((_, found),) = proposals([file], all_profiles(), with_settings(folder, more))
    return found


def with_settings(folder: Path, more: str) -> Settings:
    config = folder / "careful.toml"
    config.write_text(f'[company]\nname = "Acme"\n{more}', encoding="utf-8")
    return load_settings(config)


def pasted(proposal: Proposal) -> str:
    return f"[mapping.{proposal.table}]\n{proposal.lines()}"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_german_hubspot_contacts_are_recognised_and_their_lines_told(tmp_path, encoding):
    found = proposed(GERMAN_CONTACTS.encode(encoding), tmp_path)
    assert (found.source, found.object, found.missing, found.rivals) == ("hubspot", "contact", (), ())
    assert dict(found.mapping).items() >= {
        "Kontakt-ID": "contact_id",
        "E-Mail-Adresse": "email",
        "Erstellt am": "created_at",
        "Zuletzt geändert am": "modified_at",
        "Kundengruppe": "segment",
    }.items()  # fmt: skip
    assert found.unplaced == ("Umsatzpotenzial",)


def test_french_zendesk_tickets_are_recognised_and_their_lines_told(tmp_path):
    found = proposed(FRENCH_TICKETS, tmp_path)
    assert (found.source, found.object, found.missing, found.rivals) == ("zendesk", "ticket", (), ())
    assert (
        dict(found.mapping).items()
        >= {
            "Identifiant": "ticket_id",
            "Identifiant du demandeur": "requester_id",
            "Statut": "status",
            "Créé à": "created_at",
        }.items()
    )
    assert found.unplaced == ("Priorité",)


def test_spanish_orders_are_recognised_and_their_lines_told(tmp_path):
    found = proposed(SPANISH_ORDERS, tmp_path)
    assert (found.source, found.object, found.missing, found.rivals) == ("shopify", "order", (), ())
    assert found.mapping == {
        "ID de pedido": "order_id",
        "Número de pedido": "order_name",
        "Correo electrónico": "email",
        "Estado del pago": "financial_status",
        "Moneda": "currency",
        "Fecha de creación": "created_at",
        "Importe reembolsado": "refunded_amount",
    }


@pytest.mark.parametrize("content", [GERMAN_CONTACTS, SPANISH_ORDERS])
def test_with_the_lines_pasted_the_file_lands(open_desk, tmp_path, content):
    desk = open_desk(pasted(proposed(content, tmp_path)))
    assert desk.read(content).rows_loaded == 1


def test_what_the_export_needs_and_the_file_lacks_is_told_by_the_vendor_s_label(tmp_path):
    found = proposed(SPANISH_ORDERS.replace("Total", "Suma"), tmp_path)
    assert (found.source, found.missing) == ("shopify", ("Total",))
    assert not found.is_enough
    assert 'Still missing, so export it again with: "Total".' in found.in_words()
    assert "Nothing is missing" not in found.in_words()


@pytest.mark.parametrize(
    ("header", "export", "mapped"),
    [
        (
            "Record ID;First Name;E-Mail;Erstellungsdatum;Land/Region\n",
            ("hubspot", "contact"),
            {"E-Mail": "email", "Erstellungsdatum": "created_at", "Land/Region": "country"},
        ),
        (
            "ID de fiche d\u2019informations,Nom de la transaction,Étape,Montant,Date de clôture\n",
            ("hubspot", "deal"),
            {
                "Nom de la transaction": "name",
                "Étape": "stage",
                "Montant": "amount",
                "Date de clôture": "closed_at",
            },
        ),
        (
            "(Nicht ändern) Kontakt,(Nicht ändern) Geändert am,Vollständiger Name,E-Mail\n",
            ("dynamics", "contact"),
            {"Vollständiger Name": "full_name", "E-Mail": "email"},
        ),
        (
            "(No modificar) Contacto,(No modificar) Fecha de modificación,Nombre completo,Correo electrónico\n",
            ("dynamics", "contact"),
            {"Nombre completo": "full_name", "Correo electrónico": "email"},
        ),
        (
            "ID de l\u2019objet,E-mail,Date de création,Phase du cycle de vie\n",
            ("hubspot", "contact"),
            {
                "ID de l\u2019objet": "contact_id",
                "E-mail": "email",
                "Date de création": "created_at",
                "Phase du cycle de vie": "lifecycle_stage",
            },
        ),
    ],
)
def test_labels_in_two_languages_with_any_apostrophe_and_a_vendor_s_own_marks_are_placed(
    tmp_path, header, export, mapped
):
    found = proposed(header, tmp_path)
    assert ((found.source, found.object), dict(found.mapping), found.missing) == (export, mapped, ())


NO_EXPORTS = {
    "kpi,owner,region\n": 'No place was found for "kpi".',
    "Name,Date\n": "Its 2 columns are not named here, since its first row may be data.",
    "ID,Name,Email,Date,Amount,Status\n": 'No place was found for "Name", "Date".',
    "Vorname;Nachname;E-Mail;Telefon;Strasse;PLZ;Ort;Land\n": "They are those of any list.",
    "ID;Vorname;Nachname;E-Mail;Telefon;Erstellt am;Laufnummer\n": 'No place was found for "Laufnummer".',
    "Datum;Betrag;Währung;Empfänger;Verwendungszweck;Saldo;Filiale;Konto\n": (
        'No place was found for "Datum", "Empfänger", "Verwendungszweck", "Saldo", "Filiale" and 1 more.'
    ),
    "Row ID,Order ID,Customer ID,Customer Name,Segment,Country,City,Region,Sales,Quantity,Discount\n": (
        'No place was found for "Row ID", "Sales", "Quantity".'
    ),
    "Employee ID,First Name,Last Name,Email,Phone Number,Department,Start Date,Salary,Status\n": (
        'No place was found for "Employee ID", "Department", "Salary".'
    ),
    "Invoice,Customer,Total,Currency,Status,Due date,Created\n": (
        'No place was found for "Invoice", "Customer", "Due date".'
    ),
}


@pytest.mark.parametrize("header", NO_EXPORTS)
def test_a_list_that_anybody_may_have_is_called_no_export(tmp_path, header):
    found = proposed(header, tmp_path)
    assert (found.source, dict(found.mapping)) == ("", {})
    said = found.in_words()
    assert said.startswith("Its columns are those of no known export.")
    assert said.endswith(NO_EXPORTS[header])


@pytest.mark.parametrize(
    ("header", "of", "lacks"),
    [
        (
            "Respondent ID,Collector ID,Start Date,IP Address,Email Address,First Name,Last Name\n",
            ("surveymonkey", "response"), "End Date",
        ),
        ("id,Amount,Currency,Status,Customer ID,Customer Email\n", ("stripe", "payment"), "Created"),
    ],
)  # fmt: skip
def test_an_export_of_which_nearly_all_is_there_is_known_by_what_it_lacks(tmp_path, header, of, lacks):
    found = proposed(header, tmp_path)
    assert (found.source, found.object) == of
    assert lacks in found.in_words()


def test_of_two_vendors_that_a_file_is_as_near_to_both_are_named(tmp_path):
    found = proposed("Kontakt-ID,Nachname,Vorname,E-Mail,Erstellt am,Account-ID\n", tmp_path)
    assert found.in_words().startswith(
        "Its columns are those of no known export. It is most like hubspot contact. It is as near to salesforce "
        "contact: take these lines only if it is of hubspot."
    )


def test_lines_go_below_a_mapping_that_is_there_and_what_it_says_stands(tmp_path):
    found = proposed(GERMAN_CONTACTS, tmp_path, '[mapping.hubspot]\n"Kundengruppe" = "region"\n')
    assert "Kundengruppe" not in found.mapping
    assert "Add below [mapping.hubspot] in careful.toml:" in found.in_words()
    assert "\n[mapping.hubspot]" not in found.in_words()


def test_a_label_that_means_something_else_in_another_export_goes_below_the_object_s_own_mapping(
    open_desk, tmp_path
):
    deals = (
        "Datensatz-ID;Deal-Name;Phase;Betrag;Abschlussdatum\n17;Renewal;Closed Won;20,50;2026-05-01 08:00\n"
    )
    more = '[mapping.hubspot]\n"Betrag" = "segment"\n"Phase" = "stage"\n'
    found = proposed(deals, tmp_path, more)
    assert (found.object, found.mapping["Betrag"]) == ("deal", "amount")
    assert "Paste into careful.toml:\n\n[mapping.hubspot.deal]\n" in found.in_words()
    desk = open_desk(more + pasted(found))
    assert desk.read(deals).rows_loaded == 1


def test_of_two_files_that_want_the_same_line_it_is_told_once(tmp_path):
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    files[0].write_text(GERMAN_CONTACTS, encoding="utf-8")
    files[1].write_text(GERMAN_CONTACTS.replace("Kundengruppe", "Sprache"), encoding="utf-8")
    found = proposals(files, all_profiles(), with_settings(tmp_path, ""))
    assert [path.name for path, _ in found] == ["a.csv"]


def test_a_file_that_is_known_or_no_table_gets_no_proposal(tmp_path):
    contents = {
        "known.csv": "Record ID,Email,Create Date\n1,ann@example.com,2026-05-01\n",
        "own.csv": "goal_id,kpi,target_share,due_on,owner\n",
        "page.csv": "<html>Log in</html>",
        "empty.csv": "",
        "torn.zip": "PK\x03\x04",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    assert (
        proposals([tmp_path / name for name in contents], all_profiles(), with_settings(tmp_path, "")) == []
    )


@pytest.mark.parametrize(
    "row",
    [
        "17;ann@example.com;2026-05-01 08:00;Ann Example",
        "E-Mail;Vorname;Nachname;Erstellt am;Ann Example",
        "E-Mail;Vorname;Nachname;Erstellt am;079 123 45 67",
        "E-Mail;Vorname;Nachname;Erstellt am;ann@example.com",
        "Kontakt-ID;Vorname;Nachname;Erstellt am;E-Mail (ann@example.com)",
        "Kontakt-ID;Vorname;Nachname;Erstellt am;E-Mail 山田太郎;Ann Example",
    ],
)
def test_a_first_row_that_may_be_data_is_not_told(tmp_path, row):
    said = proposed(f"{row}\n", tmp_path).in_words()
    for personal in ("Ann", "Example", "ann@", "079", "山田太郎", "2026", "17"):
        assert personal not in said


def test_no_word_of_the_glossary_looks_like_data_or_is_lost():
    words = [word for told in TERMS.values() for word in told.split(" | ")]
    assert [word for word in words if may_be_data(word) or not terms_of(word)] == []


@pytest.mark.parametrize(
    ("label", "same"), [("E-Mail", "e mail"), ("Erstellt am (UTC)", "erstellt am"), ("Créé à", "cree a")]
)
def test_case_accents_marks_and_brackets_make_no_other_label(label, same):
    assert plain(label) == same
    assert terms_of(label)


WORDS = {term: told.split(" | ") for term, told in TERMS.items()}
ODD_LABELS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=12)


@st.composite
def headers(draw: st.DrawFn) -> tuple[Profile, list[str]]:
    """A vendor's export with some of its columns, each under a label of the vendor's or a word that means the same."""
    profile = draw(st.sampled_from(VENDORS))
    labels = draw(st.lists(ODD_LABELS, max_size=3))
    for column in profile.columns:
        words = [word for term in sorted(terms_of_column(column)) for word in WORDS[term]]
        choices = [*column.labels, *words, *words]
        if choices and (column.required or draw(st.booleans())):
            labels.append(draw(st.sampled_from(choices)))
    return profile, draw(st.permutations(labels))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers(), st.sampled_from([",", ";", "\t"]))
@example(
    (VENDORS[0], ['Vorname "Rufname"', "back\\slash", "Kontakt-ID", "E-Mail-Adresse", "Erstellt am"]), ";"
)
def test_whenever_nothing_is_missing_the_pasted_lines_make_the_file_readable(tmp_path, given_, delimiter):
    _, labels = given_
    header = io.StringIO(newline="")
    csv.writer(header, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(labels)
    file = tmp_path / "a.csv"
    file.write_text(header.getvalue(), encoding="utf-8", newline="")
    profiles = all_profiles()
    for _, found in proposals([file], profiles, with_settings(tmp_path, "")):
        if found.is_enough:
            settled = with_settings(tmp_path, pasted(found))
            check_mapping(profiles, settled)
            read = recognise(decode(file, tmp_path / "text"), profiles, settled)
            assert read is not None
            assert (read.profile.source, read.profile.object) == (found.source, found.object)


def test_json_lines_with_names_of_another_language_are_recognised_too(open_desk, tmp_path):
    ticket = (
        '{"id": 17, "requester_id": 7, "status": "open", "via": {"channel": "email"}, '
        '"erstellt_am": "2026-05-01T08:00:00Z", "betreff": "Where is it?"}\n'
    )
    found = proposed(ticket, tmp_path)
    assert (found.source, found.object) == ("zendesk", "ticket")
    assert found.mapping == {"erstellt_am": "created_at", "betreff": "subject"}
    assert open_desk(pasted(found)).read(ticket).rows_loaded == 1
