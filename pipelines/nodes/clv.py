"""What each customer will probably be worth, how sure that is, and how right it was for the year before."""

from typing import Any

import numpy as np
import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import clv, tenure
from pipelines.measures.clv import BetaGeometric, GammaGamma, Terms
from pipelines.measures.clv_check import HoldOut, hold_out

FEWEST_CUSTOMERS = 200
FEWEST_COME_BACK = 50
SIMULATED = 20_000
"""Of the most valuable so many the future is simulated one by one; of the others as many stand for all."""
DRAWS = 200
SEED = 22
GROUPINGS = ("segment", "rfm_segment", "value_band")
FITTED, TOO_FEW, NOT_SETTLED = "fitted", "too few customers", "did not settle"

_CUSTOMER = {
    "customer_key": pl.String, "expected_purchases_365d": pl.Float64, "probability_alive": pl.Float64,
    "clv": pl.Float64, "clv_low": pl.Float64, "clv_high": pl.Float64, "clv_rank": pl.Int64, "rank_low": pl.Int64,
    "rank_high": pl.Int64, "value_basis": pl.String,
}  # fmt: skip
_FIT: dict[str, Any] = {
    "basis": pl.String, "status": pl.String, "customers": pl.Int64, "repeat_customers": pl.Int64,
    "left_truncated_share": pl.Float64, "horizon_days": pl.Int64, "discount_rate": pl.Float64,
    "margin_share": pl.Float64, "kept_share": pl.Float64, "converged": pl.Boolean, "gradient_norm": pl.Float64,
    "log_likelihood": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in ("r", "alpha", "a", "b", "p", "q", "v") for end in ("", "_se")},
    "mean_spend": pl.Float64, "spend_correlation": pl.Float64, "clv_total": pl.Float64,
    "holdout_customers": pl.Int64, "holdout_predicted": pl.Float64, "holdout_actual": pl.Float64,
    "holdout_bias": pl.Float64, "recalibration": pl.Float64, "recalibration_low": pl.Float64,
    "recalibration_high": pl.Float64, "top_share_by_model": pl.Float64, "top_share_by_count": pl.Float64,
}  # fmt: skip
_BUCKET = {
    "position": pl.Int64, "bucket": pl.String, "n": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64,
    "recalibrated": pl.Float64,
}  # fmt: skip
_GROUP = {
    "dimension": pl.String, "member": pl.String, "n": pl.Int64, "clv": pl.Float64, "clv_low": pl.Float64,
    "clv_high": pl.Float64,
}  # fmt: skip
_COOLED = {
    "customers": pl.Int64, "bought_before": pl.Float64, "bought_after": pl.Float64, "expected_after": pl.Float64,
    "expected_after_low": pl.Float64, "expected_after_high": pl.Float64, "rest": pl.Float64, "rest_low": pl.Float64,
    "rest_high": pl.Float64, "expected_by_model": pl.Float64, "others_factor": pl.Float64,
}  # fmt: skip


def _value(frames: Frames) -> dict[str, pl.DataFrame]:
    """By contract where the settings say so, else by the rhythm of purchases; nothing is said of too few."""
    given = frames["value_terms"].row(0, named=True)
    rhythm = frames["customer_rhythm"].sort("customer_key")
    fit: dict[str, Any] = {
        "basis": "contract" if given["has_contracts"] else "orders",
        "status": TOO_FEW,
        "customers": rhythm.height,
        "repeat_customers": rhythm.filter(pl.col("repeat_days") > 0).height,
        **{name: given[name] for name in ("horizon_days", "discount_rate", "margin_share")},
    }
    made: dict[str, list[dict[str, Any]]] = {"clv_bucket": [], "top_cooled_sum": []}
    customers, groups = pl.DataFrame(schema=_CUSTOMER), pl.DataFrame(schema=_GROUP)
    if fit["customers"] >= FEWEST_CUSTOMERS and fit["repeat_customers"] >= FEWEST_COME_BACK:
        fit |= {
            "left_truncated_share": rhythm["is_left_truncated"].cast(pl.Float64).mean(),
            "kept_share": _kept_share(rhythm),
        }
        terms = Terms(given["horizon_days"], given["discount_rate"], fit["kept_share"])
        here = rhythm.filter(~pl.col("is_gone"))
        if given["has_contracts"]:
            customers, groups = _by_contract(here, frames["customer_tenure"].sort("customer_key"), terms)
            fit |= {"status": FITTED}
        else:
            model, spend = _fits(frames["value_cell"], rhythm)
            fit |= _parameters(model, spend, rhythm)
            if spend is not None and fit["converged"]:
                customers, groups = _by_rhythm(here, model, spend, terms)
                made = _checked(frames, given["minimum_n"], fit)
        fit |= {"clv_total": customers["clv"].sum() if customers.height else None}
    none_fit = not rhythm.height
    return {
        "customer_clv": customers,
        "clv_group": groups,
        "clv_fit": pl.DataFrame([] if none_fit else [fit], schema=_FIT),
        "clv_bucket": pl.DataFrame(made["clv_bucket"], schema=_BUCKET),
        "top_cooled_sum": pl.DataFrame(made["top_cooled_sum"], schema=_COOLED),
    }


def _kept_share(rhythm: pl.DataFrame) -> float | None:
    """Of what customers spent, what was left after discounts; not known where the margin is not."""
    known = rhythm.filter(pl.col("margin_amount").is_not_null(), pl.col("spent_amount") > 0)
    left, spent = (float(known[name].sum()) for name in ("margin_amount", "spent_amount"))
    return left / spent if spent else None


def _fits(cells: pl.DataFrame, rhythm: pl.DataFrame) -> tuple[BetaGeometric, GammaGamma | None]:
    priced = rhythm.filter(pl.col("priced_days") > 0, pl.col("spent_amount") > 0)
    spend = clv.fit_spend(_spending(priced)) if priced.height >= FEWEST_CUSTOMERS else None
    return clv.fit(_in_weeks(cells).with_columns(count=pl.col("customers"))), spend


def _spending(rhythm: pl.DataFrame) -> pl.DataFrame:
    return rhythm.select(x="priced_days", mean_amount=pl.col("spent_amount") / pl.col("priced_days"))


def _in_weeks(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        x=pl.col("repeat_days"),
        t_x=pl.col("recency_days") / clv.WEEK_DAYS,
        T=pl.col("age_days") / clv.WEEK_DAYS,
    )


def _parameters(model: BetaGeometric, spend: GammaGamma | None, rhythm: pl.DataFrame) -> dict[str, Any]:
    converged = model.converged and spend is not None and spend.converged and spend.q > 1
    found: dict[str, Any] = {
        "status": FITTED if converged else NOT_SETTLED,
        "converged": converged,
        "gradient_norm": model.gradient_norm,
        "log_likelihood": model.log_likelihood,
    }
    for part in (model, spend):
        for name, error in part.standard_errors.items() if part is not None else ():
            found |= {name: getattr(part, name), f"{name}_se": error}
    if spend is not None:
        found |= {
            "mean_spend": spend.mean_spend,
            "spend_correlation": clv.spend_correlation(_spending(rhythm.filter(pl.col("priced_days") > 0))),
        }
    return found


def _by_rhythm(
    here: pl.DataFrame, model: BetaGeometric, spend: GammaGamma, terms: Terms
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per customer, and one per group.

    Of one-time buyers it is too early to say whether they are alive, or where they stand: ranked are the others alone.
    """
    scored = _in_weeks(here)
    scored = scored.hstack(clv.expected_value(model, spend, scored, terms))
    scored = scored.sort("clv", "customer_key", descending=[True, False])
    is_early = pl.col("repeat_days") == 0
    scored = scored.with_columns(clv_rank=pl.when(~is_early).then((~is_early).cum_sum()))
    shown = _standing_for_all(scored)
    values = clv.simulated_values(model, spend, shown, terms, draws=DRAWS, seed=SEED)
    low, high = clv.quantile_range(values)
    point = shown["clv"].to_numpy()
    ranges = shown.select(
        "customer_key",
        clv_low=pl.Series(np.minimum(low, point)),
        clv_high=pl.Series(np.maximum(high, point)),
    )
    again = shown.filter(~is_early)
    first, last = clv.rank_ranges(
        model, spend, again, terms, again["weight"].to_numpy(), draws=DRAWS, seed=SEED
    )
    rank = again["clv_rank"].to_numpy()
    ranks = again.select(
        "customer_key",
        rank_low=pl.Series(np.minimum(np.floor(first), rank)),
        rank_high=pl.Series(np.maximum(np.ceil(last), rank)),
    )
    customers = scored.join(ranges, on="customer_key", how="left").join(ranks, on="customer_key", how="left")
    customers = customers.with_columns(
        probability_alive=pl.when(~is_early).then("probability_alive"),
        value_basis=pl.when(is_early).then(pl.lit("too early to say")).otherwise(pl.lit("orders")),
    )
    groups = _groups(scored, shown, values)
    return customers.select(pl.col(name).cast(kind) for name, kind in _CUSTOMER.items()), groups


def _standing_for_all(scored: pl.DataFrame) -> pl.DataFrame:
    """The most valuable, and as many others at even distances, each with how many customers it stands for."""
    others = scored.height - SIMULATED
    step = max(others / SIMULATED, 1.0)
    places = np.arange(SIMULATED) if others > 0 else np.arange(scored.height)
    if others > 0:
        places = np.append(places, SIMULATED + np.floor(np.arange(0, others, step)).astype(int))
    weight = np.where(places < SIMULATED, 1.0, step)
    return scored[places].with_columns(weight=pl.Series(weight))


def _groups(scored: pl.DataFrame, shown: pl.DataFrame, values: clv.Floats) -> pl.DataFrame:
    """The mean value per customer of each group: exact, with the range of the simulated futures about it."""
    weight, point = shown["weight"].to_numpy(), shown["clv"].to_numpy()
    exact = scored["clv"].to_numpy()
    records = []
    for dimension in ("all", *GROUPINGS):
        of_all, of_shown = (
            np.full(frame.height, "all") if dimension == "all" else frame[dimension].to_numpy()
            for frame in (scored, shown)
        )
        for member in sorted(set(of_all)):
            own, seen = of_all == member, of_shown == member
            mean = low = high = float(exact[own].mean())
            expected = float(weight[seen] @ point[seen])
            if expected > 0:
                ends = np.quantile(values[:, seen] @ weight[seen] / expected * mean, [0.025, 0.975])
                low, high = min(float(ends[0]), mean), max(float(ends[1]), mean)
            records.append((dimension, member, int(own.sum()), mean, low, high))
    return pl.DataFrame(records, schema=_GROUP, orient="row")


def _checked(frames: Frames, smallest: int, fit: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The same model on what was known at the split, against what followed; adds to `fit` what it found."""
    made: dict[str, list[dict[str, Any]]] = {"clv_bucket": [], "top_cooled_sum": []}
    cells = _in_weeks(frames["value_before_cell"]).with_columns(
        count=pl.col("customers"), bought=pl.col("bought_after"), bought_squared=pl.col("bought_after_squared")
    )  # fmt: skip
    if (
        cells["count"].sum() < FEWEST_CUSTOMERS
        or cells.filter(pl.col("x") > 0)["count"].sum() < FEWEST_COME_BACK
        or not cells["bought"].sum()
    ):
        return made
    model = clv.fit(cells)
    if not model.converged:
        return made
    weeks = frames["value_span"]["period_days"][0] / clv.WEEK_DAYS
    found = hold_out(cells.group_by("x", "t_x", "T").agg(_sums()), model, weeks, smallest)
    fit |= _told(found)
    made["clv_bucket"] = [
        {"position": place, **row} for place, row in enumerate(found.buckets.iter_rows(named=True))
    ]
    top, others = (cells.filter(who).sort("x", "t_x", "T") for who in (pl.col("is_top"), ~pl.col("is_top")))
    if top["count"].sum() >= smallest:
        made["top_cooled_sum"] = [_cooled(top, others, model, weeks)]
    return made


def _sums() -> pl.Expr:
    return pl.col("count", "bought", "bought_squared").sum()


def _told(found: HoldOut) -> dict[str, Any]:
    return {
        "holdout_customers": found.n,
        "holdout_predicted": found.predicted,
        "holdout_actual": found.actual,
        "holdout_bias": found.bias,
        "recalibration": found.recalibration,
        "recalibration_low": found.recalibration_low,
        "recalibration_high": found.recalibration_high,
        "top_share_by_model": found.top_share_by_model,
        "top_share_by_count": found.top_share_by_count,
    }


def _cooled(top: pl.DataFrame, others: pl.DataFrame, model: BetaGeometric, weeks: float) -> dict[str, Any]:
    """Purchases per top customer before and after, what was to be expected after, and the rest with its range.

    The model's expectation goes by the factor by which all other customers differed from theirs: what moved everybody,
    or what the model gets wrong for everybody, is no cooling of the top. The range is of simulated futures.
    """
    n, m = (float(part["count"].sum()) for part in (top, others))
    people = top.select(pl.col("x", "t_x", "T").repeat_by("count").explode())
    x, t_x, T = (people[name].to_numpy().astype(float) for name in ("x", "t_x", "T"))
    beside = model.expected_purchases(weeks, *(others[name].to_numpy() for name in ("x", "t_x", "T")))
    seen, foreseen = float(others["bought"].sum()), float(beside @ others["count"].to_numpy())
    factor = seen / foreseen if seen else 1.0
    error = np.sqrt(max(float(others["bought_squared"].sum()) - seen**2 / m, 0.0)) / seen if seen else 0.0
    rng = np.random.default_rng(SEED)
    futures = [
        model.drawn(rng).future(weeks, x, t_x, T, rng).sum()
        / n
        * factor
        * np.exp(error * rng.standard_normal())
        for _ in range(5 * DRAWS)
    ]
    by_model = float(model.expected_purchases(weeks, x, t_x, T).sum() / n)
    expected, after = by_model * factor, float(top["bought"].sum()) / n
    low, high = (float(end) for end in np.quantile(futures, [0.025, 0.975]))
    low, high = min(low, expected), max(high, expected)
    return {
        "customers": int(n),
        "bought_before": float(top["bought_before"].sum()) / n,
        "bought_after": after,
        "expected_after": expected,
        "expected_after_low": low,
        "expected_after_high": high,
        "rest": after - expected,
        "rest_low": after - high,
        "rest_high": after - low,
        "expected_by_model": by_model,
        "others_factor": factor,
    }


def _by_contract(
    here: pl.DataFrame, tenures: pl.DataFrame, terms: Terms
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each spent in a year, as long as customers of the same tenure stay; ranges of groups by resampling."""
    curve = tenure.staying_curve(tenures)
    scored = here.join(tenures.select("customer_key", "tenure_days"), on="customer_key", how="left").with_columns(
        pl.col("tenure_days").fill_null(0), value_basis=pl.lit("contract")
    )  # fmt: skip
    tenure_days = scored["tenure_days"].to_numpy().astype(float)
    yearly = scored["spent_365d_amount"].to_numpy() * terms.kept_share / 365
    days = tenure.discounted_days(curve, tenure_days, terms.horizon_days, terms.discount_rate)
    scored = scored.with_columns(clv=pl.Series(days * yearly))
    rng = np.random.default_rng(SEED)
    distinct = tenures.group_by("tenure_days", "has_left", "entered_days").agg(count=pl.len())
    distinct = distinct.sort("tenure_days", "has_left", "entered_days")
    share = distinct["count"].to_numpy() / tenures.height
    values: clv.Floats = np.empty((DRAWS, scored.height))
    for draw in range(DRAWS):
        again = distinct.with_columns(count=pl.Series(rng.multinomial(tenures.height, share)))
        stays = tenure.discounted_days(
            tenure.staying_curve(again), tenure_days, terms.horizon_days, terms.discount_rate
        )
        values[draw] = stays * yearly
    groups = _groups(scored, scored.select("clv", *GROUPINGS, weight=pl.lit(1.0)), values)
    ranked = scored.sort("clv", "customer_key", descending=[True, False]).with_row_index("clv_rank", 1)
    columns = [
        pl.col(name).cast(kind) if name in ranked.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in _CUSTOMER.items()
    ]
    return ranked.select(columns), groups


MEASURE = Measure(
    "clv",
    frozenset(
        {"value_terms", "customer_rhythm", "value_cell", "value_before_cell", "value_span", "customer_tenure"}
    ),
    ("customer_clv", "clv_group", "clv_fit", "clv_bucket", "top_cooled_sum"),
    _value,
)
