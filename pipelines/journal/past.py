"""The journal as it stood when a week was frozen: read as ever, written by nobody."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pipelines.journal.book import Journal
from pipelines.journal.file import Entry, reading
from pipelines.journal.records import JournalError
from pipelines.store import Store


class PastJournal(Journal):
    """What had been written by a time, in naive UTC; later entries are not seen, so that what they changed stands."""

    def __init__(self, store: Store, until: datetime) -> None:
        super().__init__(store)
        self.until = until

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection | None]:
        """One view of the file, without what came later."""
        with reading(self.path) as connection:
            if connection is not None:
                until = self.until.isoformat(timespec="microseconds")
                connection.execute(
                    f"create temp view entry as select * from main.entry where at <= '{until}'"
                )
            yield connection

    def append_one(self, entry: Entry) -> None:
        """Refused.

        Raises:
            JournalError: always.
        """
        raise JournalError(
            f"This is the journal as it stood on {self.until:%Y-%m-%d}: nothing is written into it. "
            "Go back to today, then write."
        )
