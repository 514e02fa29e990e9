"""Who was erased: keyed values that may not come in again, and what of them is still to be erased.

A tombstone is one small file a customer. It is written before anything goes, so that an erasure which is killed is
finished by the next run, and it stays, so that the next full export does not bring anybody back.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.door.profile import Profile
from pipelines.door.split import KEYED, hidden, record_key, tokens
from pipelines.store import Store, StoreError, write_atomically

ERASED = "erased"
"""The rule under which rows of somebody who was erased are set aside."""
OF_SEVERAL = ("phone", "ga4_client_id")
"""Kinds of identifiers that a household or the next owner may have too: they keep nobody out."""
IsBarred = Callable[[pl.DataFrame], pl.Series]


@dataclass(frozen=True)
class Tombstone:
    """One customer.

    Attributes:
        erased_at: naive UTC.
        records: record keys, and tokens: identifiers that one person has; what bears one of them is not landed.
        shared: tokens of the kinds `OF_SEVERAL`, known until all rows are erased. is_done: whether no build is left.
    """

    erased_at: datetime
    records: frozenset[str]
    tokens: frozenset[str]
    shared: frozenset[str] = frozenset()
    is_done: bool = False

    @property
    def values(self) -> frozenset[str]:
        """All keyed values that name the customer."""
        return self.records | self.tokens | self.shared

    @property
    def name(self) -> str:
        """Its file's, the same for the same customer erased at the same time."""
        told = hashlib.sha256("".join(sorted(self.records | self.tokens)).encode()).hexdigest()
        return f"{self.erased_at:%Y%m%dT%H%M%S}-{told[:12]}.json"

    def write(self, store: Store) -> None:
        """Put it in force."""
        content = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in asdict(self).items()}
        write_atomically(folder(store) / self.name, json.dumps(content, default=str))


def folder(store: Store) -> Path:
    """Where they are."""
    return store.root / "tombstones"


def tombstones(store: Store) -> list[Tombstone]:
    """Every one in force, oldest first.

    Raises:
        StoreError: one can not be read; without it somebody who was erased would come in again.
    """
    return [_read(path) for path in sorted(folder(store).glob("*.json"))]


def _read(path: Path) -> Tombstone:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Tombstone(
            erased_at=datetime.fromisoformat(told["erased_at"]),
            records=frozenset(told["records"]),
            tokens=frozenset(told["tokens"]),
            shared=frozenset(told["shared"]),
            is_done=told["is_done"],
        )
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f"The tombstone {path} is damaged: who was erased would come in again. Restore it from a backup; or, "
            "if you know whom it was about, remove it and erase them once more."
        ) from None


def unfinished(store: Store) -> list[Tombstone]:
    """Those of whom something is still to be erased."""
    return [one for one in tombstones(store) if not one.is_done]


def barred(store: Store) -> frozenset[str]:
    """The keyed values with which nothing is landed."""
    return frozenset[str]().union(*(one.records | one.tokens for one in tombstones(store)))


def bars(values: frozenset[str], profile: Profile, region: str, key: bytes) -> IsBarred:
    """Tells which rows of a piece of an export, still text, bear one of these keyed values."""
    if not values:
        return lambda frame: pl.repeat(False, frame.height, eager=True)
    return lambda frame: frame["_line"].is_in(_lines(frame, values, profile, region, key).implode())


def borne(
    frame: pl.DataFrame, values: frozenset[str], profile: Profile, region: str, key: bytes
) -> pl.DataFrame:
    """Every identifier of the rows of a piece that bear one of these: `record_key`, `kind`, `token`.

    A row without a number of its own goes by one of its identifiers.
    """
    theirs = frame.filter(bars(values, profile, region, key)(frame))
    rows = theirs.with_columns(record_key(profile, key), *hidden(theirs, profile, region, key))
    looked_up = [
        rows.select("_line", "record_key", pl.lit(column.lookup).alias("kind"), token=KEYED + column.name)
        for column in profile.columns
        if column.lookup
    ]
    said = pl.concat([tokens(rows, profile, region, key), *looked_up], how="vertical_relaxed")
    return (
        said.drop_nulls("token")
        .with_columns(pl.col("record_key").fill_null(pl.col("token").min().over("_line")))
        .select("record_key", "kind", "token")
        .unique(maintain_order=True)
    )


def _lines(
    frame: pl.DataFrame, values: frozenset[str], profile: Profile, region: str, key: bytes
) -> pl.Series:
    looked_up = [KEYED + column.name for column in profile.columns if column.lookup]
    rows = frame.with_columns(record_key(profile, key), *hidden(frame, profile, region, key))
    said = [
        *(rows.select("_line", pl.col(name).alias("said")) for name in ("record_key", *looked_up)),
        tokens(rows, profile, region, key).select("_line", said="token"),
    ]
    together = pl.concat(each.cast({"_line": frame.schema["_line"]}) for each in said)
    return together.filter(pl.col("said").is_in(list(values)))["_line"]
