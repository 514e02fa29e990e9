"""Since when a question means what it means is read from the frozen weeks."""

import pytest

from pipelines.questions import QUERIES, QuestionFile
from pipelines.questions.history import Past, past, redefined, said


@pytest.fixture
def question() -> QuestionFile:
    return QuestionFile(QUERIES / "questions" / "feelings" / "emotion.sql", QUERIES)


def frozen(week: str, definition: str | None, rests_on: str = "r") -> dict[str, object]:
    """What the manifest of a frozen week tells of the question."""
    about = {"feelings/emotion": {"hash": definition, "rests_on": rests_on}} if definition else {}
    return {"iso_week": week, "received_by": f"{week} frozen", "questions": about}


def test_what_never_changed_is_as_old_as_the_first_frozen_week_or_older(question: QuestionFile) -> None:
    now = question.definition_hash
    weeks = [frozen("2026-W44", now), frozen("2026-W45", now)]
    assert past(weeks, question) == Past("2026-W44", True, (), None)


def test_weeks_frozen_at_one_moment_follow_one_another_by_name(question: QuestionFile) -> None:
    now = question.definition_hash
    weeks = [frozen(week, now) | {"received_by": "at once"} for week in ("2026-W45", "2026-W44")]
    assert past(weeks, question).since == "2026-W44"


def test_a_change_lies_between_two_frozen_weeks_and_one_back_is_a_change_too(question: QuestionFile) -> None:
    now = question.definition_hash
    weeks = [
        frozen("2026-W46", now),
        frozen("2026-W43", now),
        frozen("2026-W44", "other"),
        frozen("2026-W45", now),
    ]
    assert past(weeks, question) == Past(
        "2026-W45", False, (("2026-W44", "2026-W45"), ("2026-W43", "2026-W44")), None
    )


def test_a_change_that_no_frozen_week_has_yet_came_after_the_newest(question: QuestionFile) -> None:
    assert past([frozen("2026-W44", "other")], question) == Past(None, False, (("2026-W44", None),), None)
    assert past([frozen("2026-W44", None)], question) == Past(None, False, (), None)
    assert past([], question) == Past(None, False, (), None)


def test_another_query_below_is_told_apart_from_another_definition(question: QuestionFile) -> None:
    now = question.definition_hash
    weeks = [frozen("2026-W44", now, "one"), frozen("2026-W45", now, "two"), frozen("2026-W46", now, "two")]
    assert past(weeks, question).rests_changed == ("2026-W44", "2026-W45")


def test_the_hash_below_follows_the_tables_down_to_the_staging_files_and_no_further(
    question: QuestionFile,
) -> None:
    reads = [
        ("questions/feelings/emotion", "kpi_window"), ("kpi_window", "kpi_event"), ("kpi_event", "staging.a__b"),
        ("staging.a__b", "landing.a__b"), ("other", "aside"),
    ]  # fmt: skip
    files = {"marts/kpi_window": "1", "core/kpi_event": "2", "staging/a__b": "3", "core/aside": "4"}

    def below(**changed: str) -> str:
        hashes = files | {name.replace("_of_", "/"): value for name, value in changed.items()}
        return said([question], reads, hashes)["feelings/emotion"]["rests_on"]

    assert below() == below(core_of_aside="other")
    assert len({below(), below(core_of_kpi_event="other"), below(staging_of_a__b="other")}) == 3


def test_only_questions_of_both_that_say_something_else_are_redefined() -> None:
    one = {"questions": {"a/same": {"hash": "1"}, "a/other": {"hash": "1"}, "a/gone": {"hash": "1"}}}
    two = {"questions": {"a/same": {"hash": "1"}, "a/other": {"hash": "2"}, "a/new": {"hash": "1"}}}
    assert redefined(one, two) == ["a/other"]
    assert redefined({}, two) == []
