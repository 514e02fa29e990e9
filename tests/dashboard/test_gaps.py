"""Weeks that a series does not have are not drawn across."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.charts import gaps, paper, question
from dashboard.charts.plotted import plotted
from pipelines.questions.answer import Answer
from tests.dashboard.answers import answered
from tests.dashboard.test_question_pictures import texts

HOLED = """
select iso_week, who, successes::double / n as valued_share, successes, n from (values
    ('2026-W30', 'a', 60, 100), ('2026-W31', 'a', 55, 100), ('2026-W35', 'a', 65, 100), ('2026-W38', 'a', 60, 100),
    ('2026-W39', 'a', 61, 100), ('2026-W30', 'b', 60, 100), ('2026-W31', 'b', 60, 100)
) as t(iso_week, who, successes, n) where who in $whom order by 1
"""


def holed(tmp_path: Path, *whom: str, **header: Any) -> Answer:
    sql = HOLED.replace("$whom", "(" + ", ".join(f"'{one}'" for one in whom) + ")")
    chart = {"mark": "line", "x": "iso_week", "y": "valued_share", "by": "who", **header}
    return answered(tmp_path, sql, grain=["iso_week", "who"], chart=chart)


@pytest.mark.parametrize("mark", ["line", "area"])
def test_a_line_and_its_band_break_where_a_week_is_missing(tmp_path: Path, mark: str) -> None:
    answer = holed(tmp_path, "a", mark=mark)
    plot = plotted(answer)
    missing = plot.points.filter(plot.points["value"].is_null())
    assert [str(day) for day in missing["day"]] == ["2026-08-09", "2026-09-06"]
    svg = paper.svg(question.picture(answer))
    marks = [part.split('"')[0] for part in svg.split(' d="')[1:]]
    long = [path for path in marks if path.count("L") >= 1 and path.count("M") >= 2]
    assert long, "no path begins anew"
    assert answer.frame.height == 5


def test_the_weeks_that_lack_are_counted_below_the_picture(tmp_path: Path) -> None:
    said = "5 weeks are not shown: too few people in them, or nobody."
    one = holed(tmp_path / "one", "a")
    assert question.missing(one) == said
    assert said in texts(one)
    both = holed(tmp_path / "both", "a", "b")
    assert question.missing(both) == "5 weeks are not shown in every line: too few people in them, or nobody."
    whole = holed(tmp_path / "whole", "b")
    assert question.missing(whole) == ""
    assert plotted(whole).points["value"].null_count() == 0


def test_a_week_between_two_gaps_is_a_point(tmp_path: Path) -> None:
    drawn = question.picture(holed(tmp_path, "a")).to_dict()
    filters = [str(layer.get("transform")) for part in drawn["vconcat"] for layer in part["layer"]]
    assert any("datum.is_alone" in each for each in filters)
    whole = question.picture(holed(tmp_path / "whole", "b")).to_dict()
    assert "datum.is_alone" not in str(whole)


def test_one_week_is_one() -> None:
    assert gaps.told(1, is_one_series=True) == "1 week is not shown: too few people in it, or nobody."
    assert gaps.told(0, is_one_series=True) == ""
