"""An initiative set off by an event of the customer: incidents against incidents, never before against after."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.nodes.initiatives import made, primary, says

CALL = {"is_drawn": False, "set_off_by": "felt_bad", "treated": 300, "control": 0}


def incidents(effect: float, chosen: tuple[float, float], n: int = 1200, **columns: Any) -> pl.DataFrame:
    """Bad (1) and worse (2) ones, half each; the worse recover more often and are chosen with other odds."""
    rng = np.random.default_rng(7)
    severity = rng.integers(1, 3, n)
    treated = rng.random(n) < np.where(severity == 1, *chosen)
    recovers = np.where(severity == 1, 0.3, 0.6) + effect * treated
    return pl.DataFrame(
        {
            "initiative_id": "note",
            "incident_key": [str(number) for number in range(n)],
            "customer_key": [f"c{number}" for number in range(n)],
            "happened_in": [date(2026, 1 + number % 2, 1) for number in range(n)],
            "severity": severity.astype(float),
            "is_treated": treated,
            "orders_before": rng.integers(0, 3, n),
            "is_observed": True,
            "ends_on": date(2026, 6, 1),
            "is_success": rng.random(n) < recovers,
            "felt_good": None,
            "margin_amount": 5.0 + rng.standard_normal(n),
            "is_sold_through": True,
            "acts": treated.astype(int),
            "acts_amount": np.where(treated, 2.0, 0.0),
            "is_elsewhere": False,
        },
        schema_overrides={"felt_good": pl.Boolean},
    ).with_columns(**columns)


def test_who_is_chosen_because_it_was_worse_is_compared_with_the_same_kind() -> None:
    rows = incidents(0.0, (0.2, 0.8))
    raw = rows.group_by("is_treated").agg(pl.col("is_success").mean()).sort("is_treated")["is_success"]
    assert raw[1] - raw[0] > 0.1, "the plain difference is fooled"
    tables = made(designs=[CALL | {"treated": int(rows["is_treated"].sum())}], initiative_incident=rows)
    found = primary(tables)
    assert (found["rung"], found["design"], found["evidence"]) == (
        1,
        "incident",
        "compared with similar customers",
    )
    assert found["effect_low"] < 0 < found["effect_high"]
    assert found["verdict"] == "inconclusive"
    assert found["share_matched"] == pytest.approx(1)
    assert (says(tables, "balance")[0], says(tables, "linked")[0]) == (True, True)


def test_an_act_that_helps_is_found_and_its_money_counted() -> None:
    rows = incidents(0.2, (0.5, 0.5), margin_amount=pl.when("is_treated").then(8.0).otherwise(5.0))
    n = int(rows["is_treated"].sum())
    found = primary(made(designs=[CALL | {"treated": n}], initiative_incident=rows))
    assert (found["verdict"], found["n_treated"]) == ("works", n)
    assert found["effect_low"] < 0.2 < found["effect_high"]
    assert found["net_amount"] == pytest.approx(3 * n - 2 * n)
    assert found["acts_counted"] == n


def test_only_the_acts_after_matched_incidents_are_set_against_their_margin() -> None:
    rows = incidents(0.2, (0.5, 0.5))
    alone = (
        rows.filter("is_treated")
        .head(30)
        .with_columns(
            severity=pl.lit(9.0),
            acts_amount=pl.lit(100.0),
            customer_key=pl.format("alone {}", "customer_key"),
        )
    )
    tables = made(designs=[CALL], initiative_incident=pl.concat([rows, alone]))
    n = int(rows["is_treated"].sum())
    assert primary(tables)["n_treated"] == n
    assert (primary(tables)["acts_amount"], primary(tables)["acts_counted"]) == (pytest.approx(2 * n), n)


def test_an_event_after_which_everybody_got_it_is_not_judged_however_great_it_looks() -> None:
    rows = incidents(0.0, (1.0, 1.0), is_success=pl.lit(value=True))
    tables = made(designs=[CALL], initiative_incident=rows)
    found = primary(tables)
    assert (found["rung"], found["verdict"]) == (6, "not identifiable")
    assert [found[name] for name in ("effect", "net_amount", "margin_amount")] == [None, None, None]
    assert tables["initiative_effect"].height == 1
    refused = tables["initiative_reason"].filter(pl.col("rung") == 1).row(0, named=True)
    assert refused["passed"] is False
    assert "nobody with the same event can be compared" in refused["says"]


def test_a_threshold_leaves_nobody_of_the_same_kind() -> None:
    found = primary(made(designs=[CALL], initiative_incident=incidents(0.3, (0.0, 1.0))))
    assert (found["rung"], found["effect"], found["verdict"]) == (6, None, "not identifiable")


def test_who_never_answered_again_is_not_in_the_effect_but_in_the_bounds() -> None:
    rows = incidents(0.0, (0.5, 0.5))
    answered = (pl.int_range(pl.len()) % 3 > 0) | pl.col("is_treated")
    rows = rows.with_columns(is_success=pl.when(answered).then("is_success"))
    tables = made([{"primary_outcome": "trust"}], [CALL], initiative_incident=rows)
    assert primary(tables)["n_control"] == rows.filter(~pl.col("is_treated"))["is_success"].count()
    assert says(tables, "silence")[0] is False
