"""Where a file goes that was handed in: into the vault for a while, or aside in the inbox with the reason."""

import contextlib
import hashlib
import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.door.land import RAW
from pipelines.settings import Settings
from pipelines.store import Store, StoreError, write_atomically

REFUSED_FOLDER = "refused"
REASON_SUFFIX = ".reason.txt"
RAW_RETENTION = timedelta(days=90)
_DATE_IN_NAME = r"(?<!\d)20\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_.T\d]*"
_PERSONAL_IN_NAME = re.compile(rf"({_DATE_IN_NAME})|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()-]{{7,}}\d")


def received_at(path: Path) -> datetime:
    """When a file arrived: the time of its last change, as naive UTC in whole seconds."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)


def keep(path: Path, store: Store, name: str, kept_at: datetime) -> None:
    """Move the original into the vault; its retention counts from now, however old the file was."""
    raw = store.vault / RAW
    raw.mkdir(parents=True, exist_ok=True)
    kept = raw / f"{name}{path.suffix.lower()}"
    shutil.move(path, kept)
    _date(kept, kept_at)


def forget(store: Store, now: datetime) -> None:
    """Remove originals that are past their time by this run's clock and by that of the run that published last.

    So a clock that stands wrong for one run removes nothing; what it dated ahead counts from now on.
    """
    raw = store.vault / RAW
    with contextlib.suppress(StoreError):
        current = store.current()
        before = datetime.fromisoformat(current.manifest["as_of"]) if current else now
        for path in raw.iterdir() if raw.is_dir() else ():
            if received_at(path) < min(now, before) - RAW_RETENTION:
                path.unlink()
            elif received_at(path) > max(now, before):
                _date(path, now)


def _date(path: Path, moment: datetime) -> None:
    seconds = moment.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


def refuse(path: Path, reason: str, of: tuple[str, str], settings: Settings, store: Store) -> dict[str, str]:
    """Move a file aside in the inbox, the reason beside it, and keep on record that it was refused."""
    when = received_at(path)
    told = refusal(path, reason, of)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    write_atomically(store.landing / "_refusals" / f"{when:%Y%m%dT%H%M%S}-{digest}.json", json.dumps(told))
    folder = settings.inbox / REFUSED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    target.with_name(target.name + REASON_SUFFIX).write_text(reason + "\n", encoding="utf-8")
    shutil.move(path, target)
    return told


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
    """Every refused file, oldest first."""
    folder = store.landing / "_refusals"
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda refusal: refusal["received_at"])


def without_personal(name: str) -> str:
    """A file's name without what looks like an e-mail address or a phone number."""
    return _PERSONAL_IN_NAME.sub(lambda found: found[1] or "…", name)
