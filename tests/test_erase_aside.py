"""Whom an erasure finds in the kept originals alone: in rows that were set aside, or that a later row told anew."""

import os
from datetime import UTC, datetime

import pytest

from pipelines import erase, erase_whom
from pipelines.door.intake import take_in
from pipelines.door.pseudonym import read_key
from pipelines.door.tombstones import tombstones
from pipelines.erase_whom import EraseError
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from tests.conftest import MakeWorkspace
from tests.test_erase import TICKET, careful, contents, find, landed, places

HEAD = "Record ID,Email,Phone Number,Create Date,Last Modified Date\n"
BEN = "2,ben@example.com,,2025-01-01 08:00,2026-11-01 09:00\n"
ANN_ASIDE = "1,Ann@Example.com,+41446681800,yesterday,2026-11-01 09:00\n"
ANN = ANN_ASIDE.replace("yesterday", "2025-01-01 08:00")
TORN = "3,tom@example.com\n"


def company(empty_workspace: MakeWorkspace, name: str, content: str, *, run: bool = False) -> Settings:
    settings = load_settings(empty_workspace(files={f"inbox/{name}": content}, run=run) / "careful.toml")
    if not run:
        take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
    return settings


@pytest.mark.parametrize(
    "who", [["--email", "ann@example.com"], ["--phone", "+41 44 668 18 00"], ["--id", "hubspot_contact:1"]]
)
def test_who_stands_in_a_row_that_was_set_aside_is_erased_and_kept_out(
    empty_workspace: MakeWorkspace, who: list[str]
) -> None:
    settings = company(empty_workspace, "a.csv", HEAD + ANN_ASIDE + BEN, run=True)
    store = Store(settings.store)
    assert places(settings.workspace, "Ann@Example.com") == {"store/vault"}
    code, said, error = careful(settings, "erase", *who, "--yes")
    assert code == 0, error
    assert "To be erased: 1 customer." in said
    assert "Known by: hubspot contact (1), e-mail address (1), telephone number (1)." in said
    assert "Found in 1 kept original file(s), in rows that were not taken in." in said
    assert places(settings.workspace, "Ann@Example.com", "ann@example.com", "6681800") == set()
    assert len(landed(store)) == 1
    assert careful(settings, "erase", *who[:1], "ben@example.com" if "--email" in who else who[1])[0] == 1
    (settings.inbox / "b.csv").write_text(HEAD + ANN + BEN)
    (load,) = take_in(settings, store, all_profiles(), read_key(settings.key_file)).loads
    assert [rule["rule"] for rule in load.rules] == ["erased"]


def test_erased_from_an_original_alone_they_are_erased_already(empty_workspace: MakeWorkspace) -> None:
    settings = company(empty_workspace, "a.csv", HEAD + ANN_ASIDE + BEN, run=True)
    assert careful(settings, "erase", "--email", "ann@example.com", "--yes")[0] == 0
    assert careful(settings, "erase", "--email", "ann@example.com", "--yes")[2] == (
        "They are erased already, and kept out. Nothing was changed.\n"
    )


def test_an_address_that_a_later_row_of_the_file_told_anew_names_the_customer_of_today(
    empty_workspace: MakeWorkspace,
) -> None:
    old = ANN.replace("Ann@", "old.ann@").replace("11-01", "10-01").replace("+41446681800", "")
    settings = company(empty_workspace, "a.csv", HEAD + old + ANN + BEN)
    (today,) = find(settings, ("email", "ann@example.com")).customers
    (found,) = find(settings, ("email", "old.ann@example.com")).customers
    assert (found.records, found.shared) == (today.records, today.shared)
    assert len(found.tokens - today.tokens) == 1
    assert today.tokens < found.tokens


def test_of_a_ticket_given_on_in_the_same_file_who_has_it_now_stays(empty_workspace: MakeWorkspace) -> None:
    given_on = TICKET.replace("31", "32").replace("old.ann", "p102").replace("2T09", "9T09")
    settings = company(empty_workspace, "t.json", TICKET + given_on)
    store, key = Store(settings.store), read_key(settings.key_file)
    (ben,) = find(settings, ("zendesk_user", "32")).customers
    (ann,) = find(settings, ("email", "old.ann@example.com")).customers
    assert ann.values.isdisjoint(ben.values)
    ann.write(store)
    erase.finish(settings, store, key)
    assert ben.records <= landed(store)
    assert places(settings.workspace, "old.ann") == set()


def test_two_who_stand_aside_are_two_customers_and_one_by_two_identifiers_is_one(
    empty_workspace: MakeWorkspace,
) -> None:
    settings = company(
        empty_workspace, "a.csv", HEAD + ANN_ASIDE + BEN.replace("2025-01-01 08:00", "yesterday")
    )
    found = find(
        settings,
        ("email", "ann@example.com"),
        ("hubspot_contact", "1"),
        ("email", "ben@example.com"),
        ("email", "who@example.com"),
    )
    assert (len(found.customers), found.unknown, found.originals) == (2, ["email"], 1)


def test_a_telephone_on_many_cards_that_were_set_aside_is_nobody_s(empty_workspace: MakeWorkspace) -> None:
    cards = "".join(f"{n},p{n}@example.com,+41446681800,yesterday,2026-11-01 09:00\n" for n in range(1, 6))
    settings = company(empty_workspace, "a.csv", HEAD + cards + BEN)
    with pytest.raises(EraseError, match="telephone number stands with so many customers"):
        find(settings, ("phone", "+41446681800"))


def test_nobody_is_nobody_and_rows_that_can_not_be_read_are_told(empty_workspace: MakeWorkspace) -> None:
    settings = company(empty_workspace, "a.csv", HEAD + BEN, run=True)
    nobody = "Nobody here is known by that. Nothing was changed."
    assert careful(settings, "erase", "--email", "tom@example.com", "--yes")[2] == f"{nobody}\n"
    (settings.inbox / "torn.csv").write_text(HEAD + ANN + TORN)
    take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
    assert careful(settings, "erase", "--email", "tom@example.com", "--yes")[2] == (
        f"{nobody} 1 kept original file(s) hold rows that can not be read; it can not be told whom those name. "
        "Originals are kept for 90 days.\n"
    )
    assert tombstones(Store(settings.store)) == []


def test_originals_are_looked_into_only_for_who_is_not_known_and_it_is_said_how_far(
    empty_workspace: MakeWorkspace,
) -> None:
    settings = company(empty_workspace, "a.csv", HEAD + ANN_ASIDE + BEN)
    path = settings.inbox / "b.csv"
    path.write_text(HEAD + ANN_ASIDE)
    moment = datetime(2026, 11, 10, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    store, key = Store(settings.store), read_key(settings.key_file)
    take_in(settings, store, all_profiles(), key)
    told: list[tuple[str, int, int]] = []

    def progress(step: str, done: int, total: int) -> None:
        told.append((step, done, total))

    assert erase_whom.find(settings, store, key, [("email", "ben@example.com")], progress).originals == 0
    assert told == []
    assert erase_whom.find(settings, store, key, [("email", "ann@example.com")], progress).originals == 2
    size = sum(len(next(contents(path))) for path in store.vault.glob("raw/*"))
    assert told[0] == ("kept original 1 of 2", 0, size)
    assert told[-1] == ("kept original 2 of 2", size, size)
    assert not list(store.vault.glob("spill/*"))
