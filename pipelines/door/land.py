"""Write one load: landing, tokens, answers, quarantine and vault, committed by one rename.

Until `_loads/<load_id>.json` is in place the load does not exist, and whatever it had written is swept by
the next run.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.door.check import Checked, line_of
from pipelines.door.dimensions import PREFIX, TAKEN
from pipelines.door.profile import Column, Profile
from pipelines.door.pseudonym import fingerprint, install
from pipelines.door.recognise import ANSWER_PREFIX, Recognised
from pipelines.door.split import lookups, tokens
from pipelines.settings import Settings
from pipelines.store import Store, write_atomically

TOKENS, ANSWERS, DIMENSIONS, SIGHTINGS = "identity_token", "answer", "dimension", "sighting"
SPILL = "spill"
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


def landed_files(store: Store, loads: list[Load]) -> dict[str, list[str]]:
    """Landing table -> its Parquet files, for these loads."""
    tables: dict[str, list[str]] = {}
    for load in loads:
        for file in load.files:
            tables.setdefault(Path(file).parent.name, []).append(str(store.landing / file))
    return tables


def land(
    found: Recognised, checked: Checked, load: Load, store: Store, settings: Settings, key: bytes
) -> Load:
    """Write a checked export under its load id and put it in force.

    Args:
        found: the recognised export. checked: its typed rows and quarantine.
        load: what is known of it so far; its counts are filled in. key: the pseudonym key.

    Returns:
        The load, with `rows_read = rows_loaded + rows_quarantined + rows_duplicate`.
    """
    profile = found.profile
    if profile.seen:
        seen = checked.frame[profile.seen]
        load.data_through_at = seen.filter(seen <= load.received_at).max()  # type: ignore[assignment]
    in_force = load_ids(store)
    landed = (store.landing / profile.name).glob("*.parquet")
    before = sorted(str(path) for path in landed if path.stem in in_force)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
        spill = str(store.vault / SPILL).replace("'", "''")
        connection.execute(f"set temp_directory = '{spill}'")
        install(connection, key)
        _key_rows(connection, profile, checked.frame, before)
        written = list(_write(connection, found, checked, load, store, settings))
        ((new,),) = connection.execute("select count(*) from new_row").fetchall()
    load.rows_read, load.rows_loaded, load.rows_duplicate = found.read, new, checked.frame.height - new
    load.rows_quarantined = checked.quarantine.height
    dropped = {rule for rule, _ in profile.set_aside}
    load.rows_dropped = int(checked.quarantine["rule"].is_in(list(dropped)).sum())
    load.rules = checked.quarantine.group_by("rule", "column").len("rows").sort("rule", "column").to_dicts()
    load.files = written
    load.key_fingerprint = fingerprint(key)
    load.write(store.loads / f"{load.load_id}.json")
    return load


def _key_rows(
    connection: duckdb.DuckDBPyConnection, profile: Profile, frame: pl.DataFrame, before: list[str]
) -> None:
    """Make `new_row`: the rows that are not known yet, with their record key and content hash."""
    connection.register("checked", frame)
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
        from checked
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
    files = ", ".join("'" + file.replace("'", "''") + "'" for file in before)
    return f"""select record_key, arg_max(content_hash, {_NEWEST}) as content_hash
               from read_parquet([{files}]) group by record_key"""


def _write(
    connection: duckdb.DuckDBPyConnection,
    found: Recognised,
    checked: Checked,
    load: Load,
    store: Store,
    settings: Settings,
) -> Iterator[str]:
    profile = found.profile
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

    rows = "checked join new_row using (_line)"
    if any(c.lookup for c in profile.columns):
        connection.register("looked_up", lookups(checked.frame, profile, settings.company.region))
        rows += " join looked_up using (_line)"
    landed = [
        _landed(c) for c in profile.columns if c.landed and not c.name.startswith((ANSWER_PREFIX, PREFIX))
    ]
    yield write(
        profile.name,
        f"select record_key, content_hash, {line_of(checked.frame)} as line, {_LOAD_COLUMNS}, {', '.join(landed)} "
        f"from {rows}",
    )
    identifiers = tokens(checked.frame, profile, settings.company.region)
    if identifiers.height:
        connection.register("identifier", identifiers)
        yield write(
            TOKENS,
            "select record_key, identifier.kind, keyed(identifier.kind || '|' || identifier.value) as token, "
            f"{_LOAD_COLUMNS} "
            "from identifier join new_row using (_line)",
        )
    if found.items:
        connection.register("answered", _answers(found, checked.frame))
        yield write(
            ANSWERS,
            f"select record_key, answered.item, answered.value, scale_min, scale_max, wording_version, {_LOAD_COLUMNS} "
            "from answered join new_row using (_line)",
        )
    taken = [label for label, became in load.dimensions.items() if became == TAKEN]
    if taken:
        connection.register("grouped", _groups(taken, checked.frame))
        yield write(
            DIMENSIONS,
            f"select record_key, grouped.label, grouped.member, {_LOAD_COLUMNS} "
            "from grouped join new_row using (_line)",
        )
    if load.is_full_export:
        connection.register("sighted", found.frame.select(profile.key))
        sighted = f"select distinct {_record_key(profile)} as record_key, {_LOAD_COLUMNS} from sighted"
        yield write(SIGHTINGS, f"from ({sighted}) where record_key is not null")
    personal = [_quoted(c.name) for c in profile.columns if c.personal or c.identifies or c.lookup]
    if personal:
        _copy(
            connection,
            f"select record_key, $load_id as load_id, {', '.join(personal)} from checked join new_row using (_line)",
            {"load_id": load.load_id},
            store.vault / profile.name / f"{load.load_id}.parquet",
        )
    if checked.quarantine.height:
        connection.register("aside", checked.quarantine)
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
        return f"keyed({_reference(column.reference)} || checked.{name}) as {name}"
    return f"checked.{name}"


def _reference(reference: str) -> str:
    source, target = reference.split("/")
    if source.startswith("@"):
        return f"{_quoted(source[1:])} || '|{target}|'"
    return f"'{source}|{target}|'"


def _answers(found: Recognised, frame: pl.DataFrame) -> pl.DataFrame:
    parts = []
    for name, target in found.items.items():
        wording = found.wordings.get(name)
        version = hashlib.sha256(wording.strip().encode()).hexdigest()[:8] if wording else None
        parts.append(
            frame.select(
                "_line",
                pl.lit(target.item).alias("item"),
                pl.col(name).cast(pl.Float64).alias("value"),
                pl.lit(target.scale[0]).alias("scale_min"),
                pl.lit(target.scale[1]).alias("scale_max"),
                pl.lit(version, dtype=pl.String).alias("wording_version"),
            )
        )
    return pl.concat(parts)


def _groups(labels: list[str], frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        frame.select("_line", pl.lit(label).alias("label"), pl.col(PREFIX + label).alias("member"))
        for label in labels
    )


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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sweep(store: Store) -> int:
    """Remove what an interrupted run left: files that no load in force refers to. Returns how many."""
    ids = load_ids(store)
    shutil.rmtree(store.vault / SPILL, ignore_errors=True)
    removed = 0
    for folder in (store.landing, store.vault, store.quarantine):
        for path in folder.rglob("*.parquet") if folder.is_dir() else ():
            if path.stem not in ids:
                path.unlink()
                removed += 1
        for path in folder.rglob("*.work") if folder.is_dir() else ():
            path.unlink()
            removed += 1
    return removed
