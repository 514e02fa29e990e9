from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from diff_diff import CallawaySantAnna

from pipelines.measures.impact import cohort_sums, staggered, staggered_from_sums
from tests.measures.impact.rollouts import (
    COLUMNS,
    drifting_by_satisfaction,
    in_teams,
    selected_by_level,
    true_effect,
)
from tests.measures.impact.truth import record

COUNTIES = pl.read_csv(Path(__file__).parents[2] / "reference" / "mpdta.csv").with_columns(
    pl.col("first_treat").replace(0, None), pl.col("countyreal").mod(60).alias("group_of_counties")
)
COUNTY_COLUMNS = ("countyreal", "year", "lemp", "first_treat")
EFFECT, SE = 5e-5, 1e-4


@pytest.fixture(scope="module")
def never():
    return staggered(COUNTIES, *COUNTY_COLUMNS, control="never_treated")


@pytest.fixture(scope="module")
def not_yet():
    return staggered(COUNTIES, *COUNTY_COLUMNS)


def of_diff_diff(frame: pl.DataFrame, columns, covariates=None, control="not_yet_treated", **options):
    unit, period, outcome, start = columns
    return CallawaySantAnna(control_group=control, **options).fit(
        frame.with_columns(pl.col(start).fill_null(0)).to_pandas(),
        outcome, unit, period, start, covariates=covariates,
    )  # fmt: skip


def test_the_counties_give_the_published_effect_of_every_cohort_and_year(never):
    published = {
        (2004, 2004): (-0.0105, 0.0233), (2004, 2005): (-0.0704, 0.0310), (2004, 2006): (-0.1373, 0.0364),
        (2004, 2007): (-0.1008, 0.0344), (2006, 2004): (0.0065, 0.0233), (2006, 2005): (-0.0028, 0.0196),
        (2006, 2006): (-0.0046, 0.0178), (2006, 2007): (-0.0412, 0.0202), (2007, 2004): (0.0305, 0.0150),
        (2007, 2005): (-0.0027, 0.0164), (2007, 2006): (-0.0311, 0.0179), (2007, 2007): (-0.0261, 0.0167),
    }  # fmt: skip
    found = {
        (row["start"], row["period"]): (row["effect"], row["se"])
        for row in never.att_gt.iter_rows(named=True)
    }
    assert found.keys() == published.keys()
    for cell, (effect, se) in published.items():
        assert found[cell][0] == pytest.approx(effect, abs=EFFECT)
        assert found[cell][1] == pytest.approx(se, abs=SE)


@pytest.mark.parametrize(
    ("control", "average", "effect", "se"),
    [
        ("never", "simple", -0.0400, 0.0120),
        ("never", "group", -0.0310, 0.0124),
        ("never", "dynamic", -0.0772, 0.0200),
        ("never", "calendar", -0.0417, 0.0160),
        ("not_yet", "simple", -0.0398, 0.0121),
        ("not_yet", "group", -0.0305, 0.0126),
        ("not_yet", "dynamic", -0.0774, 0.0196),
    ],
)
def test_the_counties_give_the_published_averages(control, average, effect, se, request):
    found = getattr(request.getfixturevalue(control), average)
    assert found.estimate == pytest.approx(effect, abs=EFFECT)
    assert found.se == pytest.approx(se, abs=SE)
    assert (found.low, found.high) == pytest.approx(
        (found.estimate - 1.959964 * found.se, found.estimate + 1.959964 * found.se)
    )


def test_the_counties_give_the_published_effects_by_event_and_by_cohort(never):
    events = never.event_study
    assert events["relative_period"].to_list() == list(range(-3, 4))
    assert events["effect"].to_list() == pytest.approx(
        [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008], abs=EFFECT
    )
    assert events["se"].to_list() == pytest.approx(
        [0.0150, 0.0133, 0.0142, 0.0118, 0.0169, 0.0364, 0.0344], abs=SE
    )
    assert never.by_start["start"].to_list() == [2004, 2006, 2007]
    assert never.by_start["effect"].to_list() == pytest.approx([-0.0797, -0.0229, -0.0261], abs=EFFECT)
    assert never.by_start["se"].to_list() == pytest.approx([0.0264, 0.0167, 0.0167], abs=SE)
    assert never.by_start["n_treated"].to_list() == [20, 40, 131]


def test_counties_not_yet_treated_are_the_comparison_where_asked(not_yet):
    first = {(row["start"], row["period"]): row["effect"] for row in not_yet.att_gt.iter_rows(named=True)}
    assert (first[2004, 2004], first[2006, 2006]) == pytest.approx((-0.0194, 0.0047), abs=EFFECT)


def test_the_counties_give_the_published_test_of_what_was_before(never):
    assert never.pretrend.statistic == pytest.approx(7.791, abs=5e-4)
    assert never.pretrend.degrees == 5
    assert never.pretrend_p == pytest.approx(0.16812, abs=5e-6)


def test_the_estimate_and_its_error_are_those_of_an_independent_library(not_yet):
    found = of_diff_diff(COUNTIES, COUNTY_COLUMNS)
    assert not_yet.simple.estimate == pytest.approx(found.overall_att, abs=1e-9)
    assert not_yet.simple.se == pytest.approx(found.overall_se, abs=1e-9)


def test_clustered_errors_are_those_of_an_independent_library():
    ours = staggered(COUNTIES, *COUNTY_COLUMNS, cluster="group_of_counties").simple
    found = of_diff_diff(COUNTIES, COUNTY_COLUMNS, cluster="group_of_counties")
    assert ours.clusters == 37
    assert (ours.estimate, ours.se) == pytest.approx((found.overall_att, found.overall_se), abs=1e-9)
    assert ours.degrees_of_freedom == 36


def test_strata_are_the_doubly_robust_estimate_with_a_step_for_each_stratum():
    frame = COUNTIES.with_columns(
        pl.when(pl.col("lpop") < 3)
        .then(pl.lit("a"))
        .when(pl.col("lpop") < 4)
        .then(pl.lit("b"))
        .otherwise(pl.lit("c"))
        .alias("size")
    )
    ours = staggered(frame, *COUNTY_COLUMNS, control="never_treated", strata="size")
    dummies = frame.with_columns(pl.col("size").eq(name).cast(float).alias(name) for name in "bc")
    found = of_diff_diff(
        dummies, COUNTY_COLUMNS, covariates=["b", "c"], estimation_method="dr", control="never_treated"
    )
    assert ours.estimate == pytest.approx(found.overall_att, abs=1e-6)
    assert ours.se == pytest.approx(found.overall_se, rel=2e-3)


def test_a_longer_baseline_halves_the_error_of_a_yes_or_no_outcome():
    sums = cohort_sums(selected_by_level(np.random.default_rng(1), customers=2000), *COLUMNS)
    one, six = (staggered_from_sums(sums, baseline_periods=k) for k in (1, 6))
    assert 0.45 < six.se / one.se < 0.6
    assert one.pretrend_p == six.pretrend_p


def test_a_baseline_longer_than_what_is_there_uses_all_of_it():
    six = staggered(COUNTIES, *COUNTY_COLUMNS, baseline_periods=6)
    assert six.estimate == pytest.approx(-0.0477, abs=1e-4)  # as imputation, which uses all periods before


def test_bands_are_wider_than_ranges_and_not_as_wide_as_bonferroni(never):
    events = never.event_study
    wider = ((events["band_high"] - events["effect"]) / events["se"]).to_numpy()
    assert wider == pytest.approx(np.full(7, wider[0]))
    assert 1.96 < wider[0] < 2.69


def test_parts_of_the_customers_add_up():
    whole = cohort_sums(COUNTIES, *COUNTY_COLUMNS)
    parts = [
        cohort_sums(COUNTIES.filter(pl.col("countyreal") % 2 == side), *COUNTY_COLUMNS) for side in (0, 1)
    ]
    together = parts[0] + parts[1]
    assert together.moments == pytest.approx(whole.moments)
    assert staggered_from_sums(together).simple.se == pytest.approx(staggered_from_sums(whole).simple.se)


def test_rows_in_duckdb_with_dates_and_text_are_read_as_they_are():
    rows = COUNTIES.with_columns(
        pl.date(pl.col("year"), 1, 1).alias("year"),
        pl.date(pl.col("first_treat"), 1, 1).alias("first_treat"),
        pl.format("it's {}", "countyreal").alias("countyreal"),
    )
    connection = duckdb.connect()
    connection.register("counties", rows)
    connection.execute("create table the_rows as from counties order by random()")
    found = staggered(connection.sql("from the_rows"), *COUNTY_COLUMNS)
    assert found.estimate == pytest.approx(-0.0398, abs=EFFECT)
    assert found.by_start["start"].to_list() == [date(2004, 1, 1), date(2006, 1, 1), date(2007, 1, 1)]


def test_whoever_has_no_before_or_misses_a_period_is_left_out_and_counted():
    first = COUNTIES["countyreal"][0]
    spoilt = COUNTIES.filter((pl.col("countyreal") != first) | (pl.col("year") != 2005)).with_columns(
        pl.when(pl.col("first_treat") == 2004).then(2003).otherwise("first_treat").alias("first_treat")
    )
    found = staggered(spoilt, *COUNTY_COLUMNS)
    assert found.left_out == {"not in every period": 1, "treated from the first period on": 20}
    assert found.by_start["start"].to_list() == [2006, 2007]


def test_starts_after_the_last_period_are_not_yet_starts():
    later = COUNTIES.with_columns(pl.col("first_treat").fill_null(2010))
    assert staggered(later, *COUNTY_COLUMNS).estimate == pytest.approx(-0.0398, abs=EFFECT)


def test_strata_in_which_nobody_is_left_to_compare_with_do_not_count():
    alone = COUNTIES.with_columns((pl.col("first_treat") == 2004).fill_null(False).alias("first"))
    found = staggered(alone, *COUNTY_COLUMNS, strata="first")
    assert found.by_start["start"].to_list() == [2006, 2007]
    assert found.share_compared < 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows.drop("lemp"), "no column"),
        (lambda rows: pl.concat([rows, rows.head(1)]), "one row for each"),
        (lambda rows: rows.with_columns(first_treat=pl.lit(None, pl.Int64)), "nobody starts"),
        (lambda rows: rows.filter(pl.col("first_treat") == 2006), "everybody starts together"),
        (lambda rows: rows.filter(pl.col("year") == 2007), "two periods"),
        (
            lambda rows: rows.with_columns(
                pl.when(pl.col("year") == 2003).then(2006).otherwise("first_treat").alias("first_treat")
            ),
            "one start",
        ),
        (lambda rows: rows.filter(pl.col("year") != 2006), "between two periods"),
    ],
)
def test_rows_that_can_not_be_right_are_refused(spoil, said):
    with pytest.raises(ValueError, match=said):
        staggered(spoil(COUNTIES), *COUNTY_COLUMNS)


@pytest.mark.parametrize("cluster", [None, "team", "tenth"])
def test_where_nobody_ever_buys_nothing_shows(cluster):
    still = in_teams(np.random.default_rng(9), teams=40, starting=20).with_columns(
        pl.lit(0.0).alias("bought"),
        pl.concat_str(pl.col("start").fill_null(0), pl.col("team") % 2).alias("tenth"),
    )
    found = staggered(still, *COLUMNS, cluster=cluster)
    assert (found.estimate, found.low, found.high) == (0, 0, 0)
    assert found.pretrend is None


def test_an_unknown_comparison_is_refused():
    with pytest.raises(ValueError, match="not_yet_treated or never_treated"):
        staggered(COUNTIES, *COUNTY_COLUMNS, control="everybody")


def test_an_unnoticed_drift_is_said_in_terms_of_the_effect(never):
    lead = never.pretrend.drift_in_effect / never.pretrend.detectable_drift
    assert lead == pytest.approx((20 * (1 + 2 + 3 + 4) + 40 * (1 + 2) + 131) / (20 * 4 + 40 * 2 + 131))


def test_few_teams_are_judged_by_other_orders_of_their_starts():
    teams = in_teams(np.random.default_rng(8), teams=12, starting=6)
    found = staggered(teams, *COLUMNS, cluster="team", baseline_periods=6)
    assert "other orders of the start dates" in found.simple.method
    assert found.low < found.estimate < found.high
    assert found.simple.clusters == 12
    assert (found.simple.p_value < 0.05) == (not found.low <= 0 <= found.high)
    assert staggered(teams, *COLUMNS, cluster="team", baseline_periods=6).low == found.low


@pytest.mark.parametrize(("teams", "starting"), [(2, 1), (3, 1), (4, 1)])
def test_a_handful_of_teams_can_not_exclude_anything(teams, starting):
    found = staggered(in_teams(np.random.default_rng(8), teams, starting), *COLUMNS, cluster="team")
    assert np.isinf([found.low, found.high]).all()
    assert found.simple.p_value > 0.05


def test_few_teams_that_do_not_start_as_a_whole_are_refused():
    mixed = in_teams(np.random.default_rng(8), teams=12, starting=6).with_columns(
        pl.col("customer").mod(8).alias("household")
    )
    with pytest.raises(ValueError, match="start together"):
        staggered(mixed, *COLUMNS, cluster="household")


def test_unlike_drifts_fool_us_without_strata_and_not_within_them():
    frame = drifting_by_satisfaction(np.random.default_rng(3), customers=20_000)
    plain, within = (
        staggered(frame, *COLUMNS, baseline_periods=6, strata=strata) for strata in (None, "satisfaction")
    )
    assert not plain.low <= true_effect() <= plain.high
    assert within.low <= true_effect() <= within.high


@pytest.mark.simulate
@pytest.mark.parametrize("scale", [0.0, 1.0])
@pytest.mark.parametrize(
    ("company", "strata"), [(selected_by_level, None), (drifting_by_satisfaction, "satisfaction")]
)
def test_staggered_starts_are_judged_honestly(company, strata, scale):
    rng = np.random.default_rng(20)
    companies = [cohort_sums(company(rng, scale), *COLUMNS, strata=strata) for _ in range(200)]
    for baseline_periods in (1, 6):
        turns = iter(companies)
        found = record(
            lambda _, turns=turns, k=baseline_periods: staggered_from_sums(next(turns), baseline_periods=k),
            true_effect(scale),
            runs=200,
            seed=0,
        )
        assert found.is_honest()
        assert scale > 0 or found.works <= 0.06


@pytest.mark.simulate
@pytest.mark.parametrize("effect", [0.0, 0.05])
@pytest.mark.parametrize(("teams", "starting"), [(40, 20), (30, 15), (30, 6), (12, 6), (12, 3)])
def test_teams_that_share_their_luck_are_judged_honestly(teams, starting, effect):
    found = record(
        lambda rng: staggered(
            in_teams(rng, teams, starting, effect), *COLUMNS, baseline_periods=6, cluster="team"
        ),
        effect,
        runs=200,
        seed=21,
    )
    assert found.is_honest()
    assert effect > 0 or found.works <= 0.06


@pytest.mark.simulate
def test_customers_taken_for_independent_make_us_overconfident_about_teams():
    found = record(
        lambda rng: staggered(in_teams(rng, effect=0.0), *COLUMNS, baseline_periods=6), 0.0, runs=200, seed=22
    )
    assert found.coverage < 0.85


@pytest.mark.simulate
@pytest.mark.parametrize("teams", [None, 30, 12])
def test_bands_hold_all_that_was_before_and_after_and_the_test_errs_1_time_in_20(teams):
    rng = np.random.default_rng(23)
    held, called = [], []
    for _ in range(200):
        if teams is None:
            found = staggered(selected_by_level(rng, 0.0), *COLUMNS, baseline_periods=6)
        else:
            company = in_teams(rng, teams, teams // 2, 0.0)
            found = staggered(company, *COLUMNS, baseline_periods=6, cluster="team")
        events = found.event_study
        held.append(((events["band_low"] <= 0) & (events["band_high"] >= 0)).all())
        called.append(found.pretrend_p < 0.05)
    assert 0.90 <= np.mean(held) <= 0.985
    assert np.mean(called) <= 0.10
