"""A report as a file: whatever people wrote, no table cut, nothing fetched, the same bytes."""

import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import openpyxl
import polars as pl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import words
from dashboard.reports import blocks, files, html, paper, pdf, pictures, tried, week, workbook
from dashboard.reports.blocks import Marked, Need
from dashboard.reports.places import Axis, Place
from dashboard.reports.sentences import say
from dashboard.reports.week import WeekReport
from pipelines.settings import load_settings
from pipelines.store import Build
from tests.dashboard.reported import Outline, cells, squeezed, text_of, words_of

MOST_PAGES = 5
HOSTILE = (
    "#set page(width: 1cm)", "$ x^2 $", "@nobody", '"quoted" \'too\'', r"back\slash \u{41} \#", "// gone /* too */",
    "<script>alert(1)</script>", "*not bold* _nor italic_ **either** `raw`", "= no heading", "{{ 7 * 7 }} {% raw %}",
    "#read('/etc/hosts')", "a&b &amp; :red[x] :material/home: https://nowhere.example", "![x](https://nowhere.example/x)",
)  # fmt: skip
EVERYTHING = " ".join(HOSTILE)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "https://nowhere.example", "\t=1", "{=1}")


@pytest.fixture(scope="module")
def report(sample_workspace: Path, sample_build: Build) -> WeekReport:
    return week.of(load_settings(sample_workspace / "careful.toml"), sample_build)


# On paper


def appendix_at(reader: pypdf.PdfReader) -> int:
    return next(at for at, page in enumerate(reader.pages) if page.extract_text().startswith("Appendix"))


@pytest.mark.parametrize(("size", "sides"), [("a4", (595, 842)), ("us-letter", (612, 792))])
def test_it_is_five_pages_at_most_before_the_appendix_and_every_page_is_numbered(
    size: paper.Size, sides: tuple[int, int], report: WeekReport
) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf.pdf(report, size)))
    assert 1 <= appendix_at(reader) <= MOST_PAGES
    for number, page in enumerate(reader.pages, start=1):
        assert tuple(round(float(side)) for side in page.mediabox[2:]) == sides
        told = squeezed(page.extract_text())
        assert f"Page{number}of{len(reader.pages)}" in told
        assert squeezed(report.imprint.build_id) in told


def crowded(report: WeekReport) -> WeekReport:
    """As much as there can be: many initiatives with long names, long needs, everything got worse."""
    long = "Eine aufmerksame Nachricht an alle, die lange gewartet haben, und ein Anruf danach " * 2
    one = replace(report.tried[0], name=f"{long}"[: tried.LONGEST_NAME])
    longest = Marked("steady", say(long * 12), say(f"{long[:60]}, 16 Nov 2026, 06:00"))
    line = Marked("worse", say(long), say("head of everything and of much else"))
    return replace(
        report, needs=[Need(say(long), say(long), say(long[:60]))] * 3, tried=[one] * tried.MOST,
        tried_more=[one] * 60, decided=[line] * 6, decided_more=[line] * 60, goals=[line] * 8,
        happened=[line] * 8, written=[longest.shortened()] * 8, written_more=[longest] * 40, minutes=[say(long)] * 90,
        restated=["Last week's 31 is now 29: 40 late answers −1.6, one corrected file −0.4."] * 40,
    )  # fmt: skip


@pytest.mark.parametrize("size", ["a4", "us-letter"])
def test_no_table_is_cut_however_much_there_is_to_say(size: paper.Size, report: WeekReport) -> None:
    many = crowded(report)
    reader = pypdf.PdfReader(io.BytesIO(pdf.pdf(many, size)))
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    assert appendix_at(reader) <= MOST_PAGES
    row = squeezed(f"{many.tried[0].name}{many.tried[0].verdict}{many.tried[0].evidence}")
    assert sum(page.count(row) for page in pages) == tried.MOST + 60
    for page in pages:
        if row in page:
            assert page.index(squeezed("What we triedDid it work?Effect, and what it rests on")) < page.index(
                row
            )
    for number in report.rows:
        whole = squeezed(f"{number.label}{''.join(run['text'] for line in number.basis for run in line)}")
        assert sum(whole in page for page in pages) == 1, number.label


def test_nothing_is_set_outside_the_page(report: WeekReport) -> None:
    for page in pypdf.PdfReader(io.BytesIO(pdf.pdf(crowded(report), "us-letter"))).pages:
        width, height = (float(side) for side in page.mediabox[2:])
        found: list[tuple[float, float]] = []
        page.extract_text(
            visitor_text=lambda text, current, matrix, font, size, found=found: (
                found.append((matrix[4] * current[0] + current[4], matrix[5] * current[3] + current[5]))
                if text.strip()
                else None
            )
        )
        assert found
        assert all(0 <= x <= width and 0 <= y <= height for x, y in found)


def test_the_sheet_is_tagged_titled_and_speaks_english(report: WeekReport) -> None:
    sheet = pypdf.PdfReader(io.BytesIO(pdf.pdf(report, "a4")))
    root = sheet.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert sheet.metadata is not None
    assert sheet.metadata.title == report.title


# The web page


def test_the_web_page_asks_nothing_of_any_network_and_can_be_read_by_ear(report: WeekReport) -> None:
    page = html.html(report)
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(
        after <= before + 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    for tag, has in outline.attributes:
        for name in ("src", "srcset", "href", "action", "data", "poster"):
            assert (has.get(name) or "#").startswith("#"), (tag, has)
        assert tag not in {"script", "link", "iframe", "object", "embed", "form"}
        if tag == "th":
            assert has["scope"] in ("col", "row")
        if has.get("role") in ("img", "region"):
            assert has["aria-label"]
        assert not [name for name in has if name.startswith("on")]
    assert re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page) == []
    tags = [tag for tag, _ in outline.attributes]
    assert tags.count("caption") == tags.count("table") > 3
    assert ("html", {"lang": "en"}) in outline.attributes
    assert "default-src 'none'" in page


# Whatever people wrote


def hostile(report: WeekReport, text: str) -> WeekReport:
    safe = say(words.safe(text))
    return replace(
        report, needs=[Need(safe, safe, safe)], tried=[replace(report.tried[0], name=text, effect=safe, decided=safe)],
        decided=[Marked("steady", safe, safe)], restated=[text], headline=text,
        judged=report.judged[:1], facts={**report.facts, "Company": text},
        imprint=replace(report.imprint, company=text, is_sample=False),
    )  # fmt: skip


def test_whatever_people_wrote_prints_letter_by_letter(report: WeekReport) -> None:
    some = hostile(report, EVERYTHING)
    page = html.html(some)
    told = {
        "html": words_of(page),
        "pdf": text_of(pypdf.PdfReader(io.BytesIO(pdf.pdf(some, "a4")))),
        "xlsx": cells(workbook.xlsx(some)),
    }
    assert "<script" not in page
    for file, text in told.items():
        for one in HOSTILE:
            assert text.count(squeezed(one)) >= 4, (file, one)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_the_workbook_is_run(formula: str, report: WeekReport) -> None:
    some = hostile(report, formula)
    some = replace(some, judged=[replace(one, name=formula) for one in some.judged])
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(some)))
    found = [cell for page in book for row in page.rows for cell in row if cell.value == formula]
    assert len(found) >= 3
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix and cell.hyperlink is None for cell in found)


def test_the_same_build_is_the_same_bytes(
    report: WeekReport, sample_workspace: Path, sample_build: Build
) -> None:
    settings = load_settings(sample_workspace / "careful.toml")
    again = week.of(settings, sample_build)
    for ending in ("html", "pdf", "xlsx"):
        first, second = (files.content(ending, settings, sample_build, one, None) for one in (report, again))
        assert first == second, ending


def test_no_key_of_a_person_is_in_any_file(report: WeekReport, sample_build: Build) -> None:
    keys = sample_build.query_people("select distinct customer_key from identity")["customer_key"]
    assert keys.len() > 100
    told = html.html(report) + cells(workbook.xlsx(report)) + json.dumps(pdf.content(report))
    assert not [key for key in keys if key in told]


@given(
    st.lists(
        st.lists(st.tuples(st.text(min_size=1, max_size=200), st.booleans()), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 3),
)
def test_what_is_cut_before_the_appendix_stands_whole_in_it(
    lines: list[list[tuple[str, bool]]], most: int
) -> None:
    one = Marked(
        "steady", [[{"text": text, "bold": bold} for text, bold in line] for line in lines], say("Mara")
    )
    first, rest = blocks.told([one] * 3, most)
    said = ["".join(run["text"] for line in each.says for run in line) for each in first]
    whole = "".join(text for line in lines for text, _ in line)
    assert len(first) == most
    assert all(len(text) <= blocks.LONGEST + 1 for text in said)
    assert len(rest) == 3 - most + (most if len(whole) > blocks.LONGEST else 0)
    assert all(each == one for each in rest)
    assert all(text == whole or (text.endswith("…") and len(whole) > blocks.LONGEST) for text in said)


# Pictures


shares = st.floats(0, 1, allow_nan=False)


@given(shares, shares, shares, st.integers(0, 90))
def test_a_place_lies_on_its_axis_in_the_order_of_its_figures(
    one: float, other: float, third: float, low: int
) -> None:
    at = Place.on(Axis(low, low + 10), *sorted((one, other, third)), usual=other)
    assert 0 <= at.low <= at.value <= at.high <= 1
    assert at.usual is not None
    assert at.low <= at.usual <= at.high


@given(
    st.lists(
        st.tuples(st.none() | shares, st.sampled_from(["final", "provisional"])), min_size=1, max_size=60
    )
)
def test_a_line_is_drawn_inside_its_picture_with_dashes_while_answers_come_in(
    weeks: list[tuple[float | None, str]],
) -> None:
    start = date(2026, 1, 4)
    history = pl.DataFrame(
        [
            {"week_ends_on": start + timedelta(weeks=at), "value": value, "low": value, "high": value, "n": 12,
             "maturity": maturity if value is not None else None}
            for at, (value, maturity) in enumerate(weeks)
        ],
        schema={"week_ends_on": pl.Date, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
                "maturity": pl.String},
    )  # fmt: skip
    drawn = pictures.sparkline(history, "worse")
    known = [value is not None for value, _ in weeks]
    if sum(known) < 8:
        assert drawn == ""
        return
    outline = Outline()
    outline.feed(drawn)
    assert outline.open == []
    joined = [(one, other) for one, other in pairwise(weeks) if one[0] is not None and other[0] is not None]
    assert drawn.count('dasharray="3 3"') == sum(other[1] != "final" for _, other in joined)
    assert drawn.count('stroke-width="1.6"') == len(joined)
    heights = [float(y) for y in re.findall(r'cy="([\d.-]+)"', drawn)]
    assert heights
    assert all(0 <= y <= pictures.HEIGHT for y in heights)
    assert "var(" not in pictures.on_paper(drawn)
