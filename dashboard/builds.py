"""The build on screen: opened once, read through a cursor per call, never changed under the reader.

A session stays with the build it opened until its reader asks for the newer one. Every cached result is
keyed by the build and by what the viewer may see. Where there is no session, as in a notebook or a report, the build
is given: see `showing`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar
from urllib.parse import urlsplit

import polars as pl
import streamlit as st

from pipelines.settings import LOOPBACK, Settings, SettingsError, find_config, load_settings
from pipelines.snapshot import Snapshot, snapshot
from pipelines.snapshot.frozen import TOML
from pipelines.store import Build, Store, StoreError, is_whole

Scope = Literal["aggregates", "people"]
Args = ParamSpec("Args")
Result = TypeVar("Result")

_PINNED = "build"
_FROZEN = "frozen_week"
_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
_OPEN_BUILDS = 3
_NOTHING = "nothing is published; pages run only once a build is"
_KEPT_RESULTS = 400
_given: ContextVar[tuple[Settings, Build, Scope] | None] = ContextVar("given", default=None)


class NotForThisViewer(Exception):
    """Rows per person were asked for on behalf of a viewer who may not see them."""


@contextmanager
def showing(company: Settings, opened: Build, viewer: Scope = "aggregates") -> Iterator[None]:
    """Look at this build, or this frozen week, for a while: without a session; of rows per person only if told so."""
    token = _given.set((company, opened, viewer))
    try:
        yield
    finally:
        _given.reset(token)


def settings() -> Settings:
    """The company's settings, read again when the file changes; what a frozen week was counted by, with its clock.

    Raises:
        SettingsError: there is no usable careful.toml; says where it was looked for.
    """
    if given := _given.get():
        return given[0]
    then = frozen()
    return settings_today() if then is None else settings_then(settings_today(), then)


def settings_today() -> Settings:
    """The company's settings as they are, also while a frozen week is on screen.

    Raises:
        SettingsError: as `settings`.
    """
    if given := _given.get():
        return given[0]
    path = find_config()
    return _settings(path, path.stat().st_mtime_ns)


def store() -> Store:
    """Where builds are published."""
    return Store(settings_today().store)


def frozen() -> Snapshot | None:
    """The frozen week on screen; None where the published numbers are."""
    if given := _given.get():
        return given[1] if isinstance(given[1], Snapshot) else None
    pinned = st.session_state.get(_FROZEN)
    if pinned is None or Path(pinned).parent != store().snapshots_folder or not Path(pinned).is_dir():
        return None
    return week_kept(Path(pinned).name)


def week_kept(iso_week: str) -> Snapshot:
    """A frozen week, opened once for all readers.

    Raises:
        SnapshotError: the week is not frozen.
    """
    opened = _opened(str(snapshot(store(), iso_week).path))
    assert isinstance(opened, Snapshot)
    return opened


def freeze_on(iso_week: str | None) -> None:
    """Show a frozen week from now on in this session; None goes back to the published numbers.

    Raises:
        SnapshotError: the week is not frozen.
    """
    if iso_week is None:
        st.session_state.pop(_FROZEN, None)
    else:
        st.session_state[_FROZEN] = str(snapshot(store(), iso_week).path)


def build() -> Build | None:
    """The build of this session, or its frozen week; None before the first publication."""
    if given := _given.get():
        return given[1]
    if then := frozen():
        return then
    pinned = st.session_state.get(_PINNED)
    if pinned is None or Path(pinned).parent != store().builds_folder or not is_whole(Path(pinned)):
        current = store().current()
        if current is None:
            return None
        pinned = st.session_state[_PINNED] = str(current.path)
    return _opened(pinned)


def as_of() -> datetime:
    """As of when the numbers on screen are, in UTC."""
    shown = build()
    if shown is None:
        raise LookupError(_NOTHING)
    return datetime.fromisoformat(shown.manifest["as_of"])


def newer_is_published() -> bool:
    """Whether a build came out after the one on screen; nothing is newer than a frozen week."""
    with suppress(StoreError):  # somebody deleted it; the one on screen goes on
        current, shown = store().current(), build()
        return frozen() is None and current is not None and shown is not None and current.id != shown.id
    return False


def take_newest() -> None:
    """Let this session move on to the newest build."""
    st.session_state.pop(_PINNED, None)


def scope() -> Scope:
    """What the viewer may see. The server listens on this machine only: its user may see rows per person.

    A frozen week holds none.
    """
    if given := _given.get():
        return given[2]
    return "aggregates" if frozen() else "people"


def may_see_names() -> bool:
    """Whether names may be shown: the server listens on this machine only, and nobody asks through another one."""
    asks, headers = st.context.ip_address, st.context.headers
    return (
        st.get_option("server.address") in LOOPBACK
        and not (isinstance(asks, str) and asks not in LOOPBACK)
        and not any(name in headers for name in _PASSED_ON)
        and _host(headers.get("Host")) in (None, *LOOPBACK)
    )


def _host(header: object) -> str | None:
    """The host that the browser asked for, without its port; None where no browser did."""
    if not isinstance(header, str) or not header:
        return None
    host = urlsplit(f"//{header}").hostname
    return host or header


def newest() -> Build | None:
    """The published build, also while this session stays with an older one; None before the first publication."""
    current = store().current()
    return None if current is None else _opened(str(current.path))


def rows(sql: str, **params: Any) -> pl.DataFrame:
    """Rows of the build's aggregates. The frame is shared: do not change it in place."""
    return _rows(_path(), scope(), "aggregates", sql, tuple(sorted(params.items())))


def has(table: str, column: str | None = None) -> bool:
    """Whether the build holds a table, and in it a column: builds made before it was thought of do not."""
    known = rows("select table_name, column_name from information_schema.columns where table_schema = 'main'")
    found = known.filter(known["table_name"] == table)
    return bool(found.height) and (column is None or column in found["column_name"].to_list())


def people_rows(sql: str, **params: Any) -> pl.DataFrame:
    """Pseudonymous rows per person.

    Raises:
        NotForThisViewer: the viewer's scope does not hold people.
    """
    if scope() != "people":
        raise NotForThisViewer
    return _rows(_path(), scope(), "people", sql, tuple(sorted(params.items())))


def worked_out_once(compute: Callable[Args, Result]) -> Callable[Args, Result]:
    """Keep what a function makes of a build, per build, viewer's scope and arguments. Results are shared."""
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def call(*args: Args.args, **named: Args.kwargs) -> Result:
        result: Result = _worked_out(_path(), scope(), name, (args, sorted(named.items())), compute)
        return result

    return call


def _path() -> str:
    """Where the build of this session lies; the entry page has looked that it is there, once a run."""
    if given := _given.get():
        return str(given[1].path)
    if then := frozen():
        return str(then.path)
    pinned: str | None = st.session_state.get(_PINNED)
    if pinned:
        return pinned
    shown = build()
    if shown is None:
        raise LookupError(_NOTHING)
    return str(shown.path)


@lru_cache(maxsize=8)
def _settings(path: Path, modified: int) -> Settings:
    del modified  # it keys the cache
    return load_settings(path)


def settings_then(today: Settings, then: Snapshot) -> Settings:
    """Those of today for where things lie, those of then for what was counted, if they can still be read."""
    with suppress(SettingsError):
        said = _settings(then.path / TOML, 0)
        today = today.model_copy(update={"company": said.company, "care": said.care})
    return today.model_copy(update={"company": today.company.model_copy(update={"as_of": then.as_of})})


@st.cache_resource(show_spinner=False, max_entries=_OPEN_BUILDS, on_release=Build.close)
def _opened(path: str) -> Build:
    folder = Path(path)
    return Snapshot(folder) if folder.parent == store().snapshots_folder else Build(folder)


@st.cache_resource(show_spinner=False, max_entries=_KEPT_RESULTS)
def _rows(
    path: str, viewer: Scope, file: Scope, sql: str, params: tuple[tuple[str, Any], ...]
) -> pl.DataFrame:
    given = _given.get()
    opened = given[1] if given else _opened(path)
    read = opened.query_people if file == "people" else opened.query
    return read(sql, dict(params))


@st.cache_resource(show_spinner=False, max_entries=_KEPT_RESULTS)
def _worked_out(
    path: str, viewer: Scope, name: str, given: tuple[Any, Any], _compute: Callable[..., Any]
) -> Any:
    del path, viewer, name  # they key the cache
    args, named = given
    return _compute(*args, **dict(named))
