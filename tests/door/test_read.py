"""Bytes to rows of text: whatever Python's csv module writes comes back cell for cell."""

import csv
import io
import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.door import ndjson, read
from pipelines.door.ndjson import documents
from pipelines.door.read import Sheet, shape, sheet, unique
from pipelines.door.refused import Refused
from pipelines.door.text import Text
from pipelines.door.text import decode as decode_file

WORK = tempfile.TemporaryDirectory()
SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
TRICKY = st.text(alphabet="ab0 ,;\t\"\r\n'#é–", max_size=6)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[str] = CELL | TRICKY) -> list[list[str]]:
    """A header of distinct names and rows as wide as it, at least two columns."""
    width = draw(st.integers(2, 4))
    names = [f"c{i}{draw(st.text(alphabet='ab é', max_size=3))}x" for i in range(width)]
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=6))
    return [names, *rows]


def written(
    table: list[list[str]], delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> str:
    """As the csv module writes it; which leaves a lone carriage return bare unless all cells are quoted."""
    if any("\r" in cell for row in table for cell in row):
        quoting = csv.QUOTE_ALL
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    return text.getvalue()


def decode(content: bytes) -> Text:
    folder = Path(tempfile.mkdtemp(dir=WORK.name))
    (folder / "file").write_bytes(content)
    return decode_file(folder / "file", folder / "text")


def rows_of(found: Sheet, names: list[str], footer: str | None = None) -> tuple[pl.DataFrame, int, list[int]]:
    """All pieces as one: rows, how many records there are, the lines of broken ones."""
    pieces = list(found.pieces(names, 1, footer))
    broken = [line for piece in pieces for line in piece.broken]
    return pl.concat(piece.frame for piece in pieces), sum(piece.read for piece in pieces), broken


def read_back(content: bytes) -> list[list[str]]:
    found = sheet(decode(content))
    frame, _, misshapen = rows_of(found, found.head[0])
    assert misshapen == []
    return [["" if cell is None else cell for cell in row] for row in frame.drop("_line").rows()]


@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_table_comes_back_cell_for_cell(table, delimiter, end, encoding, quoting):
    assert read_back(written(table, delimiter, end, quoting).encode(encoding)) == table[1:]


@given(table=tables(st.text(alphabet='ab €–œÿ,"\n', max_size=6)), delimiter=st.sampled_from(",;\t"))
def test_every_table_in_cp1252_comes_back_cell_for_cell(table, delimiter):
    table[0] = ["ein", "Gruß", *"abc"][: len(table[0])]
    decoded = decode(written(table, delimiter).encode("cp1252"))
    assert (decoded.encoding, decoded.replaced) == ("cp1252", 0)
    assert read_back(written(table, delimiter).encode("cp1252")) == table[1:]


@given(
    rows=st.lists(st.lists(TRICKY, min_size=1, max_size=4), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
)
@example(rows=[["a", "b"], ["1"], ["", ""], ["x\r\ny", '"']], delimiter=",", end="\r\n")
def test_shape_counts_the_records_and_cells_that_the_csv_module_reads(rows, delimiter, end):
    text = written(rows, delimiter, end)
    counted = shape(text.encode(), delimiter)
    records = [record for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if record]
    assert counted.cells.tolist() == [len(record) for record in records] == [len(row) for row in rows]


@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 40),
)
def test_wherever_a_file_is_cut_into_pieces_it_reads_the_same(table, delimiter, end, size):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(read, "PIECE", size)
        text = decode(written(table, delimiter, end).encode())
        found = sheet(text)
        pieces = list(found.pieces(found.head[0], 1))
        frame, _, _ = rows_of(found, found.head[0])
    rows = [["" if cell is None else cell for cell in row] for row in frame.drop("_line").rows()]
    assert rows == table[1:]
    assert frame["_line"].is_sorted()
    assert pieces[-1].through == text.size


@settings(max_examples=25)
@given(
    st.lists(st.dictionaries(st.sampled_from("ab"), TRICKY, min_size=1), min_size=1, max_size=8),
    st.integers(1, 40),
)
def test_wherever_json_lines_are_cut_into_pieces_they_read_the_same(objects, size):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ndjson, "PIECE", size)
        found = documents(decode("\n".join(json.dumps(one) for one in objects).encode()))
        assert found is not None
        pieces = list(found.pieces(["a", "b"]))
    frame = pl.concat(piece.frame for piece in pieces)
    plain = [one for one in objects if not any(cell.startswith("[") for cell in one.values())]
    assert sum(piece.read for piece in pieces) == len(objects)
    assert frame["_line"].to_list() == list(range(1, len(objects) + 1))
    assert plain == objects
    assert frame.select("a", "b").rows() == [(one.get("a"), one.get("b")) for one in objects]


@pytest.mark.parametrize("size", [1, 20, 1000])
def test_a_footer_is_found_however_the_file_is_cut(size, monkeypatch):
    monkeypatch.setattr(read, "PIECE", size)
    found = sheet(decode(b'a,b\n1,2\n"3",4\n\n"Grand Totals (2 records)"\nConfidential Information\n'))
    frame, height, misshapen = rows_of(found, ["a", "b"], "Grand Totals|Confidential")
    assert (frame.drop("_line").rows(), height, misshapen) == ([("1", "2"), ("3", "4")], 2, [])


def test_lines_in_two_encodings_are_each_read_in_their_own_and_counted():
    found = decode("a,b\né,1\n".encode() + "ü–,2\n".encode("cp1252") + "ö,3\n".encode())
    assert (found.encoding, found.mixed, found.replaced) == ("utf-8", 1, 0)
    assert found.content.decode() == "a,b\né,1\nü–,2\nö,3\n"


def test_a_record_without_end_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(read, "PIECE", 100)
    monkeypatch.setattr(read, "LONGEST_RECORD", 1000)
    with pytest.raises(Refused, match="a row of more than"):
        read_back(b'a,b\n1,"' + b"x\n" * 5000 + b'"\n')


def test_a_header_of_thousands_of_columns_is_refused():
    with pytest.raises(Refused, match="16,385 columns"):
        sheet(decode(b",".join(b"c" for _ in range(16_385)) + b"\n1\n"))


@given(tables())
def test_each_row_knows_the_line_it_begins_on(table):
    text = written(table)
    found = sheet(decode(text.encode()))
    frame, read, _ = rows_of(found, found.head[0])
    begins = [1 + written(table[:number]).count("\n") for number in range(1, len(table))]
    assert (frame["_line"].to_list(), read) == (begins, len(begins))


def test_rows_of_another_width_are_pointed_at_and_the_others_kept():
    found = sheet(decode(b'a,b\n1,2\n3\n"x\ny",4\n5,6,7\n\n8,9\n'))
    frame, read, misshapen = rows_of(found, ["a", "b"])
    assert frame.drop("_line").rows() == [("1", "2"), ("x\ny", "4"), ("8", "9")]
    assert frame["_line"].to_list() == [2, 4, 8]
    assert read == 5
    assert misshapen == [3, 6]


@pytest.mark.parametrize(
    "content", [b"\n\na,b\n1,2\n", b"a,b\n\n1,2\n", b"a,b\r\n1,2\r\n\r\n\r\n", b"a,b\n1,2\n\n", b"a,b\n1,2"]
)
def test_blank_lines_and_a_missing_last_line_end_are_no_rows(content):
    assert read_back(content) == [["1", "2"]]


def test_a_line_of_delimiters_alone_is_a_row():
    assert read_back(b"a,b\n,\n") == [["", ""]]


def test_line_ends_of_an_old_macintosh_are_line_ends():
    assert read_back(b"a,b\r1,2\r3,4\r") == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'a,b\n1,5" nail\n2,6" nail\n', 2), (b'a,b\n1,2\n3, "x,y"\n', 3), (b'a,b\n"x"y,2\n', 2)],
)
def test_a_quote_in_the_middle_of_a_cell_refuses_the_file_and_says_where(content, line):
    with pytest.raises(Refused, match=f"line {line}"):
        read_back(content)


def test_a_quote_that_is_never_closed_refuses_the_file():
    with pytest.raises(Refused, match="never closed"):
        read_back(b'a,b\n1,"2\n3,4\n')


def test_a_header_that_two_readings_see_differently_refuses_the_file():
    with pytest.raises(Refused, match="header disagree"):
        read_back(b"a,b\rc,d\n1,2,3\n")


@pytest.mark.parametrize("content", [b"", b" \r\n ", b"\xef\xbb\xbf", "\n".encode("utf-16"), b"\xff\xfe"])
def test_a_file_without_text_is_empty(content):
    with pytest.raises(Refused, match="empty"):
        decode(content)


@pytest.mark.parametrize("content", [b"a,b\n1,\0\n", b"a" * 9000 + b"\0", "a,b\n1,2".encode("utf-16-le")])
def test_nul_bytes_are_no_text(content):
    with pytest.raises(Refused, match="not a text file"):
        decode(content)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa,\xe9", b"\xff\xfea", b"\xff\xfe\0\0a"])
def test_a_file_that_breaks_the_promise_of_its_mark_is_refused(content):
    with pytest.raises(Refused, match="to its end"):
        decode(content)


def test_bytes_that_cp1252_does_not_know_are_replaced_and_counted():
    found = decode(b"a,b\n\xe9\x81,\x9d\n")
    assert (found.encoding, found.replaced, found.content.decode()) == ("cp1252", 2, "a,b\né\ufffd,\ufffd\n")


def test_a_cell_may_be_longer_than_the_csv_module_expects():
    long = "word " * 60_000
    assert read_back(f'a,b\n1,"{long}"\n\n'.encode()) == [["1", long]]


@given(st.lists(st.sampled_from(["", " ", "a", "a#2", "b", "_column_1"]), max_size=8))
def test_names_made_unique_are_unique_and_stay_so(names):
    once = unique(names)
    assert len(set(once)) == len(once) == len(names)
    assert unique(once) == once
    assert all(
        name.strip() in ("", new) or new.startswith(f"{name.strip()}#")
        for name, new in zip(names, once, strict=True)
    )


def test_json_that_is_no_line_of_objects_is_refused():
    with pytest.raises(Refused, match="no line is a complete JSON object"):
        documents(decode(b'{\n"a": 1\n}\n'))


def test_json_nested_without_end_is_a_broken_line():
    found = documents(decode(b'{"id": 1}\n{"a": ' + b"[" * 100_000 + b"\n"))
    assert found is not None
    (piece,) = found.pieces(["id"])
    assert (piece.frame["_line"].to_list(), piece.read, piece.broken) == ([1], 2, [2])


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample files (shared/samples) are not beside this repository"
)
def test_every_sample_reads_as_the_csv_module_reads_it():
    read = []
    for path in sorted(SAMPLES.rglob("*.csv")):
        text = decode(path.read_bytes())
        found = sheet(text)
        records = csv.reader(io.StringIO(text.content.decode(), newline=""), delimiter=found.delimiter)
        expected = [record for record in records if record]
        frame, height, misshapen = rows_of(found, found.head[0])
        assert height == len(expected) - 1, path.name
        rows = [["" if cell is None else cell for cell in row] for row in frame.drop("_line").rows()]
        width = len(found.head[0])
        assert rows == [record for record in expected[1:] if len(record) == width], path.name
        assert len(misshapen) == sum(len(record) != width for record in expected[1:]), path.name
        read.append(path.name)
    assert len(read) > 10
