"""An export checked piece by piece. Its rows wait on disk, in the vault, until all of it is sound and is landed."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.door.check import QUARANTINE, Checked, check, line_of
from pipelines.door.plausible import refuse_cut_off
from pipelines.door.recognise import Recognised
from pipelines.door.split import lookups, tokens
from pipelines.door.writing import settle
from pipelines.settings import Settings, Target

ROWS, IDENTIFIERS, LOOKED_UP, ANSWERED, SIGHTED, FITTED = (
    "sound", "identifiers", "looked_up", "answered", "sighted", "fitted"
)  # fmt: skip


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

    def files(self, kind: str) -> list[Path]:
        """What waits of a kind."""
        return sorted(self.folder.glob(f"{kind}-*.parquet"))

    def rows(self, *columns: str) -> pl.DataFrame:
        """Some columns of all sound rows."""
        return pl.read_parquet(self.files(ROWS), columns=list(columns))

    def fit(self, frame: pl.DataFrame) -> None:
        """Put own dimensions in the place of those that wait: `_line` and their columns."""
        frame.write_parquet(self.folder / f"{FITTED}-0.parquet")


def checked(
    found: Recognised,
    settings: Settings,
    received_at: datetime,
    folder: Path,
    amend: Callable[[Checked], Checked] = lambda checked: checked,
    progress: Callable[[int, int], None] = lambda rows, through: None,
) -> Export:
    """Check every row of an export.

    Args:
        received_at: when it arrived, naive UTC. folder: an empty folder in the vault.
        amend: what else is set aside of a piece. progress: called with the rows and bytes read so far.

    Raises:
        Refused: it is damaged somewhere, or can be read in two ways.
    """
    profile, source = found.profile, settings.source(found.profile.source)
    zone = profile.zone or source.time_zone or settings.company.time_zone
    writing = settle(found, source)
    export = Export(found, folder)
    aside: list[pl.DataFrame] = []
    last_row = last_broken = 0
    for number, piece in enumerate(found.pieces()):
        sound = amend(check(piece, found, writing, zone))
        region = settings.company.region
        waiting = {
            ROWS: sound.frame,
            IDENTIFIERS: tokens(sound.frame, profile, region),
            LOOKED_UP: lookups(sound.frame, profile, region)
            if any(c.lookup for c in profile.columns)
            else None,
            ANSWERED: answers(found, sound.frame) if found.items else None,
            SIGHTED: piece.frame.select(profile.key),
        }
        for kind, frame in waiting.items():
            if frame is not None:
                frame.write_parquet(
                    folder / f"{kind}-{number:06}.parquet", compression="lz4", statistics=False
                )
        aside.append(sound.quarantine)
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
        last_row = max(last_row, int(piece.frame[export.line].to_numpy().max(initial=0)))
        last_broken = max(last_broken, *piece.broken, 0)
        progress(export.read, piece.through)
    if not found.is_ended:
        refuse_cut_off(last_row, last_broken)
    export.quarantine = pl.concat([export.quarantine, *aside])
    return export


def answers(found: Recognised, frame: pl.DataFrame) -> pl.DataFrame:
    """Survey items, a row each: `_line`, item, value, scale_min, scale_max, wording_version."""
    return pl.concat(_of_item(name, target, found, frame) for name, target in found.items.items())


def _of_item(name: str, target: Target, found: Recognised, frame: pl.DataFrame) -> pl.DataFrame:
    wording = found.wordings.get(name)
    version = hashlib.sha256(wording.strip().encode()).hexdigest()[:8] if wording else None
    return frame.select(
        "_line",
        pl.lit(target.item).alias("item"),
        pl.col(name).cast(pl.Float64).alias("value"),
        pl.lit(target.scale[0]).alias("scale_min"),
        pl.lit(target.scale[1]).alias("scale_max"),
        pl.lit(version, dtype=pl.String).alias("wording_version"),
    )
