"""Every file in the inbox, once: landed, or refused whole with the reason beside it."""

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pipelines import ctrl_c
from pipelines.door import dimensions, plausible
from pipelines.door.check import Checked
from pipelines.door.container import members
from pipelines.door.export import Export, checked
from pipelines.door.land import (
    Load,
    known_members,
    land,
    latest_clock,
    load_ids,
    read_loads,
    spill,
    sweep,
)
from pipelines.door.notes import of_reading
from pipelines.door.originals import (
    REASON_SUFFIX,
    REFUSED_FOLDER,
    answer_refusals,
    digest,
    forget,
    forget_refusals,
    keep,
    received_at,
    refusal,
    refuse,
    without_personal,
)
from pipelines.door.profile import Profile
from pipelines.door.proposal import proposals, whose
from pipelines.door.pseudonym import PseudonymKeyError, fingerprint
from pipelines.door.read import sheet
from pipelines.door.recognise import NO_KNOWN_EXPORT, NearlyKnown, Recognised, check_mapping, recognise
from pipelines.door.refused import Refused
from pipelines.door.text import Text, decode
from pipelines.door.tombstones import ERASED, barred, bars
from pipelines.journal.returns import without_strangers
from pipelines.settings import Settings
from pipelines.store import RECEIVED, Store, disk_trouble

Tell = Callable[[int, float], None]
"""Rows of a file read so far, and which share of its bytes."""


@dataclass
class Intake:
    """What one visit to the inbox did."""

    loads: list[Load] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)


def waiting(inbox: Path) -> list[Path]:
    """The files to read, oldest first; hidden files, refused ones and our own reasons are left alone."""
    if not inbox.is_dir():
        return []
    paths = [
        path
        for path in inbox.rglob("*")
        if path.is_file()
        and not path.name.endswith(REASON_SUFFIX)
        and not any(part.startswith(".") for part in path.relative_to(inbox).parts)
        and path.relative_to(inbox).parts[0] != REFUSED_FOLDER
    ]
    return sorted(paths, key=lambda path: (received_at(path), str(path)))


def take_in(
    settings: Settings,
    store: Store,
    profiles: Iterable[Profile],
    key: bytes,
    progress: Callable[[str, int, int], None] = lambda file, done, total: None,
) -> Intake:
    """Read every waiting file, a piece at a time.

    Args:
        progress: called with the file's name and the rows read of it, how many bytes are done, and how many there are.

    Raises:
        SettingsError: the mapping names something unknown.
        PseudonymKeyError: the store was made with another key.
    """
    profiles = tuple(profiles)
    store.vault.mkdir(parents=True, exist_ok=True)
    store.vault.chmod(0o700)
    check_mapping(profiles, settings)
    same_key(store, key)
    sweep(store)
    forget_refusals(settings, store)
    done = Intake()
    known = load_ids(store)
    files = waiting(settings.inbox)
    sizes = [path.stat().st_size for path in files]
    for number, path in enumerate(files):
        before = sum(sizes[:number])
        tell = _teller(path, before, sizes[number], sum(sizes), progress)
        tell(0, 0.0)
        if reason := _why_left(path, settings):
            done.refusals.append(refusal(path, reason))
            continue
        try:
            with spill(store) as folder:
                loads = _take_in_one(path, folder, settings, store, profiles, key, known, tell)
        except Refused as why:
            of = why.of or whose(path, profiles, settings)
            reason = f"{why}{_or_map(path, why, profiles, settings)}"
            ctrl_c.end_if_pressed()
            done.refusals.append(refuse(path, reason, of, settings, store))
            continue
        done.loads += loads
        known |= {load.load_id for load in loads}
    if files:
        progress("", sum(sizes), sum(sizes))
    forget(store, settings.as_of())
    return done


def _or_map(path: Path, why: Refused, profiles: tuple[Profile, ...], settings: Settings) -> str:
    """The other way out, where the column that is missing may only be called otherwise."""
    if not isinstance(why, NearlyKnown):
        return ""
    can = any(proposal.is_enough for _, proposal in proposals([path], profiles, settings))
    return " If it is only called otherwise, `careful doctor` says the line of careful.toml." if can else ""


def _why_left(path: Path, settings: Settings) -> str | None:
    """Why a file can not be looked at yet: it stays in the inbox."""
    if not os.access(path, os.R_OK):
        return "It can not be read. Give this user the right to; it waits in the inbox."
    if (when := received_at(path)) > latest_clock(settings):
        return (
            f"Its time, {when:%Y-%m-%d %H:%M} UTC, is still to come: the clock here or there stands wrong. "
            "It waits in the inbox; `touch` it to have it read by the next run."
        )
    return None


def same_key(store: Store, key: bytes) -> None:
    """Insist on the key with which the store was made.

    Raises:
        PseudonymKeyError: it is another one.
    """
    mine = fingerprint(key)
    other = next((load for load in read_loads(store) if load.key_fingerprint != mine), None)
    if other is not None:
        raise PseudonymKeyError(
            f"The store was made with the pseudonym key {other.key_fingerprint}, this one is {mine}. "
            "Restore the first key: with another one, nobody would be recognised again."
        )


def _teller(
    path: Path, before: int, size: int, total: int, progress: Callable[[str, int, int], None]
) -> Tell:
    name = without_personal(path.name)

    def tell(rows: int, share: float) -> None:
        progress(f"{name}, {rows:,} rows" if rows else name, before + round(size * share), total)

    return tell


def _take_in_one(
    path: Path,
    folder: Path,
    settings: Settings,
    store: Store,
    profiles: tuple[Profile, ...],
    key: bytes,
    known: set[str],
    tell: Tell,
) -> list[Load]:
    """All of a file is sound before any of it is landed. An original in which somebody stands who was erased goes."""
    when = received_at(path)
    rows: Counter[str] = Counter()
    sound: list[tuple[Load, Text, Export]] = []
    erased, holds_erased = barred(store), False
    for number, (name, text, found) in enumerate(exports(path, folder, settings, profiles)):
        is_barred = bars(erased, found.profile, settings.company.region, key)
        load = Load(
            load_id=f"{when:{RECEIVED}}-{_as_read(text.digest, found)}-{number}",
            source=found.profile.source,
            object=found.profile.object,
            file=f"{found.profile.name}{Path(name).suffix.lower()}",
            content_hash=text.digest,
            received_at=when,
            encoding=text.encoding,
            is_full_export=found.profile.object in settings.source(found.profile.source).full_export,
            key_fingerprint="",
        )
        if load.load_id in known:
            rows[found.profile.name] += _sound_rows(load, store)
            holds_erased |= bool(erased) and any(is_barred(piece.frame).any() for piece in found.pieces())
            continue
        into = folder / f"export-{number}"
        into.mkdir()

        def amend(piece: Checked, profile: Profile = found.profile) -> Checked:
            return without_strangers(piece, profile, store, settings, key)

        def piece_read(rows: int, through: int, size: int = found.size) -> None:
            tell(rows, through / max(size, 1))

        with _foreseen(), _inside(path, name):
            export = checked(found, settings, key, when, into, amend, piece_read, is_barred)
        rows[found.profile.name] += export.height
        holds_erased |= bool((export.quarantine["rule"] == ERASED).any())
        sound.append((load, text, export))
    shrunk = _shrunken(rows, path, when, settings, store)
    loads: list[Load] = []
    for load, text, export in sound:
        load.notes = of_reading(text, export) + shrunk.get(export.found.profile.name, [])
        _fit_dimensions(export, load, store, settings, [each.load_id for each in loads], key)
        load.notes += _no_longer_there(text, export.found.profile, when, store)
        loads.append(land(export, load, store, settings, key))
    content = next((text.digest[:12] for _, text, _ in sound if text.path == path), "") or digest(path)
    answer_refusals(path, content, loads, settings, store)
    if holds_erased:
        path.unlink()
    else:
        keep(path, store, f"{when:{RECEIVED}}-{content}", settings.as_of())
    return loads


def _sound_rows(load: Load, store: Store) -> int:
    """Of a load in force."""
    about = json.loads((store.loads / f"{load.load_id}.json").read_text(encoding="utf-8"))
    return int(about["rows_read"] - about["rows_quarantined"])


def _shrunken(
    rows: Mapping[str, int], path: Path, when: datetime, settings: Settings, store: Store
) -> dict[str, list[str]]:
    """What to note of full exports that lost many rows and are taken as they are: table -> notes.

    Args:
        rows: table -> how many sound rows of it are in the file.

    Raises:
        Refused: one lost many rows, and nobody said that it is right.
    """
    is_accepted = path.relative_to(settings.inbox).parts[0] == plausible.ACCEPTED_FOLDER
    notes: dict[str, list[str]] = {}
    for table, count in rows.items():
        source, _, thing = table.partition("__")
        if thing not in settings.source(source).full_export:
            continue
        said = plausible.fewer_rows(table, count, when, store, settings.zone)
        if said and not is_accepted:
            raise Refused(said, (source, thing if len(rows) == 1 else ""))
        if said:
            notes[table] = ["accepted with far fewer rows than the full export before"]
        elif noted := plausible.fewer_than_today(table, count, when, store, settings.zone):
            notes[table] = [noted]
    return notes


def _no_longer_there(text: Text, profile: Profile, when: datetime, store: Store) -> list[str]:
    header = profile.header(sheet(text).head) if profile.layout == "csv" else None
    if header is None:
        return []
    labels = {label.strip().casefold() for label in (*header.names, *header.aliases)}
    has = {c.name for c in profile.columns if not c.labels or any(w.casefold() in labels for w in c.labels)}
    lost = plausible.no_longer_there(profile.name, has, when, store)
    return [f"It has no column for {name} any more, which the file before had" for name in lost]


def _fit_dimensions(
    export: Export, load: Load, store: Store, settings: Settings, landed: list[str], key: bytes
) -> None:
    declared = dimensions.labels_of(settings, load.source)
    own = [c.name for c in export.found.profile.columns if c.name.startswith(dimensions.PREFIX)]
    if own:
        frame, load.dimensions = dimensions.fitted(
            export.rows("_line", *own, *dimensions.names_of_people(export.found.profile)),
            export.emptied,
            known_members(store, load, landed),
        )
        export.fit(frame.select("_line", *own), key)
    load.notes += dimensions.notes(load.dimensions, export.found.unknown, declared)


@contextlib.contextmanager
def _foreseen() -> Iterator[None]:
    """Whatever is wrong inside one file, it alone is refused: the other files have their run."""
    try:
        with ctrl_c.heeded():
            yield
    except (Refused, OSError, MemoryError):
        raise
    except Exception as error:
        if disk_trouble(error):
            raise
        raise Refused(
            f"Reading it failed in an unforeseen way ({type(error).__name__}); nothing of it was taken."
        ) from None


@contextlib.contextmanager
def _inside(path: Path, name: str) -> Iterator[None]:
    """Say which file of a container is refused."""
    try:
        yield
    except Refused as refusal:
        if name == path.name:
            raise
        of = (refusal.of[0], "") if refusal.of else None
        raise Refused(f"Inside it, {without_personal(Path(name).name)}: {refusal}", of) from None


def exports(
    path: Path, folder: Path, settings: Settings, profiles: tuple[Profile, ...]
) -> list[tuple[str, Text, Recognised]]:
    """What a file holds: its name, its text and whose export it is; several in a container.

    Args:
        folder: where what is unpacked and decoded is written; nobody else's.

    Raises:
        Refused: it can not be read.
    """
    with _foreseen():
        return _recognised(path, folder, settings, profiles)


def _recognised(
    path: Path, folder: Path, settings: Settings, profiles: tuple[Profile, ...]
) -> list[tuple[str, Text, Recognised]]:
    found = []
    nearly: list[tuple[str, NearlyKnown]] = []
    unknown = 0
    alone = True
    for number, member in enumerate(members(path, folder)):
        alone = member.name == path.name
        try:
            text = replace(decode(member.path, folder / f"text-{number}"), is_typed=member.is_typed)
            export = recognise(text, profiles, settings)
        except NearlyKnown as refusal:
            if alone:
                raise
            nearly.append((member.name, refusal))
            continue
        except Refused:
            if alone or member.name.lower().endswith((".csv", ".json", ".ndjson", ".tsv")):
                with _inside(path, member.name):
                    raise
            unknown += 1
            continue
        if export is not None:
            found.append((member.name, text, export))
        elif alone and text.head(2048).lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise Refused(
                "It is a web page, not an export: the download was a log-in page. Sign in and export again."
            )
        else:
            unknown += 1
    for name, lacking in nearly:
        source, thing = lacking.of or ("", "")
        is_of_them = source in {export.profile.source for _, _, export in found}
        if is_of_them and thing in Path(name).name.casefold():
            with _inside(path, name):
                raise lacking
    unknown += len(nearly)
    if not found:
        raise Refused(
            f"{NO_KNOWN_EXPORT} `careful doctor` says what it is most like, if anything, and which lines of "
            "careful.toml would make it readable."
        )
    return [(name, text, replace(export, strangers=unknown)) for name, text, export in found]


def _as_read(digest: str, export: Recognised) -> str:
    """The content and the columns taken from it: the same file under a corrected mapping is another load."""
    taken = sorted((c.name, c.labels, *filter(None, [c.lookup])) for c in export.profile.columns)
    return hashlib.sha256(f"{digest}{taken}".encode()).hexdigest()[:12]
