"""Parquet is read in pieces, and measured before it is unpacked: memory stays, however much it stands for."""

import io
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.door import parquet as door_parquet
from tests.door.test_large_files import MEASURED
from tests.sources.test_ga4_events import EVENTS, parquet

MOST_MB = 1_000


def swollen(folder, letters, rows=1):
    """A Parquet file of very much text that is said again and again, in a few bytes."""
    one, file = pl.read_parquet(io.BytesIO(parquet(EVENTS[:1]))), folder / "swollen"
    with duckdb.connect() as connection:
        connection.register("one", one)
        connection.execute(
            f"copy (select one.* replace (repeat('x', {letters}) as event_name, "
            f"1762000000000000 + place as event_timestamp) from one, range({rows}) as of(place)) "
            f"to '{file}' (format parquet, compression zstd)"
        )
    return file.read_bytes()


def test_parquet_is_read_in_pieces_that_make_up_the_whole(tmp_path, open_desk, counts, monkeypatch):
    whole, in_pieces = open_desk(), open_desk()
    in_pieces.key = whole.key
    content = swollen(tmp_path, 9, rows=1_000)
    whole.read(content, name="a.parquet")
    monkeypatch.setattr(door_parquet, "PIECE", 1_000)
    assert counts(in_pieces.read(content, name="a.parquet")) == (1_000, 1_000, 0, 0)
    assert in_pieces.landed("ga4__event") == whole.landed("ga4__event")


def test_parquet_without_a_record_is_an_export_of_nothing(desk, counts):
    empty = io.BytesIO()
    pl.read_parquet(io.BytesIO(parquet(EVENTS[:1]))).clear().write_parquet(empty)
    assert counts(desk.read(empty.getvalue(), name="a.parquet")) == (0, 0, 0, 0)


@pytest.mark.parametrize(("letters", "rows"), [(100, 20_000), (2_000_000, 1)])
def test_parquet_that_unpacks_to_more_than_any_export_is_refused_before_it_is_unpacked(
    tmp_path, desk, monkeypatch, letters, rows
):
    monkeypatch.setattr(door_parquet, "MOST_TEXT", 1024**2)
    content = swollen(tmp_path, letters, rows)
    assert len(content) < 200_000
    assert desk.refuse(content, "events.bin") == (
        "The Parquet file unpacks to more than 1 MB; export it as several files, a day each, or as JSON lines."
    )


def test_parquet_with_a_record_beyond_reason_is_refused(tmp_path, desk):
    assert desk.refuse(swollen(tmp_path, 17 * 1024**2), "events.bin").startswith(
        "It has a row of more than 16 MB"
    )


@pytest.mark.endure
@pytest.mark.parametrize(("letters", "rows", "landed"), [(4_000, 1_000_000, 0), (350, 400_000, 400_000)])
def test_parquet_stays_small_in_memory_whatever_it_unpacks_to(tmp_path, desk, letters, rows, landed):
    desk.put("events.parquet", swollen(tmp_path, letters, rows))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(desk.settings.path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    loaded, peak = done.stdout.rpartition("measured")[2].split()
    assert int(loaded) == landed
    assert int(peak) < MOST_MB
