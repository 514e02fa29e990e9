"""The page of questions: the product's and a company's own, drafts, broken files; its address; that it looks again."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import asked, builds, lineage
from pipelines.questions import QUERIES, query_folders, read_questions
from pipelines.settings import load_settings
from pipelines.store import Build, Store
from tests.dashboard.answers import written
from tests.dashboard.test_crawler import violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

BY_SEGMENT = """
select iso_week, member as segment, successes::double / n as valued_share, successes, n, maturity
from kpi_window join kpi_clock using (kpi, weeks)
where kpi = 'valued' and dimension = 'segment' and n >= $least and ($segment = 'all' or member = $segment)
order by iso_week, segment
"""
PARAMS = {
    "segment": {
        "type": "text", "default": "all",
        "options": "select distinct member from kpi_week where dimension = 'segment'",
    },
    "least": {"type": "integer", "default": 10},
}  # fmt: skip
ALLOW = [
    {"rule": "slow", "because": "it was slow until October", "until": "2026-10-31"},
    {"rule": "golden_partial", "because": "weeks are chosen by hand", "until": "2099-12-31"},
]


@pytest.fixture(scope="module")
def copied(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with questions of its own."""
    folder = tmp_path_factory.mktemp("questions") / "company"
    folder.mkdir()
    for name in ("careful.toml", "rates.csv"):
        shutil.copyfile(sample_workspace / name, folder / name)
    shutil.copytree(sample_workspace / "store" / "builds", folder / "store" / "builds")
    shutil.copyfile(sample_workspace / "store" / "current", folder / "store" / "current")
    grain = ["iso_week", "segment"]
    written(
        folder,
        BY_SEGMENT,
        "own/by_segment",
        question="Who feels valued?",
        grain=grain,
        params=PARAMS,
        allow=ALLOW,
    )
    written(
        folder,
        "select iso_week, n as answers from kpi_week where kpi = 'trust' and dimension = 'all'",
        "own/draft",
        test=False,
        question="A draft?",
    )
    written(
        folder, "select iso_week, no_such_column from kpi_week", "own/later", question="What is not there?"
    )
    product = (QUERIES / "questions" / "feelings" / "valued.sql").read_text(encoding="utf-8")
    own = folder / "queries" / "questions" / "feelings" / "valued.sql"
    own.parent.mkdir(parents=True)
    own.write_text(
        product.replace("Do our customers feel valued?", "Do our guests feel valued?"), encoding="utf-8"
    )
    broken = folder / "queries" / "questions" / "own" / "broken.sql"
    broken.write_text(
        "/* ---\nquestion: Why?\nower: us\ngrain: [iso_week]\n--- */\nselect 1\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def company(copied: Path, tmp_path: Path) -> Iterator[Path]:
    """The same for every test, whatever another one wrote there."""
    for name in ("queries", "tests"):
        shutil.copytree(copied / name, tmp_path / name)
    yield copied
    for name in ("queries", "tests"):
        shutil.rmtree(copied / name)
        shutil.copytree(tmp_path / name, copied / name)


@pytest.fixture
def ask(open_page: Open, company: Path) -> Callable[..., AppTest]:
    """`ask("own/by_segment", p_segment="Family")` -> the page of that question."""

    def open_(name: str = "", folder: Path = company, **address: str) -> AppTest:
        given = {"q": name} if name else {}
        app = open_page(folder, "questions")
        for key, value in (given | address).items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, app.exception[0].value
        return app

    return open_


@pytest.fixture
def shown(company: Path) -> Iterator[Build]:
    """The company's build, without a page."""
    settings = load_settings(company / "careful.toml")
    build = Store(settings.store).current()
    assert build is not None
    with builds.showing(settings, build):
        yield build
    build.close()


def buttons(app: AppTest) -> list[str]:
    return [each.label for each in app.button if str(each.key).startswith("question_link ")]


def test_every_question_is_listed_under_its_theme(
    ask: Callable[..., AppTest], said: Said, company: Path
) -> None:
    app = ask()
    found = read_questions(query_folders(load_settings(company / "careful.toml")))
    assert len(buttons(app)) == len(found.files) + len(found.broken)
    text = said(app)
    assert "Four are your own. " in text
    assert "1 file can not be asked." in text
    assert "\n Own\n" in text


def test_the_list_says_which_are_drafts_own_and_in_place_of_ours(
    ask: Callable[..., AppTest], said: Said
) -> None:
    badges = re.findall(r"-badge\[:material/\w+: ([^\]]+)\]", said(ask()))
    assert badges.count("Yours, in place of ours") == 1
    assert badges.count("Your own") == 3
    assert "Draft" in badges
    assert badges.count("Can not be asked") == 1


def test_the_list_is_searched_by_words(ask: Callable[..., AppTest], said: Said) -> None:
    app = ask()
    app.text_input(key="question_wanted").input("guests valued").run()
    assert buttons(app) == ["Do our guests feel valued?"]
    app.text_input(key="question_wanted").input("nothing of the kind").run()
    assert "No question has these words." in said(app)


def test_a_click_opens_a_question_and_the_address_says_which(ask: Callable[..., AppTest]) -> None:
    app = ask()
    app.button(key="question_link own/by_segment").click().run()
    assert app.title[0].value == "Who feels valued?"
    assert app.query_params["q"] == "own/by_segment"
    app.button(key="question_link ").click().run()
    assert app.title[0].value == "Questions"
    assert "q" not in app.query_params


THEMES: dict[str, list[str]] = {}
for _name in sorted(each.name for each in read_questions().files):
    THEMES.setdefault(_name.partition("/")[0], []).append(_name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        *(
            name if is_first else pytest.param(name, marks=pytest.mark.endure)
            for theme in THEMES.values()
            for name, is_first in zip(theme, [True] + [False] * len(theme), strict=False)
        ),
        "own/by_segment",
        "own/draft",
        "own/broken",
        "own/later",
        "no/such",
    ],
)
def test_every_page_answers_with_ranges_and_without_jargon(ask: Callable[..., AppTest], name: str) -> None:
    assert violations(ask(name)) == []


def test_an_answer_says_its_range_its_n_its_owner_and_how_far_its_data_reach(
    ask: Callable[..., AppTest], said: Said
) -> None:
    text = said(ask("feelings/emotion"))
    assert re.search(
        r"In the weeks up to week 46 of 2026: \d+ of 100 (.*probably between \d+ and \d+; rests on \d+)", text
    )
    assert "kept by customer insight" in text
    assert "data through Sunday 15 November" in text
    assert "Not final from week 45 of 2026 on" in text


def test_the_picture_says_the_takeaway_to_those_who_can_not_see_it(ask: Callable[..., AppTest]) -> None:
    app = ask("feelings/emotion")
    (picture,) = app.get("vega_lite_chart")
    assert picture.proto.alt.startswith("In the weeks up to week 46 of 2026: ")


def test_parameters_are_widgets_and_the_address_remembers_what_is_special(
    ask: Callable[..., AppTest],
) -> None:
    app = ask("own/by_segment")
    assert app.query_params == {"q": "own/by_segment"}
    segment = app.selectbox[0]
    assert segment.value == "all"
    segment.select(segment.options[1]).run()
    app.number_input[0].set_value(12).run()
    assert app.query_params == {"q": "own/by_segment", "p_segment": segment.options[1], "p_least": "12"}
    app.selectbox[0].select("all").run()
    assert "p_segment" not in app.query_params


def test_an_address_asks_the_question_with_its_parameters(ask: Callable[..., AppTest], shown: Build) -> None:
    segment = shown.query("select max(member) as member from kpi_week where dimension = 'segment'").item()
    app = ask("own/by_segment", p_segment=segment, p_least="11")
    assert app.selectbox[0].value == segment
    assert app.number_input[0].value == 11
    app.query_params["p_least"] = "14"  # back and forward
    app.run()
    assert app.number_input[0].value == 14


@pytest.mark.parametrize(("param", "given"), [("p_segment", "no such segment"), ("p_least", "many")])
def test_an_address_that_asks_for_what_is_not_there_is_told_so(
    ask: Callable[..., AppTest], said: Said, param: str, given: str
) -> None:
    app = ask("own/by_segment", **{param: given})
    assert f"can not be '{given}' here; asked with" in said(app)
    assert app.query_params == {"q": "own/by_segment"}


def test_what_other_pages_keep_in_the_address_stays_and_does_not_choose(ask: Callable[..., AppTest]) -> None:
    app = ask("own/by_segment", segment="Family")
    assert app.selectbox[0].value == "all"


def test_a_draft_says_so_in_words_and_across_the_picture(ask: Callable[..., AppTest], said: Said) -> None:
    app = ask("own/draft")
    assert "No golden test says what must come out" in said(app)
    assert "DRAFT" in app.get("vega_lite_chart")[0].proto.spec + str(
        app.get("vega_lite_chart")[0].proto.datasets
    )


def test_what_is_allowed_and_what_no_longer_is_stand_on_the_page(
    ask: Callable[..., AppTest], said: Said
) -> None:
    text = said(ask("own/by_segment"))
    assert "No longer allowed since 31 Oct 2026 it may be slow: it was slow until October." in text
    assert "Until 31 Dec 2099 no test tries a period that is not over: weeks are chosen by hand." in text


def test_a_broken_file_shows_its_error_on_its_own_page(ask: Callable[..., AppTest], said: Said) -> None:
    app = ask("own/broken")
    assert "Can not be asked" in said(app)
    assert "ower" in app.text[0].value or "owner" in app.text[0].value
    assert "careful query check own/broken" in said(app)
    assert "the product's own definition" not in said(app)


def test_a_broken_file_over_the_products_says_that_the_products_counts(
    ask: Callable[..., AppTest], company: Path, said: Said
) -> None:
    own = company / "queries" / "questions" / "feelings" / "valued.sql"
    own.write_text(own.read_text(encoding="utf-8").replace("owner:", "ower:"), encoding="utf-8")
    assert "the numbers are counted by the product's own definition" in said(ask("feelings/valued"))


def test_a_question_that_does_not_run_says_why_and_harms_no_other(
    ask: Callable[..., AppTest], said: Said
) -> None:
    app = ask("own/later")
    assert "no_such_column" in app.text[0].value
    assert ask("own/by_segment").title[0].value == "Who feels valued?"


def test_a_question_that_is_not_there_leads_to_the_list(ask: Callable[..., AppTest], said: Said) -> None:
    app = ask("no/such")
    assert "There is no question no/such." in said(app)
    assert app.title[0].value == "Questions"


def test_a_new_file_stands_there_at_the_next_look_and_a_change_is_taken_up(
    ask: Callable[..., AppTest], company: Path
) -> None:
    app = ask("own/draft")
    written(
        company,
        "select iso_week, n as answers from kpi_week where kpi = 'trust' and dimension = 'all'",
        "own/draft",
        test=False,
        question="A better one?",
    )
    app.run()
    assert app.title[0].value == "A better one?"
    written(company, "select 1 as n", "new/one", question="A new one?")
    assert "A new one?" in buttons(ask())


def test_a_file_that_an_editor_replaces_is_shown_again_at_the_same_address(
    ask: Callable[..., AppTest], company: Path
) -> None:
    app = ask("own/draft")
    path = company / "queries" / "questions" / "own" / "draft.sql"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    assert app.run().title[0].value == "Questions"
    assert "A draft?" not in buttons(app)
    path.write_text(text, encoding="utf-8")
    assert app.run().title[0].value == "A draft?"


def test_a_golden_test_ends_a_draft_at_the_next_look(
    ask: Callable[..., AppTest], said: Said, company: Path
) -> None:
    app = ask("own/draft")
    assert "Draft" in said(app)
    written(
        company,
        "select iso_week, n as answers from kpi_week where kpi = 'trust' and dimension = 'all'",
        "own/draft",
        test=True,
        question="A draft?",
    )
    assert "Draft" not in said(app.run())


def test_a_look_is_light(shown: Build) -> None:
    import time

    asked.fingerprint()
    began = time.process_time()
    for _ in range(10):
        asked.fingerprint()
    assert (time.process_time() - began) / 10 < 0.05


def test_the_drawers_hold_definition_sql_and_the_way_from_the_files(
    ask: Callable[..., AppTest], said: Said
) -> None:
    app = ask("service/human_within_promise")
    assert not app.code
    for key in ("question_meaning", "question_sql", "question_lineage"):
        app.session_state[key] = True
    app.run()
    assert not app.exception
    assert "from kpi_window" in app.code[0].value
    assert "Channels have promises of their own" in said(app)
    drawn = next(each.value for each in app.markdown if "flowchart TB" in each.value)
    assert "Zendesk" in drawn


def test_the_way_to_a_number_begins_with_its_own_exports_and_ends_with_the_question(shown: Build) -> None:
    question = asked.questions().get("feelings/emotion")
    assert question is not None
    edges = lineage.graph(question)
    names = {name for edge in edges for name in edge}
    assert {name for name in names if name.startswith("landing.") and "__" in name} == {
        "landing.qualtrics__response"
    }
    assert ("kpi_window", "questions/feelings/emotion") in edges
    assert {"response", "kpi_event", "kpi_cell", "window_cell"} <= names
    assert not any(name.startswith(("staged.", "staging.")) for name in names)


def test_a_question_that_no_build_knows_is_drawn_too(shown: Build) -> None:
    question = asked.questions().get("own/by_segment")
    assert question is not None
    drawn = lineage.mermaid(lineage.graph(question))
    assert drawn.startswith("flowchart TB\n")
    assert "Qualtrics<br/>survey answers" in drawn
    assert '{{"own/by_segment"}}' in drawn


def test_a_page_and_the_engine_say_the_same(ask: Callable[..., AppTest], shown: Build) -> None:
    from dashboard import figures
    from pipelines.questions.answer import ask as engine_ask

    question = asked.questions().get("own/by_segment")
    assert question is not None
    app = ask("own/by_segment")
    app.session_state["behind_The figures: Who feels valued?"] = True
    app.run()
    table = pl.from_pandas(app.dataframe[0].value.reset_index(drop=True))
    expected = figures.table(engine_ask(shown, question))
    assert table.rows() == expected.rows()
