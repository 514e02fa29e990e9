"""Write one load: landing, tokens, answers, quarantine and vault, committed by one rename.

Until `_loads/<load_id>.json` is in place the load does not exist, and whatever it had written is swept by
the next run.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.door.dimensions import PREFIX, TAKEN
from pipelines.door.export import ANSWERED, FITTED, IDENTIFIERS, LOOKED_UP, ROWS, SIGHTED, Export
from pipelines.door.profile import Column, Profile
from pipelines.door.pseudonym import fingerprint, install
from pipelines.door.recognise import ANSWER_PREFIX
from pipelines.settings import Settings
from pipelines.store import Store, write_atomically

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
_LOAD_COLUMNS = (
    "$load_id as load_id, $received_at::timestamp as received_at, $through::timestamp as data_through_at, "
    "$source as source, $object as object"
)
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


def load_ids(store: Store) -> set[str]:
    """The ids of every load in force: quick, however many there are and however much they say."""
    return {path.stem for path in store.loads.glob("*.json")}


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
    in_force = load_ids(store)
    landed = (store.landing / profile.name).glob("*.parquet")
    by_now = f"{latest_clock(settings):%Y%m%dT%H%M%S}~"
    before = sorted(str(path) for path in landed if path.stem in in_force and path.stem <= by_now)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
        connection.execute(f"set memory_limit = '{MOST_MEMORY}'")
        connection.execute(f"set temp_directory = {_literal(str(store.vault / SPILL / 'duckdb'))}")
        install(connection, key)
        _show(connection, export)
        _key_rows(connection, profile, before)
        written = list(_write(connection, export, load, store))
        ((new,),) = connection.execute("select count(*) from new_row").fetchall()
    load.rows_read, load.rows_loaded, load.rows_duplicate = export.read, new, export.height - new
    load.rows_quarantined = export.quarantine.height
    dropped = {rule for rule, _ in profile.set_aside}
    load.rows_dropped = int(export.quarantine["rule"].is_in(list(dropped)).sum())
    load.rules = export.quarantine.group_by("rule", "column").len("rows").sort("rule", "column").to_dicts()
    load.files = written
    load.key_fingerprint = fingerprint(key)
    load.write(store.loads / f"{load.load_id}.json")
    return load


@contextlib.contextmanager
def spill(store: Store) -> Iterator[Path]:
    """An empty folder in the vault for one file's rows; what an interrupted run leaves there is swept."""
    shutil.rmtree(store.vault / SPILL, ignore_errors=True)
    folder = store.vault / SPILL / "file"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(store.vault / SPILL, ignore_errors=True)


def _show(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    """What waits on disk, under the names that the queries here call it by."""
    own = [_quoted(c.name) for c in export.found.profile.columns if c.name.startswith(PREFIX)]
    for kind in (ROWS, IDENTIFIERS, LOOKED_UP, ANSWERED, SIGHTED):
        if files := export.files(kind):
            shown = f"select * from {_parquet(files)}"
            if kind == ROWS and (fitted := export.files(FITTED)):
                shown = (
                    f"select * from (select * exclude ({', '.join(own)}) from {_parquet(files)}) "
                    f"join {_parquet(fitted)} using (_line)"
                )
            connection.execute(f"create view {kind} as {shown}")


def _key_rows(connection: duckdb.DuckDBPyConnection, profile: Profile, before: list[str]) -> None:
    """Make `new_row`: the rows that are not known yet, with their record key and content hash."""
    values = [
        f"coalesce('{f'{c.lookup}|' if c.lookup else ''}' || {_quoted(c.name)}::varchar, chr(30))"
        for c in profile.columns
    ]
    seen = _quoted(profile.seen) if profile.seen else "null"
    connection.execute(
        f"""
        create temp table keyed as
        select _line, {_record_key(profile)} as record_key, {seen} as seen_at,
            keyed('content|' || concat_ws(chr(31), {", ".join(values)})) as content_hash
        from sound
        """
    )
    connection.execute(
        f"""
        create temp table new_row as
        with repeated as (
            select record_key from keyed group by record_key having count(*) > 1
        ), superseded as (
            select _line from keyed semi join repeated using (record_key)
            qualify row_number() over (partition by record_key order by seen_at desc nulls last, _line desc) > 1
        ), known as ({_known(before)}), old as (
            select _line from superseded
            union
            select keyed._line from keyed join known using (record_key, content_hash)
        )
        select _line, record_key, content_hash from keyed anti join old using (_line)
        """
    )


def _record_key(profile: Profile) -> str:
    identity = " || '/' || ".join(f"{_quoted(name)}::varchar" for name in profile.key)
    return f"keyed('{profile.source}|{profile.object}|' || {identity})"


def _known(before: list[str]) -> str:
    if not before:
        return "select null::varchar as record_key, null::varchar as content_hash where false"
    files = ", ".join(_literal(file) for file in before)
    return f"""select record_key, arg_max(content_hash, {_NEWEST}) as content_hash
               from read_parquet([{files}]) group by record_key"""


def _write(connection: duckdb.DuckDBPyConnection, export: Export, load: Load, store: Store) -> Iterator[str]:
    profile = export.found.profile
    about = {
        "load_id": load.load_id,
        "received_at": load.received_at,
        "through": load.data_through_at,
        "source": load.source,
        "object": load.object,
    }

    def write(table: str, sql: str) -> str:
        file = f"{table}/{load.load_id}.parquet"
        _copy(connection, sql, about, store.landing / file)
        return file

    rows = "sound join new_row using (_line)"
    if export.files(LOOKED_UP):
        rows += " join looked_up using (_line)"
    landed = [
        _landed(c) for c in profile.columns if c.landed and not c.name.startswith((ANSWER_PREFIX, PREFIX))
    ]
    yield write(
        profile.name,
        f"select record_key, content_hash, {export.line} as line, {_LOAD_COLUMNS}, {', '.join(landed)} from {rows}",
    )
    ((has_identifiers,),) = connection.execute("select count(*) > 0 from identifiers").fetchall()
    if has_identifiers:
        yield write(
            TOKENS,
            "select record_key, identifiers.kind, keyed(identifiers.kind || '|' || identifiers.value) as token, "
            f"{_LOAD_COLUMNS} "
            "from identifiers join new_row using (_line)",
        )
    if export.files(ANSWERED):
        yield write(
            ANSWERS,
            f"select record_key, answered.item, answered.value, scale_min, scale_max, wording_version, {_LOAD_COLUMNS} "
            "from answered join new_row using (_line)",
        )
    taken = [label for label, became in load.dimensions.items() if became == TAKEN]
    if taken:
        groups = " union all ".join(
            f"select _line, {_literal(label)} as label, {_quoted(PREFIX + label)} as member from sound"
            for label in taken
        )
        yield write(
            DIMENSIONS,
            f"select record_key, grouped.label, grouped.member, {_LOAD_COLUMNS} "
            f"from ({groups}) as grouped join new_row using (_line)",
        )
    if load.is_full_export:
        sighted = f"select distinct {_record_key(profile)} as record_key, {_LOAD_COLUMNS} from sighted"
        yield write(SIGHTINGS, f"from ({sighted}) where record_key is not null")
    personal = [_quoted(c.name) for c in profile.columns if c.personal or c.identifies or c.lookup]
    if personal:
        _copy(
            connection,
            f"select record_key, $load_id as load_id, {', '.join(personal)} from sound join new_row using (_line)",
            {"load_id": load.load_id},
            store.vault / profile.name / f"{load.load_id}.parquet",
        )
    if export.quarantine.height:
        connection.register("aside", export.quarantine)
        _copy(
            connection,
            'select $load_id as load_id, line, "column", rule from aside order by line',
            {"load_id": load.load_id},
            store.quarantine / f"{load.load_id}.parquet",
        )


def _landed(column: Column) -> str:
    name = _quoted(column.name)
    if column.lookup:
        return f"keyed(looked_up.{name}) as {name}"
    if column.reference:
        return f"keyed({_reference(column.reference)} || sound.{name}) as {name}"
    return f"sound.{name}"


def _reference(reference: str) -> str:
    source, target = reference.split("/")
    if source.startswith("@"):
        return f"{_quoted(source[1:])} || '|{target}|'"
    return f"'{source}|{target}|'"


def known_members(store: Store, source: str) -> dict[str, set[str]]:
    """Label -> the members of a company's own dimension that a source's files have told so far."""
    loads = [load for load in read_loads(store) if load.source == source and load.dimensions]
    files = landed_files(store, loads).get(DIMENSIONS, [])
    if not files:
        return {}
    told = pl.read_parquet(files, columns=["label", "member"]).drop_nulls().unique()
    return {str(label): set(own["member"]) for (label,), own in told.group_by("label")}


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, params: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    relation = connection.sql(sql, params=params)
    work = path.with_suffix(".work")
    relation.write_parquet(str(work), compression="zstd")
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
