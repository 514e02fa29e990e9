"""Numbers of the website on their whole way: what few people do again and again is no second witness anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from dashboard import kpi
from pipelines.build import assemble
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Model
from pipelines.facts import params
from pipelines.measures.proportions import wilson
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from tests.dashboard.readings import WAIT

OF_MANY, OF_FEW = "web_helpful", "web_search_found"
LAST = date(2026, 11, 9)
SUCCESSES = [150] * 29 + [110]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Thirty weeks of two numbers of 200 events a week, of 200 people the one, of twenty the other."""
    path = tmp_path_factory.mktemp("website") / "careful.toml"
    path.write_text(
        '[company]\nname = "Website"\ntime_zone = "Europe/Zurich"\nas_of = "2026-11-16T05:00:00Z"\n'
    )
    settings = load_settings(path)
    weeks = pl.DataFrame(
        {
            "period_start_on": [LAST - timedelta(weeks=back) for back in range(29, -1, -1)],
            "n": 200, "successes": SUCCESSES,
        }
    ).with_columns(
        property_id=pl.lit("1"), grain=pl.lit("week"), dimension=pl.lit(""), member=pl.lit(""), is_additive=True,
        maturity=pl.lit("final"), period_end_on=pl.col("period_start_on").dt.offset_by("6d"), is_thresholded=False,
        has_other_row=False, sampling_share=pl.lit(None, pl.Float64),
    )  # fmt: skip
    given = pl.concat(
        weeks.with_columns(
            share=pl.lit(name.removeprefix("web_")), effective_n=pl.lit(people), people=int(people)
        )
        for name, people in ((OF_MANY, 200.0), (OF_FEW, 20.0))
    )
    with open_engine(settings.company.time_zone) as connection:
        nodes = assemble(
            connection, settings, Store(settings.store), [], tuple(all_profiles()), settings.as_of()
        )
        connection.register("given", given)
        nodes = [
            replace(node, sql="select * from given")
            if isinstance(node, Model) and node.table == "web_share_cell"
            else node
            for node in nodes
        ]
        run(connection, nodes, params(settings, settings.as_of()))
        yield connection


def test_the_range_is_wider_on_card_window_and_verdict_alike(build: duckdb.DuckDBPyConnection) -> None:
    windows = build.sql(
        f"from kpi_window where kpi in ('{OF_MANY}', '{OF_FEW}') and iso_week = '2026-W46' order by kpi, weeks"
    ).pl()
    assert windows.select("kpi", "weeks", "n", "effective_n").rows() == [
        (OF_MANY, 1, 200, 200.0), (OF_MANY, 4, 800, 800.0), (OF_MANY, 13, 2600, 2600.0),
        (OF_FEW, 1, 200, 20.0), (OF_FEW, 4, 800, 80.0), (OF_FEW, 13, 2600, 260.0),
    ]  # fmt: skip
    cards = kpi.with_range(windows, WAIT)
    assert cards.filter(pl.col("value") != pl.col("successes") / pl.col("n")).is_empty()
    low, high = wilson(56, 80)
    assert cards.row(4, named=True)["low"] == pytest.approx(low)
    assert cards.row(4, named=True)["high"] == pytest.approx(high)
    widths = cards.with_columns(width=pl.col("high") - pl.col("low")).sort("weeks", "kpi")["width"]
    assert all(few > 2.5 * many for many, few in widths.to_numpy().reshape(3, 2))


def test_a_fall_is_told_of_many_people_and_not_of_a_few_who_do_it_often(
    build: duckdb.DuckDBPyConnection,
) -> None:
    told = build.sql("from kpi_verdict where iso_week = '2026-W46' order by kpi").pl()
    many, few = told.iter_rows(named=True)
    assert (many["verdict"], few["verdict"]) == ("down", "no real change")
    assert many["change"] == pytest.approx(few["change"]) == pytest.approx(-0.2)
    assert few["change_high"] - few["change_low"] > 2 * (many["change_high"] - many["change_low"])


def test_few_people_need_a_longer_clock(build: duckdb.DuckDBPyConnection) -> None:
    clocks = build.sql("select kpi, weeks, answers_a_week from kpi_clock").pl()
    assert clocks.filter(pl.col("kpi").is_in([OF_MANY, OF_FEW])).sort("kpi").rows() == [
        (OF_MANY, 4, 200.0),
        (OF_FEW, 13, 200.0),
    ]
