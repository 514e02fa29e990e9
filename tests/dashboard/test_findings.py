"""What an answer says in words, and how its figures are read."""

from pathlib import Path

import pytest

from dashboard import figures, findings
from tests.dashboard.answers import REGIONS, VALUED, answered

SEGMENTS = """
select iso_week, segment, successes::double / n as valued_share, successes, n from (values
    ('2026-W45', 'Family', 50, 100), ('2026-W46', 'Family', 60, 100), ('2026-W46', 'Single', 30, 100)
) as t(iso_week, segment, successes, n)
"""


def test_the_takeaway_is_the_last_week_that_is_over_with_range_and_n(tmp_path: Path) -> None:
    said = findings.takeaway(answered(tmp_path, VALUED))
    assert (
        said == "In week 46 of 2026: 65 of 100 (probably between 55 and 74; rests on 100). It may still move."
    )


def test_of_groups_the_takeaway_names_both_ends_and_judges_neither(tmp_path: Path) -> None:
    said = findings.takeaway(answered(tmp_path, REGIONS, grain=["region"]))
    assert said == (
        "Valued share, 2 groups, from 50 of 100 (Wien; probably between 38 and 62; rests on 60) to 80 of 100 (Tirol; "
        "probably between 67 and 89; rests on 50)."
    )


def test_of_groups_over_time_the_takeaway_is_about_the_last_week(tmp_path: Path) -> None:
    answer = answered(tmp_path, SEGMENTS, grain=["iso_week", "segment"])
    assert findings.takeaway(answer).startswith(
        "In week 46 of 2026: Valued share, 2 groups, from 30 of 100 (Single;"
    )
    assert not findings.is_one_series(answer)


def test_what_is_hidden_is_counted_and_said(tmp_path: Path) -> None:
    answer = answered(tmp_path, REGIONS, grain=["region"])
    assert findings.hidden(answer) == "1 of 3 rows is not shown: fewer than 10 in it."
    assert "Graz" not in figures.table(answer)["Region"].to_list()


def test_where_everything_is_hidden_the_takeaway_says_so(tmp_path: Path) -> None:
    sql = "select 'Graz' as region, 0.5 as valued_share, 2 as successes, 4 as n"
    assert (
        findings.takeaway(answered(tmp_path, sql, grain=["region"])) == "Nothing that may be shown came out."
    )


def test_where_nothing_came_out_the_takeaway_says_so(tmp_path: Path) -> None:
    assert (
        findings.takeaway(answered(tmp_path, f"select * from ({VALUED}) where false")) == "Nothing came out."
    )


def test_what_is_not_final_is_said_from_its_first_week_on(tmp_path: Path) -> None:
    said = findings.unfinished(answered(tmp_path, VALUED))
    assert said.startswith("Not final from week 45 of 2026 on")
    assert "may still move and the last period is not over" in said


def test_a_series_without_a_state_is_not_final_in_the_week_that_is_not_over(tmp_path: Path) -> None:
    sql = f"select iso_week, successes from ({VALUED})"
    answer = answered(tmp_path, sql)
    assert findings.unfinished(answer).startswith("Not final from week 47 of 2026 on")
    assert findings.takeaway(answer) == "In week 46 of 2026: 65."


def test_declared_comparisons_are_sentences_with_ranges(tmp_path: Path) -> None:
    wanted = ["prior_week", {"with": "target", "value": 0.7}]
    before, target = findings.compared(answered(tmp_path, VALUED, comparisons=wanted))
    assert before == (
        "15 more (probably between 1 more and 28 more) than in the period before, week 45 of 2026 (50 of 100)."
    )
    assert (
        target == "no clear difference from the goal of 70 of 100: anything between 15 fewer and 4 more fits."
    )


def test_a_change_whose_range_holds_0_is_no_clear_one(tmp_path: Path) -> None:
    sql = f"select * from ({VALUED}) where iso_week < '2026-W45' or iso_week > '2026-W46'"
    sql += " union all select '2026-W45', 0.56, 56, 100, 'final'"
    (told,) = findings.compared(answered(tmp_path, sql, comparisons=["prior_week"]))
    assert told.startswith(
        "no clear difference from the period before, week 44 of 2026 (55 of 100): anything between"
    )


def test_the_week_before_is_said_only_where_it_is_known(tmp_path: Path) -> None:
    sql = f"select * from ({VALUED}) where iso_week in ('2026-W44', '2026-W46')"
    assert findings.compared(answered(tmp_path, sql, comparisons=["prior_week"])) == []


@pytest.mark.parametrize(
    ("until", "is_over"), [("2026-12-31", False), ("2026-11-16", False), ("2026-11-15", True)]
)
def test_an_allowance_says_what_it_allows_until_it_has_ended(
    tmp_path: Path, until: str, is_over: bool
) -> None:
    given = [{"rule": "golden_partial", "because": "the week is chosen by hand", "until": until}]
    ((told, over),) = findings.allowances(answered(tmp_path, VALUED, allow=given))
    assert over is is_over
    assert told.startswith("No longer allowed since" if is_over else "Until")
    assert "no test tries a period that is not over: the week is chosen by hand." in told


def test_a_draft_says_so_and_a_test_ends_it(tmp_path: Path) -> None:
    draft = "Draft: no golden test says what must come out"
    assert draft in findings.marks(answered(tmp_path, VALUED, test=False))
    assert draft not in findings.marks(answered(tmp_path, VALUED, test=True))


def test_a_verified_mark_falls_off_when_the_definition_changes(tmp_path: Path) -> None:
    hashed = answered(tmp_path, VALUED).question.definition_hash
    verified = {"by": "Ada", "checked_on": "2026-11-01", "hash": hashed}
    assert "Verified by Ada on 1 Nov 2026" in findings.marks(answered(tmp_path, VALUED, verified=verified))
    changed = findings.marks(
        answered(tmp_path, VALUED.replace("order by 1", "order by 2"), verified=verified)
    )
    assert "No longer verified: changed since it was checked by Ada on 1 Nov 2026" in changed


def test_the_facts_are_complete_and_on_the_company_clock(tmp_path: Path) -> None:
    told = findings.facts(answered(tmp_path, VALUED, definition="Answered 6 or 7."), "Europe/Zurich")
    assert told["definition"] == "Answered 6 or 7."
    assert told["as_of"] == "2026-11-16 06:00 Europe/Zurich"
    assert told["data_through"] == "not known"
    assert {"question", "owner", "source", "build", "filters", "state", "not_final", "ranges"} <= told.keys()


def test_how_far_the_data_reach_is_that_of_the_sources_that_it_rests_on(tmp_path: Path) -> None:
    sql = f"select t.* from ({VALUED}) as t cross join kpi_week"
    assert findings.facts(answered(tmp_path, sql), "UTC")["data_through"] == "2026-11-15 14:45 UTC"


def test_a_table_says_units_and_ranges_in_words_newest_first(tmp_path: Path) -> None:
    shown = figures.table(answered(tmp_path, VALUED))
    assert shown.columns == [
        "Week",
        "Valued share, of 100",
        "Probably between",
        "Counted",
        "Rests on",
        "State",
    ]
    assert shown.row(0) == ("2026-W47", 60.0, "39 and 78", 12, 20, "not over")
    assert shown.row(-1) == ("2026-W43", 60.0, "50 and 69", 60, 100, "all in")


def test_two_columns_that_read_alike_are_told_apart(tmp_path: Path) -> None:
    shown = figures.table(
        answered(tmp_path, "select 'a' as region, 1 as week, 2 as iso_week", grain=["region"])
    )
    assert shown.columns == ["Region", "Week", "Week (2)"]


@pytest.mark.parametrize(
    ("sql", "about", "said"),
    [
        ("1234.6 as amount", {"about": "x", "unit": "CHF"}, "1,235 CHF"),
        ("3.25 as wait_days", {"about": "x"}, "3.25 days"),
        ("0.4 as is_it", {"about": "x", "format": "share"}, "40.0 of 100"),
        ("12 as letters", {"about": "x", "unit": "letters"}, "12 letters"),
        ("-0.5 as change_points", {"about": "x"}, "−0.5 points"),
    ],
)
def test_a_figure_is_said_in_its_unit(tmp_path: Path, sql: str, about: dict[str, str], said: str) -> None:
    name = sql.rpartition(" ")[2]
    answer = answered(tmp_path, f"select 'a' as region, {sql}", grain=["region"], columns={name: about})
    column = figures.of_name(answer, name)
    assert column is not None
    assert figures.said(column, answer.frame[name][0]) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-W46", "week 46 of 2026"),
        ("2026-11", "November 2026"),
        ("2026-13", "2026-13"),
        ("spring", "spring"),
    ],
)
def test_a_period_is_said_in_words(tmp_path: Path, value: str, said: str) -> None:
    assert figures.period(answered(tmp_path, VALUED), value) == said
