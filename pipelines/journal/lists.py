"""Plans, vetoes, lots and acts: what becomes a care list."""

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.journal.file import Entry, append, entries, latest, naive, reading, writing
from pipelines.journal.records import (
    ARMS,
    CLOSED,
    DRAWN_ROWS,
    OPEN,
    STATES,
    Act,
    ActChanged,
    Draw,
    JournalError,
    Plan,
    PlanChanged,
)
from pipelines.journal.rows import (
    ACTS,
    VETOES,
    act_row,
    lasting,
    plan_of,
    planned,
    who,
)
from pipelines.store import Store

FILE = "journal.sqlite"


class Lists:
    """The part of the journal that care lists are made of."""

    def __init__(self, store: Store) -> None:
        self.path: Path = store.root / FILE

    def read(self) -> AbstractContextManager[sqlite3.Connection | None]:
        """One view of the file."""
        return reading(self.path)

    # Plans

    def write_plan(self, plan: Plan, by: str | None = None, at: datetime | None = None) -> Plan:
        """Write a plan, or a better one while nobody was drawn for it; returns it with `written_at`.

        Raises:
            JournalError: people were drawn for the plan of that name: it can not change any more.
        """
        written = replace(plan, written_at=naive(at or plan.written_at))
        facts = {k: v for k, v in asdict(written).items() if k not in ("written_at", "finding")}
        words = {"finding": plan.finding} if plan.finding else {}
        with writing(self.path) as connection:
            if entries(connection, "draw", "initiative_id = ?", (plan.initiative_id,)):
                raise JournalError(
                    f"People were drawn for {plan.initiative_id!r}, so what was planned stays as it was written. "
                    "Write a new plan under another initiative_id."
                )
            moment = naive(written.written_at)
            append(
                connection,
                [Entry("plan", by or plan.owner, moment, plan.initiative_id, facts=facts, words=words)],
            )
        return written

    def plans(self) -> list[Plan]:
        """Every plan as it stands, oldest first."""
        with self.read() as connection:
            return [plan_of(entry) for entry in entries(connection, "plan", latest("plan", "initiative_id"))]

    def plan(self, initiative_id: str) -> Plan | None:
        """A plan as it stands."""
        return next((plan for plan in self.plans() if plan.initiative_id == initiative_id), None)

    # Before the lot

    def veto(
        self, initiative_id: str, customer_key: str, reason: str, by: str, at: datetime | None = None
    ) -> None:
        """Keep somebody out of the lots of an initiative, with a reason.

        Raises:
            JournalError: no reason is given.
        """
        if not reason.strip():
            raise JournalError("A veto needs a reason: it is what the next person asks.")
        self.append_one(
            Entry(
                "veto",
                by,
                naive(at),
                initiative_id,
                customer_key,
                facts={"stands": True},
                words={"reason": reason},
            )
        )

    def lift_veto(self, initiative_id: str, customer_key: str, by: str, at: datetime | None = None) -> None:
        """Take a veto back."""
        self.append_one(Entry("veto", by, naive(at), initiative_id, customer_key, facts={"stands": False}))

    def vetoes(self, initiative_id: str) -> pl.DataFrame:
        """The vetoes that stand: initiative_id, customer_key, reason, by, at."""
        last = latest("veto", "initiative_id, customer_key")
        rows = [
            {**who(entry), "initiative_id": entry.initiative_id, "reason": entry.words["reason"]}
            for entry in self.entries("veto", f"initiative_id = ? and {last}", (initiative_id,))
            if entry.facts["stands"]
        ]
        return pl.DataFrame(rows, schema=VETOES)

    # The lot

    def record_draw(self, draw: Draw, plan: Plan | None = None) -> Draw:
        """Write a draw, everybody in it and the acts of those drawn: all of it or nothing.

        Args:
            plan: what people were drawn for; None where the journal held no plan of that name.

        Returns:
            The draw that stands for the initiative and period: this one, or the one that was written first.

        Raises:
            PlanChanged: another plan stands by now; nothing is written.
            JournalError: a row is neither treated nor control, or has odds that are none; somebody in it came onto a
                list meanwhile; nothing is written.
        """
        rows = draw.rows.select(pl.col(name).cast(kind) for name, kind in DRAWN_ROWS.items())
        if (
            not rows["arm"].is_in(ARMS).all()
            or not rows["probability"].is_between(0, 1, closed="right").all()
        ):
            raise JournalError("Everybody in a draw is treated or control, with odds above 0 and up to 1.")
        if rows["customer_key"].n_unique() != rows.height:
            raise JournalError("Somebody is in this draw twice. Draw each person once.")
        moment, name = naive(draw.drawn_at), draw.initiative_id
        head = {
            "draw_id": draw.draw_id,
            "seed": draw.seed,
            "build_id": draw.build_id,
            "capacity": draw.capacity,
            "period": draw.period,
        }
        thing = f"{name}|{draw.period}"
        try:
            with writing(self.path) as connection:
                if entries(connection, "draw", "thing_id = ?", (thing,)):
                    return _of_period(self.draws(name), draw.period)
                _insist_on(connection, name, plan)
                _insist_on_nobody_listed(connection, rows["customer_key"])
                drawn = [
                    Entry(
                        "assignment", draw.by, moment, name, row["customer_key"],
                        facts={**{k: row[k] for k in ("arm", "stratum", "probability", "reason")},
                               "draw_id": draw.draw_id},
                    )
                    for row in rows.iter_rows(named=True)
                ]  # fmt: skip
                append(
                    connection,
                    [
                        Entry("draw", draw.by, moment, name, thing_id=thing, version=1, facts=head),
                        *drawn,
                        *(planned(act, draw.by, moment) for act in draw.acts),
                    ],
                )
        except sqlite3.IntegrityError:
            raise JournalError("One of these acts is planned already by another draw.") from None
        return draw

    def draws(self, initiative_id: str | None = None) -> list[Draw]:
        """Every draw, or every one of an initiative, with its people, oldest first."""
        of = ("", ()) if initiative_id is None else ("initiative_id = ?", (initiative_id,))
        with self.read() as connection:
            heads = entries(connection, "draw", *of)
            people = entries(connection, "assignment", *of)
        rows: dict[str, list[dict[str, Any]]] = {head.facts["draw_id"]: [] for head in heads}
        for one in people:
            rows[one.facts["draw_id"]].append({"customer_key": one.customer_key, **one.facts})
        return [
            Draw(
                **head.facts,
                initiative_id=head.initiative_id or "",
                drawn_at=head.at,
                by=head.by,
                rows=pl.DataFrame(rows[head.facts["draw_id"]], schema=DRAWN_ROWS),
            )
            for head in heads
        ]

    # Acts

    def plan_acts(self, acts: Iterable[Act], by: str, at: datetime | None = None) -> int:
        """Put acts on the list; those that are on it stay as they are. Returns how many are new."""
        wanted = {act.act_id: act for act in acts}
        with writing(self.path) as connection:
            known = {one for (one,) in connection.execute("select thing_id from entry where kind = 'act'")}
            new = [act for name, act in wanted.items() if name not in known]
            append(connection, [planned(act, by, naive(at)) for act in new])
        return len(new)

    def acts(self, initiative_id: str | None = None, states: Iterable[str] | None = None) -> pl.DataFrame:
        """The acts as they stand, by due date.

        Args:
            initiative_id: only of this initiative. states: only in one of these states.

        Returns:
            act_id, initiative_id, occasion, care_class, customer_key, kind, reason, due_on, state, by, changed_at,
            version, taken_by, note, draw_id, planned_at.
        """
        where = latest("act", "thing_id")
        given = () if initiative_id is None else (initiative_id,)
        found = self.entries("act", where + (" and initiative_id = ?" if given else ""), given)
        chosen = set(STATES if states is None else states)
        rows = [row for row in map(act_row, found) if row["state"] in chosen]
        return pl.DataFrame(rows, schema=ACTS).sort("due_on", "act_id")

    def history(self, act_id: str) -> pl.DataFrame:
        """Every state an act was in, oldest first, in the columns of `acts`."""
        rows = map(act_row, self.entries("act", "thing_id = ?", (act_id,)))
        return pl.DataFrame(list(rows), schema=ACTS)

    def change_act(
        self,
        act_id: str,
        to: str,
        by: str,
        version: int,
        *,
        note: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """Say what became of an act; returns its new version.

        Args:
            to: one of `STATES`. version: the one that the person was looking at. note: what she said back; it
                stays in the journal.

        Raises:
            ActChanged: somebody else changed it first; nothing is written.
            JournalError: no such act or state, or the act is closed (undo it first).
        """
        if to not in STATES:
            raise JournalError(f"An act is one of {', '.join(STATES)}; found {to!r}.")
        with writing(self.path) as connection:
            now = _current(connection, act_id, version)
            if now.facts["state"] in CLOSED:
                raise JournalError(
                    f"This act is {now.facts['state'].replace('_', ' ')}. Undo that first, then say what became of it."
                )
            taken_by = by if to == "taken" else None if to == "planned" else now.facts.get("taken_by")
            return _write_next(
                connection, now, by, at, {**lasting(now.facts), "state": to, "taken_by": taken_by}, note
            )

    def hear(self, act_id: str, to: str, by: str, news: str, facts: dict[str, Any]) -> bool:
        """Write down what another system says of an act, each piece of news once. It overrules all but a 'never again'.

        Args:
            to: one of `STATES`. by: the system. news: tells one piece of news from another. facts: such as
                `done_at`, `cost_amount`, `currency`.

        Returns:
            Whether it was news.
        """
        with writing(self.path) as connection:
            past = entries(connection, "act", "thing_id = ?", (act_id,))
            if not past or any(entry.facts.get("news") == news for entry in past):
                return False
            stands = past[-1].facts["state"]
            state = stands if stands == "never_again" else to
            said = {**lasting(past[-1].facts), **facts, "state": state, "news": news}
            _write_next(connection, past[-1], by, None, said, None)
        return True

    def undo(self, act_id: str, by: str, version: int, at: datetime | None = None) -> int:
        """Take the last change back, and with another undo the one before; returns the new version.

        Raises:
            ActChanged: somebody else changed it first; nothing is written.
            JournalError: there is no change to take back.
        """
        with writing(self.path) as connection:
            now = _current(connection, act_id, version)
            past = {e.version: e for e in entries(connection, "act", "thing_id = ?", (act_id,))}
            shown = past[now.facts.get("as_version", now.version)]
            if shown.version == 1:
                raise JournalError("Nothing was done to this act yet, so there is nothing to undo.")
            before = past[(shown.version or 0) - 1]
            before = past[before.facts.get("as_version", before.version)]
            return _write_next(connection, now, by, at, {**before.facts, "as_version": before.version}, None)

    def append_one(self, entry: Entry) -> None:
        """Write one entry down."""
        with writing(self.path) as connection:
            append(connection, [entry])

    def entries(self, kind: str, where: str = "", given: tuple[Any, ...] = ()) -> list[Entry]:
        """What was written of a kind, oldest first."""
        with self.read() as connection:
            return entries(connection, kind, where, given)


def _of_period(draws: list[Draw], period: str) -> Draw:
    return next(draw for draw in draws if draw.period == period)


def _insist_on(connection: sqlite3.Connection, initiative_id: str, plan: Plan | None) -> None:
    """Refuse a draw that was made for another plan than the one that stands."""
    stands = entries(
        connection, "plan", f"initiative_id = ? and {latest('plan', 'initiative_id')}", (initiative_id,)
    )
    if [plan_of(entry) for entry in stands] != ([] if plan is None else [plan]):
        raise PlanChanged(initiative_id)


def _insist_on_nobody_listed(connection: sqlite3.Connection, customer_keys: pl.Series) -> None:
    """Refuse a draw of people who came onto a list after they were found eligible: nobody is on two."""
    acts = entries(connection, "act", latest("act", "thing_id"))
    listed = {act.customer_key for act in acts if act.facts["state"] in OPEN}
    twice = len(listed.intersection(customer_keys))
    if twice:
        raise JournalError(
            f"Meanwhile {twice} of these people came onto another list, and nobody is on two. Nothing was written; "
            "draw again."
        )


def _current(connection: sqlite3.Connection, act_id: str, version: int) -> Entry:
    found = entries(connection, "act", "thing_id = ?", (act_id,))
    if not found:
        raise JournalError(f"There is no act {act_id!r}. Open the list anew.")
    now = found[-1]
    if now.version != version:
        raise ActChanged(now.by, now.at, now.facts["state"], now.version or 0)
    return now


def _write_next(
    connection: sqlite3.Connection,
    now: Entry,
    by: str,
    at: datetime | None,
    facts: dict[str, Any],
    note: str | None,
) -> int:
    version = (now.version or 0) + 1
    words = {"note": note} if note else {}
    append(
        connection, [replace(now, by=by, at=naive(at), version=version, facts=facts, words=words, entry_id=0)]
    )
    return version
