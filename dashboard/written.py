"""What was written about a week, for a report or a notebook: events, notes, what its meeting agreed, its minutes."""

from dataclasses import dataclass

from dashboard import agreements, builds, week_notes, words
from dashboard.charts.colours import Role
from dashboard.parts import events
from dashboard.weeks import Week
from pipelines.journal.notes import AGREED, Note


@dataclass(frozen=True)
class Line:
    """Something that somebody wrote, as Markdown; who wrote it when, or whose it is by when."""

    says: str
    whose: str
    role: Role = "steady"


def about(week: Week, *, now: bool) -> list[Line]:
    """The notes of a week and what its meeting agreed, as its page tells them.

    Args:
        now: it is the latest week, whose decisions and promises are told in another place, unless it is frozen.
    """
    found = agreements.book().of_week(week.iso_week)
    is_told = now and builds.frozen() is None
    agreed = [one for one in found if one.sort in AGREED and not is_told]
    notes = [Line(week_notes.in_words(one), week_notes.author(one)) for one in week_notes.of(week.iso_week)]
    return [*notes, *map(_agreed, agreed)]


def happened(week: Week) -> list[Line]:
    """What happened in the week: from files, or written down here."""
    return [Line(events.in_words(row, one), "") for row, one in events.of_week(week)]


def minutes(week: Week) -> Line | None:
    """The minutes that its meeting kept; None where it kept none."""
    kept = week_notes.minutes(week.iso_week)
    return Line(kept.text, week_notes.author(kept)) if kept else None


def _agreed(one: Note) -> Line:
    today = agreements.today()
    role: Role = "better" if one.state == "done" else "worse" if one.is_overdue(today) else "steady"
    return Line(
        f"{agreements.sort_name(one)}: **{words.safe(one.text)}**", agreements.facts(one, today), role
    )
