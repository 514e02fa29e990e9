"""What the build makes of initiatives: the strongest comparison that the facts allow, or no judgement."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.nodes import impact
from tests.nodes.initiatives import DESIGN, OWN, PLAN, made, primary, says


def drawn(groups: list[tuple[str, float, str, int, float]], **columns: Any) -> pl.DataFrame:
    """(stratum, probability, arm, people, share that came back)."""
    given = {
        "initiative_id": "note", "is_observed": True, "ends_on": date(2026, 4, 15), "is_told_before": True,
        "margin_amount": None, "discount_amount": 0.0, "is_sold_through": True, "acts": 1, "acts_amount": 3.0,
        "orders_before": 1, "is_received": True, "acts_before": 0, "is_elsewhere": False, "felt_good": None,
        "asked_to_stop": None,
    } | columns  # fmt: skip
    return pl.concat(
        pl.DataFrame({"is_success": np.arange(people) < round(people * share)}).with_columns(
            **{name: pl.lit(value) for name, value in given.items()},
            unit_key=pl.format("{}{}{}", pl.lit(stratum), pl.lit(arm), pl.int_range(pl.len())),
            arm=pl.lit(arm),
            stratum=pl.lit(stratum),
            probability=pl.lit(probability),
        )
        for stratum, probability, arm, people, share in groups
    ).with_columns(
        pl.col("margin_amount").cast(pl.Float64), pl.col("felt_good", "asked_to_stop").cast(pl.Boolean)
    )  # fmt: skip


def worked(**columns: Any) -> pl.DataFrame:
    return drawn([("all", 0.5, "treated", 1000, 0.3), ("all", 0.5, "control", 1000, 0.2)], **columns)


def test_unequal_odds_are_compared_within_the_groups_that_were_drawn() -> None:
    simpson = drawn(
        [
            ("often", 0.8, "treated", 800, 0.6),
            ("often", 0.8, "control", 200, 0.6),
            ("seldom", 0.2, "treated", 200, 0.2),
            ("seldom", 0.2, "control", 800, 0.2),
        ]
    )
    found = primary(made(initiative_outcome=simpson))
    assert found["effect"] == pytest.approx(0, abs=1e-9)
    assert found["verdict"] != "works"


def test_weekly_lots_at_different_odds_are_compared_week_by_week_though_their_groups_have_one_name() -> None:
    backlog_then_newcomers = drawn(
        [
            ("top", 0.2, "treated", 200, 0.2),
            ("top", 0.2, "control", 800, 0.2),
            ("top", 0.8, "treated", 800, 0.6),
            ("top", 0.8, "control", 200, 0.6),
        ]
    )
    tables = made(initiative_outcome=backlog_then_newcomers)
    assert primary(tables)["effect"] == pytest.approx(0, abs=1e-9)
    assert primary(tables)["verdict"] != "works"
    assert tables["initiative_gesture"]["effect"].to_list() == pytest.approx([0], abs=1e-9)


def test_a_gesture_that_one_person_had_does_not_undo_the_verdict_on_all() -> None:
    outcome = worked().with_columns(acts_before=(pl.int_range(pl.len()) > 0).cast(pl.Int64))
    tables = made(initiative_outcome=outcome)
    assert primary(tables)["verdict"] == "works"
    assert tables["initiative_gesture"]["nth"].to_list() == [2]


def test_a_draw_that_its_odds_do_not_explain_is_not_judged() -> None:
    lopsided = drawn(
        [("all", 0.5, "treated", 900, 0.5), ("all", 0.5, "control", 500, 0.2)], margin_amount=9.0
    )
    tables = made(initiative_outcome=lopsided)
    found = primary(tables)
    assert (found["verdict"], found["rung"]) == ("not identifiable", 6)
    assert [found[name] for name in ("effect", "net_amount", "margin_amount")] == [None, None, None]
    assert says(tables, "draw")[0] is False


def test_a_fair_draw_is_judged_by_everyone_drawn() -> None:
    tables = made(initiative_outcome=worked())
    found = primary(tables)
    assert (found["verdict"], found["effect"], found["rung"]) == ("works", pytest.approx(0.1), 0)
    assert (found["design"], found["evidence"]) == ("randomised", "drawn by lot")
    assert (found["successes_treated"], found["successes_control"]) == (300, 200)
    assert says(tables, "draw")[0] is True
    assert tables["initiative_reason"].filter(pl.col("rung") == 0)["passed"].to_list() == [True]


def test_of_a_handful_nothing_is_told() -> None:
    few = drawn([("all", 0.5, "treated", 3, 1.0), ("all", 0.5, "control", 2, 0.0)])
    found = primary(made(initiative_outcome=few))
    assert (found["successes_treated"], found["effect"]) == (None, None)
    assert (found["verdict"], found["evidence"]) == ("inconclusive", "drawn by lot")


@pytest.mark.parametrize(
    ("today", "verdict"), [(date(2026, 4, 30), "inconclusive"), (date(2026, 5, 1), "works")]
)
def test_before_the_first_look_that_was_fixed_nothing_is_said(today: date, verdict: str) -> None:
    looks = {"looks_on": "2026-08-01;2026-05-01"}
    tables = made([looks], [{"looked_on": today}], initiative_outcome=worked(margin_amount=9.0))
    found = primary(tables)
    assert found["verdict"] == verdict
    is_shown = verdict == "works"
    assert [found[name] is not None for name in ("effect", "net_amount")] == [is_shown, is_shown]
    fixed = "The first look is on 2026-05-01. Before it nothing is said."
    assert (fixed in tables["initiative_reason"]["says"].to_list()) is not is_shown


def test_whose_horizon_has_not_passed_waits() -> None:
    running = worked().with_columns(is_observed=pl.col("unit_key").str.ends_with("0"))
    tables = made(initiative_outcome=running)
    assert (primary(tables)["n_treated"], primary(tables)["still_running"]) == (100, 1800)
    assert says(tables, "time")[0] is False


def test_the_money_is_extra_margin_less_discounts_and_acts() -> None:
    margin = pl.when(pl.col("arm") == "treated").then(7.0).otherwise(6.0) + pl.int_range(pl.len()) % 2
    given = pl.when(pl.col("arm") == "treated").then(2.5).otherwise(0.5)
    outcome = worked().with_columns(margin_amount=margin, discount_amount=given)
    found = primary(made(initiative_outcome=outcome))
    assert found["discount_amount"] == pytest.approx(2000)
    assert found["acts_amount"] == pytest.approx(3000)
    assert found["margin_amount"] == pytest.approx(1000 + 2000)
    assert found["net_amount"] == pytest.approx(1000 - 3000)
    assert found["net_amount_low"] < -2000 < found["net_amount_high"] < 0
    assert found["break_even_effect"] == pytest.approx(0.1 * 5000 / 3000)


@pytest.mark.parametrize("missing", ["margin", "cost"])
def test_without_margin_or_cost_there_is_no_money(missing: str) -> None:
    outcome = worked(margin_amount=None if missing == "margin" else 5.0).with_columns(
        acts_amount=pl.lit(None if missing == "cost" else 3.0, dtype=pl.Float64)
    )
    found = primary(made(initiative_outcome=outcome))
    assert found["effect"] is not None
    assert [found[name] for name in ("net_amount", "margin_amount", "acts_amount")] == [None, None, None]


def with_money(rows: pl.DataFrame) -> pl.DataFrame:
    nth = pl.int_range(pl.len())
    return rows.with_columns(
        margin_amount=pl.when(pl.col("arm") == "treated").then(7.0).otherwise(6.0) + nth % 7,
        discount_amount=pl.when(pl.col("arm") == "treated").then(0.4).otherwise(0.1),
        orders_before=nth % 3,
    )


@pytest.mark.parametrize("odds", [0.5, 0.2])
@pytest.mark.parametrize("share_done", [0.0, 1.0])
def test_a_new_lot_changes_nothing_of_what_is_said_of_those_drawn_before(
    odds: float, share_done: float
) -> None:
    before = with_money(worked())
    new = drawn(
        [
            ("all", odds, "treated", round(500 * odds), 0.0),
            ("all", odds, "control", round(500 * (1 - odds)), 0.0),
        ],
        is_observed=False,
        ends_on=date(2027, 1, 31),
        is_sold_through=False,
        acts_amount=8.0 * share_done,
        acts=round(share_done),
    ).with_columns(unit_key=pl.format("new {}", "unit_key"), orders_before=pl.lit(0, dtype=pl.Int64))
    columns = before.columns
    look = {"looks_on": "2026-05-01"}
    first = made([look], initiative_outcome=before)
    then = made(
        [look],
        designs=[{"treated": 1000 + round(500 * odds), "control": 1000 + round(500 * (1 - odds))}],
        initiative_outcome=pl.concat([before, new.select(columns)], how="vertical_relaxed"),
    )
    for table in ("initiative_effect", "initiative_gesture", "initiative_sensitivity"):
        assert (
            then[table]
            .drop("still_running", strict=False)
            .equals(first[table].drop("still_running", strict=False))
        ), table
    found = primary(then)
    assert (found["n_treated"], found["acts_counted"], found["acts_amount"]) == (1000, 1000, 3000.0)
    assert (primary(first)["still_running"], found["still_running"]) == (0, 500)


def test_a_new_lot_that_is_lopsided_is_told_and_does_not_undo_the_fair_one_before() -> None:
    new = drawn(
        [("all", 0.5, "treated", 300, 0.0), ("all", 0.5, "control", 100, 0.0)],
        is_observed=False,
        ends_on=date(2027, 1, 31),
    )
    tables = made(
        [{"looks_on": "2026-05-01"}], initiative_outcome=pl.concat([worked(), new], how="vertical_relaxed")
    )
    assert primary(tables)["verdict"] == "works"
    assert says(tables, "draw")[0] is True
    passed, sentence = says(tables, "later draw")
    assert passed is False
    assert "300 drawn and 100 not drawn" in sentence


def test_whose_orders_are_not_known_to_the_end_of_the_horizon_is_not_in_the_money() -> None:
    rows = with_money(worked()).with_columns(is_sold_through=pl.int_range(pl.len()) % 10 > 0)
    found = primary(made(initiative_outcome=rows))
    assert (found["n_treated"], found["acts_counted"]) == (1000, 900)
    assert found["acts_amount"] == pytest.approx(900 * 3)


def test_what_was_paid_for_as_a_whole_is_not_shared_out() -> None:
    rows = with_money(worked()).with_columns(acts=0, acts_amount=0.0)
    is_over = pl.col("unit_key").str.ends_with("0")
    ends_on = pl.when(is_over).then("ends_on").otherwise(pl.lit(date(2027, 1, 31)))
    running = rows.with_columns(is_observed=is_over, ends_on=ends_on)
    for outcome in (rows, running):
        paid = {"is_priced": False, "whole_amount": 700.0}
        found = primary(made([{"looks_on": "2026-05-01"}], [paid], initiative_outcome=outcome))
        assert (found["acts_amount"], found["acts_counted"]) == (700.0, None)


def test_how_people_felt_and_who_asked_us_to_stop_are_looked_at_beside() -> None:
    nth = pl.int_range(pl.len())
    drawn_in = pl.col("arm") == "treated"
    outcome = worked().with_columns(
        felt_good=pl.when(nth % 4 == 0).then(nth % 8 == 0), asked_to_stop=drawn_in & (nth % 10 == 0)
    )
    tables = made(initiative_outcome=outcome)
    beside = tables["initiative_effect"].filter(~pl.col("is_primary")).sort("outcome")
    assert beside["outcome"].to_list() == ["asked_to_stop", "emotion"]
    assert beside["effect"].to_list() == pytest.approx([0.1, 0.0])
    assert beside["verdict"].to_list() == ["harmful", "inconclusive"], "more who ask us to stop is worse"
    assert says(tables, "silence")[0] is True


def test_silence_that_differs_between_the_arms_is_bounded() -> None:
    nth = pl.int_range(pl.len())
    answers = nth % pl.when(pl.col("arm") == "treated").then(2).otherwise(5) == 0
    outcome = worked().with_columns(is_success=pl.when(answers).then(nth % 3 == 0))
    tables = made([{"primary_outcome": "trust"}], initiative_outcome=outcome)
    passed, sentence = says(tables, "silence")
    assert passed is False
    assert "30.0 of 100 more answered" in sentence


def test_one_arm_that_got_more_of_something_else_is_flagged() -> None:
    outcome = worked().with_columns(
        is_elsewhere=(pl.col("arm") == "treated") & (pl.int_range(pl.len()) % 3 == 0)
    )
    assert says(made(initiative_outcome=outcome), "overlap")[0] is False
    assert says(made(initiative_outcome=worked()), "overlap")[0] is True


def test_the_effect_on_those_reached_and_by_gesture_is_worked_out_beside() -> None:
    nth = pl.int_range(pl.len())
    outcome = worked().with_columns(
        is_received=(pl.col("arm") == "treated") & (nth % 4 > 0), acts_before=(nth % 5).cast(pl.Int64)
    )
    tables = made(initiative_outcome=outcome)
    others = dict(tables["initiative_sensitivity"].select("what", "effect").iter_rows())
    assert others["on those whom the act reached (because they were drawn)"] == pytest.approx(0.1 / 0.75)
    assert others["simple difference between those drawn and those not drawn"] == pytest.approx(0.1)
    gestures = tables["initiative_gesture"]
    assert gestures.select("nth", "is_or_more", "n_treated").rows() == [
        (1, False, 200), (2, False, 200), (3, True, 600),
    ]  # fmt: skip


def test_verdict_p_value_and_range_allow_for_the_number_of_initiatives() -> None:
    names = [f"plan {number}" for number in range(8)]
    nearly = drawn([("all", 0.5, "treated", 1000, 0.24), ("all", 0.5, "control", 1000, 0.2)])
    nothing = drawn([("all", 0.5, "treated", 1000, 0.2), ("all", 0.5, "control", 1000, 0.2)])
    alone = primary(made(initiative_outcome=nearly))
    frames = pl.concat(
        (nearly if name == names[0] else nothing).with_columns(initiative_id=pl.lit(name)) for name in names
    )
    ids = [{"initiative_id": name} for name in names]
    tables = made(ids, ids, initiative_outcome=frames)
    among = primary(tables)
    assert (alone["verdict"], among["verdict"]) == ("works", "inconclusive")
    assert among["p_adjusted"] > 0.05 > among["p_value"]
    assert among["effect_low"] < 0 < alone["effect_low"]
    assert (
        "8 initiatives were judged"
        in tables["initiative_check"].filter(pl.col("check") == "tries")["says"][0]
    )


def test_what_is_judged_in_a_later_quarter_changes_no_answer_of_an_earlier_one() -> None:
    names = [f"plan {number}" for number in range(8)]
    nearly = drawn([("all", 0.5, "treated", 1000, 0.24), ("all", 0.5, "control", 1000, 0.2)])
    nothing = drawn([("all", 0.5, "treated", 1000, 0.2), ("all", 0.5, "control", 1000, 0.2)])
    frames = pl.concat(
        (nearly if name == names[0] else nothing).with_columns(initiative_id=pl.lit(name)) for name in names
    )
    ids = [{"initiative_id": name, "looks_on": "2026-06-30"} for name in names[:1]]
    ids += [{"initiative_id": name, "looks_on": "2026-07-01"} for name in names[1:]]
    alone = primary(made(initiative_outcome=nearly))
    among = primary(made(ids, ids, initiative_outcome=frames))
    assert (alone["verdict"], among["verdict"]) == ("works", "works")
    assert (among["effect_low"], among["p_adjusted"]) == (alone["effect_low"], alone["p_adjusted"])


def test_the_range_of_the_money_allows_for_the_number_of_initiatives_too() -> None:
    margin = pl.when(pl.col("arm") == "treated").then(7.0).otherwise(6.0) + 20.0 * (
        pl.int_range(pl.len()) % 2
    )
    outcome = worked().with_columns(margin_amount=margin)
    names = [f"plan {number}" for number in range(4)]
    ids = [{"initiative_id": name} for name in names]
    nothing = drawn([("all", 0.5, "treated", 1000, 0.2), ("all", 0.5, "control", 1000, 0.2)])
    frames = pl.concat(
        (outcome if name == names[0] else nothing).with_columns(initiative_id=pl.lit(name)) for name in names
    )
    alone, among = (
        primary(made(initiative_outcome=outcome)),
        primary(made(ids, ids, initiative_outcome=frames)),
    )
    assert among["margin_amount"] == pytest.approx(alone["margin_amount"])
    half_widths = [found["margin_amount_high"] - found["margin_amount"] for found in (alone, among)]
    assert half_widths[1] / half_widths[0] == pytest.approx(2.5 / 1.96, rel=0.01)
    assert among["level"] == pytest.approx(1 - 0.05 / 4)


def test_a_plan_written_after_the_start_is_flagged() -> None:
    tables = made([{"written_on": date(2026, 2, 1)}], initiative_outcome=worked())
    assert says(tables, "plan")[0] is False


def test_what_started_for_everybody_at_once_has_no_effect_and_no_money() -> None:
    tables = made(
        [{"starts_on": date(2026, 3, 1)}],
        [{"unit": "company", "is_drawn": False, "is_listed": False, "treated": 0, "control": 0}],
    )
    found = primary(tables)
    assert (found["rung"], found["verdict"]) == (6, "not identifiable")
    assert found["evidence"] == "only before and after: proves nothing"
    assert [found[name] for name in ("effect", "net_amount", "margin_amount")] == [None, None, None]
    assert tables["initiative_reason"]["passed"].to_list()[-1] is True


def test_nothing_written_down_makes_empty_tables() -> None:
    tables = impact.MEASURE.compute(
        {
            **{name: pl.DataFrame(schema={"initiative_id": pl.String}) for name in OWN},
            "initiative": pl.DataFrame([PLAN]).clear(),
            "initiative_design": pl.DataFrame([DESIGN]).clear(),
        }
    )
    assert tables.keys() == set(impact.MEASURE.outputs)
    assert all(frame.is_empty() for frame in tables.values())
