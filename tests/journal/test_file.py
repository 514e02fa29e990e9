"""The file behind the journal: made once, its owner's alone, and plain words where it can not be used."""

import multiprocessing
import os
import sqlite3
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pipelines.journal import Act, Journal, JournalError
from pipelines.store import Store

NOBODY = 65534


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(Store(tmp_path / "store"))


def test_a_journal_restored_too_openly_is_closed_again_by_the_next_word(journal: Journal) -> None:
    journal.be_gentle("anna", None, "ben")
    journal.path.chmod(0o644)
    with journal.read() as open_still:
        journal.be_gentle("anna", None, "ben")
        assert open_still is not None
        files = list(journal.path.parent.glob("journal.sqlite*"))
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_journal_newer_than_the_program_is_neither_read_nor_changed(journal: Journal) -> None:
    journal.be_gentle("anna", None, "ben")
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("pragma user_version = 2")
    before = journal.path.read_bytes()
    for use in (journal.acts, lambda: journal.be_gentle("anna", None, "ben")):
        with pytest.raises(JournalError, match="Update Careful"):
            use()
    assert journal.path.read_bytes() == before


def _write(folder: Path, name: str, start: object, told: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    try:
        Journal(Store(folder)).be_gentle(name, None, "ben")
        told.put("written")  # type: ignore[attr-defined]
    except JournalError as error:
        told.put(str(error))  # type: ignore[attr-defined]


def test_processes_that_write_the_very_first_word_at_once_are_all_heard(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(15):
        start, told, folder = context.Event(), context.Queue(), tmp_path / str(attempt)
        crowd = [context.Process(target=_write, args=(folder, str(n), start, told)) for n in range(6)]
        for one in crowd:
            one.start()
        start.set()
        assert {told.get(timeout=60) for _ in crowd} == {"written"}
        for one in crowd:
            one.join()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user"
)
def test_who_may_not_use_the_journal_is_told_so_in_words(journal: Journal) -> None:
    journal.be_gentle("anna", None, "ben")
    context = multiprocessing.get_context("fork")
    told = context.Queue()

    def stranger() -> None:
        os.setuid(NOBODY)
        for use in (journal.gentle, lambda: journal.be_gentle("anna", None, "ben")):
            try:
                use()
            except JournalError as error:
                told.put(str(error))
            except OSError as error:
                told.put(type(error).__name__)

    for folder in journal.path.parents:
        if folder.owner() == "root" and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o755)
    one = context.Process(target=stranger)
    one.start()
    one.join()
    said = [told.get(timeout=10) for _ in range(2)]
    assert all(sentence.startswith("The journal at ") for sentence in said), said


def test_never_again_outlasts_what_the_crm_says_later(journal: Journal) -> None:
    journal.plan_acts([Act("A1", "birthday", "anna", "card", "Has a birthday.", date(2026, 11, 20))], "head")
    journal.change_act("A1", "never_again", "ben", 1)
    assert journal.hear("A1", "done", "the CRM", "h1", {"cost_amount": 3})
    assert journal.acts()["state"].to_list() == ["never_again"]
    journal.undo("A1", "ben", 3)
    journal.undo("A1", "ben", 4)
    assert journal.acts()["state"].to_list() == ["planned"]
