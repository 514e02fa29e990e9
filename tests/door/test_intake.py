"""Every file in the inbox, once: landed and kept in the vault, or refused whole with the reason beside it."""

import os
import stat
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.door.intake import take_in, waiting
from pipelines.door.land import read_loads, sweep
from pipelines.door.originals import read_refusals, without_personal
from pipelines.door.pseudonym import PseudonymKeyError
from pipelines.engine.duck import open_engine, register_landing
from pipelines.settings import SettingsError, load_settings
from pipelines.sources import all_profiles
from pipelines.sources.hubspot import CONTACT

CONTACTS = (
    "Record ID,Email,Create Date\n1,ann@example.com,2026-05-01 08:00\n2,bo@example.com,2026-05-01 08:00\n"
)
WITH_GROUP = "Record ID,Email,Create Date,Customer group\n1,ann@example.com,2026-05-01 08:00,Family\n"
ORDERS = (
    "Name,Email,Financial Status,Currency,Total,Created at,Refunded Amount,Id\n"
    "#1,ann@example.com,{status},EUR,20.00,2026-05-01 08:00:00 +0200,{refunded},1\n"
)
LATER_ORDER = "#2,bo@example.com,paid,EUR,9.00,2026-05-02 08:00:00 +0200,0.00,2\n"
GOALS = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.7,2026-12-31,Board\n"
UNKNOWN = "Its columns are those of no known export"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\r\n \n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "It is a web page"),
        (b'\n  <HTML lang="de">' + b"x" * 200_000, "It is a web page"),
        (b"a,b\n1,2\n", UNKNOWN),
        (b"Record ID,E-Mail,Create Date\n1,ann@example.com,2026-05-01\n", UNKNOWN),
        (
            b"Record ID,E-Mail,Create Date,First Name,Last Name,Phone Number,Merged record IDs,Lifecycle Stage\n",
            "It looks like hubspot contact, but has no column 'Email'.",
        ),
        (b"%PDF-1.7\n\0\0\0", "It is not a text file."),
        (CONTACTS.encode("utf-16-le"), "It is not a text file."),
        (CONTACTS.replace("bo@", "bo\0@").encode(), "It is not a text file."),
        (CONTACTS.encode() + b'3,"cy@example.com', "A quoted cell is never closed"),
        (CONTACTS.encode() + b'3,cy "the" one,2026\n', "A quote stands in the middle of a cell (line 4)"),
        (b"\xef\xbb\xbf" + CONTACTS.encode() + b"3,\xe9,2026\n", "It starts as utf-8-sig"),
        (b'{"id": 1,\n"status": "open"}\n', "It looks like JSON lines"),
        (b'{"id": 1}\n', UNKNOWN),
        (b'[{"id": 1}]\n', UNKNOWN),
        (b"PK\x03\x04 torn", UNKNOWN),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_whole_with_the_reason_beside_it(desk, content, reason):
    told = desk.refuse(content)
    assert told.startswith(reason)
    refused, beside = desk.refusals()
    assert (refused.name, refused.read_bytes()) == ("a.csv", content)
    assert beside.read_text(encoding="utf-8") == told + "\n"
    assert [entry["reason"] for entry in read_refusals(desk.store)] == [told]
    assert waiting(desk.settings.inbox) == []


def test_a_header_that_fits_two_exports_equally_well_is_refused(desk):
    twin = replace(CONTACT, object="twin")
    desk.put("a.csv", CONTACTS)
    ((refusal),) = desk.take_in([CONTACT, twin]).refusals
    assert refusal["reason"].startswith("Its header fits hubspot__contact and hubspot__twin equally well")


def test_one_refused_file_does_not_keep_the_others_out(desk):
    desk.put("a.csv", "a,b\n1,2\n")
    desk.put("b.csv", CONTACTS)
    done = desk.take_in()
    assert (len(done.refusals), len(done.loads)) == (1, 1)


def test_a_file_that_breaks_the_reader_is_refused_without_a_word_of_its_content(desk):
    def stumble(frame: pl.DataFrame) -> pl.DataFrame:
        raise ValueError(f"what is {frame['email'][0]}")

    desk.put("a.csv", CONTACTS)
    desk.put("b.csv", GOALS)
    done = desk.take_in(
        [replace(CONTACT, prepare=stumble), *(p for p in all_profiles() if p.source == "careful")]
    )
    assert [refusal["reason"] for refusal in done.refusals] == [
        "Reading it failed in an unforeseen way (ValueError); nothing of it was taken."
    ]
    assert [load.object for load in done.loads] == ["goal"]


def test_files_refused_under_one_name_are_all_kept(desk):
    for content in ("x", "y", "z"):
        desk.refuse(content)
    assert {path.read_text() for path in desk.refusals() if path.suffix == ".csv"} == {"x", "y", "z"}
    assert len(desk.refusals()) == 6


def test_refused_and_hidden_files_are_not_read_again(desk):
    desk.put("refused/a.csv", CONTACTS)
    desk.put(".hidden.csv", CONTACTS)
    desk.put(".cache/a.csv", CONTACTS)
    assert waiting(desk.settings.inbox) == []


def test_files_are_read_in_the_order_they_arrived_from_any_folder(desk):
    desk.put("a.csv", CONTACTS.replace("08:00", "10:00"), on="2026-11-11")
    desk.put("deep/er/b.csv", CONTACTS, on="2026-11-10")
    assert [load.received_at.day for load in desk.take_in().loads] == [10, 11]


def test_what_a_file_is_called_is_not_kept_since_it_may_be_a_name(desk):
    desk.put("Anna Keller private.csv", CONTACTS)
    (load,) = desk.take_in().loads
    assert load.file == "hubspot__contact.csv"


def test_of_files_that_arrive_together_the_one_that_reaches_further_is_the_newer(desk):
    older = ORDERS.format(status="paid", refunded="0.00")
    newer = ORDERS.format(status="partially_refunded", refunded="5.00") + LATER_ORDER
    for name, content in (("a.csv", newer), ("b.csv", older)):
        desk.put(name, content)
    desk.take_in()
    engine = open_engine("UTC")
    register_landing(engine, desk.store, read_loads(desk.store), all_profiles())
    rows = "select refunded_amount from landing.shopify__order order by created_at"
    assert [float(amount) for (amount,) in engine.execute(rows).fetchall()] == [5.0, 0.0]


def test_a_corrected_mapping_reads_the_same_file_again(desk):
    desk.put("a.csv", WITH_GROUP)
    first = desk.take_in().loads
    mapped = desk.settings.path.read_text() + '[mapping.hubspot]\n"Customer group" = "segment"\n'
    desk.settings.path.write_text(mapped)
    desk.settings = load_settings(desk.settings.path)
    desk.put("a.csv", WITH_GROUP)
    second = desk.take_in().loads
    assert [load.rows_loaded for load in (*first, *second)] == [1, 1]


def test_a_file_sent_again_under_another_name_lands_nothing_and_advances_its_sighting(open_desk, counts):
    desk = open_desk('[sources.hubspot]\nfull_export = ["contact"]\n')
    desk.read(CONTACTS, on="2026-11-10", name="first.csv")
    again = desk.read(CONTACTS, on="2026-11-12", name="second.csv")
    assert counts(again) == (2, 0, 0, 2)
    assert desk.table("sighting").height == 4
    assert desk.table("sighting")["received_at"].max() == datetime(2026, 11, 12)


def test_the_very_same_file_at_the_same_time_is_one_load(desk):
    desk.put("first.csv", CONTACTS)
    desk.put("second.csv", CONTACTS)
    assert len(desk.take_in().loads) == 1
    assert len(read_loads(desk.store)) == 1
    assert waiting(desk.settings.inbox) == []


def test_a_person_whose_row_is_set_aside_was_still_in_the_full_export(open_desk, counts):
    desk = open_desk('[sources.hubspot]\nfull_export = ["contact"]\n')
    load = desk.read(CONTACTS.replace("bo@example.com,2026-05-01", "bo@example.com,01/05/2026"))
    assert counts(load) == (2, 1, 1, 0)
    assert set(desk.table("sighting")["record_key"]) == {
        desk.hash("hubspot|contact|1"),
        desk.hash("hubspot|contact|2"),
    }


def test_an_export_in_a_sub_folder_of_a_zip_is_read(desk, counts):
    load = desk.read(
        {"export/2026/contacts.csv": CONTACTS, "export/": "", "readme.txt": "hello"}, name="e.zip"
    )
    assert counts(load) == (2, 2, 0, 0)
    assert "1 file(s) beside it in the ZIP are no known export" in load.notes


def test_all_parts_of_an_export_that_is_split_over_a_zip_are_read(desk, counts):
    desk.put(
        "e.zip", {"a-1.csv": CONTACTS, "a-2.csv": CONTACTS.replace("\n1,", "\n3,").replace("\n2,", "\n4,")}
    )
    loads = desk.take_in().loads
    assert [counts(load) for load in loads] == [(2, 2, 0, 0), (2, 2, 0, 0)]


@pytest.mark.parametrize(
    "name", ["../contacts.csv", "a/../../contacts.csv", "/etc/contacts.csv", "..\\contacts.csv"]
)
def test_a_zip_that_leads_outside_itself_is_refused(desk, name):
    assert desk.refuse({name: CONTACTS}, name="e.zip") == "The ZIP holds a path that leads outside it."


def test_a_zip_that_expands_beyond_reason_is_refused(desk):
    bomb = {"contacts.csv": CONTACTS + "\n" * 5_000_000}
    assert desk.refuse(bomb, name="e.zip") == "The ZIP expands to more than 200 times its size."


def test_a_zip_that_is_torn_or_damaged_is_refused(desk):
    path = desk.put("e.zip", {"contacts.csv": CONTACTS * 50})
    whole = path.read_bytes()
    path.unlink()
    assert desk.refuse(whole[: len(whole) // 2], name="e.zip").startswith(
        "It is named .zip but is not a readable ZIP"
    )
    for place in range(60, 100, 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        assert desk.refuse(bytes(damaged), name="e.zip").startswith("The ZIP can not be opened")


def test_an_encrypted_zip_is_refused(desk):
    path = desk.put("e.zip", {"contacts.csv": CONTACTS})
    locked = bytearray(path.read_bytes())
    path.unlink()
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = locked.index(mark) + offset
        (flags,) = struct.unpack_from("<H", locked, place)
        struct.pack_into("<H", locked, place, flags | 1)
    assert desk.refuse(bytes(locked), name="e.zip").startswith("The ZIP can not be opened (RuntimeError)")


def test_a_zip_without_a_known_export_is_refused(desk):
    assert desk.refuse({"a.csv": "a,b\n1,2\n", "b/c.png": b"\x89PNG\0"}, name="e.zip").startswith(UNKNOWN)


def test_a_damaged_file_inside_a_zip_is_named_without_what_its_name_tells_of_a_person(desk):
    reason = desk.refuse(
        {"a.csv": CONTACTS, "x/ann@example.com +41791234567.csv": "Record ID,\0"}, name="e.zip"
    )
    assert reason == "Inside it, … ….csv: It is not a text file."


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hubspot-crm-exports-all-contacts-2026-11-09-1.csv", None),
        ("tickets_20261109T061500.ndjson", None),
        ("2026-11-09_08.30.15 orders_export_1 (21).csv", None),
        ("WE_00D8a000001kRXSUA2_1.ZIP", None),
        ("export ann@example.com.csv", "export …"),
        ("call +41 79 123 45 67.csv", "call ….csv"),
        ("sms-0791234567.csv", "sms-….csv"),
        ("2026-11-09 41791234567.zip", "2026-11-09 ….zip"),
    ],
)
def test_a_file_s_name_is_told_without_addresses_and_telephone_numbers(name, told):
    assert without_personal(name) == (told or name)


def test_an_original_is_kept_ninety_days_from_when_it_came_in_however_old_it_was(open_desk):
    desk = open_desk("")
    desk.read(CONTACTS, on="2024-01-01")
    raw = desk.store.vault / "raw"
    (kept,) = raw.iterdir()
    assert kept.read_text() == CONTACTS
    desk.take_in()
    assert list(raw.iterdir()) == [kept]
    company = desk.settings.company.model_copy(update={"as_of": datetime(2027, 2, 13, 5, tzinfo=UTC)})
    settings = desk.settings.model_copy(update={"company": company})
    take_in(settings, desk.store, all_profiles(), desk.key)
    assert list(raw.iterdir()) == [kept]
    company = company.model_copy(update={"as_of": datetime(2027, 2, 15, 5, tzinfo=UTC)})
    take_in(settings.model_copy(update={"company": company}), desk.store, all_profiles(), desk.key)
    assert list(raw.iterdir()) == []


def test_the_data_reach_no_further_than_the_day_the_file_came(desk):
    load = desk.read(
        "Record ID,Email,Create Date,Last Modified Date\n"
        "1,ann@example.com,2026-05-01 08:00,2026-11-02 08:00\n"
        "2,bo@example.com,2026-05-01 08:00,2126-11-02 08:00\n"
    )
    assert load.data_through_at == datetime(2026, 11, 2, 7)


def test_the_vault_is_the_owner_s_alone(desk):
    desk.read(CONTACTS)
    assert desk.store.vault.stat().st_mode & 0o777 == 0o700


def test_whatever_the_vault_holds_and_an_original_was_is_the_owner_s_alone(desk):
    before = os.umask(0o022)
    try:
        desk.put("e.zip", {"contacts.csv": CONTACTS}).chmod(0o644)
        modes: set[tuple[bool, int]] = set()

        def look(said: str, done: int, total: int) -> None:
            inside = desk.store.vault.rglob("*")
            modes.update((path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in inside)

        take_in(desk.settings, desk.store, all_profiles(), desk.key, look)
        assert modes == {(True, 0o700), (False, 0o600)}
        modes.clear()
        look("", 0, 0)
        assert modes == {(True, 0o700), (False, 0o600)}
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_another_key_is_refused_before_anything_is_read(desk):
    desk.read(CONTACTS)
    desk.put("b.csv", CONTACTS)
    with pytest.raises(PseudonymKeyError, match="made with the pseudonym key"):
        take_in(desk.settings, desk.store, all_profiles(), bytes(32))
    assert [path.name for path in waiting(desk.settings.inbox)] == ["b.csv"]


def test_what_a_killed_run_left_is_swept_and_its_file_read_anew(desk, counts):
    desk.read(GOALS, name="a.csv")
    lost = desk.read(CONTACTS, name="b.csv")
    (desk.store.loads / f"{lost.load_id}.json").unlink()
    (desk.store.landing / "hubspot__contact" / "half.work").write_bytes(b"PAR1")
    (desk.store.vault / "spill").mkdir()
    assert sweep(desk.store) == 4
    kinds = {path.parent.name for path in desk.store.root.rglob("*.parquet")}
    assert kinds == {"careful__goal"}
    assert not (desk.store.vault / "spill").exists()
    assert counts(desk.read(CONTACTS, name="b.csv")) == (2, 2, 0, 0)


def test_a_file_that_landed_but_was_not_yet_put_away_is_put_away(desk):
    path = desk.put("a.csv", CONTACTS)
    content, moment = path.read_bytes(), path.stat().st_mtime
    desk.take_in()
    path.write_bytes(content)
    os.utime(path, (moment, moment))
    assert desk.take_in().loads == []
    assert waiting(desk.settings.inbox) == []
    assert len(desk.landed("hubspot__contact")) == 2


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ('[mapping.hubspott]\nA = "segment"\n', "'hubspot'"),
        ("[sources.zendesq]\nevery_days = 7\n", "'zendesk'"),
        ('[mapping.hubspot]\nA = "segmant"\n', "'segment'"),
        ('[mapping.qualtrics]\nQID1 = "succes"\n', "'success'"),
        ('[mapping.hubspot]\nA = "success"\n', "is not known"),
        ('[mapping.hubspot.deals]\nA = "stage"\n', "Did you mean 'deal'?"),
        ('[mapping.hubspot.contact]\nA = "stage"\n', "'A' = 'stage' is not known"),
        ('[sources.hubspot]\ndate_format = {deals = "%d/%m/%Y"}\n', "Did you mean 'deal'?"),
    ],
)
def test_a_mapping_to_something_unknown_stops_the_run_and_names_the_nearest(open_desk, settings, hint):
    desk = open_desk(settings)
    desk.put("a.csv", CONTACTS)
    with pytest.raises(SettingsError, match=hint):
        desk.take_in()
    assert len(waiting(desk.settings.inbox)) == 1


def test_a_mapping_of_a_field_that_a_file_lacks_is_no_fault(open_desk, counts):
    desk = open_desk('[mapping.hubspot]\n"Customer group" = "segment"\n')
    assert counts(desk.read(CONTACTS)) == (2, 2, 0, 0)
    assert "segment" not in desk.table("hubspot__contact").columns


def test_a_file_keeps_its_suffix_in_the_vault(desk):
    desk.put("W.ZIP", {"c.csv": CONTACTS})
    desk.take_in()
    (kept,) = (desk.store.vault / "raw").iterdir()
    assert kept.suffix == ".zip"
    assert zipfile.is_zipfile(kept)
