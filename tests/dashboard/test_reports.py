"""The week as files: the figures of the pages to the digit; from the terminal, from the page, with the frozen week."""

import io
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import nbformat
import openpyxl
import pypdf
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.kpi import Group
from dashboard.notebook import open_company
from dashboard.reports import executed, files, html, pdf, week, workbook
from dashboard.reports.sentences import say
from dashboard.reports.week import WeekReport
from pipelines import cli
from pipelines.ctrl_c import heeded
from pipelines.journal.notes import Notes
from pipelines.settings import CONFIG_VARIABLE, load_settings
from pipelines.snapshot import snapshot, verify
from pipelines.store import Build, Store, StoreError
from pipelines.terminal import NOT_PUBLISHED, STOPPED
from tests.dashboard.reported import cells, squeezed, text_of, words_of
from tests.dashboard.test_notebook import of_its_own
from tests.test_ctrl_c import taken_in_while_pressed

ONLY_ON_THE_PAGE = (
    "Sample company", "The week as this page says it", "Careful", "More", "What customers say they would do",
    "by channel. The tick is what is usual", "Frozen week",
    "charts of that time show it",
)  # fmt: skip
"""What leads around in the app, or says in the app what a report says in the head of a table."""

KEY = re.compile(r"(?:^|(?<= · ))\d+ (?=[^·]+, [^·]*\d{4}(?: ·|$))")


@pytest.fixture(scope="module")
def report(sample_workspace: Path, sample_build: Build) -> WeekReport:
    return week.of(load_settings(sample_workspace / "careful.toml"), sample_build)


@pytest.fixture(scope="module")
def printed(report: WeekReport) -> dict[str, str]:
    """What each file says, without anything that only sets it."""
    sheet = pypdf.PdfReader(io.BytesIO(pdf.pdf(report, "a4")))
    return {"html": words_of(html.html(report)), "pdf": text_of(sheet), "xlsx": cells(workbook.xlsx(report))}


def lines_of(app: AppTest) -> list[str]:
    """What a reader of the page reads, line by line; of the key to a chart's marks, mark by mark."""
    told = [one.value for one in (*app.title, *app.metric, *app.markdown)]
    said = ["".join(run["text"] for run in line).strip("- ") for text in told for line in say(text)]
    said = [part for line in said for part in (KEY.split(line)[1:] if KEY.match(line) else [line])]
    said = [line.removesuffix(" · ") for line in said]
    return [line for line in said if line and not any(only in line for only in ONLY_ON_THE_PAGE)]


# The figures of the pages


def test_whatever_this_week_says_stands_in_the_web_page_and_on_paper(
    sample_workspace: Path, open_page: Callable[..., AppTest], printed: dict[str, str]
) -> None:
    said = lines_of(open_page(sample_workspace))
    assert len(said) > 50
    for file in ("html", "pdf"):
        assert [line for line in said if squeezed(line) not in printed[file]] == [], file


def test_every_figure_of_this_week_is_in_the_workbook_as_it_is_said(
    sample_workspace: Path, open_page: Callable[..., AppTest], printed: dict[str, str]
) -> None:
    said = [line for line in lines_of(open_page(sample_workspace)) if re.search(r"\d", line)]
    numbered = [re.sub(r"^\d\. ", "", line) for line in said if not line.startswith("The promise:")]
    assert len(numbered) > 25
    assert [line for line in numbered if squeezed(line) not in printed["xlsx"]] == []


def test_verdict_effect_and_money_of_every_initiative_are_those_of_did_it_work(
    sample_workspace: Path, open_page: Callable[..., AppTest], printed: dict[str, str], report: WeekReport
) -> None:
    page = squeezed("".join(lines_of(open_page(sample_workspace, "did_it_work"))))
    assert len(report.tried) > 5
    for one in report.tried:
        sentences = [one.name, *("".join(run["text"] for run in line) for line in (*one.effect, *one.money))]
        for sentence in sentences:
            assert squeezed(sentence) in page
            for file, told in printed.items():
                assert squeezed(sentence) in told, file


def test_the_workbook_holds_the_numbers_of_the_build_to_the_last_digit(
    report: WeekReport, sample_build: Build
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(report)))
    head, *rows = book["Numbers"].iter_rows(values_only=True)
    named = [dict(zip(head, row, strict=True)) for row in rows]
    counted = {
        kpi: (n, successes)
        for kpi, n, successes in sample_build.query(
            """
            select kpi, n, successes from kpi_window join kpi_clock using (kpi, weeks)
            where iso_week = $week and dimension = 'all'
            """,
            {"week": report.iso_week},
        ).iter_rows()
    }
    assert [(row["N"], row["Successes"]) for row in named] == [counted[row["Kpi"]] for row in named]
    assert [row["Value"] for row in named] == pytest.approx(
        [row.reading.value for row in report.rows], rel=1e-15
    )
    assert {type(row["Value"]) for row in named} == {float}
    assert book["Weeks"]["C2"].value.date() == report.rows[0].history["week_ends_on"][0]
    assert book["Numbers"]["F2"].number_format == "0.0%"


def test_another_week_and_a_group_say_so_on_every_page(
    sample_workspace: Path, sample_build: Build, open_page: Callable[..., AppTest]
) -> None:
    settings = load_settings(sample_workspace / "careful.toml")
    some = week.of(settings, sample_build, "2026-W44", Group("segment", "Family"))
    app = open_page(sample_workspace, week="2026-W44", segment="Family")
    told = words_of(html.html(some))
    assert [one.value for one in app.metric if squeezed(one.value) not in told] == []
    assert "anearlierweek,asitsnumbersstandtoday" in told
    reader = pypdf.PdfReader(io.BytesIO(pdf.pdf(some, "a4")))
    for page in reader.pages:
        assert squeezed("Week 44 · 26 October – 1 November 2026 · Segment Family only") in squeezed(
            page.extract_text()
        )
    assert files.file_name(some, "pdf") == "week-2026-w44-segment-family.pdf"


@pytest.mark.parametrize(
    ("iso_week", "group", "says"),
    [("1999-W01", ("all", "all"), "There is no week 1999-W01 here. There are 20"),
     (None, ("segment", "Nobody"), "There is no segment 'Nobody'. There are: ")],
)  # fmt: skip
def test_a_week_or_a_group_that_there_is_not_is_refused(
    iso_week: str | None, group: tuple[str, str], says: str, sample_workspace: Path, sample_build: Build
) -> None:
    settings = load_settings(sample_workspace / "careful.toml")
    with pytest.raises(StoreError, match=re.escape(says)):
        week.of(settings, sample_build, iso_week, Group(*group))


@pytest.mark.parametrize(
    ("company", "says"),
    [
        ("nothing_published", "Nothing to show yet: no file has arrived."),
        ("company_without_surveys", "We can't say yet how customers feel: too few have answered these questions."),
        pytest.param("company_with_late_tickets", "reach to Sunday 8 November only", marks=pytest.mark.endure),
    ],
)  # fmt: skip
def test_a_company_in_trouble_gets_a_report_that_says_so(
    company: str, says: str, request: pytest.FixtureRequest
) -> None:
    settings = load_settings(request.getfixturevalue(company) / "careful.toml")
    build = Store(settings.store).current()
    assert build is not None
    some = week.of(settings, build)
    assert squeezed(says) in words_of(html.html(some))
    assert squeezed(says) in text_of(pypdf.PdfReader(io.BytesIO(pdf.pdf(some, "us-letter"))))
    assert squeezed(says) in cells(workbook.xlsx(some))


def test_definitions_filters_and_the_build_are_printed(report: WeekReport, printed: dict[str, str]) -> None:
    for row in report.rows:
        for told in printed.values():
            assert squeezed(row.reading.about.definition) in told
            assert squeezed(row.reading.about.path) in told
    for file, told in printed.items():
        for name, says in report.facts.items():
            assert squeezed(name) in told, file
            assert squeezed(says) in told, file


# From the terminal, from the page, with the frozen week


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_careful_report_writes_what_was_asked_for(sample_workspace: Path, tmp_path: Path) -> None:
    code, said, _ = careful(
        "report", "--config", sample_workspace, "--to", tmp_path, "--format", "pdf, html", "--paper", "letter"
    )
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["week-2026-w46.html", "week-2026-w46.pdf"]
    assert f"Wrote {tmp_path / 'week-2026-w46.pdf'}" in said
    made = pypdf.PdfReader(tmp_path / "week-2026-w46.pdf")
    assert round(float(made.pages[0].mediabox[2])) == 612


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--format", "docx"), "Expected as format one of html, pdf, xlsx, ipynb; found 'docx'."),
     (("--paper", "a5"), "Expected as paper one of a4, letter; found 'a5'."),
     (("--week", "1999-W01"), "There is no week 1999-W01 here."),
     (("--restated", "2026-W40"), "The week 2026-W40 is not frozen")],
)  # fmt: skip
def test_careful_report_says_what_it_can_not_do(
    arguments: tuple[str, str], says: str, sample_workspace: Path, tmp_path: Path
) -> None:
    code, _, error = careful("report", "--config", sample_workspace, "--to", tmp_path / "none", *arguments)
    assert code == 1
    assert says in error
    assert not (tmp_path / "none").exists()


def test_this_week_offers_the_report_and_makes_it_only_when_somebody_takes_it(
    sample_workspace: Path, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(files, "content", lambda ending, *rest, **named: made.append(ending))
    app = open_page(sample_workspace)
    assert not app.exception
    assert [button.proto.label for button in app.get("download_button")] == ["PDF", "Web page", "Excel"]
    assert made == []


def test_a_frozen_week_keeps_its_report_and_says_that_it_is_frozen(
    empty_workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = empty_workspace(run=True)
    monkeypatch.setattr(executed, "can_run", lambda: False)
    code, _, error = careful("snapshot", "--config", folder, "--week", "2026-W45")
    assert (code, error) == (0, "")
    store = Store(load_settings(folder / "careful.toml").store)
    frozen = snapshot(store, "2026-W45")
    assert sorted(path.name for path in frozen.path.glob("report.*")) == [
        "report.html",
        "report.pdf",
        "report.xlsx",
    ]
    assert verify(frozen) == []
    told = (frozen.path / "report.html").read_text(encoding="utf-8")
    assert "frozen week" in told
    assert f"2026-W45-{frozen.manifest['content_hash'][:8]}" in told
    again = ("report", "--config", folder, "--week", "2026-W45", "--to", tmp_path, "--format", "html")
    assert careful(*again)[0] == 0
    assert (tmp_path / "week-2026-w45.html").read_text(encoding="utf-8") == told
    assert careful(*again, "--restated", "2026-W45")[0] == 0
    assert "Every number of 2026-W45 reads as it did." in (tmp_path / "week-2026-w45.html").read_text()


@pytest.mark.endure
def test_what_a_frozen_week_reads_by_now_stands_in_the_appendix_as_careful_diff_tells_it(
    company_with_late_answers: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(company_with_late_answers, tmp_path / "company"))
    code, told, _ = careful("diff", "2026-W44", "--config", folder)
    assert code == 0
    sentences = [line for line in told.splitlines() if " is now " in line]
    assert sentences
    assert all("40 answers that came or settled late" in sentence for sentence in sentences)
    code, _, error = careful("report", "--config", folder, "--to", tmp_path, "--restated", "2026-W44")
    assert (code, error) == (0, "")
    made = {
        "html": words_of((tmp_path / "week-2026-w45.html").read_text(encoding="utf-8")),
        "pdf": text_of(pypdf.PdfReader(tmp_path / "week-2026-w45.pdf")),
        "xlsx": cells((tmp_path / "week-2026-w45.xlsx").read_bytes()),
    }
    for file, text in made.items():
        assert [line for line in sentences if squeezed(line) not in text] == [], file
    appendix = made["pdf"].rindex("Whateachnumbermeans")
    assert made["pdf"].index(squeezed(sentences[0])) < appendix


@pytest.mark.endure
def test_a_report_that_fails_keeps_no_week_from_being_frozen(
    empty_workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty_workspace(run=True)

    def fails(*given: object) -> None:
        raise ValueError("of a customer")

    monkeypatch.setattr(files, "attach", fails)
    code, said, error = careful("snapshot", "--config", folder, "--week", "2026-W45")
    assert code == 0
    assert "Froze 2026-W45" in said
    assert "The report of 2026-W45 was not written (ValueError); its numbers are frozen." in error
    assert "customer" not in error


@pytest.mark.endure
def test_ctrl_c_while_the_report_is_written_freezes_no_week_without_one(
    empty_workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty_workspace(run=True)
    monkeypatch.setattr(files, "attach", lambda *given: taken_in_while_pressed())
    code, said, error = careful("snapshot", "--config", folder, "--week", "2026-W45")
    assert (code, said, error) == (NOT_PUBLISHED, "", f"{STOPPED}\n")
    assert list((folder / "store" / "snapshots").iterdir()) == []


@pytest.mark.endure
def test_ctrl_c_ends_a_notebook_at_its_next_cell_and_leaves_nothing_at_work(
    empty_workspace: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings = load_settings(empty_workspace(run=True) / "careful.toml")
    build = Store(settings.store).current()
    assert build is not None
    report = week.of(settings, build)
    book = nbformat.read(executed.NOTEBOOK, as_version=4)
    pressed, never = tmp_path / "pressed", tmp_path / "never"
    book.cells[:0] = [
        nbformat.v4.new_code_cell(
            f"import os, pathlib, signal, time\npathlib.Path({str(pressed)!r}).write_text(str(os.getpid()))\n"
            f"os.kill({os.getpid()}, signal.SIGINT)\ntime.sleep(2)"
        ),
        nbformat.v4.new_code_cell(f"pathlib.Path({str(never)!r}).touch()"),
    ]
    nbformat.write(book, tmp_path / "book.ipynb")
    monkeypatch.setattr(executed, "NOTEBOOK", tmp_path / "book.ipynb")
    with pytest.raises(KeyboardInterrupt), heeded():
        executed.ipynb(settings, build, report)
    assert not never.exists()
    assert capfd.readouterr().err == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(pressed.read_text()), 0)


# What people wrote


def test_notes_agreements_and_minutes_of_a_week_are_in_every_file(
    sample_workspace: Path, tmp_path: Path, open_page: Callable[..., AppTest]
) -> None:
    folder = of_its_own(sample_workspace, tmp_path / "company")
    settings = load_settings(folder / "careful.toml")
    book, at = Notes(Store(settings.store)), datetime(2026, 11, 16, 5)
    book.write("note", "2026-W46", "Two of *us* were ill on Friday", "Mara", about="changed", at=at)
    book.write("annotation", "2026-W46", "New rota since Monday", "Jo", about="human_within_promise", at=at)
    book.write(
        "decision",
        "2026-W46",
        "Ask the rota's owner",
        "Mara",
        owner="Head of chat",
        due_on=date(2026, 11, 19),
        at=at,
    )
    book.write("note", "2026-W46", "x " * 900 + "the end", "Mara", at=at)
    book.keep_minutes(
        "2026-W46", "# Minutes: Week 46\n\n## 1. What changed\n\n- Mara: *We* look again", "Mara", at
    )
    build = Store(settings.store).current()
    assert build is not None
    latest, earlier = week.of(settings, build), week.of(settings, build, "2026-W45")
    files_of = {
        "html": words_of(html.html(latest)),
        "pdf": text_of(pypdf.PdfReader(io.BytesIO(pdf.pdf(latest, "a4")))),
        "xlsx": cells(workbook.xlsx(latest)),
    }
    notebook = open_company(folder).this_week()
    wrote = squeezed(re.sub(r"\\(\W)", r"\1", notebook.decided + notebook.written).replace("**", ""))
    for said in (
        "Two of *us* were ill on Friday", "Mara, 16 Nov 2026, 06:00", "Reached a person within the promise:",
        "New rota since Monday", "Ask the rota's owner", "decided, due 19 November", "Head of chat", "the end",
    ):  # fmt: skip
        for file, told in files_of.items():
            assert squeezed(said) in told, (file, said)
        assert squeezed(said) in wrote
    for file, told in files_of.items():
        assert squeezed("• Mara: *We* look again") in told, file
    said_of_week = squeezed("".join(lines_of(open_page(folder))))
    for line in (*latest.written, *latest.decided):
        if not line.is_long and "…" not in str(line.says):
            assert squeezed("".join(run["text"] for one in line.says for run in one)) in said_of_week
    assert not earlier.written
    assert not earlier.minutes
    assert "rota" not in str(earlier.decided)


def test_the_line_for_the_board_is_that_of_its_page_and_a_frozen_week_says_what_it_can(
    company_with_frozen_weeks: Path, open_page: Callable[..., AppTest]
) -> None:
    settings = load_settings(company_with_frozen_weeks / "careful.toml")
    store = Store(settings.store)
    published = store.current()
    assert published is not None
    then, now = (week.of(settings, build) for build in (snapshot(store, "2026-W46"), published))
    assert now.board.startswith("Care this quarter: spent ")
    assert "spent" not in then.board
    for report, address in ((now, {}), (then, {"frozen": "2026-W46"})):
        assert "can't be judged." in report.board
        page = lines_of(open_page(company_with_frozen_weeks, "did_it_work", **address))
        assert squeezed(report.board) in squeezed("".join(page))
        assert squeezed(report.board) in words_of(html.html(report))


def test_the_notebook_is_run_and_says_what_it_shows(
    report: WeekReport, sample_workspace: Path, sample_build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, "nowhere")
    settings = load_settings(sample_workspace / "careful.toml")
    book = nbformat.reads(executed.ipynb(settings, sample_build, report), as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert "company = open_company()" in code[0].source
    assert all(cell.execution_count for cell in code)
    assert not [one for cell in code for one in cell.outputs if one.output_type == "error"]
    told = json.dumps([cell.outputs for cell in code], ensure_ascii=False)
    assert report.headline in told
    assert str(sample_build.path) not in json.dumps(book)
    shown = squeezed(told.replace("\\n", "").replace("**", ""))
    for row in report.rows:
        assert squeezed(row.figure) in shown
