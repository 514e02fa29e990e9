"""What a team writes about a week: notes, annotations of a number, decisions, promises, minutes.

An edit is a new version; what somebody else wrote meanwhile is never written over. A decision or a promise is carried
from week to week until it is done or dropped. All of it is free text, so none of it is landed: it stays in the journal.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from pipelines.journal.book import Journal
from pipelines.journal.file import Entry, append, entries, naive, writing
from pipelines.journal.records import JournalError
from pipelines.journal.rows import day
from pipelines.store import Store

KIND = "note"
Sort = Literal["note", "annotation", "decision", "promise", "minutes"]
State = Literal["open", "done", "dropped"]
SORTS: tuple[str, ...] = get_args(Sort)
AGREED: tuple[Sort, ...] = ("decision", "promise")
LONGEST = 2_000
_FACTS = ("sort", "iso_week", "about", "due_on", "state")
_WORDS = ("text", "owner", "became")


@dataclass(frozen=True)
class Note:
    """One thing that was written, as a version leaves it.

    Attributes:
        iso_week: the week it was written about. about: the KPI of an annotation, the step of a meeting.
        by, at: who wrote this version, and when (naive UTC). first_by, first_at: the same of the first one.
        owner, due_on, became: whose a decision or a promise is, by when, what became of it.
    """

    note_id: str
    version: int
    sort: Sort
    iso_week: str
    text: str
    by: str
    at: datetime
    first_by: str
    first_at: datetime
    about: str = ""
    owner: str = ""
    due_on: date | None = None
    state: State = "open"
    became: str = ""

    @property
    def is_open(self) -> bool:
        """A decision or a promise that is neither done nor dropped."""
        return self.sort in AGREED and self.state == "open"

    def is_overdue(self, on: date) -> bool:
        """Whether it should have been done before a day."""
        return self.is_open and self.due_on is not None and self.due_on < on


class NoteChanged(JournalError):
    """Somebody else changed it first; nothing was written. `now` is how it stands."""

    def __init__(self, now: Note) -> None:
        super().__init__(
            f"{now.by} changed this at {now.at:%H:%M} UTC, so yours was not written. Look again, then write."
        )
        self.now = now


class Notes:
    """What was written about the weeks of a company, in its journal."""

    def __init__(self, store: Store) -> None:
        self._journal = Journal(store)

    def write(
        self,
        sort: Sort,
        iso_week: str,
        text: str,
        by: str,
        *,
        about: str = "",
        owner: str = "",
        due_on: date | None = None,
        at: datetime | None = None,
    ) -> Note:
        """Write something down about a week.

        Raises:
            JournalError: no text or no author; an annotation of nothing; a decision or a promise without owner and day.
        """
        moment = naive(at)
        note = Note("", 1, sort, iso_week, text.strip(), by.strip(), moment, by.strip(), moment, about, owner.strip(),
                    due_on)  # fmt: skip
        _refuse_incomplete(note)
        with writing(self._journal.path) as connection:
            return _append_new(connection, note)

    def change(
        self,
        seen: Note,
        by: str,
        *,
        text: str | None = None,
        owner: str | None = None,
        due_on: date | None = None,
        state: State | None = None,
        became: str | None = None,
        at: datetime | None = None,
    ) -> Note:
        """Write a next version; what is not given stays.

        Args:
            seen: the version that the person was looking at.

        Raises:
            NoteChanged: somebody else was first. JournalError: it would lack something, or there is no such note.
        """
        given = {"text": text, "owner": owner, "due_on": due_on, "state": state, "became": became}
        with writing(self._journal.path) as connection:
            now = _standing(connection, seen.note_id)
            if now.version != seen.version:
                raise NoteChanged(now)
            changed = {name: value for name, value in given.items() if value is not None}
            following = replace(now, **changed, by=by.strip(), at=naive(at), version=now.version + 1)  # type: ignore[arg-type]
            _refuse_incomplete(following)
            append(connection, [_entry(following)])
        return following

    def rewrite(self, seen: Note, text: str, by: str, at: datetime | None = None) -> Note:
        """Write the text anew. If somebody else was first, it becomes a note of its own: nobody's words are lost.

        Raises:
            JournalError: there is no such note, no text or no author.
        """
        with writing(self._journal.path) as connection:
            now = _standing(connection, seen.note_id)
            following = replace(now, text=text.strip(), by=by.strip(), at=naive(at), version=now.version + 1)
            _refuse_incomplete(following)
            if now.version != seen.version:
                return _append_new(
                    connection,
                    replace(following, version=1, first_by=following.by, first_at=following.at),
                )
            append(connection, [_entry(following)])
        return following

    def keep_minutes(self, iso_week: str, text: str, by: str, at: datetime | None = None) -> Note:
        """Keep the minutes of a week's meeting; those kept before stay in the history.

        Raises:
            JournalError: no text or no author.
        """
        with writing(self._journal.path) as connection:
            before = [
                one for one in _standing_all(entries(connection, KIND))
                if one.sort == "minutes" and one.iso_week == iso_week
            ]  # fmt: skip
            moment = naive(at)
            first = (before[-1].first_by, before[-1].first_at) if before else (by.strip(), moment)
            kept = Note("", 1, "minutes", iso_week, text.strip(), by.strip(), moment, *first)
            _refuse_incomplete(kept)
            if not before:
                return _append_new(connection, kept)
            kept = replace(kept, note_id=before[-1].note_id, version=before[-1].version + 1)
            append(connection, [_entry(kept)])
        return kept

    def all(self, until: datetime | None = None) -> list[Note]:
        """Everything as it stands, or as it stood at a time (naive UTC), in the order of writing."""
        found = self._journal.entries(KIND)
        return _standing_all(entry for entry in found if until is None or entry.at <= until)

    def of_week(self, iso_week: str, until: datetime | None = None) -> list[Note]:
        """What was written about a week and is not dropped, in the order of writing."""
        return [one for one in self.all(until) if one.iso_week == iso_week and one.state != "dropped"]

    def agreed(self, until: datetime | None = None) -> list[Note]:
        """Every decision and promise, also those that are closed, in the order of writing."""
        return [one for one in self.all(until) if one.sort in AGREED]

    def carried(self, until: datetime | None = None) -> list[Note]:
        """Decisions and promises that are still open, of any week, the next due first."""
        still = [one for one in self.agreed(until) if one.is_open]
        return sorted(still, key=lambda one: (one.due_on or date.max, one.first_at, one.note_id))

    def history(self, note_id: str) -> list[Note]:
        """Every version, oldest first."""
        return _versions(self._journal.entries(KIND, "thing_id = ?", (note_id,)))

    def kept(self, iso_week: str, until: datetime | None = None) -> list[dict[str, Any]]:
        """The notes of a week and what was still carried, as rows for a file that is frozen with it; days are texts."""
        found = [*self.of_week(iso_week, until)]
        ids = {one.note_id for one in found}
        found += [one for one in self.carried(until) if one.note_id not in ids and one.iso_week <= iso_week]
        return [
            {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in asdict(one).items()
            }
            for one in found
        ]


def _refuse_incomplete(note: Note) -> None:
    is_agreed = note.sort in AGREED
    wrong = [
        (f"one of {', '.join(SORTS)}", note.sort in SORTS, note.sort),
        ("a text", bool(note.text), note.text),
        (f"at most {LONGEST:,} characters", note.sort == "minutes" or len(note.text) <= LONGEST, len(note.text)),
        ("an author", bool(note.by), note.by),
        ("a number that it is about", note.sort != "annotation" or bool(note.about), note.about),
        ("an owner", not is_agreed or bool(note.owner), note.owner),
        ("a day by which it is due", not is_agreed or note.due_on is not None, note.due_on),
    ]  # fmt: skip
    for expected, is_well, found in wrong:
        if not is_well:
            what = note.sort if note.sort in SORTS else "note"
            raise JournalError(f"A {what} needs {expected}, found {found!r}. Nothing was written.")


def _append_new(connection: sqlite3.Connection, note: Note) -> Note:
    """Number and write a first version; the transaction is the only writer."""
    ((number,),) = connection.execute("select coalesce(max(entry_id), 0) + 1 from entry").fetchall()
    numbered = replace(note, note_id=f"N{number}")
    append(connection, [_entry(numbered)])
    return numbered


def _entry(note: Note) -> Entry:
    said = asdict(note)
    return Entry(
        KIND,
        note.by,
        note.at,
        thing_id=note.note_id,
        version=note.version,
        facts={name: said[name] for name in _FACTS},
        words={name: said[name] for name in _WORDS if said[name]},
    )


def _standing(connection: sqlite3.Connection, note_id: str) -> Note:
    found = _versions(entries(connection, KIND, "thing_id = ?", (note_id,)))
    if not found:
        raise JournalError(f"There is no note {note_id!r}. Open the page anew.")
    return found[-1]


def _standing_all(found: Iterable[Entry]) -> list[Note]:
    by_id: dict[str, list[Entry]] = {}
    for entry in found:
        by_id.setdefault(entry.thing_id or "", []).append(entry)
    return [_versions([versions[0], versions[-1]])[-1] for versions in by_id.values()]


def _versions(found: list[Entry]) -> list[Note]:
    """Entries of one note, oldest first, as the note they are."""
    return [
        Note(
            entry.thing_id or "",
            entry.version or 0,
            entry.facts["sort"],
            entry.facts["iso_week"],
            entry.words["text"],
            entry.by,
            entry.at,
            found[0].by,
            found[0].at,
            entry.facts["about"],
            entry.words.get("owner", ""),
            day(entry.facts["due_on"]),
            entry.facts["state"],
            entry.words.get("became", ""),
        )
        for entry in found
    ]
