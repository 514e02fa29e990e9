"""A workspace of its own per test, and the landed rows in a form that golden rows can be written in."""

import hmac
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.door.intake import Intake, take_in
from pipelines.door.land import Load, read_loads
from pipelines.door.profile import Profile
from pipelines.door.pseudonym import create_key
from pipelines.engine.duck import open_engine, register_landing
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store

SETTINGS = '[company]\nname = "Acme"\ntime_zone = "Europe/Zurich"\nas_of = "2026-11-16T05:00:00Z"\n'
ABOUT_THE_LOAD = (
    "record_key", "content_hash", "load_id", "received_at", "data_through_at", "source", "object"
)  # fmt: skip


class Desk:
    """Where files are handed in; what became of them is read back from the store itself."""

    def __init__(self, folder: Path, more: str) -> None:
        folder.mkdir(parents=True)
        config = folder / "careful.toml"
        config.write_text(SETTINGS + more, encoding="utf-8")
        self.settings = load_settings(config)
        self.store = Store(self.settings.store)
        self.key = create_key(self.settings.key_file)

    def put(
        self, name: str, content: str | bytes | Mapping[str, str | bytes], on: str = "2026-11-10"
    ) -> Path:
        """A file in the inbox; a mapping becomes a ZIP. `on` is the day it arrived, or day and time."""
        path = self.settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Mapping):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for member, inside in content.items():
                    archive.writestr(member, inside)
            content = packed.getvalue()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        moment = datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
        return path

    def take_in(self, profiles: Iterable[Profile] = ()) -> Intake:
        return take_in(self.settings, self.store, profiles or all_profiles(), self.key)

    def read(
        self, content: str | bytes | Mapping[str, str | bytes], on: str = "2026-11-10", name: str = "a.csv"
    ) -> Load:
        """The one load that a file becomes."""
        self.put(name, content, on)
        done = self.take_in()
        assert [refusal["reason"] for refusal in done.refusals] == []
        (load,) = done.loads
        return load

    def refuse(self, content: str | bytes | Mapping[str, str | bytes], name: str = "a.csv") -> str:
        """Why a file is refused."""
        self.put(name, content)
        done = self.take_in()
        assert done.loads == []
        ((reason),) = [refusal["reason"] for refusal in done.refusals]
        return reason

    def table(self, name: str) -> pl.DataFrame:
        """Every landed row of a table, of all loads in force."""
        files = [self.store.landing / f for load in read_loads(self.store) for f in load.files]
        frames = [pl.read_parquet(file) for file in files if file.parent.name == name]
        return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()

    def known(self, *columns: str, table: str = "hubspot__contact") -> list[tuple[Any, ...]]:
        """What a build would start from: of each record what was told last."""
        return self.engine().sql(f"select {', '.join(columns)} from landing.{table} order by all").fetchall()

    def engine(self) -> duckdb.DuckDBPyConnection:
        """With every landing table as a build has it."""
        engine = open_engine("UTC")
        register_landing(engine, self.store, read_loads(self.store), all_profiles())
        return engine

    def landed(self, name: str, *columns: str) -> list[dict[str, Any]]:
        """What was landed, in the order of arrival and line, without what is known of the load."""
        frame = self.table(name)
        if frame.is_empty():
            return []
        frame = frame.sort("received_at", "load_id", "line")
        return (frame.select(columns) if columns else frame.drop(ABOUT_THE_LOAD)).to_dicts()

    def tokens(self, name: str) -> set[tuple[int, str, str]]:
        """Line, kind and token of each identifier of a table's landed rows."""
        lines = self.table(name).select("record_key", "load_id", "line")
        found = self.table("identity_token")
        if found.is_empty():
            return set()
        return set(lines.join(found, on=["record_key", "load_id"]).select("line", "kind", "token").rows())

    def keyed(self, *identifiers: tuple[int, str, str]) -> set[tuple[int, str, str]]:
        """The same, from the identifiers themselves."""
        return {(line, kind, self.hash(f"{kind}|{value}")) for line, kind, value in identifiers}

    def hash(self, message: str) -> str:
        return hmac.digest(self.key.hex().encode(), message.encode(), "sha256").hex()[:32]

    def answers(self, name: str) -> set[tuple[int, str, float, int, int]]:
        """Line, item, value and scale of each answer."""
        lines = self.table(name).select("record_key", "load_id", "line")
        found = lines.join(self.table("answer"), on=["record_key", "load_id"])
        given = found.drop_nulls("value")
        return set(given.select("line", "item", "value", "scale_min", "scale_max").rows())

    def set_aside(self, load: Load) -> list[tuple[int, str, str]]:
        """Line, column and rule of each row in quarantine."""
        file = self.store.quarantine / f"{load.load_id}.parquet"
        return pl.read_parquet(file).select("line", "column", "rule").rows() if file.is_file() else []

    def refusals(self) -> list[Path]:
        folder = self.settings.inbox / "refused"
        return sorted(folder.iterdir()) if folder.is_dir() else []


def counts(load: Load) -> tuple[int, int, int, int]:
    """Rows read, loaded, set aside, known already."""
    return load.rows_read, load.rows_loaded, load.rows_quarantined, load.rows_duplicate


@pytest.fixture(name="counts")
def counts_of() -> Callable[[Load], tuple[int, int, int, int]]:
    return counts


@pytest.fixture(scope="session")
def desk_class() -> type[Desk]:
    """For desks that outlive a test."""
    return Desk


@pytest.fixture
def open_desk(tmp_path: Path) -> Callable[[str], Desk]:
    """A desk with more settings; each call opens another one."""
    opened: list[Desk] = []

    def open_one(more: str = "") -> Desk:
        opened.append(Desk(tmp_path / f"desk-{len(opened)}", more))
        return opened[-1]

    return open_one


@pytest.fixture
def desk(open_desk: Callable[[str], Desk]) -> Desk:
    return open_desk("")
