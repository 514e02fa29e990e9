"""What is hidden in one breakdown does not follow from another: checked by solving for it."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.nesting import BLOCK, blocks, complements

LEAST = 10
COUNTS = {"kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64, "dimension": pl.String, "member": pl.String,
          "n": pl.Int64, "least_n": pl.Int64, "is_hidden": pl.Boolean}  # fmt: skip


def cells(counts: dict[str, dict[str, int]]) -> pl.DataFrame:
    """Groups of one window, hidden as within their own breakdown (queries/core/guarded_cell.sql)."""
    rows = []
    for dimension, members in counts.items():
        small = [member for member, n in members.items() if n < LEAST]
        shown = sorted((n, member) for member, n in members.items() if n >= LEAST)
        hidden = set(small)
        if shown and 0 < sum(members[member] for member in small) < LEAST:
            hidden.add(shown[0][1])
        rows += [
            ("valued", "2026-W46", 4, dimension, member, n, LEAST, member in hidden)
            for member, n in members.items()
        ]
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


WINDOW = {"kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64}
LINK = (*WINDOW, "dimension", "member", "other_dimension", "other_member", "n", "least_n")
Link = tuple[str, str, str, str, int]


def pairs(rows: list[Link], week: str = "2026-W46") -> pl.DataFrame:
    """What groups have in common in one window."""
    kinds = [*WINDOW.values(), *[pl.String] * 4, pl.Int64, pl.Int64]
    full = [("valued", week, 4, *row, LEAST) for row in rows]
    return pl.DataFrame(full, schema=dict(zip(LINK, kinds, strict=True)), orient="row")


STORES: list[Link] = [
    ("store", "a", "region", "x", 34),
    ("store", "b", "region", "x", 6),
    ("store", "c", "region", "y", 52),
    ("store", "d", "region", "y", 8),
]
STORES_IN_REGIONS = pairs(STORES)


def whole(within: pl.DataFrame) -> list[list[str]]:
    """The members of the blocks that everything in common joins."""
    last = within.filter(pl.col("pair") == pl.col("pair").max())
    return last.group_by("block").agg(pl.col("member").sort()).sort("member")["member"].to_list()


def test_a_store_in_one_region_makes_a_block_of_each_region() -> None:
    assert whole(blocks(STORES_IN_REGIONS)) == [["a", "b", "x"], ["c", "d", "y"]]


def test_breakdowns_that_cross_make_no_block() -> None:
    met = [("plan", plan, "region", region, 20) for plan in ("basic", "gold") for region in ("x", "y")]
    assert blocks(pairs(met)).is_empty()
    assert dict(blocks(pairs([])).schema) == BLOCK


@pytest.mark.parametrize(
    ("stray", "week"),
    [
        (("store", "a", "region", "y", 1), "2026-W46"),
        (("store", "a", "region", "not known", 1), "2026-W46"),
        (("store", "c", "region", "not known", 9), "2026-W46"),
        (("store", "a", "region", "y", 500), "2024-W23"),
    ],
)
def test_neither_a_few_elsewhere_nor_another_window_switch_the_guard_off(stray: Link, week: str) -> None:
    counts = {"region": {"x": 40, "y": 60}, "store": {"a": 34, "b": 6, "c": 52, "d": 8}}
    if week == "2026-W46":
        counts["store"][stray[1]] += stray[4]
        counts["region"][stray[3]] = counts["region"].get(stray[3], 0) + stray[4]
        met = pairs([*STORES, stray])
    else:
        met = pl.concat([STORES_IN_REGIONS, pairs([*STORES, stray], week)])
    given = cells(counts)
    gone = complements(given, blocks(met)).select("dimension", "member").rows()
    hidden = {*gone, *given.filter("is_hidden").select("dimension", "member").rows()}
    assert {("store", "a"), ("store", "c")} <= hidden or {("region", "x"), ("region", "y")} <= hidden


def test_the_region_less_its_other_stores_is_not_the_hidden_store() -> None:
    counts = {"region": {"x": 40, "y": 60}, "store": {"a": 34, "b": 6, "c": 52, "d": 8}}
    gone = complements(cells(counts), blocks(STORES_IN_REGIONS))
    assert gone.select("dimension", "member").rows() == [("store", "a"), ("store", "c")]


def test_the_stores_of_a_hidden_region_do_not_add_up_to_it() -> None:
    of = pairs([("store", store, region_, other, n) for store, region_, other, n in (
        ("a", "region", "x", 20), ("b", "region", "x", 20), ("c", "region", "y", 45), ("d", "region", "y", 15),
        ("e", "region", "z", 4))])  # fmt: skip
    counts = {"region": {"x": 40, "y": 60, "z": 4}, "store": {"a": 20, "b": 20, "c": 45, "d": 15, "e": 4}}
    given = cells(counts)
    assert given.filter("is_hidden").select("dimension", "member").rows() == [
        ("region", "x"), ("region", "z"), ("store", "d"), ("store", "e"),
    ]  # fmt: skip
    gone = complements(given, blocks(of))
    assert gone.select("dimension", "member").rows() == [("store", "a")]


def test_a_number_that_only_one_of_the_two_breaks_down_needs_no_more() -> None:
    counts = {"store": {"a": 34, "b": 6, "c": 52, "d": 40}}
    assert complements(cells(counts), blocks(STORES_IN_REGIONS)).is_empty()


def test_a_segment_by_channel_does_not_follow_from_its_margins() -> None:
    crossed = {("a", "chat"): 12, ("a", "phone"): 8, ("a", "mail"): 30}
    crossed |= {("b", "chat"): 40, ("b", "phone"): 20, ("b", "mail"): 50}
    gone = complements(*_table(crossed))
    assert gone["member"].to_list() == ["b · chat", "b · phone"]


def _table(crossed: dict[tuple[str, str], int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells of segments crossed with channels and of both, and their blocks."""
    counts: dict[str, dict[str, int]] = {"segment_channel": {}, "segment": {}, "channel": {}}
    met: list[Link] = []
    for both, n in crossed.items():
        inside = " · ".join(both)
        counts["segment_channel"][inside] = n
        for dimension, member in zip(("segment", "channel"), both, strict=True):
            counts[dimension][member] = counts[dimension].get(member, 0) + n
            met.append(("segment_channel", inside, dimension, member, n))
    return cells(counts), blocks(pairs(met))


def _follows(unknown: list[tuple[str, str]], sums: list[list[float]], cell: tuple[str, str]) -> bool:
    system = np.array(sums).reshape(len(sums), len(unknown))
    unit = np.eye(len(unknown))[unknown.index(cell)]
    return bool(np.linalg.matrix_rank(np.vstack([system, unit])) == np.linalg.matrix_rank(system))


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 3), st.integers(2, 4), st.data())
def test_no_small_segment_by_channel_can_be_solved_for(rows: int, columns: int, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=rows * columns, max_size=rows * columns))
    places = [(f"s{row}", f"c{column}") for row in range(rows) for column in range(columns)]
    given_cells, within = _table(dict(zip(places, sizes, strict=True)))
    gone = set(complements(given_cells, within).select("dimension", "member").rows())
    unknown = [
        (d, m)
        for d, m, hidden in given_cells.select("dimension", "member", "is_hidden").iter_rows()
        if hidden or (d, m) in gone
    ]
    sums = [[float(d == name) for d, _ in unknown] for name in ("segment", "channel", "segment_channel")]
    for at, names in enumerate(({s for s, _ in places}, {c for _, c in places})):
        margin = ("segment", "channel")[at]
        for name in sorted(names):
            inside = [d == "segment_channel" and m.split(" · ")[at] == name for d, m in unknown]
            sums.append(
                [float(i) - float(cell == (margin, name)) for i, cell in zip(inside, unknown, strict=True)]
            )
    for d, m, n in given_cells.select("dimension", "member", "n").iter_rows():
        if (d, m) in unknown and n < LEAST <= sum(sizes):
            assert not _follows(unknown, sums, (d, m)), (d, m, places, sizes, gone)


@st.composite
def companies(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Customers as (segment, region, store, plan): stores lie in regions, plans in segments or around them."""
    regions = draw(st.integers(2, 4))
    home = draw(st.lists(st.integers(0, regions - 1), min_size=2, max_size=7))
    segments = draw(st.integers(2, 3))
    coarse = draw(st.booleans())
    of = draw(st.lists(st.integers(0, 1 if coarse else segments - 1), min_size=segments, max_size=5))
    people = []
    for store, region in enumerate(home):
        for _ in range(draw(st.integers(0, 30))):
            pick = draw(st.integers(0, len(of) - 1))
            segment, plan = (pick, of[pick]) if coarse else (of[pick], pick)
            people.append((segment, region, store, plan))
    return people


@settings(max_examples=80, deadline=None)
@given(companies(), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 3)), max_size=3))
def test_nothing_that_is_too_small_can_be_solved_for(
    people: list[tuple[int, ...]], moves: list[tuple[int, int, int]]
) -> None:
    """Some have moved: they are in a group of one breakdown that is not theirs, or one that is not known (4)."""
    homes = list(people)
    of = [(2, 0), (2, 1), (2, 3), (3, 0), (3, 1)]
    for breakdown, to, how_many in moves if len(people) > 60 else []:
        large = [
            p
            for p in homes
            if sum(q[2] == p[2] for q in homes) > 15 and sum(q[3] == p[3] for q in homes) > 15
        ]
        for mover in large[:how_many]:
            people[homes.index(mover)] = (*mover[:breakdown], to, *mover[breakdown + 1 :])
    names = ("segment", "region", "store", "plan")
    counts = {
        name: {str(m): sum(p[i] == m for p in people) for m in sorted({p[i] for p in people})}
        for i, name in enumerate(names)
    }
    met = Counter((names[i], str(p[i]), names[j], str(p[j])) for i, j in of for p in people)
    within, given_cells = blocks(pairs([(*key, n) for key, n in sorted(met.items())])), cells(counts)
    gone = set(complements(given_cells, within).select("dimension", "member").rows())
    unknown = [
        (d, m)
        for d, m, hidden in given_cells.select("dimension", "member", "is_hidden").iter_rows()
        if hidden or (d, m) in gone
    ]
    sums = [[float(d == name) for d, _ in unknown] for name in names]
    for i, j in of:
        sums += [
            [
                float(d == names[i] and m in block) - float(d == names[j] and m in block_other)
                for d, m in unknown
            ]
            for block, block_other in _homes(homes, people, i, j)
        ]
    for d, m in unknown:
        if counts[d][m] < LEAST <= len(people):
            assert not _follows(unknown, sums, (d, m)), (d, m, counts, gone)


def _homes(
    homes: list[tuple[int, ...]], people: list[tuple[int, ...]], i: int, j: int
) -> list[tuple[set[str], set[str]]]:
    """The groups of two breakdowns that were one block before anybody moved, and are nearly one still.

    Where one of those who moved is in a small group, or too many did, nobody knows the sums.
    """
    first = [({str(a)}, {str(b)}) for a, b in sorted({(p[i], p[j]) for p in homes})]
    found: list[tuple[set[str], set[str]]] = []
    for one, other in first:
        touching = [block for block in found if block[0] & one or block[1] & other]
        found = [block for block in found if block not in touching]
        found.append((one.union(*(t[0] for t in touching)), other.union(*(t[1] for t in touching))))
    near = []
    for one, other in found:
        led = [p for p in people if (str(p[i]) in one) != (str(p[j]) in other)]
        sizes = [sum(q[k] == p[k] for q in people) for p in led for k in (i, j)]
        if len(led) < LEAST and min(sizes, default=LEAST) >= LEAST:
            near.append((one, other))
    return near
