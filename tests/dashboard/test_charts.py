"""Pictures draw what is uncertain, and name colours by their role."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.charts import (
    bullet,
    colours,
    dots,
    effect,
    hundred,
    level,
    matrix,
    retention,
    settling,
    steps,
    trend,
)


def history(weeks: int = 10, half_width: float = 0.03, gap: int | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "week_ends_on": date(2026, 1, 4) + timedelta(weeks=i),
                "value": None if i == gap else 0.5,
                "low": None if i == gap else 0.5 - half_width,
                "high": None if i == gap else 0.5 + half_width,
                "n": None if i == gap else 100,
                "maturity": None if i == gap else "provisional" if i >= weeks - 2 else "final",
            }
            for i in range(weeks)
        ]
    )


def marks(spec: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in spec["layer"]]


def test_a_line_has_its_band_and_a_range_at_the_last_value() -> None:
    spec = trend.line(history(), "steady").to_dict()
    assert "area" in marks(spec)
    assert "rule" in marks(spec)


def test_weeks_with_answers_still_coming_in_are_dashed() -> None:
    dashed = [
        layer
        for layer in trend.sparkline(history(), "worse").to_dict()["layer"]
        if layer["mark"]["type"] == "line" and "strokeDash" in layer["mark"]
    ]
    assert len(dashed) == 1
    data = trend.of_100(history())
    assert data.filter("is_last")["maturity"].to_list() == ["provisional"]
    assert data.filter("is_last_final").height == 1


def test_a_week_that_is_not_over_is_an_open_point_after_the_last_one() -> None:
    whole = history()
    open_end = whole.tail(1).with_columns(
        pl.col("week_ends_on") + timedelta(weeks=1), maturity=pl.lit("partial")
    )
    data = trend.of_100(pl.concat([whole, open_end]))
    assert data["is_open"].to_list() == [False] * 10 + [True]
    assert data["is_last"].to_list() == [False] * 9 + [True, False]
    points = [
        layer["mark"]
        for layer in trend.sparkline(whole, "steady").to_dict()["layer"]
        if layer["mark"]["type"] == "point" and layer["mark"]["opacity"]
    ]
    assert [mark["filled"] for mark in points] == [True, False]


def test_a_question_asked_differently_cuts_the_line_and_says_so() -> None:
    cut = history().with_columns(
        what=pl.Series([None] * 6 + ["new wording"] + [None] * 3, dtype=pl.String),
        part=pl.Series([0] * 6 + [1] * 4),
    )
    layers = trend.line(cut, "steady").to_dict()["layer"]
    assert all(
        layer["encoding"]["detail"]["field"] == "part"
        for layer in layers
        if layer["mark"]["type"] in ("line", "area")
    )
    assert [layer["encoding"]["text"]["field"] for layer in layers if layer["mark"]["type"] == "text"] == [
        "what"
    ]


@pytest.mark.parametrize(("target", "stands"), [(0.45, "top"), (0.6, "bottom")])
def test_the_name_of_a_goal_stands_on_the_side_of_its_line_where_the_figures_are_not(
    target: float, stands: str
) -> None:
    weeks = history().with_columns(target=pl.lit(target))
    spec = trend.line(weeks, "steady").to_dict()
    (name,) = (layer["mark"] for layer in spec["layer"] if layer["encoding"].get("text") == {"value": "goal"})
    assert name["baseline"] == stands


def test_a_goal_is_a_mark_beside_the_range() -> None:
    frame = pl.DataFrame(
        {"label": ["Felt well cared for"], "value": [0.57], "low": [0.54], "high": [0.61], "n": [737],
         "target": [0.6], "role": ["steady"]}
    )  # fmt: skip
    spec = bullet.goals(frame).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "point", "tick", "text"]
    low, high = spec["layer"][0]["encoding"]["x"].get("scale", {}).get("domain") or next(
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in spec["layer"]
        if "scale" in layer["encoding"].get("x", {})
    )
    assert low <= 54
    assert high >= 61


def test_a_week_without_answers_breaks_the_line() -> None:
    assert trend.of_100(history(gap=4))["value"].null_count() == 1


def test_an_axis_is_never_so_narrow_that_chance_looks_like_news() -> None:
    spec = trend.line(history(half_width=0.001), "steady").to_dict()
    low, high = spec["layer"][0]["encoding"]["y"].get("scale", {}).get("domain") or next(
        layer["encoding"]["y"]["scale"]["domain"]
        for layer in spec["layer"]
        if "scale" in layer["encoding"].get("y", {})
    )
    assert high - low >= trend.FULL_SPAN


def test_dots_keep_their_order_and_stand_under_their_headings() -> None:
    frame = pl.DataFrame(
        {
            "panel": ["Trust us", "Trust us", "Buy more"],
            "label": ["success", "emotion", "success"],
            "value": [0.5, 0.6, 0.7],
            "low": [0.4, 0.5, 0.6],
            "high": [0.6, 0.7, 0.8],
            "n": [10, 20, 30],
            "role": ["success", "emotion", "success"],
        }
    )
    spec = dots.ranges(frame).to_dict()
    places = next(
        layer["encoding"]["y"]["scale"]["domain"] for layer in spec["layer"] if "y" in layer["encoding"]
    )
    assert [place.strip("§").split("¦")[0] for place in places] == [
        "Trust us", "success", "emotion", "Buy more", "success",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("anyway", "extra", "extra_end", "expected"),
    [
        (22, 6, 9, {hundred.ANYWAY: 22, hundred.BECAUSE: 6, hundred.PERHAPS: 3, hundred.NOT: 69}),
        (22, -3, -5, {hundred.ANYWAY: 17, hundred.PERHAPS: 2, hundred.LOST: 3, hundred.NOT: 78}),
        (0, 0, 0, {hundred.NOT: 100}),
    ],
)
def test_a_hundred_dots_are_a_hundred_customers(
    anyway: float, extra: float, extra_end: float, expected: dict[str, int]
) -> None:
    chart = hundred.hundred(
        pl.DataFrame({"place": range(100)}), anyway=anyway, extra=extra, extra_end=extra_end
    )
    kinds = [row["kind"] for row in next(iter(chart.to_dict()["datasets"].values()))]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == expected


def test_a_hidden_cell_says_too_few() -> None:
    cells = pl.DataFrame(
        {"row": ["top", "top"], "column": ["good", "bad"], "customers": [40, None], "share": [1.0, None]}
    )
    rows = next(iter(matrix.matrix(cells, ["top"], ["good", "bad"]).to_dict()["datasets"].values()))
    assert [row["label"] for row in rows] == ["40", "too few"]


def test_an_effect_is_drawn_against_nothing_and_against_what_is_worth_having() -> None:
    row = pl.DataFrame({"value": [0.07], "low": [0.03], "high": [0.1], "worth": [0.03]})
    says = [r["says"] for data in effect.effect(row, role="better").to_dict()["datasets"].values() for r in data
            if "says" in r]  # fmt: skip
    assert says == ["no effect", "worth having"]


def test_charts_name_roles_and_never_a_colour() -> None:
    spec = str(trend.line(history(), "worse").to_dict())
    assert "#" not in spec.replace("'$schema'", "")
    assert list(colours.ROLES) in [
        layer["encoding"]["color"]["scale"]["domain"]
        for layer in trend.line(history(), "worse").to_dict()["layer"]
        if "color" in layer["encoding"]
    ]


def weeks_of_visitors(*maturities: str) -> pl.DataFrame:
    ends = [date(2026, 10, 4) + timedelta(weeks=place) for place in range(len(maturities))]
    return pl.DataFrame({"ends_on": ends, "value": [4000.0] * len(ends), "maturity": maturities})


def test_a_count_is_dashed_while_it_settles_and_open_while_its_week_is_not_over() -> None:
    spec = level.level(
        weeks_of_visitors("final", "final", "provisional", "partial"), counted="visitors"
    ).to_dict()
    lines = [layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    assert ["strokeDash" in mark for mark in lines] == [False, True]
    rows = next(iter(spec["datasets"].values()))
    assert [row["stands"] for row in rows] == [True, True, False, False]
    assert [row["moves"] for row in rows] == [False, True, True, False], (
        "the dashes begin where the line ends"
    )
    assert [row["is_open"] for row in rows] == [False, False, False, True]
    assert [row["is_last"] for row in rows] == [False, False, True, False]
    assert spec["layer"][0]["encoding"]["y"]["scale"]["zero"], "a count is drawn from nothing up"


def test_the_newcomers_seen_for_longest_stand_out_with_their_ranges() -> None:
    frame = pl.DataFrame(
        {
            "starts_on": [date(2026, 9, 6), date(2026, 9, 6), date(2026, 9, 13)],
            "weeks_after": [1, 2, 1], "value": [0.3, 0.2, 0.31], "low": [0.28, 0.18, 0.29], "high": [0.32, 0.22, 0.33],
            "n": [1500, 1500, 1400], "is_lead": [True, True, False],
        }
    )  # fmt: skip
    spec = retention.retention(frame).to_dict()
    assert marks(spec) == ["line", "rule", "line", "point"]
    thin, *bold = (layer["transform"][0]["filter"] for layer in spec["layer"])
    assert thin == "!datum.is_lead"
    assert set(bold) == {"datum.is_lead"}


def test_steps_are_counted_beside_their_bars_in_the_order_of_the_way() -> None:
    frame = pl.DataFrame({"label": ["Opened a help page", "Began a chat"], "value": [2150.0, 310.0]})
    spec = steps.steps(frame).to_dict()
    assert marks(spec) == ["bar", "text"]
    assert spec["layer"][0]["encoding"]["y"]["sort"] is None
    assert spec["layer"][0]["encoding"]["x"]["scale"]["zero"]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domainMax"] > 2150


def test_how_a_day_settles_has_its_ranges_where_they_are_known_and_one_axis_for_all() -> None:
    frame = pl.DataFrame(
        {"age_days": [1, 2], "value": [0.9, 1.0], "low": [0.85, None], "high": [0.95, None], "n": [41, 4]}
    )
    spec = settling.settling(frame, lowest=0.8).to_dict()
    assert marks(spec) == ["rule", "line", "point"]
    assert spec["layer"][0]["transform"][0]["filter"] == "isValid(datum.low)"
    assert spec["layer"][0]["encoding"]["y"].get("scale", spec["layer"][1]["encoding"]["y"]["scale"])[
        "domain"
    ] == [80, 100]
