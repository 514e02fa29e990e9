"""Nothing is believed too easily: what is damaged, cut off, strange or swollen is refused whole, in one sentence."""

import gzip
import io
import shutil
import struct
import zipfile

import pytest

from pipelines.door.land import read_loads
from pipelines.door.plausible import FEWEST_TO_COMPARE
from pipelines.door.read import MOST_COLUMNS
from pipelines.door.text import LONGEST_RECORD
from pipelines.sources import hubspot

HEADER = "Record ID,Email,Create Date,Last Modified Date,First Name\n"
TICKET = (
    '{{"id": {0}, "requester_id": 7, "status": "open", "via": {{"channel": "email"}}, '
    '"created_at": "2026-11-02T08:00:00Z", "updated_at": "2026-11-02T08:00:00Z"}}\n'
)
FULL = '[sources.hubspot]\nfull_export = ["contact"]\n'


def people(count: int, name: str = "Ann") -> str:
    return HEADER + "".join(
        f"{number},p{number}@example.com,2026-05-01 08:00,2026-05-01 08:00,{name}\n"
        for number in range(1, count + 1)
    )


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


# Cut off


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_zip_that_was_cut_off_anywhere_is_refused(desk, kept):
    whole = zipped({"contacts.csv": people(500)})
    assert desk.refuse(whole[: int(len(whole) * kept)], name="e.zip") == (
        "It is named .zip but is not a readable ZIP; download it again."
    )


def test_a_gzip_that_was_cut_off_is_refused(desk):
    whole = gzip.compress(people(500).encode())
    assert desk.refuse(whole[:-20], name="e.csv.gz") == "The GZIP is cut off; download it again."


def test_a_csv_that_was_cut_off_inside_a_quoted_cell_is_refused(desk):
    assert desk.refuse(people(3) + '4,p4@example.com,2026-05-01 08:00,2026-05-01 08:00,"An') == (
        "A quoted cell is never closed: the file is cut off or damaged."
    )


@pytest.mark.parametrize("last", ["4", "4,p4@exam", "4,p4@example.com,2026-05-01 08:00,2026-05-0"])
def test_a_csv_whose_last_row_is_not_whole_and_has_no_line_end_was_cut_off_and_is_refused(desk, last):
    assert desk.refuse(people(3) + last) == (
        "Its last row (line 5) is not whole: the file was cut off. Export or download it again."
    )


def test_a_row_that_is_not_whole_but_ends_as_a_line_is_set_aside_and_the_others_land(desk, counts):
    assert counts(desk.read(people(3) + "4,p4@exam\n")) == (4, 3, 1, 0)
    assert counts(desk.read(people(5).replace("2,p2@example.com,", "2,"), on="2026-11-11")) == (5, 2, 1, 2)


def test_a_last_row_with_all_its_cells_is_taken_with_or_without_a_line_end(desk, counts):
    assert counts(desk.read(people(3).rstrip("\n"))) == (3, 3, 0, 0)


@pytest.mark.parametrize(
    "last", ["Total: 3", '"Grand Total:",3', "Total records: 3", "Anzahl = 3", "Rows: 3 of 3"]
)
def test_a_last_line_that_sums_up_was_not_cut_off_but_is_set_aside(desk, counts, last):
    assert counts(desk.read(people(3) + last)) == (4, 3, 1, 0)


@pytest.mark.parametrize("last", ["Total", "Totally", "Total Energies", "Countess Ann, the: 3"])
def test_a_last_line_that_only_begins_like_a_sum_was_cut_off(desk, last):
    assert "was cut off" in desk.refuse(people(3) + last)


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\r\n\x1a"])
def test_the_mark_that_old_systems_end_a_file_with_is_no_row(desk, counts, end):
    assert counts(desk.read(people(3).rstrip("\n") + end)) == (3, 3, 0, 0)


def test_what_is_cut_off_is_refused_with_the_mark_of_an_old_system_too(desk):
    assert "was cut off" in desk.refuse(people(3) + "4,p4@exam\x1a")


def test_json_lines_whose_last_line_is_not_whole_were_cut_off_and_are_refused(desk):
    assert desk.refuse(TICKET.format(1) + TICKET.format(2) + TICKET.format(3)[:60], name="t.ndjson") == (
        "Its last row (line 3) is not whole: the file was cut off. Export or download it again."
    )


# Something else


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Ann Example</body></html>\n",
        "\ufeff<html><body>Your session is over</body></html>",
    ],
)
def test_a_log_in_page_saved_as_csv_is_refused_as_what_it_is(desk, page):
    assert desk.refuse(page, name="hubspot-crm-exports-all-contacts-2026-11-09.csv") == (
        "It is a web page, not an export: the download was a log-in page. Sign in and export again."
    )


def test_a_file_is_what_its_columns_say_whatever_it_is_called(desk):
    desk.put("zendesk-tickets-2026-11-09.csv", people(1))
    (load,) = desk.take_in().loads
    assert (load.source, load.object) == ("hubspot", "contact")


def test_a_file_of_a_source_that_nobody_knows_is_refused(desk):
    assert desk.refuse("Employee,Salary,Grade\nAnn Example,100000,7\n").startswith(
        "Its columns are those of no known export"
    )


def test_a_file_without_a_required_column_is_refused_and_the_column_named(desk):
    complete = (
        "Record ID,Email,Create Date,First Name,Last Name,Phone Number,Merged record IDs,Lifecycle Stage"
    )
    said = desk.refuse(complete.replace("Create Date", "Birthday") + "\n1,ann@example.com,,,,,,\n")
    assert (
        said
        == "It looks like hubspot contact, but has no column 'Create Date'. Export it again with that column."
    )


# Beyond reason


@pytest.mark.parametrize("name", ["../a.csv", "a/../../b.csv", "/etc/a.csv", "..\\a.csv", "C:/../a.csv"])
def test_a_zip_that_leads_outside_itself_is_refused_and_writes_nothing_there(desk, name):
    assert desk.refuse({name: people(1)}, name="e.zip") == "The ZIP holds a path that leads outside it."
    assert not list(desk.settings.workspace.rglob("a.csv"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(desk):
    bomb = {"contacts.csv": HEADER + "\n" * 20_000_000}
    assert desk.refuse(bomb, name="e.zip") == "The ZIP expands to more than 200 times its size."


def test_a_zip_that_lies_about_the_size_of_a_file_is_refused(desk):
    lying = bytearray(zipped({"contacts.csv": HEADER + "\n" * 20_000_000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", lying, lying.index(mark) + offset, 1_000)
    assert desk.refuse(bytes(lying), name="e.zip") == (
        "The ZIP can not be opened (BadZipFile); download it again."
    )


def test_a_gzip_bomb_is_refused(desk):
    bomb = gzip.compress(HEADER.encode() + b"\n" * 20_000_000)
    assert desk.refuse(bomb, name="e.csv.gz") == "The GZIP expands to more than 200 times its size."


@pytest.mark.parametrize("cell", ["x" * LONGEST_RECORD, '"' + "x\n" * (LONGEST_RECORD // 2) + '"'])
def test_a_cell_bomb_is_refused(desk, cell):
    assert desk.refuse(people(2) + f"3,ann@example.com,2026-05-01 08:00,2026-05-01 08:00,{cell}\n") == (
        "It has a row of more than 16 MB, which no export has: its quoting or its line ends are damaged."
    )


def test_a_header_of_a_hundred_thousand_columns_is_refused(desk):
    wide = HEADER.strip() + "".join(f",c{number}" for number in range(100_000)) + "\n"
    assert desk.refuse(wide) == (
        f"It has 100,005 columns, more than any export (at most {MOST_COLUMNS:,}); export it again."
    )


def test_a_long_letter_in_a_cell_is_no_bomb(desk, counts):
    letter = '"' + "Dear all,\n" * 50_000 + '"'
    assert counts(
        desk.read(people(1) + f"2,bo@example.com,2026-05-01 08:00,2026-05-01 08:00,{letter}\n")
    ) == (
        2, 2, 0, 0,
    )  # fmt: skip


def test_a_file_of_no_bytes_is_refused(desk):
    assert desk.refuse(b"") == "The file is empty. Export it again."


def test_a_header_alone_is_an_export_of_nothing(desk, counts):
    assert counts(desk.read(HEADER)) == (0, 0, 0, 0)


# Far fewer rows than the last full export


def test_a_full_export_with_far_fewer_rows_than_the_last_one_is_refused_and_says_how_many_were_expected(
    open_desk,
):
    desk = open_desk(FULL)
    desk.read(people(1_000), on="2026-11-03")
    assert desk.refuse(people(600)) == (
        "It has 600 rows of hubspot contact, where the last full export (03 November 2026) had 1,000. Export all of "
        "them again; if so many are really gone, put it into inbox/accepted/."
    )
    assert len(read_loads(desk.store)) == 1


def test_a_header_alone_after_a_big_full_export_is_far_fewer_rows(open_desk):
    desk = open_desk(FULL)
    desk.read(people(FEWEST_TO_COMPARE), on="2026-11-03")
    assert desk.refuse(HEADER).startswith("It has 0 rows of hubspot contact, where the last full export")


@pytest.mark.parametrize(("before", "now"), [(1_000, 700), (1_000, 5_000), (FEWEST_TO_COMPARE - 1, 1)])
def test_an_export_of_a_few_rows_less_or_of_more_or_of_a_handful_is_taken(open_desk, before, now):
    desk = open_desk(FULL)
    desk.read(people(before), on="2026-11-03")
    assert desk.read(people(now)).rows_read == now


def test_an_export_that_is_not_declared_full_may_have_any_number_of_rows(desk):
    desk.read(people(1_000), on="2026-11-03")
    assert desk.read(people(1)).rows_read == 1


def test_who_says_that_it_is_right_puts_the_file_into_accepted_and_the_next_is_measured_by_it(open_desk):
    desk = open_desk(FULL)
    desk.read(people(1_000), on="2026-11-03")
    desk.refuse(people(600), name="a.csv")
    refused = desk.settings.inbox / "refused" / "a.csv"
    (desk.settings.inbox / "accepted").mkdir()
    shutil.move(refused, desk.settings.inbox / "accepted" / "a.csv")
    (load,) = desk.take_in().loads
    assert load.rows_read == 600
    assert "accepted with far fewer rows than the full export before" in load.notes
    assert desk.read(people(500), on="2026-11-12").rows_read == 500


def test_what_is_no_export_is_refused_from_accepted_too(desk):
    assert desk.refuse("a,b\n1,2\n", name="accepted/a.csv").startswith(
        "Its columns are those of no known export"
    )


def test_the_parts_of_a_full_export_in_one_zip_are_counted_together(open_desk):
    desk = open_desk(FULL)
    desk.read(people(1_000), on="2026-11-03")
    rows = people(1_000).removeprefix(HEADER).splitlines(keepends=True)
    desk.put("e.zip", {"1.csv": HEADER + "".join(rows[:600]), "2.csv": HEADER + "".join(rows[600:])})
    assert [load.rows_read for load in desk.take_in().loads] == [600, 400]
    assert desk.refuse(people(600)).startswith("It has 600 rows")


def test_the_parts_of_a_full_export_that_come_one_by_one_are_measured_by_the_smallest(open_desk):
    desk = open_desk(FULL)
    for day in ("2026-11-03", "2026-11-10"):
        for part, rows in enumerate((600, 300)):
            assert desk.read(people(rows, name=day), on=f"{day}T0{part}:00").rows_read == rows


def test_a_far_smaller_full_export_of_the_same_day_is_taken_and_noted(open_desk):
    desk = open_desk(FULL)
    assert desk.read(people(1_000), on="2026-11-10T04:00").notes == []
    assert desk.read(people(600, name="Bo"), on="2026-11-10T05:00").notes == [
        "600 rows, where a full export earlier on the same day had 1,000: it is another part of it, or rows are missing"
    ]
    assert desk.read(people(900, name="Cy"), on="2026-11-10T06:00").notes == []


def test_one_object_with_far_fewer_rows_keeps_the_whole_zip_out(open_desk):
    desk = open_desk(FULL)
    deals = "Record ID,Deal Name,Deal Stage\n1,Boat,won\n"
    desk.read(people(100), on="2026-11-03")
    desk.put("e.zip", {"deals.csv": deals, "contacts.csv": people(10)})
    (refusal,) = desk.take_in().refusals
    assert refusal["reason"].startswith("It has 10 rows")
    assert (refusal["source"], refusal["object"]) == ("hubspot", "")
    assert desk.table("hubspot__deal").is_empty()


@pytest.mark.parametrize("last", ["Total: 2", '"Grand Total: 2"', "Summe = 2", "Anzahl Kontakte: 2"])
def test_a_sum_below_the_rows_is_no_record_though_it_has_the_cells_of_one(desk, counts, last):
    load = desk.read(people(2) + last + ",,,,\n")
    assert counts(load) == (3, 2, 1, 0)
    assert desk.set_aside(load) == [(4, "", "a_total")]


@pytest.mark.parametrize(("name", "is_one"), [("all-tickets.csv", True), ("calls.csv", False)])
def test_an_export_that_lacks_a_column_keeps_its_zip_out_if_it_is_called_what_it_is(desk, name, is_one):
    columns = [
        column.labels[0] for column in hubspot.TICKET.columns if column.labels and column.name != "status"
    ]
    files = {"contacts.csv": people(9), name: ",".join(columns) + "\n" + "," * (len(columns) - 1) + "\n"}
    desk.put("e.zip", files)
    done = desk.take_in()
    if is_one:
        (refusal,) = done.refusals
        assert refusal["reason"].startswith(
            f"Inside it, {name}: It looks like hubspot ticket, but has no column"
        )
        assert (refusal["source"], refusal["object"]) == ("hubspot", "")
    assert desk.table("hubspot__contact").is_empty() == is_one


# Encodings


def test_lines_in_two_encodings_are_read_each_in_its_own_and_counted(desk):
    stage = "Record ID,Email,Create Date,Lifecycle Stage\n"
    rows = [
        "1,ann@example.com,2026-05-01 08:00,Zürich\n".encode(),
        "2,bo@example.com,2026-05-01 08:00,Genève\n".encode("cp1252"),
        "3,cy@example.com,2026-05-01 08:00,Málaga\n".encode(),
    ]
    load = desk.read(stage.encode() + b"".join(rows))
    landed = desk.landed("hubspot__contact", "lifecycle_stage")
    assert [row["lifecycle_stage"] for row in landed] == ["Zürich", "Genève", "Málaga"]
    assert [note for note in load.notes if "cp1252" in note and note.startswith("1 line")]
