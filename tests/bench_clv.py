"""The future value of a million customers: counted in SQL, fitted and scored in Python, without simulated futures.

Beside it the library `lifetimes`, where it is installed, on the same rhythms.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parent.parent
DAYS = 730
CPU_GOAL, MEMORY_GOAL = 10.0, 2.0
TRUTH = {"r": 0.6, "alpha": 12.0, "a": 0.8, "b": 2.4, "p": 6.0, "q": 4.0, "v": 30.0}


def compare_clv(folder: Path, customers: int) -> None:
    """Print the line."""
    _measured("purchases", folder, customers)
    told = {
        way: _measured(way, folder, customers) for way in WAYS if way != "lifetimes" or find_spec("lifetimes")
    }
    ours, counting = told["ours"], told["counting"]
    beside = told.get("lifetimes")
    print(
        f"customer value, {customers:,} customers, {counting['rows']:,} purchases: fitted and scored {ours['cpu']:.1f} "
        f"CPU s (goal {CPU_GOAL:.0f}), peak {ours['peak_gb']:.2f} GB (goal {MEMORY_GOAL:.0f}), r {ours['r']:.3f} of "
        f"{TRUTH['r']} · counting in SQL {counting['cpu']:.1f} CPU s, peak {counting['peak_gb']:.2f} GB"
        + (
            f" · lifetimes {beside['cpu']:.1f} CPU s, {beside['cpu'] / ours['cpu']:.1f} × ours"
            if beside
            else ""
        )
    )


def _measured(way: str, folder: Path, customers: int) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), way, str(folder), str(customers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def purchases(folder: Path, customers: int) -> dict[str, float]:
    """Write what so many customers bought in two years, as the model has it."""
    rng = np.random.default_rng(customers)
    began = rng.integers(0, DAYS, customers)
    rate = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers) / 7
    leaving = rng.beta(TRUTH["a"], TRUTH["b"], customers)
    scale = rng.gamma(TRUTH["q"], 1 / TRUTH["v"], customers)
    who, at = np.arange(customers), began.astype(float)
    parts = [(who, began)]
    while len(who):
        stays = rng.random(len(who)) >= (leaving[who] if len(parts) > 1 else 0.0)
        who, at = who[stays], at[stays] + rng.exponential(1 / rate[who[stays]])
        inside = at < DAYS
        who, at = who[inside], at[inside]
        parts.append((who, np.floor(at).astype(int)))
    numbers, days = (np.concatenate(column) for column in zip(*parts, strict=True))
    pl.DataFrame(
        {
            "customer_key": pl.Series(numbers).cast(pl.String).str.zfill(8),
            "ordered_on": pl.Series(days).cast(pl.Int32) + 20_000,
            "amount": rng.gamma(TRUTH["p"], 1 / scale[numbers]).round(2) + 0.01,
        }
    ).with_columns(pl.col("ordered_on").cast(pl.Date)).write_parquet(folder / "purchases.parquet")
    return {"rows": len(numbers)}


def counting(folder: Path, customers: int) -> dict[str, float]:
    """Run the product's own queries on them."""
    import duckdb

    sys.path.insert(0, str(ROOT))
    from pipelines.engine.graph import load_models
    from pipelines.questions import QUERIES

    models = {model.table: model for model in load_models([QUERIES])}
    connection = duckdb.connect()
    connection.execute("set memory_limit = '1500MB'")
    connection.execute(f"set temp_directory = '{folder / 'spill'}'")
    bought = f"read_parquet('{folder / 'purchases.parquet'}')"
    connection.execute(
        "create table purchase as select customer_key, ordered_on, amount, amount as reporting_amount, "
        f"null::double as margin_amount from {bought}"
    )
    connection.execute("create table order_reach as select max(ordered_on) as last_order_on from purchase")
    connection.execute(
        "create table customer as select customer_key, min(ordered_on) as first_seen_on, null::date as gone_on, "
        "'all' as segment from purchase group by customer_key"
    )
    connection.execute(
        "create table customer_rfm as select customer_key, 'all' as rfm_segment, 'all' as value_band, "
        "0 as spend_365d_amount from customer"
    )
    for table in ("purchase_day", "value_span", "customer_rhythm", "value_cell"):
        connection.execute(f"create table {table} as {models[table].sql}")
    for table in ("customer_rhythm", "value_cell"):
        connection.sql(f"from {table}").write_parquet(str(folder / f"{table}.parquet"))
    ((rows,),) = connection.execute("select count(*) from purchase").fetchall()
    return {"rows": int(rows)}


def ours(folder: Path, customers: int) -> dict[str, float]:
    """Both fits, and the value of every customer."""
    sys.path.insert(0, str(ROOT))
    from pipelines.measures import clv

    weeks = {"x": pl.col("repeat_days"), "t_x": pl.col("recency_days") / 7, "T": pl.col("age_days") / 7}
    cells = pl.read_parquet(folder / "value_cell.parquet").select(count="customers", **weeks)
    model = clv.fit(cells)
    rhythm = pl.read_parquet(
        folder / "customer_rhythm.parquet",
        columns=["customer_key", "repeat_days", "recency_days", "age_days", "priced_days", "spent_amount"],
    )
    mean = pl.col("spent_amount") / pl.col("priced_days")
    spend = clv.fit_spend(rhythm.select(x="priced_days", mean_amount=mean))
    scored = clv.expected_value(model, spend, rhythm.with_columns(**weeks), clv.Terms())
    assert model.converged
    assert spend.converged
    assert scored.height == customers
    return {"r": model.r, "value": float(scored["clv"].sum())}


def lifetimes(folder: Path, customers: int) -> dict[str, float]:
    """The same by the library, which takes one row per customer."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    rows = pl.read_parquet(folder / "customer_rhythm.parquet").to_pandas()
    x, t_x, T = rows["repeat_days"], rows["recency_days"] / 7, rows["age_days"] / 7
    model = BetaGeoFitter().fit(x, t_x, T)
    spend = GammaGammaFitter().fit(rows["priced_days"], rows["spent_amount"] / rows["priced_days"])
    value = spend.customer_lifetime_value(
        model, x, t_x, T, rows["spent_amount"] / rows["priced_days"], time=12, discount_rate=0.008, freq="W"
    )
    return {"r": float(model.params_["r"]), "value": float(value.sum())}


WAYS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "counting": counting,
    "ours": ours,
    "lifetimes": lifetimes,
}


def main() -> None:
    """One way, measured in a process of its own."""
    way, folder, customers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    started = time.perf_counter()
    told = {"purchases": purchases, **WAYS}[way](folder, customers)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak_gb = usage.ru_maxrss / 1024**2
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({**told, "cpu": cpu, "seconds": time.perf_counter() - started, "peak_gb": peak_gb}))


if __name__ == "__main__":
    main()
