"""What the page This week promises, state by state."""

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.measures.comparison import BASELINE_WEEKS
from pipelines.store import Build, Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Changed = Callable[..., Path]

WEEK = "2026-W46"
FEELINGS = "('emotion', 'purchase_more', 'recommend', 'forgive', 'trust')"
ALL_FELL = """
    update kpi_verdict set verdict = 'down', change = -0.08, change_low = -0.12, change_high = -0.04, weeks = 3
    where iso_week = '2026-W46' and dimension = 'all'
"""
FELL = f"""
    update kpi_verdict
    set verdict = 'down', weeks = 1, change_low = fall.change - 0.05, change_high = -0.01, change = fall.change
    from (
        select sum(successes) filter (place = 1) / sum(n) filter (place = 1)
            - sum(successes) filter (place > 1) / sum(n) filter (place > 1) as change
        from (
            select n, successes, row_number() over (order by iso_week desc) as place from kpi_week
            where kpi = 'human_within_promise' and dimension = 'all' and iso_week <= '2026-W46'
        ) as week
        where place <= {1 + BASELINE_WEEKS}
    ) as fall
    where kpi = 'human_within_promise' and dimension = 'all' and iso_week = '2026-W46'
"""
TWO_CHANNELS = (
    "delete from kpi_week where kpi = 'human_within_promise' and dimension = 'channel'",
    """
    insert into kpi_week by name
    select week.* replace ('channel' as dimension, member.name as member,
        case member.name when 'chat' then week.n // 2 else week.n - week.n // 2 end as n,
        case member.name when 'chat' then week.successes // 2 else week.successes - week.successes // 2 end
        as successes)
    from kpi_week as week, (values ('chat'), ('phone')) as member(name)
    where kpi = 'human_within_promise' and dimension = 'all'
    """,
)
NOTHING_MOVED = "update kpi_verdict set verdict = 'no real change' where verdict in ('up', 'down')"
ALL_CARED_FOR = "update top_customer_summary set without_care = 0"
NO_HARM = "update initiative_effect set verdict = 'inconclusive'"


@pytest.fixture
def changed(sample_workspace: Path, tmp_path: Path) -> Changed:
    """The sample company with its published numbers changed by SQL: `changed("delete from goal")` -> folder."""

    def make(*statements: str) -> Path:
        build = Store(sample_workspace / "store").current()
        assert build is not None
        shutil.copytree(build.path, tmp_path / "store" / "builds" / build.path.name)
        shutil.copyfile(sample_workspace / "store" / "current", tmp_path / "store" / "current")
        shutil.copyfile(sample_workspace / "careful.toml", tmp_path / "careful.toml")
        file = tmp_path / "store" / "builds" / build.path.name / "careful.duckdb"
        file.chmod(0o600)
        with closing(duckdb.connect(str(file))) as con:
            for statement in statements:
                con.execute(statement)
        return tmp_path

    return make


def test_the_answer_comes_first_then_what_needs_the_reader_then_the_numbers(
    open_page: Open, sample_workspace: Path
) -> None:
    headers = [header.value for header in open_page(sample_workspace).main.header]
    assert headers.index("Needs you") < headers.index("How customers are")
    assert headers[-1] == "How sure are we?"


def test_a_quiet_week_says_so_and_pads_nothing(open_page: Open, changed: Changed, said: Said) -> None:
    app = open_page(changed(NOTHING_MOVED, ALL_CARED_FOR, NO_HARM, "delete from promise"))
    assert not app.exception
    assert app.title[0].value == "A quiet week. Nothing needs you."
    headers = [header.value for header in app.header]
    assert not {"Needs you", "What changed", "What we decided, and what became of it"} & set(headers)
    assert "How customers are" in headers


def test_an_overdue_promise_needs_the_reader_though_nothing_changed(
    open_page: Open, changed: Changed, said: Said
) -> None:
    app = open_page(changed(NOTHING_MOVED, ALL_CARED_FOR, NO_HARM))
    told = said(app)
    assert app.title[0].value == "A quiet week. One thing needs you."
    assert "1. Overdue since 13 November" in told
    assert "Refund letter in plain language: was due on 13 November, not kept yet." in told


def test_when_everything_got_worse_the_page_says_how_long_and_never_why(
    open_page: Open, changed: Changed, said: Said
) -> None:
    app = open_page(changed(ALL_FELL))
    assert not app.exception
    told = said(app)
    assert app.title[0].value.startswith("Customers feel less well cared for.")
    assert "numbers that can be judged really moved." in told
    assert told.count("Worse for three weeks, down 8 of 100") >= 5
    assert "fell by 8 of 100 in three weeks (probably between 4 and 12)" in told
    assert told.count("Why: the data cannot say.") == 1
    assert len([text for text in app.markdown if re.match(r"\*\*\d+\. ", text.value)]) <= 3


def test_a_change_is_split_among_channels_and_into_people_to_the_person(
    open_page: Open, changed: Changed, said: Said
) -> None:
    told = said(open_page(changed(*TWO_CHANNELS, FELL)))
    assert "Where: " in told
    assert "on chat" in told
    found = re.search(
        r"How many: ([\d,’']+) of [\d,’']+ times nobody was reached within the promise; in .*? usual weeks? "
        r"(\d+) of [\d,’']+\. Of the (\d+) more, (.*)\.\n", told
    )  # fmt: skip
    assert found
    now, usual, more = (int(found[i]) for i in (1, 2, 3))
    along, _, against = found[4].partition(", less ")
    parts = [int(figure) for figure in re.findall(r"\b\d+\b", along)]
    less = [int(figure) for figure in re.findall(r"\b\d+\b", against)]
    assert now - usual == more == sum(parts) - sum(less)


def test_what_was_on_the_calendar_is_named_and_not_called_the_cause(
    open_page: Open, changed: Changed, said: Said
) -> None:
    folder = changed(ALL_FELL, "update initiative set starts_on = date '2026-11-09' where name like 'Birth%'")
    told = said(open_page(folder))
    assert "Why: the data cannot say. On the calendar: “Birthday card” began on 9 November." in told
    assert "proves nothing" in told


def test_few_answers_are_called_a_hint_or_too_few_to_read(
    open_page: Open, changed: Changed, said: Said
) -> None:
    few = (
        "update kpi_window set n = {n}, effective_n = {n}, successes = 8, opposites = 2 "
        "where kpi = '{kpi}' and dimension = 'all'"
    )
    folder = changed(few.format(n=20, kpi="trust"), few.format(n=60, kpi="forgive"))
    told = said(open_page(folder))
    assert "Too few to read: 20 answers" in told
    assert "A hint: 60 answers" in told


def test_a_new_wording_is_said_beside_the_number(open_page: Open, changed: Changed, said: Said) -> None:
    folder = changed("insert into series_break values ('trust', '2026-W40', 'wording', 'one', 'two')")
    assert "New wording since week 40: compared from there on" in said(open_page(folder))


def test_an_unfinished_week_is_said_as_such_on_the_latest_page_only(
    open_page: Open, changed: Changed, said: Said
) -> None:
    folder = changed(
        "insert into kpi_so_far values "
        "('human_within_promise', '2026-W47', 3, 210, 170, 40, 'no real change', -0.01, -0.08, 0.06)"
    )
    told = said(open_page(folder))
    assert "So far, to Wednesday: 81 of 100 (probably between 75 and 86; 210 contacts)." in told
    assert "Compared with the same days before: no real change." in told
    assert "So far, to" not in said(open_page(folder, week="2026-W45"))


def test_a_company_that_asks_only_one_score_sees_it_and_what_is_missing(
    open_page: Open, changed: Changed, said: Said
) -> None:
    app = open_page(
        changed(*(f"delete from {table} where kpi in {FEELINGS}" for table in ("kpi_window", "kpi_week")))
    )
    assert not app.exception
    told = said(app)
    assert "Not asked yet: " in told
    assert [
        metric for metric in app.metric if metric.label in ("Net Promoter Score", "Rated the contact good")
    ]
    assert not [metric for metric in app.metric if metric.label == "Felt well cared for"]


def test_goals_say_where_they_stand(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    statuses = dict(sample_build.query("select kpi, status from goal_progress").iter_rows())
    told = said(open_page(sample_workspace))
    assert statuses
    for status in statuses.values():
        assert status[1:] in told
    counted = sample_build.query(
        "select value, n from goal_progress where kpi = 'top_customers_with_care'"
    ).row(0)
    assert (
        f"{counted[0] * counted[1]:.0f} of {counted[1]}; goal {0.9 * counted[1]:.0f} of {counted[1]} by"
        in told
    )


def test_a_build_from_before_these_numbers_were_thought_of_still_shows(
    open_page: Open, changed: Changed, said: Said
) -> None:
    later = (
        "goal_progress",
        "kpi_so_far",
        "series_break",
        "kpi_weighted",
        "reach_group",
        "representativeness",
    )
    folder = changed(
        *(f"drop table if exists {table}" for table in later),
        "alter table kpi_verdict drop column weeks",
        "alter table kpi_verdict drop column level",
    )
    app = open_page(folder)
    assert not app.exception
    assert "How sure are we?" in [header.value for header in app.header]


def test_what_is_behind_a_number_is_made_only_when_it_is_opened(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace)
    assert not app.code
    assert "Written down in" not in said(app)
