import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.questions.scaffold import new
from pipelines.schedule import run_and_freeze
from pipelines.settings import load_settings
from pipelines.snapshot import snapshots
from pipelines.store import Store
from tests.snapshot.company import WEEK, careful

MakeWorkspace = Callable[..., Path]


def test_freezing_says_what_was_frozen_and_how_much_it_takes(frozen: tuple[Path, str]) -> None:
    folder, said = frozen
    (week,) = snapshots(Store(folder / "store"))
    assert said.startswith(f"Froze {WEEK} as known at 2026-11-16 05:00 UTC: ")
    assert f"content {week.manifest['content_hash'][:16]}." in said
    assert " MB more on disk" in said


def test_the_same_week_is_frozen_once_and_the_refusal_says_what_to_do(frozen: tuple[Path, str]) -> None:
    code, said, error = careful("snapshot", "--week", WEEK, "--config", frozen[0])
    assert (code, said) == (1, "")
    assert f"The week {WEEK} is frozen already" in error
    assert f"careful diff {WEEK}" in error
    assert f"careful snapshot --verify {WEEK}" in error


def test_a_frozen_week_is_proved_and_a_changed_one_is_not(frozen: tuple[Path, str]) -> None:
    folder, _ = frozen
    code, said, _ = careful("snapshot", "--verify", WEEK, "--config", folder)
    assert code == 0
    assert said.startswith(
        "Untouched: every file is as it was frozen, and the list of them bears your key's seal.\nBuilt again: the same "
    )
    rates = folder / "store" / "snapshots" / WEEK / "rates.csv"
    rates.chmod(0o600)
    before = rates.read_bytes()
    rates.write_bytes(before + b"\n")
    code, said, _ = careful("snapshot", "--verify", WEEK, "--json", "--config", folder)
    rates.write_bytes(before)
    assert code == 1
    assert json.loads(said)["tampered"] == ["rates.csv was changed."]


def test_a_week_that_reads_as_it_did_is_said_to(frozen: tuple[Path, str]) -> None:
    code, said, _ = careful("diff", WEEK, "--config", frozen[0])
    assert (code, said) == (0, f"Every number of {WEEK} reads as it did.\n")
    assert careful("diff", WEEK, "today", "--json", "--config", frozen[0])[1] == "[]\n"


def test_a_question_that_is_not_published_yet_stops_no_comparison(
    frozen: tuple[Path, str], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(frozen[0], tmp_path / "company", symlinks=True))
    shutil.rmtree(folder / "store" / "snapshots" / "_restatements", ignore_errors=True)
    new(folder / "queries", "feelings/felt_worth", "ana")
    code, said, error = careful("diff", WEEK, "--config", folder)
    assert (code, said, error) == (0, f"Every number of {WEEK} reads as it did.\n", "")


@pytest.mark.parametrize(
    "arguments", [["diff", "2026-W40"], ["diff", WEEK, "2026-W47"], ["snapshot", "--verify", "W1"]]
)
def test_a_week_that_is_not_frozen_exits_1_and_names_those_that_are(
    arguments: list[str], frozen: tuple[Path, str]
) -> None:
    code, _, error = careful(*arguments, "--config", frozen[0])
    assert code == 1
    assert f"is not frozen (looked in {frozen[0] / 'store' / 'snapshots'}; frozen are: {WEEK})" in error


def test_freezing_and_proving_are_two_commands(frozen: tuple[Path, str]) -> None:
    code, _, error = careful("snapshot", "--week", WEEK, "--verify", WEEK, "--config", frozen[0])
    assert (code, error) == (1, "Freeze with --week or prove with --verify, one at a time.\n")


def test_the_schedule_is_printed_for_another_scheduler(frozen: tuple[Path, str]) -> None:
    code, said, _ = careful("schedule", "--print", "cron", "--config", frozen[0])
    assert code == 0
    assert f"careful schedule --once --config {frozen[0] / 'careful.toml'}" in said


@pytest.mark.endure
def test_the_schedule_freezes_the_week_before_after_it_published(empty_workspace: MakeWorkspace) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    said: list[str] = []
    assert run_and_freeze(settings, said.append) == 0
    assert [line.split(" ")[0] for line in said] == ["Published", "Froze"]
    assert [week.iso_week for week in snapshots(Store(settings.store))] == [WEEK]


def test_nothing_is_frozen_after_a_run_that_published_nothing(empty_workspace: MakeWorkspace) -> None:
    settings = load_settings(empty_workspace() / "careful.toml")
    settings.key_file.unlink()
    said: list[str] = []
    assert run_and_freeze(settings, said.append) == 1
    assert [line.split(" ")[:2] for line in said] == [["Not", "published"]]
    assert snapshots(Store(settings.store)) == []
