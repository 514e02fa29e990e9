"""Files of an answer, read back by those who will read them: the same figures, the small print, nothing that runs."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from dashboard import exports, findings
from pipelines.questions.answer import Answer, described
from tests.dashboard.answers import BUILD, REGIONS, VALUED, answered

ABOUT = ["question", "definition", "filters", "owner", "source", "data_through", "as_of", "build", "state"]
TRICKS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "−1",
    '=HYPERLINK("http://x")',
    "'=1",
    "a\n=b",
]


@pytest.fixture
def answer(tmp_path: Path) -> Answer:
    return answered(
        tmp_path,
        VALUED,
        definition="Answered 6 or 7.",
        chart={"mark": "line", "x": "iso_week", "y": "valued_share"},
    )


def holding(answer: Answer, frame: pl.DataFrame) -> Answer:
    """The same question with other rows."""
    return replace(
        answer, frame=frame, columns=tuple(described(answer.question.header, frame, [], None)), period=None
    )


def workbook(made: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(made))


def cells(made: bytes, sheet: str = "Answer") -> list[tuple[object, ...]]:
    return list(workbook(made)[sheet].iter_rows(values_only=True))


def test_a_csv_has_the_figures_to_the_digit_for_every_reader(answer: Answer) -> None:
    made = exports.csv(answer)
    by_polars = pl.read_csv(made).select(answer.frame.columns)
    assert by_polars.equals(answer.frame)
    rows = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))
    assert [float(row["valued_share"]) for row in rows] == answer.frame["valued_share"].to_list()


def test_a_csv_is_typed_for_duckdb(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "answer.csv"
    path.write_bytes(exports.csv(answer))
    with duckdb.connect() as connection:
        read = connection.sql(f"select * from read_csv('{path}')").pl()
    assert read.select(answer.frame.columns).equals(answer.frame)


def test_every_row_of_a_csv_says_what_it_is(answer: Answer) -> None:
    read = pl.read_csv(exports.csv(answer, "Europe/Zurich"))
    assert [name for name in read.columns if name.startswith("about_")] == [f"about_{name}" for name in ABOUT]
    told = findings.facts(answer, "Europe/Zurich")
    for name in ABOUT:
        assert read[f"about_{name}"].unique().to_list() == [told[name]]


def test_a_column_of_ones_own_that_is_called_like_the_small_print_stays(answer: Answer) -> None:
    frame = pl.DataFrame({"about_build": ["mine"]})
    read = pl.read_csv(exports.csv(holding(answer, frame)))
    assert read["about_build"].to_list() == ["mine"]
    assert read["about_build_"].to_list() == [BUILD]


def test_a_workbook_has_typed_figures_to_the_digits_that_excel_has(answer: Answer) -> None:
    head, *rows = cells(exports.xlsx(answer))
    assert list(head) == answer.frame.columns
    assert [row[0] for row in rows] == answer.frame["iso_week"].to_list()
    for name, read in zip(head, zip(*rows, strict=True), strict=True):
        if answer.frame.schema[str(name)].is_numeric():
            assert list(read) == pytest.approx(answer.frame[str(name)].to_list(), rel=1e-15)
    sheet = workbook(exports.xlsx(answer))["Answer"]
    assert sheet["B2"].number_format == "0.0%"
    assert sheet["E2"].number_format == "#,##0"
    assert sheet.freeze_panes == "A2"


def test_a_workbook_keeps_every_type_that_excel_has_and_writes_the_rest_as_text(answer: Answer) -> None:
    frame = pl.DataFrame(
        {
            "day": [date(2026, 11, 15), date(1899, 1, 1)],
            "moment": [datetime(2026, 11, 15, 14, 45), None],
            "there": [datetime(2026, 11, 15, 14, 45, tzinfo=UTC), None],
            "clock": [time(14, 45), None],
            "yes": [True, None],
            "money": [Decimal("12.50"), None],
            "large": [2**60, 1],
            "odd": [float("nan"), float("inf")],
            "several": [[1, 2], None],
            "nothing": [None, None],
        }
    )
    _, first, second = cells(exports.xlsx(holding(answer, frame)))
    assert first == (
        datetime(2026, 11, 15), datetime(2026, 11, 15, 14, 45), datetime(2026, 11, 15, 14, 45), time(14, 45), True,
        12.5, str(2**60), "nan", "[1, 2]", None,
    )  # fmt: skip
    assert second == ("1899-01-01", None, None, None, None, None, 1, "inf", None, None)


def test_the_sheet_about_says_everything_and_the_sql(answer: Answer) -> None:
    about = cells(exports.xlsx(answer), "About")
    said = {str(name): str(value) for name, value in about}
    assert said["Definition"] == "Answered 6 or 7."
    assert said["Build"] == BUILD
    assert said["SQL"].strip() == answer.question.sql.strip()
    assert ("Column", "valued_share: Valued share (a share of 1)") in about


def test_long_sql_and_long_cells_are_not_lost(answer: Answer, tmp_path: Path) -> None:
    long = answered(tmp_path, f"select '{'x' * 40_000}' as iso_week", name="care/long")
    pieces = [value for name, value in cells(exports.xlsx(long), "About") if name == "SQL"]
    assert "".join(map(str, pieces)) == long.question.sql
    assert len(str(cells(exports.xlsx(long))[1][0])) == exports.MOST_LETTERS


def test_parquet_has_the_frame_as_it_is_and_the_small_print_as_metadata(answer: Answer) -> None:
    made = exports.parquet(answer)
    assert pl.read_parquet(io.BytesIO(made)).equals(answer.frame)
    told = {k.decode(): v.decode() for k, v in pq.read_metadata(io.BytesIO(made)).metadata.items()}
    assert told["careful.definition"] == "Answered 6 or 7."
    assert told["careful.build"] == BUILD
    assert told["careful.sql"] == answer.question.sql
    assert json.loads(told["careful.columns"])["valued_share"] == "Valued share (a share of 1)"


def test_pictures_say_question_definition_owner_build_and_reach(answer: Answer) -> None:
    drawn = " ".join(ElementTree.fromstring(exports.svg(answer)).itertext())
    for said in ("How many?", "Definition: Answered 6 or 7.", "Owner: customer-insight", f"Build: {BUILD}",
                 "Filters: none", "Data through: not known", "65 of 100"):  # fmt: skip
        assert said in drawn
    with Image.open(io.BytesIO(exports.png(answer))) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1_400


def test_a_picture_of_a_draft_says_so_twice(tmp_path: Path) -> None:
    drawn = " ".join(ElementTree.fromstring(exports.svg(answered(tmp_path, VALUED, test=False))).itertext())
    assert "DRAFT" in drawn
    assert "Draft: no golden test" in drawn


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "png", "svg"])
def test_an_answer_of_nothing_is_a_file_too(tmp_path: Path, ending: str) -> None:
    nothing = answered(tmp_path, f"select * from ({VALUED}) where false")
    assert getattr(exports, ending)(nothing)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "png", "svg"])
def test_hidden_rows_are_in_no_file(tmp_path: Path, ending: str) -> None:
    answer = answered(tmp_path, REGIONS, grain=["region"])
    made: bytes = getattr(exports, ending)(answer)
    content = str(cells(made)).encode() if ending == "xlsx" else made
    assert b"Graz" not in content
    assert ending == "png" or b"Wien" in content


def test_the_same_answer_is_the_same_file(answer: Answer) -> None:
    for make in (exports.csv, exports.xlsx, exports.parquet, exports.svg):
        assert make(answer) == make(answer)


def test_a_file_is_called_by_question_and_build(answer: Answer) -> None:
    assert exports.file_name(answer, "csv") == f"care-any_{BUILD}.csv"


# Nothing that a spreadsheet would run


def starts_a_formula(cell: str) -> bool:
    """As Excel, LibreOffice and Sheets look at it: past blanks, and in every width."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", cell).lstrip()
    return bool(re.match(r"[=+\-@\u2212]", plain))


@pytest.mark.parametrize("trick", TRICKS)
def test_known_tricks_are_text_in_every_file(answer: Answer, trick: str) -> None:
    sly = holding(answer, pl.DataFrame({"region": [trick], trick: [1]}))
    rows = list(csv.reader(io.StringIO(exports.csv(sly).decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if starts_a_formula(cell)]
    book = workbook(exports.xlsx(sly))
    assert not [
        cell for sheet in book for row in sheet for cell in row if cell.data_type == "f" or cell.hyperlink
    ]
    assert book["Answer"]["A2"].quotePrefix


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_is_text_and_any_figure_is_a_figure(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]]
) -> None:
    sly = holding(
        any_answer(tmp_path_factory),
        pl.DataFrame(rows, schema={"region": pl.String, "x": pl.Float64}, orient="row"),
    )
    read = list(csv.DictReader(io.StringIO(exports.csv(sly).decode("utf-8-sig"), newline="")))
    assert [float(row["x"]) for row in read] == [x for _, x in rows]
    assert not [row["region"] for row in read if starts_a_formula(row["region"])]


@given(st.text(min_size=1, max_size=40))
@example("<script>alert(1)</script>]]>&amp;")
@example("=1+1")
@settings(max_examples=10)
def test_any_question_and_owner_are_text_in_pictures_and_workbooks(
    tmp_path_factory: pytest.TempPathFactory, sly: str
) -> None:
    answer = any_answer(tmp_path_factory)
    header = answer.question.header.model_copy(update={"question": sly, "owner": sly})
    question = answer.question.__class__(answer.question.path, answer.question.root)
    question.header = header
    written = replace(answer, question=question)
    root = ElementTree.fromstring(exports.svg(written))
    assert not [
        each
        for each in root.iter()
        if each.tag.rpartition("}")[2] in ("script", "foreignObject", "a", "image")
    ]
    book = workbook(exports.xlsx(written))
    assert not [cell for row in book["About"] for cell in row if cell.data_type == "f" or cell.hyperlink]


_kept: dict[str, Answer] = {}


def any_answer(folders: pytest.TempPathFactory) -> Answer:
    """One answer for all examples."""
    if "one" not in _kept:
        _kept["one"] = answered(folders.mktemp("answer"), VALUED)
    return _kept["one"]
