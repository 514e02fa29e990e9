import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.schedule import next_run
from pipelines.settings import Settings, SettingsError, load_settings
from pipelines.timetable import Scheduler, printed

WINTER, SUMMER = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
CAREFUL = "/opt/careful/bin/careful"


def settings(folder: Path, expression: str, zone: str = "Europe/Zurich") -> Settings:
    folder.mkdir(exist_ok=True)
    config = folder / "careful.toml"
    config.write_text(f'[company]\nname = "A"\ntime_zone = "{zone}"\n[schedule]\nrun = "{expression}"\n')
    return load_settings(config)


def line(text: str, start: str) -> str:
    """What follows the start of the one line that begins so."""
    (found,) = [
        each.strip().removeprefix(start) for each in text.splitlines() if each.strip().startswith(start)
    ]
    return found


@pytest.mark.parametrize("scheduler", get_args(Scheduler))
def test_every_scheduler_runs_what_the_schedule_does_once(scheduler: Scheduler, tmp_path: Path) -> None:
    company = settings(tmp_path, "15 6 * * *")
    text = printed(company, scheduler, CAREFUL, WINTER)
    assert f"careful schedule --once --config {company.path}" in text


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("15 6 * * *", "*-*-* 6:15:00 Europe/Zurich"),
        ("*/15 6-18 * * 1-5", "Mon,Tue,Wed,Thu,Fri *-*-* 6..18:0/15:00 Europe/Zurich"),
        ("0 5 1,15 1-6/2 *", "*-1..6/2-1,15 5:0:00 Europe/Zurich"),
        ("5 4 * jan,jul sun", "Sun *-1,7-* 4:5:00 Europe/Zurich"),
    ],
)
def test_the_expression_in_systemds_words(expression: str, says: str, tmp_path: Path) -> None:
    text = printed(settings(tmp_path, expression), "systemd", CAREFUL, WINTER)
    assert line(text, "OnCalendar=") == says


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to ask")
@pytest.mark.parametrize(
    "expression", ["15 6 * * *", "*/15 6-18 * * 1-5", "0 5 1,15 1-6/2 *", "5 4 * jan,jul 0"]
)
def test_systemd_reads_the_next_time_as_we_do(expression: str, tmp_path: Path) -> None:
    company = settings(tmp_path, expression)
    calendar = line(printed(company, "systemd", CAREFUL, WINTER), "OnCalendar=")
    base = "2026-11-16 00:00:00 UTC"
    command = ["systemd-analyze", "calendar", "--base-time", base, calendar]
    said = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"}
    )
    told = line(said.stdout, "Next elapse:").split()
    moment = next_run(company, WINTER)
    assert moment is not None
    assert " ".join(told[1:3]) == f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def test_what_systemd_has_no_words_for_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'last'\)\. Use numbers, .* or `careful schedule --print cron`"):
        printed(settings(tmp_path, "15 6 last * *"), "systemd", CAREFUL, WINTER)


def test_an_expression_that_is_none_is_refused_whatever_the_scheduler(tmp_path: Path) -> None:
    for scheduler in get_args(Scheduler):
        with pytest.raises(SettingsError, match="Expected five fields"):
            printed(settings(tmp_path, "daily"), scheduler, CAREFUL, WINTER)


@given(st.text("ab %'\"$\\", min_size=1, max_size=8).map(str.strip).filter(bool))
def test_cron_and_the_shell_get_the_path_back_as_it_is(name: str) -> None:
    company = Settings.model_validate({"path": f"/srv/{name}/careful.toml", "company": {"name": "A"}})
    command = printed(company, "cron", CAREFUL, WINTER).splitlines()[-1].removeprefix("15 6 * * * ")
    assert "%" not in command.replace("\\%", "")
    assert shlex.split(command.replace("\\%", "%"))[-1] == str(company.path)


def test_cron_says_where_it_counts_days_otherwise(tmp_path: Path) -> None:
    text = printed(settings(tmp_path, "15 6 1 * 1"), "cron", CAREFUL, WINTER)
    assert "cron runs on either, `careful schedule` where both hold" in text
    assert line(text, "CRON_TZ=") == "Europe/Zurich"
    assert "runs on either" not in printed(settings(tmp_path, "15 6 * * 1"), "cron", CAREFUL, WINTER)


@pytest.mark.parametrize(
    ("expression", "zone", "now", "in_utc"),
    [
        ("15 6 * * *", "Europe/Zurich", WINTER, "15 5 * * *"),
        ("15 6 * * 1-5", "Europe/Zurich", SUMMER, "15 4 * * 1-5"),
        ("0 0,12 * * *", "Europe/Zurich", WINTER, "0 23,11 * * *"),
        ("0 0 * * 1", "Europe/Zurich", WINTER, "0 0 * * 1"),
        ("15 6 * * *", "Asia/Kolkata", WINTER, "15 6 * * *"),
        ("15 */6 * * *", "Europe/Zurich", WINTER, "15 */6 * * *"),
    ],
)
def test_github_counts_in_utc_and_is_told_so(
    expression: str, zone: str, now: datetime, in_utc: str, tmp_path: Path
) -> None:
    text = printed(settings(tmp_path, expression, zone), "github", CAREFUL, now)
    workflow = yaml.safe_load(text)
    assert workflow[True]["schedule"] == [{"cron": in_utc}]
    assert workflow["jobs"]["careful"]["runs-on"] == "self-hosted"
    moved = in_utc != expression
    assert ("UTC; by the clock of" in text) == moved
    assert ("move the hours yourself" in text) != moved
