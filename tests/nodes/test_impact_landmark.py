"""Who must wait for the act: the query's landmark against counting everybody from the incident on."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import load_models
from pipelines.measures import impact
from pipelines.measures.proportions import newcombe_difference
from pipelines.nodes.initiative_incident import STRATA
from pipelines.questions import QUERIES
from tests.measures.impact.truth import record

QUERY = next(model for model in load_models([QUERIES]) if model.table == "initiative_incident")
FIRST, HORIZON, WAIT = date(2026, 1, 1), 90, 14
RATES = np.array([0.002, 0.004, 0.006])
"""Orders a day after an answer of 1, 2 and 3."""


def company(rng: np.random.Generator, more: float, latest: int, n: int = 2500) -> dict[str, pl.DataFrame]:
    """One low answer each. Half of the notes lie in the next parcel, the others are rung up when somebody has time.

    So many who got it had to order first, and who is rung up late has lived through the time before. `more` orders a
    day follow the act. Tables of the query, and `waited`, the days from the answer to the act.
    """
    felt = rng.integers(0, 3, n)
    bad_on = rng.integers(0, 300, n)
    ordered = rng.exponential(1 / RATES[felt])
    in_parcel = rng.random(n) < 0.5
    waited = np.floor(np.where(in_parcel, ordered, rng.exponential(20, n)))
    got = waited <= latest
    later = rng.random(n) < 1 - np.exp(-(RATES[felt] + more * (got & (waited <= WAIT))) * HORIZON)
    orders = [(who, bad_on[who] + int(ordered[who])) for who in np.flatnonzero(ordered < WAIT + 1)]
    orders += [(who, bad_on[who] + WAIT + 1 + rng.integers(HORIZON)) for who in np.flatnonzero(later)]
    customer = np.array([f"c{number}" for number in range(n)])
    day = np.datetime64(FIRST) + np.arange(800)
    return {
        "kpi_event": pl.DataFrame(
            {
                "kpi": "emotion",
                "customer_key": customer,
                "happened_on": day[bad_on],
                "value": felt + 1.0,
                "is_opposite": True,
                "is_success": False,
            }
        ),
        "purchase": pl.DataFrame(
            {
                "customer_key": customer[[who for who, _ in orders]],
                "ordered_on": day[[on for _, on in orders]],
                "margin_amount": 1.0,
            }
        ),
        "initiative_start": pl.DataFrame(
            {
                "initiative_id": "note",
                "customer_key": customer[got],
                "arm": "treated",
                "started_on": day[(bad_on + waited)[got].astype(int)],
            }
        ),
        "initiative_design": pl.DataFrame(
            {
                "initiative_id": "note",
                "unit": "customer",
                "set_off_by": "felt_bad",
                "is_drawn": False,
                "last_started_on": FIRST + timedelta(days=400),
            }
        ),
        "staged.initiative": pl.DataFrame(
            {
                "initiative_id": "note",
                "starts_on": FIRST,
                "horizon_days": HORIZON,
                "primary_outcome": "purchase_within_horizon",
            }
        ),
        "interaction": pl.DataFrame(
            schema={"customer_key": pl.String, "abandoned_at": pl.Datetime, "reopened_at": pl.Datetime}
        ),
        "contact_state": pl.DataFrame(
            schema={"customer_key": pl.String, "state": pl.String, "from_on": pl.Date}
        ),
        "act_cost": pl.DataFrame(
            schema={
                "initiative_id": pl.String,
                "customer_key": pl.String,
                "done_on": pl.Date,
                "amount": pl.Float64,
            }
        ),
        "order_reach": pl.DataFrame({"last_order_on": FIRST + timedelta(days=800)}),
    }


def incidents(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    with open_engine("UTC") as connection:
        for name, frame in tables.items():
            connection.register("given", frame)
            connection.execute(f"create table {name} as from given")
            connection.unregister("given")
        run(connection, [QUERY], {"as_of": datetime(2028, 1, 1), "margin_share": 0.4})
        return connection.sql("from initiative_incident order by incident_key").pl()


def by_landmark(rng: np.random.Generator, more: float, latest: int) -> SimpleNamespace:
    """The effect, less the truth: what `more` adds to the chance to order, at the answers of those who got it."""
    rows = incidents(company(rng, more, latest))
    assert rows["is_observed"].all()
    effect = impact.incident_matched(rows, "is_success", "is_treated", STRATA[1], "customer_key").effect
    alone = np.exp(-RATES[rows.filter("is_treated")["severity"].cast(pl.Int64).to_numpy() - 1] * HORIZON)
    truth = float((alone * (1 - np.exp(-more * HORIZON))).mean())
    return SimpleNamespace(**{name: getattr(effect, name) - truth for name in ("estimate", "low", "high")})


def from_the_incident_on(rng: np.random.Generator) -> SimpleNamespace:
    """Who ever got it against who never did, both counted from the answer on."""
    tables = company(rng, 0.0, HORIZON)
    got = pl.col("customer_key").is_in(tables["initiative_start"]["customer_key"].implode())
    ordered = pl.col("customer_key").is_in(tables["purchase"]["customer_key"].implode())
    both = tables["kpi_event"].group_by(got=got).agg(n=pl.len(), x=ordered.sum()).sort("got")
    (n0, x0), (n1, x1) = both.select("n", "x").iter_rows()
    low, high = newcombe_difference(x1, n1, x0, n0)
    return SimpleNamespace(estimate=x1 / n1 - x0 / n0, low=low, high=high)


def test_an_act_that_does_nothing_is_found_to_do_nothing_though_who_got_it_had_to_order_first() -> None:
    naive = record(from_the_incident_on, 0.0, runs=10, seed=1)
    found = record(lambda rng: by_landmark(rng, 0.0, HORIZON), 0.0, runs=10, seed=1)
    assert naive.works >= 0.9
    assert naive.bias > 0.05
    assert found.works <= 0.1
    assert abs(found.bias) < 0.02


def test_who_got_it_after_the_landmark_counts_as_without_it() -> None:
    tables = company(np.random.default_rng(2), 0.0, HORIZON)
    got = tables["initiative_start"]["customer_key"]
    rows = incidents(tables)
    assert rows.height == tables["kpi_event"].height
    assert 0 < rows["is_treated"].sum() < len(got)


@pytest.mark.simulate
@pytest.mark.parametrize(("more", "latest"), [(0.0, HORIZON), (0.004, WAIT)])
def test_acts_that_take_time_are_judged_honestly(more: float, latest: int) -> None:
    found = record(lambda rng: by_landmark(rng, more, latest), 0.0, runs=200, seed=3)
    assert found.is_honest()
    assert more > 0 or found.works <= 0.06


def test_one_act_long_after_brings_no_older_incidents_in() -> None:
    """What was over at a look stays as it was: else a late act would add whoever went without it meanwhile."""
    tables, look = company(np.random.default_rng(5), 0.0, WAIT), date(2026, 9, 1)
    got = tables["initiative_start"].filter(pl.col("started_on") < date(2026, 3, 10))
    late = got.head(1).with_columns(customer_key=pl.lit("somebody"), started_on=date(2026, 12, 1))
    before, after = (
        incidents(
            tables
            | {
                "initiative_start": starts,
                "initiative_design": tables["initiative_design"].with_columns(
                    last_started_on=starts["started_on"].max()
                ),
            }
        ).filter(pl.col("ends_on") < look)
        for starts in (got, pl.concat([got, late]))
    )
    assert after.equals(before)
