"""Published figures keep their provenance, and stand beside one's own only where both are made alike."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from dashboard import benchmarks
from dashboard.benchmarks import Own
from pipelines.benchmarks import FILE, benchmark_table, load_benchmarks
from pipelines.engine.graph import QueryError
from pipelines.settings import CONFIG_VARIABLE
from pipelines.store import Build

PUBLISHED = {row["benchmark_id"]: row for row in benchmark_table(load_benchmarks()).iter_rows(named=True)}
FORGIVE = PUBLISHED["forgive_high_emotion_2020"]
OWN_FORGIVE = benchmarks.own_loyalty("forgive", "emotion", "high")
OWN_NPS = Own("net", "0–10", "9–10 less 0–6", kpi="nps")


def changed(tmp_path: Path, **study: Any) -> Path:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    content["studies"]["roi_2020"] |= study
    path = tmp_path / "benchmarks.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_the_build_publishes_every_figure_with_its_source(sample_build: Build) -> None:
    found = sample_build.query("from benchmark")
    assert found.height == len(PUBLISHED)
    for name in ("source", "url", "year", "population", "country", "caveat", "value", "unit"):
        assert found[name].null_count() == 0
    assert found.filter(pl.col("url").str.starts_with("https://")).height == found.height


@pytest.mark.parametrize(("driver", "value"), [("success", 0.62), ("effort", 0.64), ("emotion", 0.74)])
def test_the_article_s_three_figures_stand_beside_the_own_with_year_n_scale_and_country(
    driver: str, value: float
) -> None:
    figure = PUBLISHED[f"forgive_high_{driver}_2020"]
    held = benchmarks.compare(figure, benchmarks.own_loyalty("forgive", driver, "high"))
    assert figure["value"] == pytest.approx(value)
    assert held.is_comparable
    told = benchmarks.provenance(figure)
    assert all(part in told for part in ("about 2020", "10,000 asked", "6–7 on 1–7 (assumed)", "country: US"))
    assert any("would do" in caveat for caveat in held.caveats)
    assert any("Other people than your customers" in caveat for caveat in held.caveats)
    assert any("assumed" in caveat for caveat in held.caveats)


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (replace(OWN_FORGIVE, scale="0–10"), "its scale is 1–7, yours is 0–10"),
        (replace(OWN_FORGIVE, cut_off="7"), "it counts 6–7, yours counts 7"),
        (replace(OWN_FORGIVE, driver_cut_off="5–7"), "its “high” is 6–7, yours is 5–7"),
        (replace(OWN_FORGIVE, statistic="ratio"), "it is a share of those who rated high or low, yours is a ratio"),
        (replace(OWN_FORGIVE, behaviour="trust"), "it is about something else"),
        (replace(OWN_FORGIVE, level="low"), "it is about something else"),
    ],
)  # fmt: skip
def test_an_unlike_number_is_refused_with_the_reason(own: Own, reason: str) -> None:
    held = benchmarks.compare(FORGIVE, own)
    assert not held.is_comparable
    assert reason in held.why_not
    assert benchmarks.refused_in_words([held])[0].startswith("74 of 100 (XM Institute")
    assert benchmarks.refused_in_words([benchmarks.compare(FORGIVE, OWN_FORGIVE)]) == []


def test_a_net_rating_of_companies_is_not_held_against_a_share_of_customers() -> None:
    held = benchmarks.compare(PUBLISHED["emotion_net_retail_2018"], Own("share", "1–7", "6–7", kpi="emotion"))
    assert held.why_not == "it is a difference of top and bottom answers, yours is a share of all"


def test_a_net_promoter_score_is_held_against_one() -> None:
    assert benchmarks.compare(PUBLISHED["nps_retail_2024"], OWN_NPS).is_comparable
    assert not benchmarks.compare(PUBLISHED["nps_retail_2024"], replace(OWN_NPS, scale="1–7")).is_comparable


def test_the_split_of_96_of_100_is_kept_and_adds_up() -> None:
    split = [row["value"] for row in PUBLISHED.values() if row["kpi"] == "would_switch"]
    assert sorted(split) == pytest.approx([0.038, 0.279, 0.327, 0.355])
    assert sum(split) - 0.038 == pytest.approx(0.961)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("forgive_high_emotion_2020", "74 of 100"),
        ("would_switch_extremely_2020", "27.9 of 100"),
        ("recommend_ratio_emotion_2022", "10.3 times"),
        ("nps_payments_2024", "−6 points"),
        ("bad_share_2022", "16 of 100"),
    ],
)
def test_a_published_figure_is_said_in_its_unit(name: str, expected: str) -> None:
    assert benchmarks.figure_in_words(PUBLISHED[name]) == expected


def test_what_is_not_known_is_said_to_be_so() -> None:
    told = benchmarks.provenance(PUBLISHED["trust_ratio_stars_2021"])
    assert "scale not published" in told
    assert "number asked not published" in benchmarks.provenance(PUBLISHED["nps_retail_2024"])


@pytest.mark.parametrize(
    ("study", "told"),
    [
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"url": "somewhere"}, "url"),
        ({"n": 0}, "greater than or equal to 1"),
        ({"figures": [{"id": "x", "statistic": "share", "value": 50}]}, "name a kpi or a behaviour"),
        ({"figures": [{"id": "x", "statistic": "share", "kpi": "nps", "value": 101}]}, "expected a figure of 100"),
        ({"figures": [{"id": "x", "statistic": "ratio", "behaviour": "trust", "value": 2}]}, "a driver goes with"),
        ({"figures": [{"id": "x", "statistic": "share", "kpi": "nps", "level": "high", "value": 2}]}, "a level goes"),
        ({"figures": [{"id": "nps_retail_2024", "statistic": "net", "kpi": "nps", "value": 2}]}, "named twice"),
    ],
)  # fmt: skip
def test_a_figure_without_sound_provenance_is_refused(
    tmp_path: Path, study: dict[str, Any], told: str
) -> None:
    with pytest.raises(QueryError) as refused:
        load_benchmarks(changed(tmp_path, **study))
    assert told in str(refused.value)
    assert "benchmarks.yaml" in str(refused.value)


def test_the_loyalty_chart_gets_comparable_figures_of_one_study_per_behaviour(
    sample_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page() -> None:
        import streamlit as st

        from dashboard import benchmarks

        st.table(benchmarks.ticks().to_pandas())

    monkeypatch.setenv(CONFIG_VARIABLE, str(sample_workspace / "careful.toml"))
    app: AppTest = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    ticks = {
        (row["behaviour"], row["driver"]): row["published"] for row in app.table[0].value.to_dict("records")
    }
    assert ticks == {
        ("purchase_more", "success"): 0.80,
        ("purchase_more", "effort"): 0.81,
        ("purchase_more", "emotion"): 0.86,
        ("forgive", "success"): 0.62,
        ("forgive", "effort"): 0.64,
        ("forgive", "emotion"): 0.74,
    }
