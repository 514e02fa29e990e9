"""Google Analytics from the command line: what is said, what is asked, and how it ends."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import workspace
from pipelines.cli import A_FILE_WAS_REFUSED, NOT_PUBLISHED, PUBLISHED, app
from pipelines.door.land import read_loads, sweep
from pipelines.engine.duck import open_engine
from pipelines.ga4.reports import load_reports
from pipelines.ga4.tables import read_pulls, register_web
from pipelines.publish import only_run
from pipelines.questions import QUERIES
from pipelines.settings import load_settings
from pipelines.store import Store
from pipelines.terminal import USAGE
from sample_data.ga4_server import Ga4Server
from sample_data.web import MOMENTS

MakeWorkspace = Callable[..., Path]


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def company(empty_workspace: MakeWorkspace, rest: str) -> Path:
    """A company that asks the server for three weeks of two reports."""
    return empty_workspace(
        settings='[sources.ga4]\nproperties = ["413000001"]\ntransport = "rest"\n'
        f'api_endpoint = "{rest}"\nreports = ["visitors", "channels"]\nsince = 2026-10-26\n'
    )


def reports_asked(server: Ga4Server) -> int:
    return sum(entry.method in ("runReport", "batchRunReports") for entry in server.requests)


def test_a_pull_says_what_it_had_and_a_second_one_has_nothing_to_ask(
    company: Path, server: Ga4Server
) -> None:
    code, said, _ = careful("pull", "ga4", "--config", company)
    assert code == PUBLISHED
    assert said.startswith("Property 413000001: ")
    asked = reports_asked(server)
    assert asked > 0
    assert careful("pull", "ga4", "--config", company)[:2] == (PUBLISHED, "Nothing new to ask.\n")
    assert reports_asked(server) == asked


def test_a_dry_run_says_the_cost_and_asks_nothing(company: Path, server: Ga4Server) -> None:
    code, said, _ = careful("pull", "ga4", "--dry-run", "--config", company)
    assert code == PUBLISHED
    assert "token(s). Nothing was asked." in said
    assert "channels day 2026-10-26..2026-11-16" in said
    assert not server.requests
    assert not read_pulls(Store(company / "store"))


def test_a_pull_of_some_days_of_one_report_asks_for_these_only(company: Path, server: Ga4Server) -> None:
    arguments = ("--report", "visitors", "--since", "2026-11-02", "--until", "2026-11-08", "--json")
    code, said, _ = careful("pull", "ga4", *arguments, "--config", company)
    assert code == PUBLISHED
    (told,) = json.loads(said)
    assert told["properties"][0]["outcome"] == "complete"
    assert reports_asked(server) == told["properties"][0]["requests"] > 0
    landed = {path.parent.name for path in (company / "store" / "landing").rglob("*.parquet")}
    assert landed == {"ga4__visitors"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (
            ("--since", "2026-11-02", "--until", "2026-11-01"),
            "--since 2026-11-02 is after --until 2026-11-01",
        ),
        (("--since", "2999-01-01"), "--since 2999-01-01 has not begun"),
    ],
)
def test_days_that_can_not_be_asked_for_are_said_to_be_so(
    company: Path, server: Ga4Server, days: tuple[str, ...], expected: str
) -> None:
    code, _, said = careful("pull", "ga4", *days, "--config", company)
    assert (code, server.requests) == (USAGE, [])
    assert expected in said


def test_what_stands_in_the_way_is_said_once(company: Path) -> None:
    toml = company / "careful.toml"
    toml.write_text(toml.read_text().partition("transport")[0] + 'credentials_file = "secrets/none.json"\n')
    code, said, _ = careful("pull", "ga4", "--config", company)
    assert code == A_FILE_WAS_REFUSED
    assert said.count("can not be read") == 1
    assert "0 window(s)" not in said


def test_a_company_without_google_analytics_is_told_what_to_write(empty_workspace: MakeWorkspace) -> None:
    code, _, said = careful("pull", "ga4", "--config", empty_workspace())
    assert code == USAGE
    assert "has no [sources.ga4]" in said
    assert 'properties = ["123456789"]' in said


def test_a_report_that_is_not_known_is_a_matter_of_settings(company: Path) -> None:
    code, _, said = careful("pull", "ga4", "--report", "visitor", "--config", company)
    assert code == USAGE
    assert "Did you mean 'visitors'?" in said


def test_a_pull_waits_for_no_other_run(company: Path) -> None:
    with only_run(Store(company / "store")):
        code, _, said = careful("pull", "ga4", "--config", company)
    assert code == NOT_PUBLISHED
    assert "Another run is at work" in said


def landed(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What each report says of each period, whatever load it lies in."""
    store = Store(folder / "store")
    loads, reports = read_loads(store), load_reports([QUERIES])
    with open_engine("UTC") as connection:
        register_web(connection, store, loads, reports, datetime.max)
        columns = "* exclude (load_id, received_at, pulled_at)"
        return {
            name: sorted(
                connection.execute(f"select {columns} from landing.ga4__{name}").fetchall(), key=repr
            )
            for name in ("visitors", "channels")
        }


@pytest.mark.endure
def test_a_pull_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    company: Path, server: Ga4Server, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(company, whole)
    assert careful("pull", "ga4", "--config", whole)[0] == PUBLISHED
    calls = len({entry.call for entry in server.requests})
    killed = 0
    for at in range(1, calls):
        server.requests.clear()
        command = [sys.executable, "-m", "pipelines.cli", "pull", "ga4", "--config", str(company)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and len({entry.call for entry in server.requests}) < at:
                time.sleep(0.002)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 2
    assert careful("pull", "ga4", "--config", company)[0] == PUBLISHED
    assert landed(company) == landed(whole)
    assert landed(whole)["visitors"]
    sweep(Store(company / "store"))
    assert landed(company) == landed(whole)


def test_a_run_asks_first_and_builds_from_what_was_said(company: Path) -> None:
    code, said, _ = careful("run", "--config", company)
    assert code == PUBLISHED
    assert said.startswith("Asked Google Analytics: ")
    build = Store(company / "store").current()
    assert build is not None
    assert build.query("select count(*) from web_kpi").item() > 0
    build.close()


def test_a_run_that_is_refused_publishes_all_else_and_says_what_to_grant(
    company: Path, server: Ga4Server
) -> None:
    server.revoke()
    code, said, _ = careful("run", "--config", company)
    assert code == A_FILE_WAS_REFUSED
    assert "Published 2" in said
    assert "413000001" in said
    assert "Viewer" in said


def test_the_sample_company_is_asked_on_each_of_its_mondays_once(
    sample_workspace: Path, sample_files: Path
) -> None:
    pulls = read_pulls(Store(sample_workspace / "store"))
    assert [pull["pulled_at"] for pull in pulls] == [at.isoformat() for at in MOMENTS]
    assert {pull["outcome"] for pull in pulls} == {"complete"}
    settings = load_settings(sample_files / "careful.toml")
    assert not list(workspace.moments(settings, MOMENTS[-1]))
