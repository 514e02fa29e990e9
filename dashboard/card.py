"""What a colleague should know of one customer before writing or calling, without a name and without health."""

from dataclasses import dataclass
from datetime import date

import babel
import polars as pl

from dashboard import builds, words
from pipelines.care import health

LATEST = 3
_CHANNELS = {"email": "e-mail", "web": "the web form"}
_FELT_BAD, _FELT_GOOD = 3, 6


@dataclass(frozen=True)
class Card:
    """One customer: pseudonymous facts of the build."""

    customer_key: str
    alias: str
    since_on: date | None
    language: str
    region: str
    segment: str
    orders: int
    has_marketing_consent: bool
    has_care_consent: bool
    gentle_until_on: date | None
    birthday: str | None
    last_emotion: float | None
    last_answer_on: date | None
    channel: str | None
    contacts: pl.DataFrame
    gestures: pl.DataFrame


def card(customer_key: str) -> Card | None:
    """Everything the card shows but the name; None if the build does not know the customer."""
    found = builds.people_rows(
        """
        select customer.customer_key, coalesce(value.alias, upper(substr(customer.customer_key, 1, 4))) as alias,
            customer.first_seen_on as since_on, customer.language, customer.region, customer.segment,
            coalesce(value.orders, 0) as orders, customer.has_marketing_consent, customer.has_care_consent,
            customer.gentle_until_on, customer.birthday_month_day as birthday, value.last_emotion, value.last_answer_on
        from customer left join customer_value as value using (customer_key)
        where customer_key = $key
        """,
        key=customer_key,
    )
    if found.is_empty():
        return None
    contacts = builds.people_rows(
        "select opened_on, channel, topic, direction, is_open from interaction where customer_key = $key "
        "order by opened_at desc limit 50",
        key=customer_key,
    )
    gestures = builds.people_rows(
        "select done_on, kind from care_act where customer_key = $key and outcome = 'done' "
        "order by done_at desc limit 3",
        key=customer_key,
    )
    mostly = contacts["channel"].drop_nulls().mode().sort()
    return Card(
        **found.row(0, named=True),
        channel=mostly[0] if mostly.len() else None,
        contacts=contacts,
        gestures=gestures,
    )


def preferences(one: Card) -> str:
    """How to write: language, channel, what she agreed to."""
    told = []
    if one.language != "not known":
        told.append(f"writes {_language(one.language)}")
    if one.channel:
        told.append(f"mostly reaches us by {_CHANNELS.get(one.channel, words.safe(one.channel))}")
    told.append("agreed to be cared for" if one.has_care_consent else "has **not** agreed to be cared for")
    if not one.has_marketing_consent:
        told.append("no advertising")
    if one.birthday:
        month, day = map(int, one.birthday.split("-"))
        told.append(f"birthday {words.short_day(date(2000, month, day), year=False)}")
    return words.capital("; ".join(told)) + "."


def felt(one: Card) -> str:
    """How the customer felt when last asked, and when that was."""
    if one.last_emotion is None or one.last_answer_on is None:
        return "Never answered a survey, so we do not know."
    how = (
        "bad" if one.last_emotion <= _FELT_BAD else "good" if one.last_emotion >= _FELT_GOOD else "in between"
    )
    return f"{words.capital(how)} ({one.last_emotion:.0f} of 7), when asked on {words.short_day(one.last_answer_on)}."


def last_contacts(one: Card) -> list[str]:
    """The last conversations and gestures, newest first."""
    talks = [
        (row["opened_on"], f"{_CHANNELS.get(row['channel'], words.safe(row['channel'] or 'contact'))}"
         f"{_about(row['topic'])}{', still open' if row['is_open'] else ''}")
        for row in one.contacts.head(LATEST).iter_rows(named=True)
    ]  # fmt: skip
    gifts = [
        (on, f"we cared: {words.safe(health.without(kind or 'an act'))}")
        for on, kind in one.gestures.select("done_on", "kind").iter_rows()
    ]
    lines = sorted((line for line in (*talks, *gifts) if line[0]), key=lambda line: line[0], reverse=True)
    return [f"{words.short_day(on)}: {told}" for on, told in lines]


def not_to_say(one: Card, is_drawn: bool) -> list[str]:
    """What would hurt, bore or betray."""
    waiting = one.contacts.filter(pl.col("is_open")).head(1)
    told = [
        f"Not as if all were well: a request of {words.short_day(row['opened_on'], year=False)}"
        f"{_about(row['topic'])} is still open."
        for row in waiting.iter_rows(named=True)
    ]
    if one.last_emotion is not None and one.last_emotion <= _FELT_BAD:
        told.append("No “we hope you are happy with us”: the last answer said otherwise.")
    if not one.has_marketing_consent:
        told.append("No offer, no voucher, no “while I have you”: there is no consent to advertising.")
    if is_drawn:
        told.append("Nothing about a lot, a list or a test.")
    told.append("Nothing about health or money troubles, whatever you may know.")
    return told


def how_we_know(one: Card) -> str:
    """Where this comes from, so that it can be told."""
    told = ["the orders" if one.orders else "", "requests to us" if one.contacts.height else "",
            "a survey answer" if one.last_answer_on else ""]  # fmt: skip
    known = words.listed([part for part in told if part])
    return (
        f"From {known}. If asked how we know, say so."
        if known
        else "From the customer file. If asked, say so."
    )


def _about(topic: str | None) -> str:
    if not topic:
        return ""
    return " about something personal" if health.speaks_of_it(topic) else f" about {words.safe(topic)}"


def _language(code: str) -> str:
    try:
        return babel.Locale.parse(code).get_language_name("en") or words.safe(code)
    except (babel.UnknownLocaleError, ValueError):
        return words.safe(code)
