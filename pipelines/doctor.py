"""What may be wrong with a workspace, and what to do about it."""

import os
import platform
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from pipelines.build import rehearse
from pipelines.door.dimensions import TAKEN
from pipelines.door.intake import waiting
from pipelines.door.land import read_loads
from pipelines.door.originals import REASON_SUFFIX, REFUSED_FOLDER, without_personal
from pipelines.door.proposal import proposals
from pipelines.door.pseudonym import PseudonymKeyError, fingerprint, read_key
from pipelines.door.recognise import check_mapping
from pipelines.engine.graph import QueryError
from pipelines.ga4 import examine as web
from pipelines.schedule import next_run
from pipelines.settings import Settings, SettingsError
from pipelines.sources import all_profiles
from pipelines.store import Store, StoreError

_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it is well, and what to do if not."""

    what: str
    is_well: bool
    says: str


def examine(settings: Settings) -> list[Finding]:
    """Look at settings, key, permissions, disk, queries, schedule, the published build and Google Analytics.

    Also at files that nobody knows, waiting or refused; where there are none, nothing is said of them.
    """
    store = Store(settings.store)
    looks: list[tuple[str, Callable[[Settings, Store], str]]] = [
        ("settings", _settings),
        ("pseudonym key", _key),
        ("folders", _folders),
        ("disk", _disk),
        ("queries", _queries),
        *([("own dimensions", _dimensions)] if settings.dimensions else []),
        ("schedule", _schedule),
        ("published build", _published),
        ("versions", _versions),
    ]
    findings = []
    for what, look in looks:
        try:
            findings.append(Finding(what, True, look(settings, store)))
        except (SettingsError, PseudonymKeyError, QueryError, StoreError, _UnwellError) as error:
            findings.append(Finding(what, False, str(error)))
        except OSError as error:
            findings.append(
                Finding(what, False, f"{error.filename}: {error.strerror}. Give this user the right to.")
            )
    return findings + _unknown_files(settings) + _web(settings)


def _unknown_files(settings: Settings) -> list[Finding]:
    """Files that no export's columns fit, waiting or refused, each with the mapping that would make it readable."""
    refused = settings.inbox / REFUSED_FOLDER
    left = sorted(refused.iterdir()) if refused.is_dir() else []
    paths = [*waiting(settings.inbox), *(path for path in left if not path.name.endswith(REASON_SUFFIX))]
    return [
        Finding("unknown file", False, f"{without_personal(path.name)}: {proposal.in_words()}")
        for path, proposal in proposals(paths, all_profiles(), settings)
    ]


def _web(settings: Settings) -> list[Finding]:
    """Google Analytics, where it is asked."""
    try:
        return [Finding(*found) for found in web.findings(settings)]
    except (SettingsError, PseudonymKeyError, QueryError) as error:
        return [Finding(web.NAME, False, str(error))]


class _UnwellError(Exception):
    pass


def _settings(settings: Settings, store: Store) -> str:
    check_mapping(all_profiles(), settings)
    return f"{settings.path} reads well; {settings.company.name}, {settings.company.time_zone}"


def _key(settings: Settings, store: Store) -> str:
    key = read_key(settings.key_file)
    mode = stat.S_IMODE(settings.key_file.stat().st_mode)
    if mode & 0o077:
        raise _UnwellError(
            f"{settings.key_file} can be read by others (mode {mode:o}). Run: chmod 600 {settings.key_file}"
        )
    others = {load.key_fingerprint for load in read_loads(store)} - {fingerprint(key)}
    if others:
        raise _UnwellError("The store was made with another key. Restore the first one from your backup.")
    return f"there, yours alone, fingerprint {fingerprint(key)}. Keep a copy away from this machine."


def _folders(settings: Settings, store: Store) -> str:
    for folder in (settings.inbox, settings.workspace):
        if not folder.is_dir():
            raise _UnwellError(f"{folder} is missing. Run: mkdir -p {folder}")
        if not os.access(folder, os.W_OK):
            raise _UnwellError(f"{folder} can not be written. Give this user the right to.")
    if store.vault.is_dir() and stat.S_IMODE(store.vault.stat().st_mode) & 0o077:
        raise _UnwellError(f"{store.vault} can be read by others. Run: chmod 700 {store.vault}")
    return f"inbox and store can be written in {settings.workspace}"


def _disk(settings: Settings, store: Store) -> str:
    free = shutil.disk_usage(settings.workspace).free
    if free < _LEAST_FREE_BYTES:
        raise _UnwellError(
            f"{free / 1024**3:.1f} GB are free; a build wants 2 GB. Make room, or move the workspace."
        )
    return f"{free / 1024**3:.0f} GB free"


def _queries(settings: Settings, store: Store) -> str:
    ran = rehearse(settings, all_profiles())
    return ", ".join(f"{count} {what}" for what, count in ran.items()) + " run well on no data"


def _dimensions(settings: Settings, store: Store) -> str:
    became: dict[tuple[str, str], str] = {}
    for load in read_loads(store):
        became |= {(load.source, label): outcome for label, outcome in load.dimensions.items()}
    lacking = [
        f"{name} ({column.source}, column {column.label!r}): {found}"
        for name, column in settings.dimensions.items()
        if (found := became.get((column.source, column.label), "in no file yet")) != TAKEN
    ]
    if lacking:
        raise _UnwellError(
            f"Not shown: {'; '.join(lacking)}. A column fills with the next full export after it was declared: "
            "export it again, or put the last full export into inbox/ once more."
        )
    return f"{', '.join(settings.dimensions)} arrived"


def _schedule(settings: Settings, store: Store) -> str:
    moment = next_run(settings, datetime.now(UTC))
    return f"next run {moment:%A %d %B %H:%M} by the company's clock" if moment else "never runs"


def _published(settings: Settings, store: Store) -> str:
    build = store.current()
    if build is None:
        raise _UnwellError("Nothing is published yet. Put export files into inbox/ and run `careful run`.")
    last = next(iter(store.runs()), None)
    if last and last["outcome"] != "published":
        raise _UnwellError(
            f"The last run did not publish: {last['reason']}. The build on screen is {build.id}."
        )
    return f"{build.id}, data as of {build.manifest['as_of']}"


def _versions(settings: Settings, store: Store) -> str:
    packages = ("careful", "duckdb", "polars", "streamlit", "altair", "sqlglot")
    return ", ".join(
        [f"python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]
    )
