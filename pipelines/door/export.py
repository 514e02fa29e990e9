"""An export checked piece by piece. Its rows wait on disk, in the vault, until all of it is sound and is landed."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.door.check import QUARANTINE, Checked, check, line_of
from pipelines.door.misread import refuse_misread
from pipelines.door.plausible import refuse_cut_off
from pipelines.door.read import Piece
from pipelines.door.recognise import Recognised
from pipelines.door.split import content_hash, record_key, with_keys
from pipelines.door.tombstones import ERASED, IsBarred
from pipelines.door.writing import settle
from pipelines.mapping import Target
from pipelines.settings import Settings

MOST_KEYED = 20 * 1024**2
"""About how many bytes of rows are keyed at a time: what is keyed is in memory several times over."""
ROWS, ANSWERED, ASIDE, FITTED = "sound", "answered", "aside", "fitted"


@dataclass
class Export:
    """A checked export.

    Attributes:
        found: what it is. folder: where its rows wait, as Parquet.
        read: records in the file. height: how many of them are sound.
        quarantine: `line`, `column`, `rule` of each row set aside.
        emptied, scrubbed, shifted: as of `Checked`.
        line: the column that says on which line of the file a row begins.
        seen_until: how far its data reach, of what was seen before it arrived.
    """

    found: Recognised
    folder: Path
    read: int = 0
    height: int = 0
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    emptied: Counter[str] = field(default_factory=Counter)
    scrubbed: Counter[str] = field(default_factory=Counter)
    shifted: int = 0
    line: str = "_line"
    seen_until: datetime | None = None

    def write(self, kind: str, piece: int, frame: pl.DataFrame, start: int = 0) -> None:
        """Let rows of a kind wait: those of a piece of the file from its row `start`."""
        path = self.folder / f"{kind}-{piece:06}-{start:09}.parquet"
        frame.write_parquet(path, compression="uncompressed", statistics=False)

    def files(self, kind: str) -> list[Path]:
        """What waits of a kind."""
        return sorted(self.folder.glob(f"{kind}-*.parquet"))

    def waiting(self, kind: str) -> pl.LazyFrame:
        """The rows of a kind; those that have been fitted, as fitted."""
        rows = pl.scan_parquet(self.files(kind))
        if kind == ROWS and (fitted := self.files(FITTED)):
            instead = pl.scan_parquet(fitted)
            names = instead.collect_schema().names()
            return rows.drop([name for name in names if name != "_line"]).join(instead, on="_line")
        return rows

    def rows(self, *columns: str) -> pl.DataFrame:
        """Some columns of all sound rows."""
        return pl.read_parquet(self.files(ROWS), columns=list(columns))

    def fit(self, frame: pl.DataFrame, key: bytes) -> None:
        """Put own dimensions in the place of those that wait: `_line` and their columns."""
        own = frame.drop("_line").get_columns()
        content = self.rows("_line", "content_hash").join(
            frame.select("_line"), on="_line", maintain_order="right"
        )
        frame.with_columns(content_hash([content["content_hash"], *own], key)).write_parquet(
            self.folder / f"{FITTED}-0.parquet"
        )


def checked(
    found: Recognised,
    settings: Settings,
    key: bytes,
    received_at: datetime,
    folder: Path,
    amend: Callable[[Checked], Checked] = lambda checked: checked,
    progress: Callable[[int, int], None] = lambda rows, through: None,
    is_barred: IsBarred = lambda frame: pl.repeat(False, frame.height, eager=True),
) -> Export:
    """Check every row of an export.

    Args:
        key: the pseudonym key. received_at: when it arrived, naive UTC. folder: an empty folder in the vault.
        amend: what else is set aside of a piece. progress: called with the rows and bytes read so far.
        is_barred: which rows are of somebody who was erased (`tombstones.bars`): nothing of them goes on.

    Raises:
        Refused: it is damaged somewhere, can be read in two ways, or is not what it seems.
    """
    profile, source = found.profile, settings.source(found.profile.source)
    zone = profile.zone or source.time_zone or settings.company.time_zone
    writing = settle(found, source)
    export = Export(found, folder)
    aside: list[pl.DataFrame] = []
    last_row = last_broken = 0
    for number, whole in enumerate(found.pieces()):
        piece, erased = _without_erased(whole, is_barred)
        sound = amend(check(piece, found, writing, zone))
        left = piece.frame.clear()
        if sound.frame.height < piece.frame.height:
            left = piece.frame.join(sound.frame, on="_line", how="anti")
        export.write(ASIDE, number, left.select(record_key(profile, key)))
        region = settings.company.region
        several = max(sound.frame.height // (1 + int(sound.frame.estimated_size()) // MOST_KEYED), 1)
        for start in range(0, max(sound.frame.height, 1), several):
            rows = with_keys(sound.frame.slice(start, several), profile, region, key)
            export.write(ROWS, number, rows, start)
            if found.items:
                export.write(ANSWERED, number, answers(found, rows), start)
        aside += [erased, sound.quarantine]
        export.read += piece.read
        export.height += sound.frame.height
        export.emptied.update(sound.emptied)
        export.scrubbed.update(sound.scrubbed)
        export.shifted += sound.shifted
        export.line = line_of(sound.frame)
        if profile.seen:
            seen = sound.frame[profile.seen]
            until: datetime | None = seen.filter(seen <= received_at).max()  # type: ignore[assignment]
            export.seen_until = max(filter(None, (until, export.seen_until)), default=None)
        last_row = max(last_row, int(whole.frame[export.line].to_numpy().max(initial=0)))
        last_broken = max(last_broken, *piece.broken, 0)
        progress(export.read, piece.through)
    if not found.is_ended:
        refuse_cut_off(last_row, last_broken)
    export.quarantine = pl.concat([export.quarantine, *aside])
    refuse_misread(found, source, export.quarantine, export.rows)
    return export


def _without_erased(piece: Piece, is_barred: IsBarred) -> tuple[Piece, pl.DataFrame]:
    """The rows that may come in, and pointers to the others."""
    erased = is_barred(piece.frame)
    if not erased.any():
        return piece, pl.DataFrame(schema=QUARANTINE)
    gone = piece.frame.filter(erased)
    pointers = gone.select(pl.col(line_of(gone)).alias("line"), column=pl.lit(""), rule=pl.lit(ERASED))
    return replace(piece, frame=piece.frame.filter(~erased)), pointers.cast(QUARANTINE)  # type: ignore[arg-type]


def answers(found: Recognised, frame: pl.DataFrame) -> pl.DataFrame:
    """Survey items, a row each: `_line`, `record_key`, item, value, scale_min, scale_max, wording_version."""
    return pl.concat(_of_item(name, target, found, frame) for name, target in found.items.items())


def _of_item(name: str, target: Target, found: Recognised, frame: pl.DataFrame) -> pl.DataFrame:
    wording = found.wordings.get(name)
    version = hashlib.sha256(wording.strip().encode()).hexdigest()[:8] if wording else None
    return frame.select(
        "_line",
        "record_key",
        pl.lit(target.item).alias("item"),
        pl.col(name).cast(pl.Float64).alias("value"),
        pl.lit(target.scale[0]).alias("scale_min"),
        pl.lit(target.scale[1]).alias("scale_max"),
        pl.lit(version, dtype=pl.String).alias("wording_version"),
    )
