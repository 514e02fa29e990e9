"""What happened, on the charts of its time and group; and the forms in which it is written, and goals are set."""

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import builds, events, targets, timeline
from dashboard.charts import events as marks
from dashboard.charts import long_trend, trend
from dashboard.kpi import EVERYONE, Group
from pipelines.journal.events import Event
from pipelines.journal.events import events as written
from pipelines.journal.goals import goals
from pipelines.journal.notes import Notes
from pipelines.settings import load_settings
from pipelines.store import Build, Store

Open = Callable[..., AppTest]

WEEK = date(2026, 11, 15)
AT = datetime(2026, 11, 16, 8)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def told(*rows: tuple[str, date, date | None], dimension: str = "all", member: str = "all") -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema={"says": pl.String, "from_on": pl.Date, "until_on": pl.Date}, orient="row"
    )
    return frame.with_columns(dimension=pl.lit(dimension), member=pl.lit(member), kpi=pl.lit(None, pl.String))


@given(st.lists(st.tuples(st.just("x"), DAYS, st.integers(0, 90)), max_size=15), DAYS, st.integers(7, 700))
def test_only_what_touches_the_time_is_drawn_within_it_and_numbered_in_order(
    rows: list[tuple[str, date, int]], first: date, length: int
) -> None:
    last = date.fromordinal(first.toordinal() + length)
    given = told(*((says, day, date.fromordinal(day.toordinal() + more)) for says, day, more in rows))
    shown = marks.within(given, first, last)
    assert shown.height <= marks.MOST
    assert shown["number"].to_list() == list(range(1, shown.height + 1))
    assert shown["starts"].is_sorted()
    assert all(first <= starts <= ends <= last for starts, ends in shown.select("starts", "ends").iter_rows())
    outside = given.filter(
        (pl.col("from_on") > last) | (pl.col("until_on") <= pl.lit(first).dt.offset_by("-7d"))
    )
    assert shown.height == min(marks.MOST, given.height - outside.height)


def test_numbers_that_are_near_stand_below_each_other() -> None:
    near = told(
        *((f"e{day}", date(2026, 5, day), None) for day in (1, 3, 5)), ("later", date(2026, 8, 1), None)
    )
    assert marks.within(near, date(2026, 1, 1), WEEK)["top"].to_list() == [0, 12, 24, 0]


def test_what_happened_is_named_below_and_spoken() -> None:
    found = marks.within(
        told(("Phones down", date(2026, 6, 9), None), ("Sale", date(2026, 6, 20), date(2026, 6, 30))),
        date(2026, 1, 1), WEEK,
    )  # fmt: skip
    assert marks.legend(found) == "1 Phones down, 9 Jun 2026 · 2 Sale, 20–30 June 2026"
    assert marks.spoken(found) == "In this time: Phones down, 9 Jun 2026; Sale, 20–30 June 2026."
    assert marks.legend(found.clear()) == marks.spoken(found.clear()) == ""


def _weeks(target: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"week_ends_on": [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 8), WEEK], "value": [0.6] * 4,
         "low": [0.5] * 4, "high": [0.7] * 4, "n": [100] * 4, "maturity": ["final"] * 4, "target": target},
        schema_overrides={"target": pl.Float64},
    )  # fmt: skip


def _layers(part: Any) -> list[dict[str, Any]]:
    return [
        one
        for layer in part.get("layer", [part])
        for one in (_layers(layer) if "layer" in layer else [layer])
    ]


@pytest.mark.parametrize(("numbered", "texts"), [(True, 2), (False, 0)])
def test_a_chart_has_a_band_and_a_line_for_what_happened_and_numbers_where_there_is_room(
    numbered: bool, texts: int
) -> None:
    found = marks.within(told(("Sale", date(2026, 11, 2), date(2026, 11, 10))), date(2026, 10, 25), WEEK)
    plain = trend.sparkline(_weeks([None] * 4), "steady")
    drawn = [layer["mark"]["type"] for layer in _layers(marks.on(plain, found, numbered=numbered).to_dict())]
    before = [layer["mark"]["type"] for layer in _layers(plain.to_dict())]
    assert drawn[:2] == ["rect", "rule"]
    assert drawn[2 : 2 + len(before)] == before
    assert drawn[2 + len(before) :] == ["text"] * texts
    assert marks.on(plain, found.clear()) is plain


@pytest.mark.parametrize("draw", [trend.line, long_trend.long_trend])
def test_a_goal_that_changed_is_a_step_line(draw: Callable[..., Any]) -> None:
    spec = draw(_weeks([0.55, 0.55, 0.65, 0.65]), role="steady").to_dict()
    steps = [layer for layer in _layers(spec) if layer["mark"].get("interpolate") == "step-before"]
    assert len(steps) == 1
    assert {round(row["target"]) for row in spec["datasets"][steps[0]["data"]["name"]]} == {55, 65}
    without = draw(_weeks([None] * 4), role="steady").to_dict()
    assert not [layer for layer in _layers(without) if layer["mark"].get("interpolate") == "step-before"]


def test_a_goal_too_far_away_leaves_the_axis_as_it_is() -> None:
    spec = trend.line(_weeks([0.99] * 4), "steady").to_dict()
    assert not [layer for layer in _layers(spec) if layer["mark"].get("interpolate") == "step-before"]
    assert trend.with_goal(pl.Series([99.0, None]), 50.0, 70.0) == (50.0, 70.0)
    assert trend.with_goal(pl.Series([75.0]), 50.0, 70.0) == (50.0, 77.0)


@pytest.fixture
def company(sample_workspace: Path, tmp_path: Path) -> Path:
    """One's own copy, to write in."""
    return Path(shutil.copytree(sample_workspace, tmp_path / "company"))


@pytest.fixture
def looked_at(company: Path, sample_build: Build) -> Any:
    with builds.showing(load_settings(company / "careful.toml"), sample_build):
        yield Store(company / "store")


def _says(group: Group = EVERYONE, name: str = "emotion") -> list[str]:
    days = pl.Series([date(2025, 11, 23), WEEK])
    return events.shown(days, group, name)["says"].to_list()


def test_an_event_of_a_segment_is_on_its_charts_only_and_one_of_everybody_on_all(looked_at: Store) -> None:
    for_all = ["Spring sale", "Phones down", "Summer holidays", "New evening rota in chat"]
    assert _says() == for_all
    assert _says(Group("segment", "Business")) == for_all
    assert _says(Group("segment", "Family")) == [*for_all[:3], "Family days", for_all[3]]


def test_what_is_written_here_is_shown_at_once_and_what_is_taken_back_is_not(looked_at: Store) -> None:
    book = written(looked_at)
    first = book.write(
        Event(kind="launch", says="New shop", from_on=date(2026, 11, 3), kpi="emotion"), "ann", AT
    )
    assert "New shop" in _says()
    assert "New shop" not in _says(name="trust")
    book.change(first, "ann", AT, is_dropped=True)
    assert "New shop" not in _says()


def test_a_note_beside_a_number_is_on_its_charts(looked_at: Store) -> None:
    Notes(looked_at).write(
        "annotation", "2026-W44", "The survey asked  more " + "people " * 12, "ann", about="emotion"
    )
    assert [says for says in _says() if says.startswith("The survey asked more people")]
    assert all(len(says) <= 60 for says in _says())
    assert not [says for says in _says(name="trust") if says.startswith("The survey")]


def test_the_weeks_of_a_table_say_what_happened_in_them(looked_at: Store) -> None:
    weeks = timeline.drawn("emotion", "2026-W46")
    found = events.with_weeks(weeks, events.shown(weeks["week_ends_on"], name="emotion"))
    happened = dict(found.select("iso_week", "happened").iter_rows())
    assert happened["2026-W46"] == "New evening rota in chat"
    assert happened["2026-W29"] == happened["2026-W33"] == "Summer holidays"
    assert happened["2026-W45"] is None


def test_the_goal_of_a_week_is_the_one_that_counted_then(looked_at: Store) -> None:
    counted = dict(timeline.drawn("emotion", "2026-W46").select("iso_week", "target").iter_rows())
    assert (counted["2026-W40"], counted["2026-W41"], counted["2026-W46"]) == (0.55, 0.6, 0.6)
    assert targets.now("emotion") == (0.6, date(2027, 3, 31), "head of care")
    assert targets.now("emotion", Group("segment", "Family")) is None


def _page(open_page: Open, company: Path) -> AppTest:
    app = open_page(company)
    app.session_state["acting_as"] = "ann"
    return app.run()


def test_an_event_is_put_on_the_charts_changed_and_taken_back_on_the_page(
    open_page: Open, company: Path
) -> None:
    book = written(Store(company / "store"))
    app = _page(open_page, company)
    app.text_input(key="event_new_says").input("Warehouse flooded")
    app.selectbox(key="event_new_kind").select("outage")
    app.date_input(key="event_new_from").set_value(date(2026, 11, 10))
    _button(app, "Put it on the charts").click()
    app.run()
    assert not app.exception
    (one,) = book.all()
    assert (one.says, one.kind, one.from_on, one.by) == (
        "Warehouse flooded",
        "outage",
        date(2026, 11, 10),
        "ann",
    )
    assert any("Warehouse flooded" in each.value for each in app.markdown)
    _button(app, "Put it on the charts").click()
    app.run()
    assert any("please say what and which kind" in each.value for each in app.markdown)
    assert len(book.all()) == 1
    field = f"event_{one.thing_id}_1"
    app.text_input(key=f"{field}_says").input("Warehouse under water")
    app.button(key=f"save_{field}").click()
    app.run()
    app.button(key=f"drop_event_{one.thing_id}_2").click()
    app.run()
    assert [(each.says, each.is_dropped) for each in book.history(one.thing_id)] == [
        ("Warehouse flooded", False), ("Warehouse under water", False), ("Warehouse under water", True)
    ]  # fmt: skip
    assert not any("Warehouse" in each.value for each in app.markdown)


def test_a_goal_is_set_and_one_of_a_list_changed_and_taken_back_on_the_page(
    open_page: Open, company: Path
) -> None:
    book = goals(Store(company / "store"))
    app = _page(open_page, company)
    app.selectbox(key="goal_new_kpi").select("trust")
    app.selectbox(key="goal_new_whom").select(("segment", "Family"))
    app.number_input(key="goal_new_target").set_value(70)
    app.date_input(key="goal_new_due").set_value(date(2027, 6, 30))
    app.text_input(key="goal_new_owner").input("head of care")
    app.button(key="save_goal_new").click()
    app.run()
    assert not app.exception
    (new,) = book.all()
    assert (new.kpi, new.target_share, new.due_on, new.dimension, new.member, new.from_on) == (
        "trust", 0.7, date(2027, 6, 30), "segment", "Family", date(2026, 11, 16)
    )  # fmt: skip
    (waiting,) = [
        each.value for each in app.markdown if "70 of 100 by 30 Jun 2027, from the next" in each.value
    ]
    assert "Owner: head of care. Written down by ann." in waiting
    app.button(key="save_goal_new").click().run()
    assert any(
        "This goal is there" in each.value and "change it instead" in each.value for each in app.markdown
    )
    assert len(book.all()) == 1
    app.selectbox(key="goal_which").select(new.thing_id).run()
    assert app.number_input(key=f"goal_{new.thing_id}_target").value == 70
    app.selectbox(key="goal_which").select("GOAL-01")
    app.run()
    app.number_input(key="goal_GOAL-01_target").set_value(65)
    app.button(key="save_goal_GOAL-01").click()
    app.run()
    app.button(key="drop_goal_GOAL-01").click()
    app.run()
    assert [(each.target_share, each.is_dropped) for each in book.history("GOAL-01")] == [
        (0.65, False),
        (0.65, True),
    ]
    assert any("taken back, from the next run on" in each.value for each in app.markdown)


def test_a_form_has_no_kind_and_no_number_until_somebody_chooses_and_says_where_lower_is_better(
    open_page: Open, company: Path
) -> None:
    app = _page(open_page, company)
    assert app.selectbox(key="event_new_kind").value is None
    assert app.selectbox(key="goal_new_kpi").value is None
    assert app.number_input(key="goal_new_target").value is None
    app.button(key="save_goal_new").click().run()
    assert any(
        "please say which number, where it should be and whose it is" in each.value for each in app.markdown
    )
    assert goals(Store(company / "store")).all() == []
    app.selectbox(key="goal_new_kpi").select("bot_came_back").run()
    assert app.number_input(key="goal_new_target").label == "Of 100; lower is better"
    app.selectbox(key="goal_new_kpi").select("trust").run()
    assert app.number_input(key="goal_new_target").label == "Of 100"


def test_a_goal_whose_day_is_over_is_not_changed_on_the_page_and_may_be_taken_back(
    open_page: Open, company: Path
) -> None:
    build = Store(company / "store").current()
    assert build is not None
    file = build.path / "careful.duckdb"
    build.close()
    file.chmod(0o600)
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("update goal set due_on = date '2026-10-31' where goal_id = 'GOAL-01'")
    app = _page(open_page, company)
    app.selectbox(key="goal_which").select("GOAL-01")
    app.run()
    assert any("Its day is over, so it stays what it was" in each.value for each in app.markdown)
    assert "save_goal_GOAL-01" not in {each.key for each in app.button}
    app.button(key="drop_goal_GOAL-01").click()
    app.run()
    (dropped,) = goals(Store(company / "store")).history("GOAL-01")
    assert (dropped.is_dropped, dropped.target_share, dropped.due_on) == (True, 0.6, date(2026, 10, 31))


def _button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)
