"""What happened: campaigns, outages, holidays, and notes beside a number, for the charts of their time and group.

Lists come with the build; what somebody wrote down here is read from the journal on every run, so that it is shown at
once. In a frozen week both are as they were known when it was frozen.
"""

from datetime import date, timedelta

import polars as pl

from dashboard import builds, week_notes
from dashboard.charts import events as drawn
from dashboard.kpi import EVERYONE, Group
from pipelines.journal.events import Event
from pipelines.journal.events import events as written_events
from pipelines.journal.things import Things
from pipelines.snapshot.frozen import monday_of

KINDS = {
    "campaign": "Campaign", "outage": "Outage", "holiday": "Holiday", "launch": "Launch", "other": "Something else",
}  # fmt: skip
NOTE_LETTERS = 60
_SCHEMA = {
    "event_id": pl.String, "kind": pl.String, "says": pl.String, "from_on": pl.Date, "until_on": pl.Date,
    "dimension": pl.String, "member": pl.String, "kpi": pl.String,
}  # fmt: skip


def book() -> Things[Event]:
    """What was written down here that happened."""
    return written_events(builds.store())


def written() -> list[Event]:
    """The same as it stands, or stood when the week on screen was frozen; with what was taken back."""
    then = builds.frozen()
    return book().all(then.received_by if then else None)


def known() -> pl.DataFrame:
    """Everything that is known to have happened: event_id, kind, says, from_on, until_on, dimension, member, kpi."""
    here = written()
    told = _published().filter(~pl.col("event_id").is_in([one.thing_id for one in here]))
    rows = [
        (one.thing_id, one.kind, one.says, one.from_on, one.until_on or one.from_on, one.dimension or "all",
         one.member or "all", one.kpi)
        for one in here
        if not one.is_dropped
    ]  # fmt: skip
    return pl.concat([told, pl.DataFrame(rows, schema=_SCHEMA, orient="row")]).sort("from_on", "event_id")


def shown(days: pl.Series, group: Group = EVERYONE, name: str = "") -> pl.DataFrame:
    """What a chart tells of.

    Args:
        days: its days; of weeks the last one of each.
        group: whom it is about. What happened to a segment is on the charts of that segment, what happened to
            everybody on all of them.
        name: of the number that it shows, for what is told of this number alone and for the notes beside it.

    Returns:
        As `charts.events.within` does.
    """
    first, last = days.drop_nulls().min(), days.drop_nulls().max()
    if not isinstance(first, date) or not isinstance(last, date):
        first = last = date.min + timedelta(days=7)
    return drawn.within(pl.concat([of(known(), group, name), _notes(name)]), first, last)


def of(events: pl.DataFrame, group: Group, name: str = "") -> pl.DataFrame:
    """Those of everybody and of a group; those of one number only where it is the one."""
    member = pl.col("member").str.to_lowercase() == group.member.lower()
    return events.filter(
        (pl.col("dimension") == "all") | ((pl.col("dimension") == group.dimension) & member),
        pl.col("kpi").is_null() | (pl.col("kpi") == name),
    )


def with_weeks(weeks: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Weeks (week_ends_on) with what happened in each, as `happened`; null in most."""
    told = [
        (ends, "; ".join(
            row["says"] for row in events.iter_rows(named=True)
            if row["from_on"] <= ends and row["until_on"] > ends - timedelta(days=7)
        ) or None)
        for ends in weeks["week_ends_on"].unique()
    ]  # fmt: skip
    happened = pl.DataFrame(told, schema={"week_ends_on": pl.Date, "happened": pl.String}, orient="row")
    return weeks.join(happened, on="week_ends_on", how="left", maintain_order="left")


@builds.worked_out_once
def _published() -> pl.DataFrame:
    if not builds.has("event"):
        return pl.DataFrame(schema=_SCHEMA)
    return builds.rows("select * from event").select(
        pl.col(name).cast(kind) for name, kind in _SCHEMA.items()
    )


def _notes(name: str) -> pl.DataFrame:
    """The notes beside a number, each in its week."""
    then = builds.frozen()
    rows = []
    for one in week_notes.annotations(name, then.received_by if then else None) if name else ():
        monday = monday_of(one.iso_week)
        rows.append(
            (one.note_id, "note", _short(one.text), monday, monday + timedelta(days=6), "all", "all", name)
        )
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= NOTE_LETTERS else f"{line[: NOTE_LETTERS - 1]}…"
