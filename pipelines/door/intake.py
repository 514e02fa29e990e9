"""Every file in the inbox, once: landed, or refused whole with the reason beside it."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.door import dimensions
from pipelines.door.check import Checked, check
from pipelines.door.land import Load, known_members, land, load_ids, read_loads, sweep
from pipelines.door.profile import Profile
from pipelines.door.pseudonym import PseudonymKeyError, fingerprint
from pipelines.door.read import Member, Refused, Text, decode, members
from pipelines.door.recognise import NearlyKnown, Recognised, check_mapping, recognise
from pipelines.journal.returns import without_strangers
from pipelines.settings import Settings
from pipelines.store import Store, write_atomically

REFUSED_FOLDER = "refused"
REASON_SUFFIX = ".reason.txt"
RAW_RETENTION = timedelta(days=90)
_DATE_IN_NAME = r"(?<!\d)20\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_.T\d]*"
_PERSONAL_IN_NAME = re.compile(rf"({_DATE_IN_NAME})|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()-]{{7,}}\d")


@dataclass
class Intake:
    """What one visit to the inbox did."""

    loads: list[Load] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)


def waiting(inbox: Path) -> list[Path]:
    """The files to read, oldest first; hidden files and refused ones are left alone."""
    if not inbox.is_dir():
        return []
    paths = [
        path
        for path in inbox.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(inbox).parts)
        and path.relative_to(inbox).parts[0] != REFUSED_FOLDER
    ]
    return sorted(paths, key=lambda path: (received_at(path), str(path)))


def received_at(path: Path) -> datetime:
    """When a file arrived: the time of its last change, as naive UTC in whole seconds."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)


def take_in(
    settings: Settings,
    store: Store,
    profiles: Iterable[Profile],
    key: bytes,
    progress: Callable[[str, int, int], None] = lambda file, done, total: None,
) -> Intake:
    """Read every waiting file.

    Args:
        progress: called with the file's name, how many files are done, and how many there are.

    Raises:
        SettingsError: the mapping names something unknown.
        PseudonymKeyError: the store was made with another key.
    """
    profiles = tuple(profiles)
    store.vault.mkdir(parents=True, exist_ok=True)
    store.vault.chmod(0o700)
    check_mapping(profiles, settings)
    _same_key(store, key)
    sweep(store)
    done = Intake()
    known = load_ids(store)
    files = waiting(settings.inbox)
    for number, path in enumerate(files):
        progress(without_personal(path.name), number, len(files))
        try:
            loads = _take_in_one(path, settings, store, profiles, key, known)
        except Refused as refusal:
            done.refusals.append(_refuse(path, str(refusal), settings, store))
            continue
        done.loads += loads
        known |= {load.load_id for load in loads}
    if files:
        progress("", len(files), len(files))
    _forget_raw(store, settings.as_of() - RAW_RETENTION)
    return done


def _same_key(store: Store, key: bytes) -> None:
    mine = fingerprint(key)
    other = next((load for load in read_loads(store) if load.key_fingerprint != mine), None)
    if other is not None:
        raise PseudonymKeyError(
            f"The store was made with the pseudonym key {other.key_fingerprint}, this one is {mine}. "
            "Restore the first key: with another one, nobody would be recognised again."
        )


def _take_in_one(
    path: Path, settings: Settings, store: Store, profiles: tuple[Profile, ...], key: bytes, known: set[str]
) -> list[Load]:
    found = _read(path, settings, profiles)
    when = received_at(path)
    loads = []
    for number, (member, text, export, checked) in enumerate(found):
        digest = hashlib.sha256(member.content).hexdigest()
        load = Load(
            load_id=f"{when:%Y%m%dT%H%M%S}-{_as_read(digest, export)}-{number}",
            source=export.profile.source,
            object=export.profile.object,
            file=f"{export.profile.name}{Path(member.name).suffix.lower()}",
            content_hash=digest,
            received_at=when,
            encoding=text.encoding,
            is_full_export=export.profile.object in settings.source(export.profile.source).full_export,
            key_fingerprint="",
            notes=_notes(text, export, checked),
        )
        if load.load_id not in known:
            declared = dimensions.labels_of(settings, load.source)
            known_groups = known_members(store, load.source) if declared else {}
            frame, load.dimensions = dimensions.fitted(checked.frame, checked.emptied, known_groups)
            load.notes += dimensions.notes(load.dimensions, export.unknown, declared)
            fitted = replace(checked, frame=frame)
            ours = without_strangers(fitted, export.profile, store, settings, key)
            loads.append(land(export, ours, load, store, settings, key))
    name = f"{when:%Y%m%dT%H%M%S}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    _keep_raw(path, store, name, settings.as_of())
    return loads


def _read(
    path: Path, settings: Settings, profiles: tuple[Profile, ...]
) -> list[tuple[Member, Text, Recognised, Checked]]:
    """Whatever is wrong inside one file, it alone is refused: the other files have their run."""
    try:
        found = _recognised(path, settings, profiles)
        return [(member, text, export, check(export, settings)) for member, text, export in found]
    except (Refused, OSError, MemoryError):
        raise
    except Exception as error:
        raise Refused(
            f"Reading it failed in an unforeseen way ({type(error).__name__}); nothing of it was taken."
        ) from None


def _recognised(
    path: Path, settings: Settings, profiles: tuple[Profile, ...]
) -> list[tuple[Member, Text, Recognised]]:
    found = []
    unknown = 0
    alone = True
    for member in members(path):
        alone = member.name == path.name
        try:
            text = decode(member.content)
            export = recognise(text, profiles, settings)
        except NearlyKnown as refusal:
            if alone:
                raise Refused(str(refusal)) from None
            unknown += 1
            continue
        except Refused as refusal:
            if alone or member.name.lower().endswith((".csv", ".json", ".ndjson", ".tsv")):
                inside = without_personal(Path(member.name).name)
                raise Refused(str(refusal) if alone else f"Inside it, {inside}: {refusal}") from None
            continue
        if export is not None:
            found.append((member, text, export))
        elif alone and text.content[:2048].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise Refused(
                "It is a web page, not an export: the download was a log-in page. Sign in and export again."
            )
        else:
            unknown += 1
    if not found:
        known = ", ".join(sorted({f"{p.source} {p.object}" for p in profiles}))
        raise Refused(f"Its columns are those of no known export (known: {known}).")
    return [(member, text, replace(export, strangers=unknown)) for member, text, export in found]


def _as_read(digest: str, export: Recognised) -> str:
    """The content and the columns taken from it: the same file under a corrected mapping is another load."""
    taken = sorted((c.name, c.labels, *filter(None, [c.lookup])) for c in export.profile.columns)
    return hashlib.sha256(f"{digest}{taken}".encode()).hexdigest()[:12]


def _notes(text: Text, export: Recognised, checked: Checked) -> list[str]:
    notes = [
        f"{count} text(s) of {name.removeprefix(dimensions.PREFIX)} look personal and stay in the original file"
        for name, count in checked.emptied.items()
    ]
    notes += [
        f"{count} text(s) of {name} told who somebody is; that part is left out"
        for name, count in checked.scrubbed.items()
    ]
    if export.strangers:
        notes.append(f"{export.strangers} file(s) beside it in the ZIP are no known export")
    if text.replaced:
        notes.append(f"{text.replaced} byte(s) are in no known encoding and were replaced")
    if export.unknown:
        notes.append(f"{len(export.unknown)} column(s) are not used and stay in the original file")
    return notes


def _keep_raw(path: Path, store: Store, name: str, kept_at: datetime) -> None:
    """Move the original into the vault; its retention counts from now, however old the file was."""
    raw = store.vault / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    kept = shutil.move(path, raw / f"{name}{path.suffix.lower()}")
    moment = kept_at.replace(tzinfo=UTC).timestamp()
    os.utime(kept, (moment, moment))


def _forget_raw(store: Store, before: datetime) -> None:
    raw = store.vault / "raw"
    for path in raw.iterdir() if raw.is_dir() else ():
        if received_at(path) < before:
            path.unlink()


def _refuse(path: Path, reason: str, settings: Settings, store: Store) -> dict[str, str]:
    when = received_at(path)
    refusal = {"received_at": when.isoformat(), "file": without_personal(path.name), "reason": reason}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    write_atomically(store.landing / "_refusals" / f"{when:%Y%m%dT%H%M%S}-{digest}.json", json.dumps(refusal))
    folder = settings.inbox / REFUSED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    target.with_name(target.name + REASON_SUFFIX).write_text(reason + "\n", encoding="utf-8")
    shutil.move(path, target)
    return refusal


def read_refusals(store: Store) -> list[dict[str, str]]:
    """Every refused file, oldest first."""
    folder = store.landing / "_refusals"
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda refusal: refusal["received_at"])


def without_personal(name: str) -> str:
    """A file's name without what looks like an e-mail address or a phone number."""
    return _PERSONAL_IN_NAME.sub(lambda found: found[1] or "…", name)
