"""What the sample company promises: files as the vendors write them, and a truth that adds up."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.door.recognise import check_mapping
from pipelines.settings import load_settings
from pipelines.sources import all_profiles

GENERATOR = Path(__file__).resolve().parents[2] / "sample_data" / "generate.py"
COMMITTED = GENERATOR.parent
LARGEST_BYTES = 8_000_000
EXAMPLE_ADDRESS = re.compile(r"@example\.(com|org|net)$", re.IGNORECASE)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def booked(company: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(entry["drop"], entry["file"]): entry for entry in company.truth["files"]}


def header_rows(file: str) -> int:
    return 3 if "Relationship_survey" in file else 1


def test_the_same_arguments_write_the_same_bytes(small: Any, write_company: Callable[..., Any]) -> None:
    assert digests(write_company().folder) == digests(small.folder)


def test_another_seed_makes_other_people_and_other_orders(
    small: Any, write_company: Callable[..., Any]
) -> None:
    other = write_company(seed=21)
    for name in ("all-contacts", "orders_export"):
        assert other.files(name)[0].content != small.files(name)[0].content


def test_plain_writes_the_same_content_without_zips(small: Any, write_company: Callable[..., Any]) -> None:
    plain = write_company(plain=True)
    zips = [path.name for path in plain.folder.rglob("*.[zZ][iI][pP]")]
    assert set(zips) == {"WE_00D8a000001kRXSUA2_1.ZIP"}
    assert [found.content for found in plain.files("tickets_")] == [
        found.content for found in small.files("tickets_")
    ]


def test_the_command_line_says_how_few_customers_are_too_few(tmp_path: Path) -> None:
    command = [sys.executable, str(GENERATOR), "--customers", "50", "--out", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "at least 100" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_csv_has_rows_as_wide_as_its_header_except_the_one_spoilt_on_purpose(small: Any) -> None:
    too_wide = []
    for found in small.files():
        if found.file.startswith("tickets_") or found.content.startswith(b"<!DOCTYPE"):
            continue
        header, *rows = found.table()
        too_wide += [(found.drop, found.file) for row in rows if len(row) != len(header)]
    assert too_wide == [("2026-09-28", "orders_export_1.csv")]


def test_every_line_of_the_helpdesk_is_json_except_the_one_cut_off_on_purpose(small: Any) -> None:
    broken = []
    for found in small.files("tickets_"):
        for line in found.text.splitlines():
            try:
                json.loads(line)
            except json.JSONDecodeError:
                broken.append(found.drop)
    assert broken == ["2026-11-02"]


def test_the_truth_lists_every_file_and_its_rows(small: Any) -> None:
    entries = booked(small)
    counted = {}
    for found in small.files():
        if found.file.startswith("tickets_"):
            counted[found.drop, found.file] = len(found.text.splitlines())
        elif not found.content.startswith(b"<!DOCTYPE"):
            counted[found.drop, found.file] = len(found.table()) - header_rows(found.file)
    with_rows = {key: rows for key, rows in counted.items() if rows or not key[1].startswith("WE_")}
    assert with_rows == {key: entry["rows"] for key, entry in entries.items() if not entry.get("is_refused")}


def test_the_truth_counts_the_rows_that_came_before(small: Any) -> None:
    seen: dict[str, set[tuple[str, ...]]] = {}
    for found in small.files("orders_export"):
        before = seen.setdefault("orders", set())
        rows = [tuple(row) for row in found.table()[1:] if len(row) == 79]
        again = sum(row in before for row in rows)
        before.update(rows)
        assert again == booked(small)[found.drop, found.file]["repeated_rows"], found.drop


def test_an_order_file_repeats_the_last_fifty_orders_and_corrects_some(small: Any) -> None:
    def orders(found: Any) -> dict[str, list[str]]:
        return {row[55]: row for row in found.table()[1:] if len(row) == 79 and row[55]}

    first, second = (orders(found) for found in small.files("orders_export")[:2])
    repeated = first.keys() & second.keys()
    assert len(repeated) == 50
    assert sum(first[order] != second[order] for order in repeated) >= 2


def test_fewer_than_one_row_in_two_hundred_is_bad_at_the_default_size(committed: Any) -> None:
    entries = committed.truth["files"]
    bad = sum(len(entry.get("bad_rows", [])) for entry in entries)
    assert 0 < bad < sum(entry.get("rows", 0) for entry in entries) / 200


def test_the_last_drop_holds_one_page_that_is_no_export(small: Any) -> None:
    refused = [entry for entry in small.truth["files"] if entry.get("is_refused")]
    assert [entry["drop"] for entry in refused] == ["2026-11-16"]
    page = next(
        found for found in small.files() if (found.drop, found.file) == ("2026-11-16", refused[0]["file"])
    )
    assert page.content.startswith(b"<!DOCTYPE html>")


def test_the_shop_exports_its_79_columns_and_order_cells_on_first_lines_only(small: Any) -> None:
    header, *rows = small.files("orders_export")[0].table()
    assert (len(header), header[0], header[55], header[-1]) == (79, "Name", "Id", "Payment References")
    lines = Counter(row[0] for row in rows)
    firsts = Counter(row[0] for row in rows if row[header.index("Id")])
    assert set(firsts.values()) == {1}
    assert lines.keys() == firsts.keys()
    assert max(lines.values()) > 1


def test_an_order_costs_its_lines_less_the_discount_and_plus_shipping(small: Any) -> None:
    header, *rows = small.files("orders_export")[0].table()
    cell = {name: header.index(name) for name in header}
    listed: Counter[str] = Counter()
    for row in rows:
        quantity, price = (row[cell[f"Lineitem {name}"]] for name in ("quantity", "price"))
        listed[row[cell["Name"]]] += int(quantity) * round(float(price) * 100)
    discounted = 0
    for row in rows:
        if row[cell["Id"]]:
            names = ("Subtotal", "Shipping", "Total", "Discount Amount")
            subtotal, shipping, total, discount = (round(float(row[cell[name]]) * 100) for name in names)
            assert listed[row[cell["Name"]]] == subtotal + discount
            assert total == subtotal + shipping
            assert (discount > 0) == (row[cell["Discount Code"]] == "DANKE15")
            discounted += discount > 0
    assert discounted > 10


def test_every_occasion_an_initiative_names_is_one_the_product_knows(small: Any) -> None:
    known = {path.stem for path in (COMMITTED.parent / "queries" / "occasions").glob("*.sql")}
    header, *rows = small.files("initiatives")[0].table()
    named = {row[header.index("occasion")] for row in rows} - {""}
    assert {"second_order", "felt_bad"} <= named <= known


def test_some_names_in_the_crm_are_broken_and_most_are_not(committed: Any) -> None:
    header, *rows = committed.files("all-contacts")[0].table()
    first, preferred = (
        [row[header.index(name)] for row in rows if row[header.index(name)]]
        for name in ("First Name", "Preferred name")
    )
    assert {"{FIRSTNAME}"} < {name for name in first if name.isupper()}
    for names in (first, preferred):
        broken = sum(name.isupper() or not name[0].isalpha() or name == "n/a" for name in names)
        assert 0 < broken < 0.05 * len(names)


def test_order_times_carry_the_offset_of_the_season(small: Any) -> None:
    times = [row[15] for found in small.files("orders_export") for row in found.table()[1:]]
    assert {time[-5:] for time in times if "-07-" in time} == {"+0200"}
    assert {time[-5:] for time in times if "-01-" in time} == {"+0100"}


def test_survey_exports_keep_their_import_ids_whoever_exported_them(small: Any) -> None:
    headers = [found.table()[:3] for found in small.files("Relationship_survey")]
    assert len({tuple(header[2]) for header in headers}) == 1
    assert {header[1][1] for header in headers} == {"End Date", "Enddatum"}
    ids = [json.loads(cell)["ImportId"] for cell in headers[0][2]]
    questions = [*(f"QID{n}" for n in range(1, 9)), "QID9_TEXT", *(f"QID{n}" for n in range(10, 14))]
    assert ids[-14:] == [*questions, "customer_id"]


def test_survey_waves_overlap_twice_and_hold_previews_and_unfinished_answers(small: Any) -> None:
    waves = [
        {row[8] for row in found.table()[3:] if row[2] == "0"} for found in small.files("Relationship_survey")
    ]
    overlaps = [number for number in range(1, len(waves)) if waves[number - 1] & waves[number]]
    assert overlaps == [3, 6]
    rows = [row for found in small.files("Relationship_survey") for row in found.table()[3:]]
    assert {row[2] for row in rows} == {"0", "1"}
    assert {row[6] for row in rows} == {"0", "1"}


def test_one_crm_drop_has_the_old_id_labels(small: Any) -> None:
    for kind, label in [
        ("all-contacts", "Contact ID"),
        ("all-deals", "Deal ID"),
        ("all-tickets", "Ticket ID"),
    ]:
        exports = [found for found in small.files(kind) if not found.content.startswith(b"<")]
        assert [found.drop for found in exports if found.table()[0][0] == label] == ["2026-10-12"]
        assert {found.table()[0][0] for found in exports} == {label, "Record ID"}


def test_a_merged_crm_contact_vanishes_into_the_list_of_its_survivor(small: Any) -> None:
    history, *weekly = (found.table() for found in small.files("all-contacts"))
    merged_column = history[0].index("Merged record IDs")
    alive = {row[0] for row in history[1:]}
    merged_later = {
        part for table in weekly for row in table[1:] for part in row[merged_column].split(";") if part
    }
    assert alive & merged_later
    assert not merged_later & {row[0] for table in weekly for row in table[1:]}


def test_the_weekly_archive_is_single_byte_and_marks_merged_losers(small: Any) -> None:
    archive = [found for found in small.files("WE_") if found.drop == "2026-11-16"]
    accounts = next(found for found in archive if found.file.endswith("Account.csv"))
    with pytest.raises(UnicodeDecodeError):
        accounts.content.decode("utf-8")
    header, *rows = accounts.table()
    losers = [dict(zip(header, row, strict=True)) for row in rows if row[1] == "1"]
    ids = {row[0] for row in rows}
    assert losers
    assert all(loser["MasterRecordId"] in ids for loser in losers)
    assert next(found for found in archive if found.file.endswith("Task.csv")).table()[1:] == []


def test_record_ids_of_the_archive_carry_true_check_characters() -> None:
    from sample_data.vendors.salesforce import record_id

    assert record_id("001", 5)[:15] == "0018a0000200" + record_id("001", 5)[12:15]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    for number in (0, 7, 500_123):
        key = record_id("003", number)
        for block in range(3):
            five = key[block * 5 : block * 5 + 5]
            assert key[15 + block] == letters[sum(1 << i for i, c in enumerate(five) if c.isupper())]


def test_nothing_in_a_drop_happened_after_it(small: Any) -> None:
    for found in small.files("tickets_"):
        for line in found.text.splitlines():
            moments = re.findall(r'"(\d{4}-\d\d-\d\dT[\d:]+Z)"', line)
            assert max(moments) < f"{found.drop}T00:00:00Z"


def test_people_are_obviously_invented(small: Any) -> None:
    header, *rows = small.files("all-contacts")[0].table()
    column = {name: [row[position] for row in rows] for position, name in enumerate(header)}
    assert all(EXAMPLE_ADDRESS.search(email) for email in column["Email"])
    assert all(" 555 " in phone for phone in column["Phone Number"] if phone)
    assert {"O'Neil", "Müller"} & set(column["Last Name"])
    assert any(email.isupper() for email in column["Email"])


def test_everyone_drawn_for_the_note_is_a_customer_and_had_a_hundred_days(small: Any) -> None:
    customers = {row[28] for found in small.files("all-contacts") for row in found.table()[1:]}
    drawn = [
        row for found in small.files("assignments") for row in found.table()[1:] if row[0] == "INIT-NOTE"
    ]
    assert {row[2] for row in drawn} <= customers
    assert len({row[2] for row in drawn}) == len(drawn)
    assert max(row[6] for row in drawn) < "2026-08-08"
    arms = Counter(row[3] for row in drawn)
    assert arms == {
        arm: said["drawn"] for arm, said in small.truth["initiatives"]["INIT-NOTE"]["arms"].items()
    }


def test_the_product_accepts_the_settings(small: Any) -> None:
    settings = load_settings(small.folder / "careful.toml")
    check_mapping(all_profiles(), settings)
    assert settings.company.sample
    assert settings.as_of().isoformat() == "2026-11-16T05:00:00"
    assert settings.care.top_customers == len(small.truth["top_customers"]["by_true_expected_value"])


def test_exchange_rates_cover_the_first_month_and_the_last(committed: Any) -> None:
    lines = (committed.folder / "rates.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "currency,valid_from,rate_to_reporting"
    assert lines[1].startswith("CHF,2024-09-01,")
    assert lines[-1].startswith("CHF,2026-11-01,")


def test_the_committed_company_is_small_enough_and_is_what_the_generator_writes(
    committed: Any, write_company: Callable[..., Any]
) -> None:
    folder = committed.folder
    written = [
        path for path in folder.rglob("*") if path.is_file() and "cache" not in str(path.relative_to(folder))
    ]
    assert sum(path.stat().st_size for path in written) <= LARGEST_BYTES
    anew = write_company(customers=committed.truth["customers"], seed=committed.truth["seed"])
    assert anew.truth == committed.truth
    assert anew.files() == committed.files()
