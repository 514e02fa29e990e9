"""Decisions and promises of the weekly meeting, each with an owner and a day, carried until they are closed.

Read from the journal on every run and never cached; while a frozen week is on screen, as it stood then.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from dashboard import builds, words
from dashboard.weeks import local, zone
from pipelines.journal.notes import Note, Notes

PROMISES = {
    "sort": pl.String, "theme": pl.String, "owner": pl.String, "promised_on": pl.Date, "due_on": pl.Date,
    "done_on": pl.Date, "what_changed": pl.String,
}  # fmt: skip


def book() -> Notes:
    """What was written about the company's weeks."""
    return Notes(builds.store())


def now() -> datetime:
    """This moment in naive UTC, also while a frozen week is on screen: a fixed one for the sample company."""
    return builds.settings_today().as_of()


def today() -> date:
    """The day of this moment by the company's clock."""
    return local(now()).date()


def promises(at: date, without: str = "") -> pl.DataFrame:
    """Decisions and promises as they stood at the end of a day, in the columns of `PROMISES`; dropped ones are out.

    Args:
        without: the ISO week of a meeting; what was agreed in it is out too.
    """
    rows = [
        _row(one) for one in book().agreed(_until(at)) if one.state != "dropped" and one.iso_week != without
    ]
    return pl.DataFrame(rows, schema=PROMISES)


def with_landed(at: date) -> pl.DataFrame:
    """The same, with those that came in a file."""
    landed = builds.rows("select *, 'promise' as sort from promise").select(
        pl.col(name).cast(kind) for name, kind in PROMISES.items()
    )
    return pl.concat([landed, promises(at)])


def facts(one: Note, at: date) -> str:
    """Whose it is and by when, as Markdown: `Head of chat, by 20 Nov 2026`; an overdue one in colour."""
    due = words.short_day(one.due_on) if one.due_on else ""
    if one.state == "done":
        when = f"done, written down on {words.short_day(local(one.at).date())}"
    elif one.state == "dropped":
        when = f"dropped on {words.short_day(local(one.at).date())}"
    elif one.is_overdue(at):
        when = f":orange[overdue since {due}]"
    else:
        when = f"by {due}"
    became = f". {words.safe(one.became)}" if one.became else ""
    return f"{words.safe(one.owner)}, {when}{became}"


def sort_name(one: Note) -> str:
    """`Decision` or `Promise`."""
    return words.capital(one.sort)


def _until(at: date) -> datetime:
    """The end of a day by the company's clock as naive UTC; not after the week on screen was frozen."""
    end = datetime.combine(at + timedelta(days=1), time(), tzinfo=ZoneInfo(zone()))
    until = end.astimezone(UTC).replace(tzinfo=None)
    then = builds.frozen()
    return until if then is None else min(until, then.received_by)


def _row(one: Note) -> dict[str, object]:
    return {
        "sort": one.sort,
        "theme": one.text,
        "owner": one.owner,
        "promised_on": local(one.first_at).date(),
        "due_on": one.due_on,
        "done_on": local(one.at).date() if one.state == "done" else None,
        "what_changed": one.became,
    }
