"""An initiative that started for everybody at once: the company's weeks against figures from outside."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.build import assemble
from pipelines.door.land import read_loads
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Model
from pipelines.facts import params
from pipelines.sources import all_profiles
from tests.door.conftest import Desk
from tests.measures.impact.truth import company, record
from tests.nodes.initiatives import Made, made, primary, says

STARTS = date(2026, 1, 5)
PLAN = {
    "primary_outcome": "emotion",
    "starts_on": STARTS,
    "horizon_days": 140,
    "smallest_effect_worth_having": 0.002,
}
ALL = {
    "unit": "company", "is_drawn": False, "is_listed": False, "treated": 0, "control": 0, "start_months": 0,
    "last_started_on": None, "is_priced": False, "whole_amount": 5000.0,
}  # fmt: skip


def weeks(
    effect: float, seed: int = 1, before: int = 60, after: int = 20
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The company's weeks, a thousand answers each, and fifteen figures from outside, each on a scale of its own."""
    truth = company(np.random.default_rng(seed), 100 * effect, before, after).with_columns(
        week_starts_on=pl.lit(STARTS) + pl.duration(days=7) * (pl.col("week") - before)
    )
    own = truth.select(
        "week_starts_on",
        initiative_id=pl.lit("note"),
        n=pl.lit(1000),
        successes=(10 * pl.col("answered")).round().cast(pl.Int64),
    )
    told = truth.drop("week", "answered").unpivot(index="week_starts_on", variable_name="series")
    scale = 3.0 + pl.col("series").str.slice(1).cast(pl.Int64)
    return own, told.with_columns(value=1000 - 5 * scale + pl.col("value") * scale)


def judged(own: pl.DataFrame, outside: pl.DataFrame, plan: dict[str, Any] | None = None) -> Made:
    return made([PLAN | (plan or {})], [ALL], initiative_week=own, outside_week=outside)


def refusals(tables: Made) -> str:
    return " ".join(tables["initiative_reason"].filter(pl.col("passed") == False)["says"])  # noqa: E712


def test_a_clear_launch_for_everybody_is_a_hint_and_never_proof_or_money() -> None:
    tables = judged(*weeks(0.04))
    found = primary(tables)
    assert (found["rung"], found["design"], found["verdict"]) == (5, "org wide", "suggestive")
    assert found["evidence"] == "compared with outside figures: suggests, proves nothing"
    assert found["doubt"] == "outside figures"
    assert found["effect_low"] < 0.04 < found["effect_high"]
    assert (found["n_treated"], found["n_control"]) == (20, 15)
    assert [found[name] for name in ("net_amount", "margin_amount", "acts_amount")] == [None, None, None]
    assert says(tables, "second opinion")[0] is True
    assert says(tables, "before the start")[0] is True


def test_a_launch_that_does_nothing_is_no_hint_that_it_works() -> None:
    found = primary(judged(*weeks(0.0)))
    assert found["rung"] == 5
    assert found["verdict"] == "inconclusive"
    assert found["effect_low"] < 0 < found["effect_high"]


def test_a_start_that_never_was_and_seems_to_work_leaves_it_open() -> None:
    own, outside = weeks(0.04)
    raised = pl.when(pl.col("week_starts_on") >= STARTS - timedelta(weeks=20)).then(40).otherwise(0)
    tables = judged(own.with_columns(pl.col("successes") + raised), outside)
    assert primary(tables)["verdict"] == "inconclusive"
    assert says(tables, "before the start")[0] is False


@pytest.mark.parametrize(
    ("before", "series", "said"),
    [(29, 15, "Only 29 periods are known"), (60, 9, "There are 9 figures from outside")],
)
def test_too_short_a_past_or_too_few_figures_stay_unjudged(before: int, series: int, said: str) -> None:
    own, outside = weeks(0.04, before=before)
    tables = judged(own, outside.filter(pl.col("series").str.slice(1).cast(pl.Int64) < series))
    found = primary(tables)
    assert (found["rung"], found["effect"], found["verdict"]) == (6, None, "not identifiable")
    assert said in refusals(tables)


def test_figures_with_a_hole_or_that_never_move_are_not_used() -> None:
    own, outside = weeks(0.04)
    hole = (pl.col("series") == "f3") & (pl.col("week_starts_on") == STARTS)
    flat = pl.when(pl.col("series") == "f4").then(7.0).otherwise("value")
    found = primary(judged(own, outside.filter(~hole).with_columns(value=flat)))
    assert (found["rung"], found["n_control"]) == (5, 13)


def test_weeks_before_a_hole_or_after_the_horizon_or_of_too_few_people_are_not_looked_at() -> None:
    own, outside = weeks(0.04, after=30)
    few = pl.when(pl.col("week_starts_on") == STARTS - timedelta(weeks=40)).then(9).otherwise("n")
    tables = judged(own.with_columns(n=few), outside)
    assert primary(tables)["n_treated"] == 20
    short = judged(
        own.with_columns(n=few).filter(pl.col("week_starts_on") > STARTS - timedelta(weeks=30)), outside
    )
    assert "Only 29 periods" in refusals(short)


def test_the_week_of_a_start_in_its_middle_is_left_out() -> None:
    own, outside = weeks(0.04)
    first = pl.col("week_starts_on") == STARTS
    absurd = own.with_columns(successes=pl.when(first).then(0).otherwise("successes"))
    found = primary(judged(absurd, outside, {"starts_on": STARTS + timedelta(days=2), "horizon_days": 138}))
    assert (found["rung"], found["n_treated"]) == (5, 19)
    assert found["effect"] == pytest.approx(0.04, abs=0.01)


def test_it_is_judged_when_its_horizon_has_passed_and_the_weeks_are_all_in() -> None:
    own, outside = weeks(0.04, after=12)
    tables = judged(own, outside)
    found = primary(tables)
    assert (found["effect"], found["verdict"]) == (None, "inconclusive")
    assert "Before it nothing is said" in refusals(tables)


def test_orders_are_judged_week_by_week() -> None:
    own, outside = weeks(0.04)
    found = primary(judged(own, outside, {"primary_outcome": "purchase_within_horizon"}))
    assert (found["outcome"], found["verdict"]) == ("purchase_in_week", "suggestive")


def test_a_file_of_figures_from_outside_is_all_it_takes(tmp_path: Path) -> None:
    own, outside = weeks(0.04)
    desk = Desk(tmp_path / "desk", "")
    desk.read(
        "initiative_id,name,tactic,care_class,hypothesis,primary_outcome,unit_of_assignment,horizon_days,"
        "smallest_effect_worth_having,starts_on,cost_amount,currency\n"
        f"door,An open door,access,owed,They feel it,emotion,company,140,0.002,{STARTS},5000,EUR\n"
    )
    desk.read(outside.select("series", "week_starts_on", "value").write_csv())
    answers = own.select(
        "n", "successes", iso_week=pl.col("week_starts_on").dt.strftime("%G-W%V"), kpi=pl.lit("emotion"),
        dimension=pl.lit("all"), member=pl.lit("all"), opposites=0, total=0.0, total_of_squares=0.0,
        effective_n=pl.col("n").cast(pl.Float64),
    )  # fmt: skip
    with open_engine("UTC") as connection:
        nodes = assemble(
            connection,
            desk.settings,
            desk.store,
            read_loads(desk.store),
            tuple(all_profiles()),
            desk.settings.as_of(),
        )
        connection.register("answers", answers)
        given = [
            replace(node, sql="select * from answers")
            if isinstance(node, Model) and node.table == "kpi_cell"
            else node
            for node in nodes
        ]
        run(connection, given, params(desk.settings, desk.settings.as_of()))
        (found,) = connection.sql("from initiative_effect where is_primary").pl().to_dicts()
    assert (found["rung"], found["verdict"], found["n_control"]) == (5, "suggestive", 15)
    assert found["net_amount"] is None


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 0.02])
def test_figures_on_scales_of_their_own_are_judged_honestly(effect: float) -> None:
    hints = []

    def method(rng: np.random.Generator) -> SimpleNamespace:
        found = primary(judged(*weeks(effect, int(rng.integers(1_000_000)))))
        hints.append(found["verdict"] == "suggestive" and found["effect_low"] > 0)
        return SimpleNamespace(estimate=found["effect"], low=found["effect_low"], high=found["effect_high"])

    found = record(method, effect, runs=200, seed=10)
    assert found.is_honest()
    assert effect > 0 or np.mean(hints) <= 0.06
