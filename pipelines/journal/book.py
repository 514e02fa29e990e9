"""The journal as the pages and the pipeline use it. Every call is a short transaction of its own."""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.journal.file import Entry, append, entries, latest, naive, writing
from pipelines.journal.lists import Lists
from pipelines.journal.records import CHOICES, Budget, JournalError, act_id_of
from pipelines.journal.rows import DECISIONS, GENTLE, KINDNESSES, REVEALS, day, who


class Journal(Lists):
    """The journal of a store: `store/journal.sqlite`, made by the first thing that is written.

    Nothing is ever overwritten: a change is a new entry, an undo is one too. Times are naive UTC; `at` is now
    where it is not given.
    """

    def log_kindness(
        self,
        customer_key: str | None,
        kind: str,
        cost: float,
        by: str,
        at: datetime | None = None,
        note: str | None = None,
        currency: str | None = None,
        budget: Budget | None = None,
    ) -> str:
        """Write down what somebody did of her own accord; returns its id.

        Args:
            currency: the budget's own where None. budget: what may be spent, with what others log at the same time.

        Raises:
            JournalError: no kind, a cost below 0, or more than the budget leaves; nothing is written.
        """
        if not kind.strip() or not cost >= 0:
            raise JournalError("A kindness has a kind, such as 'flowers', and a cost of 0 or more.")
        facts = {"kind": kind, "cost": cost, "currency": currency}
        moment = naive(at)
        with writing(self.path) as connection:
            if budget is not None and currency in (None, budget.currency):
                _insist_on_budget(connection, cost, budget)
            ((number,),) = connection.execute("select coalesce(max(entry_id), 0) + 1 from entry").fetchall()
            name = act_id_of("kindness", number)
            words = {"note": note} if note else {}
            append(
                connection,
                [
                    Entry(
                        "kindness",
                        by,
                        moment,
                        customer_key=customer_key,
                        thing_id=name,
                        version=1,
                        facts=facts,
                        words=words,
                    )
                ],
            )
        return name

    def kindnesses(self) -> pl.DataFrame:
        """Every kindness: kindness_id, customer_key, kind, cost, currency, by, at, note."""
        rows = [
            {**who(e), **e.facts, "kindness_id": e.thing_id, "note": e.words.get("note")}
            for e in self.entries("kindness")
        ]
        return pl.DataFrame(rows, schema=KINDNESSES)

    def decide(
        self,
        initiative_id: str,
        choice: str,
        why: str,
        who: str,
        by_when: date | None,
        by: str,
        at: datetime | None = None,
    ) -> None:
        """Write down what was decided about an initiative.

        Raises:
            JournalError: not one of `CHOICES`.
        """
        if choice not in CHOICES:
            raise JournalError(f"A decision is one of {', '.join(CHOICES)}; found {choice!r}.")
        facts = {"choice": choice, "by_when": by_when}
        self.append_one(
            Entry("decision", by, naive(at), initiative_id, facts=facts, words={"why": why, "who": who})
        )

    def decisions(self) -> pl.DataFrame:
        """Every decision: initiative_id, choice, why, who, by_when, by, at."""
        rows = [
            {**who(e), **e.words, "initiative_id": e.initiative_id, "choice": e.facts["choice"],
             "by_when": day(e.facts["by_when"])}
            for e in self.entries("decision")
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=DECISIONS)

    def be_gentle(
        self, customer_key: str, until_on: date | None, by: str, at: datetime | None = None
    ) -> None:
        """Leave somebody in peace until a day; None takes it back. No reason is kept, on purpose."""
        facts = {"until_on": until_on}
        self.append_one(Entry("gentle", by, naive(at), customer_key=customer_key, facts=facts))

    def gentle(self) -> pl.DataFrame:
        """Who is to be left in peace, as said last: customer_key, until_on (null: taken back), by, at."""
        rows = [
            {**who(e), "until_on": day(e.facts["until_on"])}
            for e in self.entries("gentle", latest("gentle", "customer_key"))
        ]
        return pl.DataFrame(rows, schema=GENTLE)

    def log_reveals(
        self, customer_keys: Iterable[str], by: str, why: str, at: datetime | None = None
    ) -> None:
        """Write down, a line each, whose names somebody is about to see.

        Raises:
            JournalError: no reason is given, or nobody says who she is.
        """
        if not why.strip() or not by.strip():
            raise JournalError("Names are shown to somebody for a reason; say to whom, and which.")
        moment = naive(at)
        with writing(self.path) as connection:
            append(
                connection,
                [Entry("reveal", by, moment, customer_key=key, words={"why": why}) for key in customer_keys],
            )

    def reveals(self) -> pl.DataFrame:
        """Every name that was shown: customer_key, by, why, at."""
        rows = [{**who(e), **e.words} for e in self.entries("reveal")]
        return pl.DataFrame(rows, schema=REVEALS)


def _insist_on_budget(connection: sqlite3.Connection, cost: float, budget: Budget) -> None:
    """Refuse what the budget does not leave. Amounts add up as they are written, in tenths and hundredths."""
    before = [
        entry.facts["cost"]
        for entry in entries(
            connection, "kindness", "at >= ?", (budget.since.isoformat(timespec="microseconds"),)
        )
        if entry.facts["currency"] in (None, budget.currency)
    ]
    amount, spent = Decimal(str(budget.amount)), sum((Decimal(str(one)) for one in before), Decimal(0))
    if spent + Decimal(str(cost)) > amount:
        raise JournalError(
            f"Only {max(amount - spent, Decimal(0)):.2f} {budget.currency} of the budget is left: nothing was noted. "
            "Ask before you spend more."
        )
