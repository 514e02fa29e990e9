"""Nobody's name, address, number or words are anywhere outside the vault, whatever becomes of a row or a file."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.door.pseudonym import read_key
from pipelines.store import AGGREGATES, PEOPLE, Store
from tests.door.canaries import EXPORTS, MARK, RUN, UNLIKE_TABLES, Canaries, mapping, table, written

SETTINGS = """
[sources.salesforce]
full_export = ["contact"]
"""


def run(desk) -> str:
    """One run in a process of its own, with all that it prints and logs."""
    command = [sys.executable, "-X", "dev", "-c", RUN, str(desk.settings.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def company(desk_class, tmp_path_factory):
    """A workspace of every export there is, run twice; canaries in every cell that could name or quote someone."""
    profiles = EXPORTS
    desk = desk_class(tmp_path_factory.mktemp("canaries") / "desk", SETTINGS + mapping(profiles))
    canaries = Canaries()
    for number, profile in enumerate(profiles):
        unlike = UNLIKE_TABLES.get(f"{profile.name}.{profile.layout}") or UNLIKE_TABLES.get(profile.name)
        if unlike:
            name, content = unlike
            text = content(canaries)
            desk.put(name, text)
            desk.put(f"again-{name}", text + "\n", on="2026-11-11")
            continue
        text = written(table(profile, canaries), profile)
        file = f"{profile.name}-{number}"
        desk.put(f"{file} {MARK}@example.com +41795000001.csv", text)
        desk.put(f"{file}-again.csv", text, on="2026-11-11")
        desk.put(f"{file}-torn.csv", text + f'"{MARK} 1', on="2026-11-12")
        desk.put(f"{file}-stray.csv", text + f'{MARK} "1" x\n', on="2026-11-12")
    wanted = [f"{MARK} {n},{MARK}.{n}@example.com" for n in range(3)]
    desk.put("unknown.csv", "\n".join(wanted))
    desk.put("page.csv", f"<html>{wanted}</html>")
    desk.put("e.zip", {f"{MARK}@example.com.csv": f"Record ID,\0{MARK}"})
    desk.put("torn.zip", b"PK\x03\x04" + MARK.encode())
    printed = run(desk)
    shutil.copyfile(next(desk.store.vault.joinpath("raw").iterdir()), desk.settings.inbox / "once more.csv")
    return desk, canaries, printed + run(desk)


def everything_outside_the_vault(workspace: Path) -> dict[str, str]:
    """Name -> all that a file holds as text: its bytes, and for Parquet and DuckDB every value of every table."""
    found = {}
    for path in sorted(path for path in workspace.rglob("*") if path.is_file()):
        name = path.relative_to(workspace).as_posix()
        if name.startswith(("store/vault/", "secrets/", "careful.toml")):
            continue
        if name.startswith("inbox/refused/") and not name.endswith(".reason.txt"):
            continue
        text = path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            text += pl.read_parquet(path).select(pl.all().cast(pl.String)).write_csv()
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                names = [
                    row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()
                ]
                for table_name in names:
                    rows = connection.sql(f'select columns(*)::varchar from "{table_name}"').pl()
                    text += rows.write_csv()
        found[name] = f"{name}\n{text}".lower()
    return found


def test_no_canary_is_heard_outside_the_vault(company):
    desk, canaries, printed = company
    places = everything_outside_the_vault(desk.settings.workspace)
    assert {".duckdb", ".json", ".parquet", ".txt"} <= {Path(name).suffix for name in places}
    assert len(places) > 100
    assert canaries.planted > 500
    assert len(canaries.phones) > 40
    assert "Reading" in printed
    places["what was printed and logged"] = printed.lower()
    for name, text in places.items():
        heard = [phone for phone in canaries.phones if phone in text]
        assert MARK not in text, name
        assert heard == [], name


def test_the_canaries_were_really_there(company):
    """The search above would find them: the vault is full of them, and every export was landed and set aside."""
    desk, canaries, _ = company
    vault = "".join(pl.read_parquet(path).write_csv() for path in desk.store.vault.rglob("*.parquet"))
    assert vault.count(MARK) > 50
    assert sum(phone in vault for phone in canaries.phones) > 5
    landed = {path.parent.name for path in desk.store.landing.rglob("*.parquet")}
    assert landed >= {profile.name for profile in EXPORTS}
    build = Store(desk.settings.store).current()
    assert build is not None
    loads = build.query("select source || '__' || object as export, max(rows_quarantined) as bad, "
                        "max(rows_duplicate) as known from load group by all")  # fmt: skip
    assert set(loads["export"]) == {profile.name for profile in EXPORTS}
    assert loads["bad"].min() > 0
    assert loads["known"].min() > 0
    assert build.query("select * from refusal").height > 20
    assert (build.path / AGGREGATES).is_file()
    assert (build.path / PEOPLE).is_file()


def test_the_key_is_nowhere_but_in_its_file(company):
    desk, _, printed = company
    key = read_key(desk.settings.key_file)
    needles = (key.hex().encode(), key.hex().upper().encode(), key)
    for path in desk.settings.workspace.rglob("*"):
        if path.is_file() and path != desk.settings.key_file:
            content = path.read_bytes()
            assert not any(needle in content for needle in needles), path
    assert key.hex() not in printed


def test_the_vault_and_the_secrets_are_the_owner_s_alone(company):
    desk, *_ = company
    for folder in (desk.store.vault, desk.settings.key_file.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


CONTACT = f"Record ID,Email,Create Date,Lifecycle Stage\n1,{MARK}@example.com,2026-05-01 08:00,{MARK}\n"


def run_command(desk) -> str:
    """All that `careful run` prints when something goes wrong."""
    command = [sys.executable, "-m", "pipelines.cli", "run", "--config", str(desk.settings.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_run_that_breaks_in_an_unforeseen_way_prints_and_keeps_no_value(desk):
    desk.put(f"{MARK}@example.com.csv", CONTACT)
    desk.store.landing.mkdir(parents=True)
    (desk.store.landing / "hubspot__contact").write_text("a file where a folder belongs")
    assert MARK not in run_command(desk)
    (run,) = desk.store.runs()
    assert run["reason"].startswith("an unexpected ")
    assert MARK not in json.dumps(run)


@pytest.mark.parametrize(
    "expression",
    [
        "cast(lifecycle_stage as integer)",
        "strptime(lifecycle_stage, '%Y')",
    ],
)
def test_a_query_that_can_not_convert_a_value_does_not_print_it(desk, expression):
    desk.put("a.csv", CONTACT)
    query = desk.settings.workspace / "queries" / "marts" / "broken.sql"
    query.parent.mkdir(parents=True)
    query.write_text(
        f"/* ---\nabout: breaks\ngrain: [x]\n--- */\nselect {expression} as x from landing.hubspot__contact\n"
    )
    printed = run_command(desk)
    assert "broken" in printed
    assert MARK not in printed
    (run,) = desk.store.runs()
    assert MARK not in json.dumps(run)
