"""Writing drops: the same bytes every time, and a ledger of what each file holds."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ZIPPED_FROM_BYTES = 15_000
ROWS_AT_ONCE = 50_000

Writer = Callable[[pl.DataFrame, bool], bytes]
"""Turns rows into bytes; the flag says whether this is the file's first part (with the header)."""


def in_parts(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The frame in slices of ROWS_AT_ONCE; an empty frame is one empty slice."""
    for start in range(0, max(rows.height, 1), ROWS_AT_ONCE):
        yield rows.slice(start, ROWS_AT_ONCE)


def csv_writer(quoted: bool = False, encoding: str = "utf-8") -> Writer:
    """Comma-separated with LF; all cells quoted or only where necessary."""

    def write(rows: pl.DataFrame, first: bool) -> bytes:
        text = rows.write_csv(include_header=first, quote_style="always" if quoted else "necessary")
        return text.encode(encoding, errors="replace")

    return write


def json_lines(rows: pl.DataFrame, first: bool) -> bytes:
    """One JSON object a line."""
    return rows.write_ndjson().encode()


@dataclass
class Spoilt:
    """A record that breaks a rule on purpose: its own id, the column and what is wrong with it."""

    record: str
    column: str
    rule: str


@dataclass
class Outbox:
    """Where drops are written. `ledger` gets one entry a file: what a reader must find in it."""

    root: Path
    plain: bool
    ledger: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def deliver(
        self,
        day: date,
        name: str,
        about: tuple[str, str],
        parts: Iterable[pl.DataFrame],
        write: Writer,
        *,
        record: str | None = None,
        set_aside: pl.Expr | None = None,
        spoilt: list[Spoilt] | None = None,
        spoilt_line: bytes = b"",
        facts: dict[str, int] | None = None,
        stays_plain: bool = False,
        zipped_from: int = ZIPPED_FROM_BYTES,
    ) -> None:
        """Writes one file, zipped if large, and books it.

        Args:
            about: source and object, as careful.toml names them.
            record: the column that groups rows into records (an order's lines); without it a row is a record.
            set_aside: rows that are no records at all; they are never counted as repeated.
            spoilt: records in the file that break a rule. spoilt_line: one more row, appended as it is.
            facts: further counts for the ledger. zipped_from: bytes from which on it is large.
        """
        folder = self._folder(day)
        path = folder / name
        count = Count()
        with path.open("wb") as out:
            for number, part in enumerate(parts):
                count += self._count(about, part, record, set_aside)
                out.write(write(part, number == 0))
            out.write(spoilt_line)
        if spoilt_line:
            count += Count(1, 0, 1, 0)
        if not self.plain and not stays_plain and path.stat().st_size >= zipped_from:
            path = zipped(path)
        self._book(day, path.name, about, count, spoilt or [], facts or {})

    def deliver_archive(
        self, day: date, name: str, source: str, members: dict[str, pl.DataFrame], write: Writer
    ) -> None:
        """Writes a ZIP that the vendor itself makes, one member per object, and books every member that has rows."""
        folder = self._folder(day)
        (folder / name).write_bytes(
            zip_of({f"{kind}.csv": write(rows, True) for kind, rows in members.items()})
        )
        for kind, rows in members.items():
            if rows.is_empty():
                continue
            about = (source, kind.lower())
            self._book(day, f"{name}/{kind}.csv", about, self._count(about, rows), [], {})

    def deliver_unreadable(self, day: date, name: str, content: bytes) -> None:
        """Writes something that is no export at all."""
        (self._folder(day) / name).write_bytes(content)
        self.ledger.append({"drop": day.isoformat(), "file": name, "is_refused": True})

    def _folder(self, day: date) -> Path:
        folder = self.root / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _count(
        self,
        about: tuple[str, str],
        part: pl.DataFrame,
        record: str | None = None,
        set_aside: pl.Expr | None = None,
    ) -> "Count":
        """Rows, and those delivered before cell for cell the same."""
        if part.is_empty():
            return Count()
        hashes = part.hash_rows(seed=20).to_numpy()
        known = self.seen.get(about, np.array([], dtype=np.uint64))
        again = np.isin(hashes, known)
        self.seen[about] = np.concatenate([known, hashes[~again]])
        if set_aside is not None:
            again &= ~part.select(set_aside).to_series().to_numpy()
        rows, repeated = part.height, int(again.sum())
        if record is None:
            return Count(rows, repeated, rows, repeated)
        whole = part.select(record).with_columns(again=again).group_by(record).agg(pl.col("again").all())
        return Count(rows, repeated, whole.height, int(whole["again"].sum()))

    def _book(
        self,
        day: date,
        name: str,
        about: tuple[str, str],
        count: "Count",
        spoilt: list[Spoilt],
        facts: dict[str, int],
    ) -> None:
        entry = {"drop": day.isoformat(), "file": name, "source": about[0], "object": about[1]}
        self.ledger.append(entry | vars(count) | facts | {"bad_rows": [vars(row) for row in spoilt]})


@dataclass(frozen=True)
class Count:
    """What a file holds: rows as a CSV parser counts them, records, and how many of both came before."""

    rows: int = 0
    repeated_rows: int = 0
    records: int = 0
    repeated_records: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.rows + other.rows,
            self.repeated_rows + other.repeated_rows,
            self.records + other.records,
            self.repeated_records + other.repeated_records,
        )


def zipped(path: Path) -> Path:
    """Replaces the file by a ZIP that holds it (member time 1980-01-01, so that bytes repeat)."""
    target = path.with_suffix(".zip")
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(path.name, "w") as member,
        path.open("rb") as content,
    ):
        while block := content.read(1 << 20):
            member.write(block)
    path.unlink()
    return target


def zip_of(members: dict[str, bytes]) -> bytes:
    """A ZIP of several members, byte for byte repeatable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            with archive.open(name, "w") as member:
                member.write(content)
    return buffer.getvalue()
