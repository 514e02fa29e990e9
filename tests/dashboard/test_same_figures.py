"""One figure, wherever it is read: page, web page, paper, workbook and notebook say the same, to the digit.

A card of *This week* is a label, a figure, its range, what it rests on and a goal. They are looked for together, not
just somewhere, and the typed cells behind them must round to them.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import exports, figures, findings, words
from dashboard.kpi import Group
from dashboard.notebook import Company, open_company
from dashboard.reports import html, pdf, week, workbook
from dashboard.reports.week import WeekReport
from dashboard.weekly_review import Review, plain
from pipelines.questions import QUERIES
from pipelines.settings import load_settings
from pipelines.snapshot import snapshot
from pipelines.store import Build, Store
from tests.dashboard.reported import squeezed, text_of, words_of
from tests.dashboard.test_crawler import Piece, layers

Open = Callable[..., AppTest]
Rows = list[dict[str, Any]]

RANGE = re.compile(r"Probably between (\S+) and (\S+)")
RESTS_ON = re.compile(r"(?:^|: )([\d’',.\u202f\u00a0]+) (?:answers|contacts|customers)")
ON_THE_LIST = re.compile(r",(?:none|[\d’']+)ofthemonthisweek'scarelist")
"""Read from rows per person, which a notebook and a frozen week never see."""

VERDICT = re.compile(r":\w+\[\*\*(.+)\*\*\]")

QUICK = ("feelings/emotion", "service/human_within_promise", "loyalty/nps")


@dataclass(frozen=True)
class Card:
    """A number as its card says it; `basis` and `goal` line by line."""

    label: str
    figure: str
    basis: tuple[str, ...]
    goal: tuple[str, ...]


def cards(app: AppTest) -> list[Card]:
    assert not app.exception
    found, by_card = [], dict[int, list[Piece]]()
    for piece in layers(app.main).pieces:
        if piece.card is not None:
            by_card.setdefault(piece.card, []).append(piece)
    for card in by_card.values():
        for metric in (piece for piece in card if piece.kind == "metric"):
            label, _, figure = metric.text.rpartition(": ")
            lines = [
                line.strip() for piece in card if piece.kind == "markdown" for line in piece.text.splitlines()
            ]
            basis = tuple(
                line
                for line in lines
                if re.match(r"Probably|Everyone|Too few to show|Not broken", line) or RESTS_ON.search(line)
            )
            found.append(
                Card(label, figure, basis, tuple(line for line in lines if line.startswith("Goal: ")))
            )
    return found


def as_text(report: WeekReport) -> dict[str, str]:
    return {
        "html": words_of(html.html(report)),
        "pdf": text_of(pypdf.PdfReader(io.BytesIO(pdf.pdf(report, "a4")))),
    }


def as_rows(report: WeekReport) -> Rows:
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(report)))
    head, *rows = book["Numbers"].iter_rows(values_only=True)
    return [
        {key.lower().replace(" ", "_"): cell for key, cell in zip(head, row, strict=True)} for row in rows
    ]


def differences(
    found: list[Card], texts: dict[str, str], tables: dict[str, Rows], review: Review
) -> list[str]:
    """What is said otherwise than on the cards, and where."""
    told = []
    for card in found:
        whole = squeezed("".join((card.label, *card.basis, *card.goal, card.figure)))
        told += [f"{card.label}: {file}" for file, text in texts.items() if whole not in text]
        for file, rows in tables.items():
            row = next((row for row in rows if row["label"] == card.label), {})
            told += [f"{card.label}: {what} in {file}" for what in wrong(card, row)]
        line = next((line for line in review.kpis.splitlines() if line.startswith(f"| {card.label} |")), "")
        said = squeezed(line.replace("**", ""))
        told += [
            f"{card.label}: {each} in the notebook"
            for each in (card.figure, *card.basis)
            if squeezed(each) not in said
        ]
    return told


def wrong(card: Card, row: dict[str, Any]) -> list[str]:
    """Which typed cells of a number do not round to what its card says."""
    if not row:
        return ["no row"]
    if card.figure == "–":
        return [name for name in ("value", "low", "high") if row[name] is not None]
    if card.basis and card.basis[0].startswith("Everyone"):
        return (
            [] if card.figure == f"{words.count(row['successes'])} of {words.count(row['n'])}" else ["count"]
        )
    ((low, high),) = RANGE.findall(card.basis[0])
    rests = next(hit for line in card.basis if (hit := RESTS_ON.search(line)))
    pairs = {"value": card.figure.split()[0], "low": low, "high": high}
    found = [name for name, shown in pairs.items() if rounded(row[name] * 100, shown) != shown]
    return found + (["n"] if words.count(row["n"]) != rests[1].strip() else [])


def rounded(value: float, like: str) -> str:
    """With as many decimals as the other one has."""
    return words.decimal(value, len(like.replace(",", ".").partition(".")[2]))


@dataclass(frozen=True)
class Week:
    """A week in every form."""

    page: AppTest
    report: WeekReport
    review: Review

    @property
    def tables(self) -> dict[str, Rows]:
        return {"the workbook": as_rows(self.report), "the notebook": self.review.numbers.to_dicts()}


@pytest.fixture(params=["the latest week", "an earlier week", "a frozen week", "a group"])
def seen(request: pytest.FixtureRequest, open_page: Open, company_with_frozen_weeks: Path) -> Week:
    settings = load_settings(company_with_frozen_weeks / "careful.toml")
    store, company = Store(settings.store), open_company(company_with_frozen_weeks)
    build: Build | None = store.current()
    assert build is not None
    if request.param == "a frozen week":
        then = snapshot(store, "2026-W45")
        page = open_page(company_with_frozen_weeks, frozen="2026-W45")
        return Week(page, week.of(settings, then, "2026-W45"), company.week("2026-W45").this_week())
    if request.param == "a group":
        family = {"segment": "Family"}
        some = week.of(settings, build, None, Group("segment", "Family"))
        return Week(open_page(company_with_frozen_weeks, **family), some, company.this_week(**family))
    if request.param == "an earlier week":
        page = open_page(company_with_frozen_weeks, week="2026-W44")
        return Week(page, week.of(settings, build, "2026-W44"), company.this_week("2026-W44"))
    return Week(open_page(company_with_frozen_weeks), week.of(settings, build), company.this_week())


def test_every_number_of_a_week_has_its_figure_range_and_base_in_every_file(seen: Week) -> None:
    found = cards(seen.page)
    assert [card.label for card in found] == [row.label for row in seen.report.rows]
    assert sum(bool(RANGE.search(" ".join(card.basis))) for card in found) >= 5
    assert differences(found, as_text(seen.report), seen.tables, seen.review) == []


def test_one_wrong_figure_range_or_base_is_found_in_its_file(
    open_page: Open, sample_workspace: Path, sample_build: Build
) -> None:
    found = cards(open_page(sample_workspace))
    settings, company = load_settings(sample_workspace / "careful.toml"), open_company(sample_workspace)
    whole = Week(open_page(sample_workspace), week.of(settings, sample_build), company.this_week())
    (first, *rest), *others = (block.rows for block in whole.report.numbers)
    reading = first.reading
    assert reading.low is not None
    for changed in (
        replace(first, figure="11 of 100"),
        replace(first, basis=[[{**run, "text": run["text"].replace("between", "between 1 of")} for run in line]
                              for line in first.basis]),
    ):  # fmt: skip
        numbers = [replace(whole.report.numbers[0], rows=[changed, *rest]), *whole.report.numbers[1:]]
        texts = as_text(replace(whole.report, numbers=numbers))
        assert differences(found, texts, whole.tables, whole.review) == [
            f"{first.label}: html",
            f"{first.label}: pdf",
        ]
    for name, value in (("value", reading.value + 0.02), ("low", reading.low - 0.02), ("n", reading.n + 1)):
        moved = replace(first, reading=replace(reading, **{name: value}))
        numbers = [replace(whole.report.numbers[0], rows=[moved, *rest]), *whole.report.numbers[1:]]
        tables = {"the workbook": as_rows(replace(whole.report, numbers=numbers))}
        assert differences(found, {}, tables, whole.review) == [f"{first.label}: {name} in the workbook"]
    assert len(others) == 1
    sly = replace(
        whole.review, kpis=type(whole.review.kpis)(whole.review.kpis.replace(first.figure, "11 of 100"))
    )
    assert differences(found, {}, {}, sly)[0] == f"{first.label}: {first.figure} in the notebook"


def test_every_sentence_of_the_week_with_a_figure_is_in_every_file(seen: Week) -> None:
    said = [seen.review.headline, seen.review.lead, *seen.review.changed.split("\n\n")]
    said += [
        line
        for told in (seen.review.needs, seen.review.decided, seen.review.written)
        for line in told.splitlines()
    ]
    lines = [
        re.sub(r"^\s*(\d\.|\*) ", "", plain(line)).replace("**", "").replace("\\", "").strip()
        for line in said
    ]
    page = squeezed("".join(piece.text for piece in layers(seen.page.main).pieces))
    books = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(seen.report)))
    files = {
        **as_text(seen.report), "page": page,
        "xlsx": squeezed("".join(str(cell.value) for sheet in books for row in sheet.rows for cell in row)),
    }  # fmt: skip
    figures = [line for line in lines if re.search(r"\d", line)]
    assert figures
    for file, text in files.items():
        told = ON_THE_LIST.sub("", text)
        assert [line for line in figures if squeezed(line) not in told] == [], file


def test_every_verdict_is_in_the_same_words_everywhere(open_page: Open, sample_workspace: Path) -> None:
    settings = load_settings(sample_workspace / "careful.toml")
    build = Store(settings.store).current()
    assert build is not None
    report = week.of(settings, build)
    said = {one.name: one.verdict for one in (*report.tried, *report.tried_more)}
    assert len(said) > 5
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(report)))
    head, *rows = book[workbook.TRIED].iter_rows(values_only=True)
    name, verdict = (head.index(each) for each in ("Initiative", "Verdict"))
    for file, text in as_text(report).items():
        assert [each for each, says in said.items() if squeezed(each + says) not in text] == [], file
    page = [one.value for one in open_page(sample_workspace, "did_it_work").markdown]
    for each, says in said.items():
        below = page[page.index(f"**{words.safe(each)}**") + 1 :]
        assert next(hit[1] for line in below if (hit := VERDICT.fullmatch(line))) == says
    assert {row[name]: row[verdict] for row in rows} == said
    review = open_company(sample_workspace).this_week()
    assert dict(review.initiatives.select("initiative", "verdict").iter_rows()) == said
    assert [
        each for each, says in said.items() if f"**{words.safe(each)}**: {says}" not in review.tried
    ] == []


# Questions


FIGURE = re.compile(r"(\S+) of 100 \(probably between (\S+) and (\S+)\)")
QUESTIONS = sorted(f"{path.parent.name}/{path.stem}" for path in (QUERIES / "questions").glob("*/*.sql"))


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in QUICK else pytest.mark.endure) for each in QUESTIONS]
)
@pytest.mark.parametrize("frozen", [None, "2026-W45"], ids=["published", "frozen"])
def test_an_answer_is_the_same_on_its_page_in_a_notebook_and_in_its_files(
    name: str, frozen: str | None, open_page: Open, tables_opened: Callable[[AppTest], AppTest],
    company_with_frozen_weeks: Path, tmp_path: Path,
) -> None:  # fmt: skip
    company: Company = open_company(company_with_frozen_weeks)
    asked = (company.week(frozen) if frozen else company).ask(name)
    address = {"q": name} | ({"frozen": frozen} if frozen else {})
    page = tables_opened(open_page(company_with_frozen_weeks, "questions", **address))
    assert not page.exception
    took = findings.takeaway(asked.answer)
    said = squeezed("".join(piece.text for piece in layers(page.main).pieces))
    for line in (took, *findings.compared(asked.answer)):
        assert squeezed(line) in said
    assert squeezed(took) in squeezed(repr(asked))
    with asked._locale:
        shown = figures.table(asked.answer)
    assert bool(page.dataframe) == bool(shown.height)
    for drawn in page.dataframe[:1]:
        assert pl.from_pandas(drawn.value).rows() == shown.rows()
    for ending in ("csv", "xlsx", "parquet"):
        asked.export(tmp_path / f"it.{ending}")
    assert pl.read_parquet(tmp_path / "it.parquet").equals(asked.frame)
    head, *cells = openpyxl.load_workbook(tmp_path / "it.xlsx")["Answer"].iter_rows(values_only=True)
    flat = exports.flat(asked.frame)
    assert list(head) == flat.columns
    for written, row in zip(cells, flat.iter_rows(), strict=True):
        for one, other in zip(written, row, strict=True):
            assert (
                one == (pytest.approx(other, rel=1e-14) if isinstance(other, float) else other)
                or not one == other == ""
            )
    if hit := FIGURE.search(took):
        assert any(rounds_to(row, hit.groups()) for row in asked.frame.iter_rows(named=True)), took


def rounds_to(row: dict[str, Any], shown: tuple[str, ...]) -> bool:
    """Whether an estimate of a row, with its range, reads like this, of 100."""
    return any(
        all(
            rounded(value * 100, like) == like
            for value, like in zip((row[name], row[f"{name}_low"], row[f"{name}_high"]), shown, strict=True)
        )
        for name in row
        if row.get(f"{name}_low") is not None
    )
