"""What the page says of waits, hours and purposes."""

import math

import polars as pl
import pytest

from dashboard import service
from dashboard.service import Wait


def hours(*reached: int, n: int = 200) -> pl.DataFrame:
    successes = pl.Series("successes", reached)
    return pl.DataFrame(
        {"hour": [8 + place for place in range(len(reached))], "n": n, "successes": successes}
    ).with_columns(
        value=pl.col("successes") / n,
        low=pl.col("successes") / n - 0.08,
        high=pl.col("successes") / n + 0.08,
    )


def test_an_hour_is_named_only_where_it_lies_below_all_the_others_together() -> None:
    told = service.hours_in_words(hours(180, 176, 182, 130))
    assert told.startswith("Hardest from 11 to 12 o'clock: 65 of 100")
    assert "probably between 57 and 73; 200 asked" in told
    assert service.hours_in_words(hours(180, 176, 182, 170)) == "No hour stands clearly below the others."


def test_two_hours_make_no_day() -> None:
    assert service.hours_in_words(hours(180, 100)) == ""


@pytest.mark.parametrize(
    ("length", "told"),
    [(1, "1 second"), (89, "89 seconds"), (120, "2 minutes"), (3600, "60 minutes"), (5400, "1.5 hours"),
     (7200, "2 hours"), (90_000, "25 hours"), (math.inf, "longer than we saw")],
)  # fmt: skip
def test_a_wait_is_said_as_exactly_as_it_is_felt(length: float, told: str) -> None:
    assert service.seconds(length) == told


def test_waits_stand_beside_the_promise_with_their_ranges() -> None:
    chat = service.wait_in_words(Wait("chat", 1204, (45, 40, 50), (300, 280, 350)), {"chat": 120})
    assert "within **45 seconds** (probably between 40 and 50 seconds)" in chat
    assert "Nine in ten within **5 minutes** (probably between 5 and 6 minutes)" in chat
    assert "1,204 asked · we promise 2 minutes" in chat
    exact = service.wait_in_words(Wait("phone", 1009, (45, 45, 45), (85, 80, 180)), {"phone": 120})
    assert "**45 seconds** (probably hardly more or less)" in exact
    assert "**85 seconds** (probably between 80 seconds and 3 minutes)" in exact
    never = (math.inf, 80.0, math.inf)
    fax = service.wait_in_words(Wait("fax", 12, never, never), {})
    assert "Half reached a person within never, for so many" in fax
    assert "**Too few to read**: 12 asked · we promise nothing" in fax
