from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

from pipelines.measures.impact import synthetic_did
from pipelines.measures.impact.synthetic import simplex_weights
from tests.measures.impact.truth import record, regions

PROP99 = pl.read_csv(Path(__file__).parents[2] / "reference" / "prop99.csv")
COLUMNS = ("state", "year", "packs", "start")


def launch(rng, effect, **columns):
    return synthetic_did(regions(rng, effect, **columns), "region", "month", "rate", "start")


def least_by_steps(series, target, ridge, noise, steps=10_000):
    """Frank and Wolfe's steps with the stopping rules of the authors' own program."""

    def walk(weights, steps):
        value = np.inf
        for _ in range(steps):
            apart = series @ weights - target
            slope = apart @ series + ridge * weights
            towards = np.eye(len(weights))[np.argmin(slope)] - weights
            moved = series @ towards
            weights = weights + towards * np.clip(
                -(slope @ towards) / (moved @ moved + ridge * towards @ towards), 0, 1
            )
            last, value = (
                value,
                ((series @ weights - target) ** 2).mean() + ridge * weights @ weights / len(target),
            )
            if last - value <= (1e-5 * noise) ** 2:
                break
        return weights

    weights = walk(np.full(series.shape[1], 1 / series.shape[1]), 100)
    weights[weights <= weights.max() / 4] = 0
    return walk(weights / weights.sum(), steps)


@pytest.mark.parametrize(
    ("mix", "published", "off"),
    [
        ("difference in differences", -27.349, 0.001),
        ("synthetic difference in differences", -15.604, 0.002),
        ("synthetic control", -19.620, 0.11),
    ],
)
def test_californias_tobacco_tax_has_the_published_effects(mix, published, off):
    assert synthetic_did(PROP99, *COLUMNS, mix=mix).estimate == pytest.approx(published, abs=off)


def test_the_published_synthetic_control_is_ours_before_its_steps_have_arrived():
    wide = PROP99.pivot(on="year", index="state", values="packs").sort(
        pl.col("state") == "California", "state"
    )
    packs = wide.drop("state").to_numpy()
    others, california = packs[:-1], packs[-1]
    noise = np.diff(others[:, :19], axis=1).std(ddof=1)
    stopped = least_by_steps(others[:, :19].T, california[:19], 19 * (1e-6 * noise) ** 2, noise)
    ours = simplex_weights(others[:, :19].T, california[:19])
    assert (california - stopped @ others)[19:].mean() == pytest.approx(-19.620, abs=0.001)
    apart = [((california - weights @ others)[:19] ** 2).sum() for weights in (ours, stopped)]
    assert apart[0] < apart[1]


@pytest.mark.parametrize(
    ("mix", "published"),
    [
        ("difference in differences", 17.7),
        ("synthetic difference in differences", 8.4),
        ("synthetic control", 9.9),
    ],
)
def test_the_placebo_errors_are_near_those_published(mix, published):
    assert synthetic_did(PROP99, *COLUMNS, mix=mix).se == pytest.approx(published, rel=0.13)


def test_the_weights_are_the_exact_minimum():
    rng = np.random.default_rng(1)
    for ridge in (0.0, 3.0):
        series, target = rng.normal(size=(12, 6)), rng.normal(size=12)

        def loss(weights, series=series, target=target, ridge=ridge):
            return ((series @ weights - target) ** 2).sum() + ridge * (weights**2).sum()

        reference = minimize(
            loss,
            np.full(6, 1 / 6),
            bounds=[(0, 1)] * 6,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-12},
        )
        found = simplex_weights(series, target, ridge)
        assert found.min() >= 0
        assert found.sum() == pytest.approx(1)
        assert loss(found) <= reference.fun + 1e-6
        assert found == pytest.approx(reference.x, abs=1e-3)


def test_a_unit_that_moves_exactly_alike_is_the_whole_mix_and_leaves_the_effect():
    frame = regions(np.random.default_rng(2), 0.0, treated=1)
    twin = frame.filter(region=0).with_columns(
        region=pl.lit(99, pl.Int64), rate=pl.col("rate") + 7, start=pl.lit(None, pl.Int64)
    )
    raised = frame.with_columns(
        pl.col("rate") + pl.when(pl.col("month") >= pl.col("start")).then(4).otherwise(0)
    )
    found = synthetic_did(
        pl.concat([raised, twin]),
        "region",
        "month",
        "rate",
        "start",
        mix="synthetic difference in differences",
    )
    assert found.weights["region"][0] == 99
    assert found.estimate == pytest.approx(4, abs=0.3)


def test_the_paths_agree_before_and_part_by_the_effect_after():
    found = launch(np.random.default_rng(3), 5.0)
    gap = found.path.with_columns(gap=pl.col("treated") - pl.col("mix"))
    assert found.path["relative_period"].to_list() == list(range(-22, 8))
    assert gap.filter(pl.col("relative_period") < 0)["gap"].mean() == pytest.approx(0, abs=1e-9)
    assert gap.filter(pl.col("relative_period") >= 0)["gap"].mean() == pytest.approx(found.estimate, abs=1)
    assert 0 < found.pre_fit < 0.6
    assert found.weights["weight"].sum() == pytest.approx(1)


def test_several_starts_are_weighed_by_what_is_seen_of_each():
    frame = regions(np.random.default_rng(4), 0.0, treated=2)
    later = pl.col("region") == 1
    frame = frame.with_columns(start=pl.when(later).then(26).otherwise("start")).with_columns(
        rate=pl.col("rate") + pl.when(pl.col("month") >= pl.col("start")).then(6).otherwise(0)
    )
    alone = [
        synthetic_did(frame.filter(pl.col("region") != other), "region", "month", "rate", "start").estimate
        for other in (1, 0)
    ]
    found = synthetic_did(frame, "region", "month", "rate", "start")
    assert found.estimate == pytest.approx((8 * alone[0] + 4 * alone[1]) / 12)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (PROP99.drop("packs"), "no column \\['packs'\\]"),
        (PROP99.head(-1), "39 units once in each of 31 periods, found 1208 rows"),
        (PROP99.with_columns(packs=pl.when(pl.col("year") > 1971).then("packs")), "nulls in packs"),
        (PROP99.with_columns(start=pl.lit(None, pl.Int64)), "at least one start"),
        (PROP99.with_columns(start=pl.col("start").fill_null(1990)), "0 never did"),
        (PROP99.with_columns(start=pl.col("start") + pl.col("year")), "one start for each state"),
    ],
)
def test_a_panel_that_cannot_be_compared_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        synthetic_did(frame, *COLUMNS)


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 3.0])
@pytest.mark.parametrize("treated", [1, 3])
def test_a_launch_in_some_regions_is_judged_honestly(effect, treated):
    found = record(lambda rng: launch(rng, effect, treated=treated), effect, runs=200, seed=5)
    assert found.is_honest()
    assert effect > 0 or found.works <= 0.06
