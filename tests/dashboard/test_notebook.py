"""Careful in a notebook: the numbers of the pages, questions in the cage, a SELECT that stays, frozen weeks."""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard import answered, builds, initiatives, kpi, weekly_review, words
from dashboard.notebook import Company, NotebookError, open_company
from dashboard.parts import number
from pipelines.engine.graph import QueryError
from pipelines.questions import QuestionFile, scaffold
from pipelines.questions.cage import Cage, CageError
from pipelines.questions.check import Ground, check
from pipelines.questions.golden import Golden, read_case
from pipelines.settings import CONFIG_VARIABLE, SettingsError
from pipelines.snapshot import SnapshotError, snapshot
from pipelines.store import AGGREGATES, Build, Store, StoreError
from tests.dashboard.test_this_week import FELL, TWO_CHANNELS

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
MakeWorkspace = Callable[..., Path]

WEEK = "2026-W46"
BY_CHANNEL = """
    select iso_week, member as channel, successes::double / n as reached_share, successes, n, maturity
    from kpi_week
    where kpi = 'human_within_promise' and dimension = 'channel'
    order by iso_week, channel;
"""
REACHED_ON = """
    select iso_week, successes::double / n as reached_share, successes, n, maturity
    from kpi_week join (select distinct iso_week, week_ends_on from dates) as week using (iso_week)
    where kpi = 'human_within_promise' and dimension = 'channel' and member = $member and n >= $fewest
        and week_ends_on >= $since and successes >= n * $least
    order by iso_week
"""
SAID = {"question": "On which channels do customers reach a person?", "owner": "customer-insight"}
BROKEN = "/* ---\nquestion: How?\nowner: us\ngrain: [iso_week]\nwoner: you\n--- */\nselect 1 as n\n"


def of_its_own(workspace: Path, folder: Path) -> Path:
    """A workspace with the published build of another, to write into."""
    (folder / "store").mkdir(parents=True)
    for name in ("careful.toml", "rates.csv", "store/current"):
        shutil.copyfile(workspace / name, folder / name)
    shutil.copytree(workspace / "store" / "builds", folder / "store" / "builds")
    return folder


@pytest.fixture(scope="module")
def company(sample_workspace: Path) -> Iterator[Company]:
    opened = open_company(sample_workspace)
    yield opened
    opened.close()


@pytest.fixture
def own(sample_workspace: Path, tmp_path: Path) -> Iterator[Company]:
    """A company that may be written to."""
    opened = open_company(of_its_own(sample_workspace, tmp_path / "own"))
    yield opened
    opened.close()


# Opening


def test_a_company_is_found_as_the_command_line_finds_it(
    sample_workspace: Path, empty_workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="No settings file"):
        open_company()
    with pytest.raises(StoreError, match="Nothing is published yet"):
        open_company(empty_workspace())
    monkeypatch.setenv(CONFIG_VARIABLE, str(sample_workspace))
    by_environment = open_company()
    monkeypatch.delenv(CONFIG_VARIABLE)
    monkeypatch.chdir(sample_workspace)
    assert open_company().build.path == by_environment.build.path


def test_it_says_which_build_it_is_of_when_and_that_nobody_exists(company: Company) -> None:
    said = repr(company)
    assert said.startswith("Sample company: nobody in it exists · ")
    assert f"build {company.build.id} · as of 16 Nov 2026, 06:00 · data through 1" in said


def test_a_company_without_any_data_answers_too(empty_workspace: MakeWorkspace) -> None:
    company = open_company(empty_workspace(run=True))
    week = company.this_week()
    assert "no data yet" in repr(company)
    assert week.needs == "Nothing needs you."
    assert week.initiatives.is_empty()
    assert "Nothing came out." in repr(company.ask("feelings/emotion"))
    assert "<table" not in company.ask("feelings/emotion")._repr_mimebundle_()["text/html"]


# The numbers of the pages


@pytest.mark.parametrize("changes", [(), (FELL, *TWO_CHANNELS)], ids=["a quiet week", "a number fell"])
def test_a_notebook_says_of_the_week_what_the_page_says(
    own: Company, changes: tuple[str, ...], open_page: Open, said: Said
) -> None:
    own.close()
    with closing(duckdb.connect(str(own.build.path / AGGREGATES))) as connection:
        for sql in changes:
            connection.execute(sql)
    company = open_company(own.settings.workspace)
    page = said(open_page(company.settings.workspace))
    week = company.this_week()
    assert week.headline in page
    assert week.lead in page
    assert ("What changed" in page) == bool(changes)
    told = _unmarked(week.changed).split("\n\n")
    for sentence in told if changes else ():
        assert sentence in page
    for line in _unmarked(week.kpis).splitlines()[2:]:
        label, figure, basis, verdict = (cell.strip() for cell in line.strip("| ").split(" | "))
        for each in (label, figure, verdict, *basis.split(" · ")):
            assert each in page
    titles = re.findall(r"(?m)^\d\. (.*?)  $", _unmarked(week.needs))
    assert titles
    for title in titles:
        assert title in page
    company.close()


def _unmarked(markdown: str) -> str:
    return markdown.replace("**", "").replace("\\", "")


def test_every_number_is_the_builds_to_the_last_digit(company: Company) -> None:
    frame = company.this_week(WEEK).numbers
    counted = company.build.query(
        """
        select kpi, n, successes from kpi_window join kpi_clock using (kpi, weeks)
        where iso_week = $week and dimension = 'all'
        """,
        {"week": WEEK},
    )
    assert frame.height >= 7
    assert (
        frame.select("kpi", "n", "successes")
        .join(counted, on=["kpi", "n", "successes"], how="anti")
        .is_empty()
    )
    with builds.showing(company.settings, company.build):
        for row in frame.iter_rows(named=True):
            reading = kpi.read(row["kpi"], WEEK)
            assert reading is not None
            assert {name: getattr(reading, name) for name in row if name not in ("kpi", "label")} == {
                name: value for name, value in row.items() if name not in ("kpi", "label")
            }


@pytest.mark.parametrize("question", ["feelings/emotion", "loyalty/nps", "service/human_within_promise"])
def test_a_question_answers_what_the_page_shows(company: Company, question: str) -> None:
    found = company.ask(question)
    (row,) = found.frame.filter(iso_week=WEEK).to_dicts()
    with builds.showing(company.settings, company.build):
        reading = kpi.read(question.partition("/")[2], WEEK)
        assert reading is not None
        figure = number.figure(reading)
    (estimate,) = found.answer.estimates
    assert (row[estimate], row[f"{estimate}_low"], row[f"{estimate}_high"]) == pytest.approx(
        (reading.value, reading.low, reading.high), abs=1e-12
    )
    assert figure in repr(found)


def test_of_one_group_the_numbers_are_its_own_and_the_rest_is_about_all(company: Company) -> None:
    everyone = company.this_week()
    with builds.showing(company.settings, company.build):
        segment = kpi.groups("segment")[0]
    group = company.this_week(segment=segment)
    assert group.headline == everyone.headline
    assert group.name.endswith(f"segment {segment} only")
    assert group.numbers["n"].fill_null(0).sum() < everyone.numbers["n"].sum()
    with pytest.raises(NotebookError, match=r"never two crossed\. Choose one of segment and channel"):
        company.this_week(segment=segment, channel="chat")
    with pytest.raises(LookupError, match=r"There is no week 2020-W01 here\. There are .* to 2026-W46"):
        company.this_week("2020-W01")


def test_an_initiative_without_a_comparison_has_neither_effect_nor_money(company: Company) -> None:
    frame = company.this_week().initiatives
    alone = frame.filter(pl.col("evidence").is_in(initiatives.ALONE))
    assert alone.height
    assert alone.select(
        "effect", "low", "high", "net", "net_low", "net_high"
    ).null_count().sum_horizontal().item() == (6 * alone.height)
    assert frame["effect"].drop_nulls().len()


# Questions


def test_an_answer_shows_question_picture_figures_range_definition_source_and_how_far_it_reaches(
    company: Company,
) -> None:
    bundle = company.ask("feelings/emotion")._repr_mimebundle_()
    plain, rich = bundle["text/plain"], bundle["text/html"]
    for each in (plain, rich):
        assert "Do our customers feel well cared for?" in each
        assert "Sample company: nobody in it exists" in each
        assert "of 100 (probably between" in each
        assert "; rests on " in each
        assert "Definition: Share of answers of 6 or 7 to the emotion item" in each
        assert "Source: survey responses" in each
        assert "Data through: 2026-11-1" in each
        assert company.build.id in each
    assert 'src="data:image/svg+xml;base64,' in rich
    assert "http" not in rich


def test_the_chart_is_altairs_in_the_colours_of_the_app_and_needs_no_network(company: Company) -> None:
    found = company.ask("feelings/emotion")
    spec = found.chart.properties(width=480).to_dict()
    assert spec["width"] == 480
    assert "#B4472E" in spec["config"]["range"]["category"]
    shown = found.chart._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml"}
    assert ElementTree.fromstring(found.svg).tag.endswith("svg")


def test_questions_and_tables_are_listed_and_a_broken_file_harms_no_other(own: Company) -> None:
    path = own.settings.workspace / "queries" / "questions" / "ours" / "odd.sql"
    path.parent.mkdir(parents=True)
    path.write_text(BROKEN)
    found = own.questions()
    assert found.columns[:6] == ["name", "question", "owner", "theme", "draft", "verified"]
    assert {"feelings/emotion", "ours/odd"} <= set(found["name"])
    assert "woner" in found.filter(name="ours/odd")["broken"].item()
    with pytest.raises(NotebookError, match=r"ours/odd can not be asked: .*woner"):
        own.ask("ours/odd")
    with pytest.raises(NotebookError, match="There is no question no/such"):
        own.ask("no/such")
    tables = own.tables()
    assert "kpi" in tables.filter(name="kpi_week")["columns"].item().to_list()


def test_parameters_are_listed_with_what_they_may_be(company: Company) -> None:
    (row,) = company.params("web/pages_that_do_not_help").to_dicts()
    assert (row["name"], row["default"], row["options"][0]) == ("property", "all", "all")
    answer = company.ask("web/pages_that_do_not_help", property=row["options"][-1]).answer
    assert answer.params == {"property": row["options"][-1]} != {"property": "all"}
    with pytest.raises(QueryError, match="none of its options"):
        company.ask("web/pages_that_do_not_help", property="nobody's")


def test_sql_is_caged_and_values_are_bound(company: Company) -> None:
    assert (
        company.sql("select $one as one;", one="'; drop table kpi_week")["one"].item()
        == "'; drop table kpi_week"
    )
    for sql in ("select * from read_csv('/etc/hosts')", "drop table kpi_week", "select 1; select 2"):
        with pytest.raises(CageError):
            company.sql(sql)


# No rows per person


def test_there_is_no_way_from_a_notebook_to_a_row_per_person(company: Company) -> None:
    per_person = set(
        company.build.query_people("select table_name from information_schema.tables")["table_name"]
    )
    assert not per_person & set(company.tables()["name"])
    for name in per_person:
        with pytest.raises(CageError):
            company.sql(f"select * from {name}")
    with builds.showing(company.settings, company.build), pytest.raises(builds.NotForThisViewer):
        builds.people_rows("select 1")


# Saving


def test_a_saved_select_is_a_question_with_a_golden_test_that_it_passes(own: Company) -> None:
    saved = own.save("service/reached_by_channel", BY_CHANNEL, **SAID)
    queries = own.settings.workspace / "queries"
    assert saved.path == queries / "questions" / "service" / "reached_by_channel.sql"
    question = QuestionFile(saved.path, queries)
    assert question.header.grain == ("iso_week", "channel")
    assert (question.header.question, question.header.owner) == tuple(SAID.values())
    assert saved.test is not None
    assert not question.is_draft
    with Golden(own.settings.workspace) as golden:
        assert golden.failure(question, saved.test, question.name) is None
    answer = own.ask(saved.name)
    rows = own.sql(BY_CHANNEL)
    assert answer.frame.select(rows.columns).equals(rows.filter(pl.col("n") >= 10))
    assert answer.answer.estimates == ["reached_share"]
    assert "careful query check service/reached_by_channel" in repr(saved)


def test_what_is_saved_passes_the_check_at_once(own: Company) -> None:
    sql = BY_CHANNEL.replace("order by", "and member = $channel order by")
    saved = own.save("ours/by_channel", sql, params={"channel": "chat"}, **SAID)
    assert saved.test is not None
    cases = {path.stem: read_case(path, saved.name) for path in saved.test.parent.iterdir()}
    assert sorted(cases) == ["as_the_sample_company_has_it", "of_the_running_week", "where_there_is_nothing"]
    assert cases["where_there_is_nothing"].expects_nothing
    assert "2026-W47" in cases["of_the_running_week"].expect
    assert "partial" in cases["of_the_running_week"].expect
    with Golden(own.settings.workspace) as golden, Cage(own.build) as cage:
        assert check(Ground(golden, cage, date(2026, 11, 16)), (saved.name,)) == ([saved.name], [])


def test_a_total_that_always_has_a_row_gets_no_case_of_nothing(own: Company) -> None:
    saved = own.save("ours/every_answer", "select 'all' as whom, sum(n) as n from kpi_week", **SAID)
    assert saved.test is not None
    assert [path.stem for path in saved.test.parent.iterdir()] == ["as_the_sample_company_has_it"]


def test_of_real_customers_no_test_is_begun_and_the_question_is_a_draft(own: Company) -> None:
    manifest = own.build.path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sample": False}))
    company = open_company(own.settings.workspace)
    saved = company.save("service/reached_by_channel", BY_CHANNEL, **SAID)
    assert saved.test is None
    assert "careful query accept service/reached_by_channel --sample DIR" in repr(saved)
    assert company.questions().filter(name=saved.name)["draft"].item()
    assert "Draft: no golden test" in repr(company.ask(saved.name))
    assert not (company.settings.workspace / "tests").exists()


@pytest.mark.parametrize(
    ("name", "sql", "grain", "says"),
    [
        ("feelings/emotion", BY_CHANNEL, None, "There is a question feelings/emotion already"),
        ("Ours/Any thing", BY_CHANNEL, None, "is no name"),
        ("../../any", BY_CHANNEL, None, "is no name"),
        ("ours/any", BY_CHANNEL, ["channel"], "not told apart by channel"),
        ("ours/any", BY_CHANNEL, ["chanel"], "No column is called chanel"),
        ("ours/any", "select n from kpi_week", None, "not told apart by any column"),
        (
            "ours/any",
            "select 1 as n where $one = 1",
            None,
            r'uses \$one\. Say what is meant by default: params={"one": …}',
        ),
        ("ours/any", "select nn from kpi_week", None, "nn"),
        ("ours/any", "drop table kpi_week", None, "expected one SELECT, found DROP"),
    ],
)
def test_what_can_not_be_a_question_is_refused_and_nothing_is_written(
    own: Company, name: str, sql: str, grain: list[str] | None, says: str
) -> None:
    with pytest.raises((NotebookError, QueryError, CageError), match=says):
        own.save(name, sql, grain=grain, **SAID)
    assert not (own.settings.workspace / "queries").exists()


def test_what_a_select_binds_is_a_typed_parameter_that_the_app_offers(
    own: Company, open_page: Open, said: Said
) -> None:
    chosen = {"member": "chat", "fewest": 20, "since": date(2026, 6, 1), "least": 0.25}
    saved = own.save("service/reached_on", REACHED_ON, params=chosen, **SAID)
    header = QuestionFile(saved.path, own.settings.workspace / "queries").header
    assert {name: (param.type, param.default) for name, param in header.params.items()} == {
        "member": ("text", "chat"), "fewest": ("integer", 20), "since": ("date", date(2026, 6, 1)),
        "least": ("number", 0.25),
    }  # fmt: skip
    assert saved.test is not None
    assert "2026-W4" in saved.test.read_text().partition("expect:")[2]
    assert own.ask(saved.name).frame.height == own.sql(REACHED_ON, **chosen).height > 5
    email = own.ask(saved.name, member="email").frame
    assert email.select("iso_week", "n").equals(
        own.sql(REACHED_ON, **{**chosen, "member": "email"}).select("iso_week", "n")
    )
    told = said(page := open_page(own.settings.workspace, "questions", q=saved.name))
    assert not page.exception
    assert SAID["question"] in told
    assert {one.label for one in (*page.text_input, *page.number_input, *page.date_input)} >= {
        "Member",
        "Fewest",
        "Since",
    }


@pytest.mark.parametrize(
    ("params", "says"),
    [({"two": 1}, r"uses \$one"), ({"one": 1, "two": 1}, r"uses no \$two"), ({"one": [1]}, "found list"),
     ({"one": float("nan")}, "found float nan"), ({"one": None}, "found NoneType")],
)  # fmt: skip
def test_a_parameter_without_a_default_a_use_or_a_type_is_refused(
    own: Company, params: dict[str, object], says: str
) -> None:
    with pytest.raises((NotebookError, QueryError, CageError), match=says):
        own.save("ours/any", "select 1 as n where $one is not null", params=params, **SAID)
    assert not (own.settings.workspace / "queries").exists()


@given(
    some.dictionaries(
        some.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True),
        some.text(max_size=40) | some.booleans() | some.integers(-(2**60), 2**60) | some.dates()
        | some.floats(allow_nan=False, allow_infinity=False),
        min_size=1, max_size=3,
    ),
    some.text(min_size=1, max_size=60).filter(str.strip),
)  # fmt: skip
@trying(max_examples=60)
def test_any_default_is_read_back_as_it_was_given(params: dict[str, object], question: str) -> None:
    columns = ", ".join(f"${name} as {name}_" for name in params)
    with tempfile.TemporaryDirectory() as folder:
        path = scaffold.save(
            Path(folder),
            "ours/any",
            f"select {columns}",
            question=question,
            owner="us",
            grain=["a"],
            params=params,
        )
        header = QuestionFile(path, Path(folder)).header
    assert {name: param.default for name, param in header.params.items()} == params
    assert [type(param.default) for param in header.params.values()] == [
        type(value) for value in params.values()
    ]
    assert header.question.split() == question.split()


def test_a_question_is_never_overwritten(own: Company) -> None:
    saved = own.save("ours/reached", BY_CHANNEL, **SAID)
    before = saved.path.read_bytes()
    with pytest.raises(NotebookError, match="There is a question ours/reached already"):
        own.save("ours/reached", "select iso_week, n from kpi_week limit 1", **SAID)
    assert saved.path.read_bytes() == before


# Taking away


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "png", "svg"])
def test_an_answer_is_written_as_a_file(company: Company, tmp_path: Path, ending: str) -> None:
    path = company.ask("feelings/emotion").export(tmp_path / f"felt.{ending}")
    assert path.stat().st_size > 1000
    if ending == "parquet":
        assert pl.read_parquet(path).equals(company.ask("feelings/emotion").frame)


def test_an_unknown_ending_is_refused(company: Company, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Expected a file that ends in \.csv, .*found felt\.docx"):
        company.ask("feelings/emotion").export(tmp_path / "felt.docx")


# Frozen weeks


def test_a_frozen_week_answers_as_it_was_known_and_can_not_be_written_to(
    company_with_frozen_weeks: Path,
) -> None:
    company = open_company(company_with_frozen_weeks)
    frozen = snapshot(Store(company.settings.store), "2026-W45")
    then = company.week("2026-W45")
    assert "frozen week 2026-W45 · as of 9 Nov 2026, 00:00" in repr(then)
    review = then.this_week()
    assert review.name.startswith("Week 45")
    kept = frozen.query(
        "select n, successes from kpi_window join kpi_clock using (kpi, weeks) "
        "where kpi = 'emotion' and iso_week = '2026-W45' and dimension = 'all'"
    )
    assert review.numbers.filter(kpi="emotion").select("n", "successes").equals(kept)
    answer = then.ask("feelings/emotion")
    assert answer.frame.filter(iso_week="2026-W45").select("n", "successes").equals(kept)
    assert "Frozen week 2026-W45, as it was known then" in repr(answer)
    assert not then.questions()["draft"].any()
    with pytest.raises(NotebookError, match="stays as it is"):
        then.save("ours/any", BY_CHANNEL, **SAID)
    with pytest.raises(
        SnapshotError, match=r"The week 2026-W44 is not frozen .*frozen are: 2026-W46, 2026-W45"
    ):
        company.week("2026-W44")


# What somebody else wrote


@given(some.text(max_size=60), some.sampled_from(["gray", "orange", "blue-badge"]))
def test_only_the_marks_of_the_app_are_taken_from_a_sentence(text: str, colour: str) -> None:
    wrote = words.safe(text)
    assert weekly_review.plain(f":{colour}[:material/info: **{wrote}**]") == f"**{wrote}**"
    assert weekly_review.plain(f"a {wrote} b") == f"a {wrote} b"


class Cells(HTMLParser):
    """The text of every cell of a table."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("table", "tr", "th", "td")
        if tag in ("th", "td"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


@given(some.lists(some.text(max_size=30), min_size=1, max_size=4))
def test_a_table_shows_any_text_as_text(cells: list[str]) -> None:
    shown = Cells()
    shown.feed(answered._table(pl.DataFrame({"<b>&": cells})))
    shown.close()
    assert shown.texts == ["<b>&", *cells]


def test_a_build_is_given_for_a_while_only(company: Company, sample_build: Build) -> None:
    with builds.showing(company.settings, sample_build):
        assert builds.build() is sample_build
        assert builds.scope() == "aggregates"
    assert builds.scope() == "people"
