import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import wilson
from pipelines.measures.standardise import covered_share, standardised_share

members = st.lists(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, 100))),
    min_size=1,
    max_size=6,
)


def parts(rows: list[tuple[int, ...]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"m{place}", *row[:2]) for place, row in enumerate(rows)],
        schema=["member", "n", "successes"],
        orient="row",
    )


def test_it_is_the_mean_of_the_members_at_the_fixed_mix():
    frame = parts([(100, 90), (50, 10)])
    assert standardised_share(frame, {"m0": 1, "m1": 3})[0] == pytest.approx((0.9 + 3 * 0.2) / 4)


def test_the_kidney_stones_turn_round_when_the_mix_is_the_same():
    """Charig et al. (1986), BMJ 292, 879-882: open surgery is better on small and on large stones."""
    surgery, percutaneous = parts([(87, 81), (263, 192)]), parts([(270, 234), (80, 55)])
    assert 273 / 350 < 289 / 350
    mix = {"m0": 357, "m1": 343}
    assert standardised_share(surgery, mix)[0] == pytest.approx(0.8325, abs=5e-5)
    assert standardised_share(percutaneous, mix)[0] == pytest.approx(0.7789, abs=5e-5)


def test_another_mix_of_those_who_answered_moves_nothing():
    before, after = parts([(900, 810), (100, 20)]), parts([(100, 90), (900, 180)])
    mix = {"m0": 1, "m1": 1}
    assert standardised_share(before, mix)[0] == pytest.approx(standardised_share(after, mix)[0])


@given(members)
def test_the_range_holds_the_share_and_stays_a_share(rows):
    mix = {f"m{place}": row[2] for place, row in enumerate(rows)}
    share, low, high = standardised_share(parts(rows), mix)
    assert -1e-12 <= low <= share <= high <= 1 + 1e-12


def test_one_member_has_its_own_range():
    assert standardised_share(parts([(263, 81)]), {"m0": 7})[1:] == pytest.approx(wilson(81, 263))
    net = parts([(100, 50)]).with_columns(opposites=20)
    assert 100 * np.array(standardised_share(net, {"m0": 7}, net=True)) == pytest.approx(
        nps_interval(50, 30, 20)
    )


def test_a_silent_member_is_stood_for_if_it_is_small():
    frame = parts([(100, 90), (50, 10), (0, 0)])
    mix = {"m0": 48, "m1": 48, "m2": 4}
    assert standardised_share(frame, mix)[0] == pytest.approx(0.55)
    assert covered_share(frame, mix) == pytest.approx(0.96)


@pytest.mark.parametrize(
    ("frame", "mix", "message"),
    [
        (parts([(100, 90)]), {"m0": 90, "chat": 10}, "nobody answered for chat, 10 in 100 of the mix"),
        (parts([(100, 90)]), {}, "a mix of parts"),
        (parts([(100, 90)]), {"m0": -1}, "a mix of parts"),
        (pl.concat([parts([(100, 90)])] * 2), {"m0": 1}, "each member once"),
    ],
)
def test_what_can_not_be_standardised_is_refused(frame, mix, message):
    with pytest.raises(ValueError, match=message):
        standardised_share(frame, mix)


@pytest.mark.parametrize("n", [10, 40, 200])
@pytest.mark.parametrize("net", [False, True])
def test_the_range_holds_the_truth_in_95_of_100(n, net):
    rng = np.random.default_rng(5)
    chances = np.array([[0.9, 0.05], [0.6, 0.2], [0.2, 0.5]])
    mix = {"m0": 0.2, "m1": 0.5, "m2": 0.3}
    truth = np.array(list(mix.values())) @ (chances[:, 0] - chances[:, 1] * net)
    held = 0
    for _ in range(500):
        drawn = [
            rng.multinomial(n * size, [*chance, 1 - sum(chance)])
            for size, chance in zip((3, 1, 1), chances, strict=True)
        ]
        frame = pl.DataFrame(
            [(f"m{place}", int(row.sum()), int(row[0]), int(row[1])) for place, row in enumerate(drawn)],
            schema=["member", "n", "successes", "opposites"],
            orient="row",
        )
        _, low, high = standardised_share(frame, mix, net=net)
        held += low <= truth <= high
    assert 0.925 <= held / 500 <= 0.98
