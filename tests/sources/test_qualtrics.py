"""Golden rows of Qualtrics' CSV, version 3."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "real" / "qualtrics"
MAPPING = """
[mapping.qualtrics]
QID1 = "success"
QID8 = {item = "nps", scale = [0, 10]}
QID9_TEXT = "comment"
customer_id = "customer_id"
"""
IDS = (
    "startDate", "status", "finished", "recordedDate", "_recordId", "recipientLastName", "recipientFirstName",
    "recipientEmail", "distributionChannel", "userLanguage", "QID1", "QID8", "QID9_TEXT", "customer_id",
)  # fmt: skip
NAMES = (
    "StartDate", "Status", "Finished", "RecordedDate", "ResponseId", "RecipientLastName", "RecipientFirstName",
    "RecipientEmail", "DistributionChannel", "UserLanguage", "Q1", "Q8", "Q9", "customer_id",
)  # fmt: skip
GERMAN = (
    "Anfangsdatum", "Antworttyp", "Beendet", "Erfassungsdatum", "Antwort-ID", "Nachname des Empfängers",
    "Vorname des Empfängers", "E-Mail des Empfängers", "Verteilungskanal", "Benutzersprache",
    "Hat es\ngeklappt?", "Würden Sie uns empfehlen?", "Warum?", "customer_id",
)  # fmt: skip
ANN = ("2026-11-01 08:00:00", "0", "1", "2026-11-01 08:05:00", "R_1", "O'Neil", "Ann", "ann@example.com",
       "email", "EN", "7", "10", "Great, but\nslow", "000042")  # fmt: skip


def export(*rows: tuple[str, ...], names=NAMES, wordings=NAMES, ids=IDS, zone: str | None = None) -> str:
    about = [
        {"ImportId": name} | ({"timeZone": zone} if zone and name.endswith("Date") else {}) for name in ids
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [names, wordings, [json.dumps(cell, separators=(",", ":")) for cell in about], *rows]
    )
    return text.getvalue()


def changed(**given: str) -> tuple[str, ...]:
    return tuple(given.get(name, value) for name, value in zip(NAMES, ANN, strict=True))


def test_a_response_lands_with_its_answers_on_their_scales_and_without_its_words(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(ANN))
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("qualtrics__response") == [
        {
            "line": 4, "asked_at": datetime(2026, 11, 1, 7), "recorded_at": datetime(2026, 11, 1, 7, 5),
            "status": "0", "finished": "1", "channel": "email", "language": "EN",
        }
    ]  # fmt: skip
    assert desk.answers("qualtrics__response") == {(4, "success", 7.0, 1, 7), (4, "nps", 10.0, 0, 10)}
    assert desk.tokens("qualtrics__response") == desk.keyed(
        (4, "email", "ann@example.com"), (4, "customer_id", "000042")
    )


def test_times_are_in_the_zone_that_the_header_names(open_desk):
    desk = open_desk('[sources.qualtrics]\ntime_zone = "Europe/Zurich"\n')
    desk.read(export(ANN, zone="America/Denver"))
    assert desk.landed("qualtrics__response", "recorded_at") == [
        {"recorded_at": datetime(2026, 11, 1, 15, 5)}
    ]


def test_a_header_with_an_unheard_of_zone_refuses_the_file(desk):
    assert desk.refuse(export(ANN, zone="Mars/Olympus")) == "Its header names a time zone that is not known."


def test_a_german_header_with_line_breaks_is_the_same_export(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(ANN, wordings=GERMAN))
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("qualtrics__response", "line") == [{"line": 5}]
    assert desk.answers("qualtrics__response") == {(5, "success", 7.0, 1, 7), (5, "nps", 10.0, 0, 10)}


def test_the_wording_of_a_question_has_a_version_of_its_own(open_desk):
    desk = open_desk(MAPPING)
    desk.read(export(ANN), on="2026-11-09")
    desk.read(export(changed(ResponseId="R_2"), wordings=GERMAN), on="2026-11-10", name="b.csv")
    versions = desk.table("answer").filter(item="success").sort("received_at")["wording_version"].to_list()
    assert None not in versions
    assert versions[0] != versions[1]


def test_previews_tests_spam_and_unfinished_responses_are_set_aside_and_counted(open_desk, counts):
    desk = open_desk(MAPPING)
    statuses = ("1", "Survey Preview", "2", "Survey Test", "8", "Spam")
    load = desk.read(
        export(
            ANN,
            changed(ResponseId="R_2", Finished="0"),
            changed(ResponseId="R_3", Finished="False"),
            *(changed(ResponseId=f"R_{n}", Status=status) for n, status in enumerate(statuses, start=10)),
        )
    )
    assert counts(load) == (9, 1, 8, 0)
    assert load.rows_dropped == 8
    assert [rule for _, _, rule in desk.set_aside(load)] == ["unfinished_response"] * 2 + [
        "preview_response"
    ] * 6


def test_imported_and_offline_responses_are_answers(open_desk, counts):
    desk = open_desk(MAPPING)
    statuses = ("IP Address", "4", "Imported", "16", "Offline")
    rows = [changed(ResponseId=f"R_{n}", Status=status) for n, status in enumerate(statuses)]
    assert counts(desk.read(export(*rows))) == (5, 5, 0, 0)


def test_a_question_seen_but_not_answered_is_no_answer(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(changed(Q1="-99", Q8="")))
    assert counts(load) == (1, 1, 0, 0)
    assert desk.answers("qualtrics__response") == set()


def test_an_answer_off_its_scale_or_in_words_sets_the_response_aside(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(
        export(
            ANN,
            changed(ResponseId="R_2", Q1="8"),
            changed(ResponseId="R_3", Q8="Promoter"),
            changed(RecordedDate=""),
        )
    )
    assert counts(load) == (4, 1, 3, 0)
    assert desk.set_aside(load) == [
        (6, "success", "outside_the_scale"),
        (8, "nps", "not_a_number"),
        (10, "recorded_at", "missing"),
    ]


def test_two_questions_with_one_name_are_told_apart_by_their_import_ids(open_desk):
    desk = open_desk('[mapping.qualtrics]\nQID1 = "success"\nQID8 = "effort"\n')
    names = tuple("Q1" if name == "Q8" else name for name in NAMES)
    desk.read(export(changed(Q1="7", Q8="2"), names=names))
    assert desk.answers("qualtrics__response") == {(4, "success", 7.0, 1, 7), (4, "effort", 2.0, 1, 7)}


def test_an_import_id_that_several_columns_share_names_none_of_them(open_desk):
    desk = open_desk('[mapping.qualtrics]\nQID1 = "success"\nQ8 = "nps"\n')
    desk.read(export(changed(Q1="7", Q8="1"), ids=tuple("QID1" if name == "QID8" else name for name in IDS)))
    assert desk.answers("qualtrics__response") == {(4, "nps", 1.0, 0, 10)}


@pytest.mark.parametrize("cell", ["ImportId", '"ImportId"', '{"a": "ImportId"}', '["ImportId"]'])
def test_a_third_row_that_only_resembles_import_ids_is_no_qualtrics_export(desk, cell):
    text = io.StringIO()
    csv.writer(text).writerows([["a"], ["b"], [cell]])
    assert desk.refuse(text.getvalue()).startswith("Its columns are those of no known export")


def same_in(text: str, delimiter: str) -> str:
    """A CSV's cells with another delimiter between them."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(csv.reader(io.StringIO(text)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [("\t", "utf-16"), (";", "utf-8-sig"), (";", "cp1252")]
)  # fmt: skip
def test_the_other_ways_to_write_version_3_are_the_same_records(open_desk, counts, delimiter, encoding):
    desk = open_desk(MAPPING)
    text = export(changed(Q9="Schön"), changed(ResponseId="R_2", RecipientEmail="bob@example.com"))
    assert counts(desk.read(text)) == (2, 2, 0, 0)
    load = desk.read(same_in(text, delimiter).encode(encoding), on="2026-11-11", name="b.csv")
    assert counts(load) == (2, 0, 0, 2)


def test_a_decimal_comma_is_read_as_a_point(open_desk, counts):
    desk = open_desk(MAPPING)
    rows = (ANN, changed(ResponseId="R_2", Q1="6,00", Q8="9,0"), changed(ResponseId="R_3", Q1="6,5"))
    load = desk.read(same_in(export(*rows), ";"))
    assert counts(load) == (3, 2, 1, 0)
    assert desk.answers("qualtrics__response") == {
        (4, "success", 7.0, 1, 7), (4, "nps", 10.0, 0, 10), (6, "success", 6.0, 1, 7), (6, "nps", 9.0, 0, 10)
    }  # fmt: skip
    assert desk.set_aside(load) == [(8, "success", "outside_the_scale")]


LEGACY_MAPPING = """
[mapping.qualtrics]
Q1 = "success"
Q2 = "comment"
Customer = "customer_id"
"""
LEGACY_TEXTS = (
    "ResponseID,ResponseSet,Name,ExternalDataReference,EmailAddress,IPAddress,Status,StartDate,EndDate,Finished,"
    '"Did it work\nout?",Why?,Customer,LocationLatitude,'
)
LEGACY_ROWS = (
    'R_1,Standard-Antwortsatz,Ann,,ann@example.com,192.0.2.1,0,2026-11-01 08:00:00,2026-11-01 08:05:00,1,7,"Well, yes",'
    "000042,47.1,\n"
    "R_2,Standard-Antwortsatz,Anonym,,,,0,2026-11-01 09:00:00,2026-11-01 09:05:00,1,-99,,,,\n"
    "R_3,Standard-Antwortsatz,Anonym,,,,0,2026-11-01 09:00:00,2026-11-01 09:01:00,0,,,,,\n"
    "R_4,Standard-Antwortsatz,Anonym,,,,1,2026-11-01 09:00:00,2026-11-01 09:01:00,1,7,,,,\n"
)
LANDED = [
    {"asked_at": datetime(2026, 11, 1, 7), "recorded_at": datetime(2026, 11, 1, 7, 5)},
    {"asked_at": datetime(2026, 11, 1, 8), "recorded_at": datetime(2026, 11, 1, 8, 5)},
]


@pytest.mark.parametrize(
    "names",
    [
        "V1,V2,V3,V4,V5,V6,V7,V8,V9,V10,Q1,Q2,Customer,LocationLatitude,",
        "ResponseID,ResponseSet,Name,ExternalDataReference,EmailAddress,IPAddress,Status,StartDate,EndDate,Finished,"
        "Q1,Q2,Customer,LocationLatitude,",
    ],
)
def test_a_legacy_export_with_a_comma_at_the_end_of_its_rows_is_read_by_its_texts(open_desk, counts, names):
    desk = open_desk(LEGACY_MAPPING)
    load = desk.read(f"{names}\n{LEGACY_TEXTS}\n{LEGACY_ROWS}".encode("utf-8-sig"))
    assert counts(load) == (4, 2, 2, 0)
    assert desk.landed("qualtrics__response", "asked_at", "recorded_at") == LANDED
    assert desk.answers("qualtrics__response") == {(4, "success", 7.0, 1, 7)}
    assert [rule for _, _, rule in desk.set_aside(load)] == ["unfinished_response", "preview_response"]
    assert desk.tokens("qualtrics__response") == desk.keyed(
        (4, "email", "ann@example.com"), (4, "customer_id", "000042")
    )


PSEUDO_JSON = (
    "ResponseID,ResponseSet,IPAddress,StartDate,EndDate,RecipientLastName,RecipientFirstName,RecipientEmail,"
    "ExternalDataReference,Finished,Status,Q1,Customer\n"
    "ResponseID,ResponseSet,IPAddress,StartDate,EndDate,RecipientLastName,RecipientFirstName,RecipientEmail,"
    "ExternalDataReference,Finished,Status,Did it work out?,Customer\n"
    "{'ImportId': 'responseId'},{'ImportId': 'responseSetId'},{'ImportId': 'ipAddress'},{'ImportId': 'startDate'},"
    "{'ImportId': 'endDate'},{'ImportId': 'panel-RecipientLastName'},{'ImportId': 'panel-RecipientFirstName'},"
    "{'ImportId': 'panel-RecipientEmail'},{'ImportId': 'panel-ExternalDataReference'},{'ImportId': 'finished'},"
    "{'ImportId': 'status'},{'ImportId': 'QID1'},{'ImportId': 'Customer'}\n"
    "R_1,Default Response Set,,2026-11-01 08:00:00,2026-11-01 08:05:00,Example,Ann,ann@example.com,,1,0,7,000042\n"
    "R_2,Default Response Set,,2026-11-01 09:00:00,2026-11-01 09:05:00,,,,,1,0,,\n"
)


def test_import_ids_in_single_quotes_are_import_ids(open_desk, counts):
    desk = open_desk('[mapping.qualtrics]\nQID1 = "success"\nCustomer = "customer_id"\n')
    assert counts(desk.read(PSEUDO_JSON)) == (2, 2, 0, 0)
    assert desk.landed("qualtrics__response", "asked_at", "recorded_at") == LANDED
    assert desk.answers("qualtrics__response") == {(4, "success", 7.0, 1, 7)}
    assert desk.tokens("qualtrics__response") == desk.keyed(
        (4, "email", "ann@example.com"), (4, "customer_id", "000042")
    )


def test_a_response_is_one_record_in_the_legacy_layout_and_in_version_3(open_desk):
    desk = open_desk(MAPPING)
    desk.read(export(ANN), on="2026-11-09")
    desk.read(PSEUDO_JSON, on="2026-11-10", name="b.csv")
    keys = desk.table("qualtrics__response")["record_key"].to_list()
    assert len(keys) == 3
    assert len(set(keys)) == 2


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the real files (shared/samples) are not beside this repository"
)
def test_a_real_response_is_one_record_in_its_legacy_file_and_in_its_file_of_version_3(open_desk, counts):
    desk = open_desk('[mapping.qualtrics]\nQ1 = {item = "nps", scale = [0, 10]}\n')
    for day, name in enumerate(("sample_legacy_2headers_bom", "sample_v3_3headers_de"), start=10):
        content = (SAMPLES / f"qualtRics_{name}.csv").read_bytes()
        assert counts(desk.read(content, on=f"2026-11-{day}", name=f"{name}.csv")) == (1, 1, 0, 0)
    landed = desk.table("qualtrics__response")
    assert landed["record_key"].n_unique() == 1
    assert landed["recorded_at"].n_unique() == 1
    assert desk.answers("qualtrics__response") == {(3, "nps", 2.0, 0, 10), (4, "nps", 2.0, 0, 10)}
