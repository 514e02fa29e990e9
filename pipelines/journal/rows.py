"""Entries as rows: the columns of every frame that the journal hands out."""

from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.journal.file import Entry
from pipelines.journal.records import Act, Plan

_AT = pl.Datetime("us")
ACTS: dict[str, Any] = {
    "act_id": pl.String, "initiative_id": pl.String, "occasion": pl.String, "care_class": pl.String,
    "customer_key": pl.String, "kind": pl.String, "reason": pl.String, "due_on": pl.Date, "state": pl.String,
    "by": pl.String, "changed_at": _AT, "version": pl.Int64, "taken_by": pl.String, "note": pl.String,
    "draw_id": pl.String, "planned_at": _AT,
}  # fmt: skip
VETOES: dict[str, Any] = {
    "initiative_id": pl.String, "customer_key": pl.String, "reason": pl.String, "by": pl.String, "at": _AT
}  # fmt: skip
KINDNESSES: dict[str, Any] = {
    "kindness_id": pl.String, "customer_key": pl.String, "kind": pl.String, "cost": pl.Float64,
    "currency": pl.String, "by": pl.String, "at": _AT, "note": pl.String,
}  # fmt: skip
DECISIONS: dict[str, Any] = {
    "initiative_id": pl.String, "choice": pl.String, "why": pl.String, "who": pl.String, "by_when": pl.Date,
    "by": pl.String, "at": _AT,
}  # fmt: skip
GENTLE: dict[str, Any] = {"customer_key": pl.String, "until_on": pl.Date, "by": pl.String, "at": _AT}
REVEALS: dict[str, Any] = {"customer_key": pl.String, "by": pl.String, "why": pl.String, "at": _AT}


def who(entry: Entry) -> dict[str, Any]:
    """Whom an entry is about, who wrote it and when."""
    return {"customer_key": entry.customer_key, "by": entry.by, "at": entry.at}


def day(text: str | None) -> date | None:
    """A day as it was written."""
    return date.fromisoformat(text) if text else None


def plan_of(entry: Entry) -> Plan:
    """An entry as the plan it is."""
    known = {f.name for f in fields(Plan)}
    given = {k: v for k, v in entry.facts.items() if k in known}
    given["starts_on"] = date.fromisoformat(given["starts_on"])
    given["looks"] = tuple(map(date.fromisoformat, given["looks"]))
    return Plan(**given, written_at=entry.at, finding=entry.words.get("finding"))


def planned(act: Act, by: str, at: datetime) -> Entry:
    """The first entry of an act."""
    facts = {k: v for k, v in asdict(act).items() if k not in ("act_id", "initiative_id", "customer_key")}
    return Entry(
        "act",
        by,
        at,
        act.initiative_id,
        act.customer_key,
        act.act_id,
        1,
        {**facts, "state": "planned", "planned_at": at.isoformat()},
    )


def lasting(facts: dict[str, Any]) -> dict[str, Any]:
    """What an act is, without what the last change said."""
    return {k: v for k, v in facts.items() if k not in ("as_version", "news")}


def act_row(entry: Entry) -> dict[str, Any]:
    """An act as an entry leaves it."""
    facts = entry.facts
    return {
        "act_id": entry.thing_id,
        "initiative_id": entry.initiative_id,
        "customer_key": entry.customer_key,
        **{
            k: facts.get(k)
            for k in ("occasion", "care_class", "kind", "reason", "state", "taken_by", "draw_id")
        },
        "due_on": day(facts["due_on"]),
        "by": entry.by,
        "changed_at": entry.at,
        "version": entry.version,
        "note": entry.words.get("note"),
        "planned_at": datetime.fromisoformat(facts["planned_at"]),
    }
