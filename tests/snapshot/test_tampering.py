"""Whoever lays hands on a frozen week is found out, and a freeze that fails leaves nothing behind."""

import json
import shutil
from pathlib import Path

import pytest

from pipelines.door.pseudonym import read_key
from pipelines.publish import only_run
from pipelines.settings import Settings, load_settings
from pipelines.snapshot import Snapshot, proved, snapshot, snapshots, verify
from pipelines.snapshot.freezing import freeze
from pipelines.snapshot.frozen import sealed
from pipelines.store import Store
from tests.snapshot.company import WEEK, Company


@pytest.fixture
def company(frozen: tuple[Path, str]) -> Settings:
    return load_settings(frozen[0] / "careful.toml")


@pytest.fixture
def copied(company: Settings, tmp_path: Path) -> Snapshot:
    folder = Path(shutil.copytree(snapshot(Store(company.store), WEEK).path, tmp_path / WEEK))
    for path in folder.rglob("*"):
        path.chmod(0o700)
    return Snapshot(folder)


def test_a_week_as_it_was_frozen_is_found_untouched(copied: Snapshot, company: Settings) -> None:
    assert verify(copied, read_key(company.key_file)) == []


@pytest.mark.parametrize(
    "name", ["marts/kpi_week.parquet", "queries/core/kpi_event.sql", "definitions.json", "careful.toml"]
)
def test_a_changed_a_missing_and_an_added_file_are_found(name: str, copied: Snapshot) -> None:
    path = copied.path / name
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    assert verify(copied) == [f"{name} was changed."]
    path.unlink()
    assert verify(copied) == [f"{name} is missing."]
    path.write_bytes(content)
    (copied.path / "more.txt").write_text("more")
    assert verify(copied) == ["more.txt was not there when the week was frozen."]


def test_a_changed_manifest_is_found_and_one_written_anew_lacks_the_seal(
    copied: Snapshot, company: Settings
) -> None:
    path = copied.path / "manifest.json"
    manifest = json.loads(path.read_text())
    (copied.path / "careful.toml").write_text("[company]\n")
    path.write_text(json.dumps({**manifest, "received_by": "2026-11-01T00:00:00"}))
    assert verify(copied)[0] == "manifest.json was changed: it does not say what its own hash is of."
    forged = {
        **manifest,
        "files": {name: digest for name, digest in manifest["files"].items() if name != "careful.toml"},
    }
    (copied.path / "careful.toml").unlink()
    path.write_text(json.dumps(sealed(forged, b"another key")))
    assert verify(copied) == []
    key = read_key(company.key_file)
    assert verify(copied, key) == ["manifest.json was not sealed with this company's key."]
    path.write_text("{")
    assert verify(copied) == ["manifest.json can not be read."]


def test_the_page_and_the_command_prove_the_seal_and_say_when_they_can_not(
    copied: Snapshot, company: Settings, tmp_path: Path
) -> None:
    assert proved(copied, company) == []
    path = copied.path / "manifest.json"
    path.write_text(json.dumps(sealed(json.loads(path.read_text()), b"another key")))
    assert proved(copied, company) == ["manifest.json was not sealed with this company's key."]
    elsewhere = company.model_copy(update={"path": tmp_path / "careful.toml"})
    (said,) = proved(copied, elsewhere)
    assert said.startswith("Its seal can not be checked: No pseudonym key. Expected it at ")


def test_freezing_that_is_interrupted_leaves_no_week_and_lets_go_of_the_store(tmp_path: Path) -> None:
    company = Company(tmp_path / "other")

    def stop(step: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        freeze(company.at("2026-11-02T05:30"), company.store, progress=stop)
    assert snapshots(company.store) == []
    assert list(company.store.root.rglob(".work-*")) == []
    with only_run(company.store):
        pass


@pytest.mark.endure
def test_freezing_that_fails_half_way_leaves_no_week_and_no_litter(tmp_path: Path) -> None:
    company = Company(tmp_path / "other")

    def breaks(frozen: Snapshot) -> None:
        assert frozen.query("select count(*) as n from definition")["n"][0] > 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        freeze(company.at("2026-11-02T05:30"), company.store, attach=breaks)
    assert snapshots(company.store) == []
    assert list(company.store.root.rglob(".work-*")) == []
    with only_run(company.store):
        pass
