"""The lot: fair to everybody, exactly, and the same again."""

import random
from collections import Counter
from fractions import Fraction

import polars as pl
import pytest

from pipelines.care.lot import CONTROL, TREATED, counts, draw, merged_strata, odds

CASES = 300
DRAWS = 600


def people(sizes: dict[str, int]) -> pl.DataFrame:
    rows = [(f"{stratum}-{n}", stratum) for stratum, size in sizes.items() for n in range(size)]
    return pl.DataFrame(rows, schema={"customer_key": pl.String, "stratum": pl.String}, orient="row")


def drawn(frame: pl.DataFrame) -> list[str]:
    return frame.filter(pl.col("arm") == TREATED)["customer_key"].to_list()


def test_fifty_hands_and_a_hundred_and_forty_people() -> None:
    listed = draw(people({"top": 33, "high": 60, "low": 47}), 50, 0.2, seed=1)
    assert len(drawn(listed)) == 50
    assert listed.filter(pl.col("arm") == CONTROL).height == 90
    assert listed["probability"].unique().to_list() == [50 / 140]


def test_where_there_are_hands_enough_the_share_that_the_company_chose_waits() -> None:
    assert len(drawn(draw(people({"all": 100}), 100, 0.2, seed=1))) == 80
    assert len(drawn(draw(people({"all": 100}), 500, 0.35, seed=1))) == 65
    assert len(drawn(draw(people({"all": 100}), 90, 0.2, seed=1))) == 80
    assert len(drawn(draw(people({"all": 100}), 100, 0.0, seed=1))) == 100


def test_the_expected_number_of_every_stratum_is_exact_over_all_starts() -> None:
    chance = random.Random(5)
    for _ in range(CASES):
        sizes = [chance.randint(1, 30) for _ in range(chance.randint(1, 8))]
        chosen = odds(sum(sizes), chance.randint(1, 200), chance.choice((0.0, 0.1, 0.2, 0.35, 0.5)))
        steps = chosen.denominator
        taken = [counts(sizes, chosen, Fraction(step, steps)) for step in range(steps)]
        assert [Fraction(sum(one), steps) for one in zip(*taken, strict=True)] == [n * chosen for n in sizes]
        assert all(abs(k - n * chosen) < 1 for row in taken for k, n in zip(row, sizes, strict=True))
        assert all(abs(sum(row) - sum(sizes) * chosen) < 1 for row in taken)


def test_ten_thousand_people_in_generated_lots_break_no_rule() -> None:
    chance, seen = random.Random(11), 0
    while seen < 10_000:
        sizes = {f"s{n}": chance.randint(1, 60) for n in range(chance.randint(1, 9))}
        capacity, waits, seed = chance.randint(1, 200), chance.choice((0.0, 0.2, 0.5)), chance.getrandbits(60)
        frame = people(sizes)
        listed = draw(frame, capacity, waits, seed)
        chosen = odds(frame.height, capacity, waits)
        assert listed.height == frame.height
        assert set(listed["arm"]) <= {TREATED, CONTROL}
        assert listed["probability"].unique().to_list() == [float(chosen)]
        n = len(drawn(listed))
        assert n <= capacity
        assert abs(n - frame.height * chosen) < 1
        for stratum, size in sizes.items():
            inside = listed.filter(pl.col("stratum") == stratum, pl.col("arm") == TREATED).height
            assert abs(inside - size * chosen) < 1
        shuffled = frame.sample(fraction=1, shuffle=True, seed=seed % 1000)
        assert draw(shuffled, capacity, waits, seed).equals(listed)
        seen += frame.height


def test_everybody_is_drawn_as_often_as_stated_and_pairs_are_not_tied() -> None:
    """A simulation with known truth: z-scores of all 23 people over 600 lots, and of pairs in one stratum."""
    frame, capacity = people({"a": 1, "b": 4, "c": 7, "d": 11}), 9
    hits: Counter[str] = Counter()
    pairs = 0
    for seed in range(DRAWS):
        chosen = drawn(draw(frame, capacity, 0.2, seed))
        hits.update(chosen)
        pairs += {"d-0", "d-1"} <= set(chosen)
    chance = capacity / 23
    spread = (chance * (1 - chance) / DRAWS) ** 0.5
    off = [abs(hits[key] / DRAWS - chance) / spread for key in frame["customer_key"]]
    assert max(off) < 3.6
    assert sum(z * z for z in off) / 23 < 1.8
    # within d (11 people) 4 or 5 are drawn: P(both) = E[k(k-1)] / (11·10)
    mean = 11 * chance
    both = (5 * 4 * (mean - 4) + 4 * 3 * (5 - mean)) / 110
    assert abs(pairs / DRAWS - both) < 4 * (both * (1 - both) / DRAWS) ** 0.5


def test_another_seed_draws_other_people_and_one_person_more_hardly_changes_the_rest() -> None:
    frame = people({"all": 200})
    first = set(drawn(draw(frame, 50, 0.2, seed=1)))
    assert len(first & set(drawn(draw(frame, 50, 0.2, seed=2)))) < 30
    more = set(drawn(draw(people({"all": 201}), 50, 0.2, seed=1)))
    assert len(first & more) >= 49


def test_small_strata_are_merged_until_each_holds_four() -> None:
    merged = merged_strata(people({"top · bad": 1, "top · good": 2, "low": 9, "middle": 4}))
    sizes = dict(merged["stratum"].value_counts().rows())
    assert sizes == {"low": 9, "middle + top · bad + top · good": 7}
    assert merged_strata(people({"a": 1, "b": 2}))["stratum"].unique().to_list() == ["a + b"]
    chance = random.Random(3)
    for _ in range(200):
        frame = merged_strata(people({f"s{n}": chance.randint(1, 9) for n in range(chance.randint(1, 12))}))
        assert min(frame["stratum"].value_counts()["count"]) >= min(4, frame.height)


def test_what_can_not_be_drawn_is_refused() -> None:
    for n, capacity, waits in ((0, 5, 0.2), (5, 0, 0.2), (5, 5, 1.0)):
        with pytest.raises(ValueError, match="expected at least one person"):
            odds(n, capacity, waits)
    with pytest.raises(ValueError, match="every person once"):
        draw(pl.concat([people({"a": 2})] * 2), 1, 0.2, 1)
