"""Whom an erasure takes for one person, where identifiers hang together by more than people have."""

import zipfile
from datetime import datetime

import pytest

from pipelines import erase
from pipelines.door.intake import take_in
from pipelines.door.pseudonym import read_key
from pipelines.door.tombstones import Tombstone, unfinished
from pipelines.erase_whom import EraseError
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from tests.conftest import MakeWorkspace
from tests.test_erase import TICKET, find, places


def landed_only(empty_workspace: MakeWorkspace, rows: str) -> Settings:
    head = "Record ID,Email,Additional email addresses,Phone Number,Create Date,Last Modified Date\n"
    folder = empty_workspace(files={"inbox/contacts.csv": head + rows})
    settings = load_settings(folder / "careful.toml")
    take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
    return settings


def test_a_cluster_too_large_for_one_person_is_refused_but_by_a_vendor_s_number(
    empty_workspace: MakeWorkspace,
) -> None:
    rows = "".join(
        f"{n},p{n}@example.com,all@example.com,,2025-01-01 08:00,2026-11-01 09:00\n" for n in range(1, 12)
    )
    settings = landed_only(empty_workspace, rows)
    with pytest.raises(EraseError, match="stands with so many customers that it is not known whose it is"):
        find(settings, ("email", "p3@example.com"))
    (one,) = find(settings, ("hubspot_contact", "3")).customers
    assert (len(one.records), len(one.tokens)) == (1, 1)


def test_a_card_of_more_identifiers_than_a_person_has_is_refused(empty_workspace: MakeWorkspace) -> None:
    merged = ";".join(map(str, range(100, 125)))
    head = "Record ID,Email,Merged record IDs,Create Date,Last Modified Date\n"
    folder = empty_workspace(
        files={"inbox/a.csv": f"{head}1,ann@example.com,{merged},2025-01-01 08:00,2026-11-01 09:00\n"}
    )
    settings = load_settings(folder / "careful.toml")
    take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
    with pytest.raises(EraseError, match="More than 20 identifiers hang together"):
        find(settings, ("hubspot_contact", "1"))


def test_a_salesforce_number_of_fifteen_letters_names_whom_its_eighteen_name(
    empty_workspace: MakeWorkspace,
) -> None:
    head = "Contact ID,First Name,Last Name,Email,Created Date,Last Modified Date\n"
    row = "003D000001ABCde,Ann,Example,ann@example.com,2025-01-01 08:00,2026-11-01 09:00\n"
    folder = empty_workspace(files={"inbox/report.csv": f"{head}{row}\n\nGrand Totals (1 records)\n"})
    settings = load_settings(folder / "careful.toml")
    (load,) = take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file)).loads
    assert (load.source, load.rows_loaded) == ("salesforce", 1)
    whom = [
        find(settings, ("salesforce_contact", n)).customers for n in ("003D000001ABCde", "003D000001ABCdeIAH")
    ]
    assert [one.tokens for (one,) in whom] == [whom[0][0].tokens] * 2


@pytest.mark.parametrize(
    ("name", "arrived"),
    [
        ("a.csv", "1,p1@example.com\n2,p2@example.com,2025-01-01 08:00,2026-11-01 09:00\n"),
        ("a.zip", "2,p2@example.com,2025-01-01 08:00,2026-11-01 09:00\n"),
    ],
    ids=["a line that is no row", "a letter beside the export"],
)
def test_an_original_of_which_it_can_not_be_told_whom_it_holds_goes(
    empty_workspace: MakeWorkspace, name: str, arrived: str
) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    path, export = settings.inbox / name, f"Record ID,Email,Create Date,Last Modified Date\n{arrived}"
    if name == "a.zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("a.csv", export)
            packed.writestr("letter.pdf", b"%PDF\0 of p1@example.com")
    else:
        path.write_text(export, encoding="utf-8")
    store, key = Store(settings.store), read_key(settings.key_file)
    take_in(settings, store, all_profiles(), key)
    assert len(list(store.vault.glob("raw/*"))) == 1
    Tombstone(datetime(2026, 11, 16, 5), frozenset("r"), frozenset("t")).write(store)
    erase.finish(settings, store, key)
    assert list(store.vault.glob("raw/*")) == []


def test_while_an_erasure_is_not_published_who_has_the_telephone_next_comes_in_and_stays(
    empty_workspace: MakeWorkspace,
) -> None:
    settings = landed_only(
        empty_workspace, "1,p1@example.com,,+41446681800,2025-01-01 08:00,2026-11-01 09:00\n"
    )
    store, key = Store(settings.store), read_key(settings.key_file)
    (one,) = find(settings, ("email", "p1@example.com")).customers
    one.write(store)
    erase.finish(settings, store, key)
    (settings.inbox / "b.csv").write_text(
        "Record ID,Email,Phone Number,Create Date,Last Modified Date\n"
        "2,p2@example.com,+41446681800,2025-01-01 08:00,2026-11-01 09:00\n"
    )
    take_in(settings, store, all_profiles(), key)
    erase.finish(settings, store, key)
    assert len(find(settings, ("phone", "+41446681800")).customers[0].tokens) == 2
    assert "store/vault" in places(settings.workspace, "p2@example.com")
    assert len(unfinished(store)) == 1


def test_who_only_visited_is_erased_by_the_browser(empty_workspace: MakeWorkspace) -> None:
    visit = (
        '{{"event_date":"20261110","event_timestamp":"1794301200000000","event_name":"page_view",'
        '"user_pseudo_id":"{}"}}\n'
    )
    folder = empty_workspace(files={"inbox/e.json": visit.format("11.12") + visit.format("13.14")})
    settings = load_settings(folder / "careful.toml")
    store, key = Store(settings.store), read_key(settings.key_file)
    take_in(settings, store, all_profiles(), key)
    found = find(settings, ("ga4_client_id", "11.12"), ("ga4_client_id", "15.16"))
    (one,), unknown = found.customers, found.unknown
    one.write(store)
    erase.finish(settings, store, key)
    assert (len(one.records), unknown) == (1, ["ga4_client_id"])
    assert places(settings.workspace, *one.records) == {"store/tombstones"}
    assert places(settings.workspace, *one.shared) == set()


def test_a_telephone_of_many_is_nobody_s(empty_workspace: MakeWorkspace) -> None:
    rows = "".join(
        f"{n},p{n}@example.com,,+41446681800,2025-01-01 08:00,2026-11-01 09:00\n" for n in range(1, 6)
    )
    settings = landed_only(empty_workspace, rows)
    with pytest.raises(EraseError, match="telephone number stands with so many customers"):
        find(settings, ("phone", "+41446681800"))


def test_of_a_ticket_that_is_somebody_else_s_now_only_the_version_that_named_her_goes(
    empty_workspace: MakeWorkspace,
) -> None:
    given_on = TICKET.replace("31", "32").replace("old.ann", "p102").replace("2T09", "9T09")
    folder = empty_workspace(files={"inbox/1.json": TICKET, "inbox/2.json": given_on})
    settings = load_settings(folder / "careful.toml")
    store, key = Store(settings.store), read_key(settings.key_file)
    take_in(settings, store, all_profiles(), key)
    (one,) = find(settings, ("zendesk_user", "31")).customers
    one.write(store)
    erase.finish(settings, store, key)
    erase.settle(store)
    assert places(settings.workspace, *one.values, "old.ann") == {"store/tombstones"}
    assert places(settings.workspace, "p102@example.com") == {"store/vault"}
