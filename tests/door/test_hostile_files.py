"""Files made to break the door, or that break it by chance: each alone is refused, and what is sound is not lost."""

import io
import zipfile
from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from pipelines.door import read

GOOD = "Record ID,Email,Create Date\n1,ann@example.com,2025-01-01 08:00\n"
DEALS = "Record ID,Deal Name,Deal Stage,Amount\n"


def workbook(cells: dict[str, object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for cell, value in cells.items():
        sheet.write(cell, value)
    book.close()
    return out.getvalue()


def packed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("contacts.csv", GOOD * 50)
    return out.getvalue()


def test_a_damaged_zip_of_any_compression_keeps_no_file_behind_it_from_being_read(desk):
    torn = bytearray(packed(zipfile.ZIP_LZMA))
    torn[60:75] = b"\xff" * 15
    desk.put("a.zip", bytes(torn), on="2026-11-01")
    desk.put("b.csv", GOOD)
    done = desk.take_in()
    assert [refusal["reason"] for refusal in done.refusals] == [
        "The ZIP can not be opened (LZMAError); download it again."
    ]
    assert [load.rows_loaded for load in done.loads] == [1]


def test_a_zip_of_thousands_of_files_is_refused_before_any_is_unpacked(desk):
    many = {f"{number}.csv": "a,b\n" for number in range(1001)}
    assert desk.refuse(many, name="a.zip") == "The ZIP holds more than 1,000 files; put in the exports alone."


@pytest.mark.parametrize("far", ["XFD1048576", "CV1048576"])
def test_a_workbook_with_a_cell_far_below_its_table_is_refused_before_it_is_read(desk, far):
    reason = desk.refuse(workbook({"A1": "Record ID", "B1": "Email", "A2": 1, far: "x"}), name="a.xlsx")
    assert reason.startswith("Its sheet reaches to row 1,048,576 and column ")


def test_a_number_of_a_workbook_keeps_its_point_whatever_mark_is_declared(open_desk):
    desk = open_desk('[sources.hubspot]\ndecimal_mark = ","\n')
    cells = {"A1": "Record ID", "B1": "Deal Name", "C1": "Deal Stage", "D1": "Amount"}
    cells |= {
        "A2": "1",
        "B2": "x",
        "C2": "won",
        "D2": 10.125,
        "A3": "2",
        "B3": "y",
        "C3": "won",
        "D3": "1.234,5",
    }
    desk.read(workbook(cells), name="a.xlsx")
    landed = [row["amount"] for row in desk.landed("hubspot__deal", "amount")]
    assert landed == [Decimal("10.125"), Decimal("1234.5")]


@pytest.mark.parametrize("size", [60, 10**6])
def test_how_numbers_are_written_does_not_depend_on_where_the_file_is_cut(desk, monkeypatch, counts, size):
    monkeypatch.setattr(read, "PIECE", size)
    amounts = ["1.5"] * 20 + ['"2,50"', '"1,234"']
    load = desk.read(DEALS + "".join(f"{n},x,won,{amount}\n" for n, amount in enumerate(amounts)))
    assert counts(load) == (22, 20, 2, 0)


def test_a_bare_carriage_return_in_a_cell_tears_no_row_where_other_rows_are_misshapen(desk, counts):
    rows = "".join(f"{n},x{chr(13) if n == 2 else ''}y,won,{n}\n" for n in range(1, 7))
    load = desk.read(DEALS + rows + "\n7,too,few\n8,x,won,8\n")
    assert counts(load) == (8, 7, 1, 0)
    assert desk.landed("hubspot__deal", "line", "amount")[-1] == {"line": 10, "amount": Decimal(8)}


def test_a_parquet_original_is_kept_as_long_as_any_other(desk):
    table = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(table)
    kept = desk.store.vault / "raw" / "20261110T000000-abc.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(table.getvalue())
    desk.read(GOOD)
    desk.read(GOOD.replace("ann", "bob"), on="2026-11-11")
    assert kept.is_file()


@pytest.mark.parametrize("nobody", ["#N/A", "guest", "Gast", "(blank)", "-1", "anonymous", "3.96331E+11"])
def test_what_stands_for_nobody_joins_no_strangers(desk, nobody):
    lines = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
    lines += "".join(f"{n},A,1,2026-11-0{n} 10:00,2.5,{nobody}\n" for n in (1, 2))
    desk.read(lines)
    assert desk.table("identity_token").is_empty()


def test_a_bare_header_does_not_hide_that_the_next_export_lost_its_rows(open_desk):
    desk = open_desk('[sources.hubspot]\nfull_export = ["contact"]\n')
    header = GOOD.splitlines()[0] + "\n"

    def contacts(rows: int) -> str:
        return header + "".join(f"{n},p{n}@example.com,2025-01-01 08:00\n" for n in range(rows))

    desk.read(contacts(100), on="2026-11-08 08:00")
    desk.put("empty.csv", header, on="2026-11-08 09:00")
    desk.take_in()
    desk.put("few.csv", contacts(10), on="2026-11-09 08:00")
    assert "had 100" in desk.take_in().refusals[0]["reason"]
    broken = contacts(10) + "".join(f"{n},p,2025-01-01,too many\n" for n in range(90))
    desk.put("broken.csv", broken, on="2026-11-09 09:00")
    assert "It has 10 rows" in desk.take_in().refusals[0]["reason"]


def test_a_payment_is_one_whichever_layout_tells_its_time(desk):
    label = "id,Created date (UTC),Amount,Currency,Status\n"
    desk.read(label + "ch_1,2026-11-02 10:00:33,12.50,chf,Paid\n")
    desk.read(label + "ch_1,2026-11-02 10:00,12.50,chf,Paid\n", on="2026-11-11")
    assert desk.table("stripe__payment")["record_key"].n_unique() == 1
    assert desk.landed("stripe__payment", "created_at")[0] == {"created_at": datetime(2026, 11, 2, 10, 0, 33)}
