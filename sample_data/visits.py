"""Who visits the website, when, why, from where and on which device: customers who let us measure it, and strangers."""

from datetime import date

import numpy as np
import polars as pl

from sample_data.clock import AS_OF, DAY, HOUR, NEVER, Clock, busyness, draw, epoch, to_utc
from sample_data.purchases import times_of_day

MEASURED_FROM = date(2025, 9, 15)
CONSENT_SHARE = 0.55
"""Of customers whose client id the CRM does not hold; whose it does, agreed. Nobody else is ever recorded."""
STRANGER_CONSENT_SHARE = 0.7
ACCOUNT_SHARE = 0.72
DEVICES_SHARE = [0.55, 0.35, 0.10]
MAIN_DEVICE_SHARE = 0.75
OLD_COOKIE_SHARE = {"customer": 0.8, "stranger": 0.08}
"""Of browsers met after MEASURED_FROM that had our cookie before: not new, though we see them for the first time."""

# per week and 5,000 customers
CUSTOMER_VISITS = 300
STRANGERS_PER_CUSTOMER, VISITS_AGAIN = 4.2, 0.4
HELP_SHARE = {"customer": 0.15, "stranger": 0.05}
STORY_AT_ZERO, STORY_PER_INTEREST = -3.2, 2.0
LOOKS_FIRST_SHARE = 0.35
"""Of those who then call or write an e-mail: they look at the help pages first."""
FORM_CHANGED_ON = date(2026, 6, 1)
GIVEN_UP_SHARE = {"before": 0.18, "after": 0.36}

CHANNELS = ["Direct", "Organic Search", "Paid Search", "Email", "Organic Social", "Referral"]
CHANNEL_MIX = {  # in CHANNELS' order, of 100
    "buys often": [36, 20, 3, 32, 4, 5],
    "buys rarely": [18, 32, 26, 6, 12, 6],
    "first order": [9, 28, 43, 2, 13, 5],
    "stranger": [18, 38, 21, 1, 14, 8],
    "needs help": [46, 40, 0, 9, 0, 5],
    "story": [12, 18, 2, 34, 30, 4],
}
HABIT_SHARE = 0.85
SIGNED_IN_SHARE = {
    "buy": 0.8,
    "return": 1.0,
    "chat": 0.45,
    "form": 0.5,
    "form given up": 0.35,
    "call": 0.35,
    "help": 0.35,
    "browse": 0.35,
    "story": 0.25,
}
"""Per visit of somebody with an account, by the visit's purpose."""
PURPOSES = list(SIGNED_IN_SHARE)
PURPOSE_OF_CONTACT = {"chat": "chat", "web": "form", "email": "call", "phone": "call"}

LATE_SHARE, VERY_LATE_SHARE = 0.12, 0.02
LATE_CHANNEL_SHARE, LATEST_CHANNEL_DAYS = 0.15, 11.5


def measured(clock: Clock) -> tuple[int, int]:
    """From when until when the website recorded anything, UTC seconds."""
    first = to_utc(np.array([max(epoch(MEASURED_FROM), epoch(clock.opens_on))]))[0]
    return int(first), epoch(AS_OF.date()) + AS_OF.hour * HOUR


def logistic(x: np.ndarray) -> np.ndarray:
    """Shares of log odds."""
    return 1 / (1 + np.exp(-x))


def visitors(seed: int, people: pl.DataFrame, asking_strangers: int) -> pl.DataFrame:
    """The customers, then the strangers who look around, then those who only ever asked something.

    Columns: customer (-1 = stranger), is_recorded, has_account, devices, habit (of CHANNEL_MIX), and the latent
    `interest` (standard normal for customers) that makes people read stories and look around.
    """
    rng = draw(seed, "visitors")
    n, strangers = people.height, round(people.height * STRANGERS_PER_CUSTOMER)
    total = n + strangers + asking_strangers
    is_customer = np.arange(total) < n
    lasting = np.concatenate([people["emotion"].to_numpy(), np.zeros(total - n)])
    interest = 0.6 * lasting + 0.8 * rng.standard_normal(total) - np.where(is_customer, 0, 0.4)
    in_crm = np.concatenate([(people["ga4_client_id"] != "").to_numpy(), np.zeros(total - n, dtype=bool)])
    agrees = np.where(is_customer, CONSENT_SHARE, 1.0)
    agrees[n + strangers :] = STRANGER_CONSENT_SHARE
    often = rng.random(n) < logistic(1.8 * people["value"].to_numpy())
    return pl.DataFrame(
        {
            "customer": np.where(is_customer, np.arange(total), -1),
            "interest": interest,
            "is_recorded": in_crm | (rng.random(total) < agrees),
            "has_account": is_customer & (rng.random(total) < ACCOUNT_SHARE),
            "devices": np.where(is_customer, 1 + rng.choice(3, total, p=DEVICES_SHARE), 1),
            "habit": np.concatenate(
                [np.where(often, "buys often", "buys rarely"), ["stranger"] * (total - n)]
            ),
        }
    )


def errands(
    seed: int, known: pl.DataFrame, book: pl.DataFrame, contacts: pl.DataFrame, clock: Clock
) -> pl.DataFrame:
    """Visits that some other system knows of too: visitor, purpose, about (row of `book` or `contacts`), at.

    An order paid online, a refund asked for, a chat, a form sent (and, with no trace elsewhere, forms given up),
    the help pages before a call or an e-mail.
    """
    rng = draw(seed, "errands")
    since, until = measured(clock)
    columns = ["visitor", "purpose", "about", "at"]
    is_stranger = pl.col("customer") < 0
    asked = contacts.with_row_index("about").with_columns(
        visitor=pl.when(is_stranger)
        .then(known.height - is_stranger.sum() + is_stranger.cum_sum() - 1)
        .otherwise("customer"),
        purpose=pl.col("channel").replace_strict(PURPOSE_OF_CONTACT),
        at="opened_at",
        looks_first=pl.Series(rng.random(contacts.height) < LOOKS_FIRST_SHARE),
    )
    asked = asked.filter(
        (pl.col("direction") == "reactive") & ((pl.col("purpose") != "call") | pl.col("looks_first"))
    )
    online = book.with_row_index("about").filter("is_online")
    bought = online.with_columns(visitor="customer", at="ordered_at", purpose=pl.lit("buy"))
    returned = online.filter((pl.col("refund_at") < NEVER) & ~pl.col("is_cancelled")).with_columns(
        visitor="customer", at="refund_at", purpose=pl.lit("return")
    )
    each = pl.concat([frame.select(columns) for frame in (bought, returned, asked)])
    each = each.filter(
        pl.col("at").is_between(since, until, closed="left") & known["is_recorded"].gather(each["visitor"])
    )
    sent = each.filter(pl.col("purpose") == "form")
    changed = to_utc(np.array([epoch(FORM_CHANGED_ON)]))[0]
    share = np.where(sent["at"].to_numpy() < changed, GIVEN_UP_SHARE["before"], GIVEN_UP_SHARE["after"])
    given_up = sent["at"].to_numpy()[rng.random(sent.height) < share / (1 - share)]
    somebody = np.flatnonzero((known["is_recorded"] & (known["customer"] >= 0)).to_numpy())
    in_vain = pl.DataFrame(
        {
            "visitor": rng.choice(somebody, len(given_up)),
            "purpose": "form given up",
            "about": -1,
            "at": np.minimum(given_up + rng.integers(0, DAY, len(given_up)), until - 1),
        }
    )
    return pl.concat([each, in_vain], how="vertical_relaxed")


def looking_around(seed: int, known: pl.DataFrame, customers: int, clock: Clock) -> pl.DataFrame:
    """Visits for their own sake: visitor, purpose (help, browse or story), about (-1), at.

    Who is interested comes more often and reads stories; nothing else about a visit depends on the story.
    """
    rng = draw(seed, "looking around")
    since, until = measured(clock)
    days = np.arange(since // DAY * DAY, until + DAY, DAY)
    level = busyness(days)

    counts = rng.poisson(CUSTOMER_VISITS / 7 * customers / 5_000 * level / level.mean())
    interest = known["interest"].to_numpy()
    comes = np.cumsum(np.where(known["is_recorded"].to_numpy(), np.exp(0.5 * interest), 0)[:customers])
    regular = np.searchsorted(comes, rng.random(counts.sum()) * comes[-1], side="right")
    regular_day = np.repeat(days, counts)

    stranger = customers + np.arange(round(customers * STRANGERS_PER_CUSTOMER))
    first_day = rng.choice(days, len(stranger), p=level / level.sum())
    again = np.repeat(np.arange(len(stranger)), rng.poisson(VISITS_AGAIN, len(stranger)))
    again_day = first_day[again] + 1 + (rng.exponential(12, len(again)) * DAY).astype(np.int64)

    visitor = np.concatenate([regular, stranger, stranger[again]])
    local = np.concatenate([regular_day, first_day, again_day]) // DAY * DAY + times_of_day(rng, len(visitor))
    helped = np.where(visitor < customers, HELP_SHARE["customer"], HELP_SHARE["stranger"])
    reads = logistic(STORY_AT_ZERO + STORY_PER_INTEREST * interest[visitor])
    lot = rng.random(len(visitor))
    purpose = np.where(lot < helped, "help", np.where(rng.random(len(visitor)) < reads, "story", "browse"))
    each = pl.DataFrame({"visitor": visitor, "purpose": purpose, "about": -1, "at": to_utc(local)})
    return each.filter(pl.col("at").is_between(since, until, closed="left"))


def visits(
    seed: int, people: pl.DataFrame, book: pl.DataFrame, contacts: pl.DataFrame, clock: Clock
) -> pl.DataFrame:
    """One row per visit in order of its start, times in UTC seconds.

    visitor, customer (-1 = stranger), interest, purpose, about (row of `book` for buy and return, of `contacts` for
    chat, form and call; else -1), at (when that happened), started_at, client_id, user_id (null = not signed in),
    is_new, channel, delay_seconds (until Google shows it), channel_seconds (until its channel is known).
    """
    known = visitors(seed, people, int((contacts["customer"] < 0).sum()))
    has_errand = errands(seed, known, book, contacts, clock)
    around = looking_around(seed, known, people.height, clock)
    each = pl.concat([has_errand, around], how="vertical_relaxed")
    rng = draw(seed, "visits")
    n = each.height
    ahead = {"buy": (120, 1500), "return": (40, 200), "chat": (60, 600), "call": (200, 3600)}
    low, high = (
        each["purpose"].replace_strict({p: ahead.get(p, (60, 400))[end] for p in PURPOSES}).to_numpy()
        for end in (0, 1)
    )
    own_sake = each["purpose"].is_in(["help", "browse", "story"]).to_numpy()
    started = np.maximum(
        each["at"].to_numpy() - np.where(own_sake, 0, rng.integers(low, high)), measured(clock)[0]
    )
    each = each.with_columns(started_at=pl.Series(started)).sort("started_at", "visitor", "at", "purpose")
    each = each.with_columns(
        known[each["visitor"].to_numpy()].select("customer", "interest", "has_account", "devices", "habit")
    )
    each = each.with_columns(channel=channels(rng, each, book))
    each = each.with_columns(browsers(rng, each, people, measured(clock)[0]))
    signs_in = each["purpose"].replace_strict(
        SIGNED_IN_SHARE, return_dtype=pl.Float64
    ).to_numpy() > rng.random(n)
    customer = np.maximum(each["customer"].to_numpy(), 0)
    has_joined = people["joined_at"].to_numpy()[customer] <= each["started_at"].to_numpy()
    signed_in = pl.Series(signs_in & has_joined) & each["has_account"]
    number = people["customer_number"].gather(customer)
    delay, channel_delay = delays(rng, each["channel"])
    return each.select(
        "visitor", "customer", "interest", "purpose", "about", "at", "started_at", "client_id", "is_new", "channel",
        user_id=number.zip_with(signed_in, pl.Series([None], dtype=pl.String).new_from_index(0, n)),
        delay_seconds=pl.Series(delay),
        channel_seconds=pl.Series(channel_delay),
    )  # fmt: skip


def channels(rng: np.random.Generator, each: pl.DataFrame, book: pl.DataFrame) -> pl.Series:
    """Where each visit came from. Customers have a habit, and who buys often has another one than who buys rarely.

    An order from the newsletter (`from_campaign`) came by e-mail; a first order often through an advertisement.
    """
    purpose, n = each["purpose"], each.height
    order = np.where((purpose == "buy").to_numpy(), each["about"].to_numpy(), 0)
    buys = (purpose == "buy").to_numpy()
    first = buys & book["customer"].is_first_distinct().to_numpy()[order]
    usual = rng.random(n) < HABIT_SHARE
    mixes = list(CHANNEL_MIX)
    mix = np.where(
        purpose.is_in(["buy", "browse"]),
        np.where(
            usual, each["habit"].replace_strict({m: i for i, m in enumerate(mixes)}), mixes.index("stranger")
        ),
        np.where(purpose == "story", mixes.index("story"), mixes.index("needs help")),
    )
    mix = np.where(first & usual, mixes.index("first order"), mix)
    share = np.cumsum(np.array([CHANNEL_MIX[name] for name in mixes]) / 100, axis=1)
    code = (rng.random(n)[:, None] >= share[mix, :-1]).sum(axis=1)
    campaign = buys & book["from_campaign"].to_numpy()[order]
    return pl.Series(CHANNELS).gather(np.where(campaign, CHANNELS.index("Email"), code))


def browsers(rng: np.random.Generator, each: pl.DataFrame, people: pl.DataFrame, since: int) -> pl.DataFrame:
    """Each visit's client_id and whether it is the browser's first visit ever (`is_new`).

    The first device of a customer whose client id is in the CRM has that one. The others' ids hold, as Google's do,
    the second in which the cookie was made.
    """
    n, devices = each.height, each["devices"].to_numpy()
    other = 1 + (rng.random(n) * np.maximum(devices - 1, 1)).astype(np.int64)
    device = np.where((devices > 1) & (rng.random(n) >= MAIN_DEVICE_SHARE), other, 0)
    _, first, browser = np.unique(
        each["visitor"].to_numpy() * 3 + device, return_index=True, return_inverse=True
    )
    customer, made_at = each["customer"].to_numpy()[first], each["started_at"].to_numpy()[first]
    is_customer = customer >= 0
    joined_before = is_customer & (people["joined_at"].to_numpy()[np.maximum(customer, 0)] < since)
    old_share = np.where(
        is_customer, np.where(joined_before, OLD_COOKIE_SHARE["customer"], 0), OLD_COOKIE_SHARE["stranger"]
    )
    had_cookie = rng.random(len(first)) < old_share
    made_at = np.where(had_cookie, since - rng.integers(DAY, 500 * DAY, len(first)), made_at)
    own = (
        pl.Series(rng.integers(10**8, 2**31, len(first))).cast(pl.String)
        + "."
        + pl.Series(made_at).cast(pl.String)
    )
    in_crm = people["ga4_client_id"].str.strip_prefix("GA1.1.").gather(np.maximum(customer, 0))
    is_in_crm = pl.Series(is_customer & (device[first] == 0)) & (in_crm != "")
    is_new = np.zeros(n, dtype=bool)
    is_new[first] = ~had_cookie & ~is_in_crm.to_numpy()
    return pl.DataFrame({"client_id": in_crm.zip_with(is_in_crm, own).gather(browser), "is_new": is_new})


def delays(rng: np.random.Generator, channel: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Seconds until a visit is processed (most 4 to 10 hours, all within 48) and until its channel is known.

    Of visits that are not direct some read "Unassigned" for up to LATEST_CHANNEL_DAYS.
    """
    n = len(channel)
    hours, lot = 4 + 6 * rng.beta(2, 2, n), rng.random(n)
    hours = np.where(lot < LATE_SHARE + VERY_LATE_SHARE, rng.uniform(10, 30, n), hours)
    hours = np.where(lot < VERY_LATE_SHARE, rng.uniform(30, 48, n), hours)
    late = (channel != "Direct").to_numpy() & (rng.random(n) < LATE_CHANNEL_SHARE)
    days = np.where(late, rng.uniform(0.5, LATEST_CHANNEL_DAYS, n), 0)
    seconds = (hours * HOUR).astype(np.int64)
    return seconds, np.maximum(seconds, (days * DAY).astype(np.int64))
