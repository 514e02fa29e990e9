"""A file of any length is read in pieces: its rows add up, it tells how far it is, it can be stopped, memory stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.door import ndjson, read
from pipelines.door.intake import take_in
from pipelines.sources import all_profiles

CONTACTS = "Record ID,Email,First Name,Create Date,Last Modified Date,Lifecycle Stage\n"
ROWS = 300_000
MOST_MB_MORE = 250
"""For ten times as many rows."""
MEASURED = """
import re, sys
from pathlib import Path
from pipelines.door.intake import take_in
from pipelines.door.pseudonym import read_key
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
settings = load_settings(Path(sys.argv[1]))
done = take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print("measured", sum(load.rows_loaded for load in done.loads), peak)
"""


def contact(number: int, stage: str = "lead") -> str:
    """A record that spans two lines."""
    return f'{number},p{number}@example.com,"Ann\nNo. {number}",2025-01-01 08:00,2025-02-01 08:00,{stage}\n'


def contacts(rows: int) -> str:
    return CONTACTS + "".join(contact(number) for number in range(rows))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PIECE", 700)
    monkeypatch.setattr(ndjson, "PIECE", 700)


def test_a_file_in_many_pieces_lands_as_it_does_in_one(open_desk, counts, small_pieces, monkeypatch):
    text = contacts(60) + contact(7, "customer") + "1,2\n" + contact(60)
    in_pieces = open_desk()
    assert counts(in_pieces.read(text)) == (63, 61, 1, 1)
    monkeypatch.undo()
    in_one = open_desk()
    assert counts(in_one.read(text)) == (63, 61, 1, 1)
    assert in_pieces.landed("hubspot__contact") == in_one.landed("hubspot__contact")
    assert [row["lifecycle_stage"] for row in in_one.landed("hubspot__contact") if row["line"] == 122] == [
        "customer"
    ]


def test_progress_is_told_in_rows_and_bytes_and_ends_at_the_size_of_the_inbox(desk, small_pieces):
    first, second = desk.put("a.csv", contacts(60)), desk.put("b.csv", contacts(20), on="2026-11-11")
    sizes = [first.stat().st_size, second.stat().st_size]
    told: list[tuple[str, int, int]] = []
    take_in(desk.settings, desk.store, all_profiles(), desk.key, lambda *said: told.append(said))
    assert {total for _, _, total in told} == {sum(sizes)}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("", sum(sizes), sum(sizes))
    assert ("a.csv, 60 rows", sizes[0], sum(sizes)) in told
    assert len([1 for name, _, _ in told if name.startswith("a.csv, ")]) > 3


def test_a_run_stopped_inside_a_file_keeps_the_files_before_it_and_leaves_nothing_of_it(
    desk, counts, small_pieces
):
    desk.put("a.csv", contacts(20))
    path = desk.put("b.csv", contacts(60), on="2026-11-11")

    def stop(said: str, done: int, total: int) -> None:
        if said.startswith("b.csv, 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(desk.settings, desk.store, all_profiles(), desk.key, stop)
    assert len(desk.landed("hubspot__contact")) == 20
    assert path.is_file()
    assert not (desk.store.vault / "spill").exists()
    (load,) = desk.take_in().loads
    assert counts(load) == (60, 40, 0, 20)


def test_a_mistake_in_the_last_piece_refuses_the_whole_file(desk, small_pieces):
    assert "never closed" in desk.refuse(contacts(60) + '61,"cut')
    assert desk.landed("hubspot__contact") == []
    assert not list(desk.store.vault.rglob("*.parquet"))


@pytest.mark.endure
def test_ten_times_the_rows_take_hardly_more_memory(open_desk):
    peaks = []
    for rows in (ROWS // 10, ROWS):
        desk = open_desk()
        wide = "".join(f",Column {n}" for n in range(25))
        cells = "".join(f",some text of column {n}" for n in range(25))
        with desk.put("contacts.csv", "").open("w", encoding="utf-8") as file:
            file.write(CONTACTS.strip() + wide + "\n")
            file.writelines(contact(number).strip() + cells + "\n" for number in range(rows))
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(desk.settings.path)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        ((loaded, peak),) = [
            line.split()[1:] for line in done.stdout.splitlines() if line.startswith("measured")
        ]
        assert int(loaded) == rows
        peaks.append(int(peak))
    assert peaks[1] < peaks[0] + MOST_MB_MORE
