"""Years of a number show where a series broke; a league says which places fit what was answered."""

from datetime import date, timedelta

import polars as pl
import pytest

from dashboard import felt
from dashboard.charts import heat, long_trend


def weeks(count: int = 60) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"iso_week": f"2025-W{i:02}", "week_ends_on": date(2025, 1, 5) + timedelta(weeks=i), "value": 0.5,
             "low": 0.46, "high": 0.54, "n": 742, "maturity": "final"}
            for i in range(count)
        ]
    )  # fmt: skip


def breaks(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    kinds = dict.fromkeys(("iso_week", "what", "before", "after"), pl.String)
    return pl.DataFrame(list(rows), schema=kinds, orient="row")


def league(*ranks: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"member": member, "n": 200, "share": 0.6, "shrunk": 0.6, "shrunk_low": 0.5, "shrunk_high": 0.7,
             "rank": place, "rank_low": low, "rank_high": high, "members": len(ranks)}
            for place, (member, low, high) in enumerate(ranks, start=1)
        ]
    )  # fmt: skip


def test_a_change_of_scale_breaks_the_line_and_is_said_at_its_week() -> None:
    told = felt.with_breaks(
        weeks(), breaks(("2025-W30", "scale", "0–10", "1–7"), ("2025-W30", "wording", "a1", "b2"))
    )
    assert told.height == 60
    assert told.filter(pl.col("iso_week") == "2025-W30")["breaks"][0] == "scale 1–7, before 0–10, new wording"
    parts = next(iter(long_trend.long_trend(told, role="emotion").to_dict()["datasets"].values()))
    assert {row["part"] for row in parts} == {0, 1}


def test_without_a_break_nothing_is_marked() -> None:
    drawn = long_trend.long_trend(felt.with_breaks(weeks(), breaks()), role="steady").to_dict()
    assert "isValid(datum.breaks)" not in str(drawn)


def test_now_and_a_year_before_both_have_their_range() -> None:
    told = felt.trend_in_words(weeks(), "Felt good")
    assert "50 of 100** now (probably between 46 and 54, 742 answers); a year before 50 (46" in told
    assert "year before" not in felt.trend_in_words(weeks(20), "Felt good")


def test_net_and_mean_have_ranges_and_what_they_rest_on() -> None:
    counts = {"emotion": {"n": 100, "successes": 60, "opposites": 10, "total": 550, "total_of_squares": 3200}}
    (row,) = felt.net_and_mean(counts, {"emotion": "Felt good"}).to_dicts()
    assert row["6–7 less 1–3"] == "+50 (+35 to +62)"
    assert row["Mean of 1–7"] == "5.50 (5.24 to 5.76)"
    assert row["Answers"] == "100"


@pytest.mark.parametrize(
    ("ranks", "told"),
    [
        ((("Bern", 1, 2), ("Basel", 1, 3), ("Vaud", 2, 3)), "No group is surely first or last of three"),
        ((("Bern", 1, 1), ("Basel", 2, 3), ("Vaud", 2, 3)), "Bern is surely first of three"),
        (
            (("Bern", 1, 1), ("Basel", 2, 2), ("Vaud", 3, 3)),
            "Bern is surely first and Vaud is surely last of three",
        ),
    ],
)
def test_a_place_that_chance_could_give_is_no_place(
    ranks: tuple[tuple[str, int, int], ...], told: str
) -> None:
    assert felt.league_in_words(league(*ranks)).startswith(told)


def test_a_league_row_says_its_range_of_places() -> None:
    assert felt.league(league(("Bern", 1, 2), ("Basel", 1, 2)))["note"][0] == "place 1 to 2 of 2"


def test_a_hidden_cell_of_the_heat_table_says_too_few() -> None:
    cells = pl.DataFrame(
        {
            "row": ["Trust us"],
            "column": ["Got it done"],
            "value": [0.6],
            "low": [0.5],
            "high": [0.7],
            "n": [40],
        }
    )
    drawn = heat.heat(cells, rows=("Trust us",), columns=("Got it done", "Found it easy")).to_dict()
    assert [row["value"] for row in next(iter(drawn["datasets"].values()))] == [60.0, None]
    assert "too few" in str(drawn)
