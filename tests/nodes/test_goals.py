"""How far every goal is, with the level and the due date that the number's own clock gives."""

from datetime import date, timedelta

import polars as pl

from pipelines.nodes import goals

FIRST = date(2026, 1, 11)
WEEKS = [(f"2026-W{week:02}", FIRST + timedelta(days=7 * (week - 2))) for week in range(2, 42)]


def progress(successes, goal, n=400, breaks=(), known=40, bears=None, **about) -> dict[str, object]:
    window = pl.DataFrame(
        {
            "kpi": "emotion", "iso_week": [name for name, _ in WEEKS], "weeks": 1, "dimension": "all",
            "member": "all", "n": n, "successes": successes, "opposites": 0, "effective_n": float(bears or n),
        }
    )  # fmt: skip
    meaning = {"kpi": "emotion", "kind": "estimate", "interval": "wilson", "better": "up", "clock_weeks": 1}
    frames = {
        "goal": pl.DataFrame([{"goal_id": "g", "kpi": "emotion", **goal}]),
        "kpi_window": window.head(known),
        "dates": pl.DataFrame(WEEKS, schema=["iso_week", "week_ends_on"], orient="row").with_columns(
            is_closed=True
        ),
        "definition": pl.DataFrame([meaning | about]),
        "series_break": pl.DataFrame(
            [("emotion", week) for week in breaks],
            schema={"kpi": pl.String, "iso_week": pl.String},
            orient="row",
        ),
    }
    return goals.MEASURE.compute(frames)["goal_progress"].row(0, named=True)


SOON = {"target_share": 0.7, "due_on": date(2026, 11, 15)}


def test_a_number_that_climbs_there_is_on_track():
    found = progress([150 + 3 * week for week in range(40)], SOON | {"due_on": date(2027, 1, 31)})
    assert (found["status"], found["n"]) == ("on track", 400)
    assert found["value_low"] < 0.7 < found["expected_low"]


def test_a_number_that_does_not_move_is_behind():
    found = progress([200] * 40, SOON)
    assert found["status"] == "behind"
    assert found["value_low"] < found["value"] == 0.5 < found["value_high"]


def test_events_of_few_people_tell_less_of_a_goal():
    of_many, of_few = (progress([290] * 40, SOON, bears=bears) for bears in (400, 40))
    assert of_many["n"] == of_few["n"] == 400
    assert of_many["value"] == of_few["value"] == 0.725
    for name in ("value", "expected"):
        widths = [found[f"{name}_high"] - found[f"{name}_low"] for found in (of_many, of_few)]
        assert widths[1] > 2 * widths[0]


def test_a_goal_far_away_can_not_be_told_yet():
    assert progress([22 + week // 8 for week in range(40)], SOON | {"due_on": date(2028, 1, 1)}, n=40)[
        "status"
    ] == ("can't tell yet")


def test_a_goal_that_was_due_is_judged_by_the_weeks_until_then():
    found = progress([200] * 20 + [380] * 20, SOON | {"due_on": WEEKS[10][1]})
    assert (found["status"], found["value"], found["expected"]) == ("missed", 0.5, None)


def test_a_count_is_exact():
    found = progress([280] * 40, SOON, kind="count", interval="none")
    assert (found["status"], found["value_low"], found["value_high"]) == ("reached", 0.7, 0.7)


def test_weeks_before_another_wording_are_no_trend():
    found = progress([300] * 36 + [200] * 4, SOON, breaks=["2026-W38"])
    assert (found["status"], found["value"], found["expected"]) == ("can't tell yet", 0.5, None)


def test_another_wording_after_the_due_date_changes_nothing_about_a_goal_that_was_due():
    found = progress([200] * 40, SOON | {"due_on": WEEKS[20][1]}, breaks=["2026-W38"])
    assert (found["status"], found["value"]) == ("missed", 0.5)


def test_nothing_is_missed_before_its_day():
    last = WEEKS[-1][1]
    assert progress([200] * 40, SOON | {"due_on": last + timedelta(days=5)})["status"] == "behind"
    assert progress([200] * 40, SOON | {"due_on": last})["status"] == "missed"


def test_a_number_that_was_last_counted_months_ago_tells_nothing():
    for due_on in (date(2026, 12, 31), WEEKS[-1][1]):
        found = progress([380] * 40, SOON | {"due_on": due_on}, known=27)
        assert (found["status"], found["value"], found["n"]) == ("can't tell yet", None, 0)
    assert progress([380] * 40, SOON | {"due_on": WEEKS[26][1]}, known=27)["status"] == "reached"


def test_a_goal_for_a_number_that_nobody_defines_can_not_be_told():
    found = progress([200] * 40, SOON | {"kpi": "unknown"})
    assert (found["status"], found["value"]) == ("can't tell yet", None)


def test_a_goal_of_a_segment_is_judged_by_its_own_number():
    assert progress([200] * 40, SOON | {"dimension": "all", "member": "all"})["status"] == "behind"
    found = progress([200] * 40, SOON | {"dimension": "segment", "member": "Family"})
    assert (found["status"], found["value"]) == ("can't tell yet", None)
