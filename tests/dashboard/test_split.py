"""A change splits into parts that add up to it, to the person."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import split
from dashboard.split import People, Place
from tests.dashboard.readings import EMOTION, WAIT

COUNTS = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 400), st.integers(1, 4800), st.integers(0, 4800)),
    min_size=1,
    max_size=6,
)


def groups(counts: list[tuple[int, int, int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = pl.DataFrame(
        [
            {"member": f"channel {i}", "n": n, "successes": min(x, n), "n_b": n_b, "x_b": min(x_b, n_b)}
            for i, (n, x, n_b, x_b) in enumerate(counts)
        ]
    )
    return frame.select("member", "n", "successes"), frame.select("member", n="n_b", successes="x_b")


@given(COUNTS)
def test_where_a_change_comes_from_adds_up_to_the_change_exactly(
    counts: list[tuple[int, int, int, int]],
) -> None:
    now, before = groups(counts)
    places = split.where(now, before)
    change = now["successes"].sum() / now["n"].sum() - before["successes"].sum() / before["n"].sum()
    assert places is not None
    assert sum(place.points for place in places) == pytest.approx(change, abs=1e-12)
    assert split.where_in_words(places, change)


@given(COUNTS, st.sampled_from([1, 2, 3, 4]), st.sampled_from(["up", "down"]))
def test_more_people_not_well_served_are_volume_rate_and_mix_to_the_person(
    counts: list[tuple[int, int, int, int]], weeks: int, better: str
) -> None:
    now, before = groups(counts)
    parts = split.people(now, before, weeks / 12, better=better)
    assert parts is not None
    bad_now, bad_before = (
        one["n"].sum() - one["successes"].sum() if better == "up" else one["successes"].sum()
        for one in (now, before)
    )
    assert parts.now == bad_now
    assert parts.usual == pytest.approx(bad_before * weeks / 12)
    assert parts.volume + parts.rate + parts.mix == pytest.approx(parts.now - parts.usual, abs=1e-6)
    total = parts.now - round(parts.usual)
    whole = split.whole_numbers([parts.volume, parts.rate, parts.mix], total)
    assert sum(whole) == total
    assert split.people_in_words(parts, WAIT, weeks, "channel")


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8))
def test_rounded_parts_add_up_and_none_moves_by_one_or_more(parts: list[float]) -> None:
    total = round(sum(parts))
    whole = split.whole_numbers(parts, total)
    assert sum(whole) == total
    assert all(abs(rounded - exact) <= 1 for rounded, exact in zip(whole, parts, strict=True))


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="is not the sum"):
        split.whole_numbers([1.0, 2.0], 5)


def test_more_people_at_the_same_rate_are_volume_alone() -> None:
    now = pl.DataFrame({"member": ["chat"], "n": [200], "successes": [180]})
    before = pl.DataFrame({"member": ["chat"], "n": [1200], "successes": [1080]})
    parts = split.people(now, before, 1 / 12)
    assert parts == People(
        now=20,
        n=200,
        usual=pytest.approx(10),
        usual_n=pytest.approx(100),
        volume=pytest.approx(10),
        rate=pytest.approx(0),
        mix=pytest.approx(0),
    )


def test_the_same_rates_in_other_channels_are_mix_alone() -> None:
    now = pl.DataFrame({"member": ["chat", "phone"], "n": [150, 50], "successes": [75, 50]})
    before = pl.DataFrame({"member": ["chat", "phone"], "n": [600, 600], "successes": [300, 600]})
    parts = split.people(now, before, 2 / 12)
    assert parts is not None
    assert (parts.volume, parts.rate, parts.mix) == (pytest.approx(0), pytest.approx(0), pytest.approx(25))


def test_where_a_change_comes_from_is_said_in_whole_customers_of_100() -> None:
    chat_only = [Place("chat", -0.07), Place("phone", 0.001), Place("mix", 0.0)]
    assert split.where_in_words(chat_only, -0.069) == (
        "all of it on chat; the other channels together make no difference."
    )
    spread = [Place("chat", -0.05), Place("phone", -0.01), Place("mix", -0.01)]
    assert split.where_in_words(spread, -0.07) == (
        "of the 7, 5 on chat, 1 on the other channels and 1 because people came through other channels than usual."
    )
    against = [Place("chat", -0.09), Place("phone", 0.02), Place("mix", 0.0)]
    assert split.where_in_words(against, -0.07) == "of the 7, 9 on chat, less 2 on the other channels."


def test_people_are_told_in_one_breath_with_what_goes_the_other_way_last() -> None:
    told = split.people_in_words(People(97, 528, 55.3, 545.2, -3.2, 40.4, 4.5), WAIT, 1, "channel")
    assert told == (
        "97 of 528 times nobody was reached within the promise; in a usual week 55 of 545. Of the 42 more, 40 "
        "because it happened more often and 5 because they came through other channels than usual, "
        "less 3 because fewer got in touch."
    )
    fewer = split.people_in_words(People(40, 500, 55.0, 520.0, -5.0, -10.0, 0.0), WAIT, 1, "channel")
    assert fewer.endswith(
        "Of the 15 fewer, 10 because it happened less often and 5 because fewer got in touch."
    )


def test_answers_are_not_called_contacts() -> None:
    told = split.people_in_words(People(90, 210, 80.0, 190.0, 10.0, 0.0, 0.0), EMOTION, 3)
    assert told.startswith(
        "90 of 210 answers did not count as “felt well cared for”; in three usual weeks 80 of 190."
    )
    down = replace(EMOTION, label="Had to repeat themselves", better="down")
    told = split.people_in_words(People(9, 30, 8.0, 27.0, 1.0, 0.0, 0.0), down, 1)
    assert told.startswith("9 of 30 answers count as “had to repeat themselves”")


def test_nothing_is_split_where_a_group_is_hidden() -> None:
    now = pl.DataFrame({"member": ["chat", "phone"], "n": [10, 20], "successes": [5, 10]})
    assert split.where(now, now.head(1)) is None
    assert split.people(now, now.head(1), 1 / 12) is None


def test_a_small_change_is_split_in_tenths_and_nothing_is_laid_on_one_channel_alone() -> None:
    places = [Place("chat", -0.002), Place("phone", -0.002), Place("mix", 0.0)]
    told = split.where_in_words(places, -0.004)
    assert told == "of the 0.4, 0.2 on chat and 0.2 on the other channels."
    assert "too little to say" in split.where_in_words([Place("chat", -0.0004), Place("mix", 0.0)], -0.0004)
