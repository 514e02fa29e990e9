"""The picture that a question's header declares."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from dashboard.charts import paper, plotted, question
from pipelines.questions.answer import Answer
from tests.dashboard.answers import REGIONS, VALUED, answered

LINE = {"mark": "line", "x": "iso_week", "y": "valued_share"}
MARKS = ["line", "bar", "area", "heat", "scatter", "dot_range", "table"]
SEVERAL = """
select iso_week, segment, successes::double / n as valued_share, successes, n
from (values ('2026-W44', 60, 100), ('2026-W45', 55, 100), ('2026-W46', 65, 100)) as w(iso_week, successes, n)
cross join (select unnest($segments) as segment)
"""


def marks(part: Any) -> list[dict[str, Any]]:
    """Every mark of a specification, with its encoding."""
    if isinstance(part, dict):
        own = [part] if "mark" in part else []
        return own + [
            mark for name in ("layer", "vconcat") for each in part.get(name, []) for mark in marks(each)
        ]
    return []


def kinds(answer: Answer, **options: Any) -> list[str]:
    return [mark["mark"]["type"] for mark in marks(question.picture(answer, **options).to_dict())]


def happened(dimension: str, member: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"from_on": ["2026-11-02"], "until_on": ["2026-11-05"], "says": ["New rota"], "dimension": [dimension],
         "member": [member], "kpi": [None]}, schema_overrides={"kpi": pl.String}
    ).with_columns(pl.col("from_on", "until_on").str.to_date())  # fmt: skip


def texts(answer: Answer) -> str:
    drawn = ElementTree.fromstring(paper.svg(question.picture(answer)))
    return " ".join(text for text in drawn.itertext() if text.strip())


def segments(tmp_path: Path, names: list[str], **chart: Any) -> Answer:
    sql = SEVERAL.replace("$segments", json.dumps(names).replace('"', "'"))
    spec = {**LINE, "by": "segment", **chart}
    return answered(tmp_path, sql, grain=["iso_week", "segment"], chart=spec)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "sql", [VALUED, REGIONS, f"select * from ({VALUED}) where false"], ids=["weeks", "groups", "nothing"]
)
def test_every_mark_draws_every_answer(tmp_path: Path, mark: str, sql: str) -> None:
    group = "region" if sql == REGIONS else "iso_week"
    ways = {
        "scatter": {"x": "n", "y": "valued_share", "by": group},
        "heat": {"x": group, "y": "n", "by": "valued_share"},
        "dot_range": {"x": "valued_share", "y": group},
    }
    chart = {"mark": mark, **ways.get(mark, {"x": group, "y": "valued_share"})}
    answer = answered(tmp_path, sql, grain=[group], chart=chart)
    assert paper.svg(question.picture(answer)).startswith("<svg")


def test_a_range_is_drawn_and_what_is_not_final_is_dashed_or_open(tmp_path: Path) -> None:
    drawn = marks(question.picture(answered(tmp_path, VALUED, chart=LINE)).to_dict())
    assert "area" in {mark["mark"]["type"] for mark in drawn}
    dashed = [mark for mark in drawn if mark["mark"]["type"] == "line" and "strokeDash" in mark["mark"]]
    hollow = [mark for mark in drawn if mark["mark"].get("filled") is False]
    assert len(dashed) == len(hollow) == 1
    points = plotted.plotted(answered(tmp_path, VALUED, chart=LINE)).points
    assert points["is_final"].to_list() == [True, True, False, False, False]
    assert points["is_open"].to_list() == [False, False, False, False, True]


def test_a_number_without_a_range_is_drawn_without_a_band(tmp_path: Path) -> None:
    answer = answered(tmp_path, f"select iso_week, n from ({VALUED})", chart={**LINE, "y": "n"})
    assert "area" not in kinds(answer)


def test_bars_and_areas_begin_at_nothing(tmp_path: Path) -> None:
    for mark in ("bar", "area"):
        answer = answered(tmp_path, VALUED, chart={**LINE, "mark": mark})
        assert plotted.plotted(answer).domain(at_zero=True)[0] == 0


def test_an_axis_of_shares_spans_enough_that_chance_is_no_news_and_no_more_than_there_is(
    tmp_path: Path,
) -> None:
    low, high = plotted.plotted(answered(tmp_path, REGIONS, grain=["region"])).domain()
    assert 0 <= low < high <= 100
    assert high - low >= plotted.OF_100_SPAN


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_up_to_two_lines_share_a_picture(tmp_path: Path, names: list[str]) -> None:
    assert question.panel_names(segments(tmp_path, names)) == [""]


def test_more_lines_stand_below_each_other_on_one_scale(tmp_path: Path) -> None:
    answer = segments(tmp_path, ["a", "b", "c"])
    assert question.panel_names(answer) == ["a", "b", "c"]
    scales = [
        mark["encoding"]["y"]["scale"]["domain"]
        for panel in question.panels(answer)
        for mark in marks(panel.to_dict())
        if "scale" in mark["encoding"].get("y", {})
    ]
    assert len({tuple(scale) for scale in scales}) == 1


def test_a_facet_is_a_panel_each_also_where_lines_would_fit(tmp_path: Path) -> None:
    assert question.panel_names(segments(tmp_path, ["a", "b"], facet="segment")) == ["a", "b"]
    assert question.panel_names(segments(tmp_path, ["a", "b"], facet="segment", mark="bar")) == ["a", "b"]


def test_panels_that_would_be_too_many_are_counted(tmp_path: Path) -> None:
    answer = segments(tmp_path, [f"s{n:02}" for n in range(15)])
    assert len(question.panel_names(answer)) == question.MOST_PANELS
    assert question.left_out(answer) == 3
    assert "3 more are in the table." in texts(answer)


def test_a_target_is_drawn_whether_declared_or_a_column(tmp_path: Path) -> None:
    declared = answered(tmp_path, VALUED, chart=LINE, comparisons=[{"with": "target", "value": 0.7}])
    column = answered(tmp_path, f"select *, 0.7 as aim from ({VALUED})", chart={**LINE, "target": "aim"})
    for answer in (declared, column):
        assert plotted.plotted(answer).points["target"].to_list() == [70.0] * 5
        assert "target" in texts(answer)


def test_a_draft_is_marked_across_the_picture(tmp_path: Path) -> None:
    for chart in (LINE, {"mark": "table"}):
        for test in (False, True):
            answer = answered(
                tmp_path, VALUED, f"care/{chart['mark']}_{test}".lower(), test=test, chart=chart
            )
            assert ("DRAFT" in texts(answer)) is not test


def test_what_happened_is_drawn_unless_the_chart_wants_none(tmp_path: Path) -> None:
    for wanted in (True, False):
        answer = answered(tmp_path, VALUED, chart={**LINE, "annotations": wanted})
        drawn = paper.svg(question.picture(answer, happened("all", "all")))
        assert ("1 New rota, 2–5 November 2026" in drawn) is wanted
    other = happened("all", "all").with_columns(kpi=pl.lit("emotion"))
    assert question.told(answered(tmp_path, VALUED, chart=LINE), other).is_empty()


def test_what_happened_to_a_segment_is_in_its_panel_alone(tmp_path: Path) -> None:
    answer = segments(tmp_path, ["Family", "Business", "Private"])
    for events, drawn_in in ((happened("segment", "family"), ["Family"]), (happened("all", "all"), None)):
        assert question.told(answer, events)["number"].to_list() == [1]
        with_it = [
            name for name, panel in zip(question.panel_names(answer), question.panels(answer, events), strict=True)
            if any(mark["mark"]["type"] == "rect" for mark in marks(panel.to_dict()))
        ]  # fmt: skip
        assert with_it == (drawn_in or question.panel_names(answer))
    assert question.told(answer, happened("segment", "Other")).is_empty()


def test_a_chart_that_names_what_is_not_there_becomes_a_table_and_says_why(tmp_path: Path) -> None:
    answer = answered(tmp_path, VALUED, chart={**LINE, "y": "valued"})
    chart, why = plotted.chart_of(answer)
    assert chart.mark == "table"
    assert why.startswith("The chart names valued; the SELECT gives iso_week, valued_share")
    assert not question.is_drawn(answer)


def test_a_chart_of_words_alone_becomes_a_table(tmp_path: Path) -> None:
    answer = answered(tmp_path, VALUED, chart={**LINE, "y": "maturity"})
    assert (
        plotted.chart_of(answer)[1]
        == "Neither iso_week nor maturity is a number, so that nothing can be drawn."
    )


def test_more_points_than_a_picture_bears_become_a_table(tmp_path: Path) -> None:
    answer = answered(tmp_path, VALUED, chart={**LINE, "y": "n"})
    many = pl.DataFrame({"iso_week": ["2026-W46"] * 5000, "n": [1] * 5000})
    assert "too many" in plotted.chart_of(replace(answer, frame=many))[1]


def test_weeks_months_and_quarters_are_days_on_the_axis() -> None:
    days = plotted.days_of(pl.Series(["2026-W46", "2026-W47"]))
    assert days is not None
    assert [str(day) for day in days] == ["2026-11-15", "2026-11-22"]
    assert [str(day) for day in plotted.days_of(pl.Series(["2026-11", "2026-Q2"]))] == [
        "2026-11-01",
        "2026-04-01",
    ]  # type: ignore[union-attr]
    assert plotted.days_of(pl.Series(["2026-W46", "spring"])) is None
    assert plotted.days_of(pl.Series(["2026-W60"])) is None


def test_nothing_is_fetched_to_draw_a_picture(tmp_path: Path) -> None:
    spec = paper.on_paper(question.picture(answered(tmp_path, VALUED, chart=LINE)))
    assert "url" not in json.dumps({key: value for key, value in spec.items() if key != "$schema"})


@pytest.mark.parametrize("letter", ["\x00", "\x01", "\x1f", "\ufffe", "\uffff"])
def test_letters_that_xml_does_not_allow_do_not_take_the_server_down(tmp_path: Path, letter: str) -> None:
    sql = f"select 'a' || chr({ord(letter)}) || 'b' as region, 1.0 as amount"
    assert "a\ufffdb" in texts(
        answered(tmp_path, sql, grain=["region"], chart={"mark": "bar", "x": "region", "y": "amount"})
    )
