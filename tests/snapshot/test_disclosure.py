"""Whoever subtracts rows of the ledger from one another learns of no cause what it did to a handful of answers."""

from fractions import Fraction
from itertools import product

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.snapshot.counting import CELL, COUNTS
from pipelines.snapshot.disclosure import Row, large_enough, with_few, with_handfuls
from pipelines.snapshot.ledger import SCHEMA, sentences
from pipelines.snapshot.parts import FEWEST, Counts, Part, by_cause

KPI = "nps"
WEEKS = ("2026-W44", "2026-W45", "2026-W46")
MEMBERS = ("gold", "silver", "bronze")
REWRITTEN = (True, False)
MOVED_BY = {
    "late_data": 2, "corrected_source": 3, "identity_or_erasure": 1, "changed_definition": 6, "code": 7
}  # fmt: skip
"""In which of the eight states it is first there; the erasure at the one end, the code at the other."""
HEADLINE = (WEEKS[-1], len(WEEKS))
Atom = tuple[str, str, str]
ATOMS: list[Atom] = [*product(WEEKS, MEMBERS, MOVED_BY)]


def states(came: dict[Atom, int], shown: tuple[str, ...] = MEMBERS) -> list[pl.DataFrame]:
    """The eight states of every week of every group, of what each cause added to it; the ends hold what is shown."""
    frames = []
    for state in range(8):
        rows = []
        for week, member in product(WEEKS, (*MEMBERS, "all")):
            whose = MEMBERS if member == "all" else (member,)
            n = 500 + sum(
                came[week, one, cause] for one in whose for cause, at in MOVED_BY.items() if at <= state
            )
            if state not in (0, 7) or member in (*shown, "all"):
                rows.append((KPI, week, 1, "all" if member == "all" else "segment", member, n, n, 0))
        frames.append(pl.DataFrame(rows, schema=[*CELL, *COUNTS], orient="row"))
    return frames


def ledger(came: dict[Atom, int]) -> list[tuple[list[Atom], Row, list[Part] | None]]:
    """Every row that reads otherwise: what it is the sum of, what each cause did, what is told of it if at all."""
    cells, rows = [], []
    windows = [(week, (week,)) for week in WEEKS] + [(WEEKS[-1], WEEKS)]
    for (last, weeks), member in product(windows, (*MEMBERS, "all")):
        whose = MEMBERS if member == "all" else (member,)
        atoms = [atom for atom in ATOMS if atom[0] in weeks and atom[1] in whose]
        added = {cause: sum(came[atom] for atom in atoms if atom[2] == cause) for cause in MOVED_BY}
        parts = [Part((cause,), Counts(n, n), Fraction(n)) for cause, n in added.items() if n]
        if parts:
            cells.append(atoms)
            rows.append(Row(last, len(weeks), "all" if member == "all" else "segment", parts))
    counted = states(came)
    few = {dimension for _, dimension in with_few(counted)}
    told = large_enough(rows, HEADLINE, has_handfuls=KPI in with_handfuls(counted, REWRITTEN), few=few)
    return list(zip(cells, rows, told, strict=True))


def learnt(rows: list[tuple[list[Atom], Row, list[Part] | None]]) -> set[Atom]:
    """What linear algebra finds out: the causes in single weeks of single groups that follow from what is told.

    In a week of a group that reads as it did nothing came.
    """
    moved = {atom for atoms, *_ in rows for atom in atoms}
    equations = [[float(atom == still) for atom in ATOMS] for still in ATOMS if still not in moved]
    for atoms, _, parts in rows:
        if parts is None:
            continue
        named = {cause for part in parts for cause in part.causes}
        sums = [part.causes for part in parts] + [(cause,) for cause in MOVED_BY if cause not in named]
        equations += [[float(atom in atoms and atom[2] in causes) for atom in ATOMS] for causes in sums]
    if not equations:
        return set()
    _, sizes, vectors = np.linalg.svd(np.array(equations))
    open_ways = vectors[int((sizes > 1e-9).sum()) :]
    return {atom for i, atom in enumerate(ATOMS) if not (np.abs(open_ways[:, i]) > 1e-9).any()}


AMOUNT = st.one_of(st.just(0), st.integers(1, FEWEST - 1), st.integers(FEWEST, 40))


@given(st.lists(AMOUNT, min_size=len(ATOMS), max_size=len(ATOMS)))
@hypothesis_settings(max_examples=150)
def test_no_handful_is_learnt_not_even_where_it_is_all_that_a_number_moved_by(amounts: list[int]) -> None:
    came = dict(zip(ATOMS, amounts, strict=True))
    rows = ledger(came)
    if not rows:
        return
    for atom in learnt(rows):
        assert came[atom] == 0 or came[atom] >= FEWEST, (atom, came[atom])


@given(st.lists(AMOUNT, min_size=len(ATOMS), max_size=len(ATOMS)))
@hypothesis_settings(max_examples=60)
def test_whatever_is_merged_the_parts_still_add_up_in_order(amounts: list[int]) -> None:
    for _, row, parts in ledger(dict(zip(ATOMS, amounts, strict=True))):
        if parts is None:
            continue
        assert all(part.n for part in parts)
        assert sum(part.change for part in parts) == sum(part.change for part in row.parts)
        causes = [cause for part in parts for cause in part.causes]
        assert causes == [cause for cause in MOVED_BY if cause in causes]
        assert {cause for part in row.parts for cause in part.causes} <= set(causes)


def test_forty_late_answers_and_a_correction_are_told_apart_though_each_segment_has_few_of_them() -> None:
    came = dict.fromkeys(ATOMS, 0)
    for member in MEMBERS:
        came["2026-W46", member, "late_data"] = 9
        came["2026-W46", member, "corrected_source"] = 12
    told = {(row.weeks, row.dimension): parts for _, row, parts in ledger(came)}
    assert [(part.causes, part.n) for part in told[3, "all"] or []] == [
        (("late_data",), 27), (("corrected_source",), 36)
    ]  # fmt: skip
    assert [part.causes for part in told[3, "segment"] or []] == [("late_data", "corrected_source")]


def test_where_no_group_has_a_handful_every_row_is_told_by_cause() -> None:
    came = dict.fromkeys(ATOMS, 0)
    came["2026-W46", "gold", "late_data"] = 40
    came["2026-W46", "silver", "corrected_source"] = 20
    told = {(row.weeks, row.dimension): parts for _, row, parts in ledger(came)}
    assert [part.causes for part in told[1, "all"] or []] == [("late_data",), ("corrected_source",)]
    assert [part.causes for part in told[3, "segment"] or []] == [("corrected_source",)]


def test_a_group_that_moved_by_a_handful_is_not_told_nor_what_others_leave_for_it() -> None:
    came = dict.fromkeys(ATOMS, 0)
    came["2026-W46", "gold", "identity_or_erasure"] = 1
    assert {parts is None for _, _, parts in ledger(came)} == {True}
    came["2026-W46", "silver", "late_data"] = 40
    told = {(row.weeks, row.dimension): parts for _, row, parts in ledger(came)}
    assert [part.n for part in told[3, "all"] or []] == [41]
    assert told[1, "segment"] is told[3, "segment"] is None


def test_a_handful_at_either_end_is_a_handful() -> None:
    for cause in ("identity_or_erasure", "code"):
        came = dict.fromkeys(ATOMS, 0)
        came["2026-W45", "gold", cause] = 3
        came["2026-W45", "gold", "late_data"] = 40
        assert with_handfuls(states(came), REWRITTEN) == {KPI}
        came["2026-W45", "gold", cause] = 12
        assert with_handfuls(states(came), REWRITTEN) == frozenset()


def test_a_handful_erased_from_a_group_that_is_not_shown_is_found_in_what_the_others_leave() -> None:
    came = dict.fromkeys(ATOMS, 0)
    came["2026-W46", "silver", "identity_or_erasure"] = 12
    came["2026-W46", "gold", "identity_or_erasure"] = 3
    seen = states(came, shown=("silver", "bronze"))
    assert with_handfuls(seen, REWRITTEN) == {KPI}
    assert with_few(seen) == {(KPI, "segment")}


def test_three_people_erased_in_a_week_are_not_told_by_subtracting_its_windows() -> None:
    """Forty came late and three were erased in one week, twelve were erased in the next."""
    amounts = {"2026-W45": (40, 3), "2026-W46": (0, 12)}
    rows = []
    for week, weeks, (late, gone) in (
        *((week, 1, moved) for week, moved in amounts.items()), ("2026-W46", 3, (40, 15))
    ):  # fmt: skip
        then = Counts(500 * weeks, 300 * weeks)
        left = then - Counts(gone, gone)
        rows.append(
            Row(
                week, weeks, "all", by_cause([then, left, *[left + Counts(late, late)] * 6], False, REWRITTEN)
            )
        )
    came = dict.fromkeys(ATOMS, 0)
    for week, (late, gone) in amounts.items():
        came[week, "gold", "late_data"], came[week, "gold", "identity_or_erasure"] = late, -gone
    has_handfuls = KPI in with_handfuls(states(came), REWRITTEN)
    told = large_enough(rows, HEADLINE, has_handfuls=has_handfuls)
    by_erasure = [p.n for parts in told for p in parts or [] if p.causes == ("identity_or_erasure",)]
    assert by_erasure == [15]


def test_what_is_not_told_is_counted_and_has_no_figures() -> None:
    row = {
        **dict.fromkeys(SCHEMA), "kpi": KPI, "label": "Net", "unit": "points", "counts": "answers", "parts": [],
        "iso_week": WEEKS[-1], "weeks": 1, "dimension": "all", "member": "all",
    }  # fmt: skip
    assert sentences(pl.DataFrame([row] * 2, schema=SCHEMA)) == [
        "2 numbers moved by fewer than ten answers, or would tell what so few did."
    ]
    part = {"causes": ["late_data"], "change": -2.0, "n": 40, "added": 40, "files": None}
    told = {**row, "was": 31.0, "is_now": 29.0, "n_was": 400, "n_now": 440, "parts": [part]}
    assert sentences(pl.DataFrame([told, row], schema=SCHEMA)) == [
        "Net, 2026-W46: 31.0 is now 29.0: 40 answers that came or settled late −2.0.",
        "1 number more moved by fewer than ten answers, or would tell what so few did.",
    ]
