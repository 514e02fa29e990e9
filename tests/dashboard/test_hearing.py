"""Whom we hear is counted; whom we do not is named, weighed and bounded."""

import polars as pl
import pytest

from dashboard import hearing
from dashboard.charts import bounds

WEIGHTED = {
    "n": 742, "effective_n": 551.0, "share": 0.602, "share_weighted": 0.576, "share_weighted_low": 0.534,
    "share_weighted_high": 0.616, "bound_low": 0.205, "bound_high": 0.865, "share_low": 0.57, "share_high": 0.64,
}  # fmt: skip


def reach(*groups: tuple[str, str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"dimension": dimension, "member": member, "customers": asked + 20, "invited": asked, "answered": answered,
             "answered_share": answered / asked, "answered_share_low": answered / asked - 0.04,
             "answered_share_high": answered / asked + 0.04}
            for dimension, member, asked, answered in groups
        ]
    )  # fmt: skip


def test_answered_is_counted_out_of_those_who_were_asked() -> None:
    assert "33 of 100 invitations were answered" in hearing.overall(6785, 2249)
    assert "2,249 of 6,785" in hearing.overall(6785, 2249)
    assert "not known" in hearing.overall(0, 0)


def test_the_weighted_figure_stands_beside_the_one_as_answered() -> None:
    told = hearing.weighted_in_words(WEIGHTED, "Felt well cared for")
    assert (
        "is 60 of 100 as answered, and **58** when every group counts as it does among our customers" in told
    )
    assert "probably between 53 and 62" in told


def test_the_silent_could_move_it_between_bounds_that_are_said() -> None:
    told = hearing.silent_in_words(WEIGHTED, "Felt well cared for")
    assert "“felt well cared for” is between 20 and 86 of 100" in told
    assert not hearing.silent_in_words(WEIGHTED | {"bound_low": None}, "Felt well cared for")


@pytest.mark.parametrize(
    ("indicator", "word"), [(0.95, "much like"), (0.85, "differ somewhat"), (0.7, "differ a lot")]
)
def test_how_alike_they_are_has_a_word(indicator: float, word: str) -> None:
    assert word in hearing.alike_in_words(indicator)


def test_the_least_heard_are_named_only_where_it_is_no_chance() -> None:
    told = hearing.least_heard(reach(("segment", "Family", 900, 400), ("segment", "Business", 280, 62)))
    assert told.startswith("We hear least from segment Business (22 of 100 asked")
    assert not hearing.least_heard(reach(("segment", "Family", 900, 400), ("segment", "Business", 280, 122)))
    assert not hearing.least_heard(reach(("segment", "Family", 900, 400), ("segment", "Business", 40, 2)))


def test_groups_are_sorted_by_how_often_they_answer() -> None:
    rows = hearing.groups(
        reach(("region", "Bern", 300, 90), ("region", "Vaud", 200, 80), ("value_band", "top", 99, 40))
    )
    assert rows["label"].to_list() == ["Top customers · 99, a hint", "Vaud · 200", "Bern · 300"]


def test_what_any_figure_fits_is_drawn_without_a_dot() -> None:
    drawn = bounds.bounds(hearing.bars(WEIGHTED)).to_dict()
    rows = next(iter(drawn["datasets"].values()))
    assert [row["value"] is None for row in rows] == [False, False, True]
