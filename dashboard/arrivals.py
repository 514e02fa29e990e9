"""What has arrived from each source, and which numbers a late one hurts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from dashboard import builds, words
from dashboard.kpi import Definition
from dashboard.weeks import Week, local

_RESTS_ON = {
    "survey": {"response", "feedback"},
    "ticket": {"ticket", "case"},
    "order": {"order", "deal", "opportunity"},
    "care act": {"care_act"},
    "website answers": {"helpful"},
    "website contacts": {"care_events"},
    "website searches": {"searches"},
    "website visitors": {"returning"},
}
"""A word in a definition's source, and the objects that it means."""


@dataclass(frozen=True)
class Late:
    """A source whose files do not reach to the end of the week."""

    source: str
    thing: str
    covers_to: date
    days_late: int

    @property
    def name(self) -> str:
        """`Zendesk tickets`."""
        return words.export(self.source, self.thing)


def late(week: Week) -> list[Late]:
    """The sources that do not cover a closed week: their last file came before it ended."""
    expected = heard().drop_nulls("every_days")
    found = []
    for row in expected.iter_rows(named=True):
        if local(row["heard_at"]).date() <= week.ends_on:
            covers_to = _covers_to(row["heard_at"], row["data_through_at"])
            found.append(Late(row["source"], row["object"], covers_to, row["days_late"]))
    return found


def heard() -> pl.DataFrame:
    """`data_health`: when each export last told that it goes on is its `heard_at`; a file of old tells nothing.

    In a build made before those were told apart, it is when the last file came.
    """
    frame = builds.rows("select * from data_health order by source, object")
    return frame if "heard_at" in frame.columns else frame.with_columns(heard_at="last_received_at")


@dataclass(frozen=True)
class Unread:
    """A source whose newest file was refused: what it says is what its files before said.

    `is_sure`: it is known that the file held these things, and not only of which source it was.
    """

    source: str
    thing: str
    is_sure: bool
    covers_to: date
    days_old: int

    @property
    def says(self) -> str:
        """`Zendesk tickets: newest file refused, data 2 days old (to 15 Nov)`."""
        age = f"{words.plural(self.days_old, 'day')} old (to {words.short_day(self.covers_to, year=False)})"
        if self.is_sure:
            return f"{words.export(self.source, self.thing)}: newest file refused, data {age}"
        return f"{words.source(self.source)}: a file refused, perhaps {words.thing(self.thing)}; data {age}"


def unread(about: Definition) -> list[Unread]:
    """The sources that a number rests on and whose newest file was refused."""
    refused = builds.rows("select * from refusal")
    if "source" not in refused.columns:
        return []
    hurt = (
        heard()
        .drop_nulls("every_days")
        .join(refused.select("source", thing="object", refused_at="received_at"), on="source")
        .filter(
            (pl.col("thing") == "") | (pl.col("thing") == pl.col("object")),
            pl.col("refused_at") > pl.col("heard_at"),
        )
        .group_by("source", "object", "heard_at", "data_through_at", maintain_order=True)
        .agg(is_sure=(pl.col("thing") != "").any())
    )
    objects, today = rests_on(about), local(builds.as_of()).date()
    found = []
    for source, thing, heard_at, through_at, is_sure in hurt.iter_rows():
        if thing in objects:
            covers_to = _covers_to(heard_at, through_at)
            found.append(Unread(source, thing, is_sure, covers_to, max((today - covers_to).days, 0)))
    return found


def unmapped() -> list[str]:
    """The sources whose survey answers arrived without a question that is known, so that they are in no number."""
    if not builds.has("unmapped_survey"):
        return []
    return builds.rows("select source from unmapped_survey order by source")["source"].to_list()


def without(refused: list[Unread], found: list[Late]) -> list[Late]:
    """The late sources of which not more is known than that: that a newer file was refused."""
    told = {(one.source, one.thing) for one in refused}
    return [one for one in found if (one.source, one.thing) not in told]


def _covers_to(received_at: datetime, through_at: datetime | None) -> date:
    """The last day that is whole: of the data, or the day before the file came."""
    known_to = local(through_at).date() if through_at else date.min
    return max(known_to, local(received_at).date() - timedelta(days=1))


def hurting(about: Definition, found: list[Late]) -> list[Late]:
    """Those of the late sources that a number rests on."""
    objects = rests_on(about)
    return [one for one in found if one.thing in objects]


def rests_on(about: Definition) -> set[str]:
    """The kinds of export that a number is counted from."""
    return set().union(*(things for word, things in _RESTS_ON.items() if word in about.source))


def through_on() -> date | None:
    """The last day that every vendor's export reaches to: the numbers rest on the least recent one.

    A source that fell silent five weeks before the others, or of which only old files came, is taken as ended.
    """
    latest = builds.rows(
        """
        with reach as (
            select max(data_through_at) as through_at from data_health where every_days is not null group by source
        )
        select min(through_at) from reach where through_at > (select max(through_at) from reach) - interval 35 day
        """
    ).item()
    return local(latest).date() if latest else None


def in_words(found: list[Late]) -> str:
    """What is late, short enough for one line; empty if nothing is."""
    days = {one.source: max(o.days_late for o in found if o.source == one.source) for one in found}
    if len(days) == 1:
        source, late_by = next(iter(days.items()))
        return words.source(source) + (
            f" is {words.plural(late_by, 'day')} late" if late_by else " is not in yet"
        )
    if len(days) > 3:
        return f"{words.number_word(len(days))} sources are late"
    return f"{words.listed([words.source(source) for source in days])} are late" if days else ""


def on_the_card(found: list[Late]) -> str:
    """`Zendesk tickets reach to Thursday 12 November only`."""
    names = words.listed([one.name for one in found])
    return f"{names} reach to {words.day(min(one.covers_to for one in found))} only"
