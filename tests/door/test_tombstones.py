"""Who was erased does not come in again: rows that bear one of their keyed values are set aside."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.door.pseudonym import create_key, keyed
from pipelines.door.tombstones import Tombstone, barred, bars, folder, tombstones, unfinished
from pipelines.sources import hubspot
from pipelines.store import StoreError

CONTACTS = "Record ID,Email,Additional email addresses,Phone Number,Merged record IDs,Create Date,Last Modified Date\n"
ANN = "1,Ann@Example.com,,+41446681800,,2025-01-01 08:00,2026-11-01 09:00\n"
BEN = "2,ben@example.com,,+41446681801,,2025-01-01 08:00,2026-11-01 09:00\n"
FULL = '[sources.hubspot]\nfull_export = ["contact"]\n'


@pytest.fixture
def desk(open_desk):
    return open_desk(FULL)


@pytest.fixture
def erase(desk):
    """Puts up a tombstone: of identifiers as `kind|value`, of records as `source|object|id`."""

    def put(
        *tokens: str, records: Iterable[str] = ("hubspot|contact|0",), shared: Iterable[str] = ()
    ) -> Tombstone:
        made = Tombstone(
            datetime(2026, 11, 16, 5),
            *(frozenset(map(desk.hash, values)) for values in (records, tokens, shared)),
            is_done=True,
        )
        made.write(desk.store)
        return made

    return put


@pytest.mark.parametrize(
    "row",
    [
        "9, ANN@example.com,,,,2025-01-01 08:00,2026-11-01 09:00\n",
        "9,ann.new@example.com,ann.other@example.com;ann@example.com,,,2025-01-01 08:00,2026-11-01 09:00\n",
        "7,ann.new@example.com,,,,2025-01-01 08:00,2026-11-01 09:00\n",
        "9,ann.new@example.com,,,5;7,2025-01-01 08:00,2026-11-01 09:00\n",
        "8,ann.new@example.com,,,,2025-01-01 08:00,2026-11-01 09:00\n",
        "8,ann.new@example.com,,,,,2026-11-01 09:00\n",
    ],
    ids=[
        "address in capitals",
        "second address",
        "number",
        "merged number",
        "record",
        "record with an empty cell",
    ],
)
def test_a_row_that_bears_any_identifier_of_theirs_is_set_aside_and_others_land(
    desk, counts, erase, row
) -> None:
    erase("email|ann@example.com", "hubspot_contact|7", records=["hubspot|contact|8"])
    load = desk.read(CONTACTS + row + BEN)
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(2, "", "erased")]
    assert desk.tokens("hubspot__contact") == desk.keyed(
        (3, "hubspot_contact", "2"), (3, "email", "ben@example.com"), (3, "phone", "+41446681801")
    )


def test_a_list_of_ours_that_writes_the_kind_in_capitals_does_not_bring_them_back(
    desk, counts, erase
) -> None:
    erase("email|ann@example.com")
    load = desk.read(
        "customer_kind,customer_id,state,from_at,until_at\nEMAIL,ann@example.com,complaint,2026-11-01T10:00:00Z,\n"
    )
    assert (counts(load), desk.set_aside(load)) == ((1, 0, 1, 0), [(2, "", "erased")])


def test_a_telephone_alone_keeps_nobody_out(desk, counts, erase) -> None:
    erase("email|ann@example.com", shared=["phone|+41446681801"])
    assert counts(desk.read(CONTACTS + BEN)) == (1, 1, 0, 0)


def test_nothing_of_them_goes_on_no_sighting_no_name_and_no_original(desk, erase) -> None:
    erase("email|ann@example.com")
    load = desk.read(CONTACTS + ANN + BEN)
    vault = pl.read_parquet(desk.store.vault / "hubspot__contact" / f"{load.load_id}.parquet")
    assert vault["email"].to_list() == ["ben@example.com"]
    assert desk.table("sighting")["record_key"].to_list() == [desk.hash("hubspot|contact|2")]
    assert list(desk.store.vault.glob("raw/*")) == []


def test_an_export_without_them_keeps_its_original(desk, erase) -> None:
    erase("email|ann@example.com")
    desk.read(CONTACTS + BEN)
    assert len(list(desk.store.vault.glob("raw/*"))) == 1


def test_a_file_that_is_known_and_holds_them_is_not_kept_again(desk, erase) -> None:
    load = desk.read(CONTACTS + ANN + BEN)
    for original in desk.store.vault.glob("raw/*"):
        original.unlink()
    erase("email|ann@example.com")
    desk.put("again.csv", CONTACTS + ANN + BEN)
    assert desk.take_in().loads == []
    assert list(desk.store.vault.glob("raw/*")) == []
    assert load.rows_loaded == 2


def test_the_same_export_twice_is_the_same_as_once(desk, counts, erase) -> None:
    erase("email|ann@example.com")
    desk.read(CONTACTS + ANN + BEN)
    before = desk.landed("hubspot__contact")
    again = desk.read(CONTACTS + ANN + BEN, on="2026-11-11")
    assert counts(again) == (2, 0, 1, 1)
    assert desk.landed("hubspot__contact") == before


def test_a_tombstone_reads_back_as_it_was_written_and_is_unfinished_until_done(desk, erase) -> None:
    done = erase("email|ann@example.com")
    one = Tombstone(datetime(2026, 11, 16, 6), frozenset("r"), frozenset("t"), frozenset("s"))
    one.write(desk.store)
    assert tombstones(desk.store) == [done, one]
    assert unfinished(desk.store) == [one]
    assert barred(desk.store) == {*done.records, *done.tokens, "r", "t"}


PEOPLE = [(str(number), f"p{number}@example.com") for number in range(1, 6)]


@settings(max_examples=25)
@given(
    gone=st.sets(st.sampled_from(range(5))),
    by=st.lists(st.sampled_from(["email", "hubspot_contact"]), min_size=5, max_size=5),
    spell=st.lists(st.sampled_from([str.upper, str.title, "\t{} ".format]), min_size=5, max_size=5),
)
def test_whoever_is_barred_by_whatever_spelling_is_told_from_all_others(
    tmp_path_factory, gone, by, spell
) -> None:
    key = create_key(tmp_path_factory.getbasetemp() / "key")
    frame = pl.DataFrame(
        {
            **{column.name: [None] * 5 for column in hubspot.CONTACT.columns},
            "_line": range(2, 7),
            "contact_id": [number for number, _ in PEOPLE],
            "email": [spelled(email) for spelled, (_, email) in zip(spell, PEOPLE, strict=True)],
        },
        schema={**{column.name: pl.String for column in hubspot.CONTACT.columns}, "_line": pl.Int64},
    )
    said = [f"{by[each]}|{PEOPLE[each][by[each] == 'email']}" for each in gone]
    values = frozenset(pl.select(keyed(pl.lit(pl.Series(said, dtype=pl.String)), key)).to_series())
    told = bars(values, hubspot.CONTACT, "CH", key)(frame)
    assert {each for each in range(5) if told[each]} == gone


@pytest.mark.parametrize("content", ["", "{", "[]", '{"erased_at": "soon"}'])
def test_a_damaged_tombstone_stops_the_door_with_what_to_do(desk, content):
    path = folder(desk.store) / "20261101T000000-abc.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(StoreError, match="is damaged: who was erased would come in again"):
        tombstones(desk.store)
