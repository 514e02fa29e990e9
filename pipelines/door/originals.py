"""Where a file goes that was handed in: into the vault for a while, or aside in the inbox with the reason."""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.door.land import RAW, Load
from pipelines.settings import Settings
from pipelines.store import RECEIVED, Store, StoreError, write_atomically

REFUSED_FOLDER = "refused"
REASON_SUFFIX = ".reason.txt"
_RECORDS = "_refusals"
RAW_RETENTION = timedelta(days=90)
_DATE_IN_NAME = r"(?<!\d)20\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_.T\d]*"
_PERSONAL_IN_NAME = re.compile(rf"({_DATE_IN_NAME})|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()-]{{7,}}\d")


def received_at(path: Path) -> datetime:
    """When a file arrived: the time of its last change, as naive UTC in whole seconds."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)


def keep(path: Path, store: Store, name: str, kept_at: datetime) -> None:
    """Move the original into the vault, for its owner alone; its retention counts from now, however old it was."""
    raw = store.vault / RAW
    raw.mkdir(parents=True, exist_ok=True)
    kept = raw / f"{name}{path.suffix.lower()}"
    shutil.move(path, kept)
    kept.chmod(0o600)
    _date(kept, kept_at)


def forget(store: Store, now: datetime) -> None:
    """Remove originals that are past their time by this run's clock and by that of the run that published last.

    So a clock that stands wrong for one run removes nothing; what it dated ahead counts from now on.
    """
    raw = store.vault / RAW
    with contextlib.suppress(StoreError):
        current = store.current()
        before = datetime.fromisoformat(current.manifest["as_of"]) if current else now
        for path in [path for path in raw.glob("*") if path.is_file()]:
            if received_at(path) < min(now, before) - RAW_RETENTION:
                path.unlink()
            elif received_at(path) > max(now, before):
                _date(path, now)


def _date(path: Path, moment: datetime) -> None:
    seconds = moment.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


def refuse(path: Path, reason: str, of: tuple[str, str], settings: Settings, store: Store) -> dict[str, str]:
    """Move a file aside in the inbox, the reason beside it, and keep on record that it was refused.

    The same content again takes the place of what was refused before.
    """
    when = received_at(path)
    told = refusal(path, reason, of)
    content = digest(path)
    _strike(store, lambda stem, before: stem.endswith(content))
    write_atomically(store.landing / _RECORDS / f"{when:{RECEIVED}}-{content}.json", json.dumps(told))
    folder = settings.inbox / REFUSED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists() and digest(target) != content:
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    target.with_name(target.name + REASON_SUFFIX).write_text(reason + "\n", encoding="utf-8")
    shutil.move(path, target)
    return told


def answer_refusals(
    path: Path, content: str, loads: Iterable[Load], settings: Settings, store: Store
) -> None:
    """Make refusals history that a file which was taken in has answered.

    Those are of the same content, of a file of the same name, and of the things that it is a full export of, if they
    came before it. A refused copy of the same content goes, and so do reasons beside which no file lies any more;
    another refused file is somebody's own and stays.

    Args:
        path: the file that is taken in. content: its `digest`. loads: what it became.
    """
    full = {(load.source, load.object): load.received_at.isoformat() for load in loads if load.is_full_export}
    _strike(
        store,
        lambda stem, told: (
            stem.endswith(content)
            or told["file"] == without_personal(path.name)
            or told["received_at"] <= full.get((told["source"], told["object"]), "")
        ),
    )
    folder, size = settings.inbox / REFUSED_FOLDER, path.stat().st_size
    for reason in list(folder.glob(f"*{REASON_SUFFIX}")):
        refused = reason.with_name(reason.name.removesuffix(REASON_SUFFIX))
        if refused.is_file() and refused.stat().st_size == size and digest(refused) == content:
            refused.unlink()
        if not refused.exists():
            reason.unlink()


def forget_refusals(settings: Settings, store: Store) -> None:
    """Make refusals history whose file nobody keeps any more: who deleted it has answered."""
    if not any((store.landing / _RECORDS).glob("*.json")):
        return
    folder = settings.inbox / REFUSED_FOLDER
    kept = [digest(p) for p in folder.rglob("*") if p.is_file() and not p.name.endswith(REASON_SUFFIX)]
    _strike(store, lambda stem, told: not stem.endswith(tuple(kept)))


def _strike(store: Store, is_history: Callable[[str, dict[str, str]], bool]) -> None:
    """Remove the records, by their name and what they tell, that say nothing new any more."""
    for path in list((store.landing / _RECORDS).glob("*.json")):
        if is_history(path.stem, json.loads(path.read_text(encoding="utf-8"))):
            path.unlink()


def digest(path: Path) -> str:
    """What tells the content of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


def refusal(path: Path, reason: str, of: tuple[str, str] = ("", "")) -> dict[str, str]:
    """What is told of a file that was not taken; `of`: whose it most likely is, as of `proposal.whose`."""
    return {
        "received_at": received_at(path).isoformat(),
        "file": without_personal(path.name),
        "source": of[0],
        "object": of[1],
        "reason": reason,
    }


def read_refusals(store: Store) -> list[dict[str, str]]:
    """Every refused file that nothing taken in has answered, oldest first."""
    folder = store.landing / _RECORDS
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda refusal: refusal["received_at"])


def without_personal(name: str) -> str:
    """A file's name without what looks like an e-mail address or a phone number."""
    return _PERSONAL_IN_NAME.sub(lambda found: found[1] or "…", name)
