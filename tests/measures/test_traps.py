"""Traps are found where they are known to be, and not where there are none."""

import numpy as np
import polars as pl
import pytest

from pipelines.measures.traps import all_or_none, count_traps, score_traps, tells_apart, trend
from pipelines.nodes import trap

LEVELS = [1, 2, 3, 4, 5]
TELCO = ([922, 518, 2665, 1789, 1149], [922, 518, 429, 0, 0])  # IBM's Telco sample: people, left
SHOP = ([1164, 586, 1698, 1074, 1108], [134, 74, 292, 184, 264])  # a public e-commerce file


def cells(n, bad, item="csat", outcome="gone", levels=LEVELS):
    return pl.DataFrame(
        {
            "place": "hubspot",
            "item": item,
            "outcome": outcome,
            "scale_min": 1,
            "scale_max": max(levels),
            "value": levels,
            "n": n,
            "bad": bad,
        }
    )


def names(found):
    return found["trap"].to_list()


def test_a_score_filled_in_after_people_left_is_leakage():
    found = score_traps(cells(*TELCO))
    assert names(found) == ["leakage"]
    assert found.select("n", "detail").row(0) == (7043, "gone · 1.000 · 0.000")
    assert found["share"][0] == pytest.approx(1869 / 7043)


def test_a_score_whose_satisfied_leave_more_is_the_wrong_way_round():
    found = score_traps(cells(*SHOP))
    assert names(found) == ["wrong sign"]
    assert found["detail"][0] == "gone · 0.115 · 0.238"


def test_a_score_whose_unhappy_leave_more_is_no_trap():
    n, bad = SHOP
    assert score_traps(cells(n[::-1], bad[::-1])).is_empty()


def test_of_an_item_where_high_is_bad_the_high_should_leave_more():
    n, bad = SHOP
    assert score_traps(cells(n, bad, item="had_to_repeat")).is_empty()
    turned = score_traps(cells(n[::-1], bad[::-1], item="had_to_repeat"))
    assert turned.select("trap", "detail").rows() == [("wrong sign", "gone · 0.115 · 0.238")]


def test_a_trend_too_small_to_matter_is_no_trap_however_many_answered():
    n = [1_000_000] * 5
    assert score_traps(cells(n, [100_000, 101_000, 102_000, 103_000, 104_000])).is_empty()


def test_one_level_that_everybody_left_from_is_leakage_though_the_others_say_nothing():
    found = score_traps(cells([40, 500, 500, 500, 500], [40, 100, 100, 100, 100]))
    assert "leakage" in names(found)


def test_a_level_that_nobody_left_from_is_nothing_odd_where_hardly_anybody_leaves():
    assert not all_or_none([3000, 1000], [90, 0])
    assert all_or_none([1000, 1000], [400, 0])
    assert not all_or_none([1000, 29], [400, 29])


@pytest.mark.parametrize("bad", [[0] * 5, [100] * 5, [9, 0, 0, 0, 0]])
def test_where_nobody_everybody_or_hardly_anybody_left_nothing_is_said(bad):
    assert score_traps(cells([100] * 5, bad)).is_empty()


def test_the_trend_is_the_correlation_of_score_and_event_times_the_root_of_n():
    n, bad = SHOP
    score = np.repeat(LEVELS, n)
    event = np.concatenate([np.arange(k) < b for k, b in zip(n, bad, strict=True)])
    assert trend(LEVELS, n, bad) == pytest.approx(np.corrcoef(score, event)[0, 1] * np.sqrt(len(score)))


def test_telling_apart_is_the_share_of_pairs_in_order():
    n, bad = [3, 2, 4], [2, 1, 0]
    hit = np.repeat([1, 2, 3], bad)
    miss = np.repeat([1, 2, 3], np.subtract(n, bad))
    pairs = (hit[:, None] < miss) + (hit[:, None] == miss) / 2
    assert tells_apart([1, 2, 3], n, bad) == pytest.approx(pairs.mean())


def test_a_company_whose_scores_say_nothing_is_hardly_ever_suspected():
    rng = np.random.default_rng(3)
    suspected = 0
    for _ in range(2000):
        n = rng.integers(20, 400, 7)
        suspected += score_traps(cells(n, rng.binomial(n, 0.6), levels=list(range(1, 8)))).height
    assert suspected <= 6


COUNTS = [
    ("straight-lining", 29, 1000, False),
    ("straight-lining", 30, 1000, True),
    ("duplicated answers", 4, 1000, False),
    ("duplicated answers", 5, 1000, True),
    ("zero as missing", 19, 1000, False),
    ("zero as missing", 20, 1000, True),
    ("negative duration", 4, 1000, False),
    ("negative duration", 5, 1000, True),
    ("answered before asked", 5, 1000, True),
    ("one day", 499, 1000, False),
    ("one day", 500, 1000, True),
]


@pytest.mark.parametrize(("name", "n", "base", "is_found"), COUNTS)
def test_a_count_is_a_finding_from_its_own_share_on(name, n, base, is_found):
    counts = pl.DataFrame(
        {"trap": [name], "place": ["qualtrics"], "item": [""], "n": [n], "base": [base], "detail": [""]}
    )
    found = count_traps(counts)
    assert found.height == is_found
    assert found["share"].to_list() == ([n / base] if is_found else [])


def test_the_findings_of_both_kinds_stand_in_one_table():
    counts = pl.DataFrame(
        {
            "trap": ["straight-lining"],
            "place": ["qualtrics"],
            "item": [""],
            "n": [50],
            "base": [1000],
            "detail": [""],
        }
    )
    found = trap.MEASURE.compute({"trap_score": cells(*SHOP), "trap_count": counts})["trap"]
    assert found.select("trap", "place", "item", "n").rows() == [
        ("straight-lining", "qualtrics", "", 50),
        ("wrong sign", "hubspot", "csat", 5630),
    ]


def test_of_no_data_there_is_no_finding():
    nothing = {
        "trap_score": cells([1], [0], levels=[1]).clear(),
        "trap_count": pl.DataFrame(
            schema={
                "trap": pl.String, "place": pl.String, "item": pl.String, "n": pl.Int64, "base": pl.Int64,
                "detail": pl.String,
            }
        ),
    }  # fmt: skip
    assert trap.MEASURE.compute(nothing)["trap"].is_empty()
