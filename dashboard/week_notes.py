"""Notes of a week: what was written about it, by whom and when, as readers see it."""

from datetime import datetime

from dashboard import agreements, kpi, words
from dashboard.weeks import local
from pipelines.journal.notes import Note

PRESENT = "present"
STEPS = ("decided", "changed", "needs", "decide", "minutes")


def of(iso_week: str) -> list[Note]:
    """The notes and annotations of a week, in the order of writing; who was there is none."""
    return [
        one for one in agreements.book().of_week(iso_week)
        if one.sort in ("note", "annotation") and one.about != PRESENT
    ]  # fmt: skip


def of_step(iso_week: str, step: str) -> list[Note]:
    """What was noted at a step of the meeting about a week."""
    return [one for one in of(iso_week) if one.sort == "note" and one.about == step]


def present(iso_week: str) -> Note | None:
    """Who was at the meeting about a week, as written last."""
    found = [one for one in agreements.book().of_week(iso_week) if one.about == PRESENT]
    return found[-1] if found else None


def minutes(iso_week: str) -> Note | None:
    """The minutes of the meeting about a week."""
    found = [one for one in agreements.book().of_week(iso_week) if one.sort == "minutes"]
    return found[-1] if found else None


def annotations(name: str, until: datetime | None = None) -> list[Note]:
    """What was written beside a number, in any week, oldest first; as it stood at a time (naive UTC)."""
    return [
        one for one in agreements.book().all(until)
        if one.sort == "annotation" and one.about == name and one.state != "dropped"
    ]  # fmt: skip


def author(one: Note) -> str:
    """`Ann, 16 Nov 2026, 06:00`, and who changed it last if that was somebody else."""
    told = f"{words.safe(one.first_by)}, {words.instant(local(one.first_at))}"
    if one.version == 1:
        return told
    by = "" if one.by == one.first_by else f" by {words.safe(one.by)}"
    return f"{told}; changed{by} {words.instant(local(one.at))}"


def in_words(one: Note) -> str:
    """A note as Markdown; an annotation with the number that it is beside."""
    about = kpi.definitions().get(one.about) if one.sort == "annotation" else None
    beside = f"**{words.safe(about.label if about else one.about)}:** " if one.sort == "annotation" else ""
    return beside + words.safe(one.text).replace("\n", "  \n")
