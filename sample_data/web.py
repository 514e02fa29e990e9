"""What Google Analytics holds of the sample company's website: one row per event, with what is known of its visit."""

from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sample_data import browsing
from sample_data.clock import AS_OF, DAY, ZONE, Clock, as_datetimes, draw
from sample_data.visits import logistic, measured
from sample_data.world import CHF_IN_EUR, World

if TYPE_CHECKING:
    from sample_data.ga4_server import Ga4Server

PROPERTY_ID = "413000001"
MOMENTS = [datetime.combine(day, time(AS_OF.hour)) for day in Clock(24).drops]
"""When Google Analytics is asked, naive UTC: the Mondays on which the files arrive."""

LOYAL, LOYAL_ORDERS = "Loyal customers", 2
HELPED, HELPED_DAYS = "Needed help lately", 30
AUDIENCES = {LOYAL: 540, HELPED: HELPED_DAYS}
"""Audience -> for how many days after their latest visit people stay in it; 540 is the longest that Google offers."""
FEWEST_USERS, THRESHOLDED = 35, ["audienceName", "audienceId", "customUser:loyalty_tier"]
"""Google withholds rows of fewer users, in reports by what it knows of a person; Google signals are off."""
TIERS = {"Gold": 400, "Silver": 130, "Bronze": 0}
"""From so many EUR spent so far; a browser carries it from its first visit signed in."""
STAYS_AT_ZERO, STAYS_PER_INTEREST = -1.4, 1.4
COLUMNS = [
    "event_at", "processed_at", "attributed_at", "client_id", "user_id", "session_id", "event_name", "page_path",
    "landing_page", "channel", "is_engaged", "is_new", "content_kind", "search_result", "helpful", "loyalty_tier",
    "audience", "value", "transaction_id",
]  # fmt: skip
ADDRESS_SHARE = {"/contact/form": 0.03, "/help/delivery": 0.006, "/stories/": 0.02}
"""Of customers' visits: a link in one of our e-mails wrote the reader's own address into the page's."""


def server(seed: int, customers: int, months: int) -> "Ga4Server":
    """The company's Google Analytics as it stands at the sample's clock; set `.now` to ask it earlier."""
    from sample_data.ga4_server import Ga4Server  # noqa: PLC0415  (the generator needs no Google client)

    recorded = hits(World(seed, Clock(months), customers))
    website = Ga4Server(recorded, property_id=PROPERTY_ID, zone=ZONE, currency="EUR", now=AS_OF)
    website.thresholding(FEWEST_USERS, THRESHOLDED)
    website.membership(AUDIENCES)
    website.main.exports.polls = 0  # nobody waits for a made-up company
    return website


def hits(world: World) -> pl.DataFrame:
    """One row per event in order of time; the same bytes for the same world.

    Returns:
        event_at, processed_at (Google shows it from then on), attributed_at (until then its channel reads
        "Unassigned"): naive UTC. client_id, user_id (null = not signed in), session_id, event_name, page_path,
        landing_page, channel, is_engaged and is_new (of the visit), content_kind (story or other: of the landing
        page), search_result (found, nothing), helpful (yes, no), loyalty_tier, audience (names joined by ";"),
        value (EUR), transaction_id. A text that does not apply is null.
    """
    visits = world.visits
    seen = browsing.events(
        world.seed, visits, world.people, world.order_book, world.contacts, CHF_IN_EUR
    ).filter(pl.col("at") < measured(world.clock)[1])
    row, at = seen["visit"].to_numpy(), seen["at"].to_numpy()
    seen = seen.with_columns(page_path=_with_addresses(world, seen))
    viewed = seen.filter(pl.col("event_name") == "page_view")
    _, first = np.unique(viewed["visit"].to_numpy(), return_index=True)
    landing = viewed["page_path"].gather(first)
    told = visits.select(
        "client_id", "user_id", "channel", "is_new", "delay_seconds", "channel_seconds",
        session_id="started_at",
        landing_page=landing,
        content_kind=pl.Series(["other", "story"]).gather(landing.str.starts_with("/stories").cast(pl.Int8)),
        is_engaged=_engaged(world, viewed["visit"].to_numpy()),
        loyalty_tier=_tiers(world),
    )  # fmt: skip
    each = pl.concat([seen.drop("visit"), told[row]], how="horizontal")
    return each.with_columns(
        event_at=as_datetimes(at),
        processed_at=as_datetimes(at + each["delay_seconds"].to_numpy()),
        attributed_at=as_datetimes(at + each["channel_seconds"].to_numpy()),
        audience=_audiences(each),
    ).select(COLUMNS)


def _with_addresses(world: World, seen: pl.DataFrame) -> pl.Series:
    """The pages' paths, some with the reader's e-mail address in them or behind the question mark."""
    row = seen["visit"].to_numpy()
    lot = draw(world.seed, "addresses in pages").random(world.visits.height)[row]
    customer = world.visits["customer"].to_numpy()[row]
    form, help_page, stories = ADDRESS_SHARE.values()
    known = seen.select(
        "page_path",
        address=world.people["email"].gather(np.maximum(customer, 0)),
        lot=pl.Series(np.where(customer < 0, 1.0, lot)),
    )
    page = pl.col("page_path")
    spelt = (
        pl.when((page == "/contact/form") & (pl.col("lot") < form))
        .then(page + "?email=" + pl.col("address").str.replace("@", "%40", literal=True))
        .when((page == "/help/delivery") & (pl.col("lot") < help_page))
        .then(page + "/" + pl.col("address"))
        .when(page.str.starts_with("/stories/") & (pl.col("lot") < stories))
        .then(page + "/for/" + pl.col("address"))
        .otherwise(page)
    )
    return known.select(spelt).to_series()


def _engaged(world: World, viewed: np.ndarray) -> np.ndarray:
    """Whether a visit was engaged: two pages, an errand, or long enough, which depends on the visitor alone."""
    visits = world.visits
    pages = np.bincount(viewed, minlength=visits.height)
    errand = ~visits["purpose"].is_in(["browse", "story", "help"]).to_numpy()
    stays = logistic(STAYS_AT_ZERO + STAYS_PER_INTEREST * visits["interest"].to_numpy())
    return (pages >= 2) | errand | (draw(world.seed, "engagement").random(visits.height) < stays)


def _tiers(world: World) -> pl.Series:
    """Each visit's loyalty tier, by what the customer had spent; kept by the browser; null before it is known."""
    spent = world.spending.sort("ordered_at").select(
        "customer", started_at="ordered_at", spent=pl.col("amount").cum_sum().over("customer")
    )
    so_far = world.visits.select("customer", "client_id", "user_id", "started_at").join_asof(
        spent, on="started_at", by="customer", strategy="backward", check_sortedness=False
    )
    (gold, above), (silver, middle), (bronze, _) = TIERS.items()
    tier = (
        pl.when(pl.col("user_id").is_null())
        .then(None)
        .when(pl.col("spent") >= above)
        .then(pl.lit(gold))
        .when(pl.col("spent") >= middle)
        .then(pl.lit(silver))
        .otherwise(pl.lit(bronze))
    )
    return so_far.with_columns(tier=tier).select(pl.col("tier").forward_fill().over("client_id")).to_series()


def _audiences(each: pl.DataFrame) -> pl.Series:
    """The audiences somebody belongs to once an event has happened: two orders or more; asked in the last 30 days.

    Somebody is whoever signed in on that browser before, or the browser.
    """
    asks = pl.col("event_name").is_in(["chat_start", "form_submit"])
    frame = each.select(
        "at",
        who=pl.coalesce(pl.col("user_id").forward_fill().over("client_id"), "client_id"),
        orders=(pl.col("event_name") == "purchase").cast(pl.Int32),
        asked_at=pl.when(asks).then("at"),
    )
    loyal = pl.col("orders").cum_sum().over("who") >= LOYAL_ORDERS
    helped = pl.col("at") - pl.col("asked_at").forward_fill().over("who") <= HELPED_DAYS * DAY
    names = pl.concat_str(
        pl.when(loyal).then(pl.lit(LOYAL)),
        pl.when(helped).then(pl.lit(HELPED)),
        separator=";",
        ignore_nulls=True,
    )
    return frame.select(names.replace("", None)).to_series()
