"""Since when a question means what it means, in sentences: from the frozen weeks, which keep what it meant then."""

from collections.abc import Iterator

from dashboard import asked, builds, words
from dashboard.kpi import Definition
from pipelines.questions import QuestionFile
from pipelines.questions.history import Past, past
from pipelines.snapshot import snapshots

MOST_CHANGES = 3


def of_number(about: Definition) -> list[str]:
    """The same of a number, by the file that it is written down in."""
    name = about.path.removeprefix("queries/questions/").removesuffix(".sql")
    question = asked.questions().get(name)
    return sentences(question) if question else []


def sentences(question: QuestionFile) -> list[str]:
    """What is known of its past; nothing where no week is frozen yet."""
    kept = snapshots(builds.store())
    then = builds.frozen()
    known = [each for each in kept if then is None or each.received_by <= then.received_by]
    return list(_told(question, past([each.manifest for each in known], question))) if known else []


def _told(question: QuestionFile, past: Past) -> Iterator[str]:
    if past.since:
        yield f"Defined like this since: {_week(past.since)}{', or longer' if past.is_open else ''}"
    elif past.changed:
        yield "Defined like this since: after the last frozen week"
    else:
        yield "Defined like this since: no frozen week has it yet"
    for before, after in past.changed[:MOST_CHANGES]:
        yield (
            f"Changed between {_week(before)} and {_week(after)}"
            if after
            else f"Changed after {_week(before)}"
        )
    if (more := len(past.changed) - MOST_CHANGES) > 0:
        yield f"Changed {words.plural(more, 'more time')} before"
    if past.rests_changed:
        before, now = past.rests_changed
        yield f"A query that it rests on last changed between {_week(before)} and {_week(now)}"
    if mark := question.header.verified:
        checked = f"{words.safe(mark.by)} on {words.short_day(mark.checked_on)}"
        yield (
            f"Verified by {checked}"
            if question.is_verified
            else f"Verified by {checked}, before it changed: the mark fell off"
        )


def _week(iso_week: str) -> str:
    return f"week {int(iso_week[-2:])} of {iso_week[:4]}"
