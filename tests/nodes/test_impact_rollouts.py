"""An initiative that customers or teams started one after the other: change against change."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.measures.impact import cohort_sums
from pipelines.nodes.initiative_rollout import cohorts
from tests.nodes.initiatives import Made, made, primary, says

MONTHS = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(14)]
OFFERED = {"is_drawn": False, "treated": 600, "control": 200, "last_started_on": date(2025, 12, 1)}
TAUGHT = {
    "unit": "team",
    "is_drawn": False,
    "is_listed": False,
    "treated": 0,
    "control": 0,
    "is_priced": False,
    "whole_amount": 900.0,
}
UNDERSTOOD = [{"primary_outcome": "understood", "smallest_effect_worth_having": 0.05}]


def customers(
    effect: float, starts: tuple[int | None, ...] = (7, 10, None), drift: float = 0.0
) -> pl.DataFrame:
    """One row per customer and month: half are happier, buy more often and are chosen more often; all buy less.

    `drift`: a month, of those who start at some time, whatever is done for them.
    """
    rng = np.random.default_rng(3)
    happy = np.arange(1200) % 2 == 0
    first = rng.choice(len(starts), 1200, p=[0.25, 0.25, 0.5])
    first = np.where(happy & (rng.random(1200) < 0.4), 0, first)
    began = np.array([len(MONTHS) if start is None else start for start in starts])[first]
    month = np.arange(len(MONTHS))
    chance = np.where(happy, 0.45, 0.25)[:, None] - 0.01 * month + effect * (month >= began[:, None])
    chance = chance + drift * month * (began < len(MONTHS))[:, None]
    bought = rng.random(chance.shape) < chance
    return pl.DataFrame(
        {
            "customer_key": np.repeat([f"c{number}" for number in range(1200)], len(MONTHS)),
            "month_on": MONTHS * 1200,
            "started_in": [
                MONTHS[start] if start < len(MONTHS) else None for start in np.repeat(began, len(MONTHS))
            ],
            "stratum": np.repeat(np.where(happy, "felt good", "felt bad"), len(MONTHS)),
            "bought": bought.ravel(),
            "margin": np.where(bought, 10.0, 0.0).ravel(),
        },
        schema_overrides={"started_in": pl.Date},
    )


def frames(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What the queries count of these rows."""
    cell = ["stratum", "started_in"]
    units = rows.unique("customer_key", maintain_order=True)
    n = units.group_by(cell).agg(bought=pl.len().cast(pl.Float64), elsewhere=pl.lit(0))
    months = rows.filter("bought")
    totals = months.group_by(*cell, other_month_on="month_on").agg(
        bought=pl.len().cast(pl.Float64), margin=pl.col("margin").sum()
    )
    pairs = months.join(months, on="customer_key", suffix="_other").filter(
        pl.col("month_on") <= pl.col("month_on_other")
    )
    products = pairs.group_by(*cell, "month_on", other_month_on="month_on_other").agg(
        bought=pl.len().cast(pl.Float64), margin=(pl.col("margin") * pl.col("margin_other")).sum()
    )
    named = {"initiative_id": pl.lit("note")}
    sums = pl.concat([n.with_columns(margin="bought"), totals, products], how="diagonal").with_columns(
        **named, is_margin_unknown=pl.lit(value=False)
    )
    sample = units.select("customer_key", *cell).join(
        months.select("customer_key", "month_on"), on="customer_key", how="left"
    )
    acts = units.drop_nulls("started_in").with_columns(month_on="started_in")
    costs = acts.group_by(*cell, "month_on").agg(acts=pl.len(), acts_amount=2.0 * pl.len())
    return {
        "initiative_sum": sums,
        "initiative_cost": costs.with_columns(**named),
        "initiative_span": pl.DataFrame({"month_on": MONTHS}).with_columns(**named),
        "initiative_sample": sample.with_columns(**named),
    }


@pytest.fixture(scope="module")
def helps() -> Made:
    return made([{"primary_outcome": "purchase_in_month"}], [OFFERED], **frames(customers(0.08)))


def test_customers_who_start_in_turn_are_compared_with_those_who_have_not_yet(helps: Made) -> None:
    found = primary(helps)
    assert (found["rung"], found["design"]) == (2, "staggered customers")
    assert (found["evidence"], found["verdict"]) == ("compared with later starters", "works")
    assert found["effect_low"] < 0.08 < found["effect_high"]
    assert found["margin_amount_low"] < found["margin_amount"] < found["margin_amount_high"]
    assert found["net_amount"] == pytest.approx(found["margin_amount"] - found["acts_amount"])
    assert found["acts_amount"] == 2 * found["acts_counted"] == 2 * found["n_treated"]


def test_acts_of_months_and_cohorts_that_are_not_compared_cost_nothing_here() -> None:
    everybody_in_the_end = frames(customers(0.08, starts=(7, 10, 12)))
    found = primary(made([{"primary_outcome": "purchase_in_month"}], [OFFERED], **everybody_in_the_end))
    sizes = everybody_in_the_end["initiative_cost"].group_by("started_in").agg(pl.col("acts").sum())
    compared = sizes.filter(pl.col("started_in") < MONTHS[12])["acts"].sum()
    assert found["acts_counted"] == compared < sizes["acts"].sum()
    late = everybody_in_the_end["initiative_cost"].with_columns(
        month_on=pl.lit(MONTHS[12]), acts_amount=pl.lit(1000.0)
    )
    with_later = {**everybody_in_the_end, "initiative_cost": pl.concat(
        [everybody_in_the_end["initiative_cost"], late.select(everybody_in_the_end["initiative_cost"].columns)]
    )}  # fmt: skip
    then = primary(made([{"primary_outcome": "purchase_in_month"}], [OFFERED], **with_later))
    assert (then["acts_amount"], then["margin_amount"]) == (found["acts_amount"], found["margin_amount"])


def test_what_else_could_explain_a_staggered_effect_is_told(helps: Made) -> None:
    others = dict(helps["initiative_sensitivity"].select("what", "effect").iter_rows())
    assert others.keys() >= {
        "compared with the last month before the start only", "against those who never get it only",
        "drift half as large as before the start", "drift as large as before the start",
    }  # fmt: skip
    assert all(0.04 < effect < 0.12 for effect in others.values())
    assert any(what.startswith("imputation") for what in others)
    assert says(helps, "second opinion")[0] is True
    study = helps["initiative_event_study"]
    assert study["estimator"].n_unique() == 2, "six months before the start, and one, side by side"
    assert primary(helps)["estimator"] in study["estimator"]
    before = study.filter(pl.col("relative_period") < 0)
    assert before.select((pl.col("band_low") <= 0) & (pl.col("band_high") >= 0)).to_series().all()


def test_sums_from_the_query_are_those_of_one_row_per_customer_and_month() -> None:
    rows = customers(0.05)
    counted = cohort_sums(rows, "customer_key", "month_on", "bought", "started_in", strata="stratum")
    sums = cohorts(frames(rows)["initiative_sum"], MONTHS, "bought")
    assert (sums.names, sums.periods) == (counted.names, counted.periods)
    np.testing.assert_array_equal(sums.starts, counted.starts)
    np.testing.assert_allclose(sums.totals, counted.totals)
    np.testing.assert_allclose(sums.moments, counted.moments)


def test_who_had_it_from_the_first_month_on_has_no_before_and_is_counted_as_left_out() -> None:
    rows = customers(0.05, starts=(0, 8, None))
    sums = cohorts(frames(rows)["initiative_sum"], MONTHS, "bought")
    early = rows.filter(pl.col("started_in") == MONTHS[0])["customer_key"].n_unique()
    assert list(sums.left_out.values()) == [early]
    assert sums.totals[:, 0].sum() == 1200 - early


def test_groups_that_did_not_move_alike_before_the_start_give_a_hint_at_most_and_no_money() -> None:
    apart = customers(0.0, drift=0.03)
    tables = made([{"primary_outcome": "purchase_in_month"}], [OFFERED], **frames(apart))
    found = primary(tables)
    assert found["effect_low"] > 0, "it looks great"
    assert (found["verdict"], found["net_amount"], found["margin_amount"]) == ("suggestive", None, None)
    assert found["pretrend_p"] < 0.05
    assert says(tables, "before the start")[0] is False


def test_everybody_at_once_has_nobody_to_be_compared_with() -> None:
    rows = customers(0.3, starts=(7, 7, 7))
    found = primary(made([{"primary_outcome": "purchase_in_month"}], [OFFERED], **frames(rows)))
    assert (found["rung"], found["effect"], found["net_amount"]) == (6, None, None)


def test_a_card_that_came_with_an_order_and_without_a_list_is_not_judged_by_the_orders_it_came_with() -> None:
    rng = np.random.default_rng(5)
    bought = rng.random((3000, len(MONTHS))) < rng.beta(2, 5, (3000, 1))
    with_card = bought & (rng.random(bought.shape) < 0.25) & (np.arange(len(MONTHS)) >= 7)
    began = np.where(with_card.any(axis=1), with_card.argmax(axis=1), len(MONTHS))
    got = began < len(MONTHS)
    n = int(got.sum())
    rows = pl.DataFrame(
        {
            "customer_key": np.repeat([f"c{number}" for number in range(n)], len(MONTHS)),
            "month_on": MONTHS * n,
            "started_in": [MONTHS[start] for start in np.repeat(began[got], len(MONTHS))],
            "stratum": ["all"] * (n * len(MONTHS)),
            "bought": bought[got].ravel(),
            "margin": np.where(bought[got], 10.0, 0.0).ravel(),
        }
    )
    by_acts = OFFERED | {"is_listed": False, "treated": n, "control": 0}
    tables = made([{"primary_outcome": "purchase_in_month"}], [by_acts], **frames(rows))
    assert (primary(tables)["rung"], primary(tables)["effect"], primary(tables)["net_amount"]) == (
        6,
        None,
        None,
    )
    assert "Nobody has written down who decided" in tables["initiative_reason"]["says"][0]


def test_customers_are_not_followed_by_answers_that_most_did_not_give() -> None:
    tables = made([{"primary_outcome": "emotion"}], [OFFERED], **frames(customers(0.3)))
    assert (primary(tables)["rung"], primary(tables)["effect"]) == (6, None)
    refused = tables["initiative_reason"].filter(pl.col("rung") == 2)["says"].item()
    assert "answers (emotion) are not known of everybody every month" in refused


def teams(effect: float, starts: list[int | None], answers: int = 100) -> pl.DataFrame:
    """Answers by team and month: each team at its own level, all going down a little."""
    rng = np.random.default_rng(11)
    rows = []
    for number, start in enumerate(starts):
        for month, month_on in enumerate(MONTHS):
            share = (
                0.5 + 0.02 * (number % 4) - 0.005 * month + effect * (start is not None and month >= start)
            )
            first = None if start is None else MONTHS[start]
            for item in ("understood", "emotion"):
                successes = rng.binomial(answers, share if item == "understood" else 0.5)
                rows.append(("note", item, f"team {number}", month_on, first, answers, successes))
    columns = ["initiative_id", "item", "team", "month_on", "started_in", "n", "successes"]
    frame = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    return frame.with_columns(answered_in="month_on", probability=pl.lit(None, dtype=pl.Float64))


def test_teams_that_start_in_turn_are_compared_by_team() -> None:
    cells = teams(0.12, [6, 6, 6, 8, 8, 8, 10, 10, None, None, None, None])
    tables = made(UNDERSTOOD, [TAUGHT], initiative_team=cells)
    found = primary(tables)
    assert (found["rung"], found["design"], found["clusters"]) == (3, "staggered teams", 12)
    assert (found["verdict"], found["evidence"]) == ("works", "compared with later starters")
    assert found["effect_low"] < 0.12 < found["effect_high"]
    assert "other orders of the start dates" in found["estimator"], "too few teams for an error of their own"
    assert found["net_amount"] is None
    beside = tables["initiative_effect"].filter(~pl.col("is_primary")).row(0, named=True)
    assert (beside["outcome"], beside["verdict"]) == ("emotion", "inconclusive")


def test_teams_that_fell_silent_are_left_out_and_that_is_told() -> None:
    cells = teams(0.12, [6, 6, 6, 8, 8, 8, 10, 10, None, None, None, None, None])
    silent = (pl.col("team") == "team 12") & (pl.col("month_on") > MONTHS[10])
    tables = made(UNDERSTOOD, [TAUGHT], initiative_team=cells.filter(~silent))
    assert primary(tables)["clusters"] == 12
    assert says(tables, "left out")[1].startswith("1 team had no answers in some month")


def test_teams_that_start_together_are_compared_with_a_mix_of_untouched_ones() -> None:
    cells = teams(0.12, [9, 9, *[None] * 12])
    found = primary(made(UNDERSTOOD, [TAUGHT], initiative_team=cells))
    assert (found["rung"], found["design"], found["verdict"]) == (4, "synthetic", "works")
    assert found["effect_low"] < 0.12 < found["effect_high"]


@pytest.mark.parametrize("starts", [[9, 9, 9, 9], [9, 9, None], [None] * 12])
def test_too_few_teams_are_not_judged(starts: list[int | None]) -> None:
    found = primary(made(UNDERSTOOD, [TAUGHT], initiative_team=teams(0.3, starts)))
    assert (found["rung"], found["effect"], found["verdict"]) == (6, None, "not identifiable")


def test_teams_are_not_judged_by_what_is_not_known_by_team() -> None:
    cells = teams(0.3, [6, 6, 6, 8, 8, 8, 10, 10, None, None, None, None])
    tables = made(designs=[TAUGHT], initiative_team=cells)
    assert (primary(tables)["rung"], primary(tables)["effect"]) == (6, None)
    refused = tables["initiative_reason"].filter(pl.col("rung") == 3)["says"].item()
    assert refused == "Nothing by team and month is known of its outcome (purchase_within_horizon)."


@pytest.mark.parametrize(
    ("teams_each", "method"), [(6, "924 draws of the clusters"), (10, "difference of means")]
)
@pytest.mark.parametrize(("effect", "verdict"), [(0.15, "works"), (0.0, "inconclusive")])
def test_teams_drawn_by_lot_are_judged_as_teams(
    teams_each: int, method: str, effect: float, verdict: str
) -> None:
    cells = teams(effect, [*[6] * teams_each, *[None] * teams_each]).with_columns(probability=pl.lit(0.5))
    tables = made(UNDERSTOOD, [TAUGHT], initiative_team=cells)
    found = primary(tables)
    assert (found["rung"], found["design"], found["evidence"]) == (0, "randomised", "drawn by lot")
    assert (found["clusters"], found["n_treated"], found["n_control"]) == (
        2 * teams_each,
        teams_each,
        teams_each,
    )
    assert method in found["estimator"]
    assert found["verdict"] == verdict
    assert found["effect_low"] < effect < found["effect_high"]
    told = f"Fair draw: {teams_each} teams drawn and {teams_each} not drawn, as planned."
    assert says(tables, "draw") == (True, told)


def test_many_answers_of_few_teams_prove_nothing() -> None:
    """Two teams against two: however many answers, one draw in three or more would have shown as much."""
    cells = teams(0.15, [6, 6, None, None], answers=5000).with_columns(probability=pl.lit(0.5))
    found = primary(made(UNDERSTOOD, [TAUGHT], initiative_team=cells))
    assert (found["rung"], found["verdict"]) == (0, "inconclusive")
    assert found["p_value"] >= 1 / 6


def test_drawn_teams_of_whom_hardly_any_was_not_drawn_are_no_fair_lot() -> None:
    cells = teams(0.15, [*[6] * 14, None, None]).with_columns(probability=pl.lit(0.3))
    tables = made(UNDERSTOOD, [TAUGHT], initiative_team=cells)
    assert (primary(tables)["effect"], primary(tables)["verdict"]) == (None, "not identifiable")
    assert says(tables, "draw")[0] is False


def test_answers_given_after_the_last_look_change_nothing() -> None:
    """An answer belongs to the month of the talk it follows, and may come three months after it."""
    cells = teams(0.12, [6, 6, 6, 8, 8, 8, 10, 10, None, None, None, None])
    late = cells.with_columns(
        answered_in=pl.lit(date(2026, 4, 1)), n=pl.lit(500, pl.Int64), successes=pl.lit(0, pl.Int64)
    )
    plan = [{**UNDERSTOOD[0], "looks_on": "2026-04-01"}]
    then, now = (
        made(plan, [TAUGHT], initiative_team=rows)["initiative_effect"]
        for rows in (cells, pl.concat([cells, late.filter(pl.col("month_on") == MONTHS[-1])]))
    )
    assert primary({"initiative_effect": then})["judged_on"] == date(2026, 4, 1)
    assert_frame_equal(now, then)


def test_who_is_listed_after_the_last_look_is_not_compared_with() -> None:
    """On the day of the look nobody knew of them."""
    rows = customers(0.08)
    number = pl.col("customer_key").str.slice(1).cast(pl.Int64)
    later = rows.filter(number < 400).with_columns(
        customer_key=pl.format("new {}", "customer_key"),
        started_in=pl.lit(date(2026, 6, 1)),
        bought=pl.col("month_on") < MONTHS[7],
    )
    plan = [{"primary_outcome": "purchase_in_month", "looks_on": "2026-02-01"}]
    then, now = (primary(made(plan, [OFFERED], **frames(each))) for each in (rows, pl.concat([rows, later])))
    assert now == then
