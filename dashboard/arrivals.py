"""What has arrived from each source, and which numbers a late one hurts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
        return f"{words.source(self.source)} {words.thing(self.thing)}"


def late(week: Week) -> list[Late]:
    """The sources that do not cover a closed week: their last file came before it ended."""
    frame = builds.rows(
        """
        select source, object, last_received_at, data_through_at, days_late from data_health
        where every_days is not null order by source, object
        """
    )
    found = []
    for source, thing, received_at, through_at, days in frame.iter_rows():
        if local(received_at).date() <= week.ends_on:
            found.append(Late(source, thing, _covers_to(received_at, through_at), days))
    return found


@dataclass(frozen=True)
class Unread:
    """A source whose newest file was refused: what it says is what its files before said.

    `is_sure`: it is known that the file held these things, and not only of which source it was.
    """

    source: str
    thing: str
    is_sure: bool
    refused_on: date
    covers_to: date

    @property
    def says(self) -> str:
        """`The newest file of Zendesk tickets (Tuesday 17 November) was refused; what is known reaches to …`."""
        things = f"{words.source(self.source)} {words.thing(self.thing)}"
        file = f"The newest file of {things}" if self.is_sure else f"A file of {words.source(self.source)}"
        known = "what is known" if self.is_sure else f"what is known of its {words.thing(self.thing)}"
        return f"{file} ({words.day(self.refused_on)}) was refused; {known} reaches to {words.day(self.covers_to)}"


def unread(about: Definition) -> list[Unread]:
    """The sources that a number rests on and whose newest file was refused."""
    if "source" not in builds.rows("select * from refusal limit 0").columns:
        return []
    frame = builds.rows(
        """
        select health.source, health.object, max(refusal.object) <> '', max(refusal.received_at), last_received_at,
            data_through_at
        from data_health as health
        join refusal on refusal.source = health.source and refusal.object in ('', health.object)
        where refusal.received_at > health.last_received_at and every_days is not null
        group by health.source, health.object, last_received_at, data_through_at
        order by health.source, health.object
        """
    )
    objects = rests_on(about)
    return [
        Unread(source, thing, is_sure, local(refused_at).date(), _covers_to(received_at, through_at))
        for source, thing, is_sure, refused_at, received_at, through_at in frame.iter_rows()
        if thing in objects
    ]


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
    """The last day that every vendor's export reaches to: the numbers rest on the least recent one."""
    latest = builds.rows(
        """
        select min(through_at) as at from (
            select max(data_through_at) as through_at from data_health where every_days is not null group by source
        ) as reach
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
