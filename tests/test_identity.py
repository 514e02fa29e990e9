"""Who is one person: the same answer in any order, never more than the limits allow, and a key that stays."""

import json
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.identity import (
    LARGEST_CLUSTER,
    MOST_CARDS,
    OWN_NUMBERS,
    RANK,
    VENDOR_NUMBERS,
    resolve,
)
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.store import Store

DAY = datetime(2026, 1, 1)
MakeWorkspace = Callable[..., Path]
Row = tuple[str, str, str, int]  # record, kind, identifier, day it was received


def frame(rows: list[Row]) -> pl.DataFrame:
    """One row per record and identifier, from when it was first received, in the order of the rows."""
    first: dict[tuple[str, str, str], int] = {}
    for record, kind, value, day in rows:
        first[record, kind, value] = min(day, first.get((record, kind, value), day))
    return pl.DataFrame(
        [
            (record, kind, f"{kind}:{value}", DAY + timedelta(days=day), f"load-{day:03}")
            for (record, kind, value), day in first.items()
        ],
        schema={
            "record_key": pl.String,
            "kind": pl.String,
            "token": pl.String,
            "received_at": pl.Datetime("us"),
            "load_id": pl.String,
        },
        orient="row",
    )


def customers(rows: list[Row]) -> dict[str, str]:
    return dict(resolve(frame(rows))["identity"].rows())


def groups(rows: list[Row]) -> set[frozenset[str]]:
    """The records of each customer."""
    found: dict[str, set[str]] = {}
    for record, customer in customers(rows).items():
        found.setdefault(customer, set()).add(record)
    return {frozenset(records) for records in found.values()}


def components(edges: list[tuple[str, str]]) -> set[frozenset[str]]:
    """The records that hang together, found by walking; nothing of the resolver's is used."""
    near: dict[str, set[str]] = {}
    for record, token in edges:
        near.setdefault(f"r {record}", set()).add(f"t {token}")
        near.setdefault(f"t {token}", set()).add(f"r {record}")
    found, seen = set(), set()
    for start in near:
        reached, ahead = set(), [start]
        while ahead:
            node = ahead.pop()
            if node not in reached:
                reached.add(node)
                ahead += near[node]
        if start not in seen:
            found.add(frozenset(node[2:] for node in reached if node.startswith("r ")))
        seen |= reached
    return found


def histories(most_records: int, most_values: int) -> st.SearchStrategy[list[Row]]:
    return st.lists(
        st.tuples(
            st.integers(0, most_records).map("r{:03}".format),
            st.sampled_from(list(RANK)),
            st.integers(0, most_values).map(str),
            st.integers(0, 5),
        ),
        min_size=1,
        max_size=80,
    )


SPARSE, CROWDED = histories(40, 30), histories(60, 3)


@settings(max_examples=60)
@given(rows=SPARSE | CROWDED, seed=st.integers(0, 9))
def test_the_order_of_the_rows_changes_nothing(rows, seed):
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    one, other = resolve(frame(rows)), resolve(frame(shuffled))
    assert one.keys() == other.keys()
    for name in one:
        columns = one[name].columns
        assert one[name].sort(columns).equals(other[name].sort(columns)), name


@settings(max_examples=60)
@given(rows=SPARSE | CROWDED)
def test_records_are_one_customer_exactly_when_used_identifiers_connect_them(rows):
    edges = resolve(frame(rows))["identity_edge"]
    used = edges.filter("used").select("record_key", "token").rows()
    alone = {frozenset([record]) for record, *_ in rows} - {frozenset([record]) for record, _ in used}
    assert groups(rows) == components(used) | alone


@settings(max_examples=60)
@given(rows=SPARSE | CROWDED)
def test_no_customer_is_larger_than_the_limits(rows):
    edges = resolve(frame(rows))["identity_edge"].filter("used")
    for _, cluster in edges.group_by("customer_key"):
        small = cluster["token"].n_unique() <= LARGEST_CLUSTER
        assert small or set(cluster["kind"]) <= set(VENDOR_NUMBERS)


@settings(max_examples=60)
@given(rows=SPARSE)
def test_within_the_limits_every_identifier_joins(rows):
    found = resolve(frame(rows))
    cards = {record for record, kind, *_ in rows if kind in OWN_NUMBERS}
    phones = [
        value for record, kind, value in {row[:3] for row in rows} if kind == "phone" and record in cards
    ]
    assume(found["identity_review"].is_empty())
    assume(all(phones.count(value) <= MOST_CARDS for value in phones))
    assert groups(rows) == components([(record, f"{kind}:{value}") for record, kind, value, _ in rows])


@settings(max_examples=60)
@given(before=SPARSE, after=SPARSE)
def test_a_customer_s_key_stays_when_later_records_arrive_or_an_alias_leads_to_the_new_one(before, after):
    together = before + [(record, kind, value, day + 10) for record, kind, value, day in after]
    old, found = resolve(frame(before)), resolve(frame(together))
    assume(found["identity_edge"]["used"].all())
    new = dict(found["identity"].rows())
    alias = set(found["customer_alias"].select("old", "new").rows())
    kept: dict[str, set[str]] = {}
    for record, key in old["identity"].rows():
        assert new[record] == key or (key, new[record]) in alias
        kept.setdefault(new[record], set()).add(key)
    assert all(key in keys for key, keys in kept.items())


def test_a_chain_of_identifiers_is_one_person():
    assert groups(
        [
            ("contact", "hubspot_contact", "1", 0),
            ("contact", "email", "ann@example.com", 0),
            ("order", "email", "ann@example.com", 1),
            ("order", "phone", "+41446681800", 1),
            ("ticket", "phone", "+41446681800", 2),
            ("other", "email", "bo@example.com", 0),
        ]
    ) == {frozenset({"contact", "order", "ticket"}), frozenset({"other"})}


def test_a_merged_contact_is_its_survivor_and_its_old_key_leads_there():
    rows = [("loser", "hubspot_contact", "7", 0), ("winner", "hubspot_contact", "9", 1)]
    apart = customers(rows)
    merged = [*rows, ("winner", "hubspot_contact", "7", 2)]
    found = resolve(frame(merged))
    assert apart["loser"] != apart["winner"]
    assert set(customers(merged).values()) == {apart["loser"]}
    assert found["customer_alias"].rows() == [
        (apart["winner"], apart["loser"], "same person by hubspot contact")
    ]


@pytest.mark.parametrize(("people", "joined"), [(MOST_CARDS, True), (MOST_CARDS + 1, False)])
def test_a_telephone_of_more_contact_cards_than_a_person_has_joins_nobody(people, joined):
    rows = [(f"c{n}", "hubspot_contact", str(n), 0) for n in range(people)]
    rows += [(f"c{n}", "phone", "+41446681800", 0) for n in range(people)]
    rows += [("order", "phone", "+41446681800", 0)]
    assert len(groups(rows)) == (1 if joined else people + 1)


def test_a_hundred_orders_of_one_telephone_are_one_person():
    rows: list[Row] = [(f"order {n}", "phone", "+41446681800", 0) for n in range(100)]
    rows += [("contact", "phone", "+41446681800", 0), ("contact", "hubspot_contact", "1", 0)]
    assert len(groups(rows)) == 1


def test_an_address_on_more_than_twenty_cards_joins_nobody_and_is_reported():
    rows: list[Row] = []
    for n in range(LARGEST_CLUSTER + 1):
        rows += [(f"c{n}", "hubspot_contact", str(n), 0), (f"c{n}", "email", "desk@example.com", 0)]
    assert len(groups(rows)) == LARGEST_CLUSTER + 1
    assert resolve(frame(rows))["identity_review"]["identifiers"].to_list() == [LARGEST_CLUSTER + 2]
    assert len(groups(rows[:-4])) == 1


def test_a_customer_number_that_stands_beside_more_than_twenty_addresses_joins_nobody():
    rows: list[Row] = []
    for n in range(LARGEST_CLUSTER + 1):
        rows += [(f"order {n}", "customer_id", "test", 0), (f"order {n}", "email", f"p{n}@example.com", 0)]
    rows += [("again", "email", "p0@example.com", 1), ("answer", "customer_id", "test", 1)]
    assert len(groups(rows)) == LARGEST_CLUSTER + 2
    assert frozenset({"order 0", "again"}) in groups(rows)


def test_a_customer_number_of_somebody_with_many_cookies_joins_their_orders():
    rows: list[Row] = []
    for n in range(LARGEST_CLUSTER + 1):
        rows += [(f"order {n}", "customer_id", "A-1", 0), (f"order {n}", "ga4_client_id", f"1.{n}", 0)]
    assert len(groups(rows)) == 1


@pytest.mark.parametrize(
    ("vendors", "cards", "people"),
    [
        (("hubspot_contact",), MOST_CARDS, 1),
        (("hubspot_contact",), MOST_CARDS + 1, MOST_CARDS + 2),
        (VENDOR_NUMBERS[:5], 1, 1),
    ],
)
def test_a_customer_number_on_more_cards_of_one_vendor_than_a_person_has_joins_nobody(vendors, cards, people):
    rows: list[Row] = []
    for vendor in vendors:
        for n in range(cards):
            rows += [(f"{vendor} {n}", vendor, str(n), 0), (f"{vendor} {n}", "customer_id", "test", 0)]
    rows += [("order", "customer_id", "test", 0)]
    assert len(groups(rows)) == people


def test_neither_orders_with_a_vendor_s_number_nor_numbers_merged_into_one_are_cards():
    rows: list[Row] = [("card", "hubspot_contact", str(n), 0) for n in range(MOST_CARDS + 1)]
    rows += [("card", "customer_id", "A-1", 0)]
    for n in range(MOST_CARDS + 1):
        rows += [(f"order {n}", "shopify_customer", "7", 0), (f"order {n}", "customer_id", "A-1", 0)]
    assert len(groups(rows)) == 1


def test_a_customer_number_on_more_than_twenty_cards_joins_nobody():
    rows: list[Row] = []
    for n in range(LARGEST_CLUSTER + 1):
        rows += [(f"c{n}", "salesforce_contact", str(n), 0), (f"c{n}", "customer_id", "A-1", 0)]
    assert len(groups(rows)) == LARGEST_CLUSTER + 1


def test_what_a_vendor_merged_is_one_person_however_much_it_was():
    rows: list[Row] = [("survivor", "hubspot_contact", str(n), 0) for n in range(40)]
    rows += [(f"deal {n}", "hubspot_contact", str(n), 0) for n in range(40)]
    assert len(groups(rows)) == 1


def test_a_limit_crossed_by_some_leaves_the_others_joined():
    rows: list[Row] = [("x", "email", "ann@example.com", 0), ("y", "email", "ann@example.com", 0)]
    for n in range(LARGEST_CLUSTER + 1):
        rows += [(f"c{n}", "hubspot_contact", str(n), 0), (f"c{n}", "email", "desk@example.com", 0)]
    assert frozenset({"x", "y"}) in groups(rows)


def test_the_key_is_that_of_the_identifier_seen_first_and_of_the_stronger_kind_on_one_day():
    assert customers([("a", "email", "x", 3), ("a", "customer_id", "9", 3)]) == {"a": "customer_id:9"}
    assert customers([("a", "email", "x", 2), ("a", "customer_id", "9", 3)]) == {"a": "email:x"}


def test_nobody_known_is_nobody():
    found = resolve(frame([]))
    assert {name: table.height for name, table in found.items()} == dict.fromkeys(found, 0)
    assert found["identity"].columns == ["record_key", "customer_key"]


def test_a_ticket_given_to_another_requester_moves_to_her_and_the_two_stay_two(
    empty_workspace: MakeWorkspace,
):
    def tickets(requesters: dict[int, str], updated_on: str) -> str:
        return "".join(
            json.dumps(
                {
                    "id": number, "requester_id": name, "status": "solved", "via": {"channel": "chat"},
                    "requester": {"email": f"{name}@example.com"}, "created_at": "2026-11-02T08:00:00Z",
                    "updated_at": f"{updated_on}T08:00:00Z",
                }
            ) + "\n"
            for number, name in requesters.items()
        )  # fmt: skip

    def contacts() -> list[int]:
        build = Store(folder / "store").current()
        assert build is not None
        found = build.query_people("select count(*) from interaction group by customer_key order by 1")
        return [n for (n,) in found.rows()]

    first = tickets({1: "anna", 2: "anna", 3: "anna", 4: "anna", 5: "ben"}, "2026-11-03")
    folder = empty_workspace(files={"inbox/tickets.ndjson": first}, run=True)
    assert contacts() == [1, 4]
    again = folder / "inbox" / "tickets.ndjson"
    again.write_text(tickets({1: "ben"}, "2026-11-04"), encoding="utf-8")
    os.utime(again, (datetime(2026, 11, 16, 4, tzinfo=UTC).timestamp(),) * 2)
    assert run_once(load_settings(folder / "careful.toml")).outcome == "published"
    assert contacts() == [2, 3]
