"""Open acts that must not be done now, whatever held when they were listed: consent withdrawn, asked to be left alone.

Whoever was drawn stays drawn, so that the comparison holds; the act waits, or somebody takes it off the list.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.care.rules import RULES, known_now, local_day
from pipelines.journal import OPEN, Journal
from pipelines.settings import Settings
from pipelines.store import Build, Store

ALWAYS = ("gone", "no consent", "never again", "gentle")
EXTRA = ("open request", "hard up", "bill", "marketing")
TWICE = "the same for the same person is on the list already"
QUIET = "it would not suit now"
_SCHEMA = {"act_id": pl.String, "says": pl.String}
_STANDS = """
    with asked as (
        select distinct unnest($keys) as customer_key
    ), state as (
        select customer_key, bool_or(state = 'complaint') as has_complaint, bool_or(state = 'hardship') as is_hard_up,
            bool_or(state = 'dunning') as is_dunned,
            bool_or(state = 'marketing_send' and until_on is not null) as is_sent
        from contact_state semi join asked using (customer_key)
        where is_now
        group by customer_key
    ), asking as (
        select distinct customer_key from interaction semi join asked using (customer_key) where is_open
    ), refusing as (
        select distinct customer_key from care_act semi join asked using (customer_key)
        where outcome = 'never_again' and not list_contains($ours, act_id)
    )
    select asked.customer_key,
        customer.customer_key is null or customer.gone_on is not null as "gone",
        not coalesce(customer.has_care_consent, false) as "no consent",
        refusing.customer_key is not null as "never again",
        coalesce(customer.gentle_until_on >= $today, false) as "gentle",
        coalesce(state.has_complaint, false) or asking.customer_key is not null as "open request",
        coalesce(state.is_hard_up, false) as "hard up",
        coalesce(state.is_dunned, false) as "bill",
        coalesce(state.is_sent, false) as "marketing"
    from asked
    left join customer on customer.customer_key = asked.customer_key
    left join state on state.customer_key = asked.customer_key
    left join asking on asking.customer_key = asked.customer_key
    left join refusing on refusing.customer_key = asked.customer_key
"""


def held_now(store: Store, settings: Settings) -> pl.DataFrame:
    """As `held_back`, by what is published and written now."""
    build = store.current()
    if build is None:
        return pl.DataFrame(schema=_SCHEMA)
    return held_back(build, Journal(store), settings.as_of(), settings.zone)


def held_back(build: Build, journal: Journal, now: datetime, zone: ZoneInfo) -> pl.DataFrame:
    """The open acts that must not be done now: act_id, says (why, without what is nobody's business).

    What is owed is held back by `ALWAYS` alone. Of two records that turned out to be one person, the act listed first
    stands.

    Args:
        build: the published one, not the one on screen. now: naive UTC.
    """
    acts = known_now(build, journal.acts())
    open_now = acts.filter(pl.col("state").is_in(OPEN)).sort("planned_at", "act_id")
    if open_now.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    today = local_day(now, zone)
    told = build.query_people(
        _STANDS,
        {"keys": open_now["customer_key"].to_list(), "ours": acts["act_id"].to_list(), "today": today},
    )
    stands = {row["customer_key"]: row for row in told.iter_rows(named=True)}
    gentle = known_now(build, journal.gentle().filter(pl.col("until_on") >= today))
    refused = acts.filter(pl.col("state") == "never_again")
    for said, people in (("never again", refused), ("gentle", gentle)):
        for key in set(people["customer_key"]) & set(stands):
            stands[key][said] = True
    held, seen = [], set()
    for act in open_now.iter_rows(named=True):
        key = act["customer_key"]
        rules = ALWAYS if act["care_class"] == "owed" else ALWAYS + EXTRA
        rule = next((rule for rule in rules if stands[key][rule]), None)
        says = TWICE if rule is None and (key, act["occasion"]) in seen else _says(rule)
        seen.add((key, act["occasion"]))
        if says:
            held.append((act["act_id"], says))
    return pl.DataFrame(held, schema=_SCHEMA, orient="row")


def _says(rule: str | None) -> str | None:
    return QUIET if rule in ("hard up", "bill") else RULES[rule] if rule else None
