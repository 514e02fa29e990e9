"""Things that are written down and change: every version is kept, the last one counts, a thing may be taken back.

Nobody writes over what somebody else changed meanwhile.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pipelines.journal.book import Journal
from pipelines.journal.file import Entry, append, entries, naive, writing
from pipelines.journal.records import JournalError
from pipelines.store import Store


@dataclass(frozen=True, kw_only=True)
class Thing(ABC):
    """What all of them have.

    Attributes:
        by, at: who wrote this version, and when (naive UTC). is_dropped: it was taken back.
    """

    thing_id: str = ""
    version: int = 0
    by: str = ""
    at: datetime = datetime.min
    is_dropped: bool = False

    @abstractmethod
    def checked(self) -> Self:
        """As it is to be kept.

        Raises:
            JournalError: it lacks something.
        """


T = TypeVar("T", bound=Thing)


class ThingChanged(JournalError):
    """Somebody else changed it first; nothing was written."""


_KEPT_BESIDE = ("thing_id", "version", "by", "at")


class Things(Generic[T]):
    """All things of one kind in a company's journal.

    Args:
        kind: of the entries. mark: the beginning of their ids. read: an entry's facts -> the thing.
    """

    def __init__(self, store: Store, kind: str, mark: str, read: Callable[[dict[str, Any]], T]) -> None:
        self._journal, self._kind, self._mark, self._read = Journal(store), kind, mark, read

    def write(self, new: T, by: str, at: datetime | None = None) -> T:
        """Write a new one down; one with an id begins the history of something that a list told of.

        Raises:
            JournalError: it lacks something, or an author. ThingChanged: one with this id is written already.
        """
        with writing(self._journal.path) as connection:
            ((number,),) = connection.execute("select coalesce(max(entry_id), 0) + 1 from entry").fetchall()
            name = new.thing_id or f"{self._mark}{number}"
            if entries(connection, self._kind, "thing_id = ?", (name,)):
                raise ThingChanged(
                    "Somebody changed this first, so yours was not written. Look again, then write."
                )
            first = replace(new, thing_id=name, version=1, by=_author(by), at=naive(at)).checked()
            append(connection, [self._entry(first)])
        return first

    def change(self, seen: T, by: str, at: datetime | None = None, **given: Any) -> T:
        """Write a next version; what is not given stays.

        Args:
            seen: the version that the person was looking at.

        Raises:
            ThingChanged: somebody else was first. JournalError: it would lack something, or there is no such thing.
        """
        with writing(self._journal.path) as connection:
            found = entries(connection, self._kind, "thing_id = ?", (seen.thing_id,))
            if not found:
                raise JournalError(f"There is no {self._kind} {seen.thing_id!r}. Open the page anew.")
            if found[-1].version != seen.version:
                raise ThingChanged(
                    f"{found[-1].by} changed this at {found[-1].at:%H:%M} UTC, so yours was not written. "
                    "Look again, then write."
                )
            following = replace(
                seen, version=seen.version + 1, by=_author(by), at=naive(at), **given
            ).checked()
            append(connection, [self._entry(following)])
        return following

    def all(self, until: datetime | None = None) -> list[T]:
        """Each as it stands, or as it stood at a time (naive UTC), in the order of writing; with those taken back."""
        last = {
            entry.thing_id: entry
            for entry in self._journal.entries(self._kind)
            if until is None or entry.at <= until
        }
        return [self._as_written(entry) for entry in last.values()]

    def history(self, thing_id: str) -> list[T]:
        """Every version, oldest first."""
        found = self._journal.entries(self._kind, "thing_id = ?", (thing_id,))
        return [self._as_written(entry) for entry in found]

    def _as_written(self, entry: Entry) -> T:
        return replace(
            self._read(entry.facts),
            thing_id=entry.thing_id or "",
            version=entry.version or 0,
            by=entry.by,
            at=entry.at,
        )

    def _entry(self, one: T) -> Entry:
        facts = {name: value for name, value in asdict(one).items() if name not in _KEPT_BESIDE}
        return Entry(self._kind, one.by, one.at, thing_id=one.thing_id, version=one.version, facts=facts)


def _author(by: str) -> str:
    if not by.strip():
        raise JournalError("Say who you are first. Nothing was written.")
    return by.strip()


def insist(what: str, *wanted: tuple[str, bool, object]) -> None:
    """Refuse what is not as it must be: (what is expected, whether it is so, what was found).

    Raises:
        JournalError: the first that is not so.
    """
    for expected, is_so, found in wanted:
        if not is_so:
            raise JournalError(f"{what} needs {expected}, found {found!r}. Nothing was written.")
