"""Golden rows of SurveyMonkey's "all individual responses", and real files of it."""

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
MAPPING = """
[mapping.surveymonkey]
"How likely is it that you would recommend us?" = {item = "nps", scale = [0, 10]}
"Please rate: Was it easy?" = {item = "effort", scale = [1, 7]}
"Please rate: Did it work out?" = {item = "success", scale = [1, 7]}
"Why?" = "comment"
"Custom Data 1" = "customer_id"
"""
QUESTIONS = (
    "Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
    "Last Name", "Custom Data 1", "How likely is it that you\nwould recommend us?", "Please rate:", "", "Why?",
    "Which  channels?", "", "",
)  # fmt: skip
CHOICES = (
    "", "", "", "", "", "", "", "", "", "Response", "Was it easy?", "Did it work out?", "Open-Ended Response",
    "Phone", "Chat", "Other (please specify)",
)  # fmt: skip
ANN = (
    "114567890123", "401", "11/01/2026 08:00:00 AM", "11/13/2026 01:05:00 PM", "192.0.2.1", "Ann@Example.com", "Ann",
    "Example", "000042", "Extremely likely - 10", "7", "6", "Great, but\nslow", "Phone", "", "by ann@example.com",
)  # fmt: skip
BOB = (
    "114567890124", "401", "11/02/2026 08:00:00 AM", "11/02/2026 12:05:00 AM", "", "", "", "", "",
    "Not at all likely - 0", "", "3", "", "", "Chat", "",
)  # fmt: skip


def export(*rows: tuple[str, ...], questions=QUESTIONS, choices=CHOICES) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([questions, *([choices] if choices else []), *rows])
    return text.getvalue()


def changed(row: tuple[str, ...] = ANN, **given: str) -> tuple[str, ...]:
    return tuple(given.get(name.replace(" ", "_"), value) for name, value in zip(QUESTIONS, row, strict=True))


def test_responses_land_with_their_answers_and_without_their_words(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(ANN, BOB))
    assert counts(load) == (2, 2, 0, 0)
    assert desk.landed("surveymonkey__response") == [
        {"line": 4, "asked_at": datetime(2026, 11, 1, 7), "answered_at": datetime(2026, 11, 13, 12, 5)},
        {"line": 6, "asked_at": datetime(2026, 11, 2, 7), "answered_at": datetime(2026, 11, 1, 23, 5)},
    ]
    assert desk.answers("surveymonkey__response") == {
        (4, "nps", 10.0, 0, 10), (4, "effort", 7.0, 1, 7), (4, "success", 6.0, 1, 7),
        (6, "nps", 0.0, 0, 10), (6, "success", 3.0, 1, 7),
    }  # fmt: skip
    assert desk.tokens("surveymonkey__response") == desk.keyed(
        (4, "email", "ann@example.com"), (4, "customer_id", "000042")
    )


def test_a_question_of_one_column_may_be_named_with_or_without_its_choice(open_desk):
    for label in ("Effort?", "Effort?: Our shop"):
        desk = open_desk(f'[mapping.surveymonkey]\n"{label}" = "effort"\n')
        questions = tuple("Effort?" if name == "Why?" else name for name in QUESTIONS)
        choices = tuple("Our shop" if cell == "Open-Ended Response" else cell for cell in CHOICES)
        desk.read(export(changed(**{"Why?": "5"}), questions=questions, choices=choices))
        assert desk.answers("surveymonkey__response") == {(4, "effort", 5.0, 1, 7)}


def test_a_question_keeps_its_name_when_a_comment_field_is_added_to_it(open_desk):
    desk = open_desk('[mapping.surveymonkey]\n"Effort?" = "effort"\n')
    questions = (*QUESTIONS[:10], "Effort?", *QUESTIONS[11:])
    choices = (*CHOICES[:10], "Response", "Other (please specify)", *CHOICES[12:])
    desk.read(export(ANN, questions=questions, choices=choices))
    assert desk.answers("surveymonkey__response") == {(4, "effort", 7.0, 1, 7)}


@pytest.mark.parametrize("choices", ["", ",,,\n"])
@pytest.mark.parametrize(("question", "end"), [("Respondent ID", "End Date"), ("RespondentID", "EndDate")])
def test_one_header_row_is_the_questions_alone(open_desk, counts, question, end, choices):
    desk = open_desk('[mapping.surveymonkey]\n"How likely, from 0 to 10?" = "nps"\n')
    load = desk.read(
        f'{question},CollectorID,{end},"How likely, from 0 to 10?"\n{choices}1,9,11/13/2026 08:05:00 AM,9\n'
        "2,9,11/03/2026 08:05:00 AM,\n"
    )
    assert counts(load) == (2, 2, 0, 0)
    ((_, item, value, *scale),) = desk.answers("surveymonkey__response")
    assert (item, value, scale) == ("nps", 9.0, [0, 10])


def test_an_account_in_another_language_and_contact_questions_are_mapped(open_desk, counts):
    lines = ('"Befragten-ID" = "response_id"', 'Enddatum = "answered_at"', '"Kontakt: E-Mail" = "email"')
    desk = open_desk("\n".join(["[mapping.surveymonkey]", *lines, ""]))
    load = desk.read(
        "Befragten-ID;Enddatum;Kontakt;;Warum?\n;;Name;E-Mail;Antwort\n"
        "1;13/11/2026 08:05:00;Ann Example;ann@example.com;Schön\n"
    )
    assert counts(load) == (1, 1, 0, 0)
    assert desk.tokens("surveymonkey__response") == desk.keyed((3, "email", "ann@example.com"))


def test_a_response_without_an_end_was_not_finished(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(ANN, changed(BOB, End_Date="")))
    assert counts(load) == (2, 1, 1, 0)
    assert load.rows_dropped == 1
    assert desk.set_aside(load) == [(6, "", "unfinished_response")]


def test_responses_without_the_date_of_their_end_are_refused(desk):
    text = export(ANN, BOB, questions=tuple("Ended" if name == "End Date" else name for name in QUESTIONS))
    assert desk.refuse(text) == (
        "It looks like surveymonkey response, but has no column 'End Date'. Export it again with that column."
    )


def test_words_of_a_scale_are_no_number(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(
        export(ANN, (*BOB[:10], "Very easy", *BOB[11:]), (*BOB[:10], "8 - Very easy", *BOB[11:]))
    )
    assert counts(load) == (3, 1, 2, 0)
    assert {rule for _, _, rule in desk.set_aside(load)} == {"not_a_number", "outside_the_scale"}


def test_day_and_month_are_told_by_the_file_s_own_dates_or_declared(desk, open_desk):
    days = ("03/11/2026 08:05:00", "05/11/2026 08:05:00")
    rows = [(str(number), day) for number, day in enumerate(days)]
    text = export(*rows, questions=("Respondent ID", "End Date"), choices=())
    assert desk.refuse(text).startswith("Its dates can be read either with the day or the month first.")
    declared = open_desk('[sources.surveymonkey]\ndate_format = "%d/%m/%Y %H:%M:%S"\n')
    declared.read(text)
    told = open_desk()
    told.read(
        export(*rows, ("2", "13/11/2026 08:05:00"), questions=("Respondent ID", "End Date"), choices=())
    )
    first = {"answered_at": datetime(2026, 11, 3, 7, 5)}
    assert declared.landed("surveymonkey__response", "answered_at")[0] == first
    assert told.landed("surveymonkey__response", "answered_at")[0] == first


def test_a_workbook_is_the_same_records_as_the_csv(open_desk, counts):
    desk = open_desk(MAPPING)
    desk.read(export(ANN, BOB))
    load = desk.read(workbook([QUESTIONS, CHOICES, ANN, BOB]), on="2026-11-11", name="survey.xlsx")
    assert counts(load) == (2, 0, 0, 2)


def test_a_zip_of_csv_and_excel_is_read_once(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read({"CSV/Survey.csv": export(ANN, BOB), "Excel/Survey.xlsx": b"PK\x03\x04\0"}, name="s.zip")
    assert counts(load) == (2, 2, 0, 0)


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    """A workbook of texts; empty cells are not there at all, as in a merged header, and respondents are numbers."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [
            f'<c r="{chr(65 + place)}{number}"><v>{value}</v></c>'
            if place == 0 and value.isdigit()
            else f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
            for place, value in enumerate(row)
            if value
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def real(name: str) -> bytes:
    path = SAMPLES / "real" / "surveymonkey" / name
    if not path.is_file():
        pytest.skip(f"the sample {name} is not beside this repository")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "header_rows", "rows"), [("538_StarWars.csv", 2, 1186), ("538_flying-etiquette.csv", 1, 1040)]
)
def test_a_real_file_with_an_end_date_added_is_accounted_for_to_the_row(
    open_desk, counts, name, header_rows, rows
):
    desk = open_desk('[mapping.surveymonkey]\n"How tall are you?" = "wave"\n')
    lines = real(name).splitlines(keepends=True)
    ends = [b"End Date", b"", b""][:header_rows] + [b"11/13/2026 08:05:00 AM"] * rows
    assert len(lines) == len(ends)
    dated = [line.replace(b",", b"," + end + b",", 1) for line, end in zip(lines, ends, strict=True)]
    load = desk.read(b"".join(dated))
    assert counts(load) == (rows, rows, 0, 0)
