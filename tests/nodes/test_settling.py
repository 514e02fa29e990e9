"""Which figures of a build are told to have settled: every metric of every report and grain, pulled or not."""

from datetime import date, datetime, timedelta

import polars as pl

from pipelines.nodes import settling

SAID = {
    "report": pl.String, "property_id": pl.String, "grain": pl.String, "period_start_on": pl.Date,
    "period_end_on": pl.Date, "metric": pl.String, "is_additive": pl.Boolean, "value": pl.Float64,
    "pulled_at": pl.Datetime("us"), "is_complete": pl.Boolean, "age_days": pl.Int64,
}  # fmt: skip
REPORTS = pl.DataFrame(
    {"report": ["visitors", "visitors", "returning"], "grain": ["day", "week", "week"], "settling_days": [3, 3, 12],
     "dimensions": ["", "", "new_vs_returning"]}
)  # fmt: skip
METRICS = pl.DataFrame(
    {"report": ["visitors", "visitors", "returning"], "metric": ["sessions", "active_users", "active_users"],
     "is_additive": [False, False, False]}
)  # fmt: skip


def made(rows: list[tuple]) -> dict[str, pl.DataFrame]:
    frames = {
        "web_said": pl.DataFrame(rows, schema=SAID, orient="row"),
        "web_report": REPORTS,
        "web_metric": METRICS,
    }
    return settling.MEASURE.compute(frames)


def pulled_daily(days: int) -> list[tuple]:
    first = date(2026, 6, 1)
    return [
        ("visitors", "1", "day", on, on, "sessions", False, 1000.0 * (0.9 if age == 1 else 1),
         datetime(2026, 6, 1, 5) + timedelta(day + age), True, age)
        for day in range(days)
        for on in (first + timedelta(day),)
        for age in range(1, 6)
    ]  # fmt: skip


def test_what_pulls_tell_is_measured_and_the_rest_is_declared():
    tables = made(pulled_daily(40))
    assert tables["settled_after"].rows() == [
        ("returning", "week", "active_users", 12, False, 0),
        ("visitors", "day", "active_users", 3, False, 0),
        ("visitors", "day", "sessions", 2, True, 40),
        ("visitors", "week", "active_users", 3, False, 0),
        ("visitors", "week", "sessions", 3, False, 0),
    ]
    first = tables["settling_curve"].row(0, named=True)
    assert (first["age_days"], first["n"], first["share_median"]) == (1, 40, 0.9)


def test_without_any_pull_the_tables_are_there_with_their_types():
    tables = made([])
    assert tables["settling_curve"].is_empty()
    assert tables["settling_curve"].schema == pl.Schema(
        {"report": pl.String, "grain": pl.String, "metric": pl.String, "age_days": pl.Int64, "n": pl.Int64,
         "share_median": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64}
    )  # fmt: skip
    assert tables["settled_after"].schema == pl.Schema(
        {"report": pl.String, "grain": pl.String, "metric": pl.String, "settled_after_days": pl.Int64,
         "is_measured": pl.Boolean, "n": pl.Int64}
    )  # fmt: skip
