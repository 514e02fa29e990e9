from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.snapshot.parts import CAUSES, FEWEST, Counts, Part, apportioned, merged, take_apart


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    n = draw(st.integers(0, 60))
    successes = draw(st.integers(0, n))
    return Counts(n, successes, draw(st.integers(0, n - successes)))


STATES = st.lists(counts(), min_size=8, max_size=8)


def states(*steps: tuple[int, int, int]) -> list[Counts]:
    """A hundred answers, sixty of them good, and what each of the seven steps adds."""
    found = [Counts(100, 60, 20)]
    for step in (*steps, *[(0, 0, 0)] * (7 - len(steps))):
        found.append(found[-1] + Counts(*step))
    return found


@given(STATES, st.booleans(), st.tuples(st.booleans(), st.booleans()))
def test_parts_add_up_exactly_in_counts_and_in_value(
    found: list[Counts], is_net: bool, rewritten: tuple[bool, bool]
) -> None:
    parts = take_apart(found, is_net, rewritten)
    total = sum((part.counts for part in parts), Counts())
    assert total == found[-1] - found[0]
    value = [state.value(is_net) for state in found]
    if value[0] is not None and value[-1] is not None:
        assert sum(part.change for part in parts) == value[-1] - value[0]


@given(STATES, st.booleans(), st.tuples(st.booleans(), st.booleans()))
def test_no_part_rests_on_a_handful_unless_it_is_the_only_one(
    found: list[Counts], is_net: bool, rewritten: tuple[bool, bool]
) -> None:
    parts = take_apart(found, is_net, rewritten)
    assert len(parts) <= 1 or all(part.n is not None and part.n >= FEWEST for part in parts)
    causes = [cause for part in parts for cause in part.causes]
    assert causes == [cause for cause in CAUSES if cause in causes]


@given(st.lists(counts(), max_size=5))
def test_merging_keeps_every_cause_once_and_the_sum(found: list[Counts]) -> None:
    parts = [
        Part((cause,), count, Fraction(count.successes, 7))
        for cause, count in zip(CAUSES, found, strict=False)
    ]
    together = merged(parts)
    assert [c for part in together for c in part.causes] == [c for part in parts for c in part.causes]
    assert sum((p.counts for p in together), Counts()) == sum((p.counts for p in parts), Counts())


@given(st.lists(st.fractions(-50, 50, max_denominator=999), min_size=1, max_size=5), st.integers(-3, 3))
def test_rounded_parts_add_up_to_the_rounded_total(changes: list[Fraction], off: int) -> None:
    total = round(sum(changes)) + off
    shown = apportioned(changes, total)
    assert sum(shown) == total
    if off == 0:
        assert all(abs(one - change) < 1 for one, change in zip(shown, changes, strict=True))


def test_a_small_part_is_one_with_the_next() -> None:
    # six late answers (n, successes, opposites); of the known ones fifteen were corrected to good
    (part,) = take_apart(states((0, 0, 0), (6, 6, 0), (0, 15, -15)), False)
    assert part.causes == ("late_data", "corrected_source")
    assert part.n == 21
    assert part.change == Fraction(81, 106) - Fraction(60, 100)


def test_a_small_part_at_the_end_is_one_with_the_one_before() -> None:
    (part,) = take_apart(states((0, 0, 0), (40, 10, 5), (0, 2, -2)), False)
    assert part.causes == ("late_data", "corrected_source")


def test_a_small_part_alone_is_told_without_how_many() -> None:
    (part,) = take_apart(states((0, 0, 0), (3, 3, 0)), False)
    assert (part.causes, part.n) == (("late_data",), None)


def test_answers_that_change_for_the_better_and_the_worse_rest_on_those_that_moved() -> None:
    assert Counts(0, 12, -12).rests_on == 12
    assert Counts(40, 30, 0).rests_on == 40
    assert Counts(0, 0, 0).rests_on == 0
    assert Counts(-5, 3, -8).rests_on == 8


def test_what_time_settled_counts_as_late() -> None:
    (part,) = take_apart(states((0, 0, 0), (0, 0, 0), (0, 0, 0), (20, 20, 0)), False)
    assert part.causes == ("late_data",)


@pytest.mark.parametrize(
    ("rewritten", "first", "last"),
    [
        ((True, False), "identity_or_erasure", "code"),
        ((False, True), "code", "identity_or_erasure"),
        ((True, True), "identity_or_erasure", "identity_or_erasure"),
        ((False, False), "code", "code"),
    ],
)
def test_what_differs_at_an_end_is_an_erasure_where_landing_was_rewritten(
    rewritten: tuple[bool, bool], first: str, last: str
) -> None:
    (part,) = take_apart(states((-12, -6, -2)), False, rewritten)
    assert part.causes == (first,)
    (part,) = take_apart(states(*[(0, 0, 0)] * 6, (-12, -6, -2)), False, rewritten)
    assert part.causes == (last,)


def test_what_was_erased_after_both_were_frozen_is_nothing() -> None:
    found = states((-12, -6, -2), *[(0, 0, 0)] * 5, (12, 6, 2))
    assert take_apart(found, False, (True, True)) == []


def test_a_number_that_nothing_rested_on_for_a_step_gives_its_change_to_the_next_that_has_one() -> None:
    found = [
        Counts(20, 10, 0),
        *[Counts(20, 10, 0)] * 3,
        *[Counts(0, 0, 0)] * 2,
        Counts(30, 30, 0),
        Counts(30, 30, 0),
    ]
    parts = take_apart(found, False)
    assert [(part.causes, part.change) for part in parts] == [
        (("late_data",), Fraction(0)), (("changed_definition",), Fraction(1, 2))
    ]  # fmt: skip


def test_another_number_of_states_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 8 states, found 2"):
        take_apart([Counts(), Counts()], False)
