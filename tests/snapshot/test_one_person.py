"""The answer of one person, who came late or was erased, stands in no row of the ledger."""

from pathlib import Path

import pytest

from pipelines.snapshot.ledger import restatement, sentences
from pipelines.snapshot.parts import CAUSES
from tests.snapshot.company import WEEK, Company, contacts, feedback, week_of_answers

pytestmark = pytest.mark.endure


@pytest.mark.parametrize("what", ["erased", "late"])
def test_of_a_number_that_one_answer_moved_it_is_only_said_that_it_moved(what: str, tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.arrives("contacts.csv", contacts(range(300)), "2026-11-01T05:00:00")
    answers = week_of_answers("2026-11-09", [*range(30), *range(150, 180)])
    company.arrives("answers.csv", feedback(answers), "2026-11-15T20:00:00")
    company.run("2026-11-16T05:00:00")
    frozen = company.freeze("2026-11-16T05:30:00", WEEK)
    if what == "erased":
        assert company.erase(range(3, 4)) == 1
        company.arrives("again.csv", contacts(range(300), "2026-11-16 09:00"), "2026-11-17T05:00:00")
    else:
        company.arrives("late.csv", feedback([("late", 31, 2, "2026-11-15 12:00")]), "2026-11-17T05:00:00")
    company.run("2026-11-17T06:00:00")
    ledger = restatement(company.at("2026-11-17T06:00:00"), company.store, frozen)
    assert {"all", "segment"} <= set(ledger["dimension"])
    figures = ledger.select("was", "is_now", "n_was", "n_now", *CAUSES)
    assert figures.null_count().row(0) == (ledger.height,) * figures.width
    assert ledger["parts"].list.len().max() == 0
    assert sentences(ledger) == [
        f"{ledger.height} numbers moved by fewer than ten answers, or would tell what so few did."
    ]
