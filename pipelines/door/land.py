"""Write one load: landing, tokens, answers, quarantine and vault, committed by one rename.

Until `_loads/<load_id>.json` is in place the load does not exist, and whatever it had written is swept by
the next run.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.door.dimensions import PREFIX, TAKEN
from pipelines.door.export import ANSWERED, ASIDE, ROWS, Export
from pipelines.door.pseudonym import fingerprint
from pipelines.door.recognise import ANSWER_PREFIX
from pipelines.door.split import KEYED, TOKEN_COLUMNS, identifying, tokens
from pipelines.settings import Settings
from pipelines.store import RECEIVED, Store, write_atomically

TOKENS, ANSWERS, DIMENSIONS, SIGHTINGS = "identity_token", "answer", "dimension", "sighting"
SPILL, RAW = "spill", "raw"
MOST_MEMORY = "600MB"
SHARED_COLUMNS = {
    TOKENS: {"record_key": "VARCHAR", "kind": "VARCHAR", "token": "VARCHAR"},
    ANSWERS: {
        "record_key": "VARCHAR",
        "item": "VARCHAR",
        "value": "DOUBLE",
        "scale_min": "INTEGER",
        "scale_max": "INTEGER",
        "wording_version": "VARCHAR",
    },
    DIMENSIONS: {"record_key": "VARCHAR", "label": "VARCHAR", "member": "VARCHAR"},
    SIGHTINGS: {"record_key": "VARCHAR"},
}
_NEWEST = "(received_at, coalesce(data_through_at, timestamp '1970-01-01'), load_id)"


@dataclass
class Load:
    """One received export: what it was and what became of each of its rows.

    `window` is what an answer said of itself and of its periods, where the source was asked and sent no file.
    `dimensions`: label of a company's own dimension -> what became of that column (`door.dimensions`).
    """

    load_id: str
    source: str
    object: str
    file: str
    content_hash: str
    received_at: datetime
    encoding: str
    is_full_export: bool
    key_fingerprint: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_dropped: int = 0
    data_through_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    window: dict[str, Any] | None = None
    dimensions: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Put the load in force."""
        write_atomically(path, json.dumps(asdict(self), default=str, indent=1))


def read_loads(store: Store) -> list[Load]:
    """Every load in force, oldest first."""
    if not store.loads.is_dir():
        return []
    loads = []
    for path in store.loads.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        for name in ("received_at", "data_through_at"):
            content[name] = datetime.fromisoformat(content[name]) if content[name] else None
        loads.append(Load(**content))
    return sorted(loads, key=lambda load: (load.received_at, load.load_id))


def load_ids(store: Store, before: datetime = datetime.max) -> set[str]:
    """The ids of every load in force: quick, however many there are and however much they say.

    Args:
        before: only of those that arrived before this moment, naive UTC. What is known of a record when a file arrives
            is what earlier files told: so it never depends on which of the files of one moment is read first.
    """
    return {path.stem for path in store.loads.glob("*.json") if path.stem < f"{before:{RECEIVED}}"}


def latest_clock(settings: Settings) -> datetime:
    """The later of this machine's clock and the company's, as naive UTC: what is dated after it is dated wrong."""
    return max(settings.as_of(), datetime.now(UTC).replace(tzinfo=None))


def landed_files(store: Store, loads: list[Load]) -> dict[str, list[str]]:
    """Landing table -> its Parquet files, for these loads."""
    tables: dict[str, list[str]] = {}
    for load in loads:
        for file in load.files:
            tables.setdefault(Path(file).parent.name, []).append(str(store.landing / file))
    return tables


def land(export: Export, load: Load, store: Store, settings: Settings, key: bytes) -> Load:
    """Write a checked export under its load id and put it in force.

    Args:
        load: what is known of it so far; its counts are filled in. key: the pseudonym key.

    Returns:
        The load, with `rows_read = rows_loaded + rows_quarantined + rows_duplicate`.
    """
    profile = export.found.profile
    load.data_through_at = export.seen_until
    in_force, arrived = load_ids(store, latest_clock(settings)), f"{load.received_at:{RECEIVED}}"
    landed, seen = ((store.landing / table).glob("*.parquet") for table in (profile.name, SIGHTINGS))
    before = sorted(str(path) for path in landed if path.stem in in_force and path.stem < arrived)
    after = sorted(str(path) for path in seen if path.stem in in_force and path.stem > f"{arrived}~")
    repeated = export.height - export.rows("record_key")["record_key"].n_unique()
    known = pl.Series("_line", dtype=pl.Int64)
    if repeated or before:
        columns = ["_line", "record_key", "content_hash", *filter(None, [profile.seen])]
        sound = export.waiting(ROWS).select(columns).collect()
        known = _known(sound, profile.seen, store, before, after)
    load.files = list(_write(export, load, store, settings, key, known))
    load.rows_read, load.rows_duplicate = export.read, len(known)
    load.rows_loaded = export.height - len(known)
    load.rows_quarantined = export.quarantine.height
    dropped = {rule for rule, _ in profile.set_aside}
    load.rows_dropped = int(export.quarantine["rule"].is_in(list(dropped)).sum())
    load.rules = export.quarantine.group_by("rule", "column").len("rows").sort("rule", "column").to_dicts()
    if repeated:
        load.notes.append(
            f"{repeated:,} row(s) tell again of a record of the same file, whose newest row counts"
        )
    load.key_fingerprint = fingerprint(key)
    load.write(store.loads / f"{load.load_id}.json")
    return load


@contextlib.contextmanager
def spill(store: Store) -> Iterator[Path]:
    """An empty folder in the vault for one file's rows; what an interrupted run leaves there is swept.

    Whatever is written meanwhile is the owner's alone.
    """
    shutil.rmtree(store.vault / SPILL, ignore_errors=True)
    before = os.umask(0o077)
    try:
        folder = store.vault / SPILL / "file"
        folder.mkdir(parents=True)
        yield folder
    finally:
        os.umask(before)
        shutil.rmtree(store.vault / SPILL, ignore_errors=True)


def _known(
    sound: pl.DataFrame, seen: str | None, store: Store, before: list[str], after: list[str]
) -> pl.Series:
    """`_line` of the rows that are not landed.

    They are there already as they are, come once more in the same file, or come late: of a record that is known, and
    that a later full export has told again. That one landed no row of what was as before, so it would seem as if the
    late one had the last word.

    Args:
        sound: `_line`, `record_key`, `content_hash` and `seen`. before: landed files of the same things that arrived
            earlier. after: sightings of files that arrived later.
    """
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{MOST_MEMORY}'")
        connection.execute(f"set temp_directory = {_literal(str(store.vault / SPILL / 'duckdb'))}")
        connection.register("sound", sound)
        return connection.sql(
            f"""
            with repeated as (
                select record_key from sound group by record_key having count(*) > 1
            ), superseded as (
                select _line from sound semi join repeated using (record_key) qualify row_number() over (
                    partition by record_key order by {_quoted(seen) if seen else "null"} desc nulls last, _line desc
                ) > 1
            ), landed as ({_landed_before(before)}), later as ({_keys_in(after)})
            select _line from superseded
            union
            select _line from sound join landed using (record_key, content_hash)
            union
            select _line from sound semi join landed using (record_key) semi join later using (record_key)
            """
        ).pl()["_line"]


def _keys_in(files: list[str]) -> str:
    if not files:
        return "select null::varchar as record_key where false"
    return f"select record_key from read_parquet([{', '.join(map(_literal, files))}])"


def _landed_before(before: list[str]) -> str:
    if not before:
        return "select null::varchar as record_key, null::varchar as content_hash where false"
    files = ", ".join(_literal(file) for file in before)
    return f"""select record_key, arg_max(content_hash, {_NEWEST}) as content_hash
               from read_parquet([{files}]) group by record_key"""


def _write(
    export: Export, load: Load, store: Store, settings: Settings, key: bytes, known: pl.Series
) -> Iterator[str]:
    profile, region = export.found.profile, settings.company.region
    of_load = [
        pl.lit(load.load_id).alias("load_id"),
        pl.lit(load.received_at, pl.Datetime("us")).alias("received_at"),
        pl.lit(load.data_through_at, pl.Datetime("us")).alias("data_through_at"),
        pl.lit(load.source).alias("source"),
        pl.lit(load.object).alias("object"),
    ]

    def new(kind: str) -> pl.LazyFrame:
        rows = export.waiting(kind)
        return rows if known.is_empty() else rows.join(known.to_frame().lazy(), on="_line", how="anti")

    def write(table: str, rows: pl.LazyFrame, *columns: str | pl.Expr) -> str:
        file = f"{table}/{load.load_id}.parquet"
        _sink(rows.select("record_key", *columns, *of_load), store.landing / file)
        return file

    values = [
        pl.col(KEYED + c.name).alias(c.name) if c.lookup or c.reference else pl.col(c.name)
        for c in profile.columns
        if c.landed and not c.name.startswith((ANSWER_PREFIX, PREFIX))
    ]
    yield write(profile.name, new(ROWS), "content_hash", pl.col(export.line).alias("line"), *values)
    if named := identifying(profile):
        said = (
            new(ROWS)
            .select("_line", "record_key", *named)
            .map_batches(
                lambda rows: tokens(rows, profile, region, key), schema=TOKEN_COLUMNS, streamable=True
            )
        )
        yield write(TOKENS, said, "kind", "token")
    if export.files(ANSWERED):
        yield write(ANSWERS, new(ANSWERED), "item", "value", "scale_min", "scale_max", "wording_version")
    taken = [label for label, became in load.dimensions.items() if became == TAKEN]
    if taken:
        groups = [
            new(ROWS).select(
                "record_key", pl.lit(label).alias("label"), pl.col(PREFIX + label).alias("member")
            )
            for label in taken
        ]
        yield write(DIMENSIONS, pl.concat(groups), "label", "member")
    if load.is_full_export:
        sighted = [export.waiting(kind).select("record_key") for kind in (ROWS, ASIDE)]
        yield write(SIGHTINGS, pl.concat(sighted).drop_nulls().unique())
    personal = [c.name for c in profile.columns if c.personal or c.identifies or c.lookup]
    if personal:
        rows = new(ROWS).select("record_key", of_load[0], *personal)
        _sink(rows, store.vault / profile.name / f"{load.load_id}.parquet")
    if export.quarantine.height:
        pointers = export.quarantine.lazy().select(of_load[0], "line", "column", "rule").sort("line")
        _sink(pointers, store.quarantine / f"{load.load_id}.parquet")


def known_members(store: Store, of: Load, beside: Iterable[str] = ()) -> dict[str, set[str]]:
    """Label -> the members of a company's own dimension that were told before a load, by files of its source.

    Args:
        beside: the loads from the same file, which were read before it whatever the order of the files.
    """
    earlier = load_ids(store, of.received_at).union(beside)
    loads = [
        load
        for load in read_loads(store)
        if load.load_id in earlier and load.source == of.source and load.dimensions
    ]
    files = landed_files(store, loads).get(DIMENSIONS, [])
    if not files:
        return {}
    told = pl.read_parquet(files, columns=["label", "member"]).drop_nulls().unique()
    return {str(label): set(own["member"]) for (label,), own in told.group_by("label")}


def _sink(rows: pl.LazyFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_suffix(".work")
    rows.sink_parquet(work, compression="zstd", compression_level=1, statistics=False)
    with work.open("rb") as written:
        os.fsync(written.fileno())
    work.replace(path)


def _parquet(files: list[Path]) -> str:
    return f"read_parquet([{', '.join(_literal(str(file)) for file in files)}])"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sweep(store: Store) -> int:
    """Remove what an interrupted run left: files that no load in force refers to. Returns how many."""
    ids = load_ids(store)
    shutil.rmtree(store.vault / SPILL, ignore_errors=True)
    removed = 0
    for folder in (store.landing, store.vault, store.quarantine):
        for path in folder.rglob("*.parquet") if folder.is_dir() else ():
            if path.stem not in ids and path.parent != store.vault / RAW:
                path.unlink()
                removed += 1
        for path in folder.rglob("*.work") if folder.is_dir() else ():
            path.unlink()
            removed += 1
    return removed
