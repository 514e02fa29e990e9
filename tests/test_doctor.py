import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.doctor import Finding, examine
from pipelines.publish import run_once
from pipelines.questions import load_questions
from pipelines.settings import load_settings

MakeWorkspace = Callable[..., Path]
NOBODY = 65_534


def findings(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(load_settings(folder / "careful.toml"))}


def unwell(folder: Path) -> dict[str, str]:
    return {what: finding.says for what, finding in findings(folder).items() if not finding.is_well}


def test_a_published_workspace_is_well(empty_workspace: MakeWorkspace) -> None:
    found = findings(empty_workspace(run=True))
    assert [what for what, finding in found.items() if not finding.is_well] == []
    assert found.keys() == {
        "settings", "pseudonym key", "folders", "disk", "queries", "schedule", "published build", "versions"
    }  # fmt: skip
    assert f"{len(load_questions())} questions run well on no data" in found["queries"].says


def test_a_new_workspace_lacks_only_its_first_build(empty_workspace: MakeWorkspace) -> None:
    said = unwell(empty_workspace())
    assert said.keys() == {"published build"}
    assert said["published build"].endswith("Put export files into inbox/ and run `careful run`.")


def test_a_missing_key_is_found(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    (folder / "secrets" / "pseudonym.key").unlink()
    said = unwell(folder)
    assert said.keys() == {"pseudonym key"}
    assert "Restore it from your backup" in said["pseudonym key"]


def test_another_key_than_the_stores_is_found(empty_workspace: MakeWorkspace) -> None:
    goals = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.6,2026-12-31,head of care\n"
    folder = empty_workspace(files={"inbox/goals.csv": goals}, run=True)
    (folder / "secrets" / "pseudonym.key").write_text("ab" * 32)
    assert "made with another key" in unwell(folder)["pseudonym key"]


@pytest.mark.parametrize(
    ("path", "mode", "what", "mend"),
    [
        ("secrets/pseudonym.key", 0o644, "pseudonym key", "chmod 600"),
        ("store/vault", 0o755, "folders", "chmod 700"),
    ],
)
def test_what_others_can_read_is_found_with_the_mend(
    path: str, mode: int, what: str, mend: str, empty_workspace: MakeWorkspace
) -> None:
    folder = empty_workspace(run=True)
    (folder / path).chmod(mode)
    said = unwell(folder)
    assert said.keys() == {what}
    assert f"{mend} {folder / path}" in said[what]


def test_a_run_keeps_secrets_and_vault_to_their_owner(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    modes = {p: stat.S_IMODE((folder / p).stat().st_mode) for p in ("secrets/pseudonym.key", "store/vault")}
    assert modes == {"secrets/pseudonym.key": 0o600, "store/vault": 0o700}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('[mapping.hubspot]\n"Customer group" = "segmnt"', "Did you mean 'segment'?"),
        ('[mapping.qualtrics]\nQID1 = "sucess"', "Did you mean 'success'?"),
        ('[mapping.hubspt]\n"Region" = "region"', "Did you mean 'hubspot'?"),
        ("[sources.shopfy]\nevery_days = 7", "Did you mean 'shopify'?"),
    ],
)
def test_a_slip_in_the_mapping_is_found_and_the_nearest_name_given(
    settings: str, says: str, empty_workspace: MakeWorkspace
) -> None:
    assert says in unwell(empty_workspace(settings=settings))["settings"]


def test_a_broken_query_is_found_before_data_arrive(empty_workspace: MakeWorkspace) -> None:
    text = "/* ---\nabout: ours\n--- */\nselect nn from kpi_window\n"
    folder = empty_workspace(files={"queries/marts/typo.sql": text})
    assert "marts/typo.sql: BinderException" in unwell(folder)["queries"]


def test_a_bad_schedule_and_a_missing_inbox_are_found(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace()
    config = folder / "careful.toml"
    config.write_text(config.read_text().replace('"15 6 * * *"', '"often"'))
    (folder / "inbox").rmdir()
    said = unwell(folder)
    assert "Expected five fields" in said["schedule"]
    assert said["folders"] == f"{folder / 'inbox'} is missing. Run: mkdir -p {folder / 'inbox'}"


def test_a_run_that_published_nothing_is_told_with_the_reason(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    check = "/* ---\nabout: a test\nseverity: fail\n--- */\nselect 1 as bad\n"
    (folder / "queries" / "checks").mkdir()
    (folder / "queries" / "checks" / "never.sql").write_text(check)
    run_once(load_settings(folder / "careful.toml"))
    assert "did not publish: a check failed: never (1 rows)" in unwell(folder)["published build"]


@contextlib.contextmanager
def as_somebody_else(folder: Path) -> Iterator[None]:
    """Root may everything, so that a run as root looks with the rights of nobody."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_user_who_may_not_write_the_inbox_or_read_the_key_is_told_so(
    empty_workspace: MakeWorkspace,
) -> None:
    with tempfile.TemporaryDirectory(prefix="careful-doctor-") as reachable:
        Path(reachable).chmod(0o755)
        folder = Path(shutil.copytree(empty_workspace(), Path(reachable) / "company"))
        settings = load_settings(folder / "careful.toml")
        examine(settings)
        (folder / "inbox").chmod(0o555)
        (folder / "secrets" / "pseudonym.key").chmod(0o000)
        with as_somebody_else(folder):
            said = {finding.what: finding.says for finding in examine(settings) if not finding.is_well}
        (folder / "inbox").chmod(0o755)
    assert said["folders"] == f"{folder / 'inbox'} can not be written. Give this user the right to."
    assert said["pseudonym key"].startswith(f"{folder / 'secrets' / 'pseudonym.key'}: Permission denied")


GERMAN = "Kontakt-ID;Vorname;Nachname;E-Mail-Adresse;Erstellt am\n17;Ann;Example;ann@example.com;2026-05-01 08:00\n"
GERMAN_LINES = (
    '[mapping.hubspot]\n"Kontakt-ID" = "contact_id"\n"E-Mail-Adresse" = "email"\n"Erstellt am" = "created_at"\n'
    '"Vorname" = "first_name"\n"Nachname" = "last_name"\n'
)


@pytest.mark.parametrize("place", ["inbox", "inbox/refused"])
def test_a_file_that_nobody_knows_is_told_with_the_lines_to_paste(
    place: str, empty_workspace: MakeWorkspace
) -> None:
    declared = "[sources.hubspot]\nevery_days = 7"
    folder = empty_workspace(settings=declared, files={f"{place}/contacts of ann@example.com.csv": GERMAN})
    said = unwell(folder)["unknown file"]
    assert said.startswith(
        "contacts of …: Its columns are those of no known export. It is most like hubspot contact. "
        "Paste into careful.toml:"
    )
    assert GERMAN_LINES in said
    assert said.endswith("Nothing is missing: after that, put it into inbox/ again.")
    assert "Ann" not in said


def test_after_the_lines_are_pasted_the_file_is_read_and_nothing_more_is_said(
    empty_workspace: MakeWorkspace,
) -> None:
    folder = empty_workspace(settings=GERMAN_LINES, files={"inbox/a.csv": GERMAN})
    assert "unknown file" not in findings(folder)
    assert run_once(load_settings(folder / "careful.toml")).rows["rows_loaded"] == 1


def test_the_reason_beside_a_refused_file_is_no_file_of_its_own(empty_workspace: MakeWorkspace) -> None:
    files = {"inbox/refused/a.csv": GERMAN, "inbox/refused/a.csv.reason.txt": "Its columns are unknown.\n"}
    whats = [
        finding.what for finding in examine(load_settings(empty_workspace(files=files) / "careful.toml"))
    ]
    assert whats.count("unknown file") == 1
