"""One initiative on one page of paper: the page's figures to the digit, whatever people wrote, always one sheet."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import builds, initiatives, locales, margins, verdicts, words
from dashboard.initiatives import Judged
from dashboard.reports import initiative_page, paper
from dashboard.reports.paper import Imprint, Lines
from pipelines.journal import Journal, Plan
from pipelines.settings import CONFIG_VARIABLE, Company, load_settings
from pipelines.store import Store
from tests.dashboard import proofs

TODAY = date(2026, 11, 16)
IMPRINT = Imprint(
    "Acme", False, "Judged by: ordered again within 90 days.", "head of care", "data through Sunday 15 November 2026",
    "published 16 Nov 2026, 06:00", "20261116T050000123456-1a2b3c4d", datetime(2026, 11, 16, 5, tzinfo=UTC),
)  # fmt: skip
HOSTILE = (
    "#set page(width: 1cm)", "$ x^2 $", "@nobody", '"quoted" \'too\'', r"back\slash \u{41} \#", "// gone /* too */",
    "<label> [content] {code}", "*not bold* _nor italic_ **either** `raw`", "= no heading", "~ -- --- ...",
    "#read('/etc/hosts')", "a&b &amp; :smile: https://nowhere.example",
)  # fmt: skip
EVERYTHING = " ".join(HOSTILE)


@pytest.fixture
def company(
    sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Judged, Journal]]:
    """`company(row)` -> the initiative of a company whose build says that of it, and the company's journal."""

    def make(row: proofs.Row, plan: proofs.Row = proofs.PLAN) -> tuple[Judged, Journal]:
        folder = proofs.copy_of(sample_workspace, tmp_path / "company")
        effects = [row, *proofs.SECONDARY] if row["initiative_id"] == "INIT-NOTE" else [row]
        proofs.put(proofs.database(folder), *effects, plans={"INIT-NOTE": plan})
        monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "careful.toml"))
        builds.take_newest()
        book = Journal(Store(load_settings(folder / "careful.toml").store))
        one = next(each for each in initiatives.judged() if each.initiative_id == row["initiative_id"])
        return one, book

    return make


def sheet(one: Judged, book: Journal, size: paper.Size = "a4", plan: Plan | None = None) -> pypdf.PdfReader:
    given = initiative_page.content(one, 6, plan, book, TODAY, "Acme · Did it work?")
    return pypdf.PdfReader(io.BytesIO(initiative_page.pdf(given, one.name, IMPRINT, size)))


def squeezed(text: str) -> str:
    """Without what setting a line may change: spaces, and the signs that forbid a break."""
    return re.sub(r"[\s\u00a0\u202f\u2060]", "", text)


def printed(lines: Lines) -> str:
    return squeezed("".join(run["text"] for line in lines for run in line))


def text_of(reader: pypdf.PdfReader) -> str:
    return squeezed("".join(page.extract_text() for page in reader.pages))


@pytest.mark.parametrize("size", ["a4", "us-letter"])
@pytest.mark.parametrize("verdict", proofs.VERDICTS)
def test_every_verdict_is_one_sheet_that_says_what_the_page_says(
    verdict: str, size: paper.Size, company: Callable[..., tuple[Judged, Journal]]
) -> None:
    one, book = company(proofs.VERDICTS[verdict])
    book.decide(one.initiative_id, "change", "Too dear", "head of care", date(2026, 12, 12), "Anna")
    reader = sheet(one, book, size)
    assert len(reader.pages) == 1
    width, height = (round(float(side)) for side in reader.pages[0].mediabox[2:])
    assert (width, height) == {"a4": (595, 842), "us-letter": (612, 792)}[size]
    told = text_of(reader)
    expected = [*verdicts.answer(one), verdicts.suggestion(one, None, TODAY), verdicts.counts(one)]
    if one.is_compared:
        expected += [cell for row in margins.table(one).iter_rows() for cell in row] + [
            margins.break_even(one)
        ]
    expected += [verdicts.secondary(other) for other in initiatives.also_looked_at(one.initiative_id)]
    for sentence in expected:
        assert printed(paper.lines(sentence)) in told, sentence
    assert squeezed("Change it, decided on") in told


def test_the_figures_are_those_of_the_initiative_to_the_digit(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(proofs.NOTE)
    told = text_of(sheet(one, book))
    for figure in (
        "22 come back within 90 days anyway, and 6 more because of it (probably between 2 and 9 more)",
        "Drawn: 334 of 1,200 came back. Not drawn: 274 of 1,240.", "about 266 would have done so without us",
        "+€6,400", "+€2,500and+€10,300", "Cost:1,200at€3.20", "−€3,840", "+€2,560", "−€1,340and+€6,460",
        "Break-even is 3.4 more per 100; we saw about 6.", "Asked us to stop writing: 9 of 1,200 and 11 of 1,240.",
        "same 97.5 % interval",
    ):  # fmt: skip
        assert squeezed(figure) in told, figure


@pytest.mark.parametrize("verdict", ["works", "harmful"])
def test_the_hundred_dots_add_up_to_the_sentence_beside_them(
    verdict: str, company: Callable[..., tuple[Judged, Journal]]
) -> None:
    one, book = company(proofs.VERDICTS[verdict])
    given = initiative_page.content(one, 6, None, book, TODAY, "")
    kinds = given["hundred"]["kinds"]
    assert len(kinds) == 100
    if verdict == "works":
        assert (kinds.count("because"), kinds.count("perhaps-better")) == (6, 3)
        assert kinds.count("anyway") == 22
    else:
        assert (kinds.count("lost"), kinds.count("perhaps-worse")) == (3, 2)
        assert kinds.count("anyway") + kinds.count("lost") + kinds.count("perhaps-worse") == 22


def test_nothing_that_is_no_proof_gets_an_effect_or_money_on_paper(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company({**proofs.NOTE, "evidence": "only before and after: proves nothing"})
    given = initiative_page.content(one, 6, None, book, TODAY, "")
    assert [given[part] for part in ("of_100", "hundred", "range", "money", "counts")] == [None] * 5
    told = text_of(sheet(one, book))
    assert squeezed("No effect and no money figure is shown.") in told
    assert "Extramargin" not in told
    assert "Probablybetween" not in told


def test_whatever_people_wrote_prints_letter_by_letter(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(
        proofs.NOTE, {**proofs.PLAN, "name": EVERYTHING, "hypothesis": EVERYTHING, "owner": EVERYTHING}
    )
    book.decide(one.initiative_id, "stop", EVERYTHING, EVERYTHING, None, EVERYTHING[:60])
    reader = sheet(one, book)
    told = text_of(reader)
    for hostile in HOSTILE:
        assert told.count(squeezed(hostile)) >= 5, hostile
    assert len(reader.pages) == 1
    assert reader.metadata is not None
    assert reader.metadata.title == f"Did it work? {EVERYTHING}"


def test_a_plan_as_long_as_can_be_still_fits_a_sheet(company: Callable[..., tuple[Judged, Journal]]) -> None:
    one, book = company(
        proofs.VERDICTS["harmful"], {**proofs.PLAN, "hypothesis": "We are sure of it because of this. " * 20}
    )
    book.decide(one.initiative_id, "stop", "why " * 75, "who " * 15, date(2026, 12, 12), "Anna")
    for size in ("a4", "us-letter"):
        assert len(sheet(one, book, size).pages) == 1


def test_what_no_size_of_letters_can_hold_goes_on_over_the_sheet_and_nothing_is_cut(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    told = "We are sure of it because of this. " * 400
    one, book = company(proofs.NOTE, {**proofs.PLAN, "hypothesis": told})
    reader = sheet(one, book)
    assert text_of(reader).count(squeezed("We are sure")) == 400
    sheets = len(reader.pages)
    assert sheets > 1
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page{number}of{sheets}" in squeezed(page.extract_text())


def test_the_sheet_is_tagged_titled_and_made_of_its_own_fonts(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(proofs.NOTE)
    reader = sheet(one, book)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.xmp_metadata is not None
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    assert all(
        "/FontFile" in "".join(font["/DescendantFonts"][0].get_object()["/FontDescriptor"]) for font in fonts
    )
    told = text_of(reader)
    for foot in (*IMPRINT.lines, "Page 1 of 1"):
        assert squeezed(foot) in told


def test_a_name_in_letters_that_no_bundled_font_has_still_makes_a_tagged_sheet(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(proofs.NOTE)
    reader = sheet(replace(one, name="手書きのお礼"), book)
    assert len(reader.pages) == 1
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_the_same_content_of_the_same_build_is_the_same_bytes(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(proofs.NOTE)
    given = initiative_page.content(one, 6, None, book, TODAY, "")
    first, second = (initiative_page.pdf(given, one.name, IMPRINT, "a4") for _ in range(2))
    assert first == second
    later = replace(IMPRINT, made_at=datetime(2026, 11, 23, 5, tzinfo=UTC))
    assert initiative_page.pdf(given, one.name, later, "a4") != first


def test_a_sample_says_so_at_the_foot() -> None:
    assert "Sample company: nobody in it exists" in replace(IMPRINT, is_sample=True).lines[1]
    assert "nobody" not in " ".join(IMPRINT.lines)
    assert "Acme" in IMPRINT.lines[1]


@pytest.mark.parametrize(
    ("region", "locale", "size"),
    [("CH", None, "a4"), ("US", None, "us-letter"), ("SV", None, "us-letter"), ("CH", "en-US", "us-letter"),
     ("US", "de-DE", "a4")],
)  # fmt: skip
def test_paper_is_that_of_the_company_s_country(region: str, locale: str | None, size: str) -> None:
    assert paper.size(Company(name="Acme", region=region, locale=locale)) == size


def test_figures_on_paper_follow_the_company_s_country(
    company: Callable[..., tuple[Judged, Journal]],
) -> None:
    one, book = company(proofs.NOTE)
    with locales.using(locales.of("DE")):
        assert squeezed("Drawn: 334 of 1.200 came back.") in text_of(sheet(one, book))


def test_a_sentence_of_the_pages_loses_its_markdown_and_nothing_else() -> None:
    given = paper.lines("About **3 more** of \\$100  \nand no more\n\n")
    assert [[(run["text"], run["bold"]) for run in line] for line in given] == [
        [("About ", False), ("3 more", True), (" of $", False), ("100", False)], [("and no more", False)],
    ]  # fmt: skip
    assert printed(paper.lines(words.safe(EVERYTHING))) == squeezed(EVERYTHING)


def test_a_file_s_name_holds_no_sign_that_a_disk_or_a_header_reads_otherwise() -> None:
    assert paper.file_name("did-it-work", "INIT-NOTE", "2026-W46") == "did-it-work-init-note-2026-w46.pdf"
    assert paper.file_name("did-it-work", '../"é\r\n', "2026-W46") == "did-it-work-2026-w46.pdf"


def test_the_page_offers_the_sheet(sample_workspace: Path, open_page: Callable[..., AppTest]) -> None:
    app = open_page(sample_workspace, "did_it_work", initiative="INIT-NOTE")
    offered = [button.proto for button in app.get("download_button")]
    assert [button.label for button in offered] == ["One-page PDF"]
    assert not open_page(sample_workspace, "did_it_work").get("download_button")
