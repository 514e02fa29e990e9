import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import A_FILE_WAS_REFUSED, APP, NOT_PUBLISHED, PUBLISHED, app
from pipelines.journal import Journal
from pipelines.publish import only_run
from pipelines.settings import CONFIG_VARIABLE, SettingsError, find_config, load_settings
from pipelines.store import Store
from pipelines.terminal import USAGE

MakeWorkspace = Callable[..., Path]
BAD_CHECK = "/* ---\nabout: a test\nseverity: fail\n--- */\nselect 1 as bad\n"
BROKEN = "/* ---\nabout: ours\n--- */\nselect nn from kpi_window\n"
ODD = {"inbox/odd.csv": "a,b\n1,2\n"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in a folder without a workspace."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


# Exit codes


def test_a_run_that_publishes_exits_0_and_says_what(empty_workspace: MakeWorkspace) -> None:
    code, said, _ = careful("run", "--config", empty_workspace())
    assert code == PUBLISHED
    assert said.startswith("Published 2")


def test_files_refused_for_the_same_reason_are_told_in_one_line(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files={f"inbox/{number}.csv": f"a,b\n{number},2\n" for number in range(5)})
    _, said, _ = careful("run", "--config", folder)
    assert said.count("Refused") == 1
    assert "Refused 0.csv, 1.csv, 2.csv and 2 more: Its columns are those of no known export" in said


def test_a_run_says_why_rows_were_set_aside(empty_workspace: MakeWorkspace) -> None:
    rows = [
        "1,a@example.com,yesterday",
        "2,b@example.com,later",
        "3,c@example.com",
        ",d@example.com,2026-05-01",
    ]
    rows += ["5,e@example.com,2026-05-01", "6"]
    contacts = "\n".join(["Record ID,Email,Create Date", *rows, ""])
    _, said, _ = careful("run", "--config", empty_workspace(files={"inbox/a.csv": contacts}))
    assert "6 rows = 1 loaded + 5 set aside" in said
    assert (
        "hubspot contact: 5 set aside: 2 not a date as its file writes dates (created at), 2 the row is torn, "
        "1 a needed cell is empty (contact id)"
    ) in " ".join(said.split())


def test_a_refused_file_exits_3_and_the_rest_is_published(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files=ODD)
    code, said, _ = careful("run", "--config", folder)
    assert code == A_FILE_WAS_REFUSED
    assert "Refused odd.csv: Its columns are those of no known export" in said
    assert "Published 2" in said
    assert (folder / "inbox" / "refused" / "odd.csv.reason.txt").is_file()


def test_a_failing_check_exits_1_and_status_tells_the_reason(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    before = (folder / "store" / "current").read_text()
    (folder / "queries" / "checks").mkdir()
    (folder / "queries" / "checks" / "never.sql").write_text(BAD_CHECK)
    code, said, _ = careful("run", "--config", folder)
    assert (code, said) == (
        NOT_PUBLISHED, "Not published: a check failed: never (1 rows). The build before stays in force.\n"
    )  # fmt: skip
    assert (folder / "store" / "current").read_text() == before
    code, said, _ = careful("status", "--config", folder)
    assert code == PUBLISHED
    assert before.strip() in said
    assert "a check failed: never (1 rows)" in said


def test_a_second_run_at_the_same_time_exits_1_with_a_sentence(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    with only_run(Store(folder / "store")):
        code, said, error = careful("run", "--config", folder)
    assert (code, said) == (NOT_PUBLISHED, "")
    assert error.startswith(f"Another run is at work (process {os.getpid()}, store ")
    assert len(error.strip().splitlines()) == 1


def test_a_missing_key_or_a_broken_query_exits_1_with_the_place(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files={"queries/marts/broken.sql": BROKEN})
    code, _, error = careful("run", "--config", folder)
    assert code == NOT_PUBLISHED
    assert "marts/broken.sql: BinderException" in error
    (folder / "secrets" / "pseudonym.key").unlink()
    code, _, error = careful("run", "--config", folder)
    assert code == NOT_PUBLISHED
    assert str(folder / "secrets" / "pseudonym.key") in error


@pytest.mark.parametrize("arguments", [["nonsense"], ["run", "--nonsense"], ["up", "--port", "0"]])
def test_what_careful_does_not_know_exits_2(arguments: list[str]) -> None:
    assert careful(*arguments)[0] == USAGE


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Europe/Zurich"', '"Mars"', "company.time_zone: expected an IANA time zone"),
        ("[care]", "[cares]", "cares is not known. Did you mean 'care'?"),
        ("currency", "curency", "company.curency is not known. Did you mean 'currency'?"),
        ("[company]", "[company", "is not valid TOML"),
        ("top_customers = 500", "top_customers = 0", "care.top_customers"),
    ],
)
def test_settings_that_can_not_be_used_exit_2_and_name_file_and_line(
    old: str, new: str, says: str, empty_workspace: MakeWorkspace
) -> None:
    config = empty_workspace() / "careful.toml"
    config.write_text(config.read_text().replace(old, new, 1))
    code, _, error = careful("run", "--config", config)
    assert code == USAGE
    assert str(config) in error
    assert says in error


def test_what_is_unexpected_names_the_place_and_quotes_nothing(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    (folder / "store").mkdir()
    (folder / "store" / "runs").write_text("anna@example.org is in the way")
    code, _, error = careful("run", "--config", folder)
    assert code == NOT_PUBLISHED
    assert "Something unexpected" in error
    assert "CAREFUL_DEBUG=1" in error
    assert "anna" not in error


# --config


def test_config_is_the_file_or_its_folder_or_the_environment_or_here(
    empty_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty_workspace()
    config = (folder / "careful.toml").resolve()
    assert find_config(folder) == find_config(config) == config
    monkeypatch.setenv(CONFIG_VARIABLE, str(folder))
    assert find_config() == config
    monkeypatch.delenv(CONFIG_VARIABLE)
    monkeypatch.chdir(folder)
    assert find_config() == config


def test_a_named_place_without_settings_is_never_swapped_for_another(
    empty_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(empty_workspace())
    missing = tmp_path / "missing.toml"
    with pytest.raises(SettingsError, match=rf"looked in order at --config: {missing}\."):
        find_config(missing)
    monkeypatch.setenv(CONFIG_VARIABLE, str(missing))
    with pytest.raises(SettingsError, match=rf"at --config: not set; \${CONFIG_VARIABLE}: {missing}\."):
        find_config()


@pytest.mark.parametrize("command", ["run", "status", "doctor", "schedule", "serve"])
def test_without_settings_every_command_says_where_it_looked(command: str) -> None:
    code, _, error = careful(command)
    assert code == USAGE
    assert (
        "looked in order at --config: not set; $CAREFUL_CONFIG: not set; this folder: careful.toml" in error
    )
    assert "careful init DIR" in error


# --json


def test_run_prints_one_json_object_whatever_happens(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files=ODD)
    code, said, _ = careful("run", "--json", "--config", folder)
    record = json.loads(said)
    assert (code, record["outcome"]) == (A_FILE_WAS_REFUSED, "published")
    assert record["build_id"] == (folder / "store" / "current").read_text().strip()
    (folder / "secrets" / "pseudonym.key").unlink()
    code, said, error = careful("run", "--json", "--config", folder)
    assert code == NOT_PUBLISHED
    assert json.loads(said) == {"error": error.strip()}
    code, said, error = careful("run", "--json", "--config", folder / "missing.toml")
    assert code == USAGE
    assert json.loads(said)["error"].startswith("No settings file.")


STATUS_KEYS = {
    "company",
    "build",
    "age_hours",
    "as_of",
    "sources",
    "waiting_files",
    "unlanded_entries",
    "refused_files",
    "unfinished_erasures",
    "failures",
}


def test_status_has_the_same_keys_before_and_after_the_first_build(
    empty_workspace: MakeWorkspace, sample_workspace: Path
) -> None:
    code, said, _ = careful("status", "--json", "--config", empty_workspace(files=ODD))
    about = json.loads(said)
    assert (code, about.keys(), about["build"], about["waiting_files"]) == (
        NOT_PUBLISHED,
        STATUS_KEYS,
        None,
        1,
    )
    code, said, _ = careful("status", "--json", "--config", sample_workspace)
    about = json.loads(said)
    assert (code, about.keys(), about["waiting_files"]) == (PUBLISHED, STATUS_KEYS, 0)
    assert about["as_of"] == "2026-11-16T05:00:00"
    assert about["sources"]["shopify__order"].keys() == {"files", "last_received_at", "data_through_at"}


def test_status_is_said_in_sentences_and_names_what_waits_in_the_journal(
    sample_workspace: Path, empty_workspace: MakeWorkspace
) -> None:
    _, said, _ = careful("status", "--config", sample_workspace)
    assert "the published numbers are as of 16 Nov 2026, 06:00 and were made" in said
    about = json.loads(careful("status", "--json", "--config", sample_workspace)[1])
    reached = datetime.fromisoformat(about["sources"]["shopify__order"]["data_through_at"])
    in_zurich = reached + timedelta(hours=1)
    assert f"\nShopify: data up to {in_zurich:%d %b %Y, %H:%M}.\n" in said
    assert said.count("Your own lists: data up to ") == 1
    assert "__" not in said
    folder = empty_workspace(run=True)
    journal = Journal(Store(folder / "store"))
    for name in ("anna", "ben"):
        journal.be_gentle(name, None, "carl")
    _, said, _ = careful("status", "--config", folder)
    assert said.splitlines()[1:] == [
        "2 entries in your journal (plans, lists, what became of them) wait for the next run."
    ]


def test_status_says_that_refused_files_wait_for_an_answer(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files=ODD, run=True)
    assert (
        "\n1 refused file lies in inbox/refused/, with the reason beside each: mend and move it back into the "
        "inbox, or delete it.\n"
    ) in careful("status", "--config", folder)[1]
    for path in (folder / "inbox" / "refused").iterdir():
        path.unlink()
    assert "refused" not in careful("status", "--config", folder)[1]


def test_a_pointer_to_a_missing_build_is_said_and_mended_by_the_next_run(
    empty_workspace: MakeWorkspace,
) -> None:
    folder = empty_workspace(run=True)
    (folder / "store" / "current").write_text("20200101T000000-deadbeef\n")
    code, said, _ = careful("status", "--json", "--config", folder)
    assert code == NOT_PUBLISHED
    assert "Publish a new one with `careful run`" in json.loads(said)["error"]
    assert careful("run", "--config", folder)[0] == PUBLISHED
    assert careful("status", "--config", folder)[0] == PUBLISHED


# init, doctor, schedule


def test_init_makes_a_workspace_that_is_well_and_refuses_to_make_it_again(tmp_path: Path) -> None:
    folder = tmp_path / 'The "Care" Company'
    code, said, _ = careful("init", folder)
    assert code == 0
    assert f"careful up --config {folder / 'careful.toml'}" in said
    assert load_settings(folder / "careful.toml").company.name == 'The "Care" Company'
    config, key = folder / "careful.toml", folder / "secrets" / "pseudonym.key"
    before = config.read_bytes(), key.read_bytes()
    code, _, error = careful("init", folder)
    assert code == USAGE
    assert "There is a workspace" in error
    assert "Nothing was changed" in error
    assert (config.read_bytes(), key.read_bytes()) == before


def test_doctor_exits_0_when_all_is_well_and_1_with_what_to_mend(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    code, said, _ = careful("doctor", "--config", folder)
    assert (code, "MEND" in said) == (0, False)
    (folder / "secrets" / "pseudonym.key").unlink()
    code, said, _ = careful("doctor", "--config", folder)
    assert code == 1
    assert [line.split()[1] for line in said.splitlines() if line.startswith("MEND")] == ["pseudonym"]


def test_a_bad_schedule_exits_2_before_it_starts(empty_workspace: MakeWorkspace) -> None:
    config = empty_workspace() / "careful.toml"
    config.write_text(config.read_text().replace("15 6 * * *", "15 6 * *"))
    code, _, error = careful("schedule", "--config", config)
    assert code == USAGE
    assert "Expected five fields" in error


# up


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def started(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """`careful up` as people start it, once it answers."""
    command = [sys.executable, "-m", "pipelines.cli", "up", "--config", str(folder), "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        while process.poll() is None and time.monotonic() < began + 180:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert answer.status == 200
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        else:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"careful up did not answer: {process.communicate()[0]}")
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def listening_addresses(port: int) -> set[str]:
    """From the kernel's tables, in its notation: little-endian hexadecimal."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if int(local.split(":")[1], 16) == port and state == "0A":
                found.add(local.split(":")[0])
    return found


@pytest.mark.skipif(not APP.is_file(), reason="there is no dashboard/app.py to serve")
def test_up_serves_this_machine_only_and_ends_when_told(sample_workspace: Path) -> None:
    port = free_port()
    with started(sample_workspace, port) as process:
        if Path("/proc/net/tcp").exists():
            assert listening_addresses(port) == {"0100007F"}
        process.terminate()
        said = process.communicate(timeout=10)[0]
    assert "Nothing new since the published build." in said
    assert f"http://127.0.0.1:{port}" in said
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
