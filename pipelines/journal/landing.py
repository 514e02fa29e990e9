"""The journal's structured entries, landed by each run as source `journal`, each once.

`bring_back` goes the other way first: what the CRM says of an act of ours, by its `act_id`, is written down as what
became of that act.
"""

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.door.export import checked
from pipelines.door.land import TOKENS, Load, land, landed_files, load_ids, read_loads, spill
from pipelines.door.profile import Profile
from pipelines.door.read import Piece
from pipelines.door.recognise import Recognised
from pipelines.journal.book import Journal
from pipelines.journal.file import Entry, entries
from pipelines.journal.records import KINDNESSES
from pipelines.journal.returns import of_others
from pipelines.settings import Settings
from pipelines.sources.journal import PROFILES, SOURCE
from pipelines.store import Store

CRM = "the CRM"
OTHER_KINDNESS = "something else"
_COUNTED = frozenset(kind.casefold() for kind in KINDNESSES)
_MARK = "-j"


def unlanded(store: Store) -> int:
    """How many entries the next run will land."""
    return sum(len(found) for _, found in _new(store))


def land_journal(settings: Settings, store: Store, key: bytes) -> list[Load]:
    """Land what was written since the last run: one load for each kind of entry that has any."""
    return [_land(profile, found, settings, store, key) for profile, found in _new(store) if found]


def bring_back(store: Store) -> int:
    """Write down what the CRM says of our acts; each thing it says once. Returns how many acts changed.

    What was said before by hand is no obstacle, but for a 'never again': the CRM is where the work was done. An undo
    after that stands, until the CRM says something new. A row that names another customer than the act's is not heard.
    """
    journal = Journal(store)
    if not journal.path.is_file():
        return 0
    told = _told(store, journal.acts())
    return sum(
        journal.hear(
            news["act_id"], news["outcome"], CRM, news["content_hash"],
            {name: news[name] for name in ("done_at", "cost_amount", "currency")},
        )
        for news in told
    )  # fmt: skip


def _new(store: Store) -> list[tuple[Profile, list[Entry]]]:
    """What is written and not landed, by kind. How far a kind is landed its loads' names say.

    A journal that does not hold what was landed last was restored from a backup, and numbers its entries anew: all of
    it is offered again, and what is landed already counts as a duplicate.
    """
    in_force = load_ids(store)
    found = []
    with Journal(store).read() as connection:
        for profile in PROFILES:
            paths = (store.landing / profile.name).glob("*.parquet")
            last = max((path for path in paths if path.stem in in_force), key=_number, default=None)
            through = _number(last) if last else 0
            if last and not _holds(connection, profile, last):
                through = 0
            found.append((profile, entries(connection, profile.object, "entry_id > ?", (through,))))
    return found


def _number(path: Path) -> int:
    return int(path.stem.rpartition(_MARK)[2])


def _holds(connection: sqlite3.Connection | None, profile: Profile, path: Path) -> bool:
    """Whether the last entry of a landed file, if one is left of it, is in the journal, and of the same time."""
    landed = pl.read_parquet(path, columns=["entry_id", "written_at"]).sort("entry_id").tail(1)
    written = [
        entry.at
        for entry_id in landed["entry_id"]
        for entry in entries(connection, profile.object, "entry_id = ?", (entry_id,))
    ]
    return landed["written_at"].to_list() == written


def _land(profile: Profile, found: list[Entry], settings: Settings, store: Store, key: bytes) -> Load:
    rows = [_as_text(entry, profile) for entry in found]
    frame = pl.DataFrame(rows, schema={column.name: pl.String for column in profile.columns})
    content = hashlib.sha256(frame.write_csv().encode()).hexdigest()
    frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_line"))
    export = Recognised(profile, lambda: iter([Piece(frame, frame.height, [], 0)]), "", {}, {}, [])
    load = Load(
        load_id=f"{settings.as_of():%Y%m%dT%H%M%S}-{profile.object}{_MARK}{found[-1].entry_id:012d}",
        source=SOURCE,
        object=profile.object,
        file=f"{profile.name}.sqlite",
        content_hash=content,
        received_at=settings.as_of(),
        encoding="utf-8",
        is_full_export=False,
        key_fingerprint="",
    )
    with spill(store) as folder:
        return land(checked(export, settings, key, load.received_at, folder), load, store, settings, key)


def _as_text(entry: Entry, profile: Profile) -> dict[str, str | None]:
    """An entry in the profile's columns. What is no column of it (who wrote it, what they said) stays here."""
    about = {
        **entry.facts,
        "entry_id": entry.entry_id,
        "written_at": entry.at,
        "initiative_id": entry.initiative_id,
        "customer_key": entry.customer_key,
        "thing_id": entry.thing_id,
        "version": entry.version,
    }
    if entry.kind == "kindness" and str(about["kind"]).strip().casefold() not in _COUNTED:
        about["kind"] = OTHER_KINDNESS
    kinds = {column.name: column.kind for column in profile.columns}
    return {name: _text(about.get(name), kind) for name, kind in kinds.items()}


def _text(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if kind == "timestamp":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, float):
        return f"{value:.17f}".rstrip("0").rstrip(".")
    return str(value)


def _told(store: Store, acts: pl.DataFrame) -> list[dict[str, Any]]:
    """What the landed lists of acts say of these acts last, where they do not name somebody else."""
    landed = landed_files(store, read_loads(store))
    files = landed.get("careful__care_act")
    if not files or acts.is_empty():
        return []
    with duckdb.connect() as connection:
        found = connection.sql(
            "select act_id, outcome, done_at, cost_amount, currency, content_hash, record_key, load_id "
            "from read_parquet($files, union_by_name = true) where list_contains($act_ids, act_id) "
            "qualify row_number() over (partition by act_id order by received_at desc, load_id desc) = 1",
            params={"files": files, "act_ids": acts["act_id"].to_list()},
        ).pl()
        connection.register("said", found)
        named = connection.sql(
            "select said.act_id, identifier.token as named from said "
            "join read_parquet($files, union_by_name = true) as identifier using (record_key, load_id)",
            params={"files": landed[TOKENS]},
        ).pl() if TOKENS in landed else pl.DataFrame(schema={"act_id": pl.String, "named": pl.String})  # fmt: skip
    others = set(of_others(store, acts.join(named, on="act_id"))["act_id"])
    return [row for row in found.to_dicts() if row["act_id"] not in others]
