"""What happens in a visit to the website: pages seen, help found useful or not, chats, forms, orders, refunds."""

import re

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import NEVER, draw, pick
from sample_data.people import ascii_letters
from sample_data.vendors.shopify import shipping_cents

CHAT_STAYS_OPEN_SECONDS, STILL_OPEN_SHARE = 120, 0.35
"""Everybody waits two minutes in an open chat; of those who wait longer, this share still has it open in the end.
The others get their answer by e-mail, and the website never sees that a person came."""
HELP_PAGES = {  # weight among those who contact nobody; share of the answers that say it was helpful
    "/help/delivery": (24, 0.84),
    "/help/returns": (15, 0.80),
    "/help/refunds": (14, 0.35),
    "/help/invoices": (10, 0.78),
    "/help/products": (17, 0.86),
    "/help/damaged-parcel": (8, 0.76),
    "/help/account": (12, 0.81),
}
PAGE_OF_TOPIC = {
    "delivery": "/help/delivery",
    "return": "/help/returns",
    "invoice": "/help/invoices",
    "product question": "/help/products",
    "damaged parcel": "/help/damaged-parcel",
    "account": "/help/account",
    "advice": "/help/products",
    "complaint": "/help/refunds",
}
HELP_FIRST_SHARE, ANSWERS_SHARE = 0.7, 0.2
SEARCHES_SHARE, FOUND_SHARE = 0.2, 0.84
STORY_ON_THE_WAY_SHARE = 0.06
MOST_PAGES, SECONDS_A_PAGE = 12, 110
PAGES_AT_ZERO, PAGES_PER_INTEREST = -0.9, 0.8

STORIES = [
    "/stories/a-pan-for-life", "/stories/the-soap-maker-of-guarda", "/stories/linen-and-time",
    "/stories/a-table-for-twelve", "/stories/letters-from-you", "/stories/who-answers-when-you-call",
]  # fmt: skip
COLLECTIONS = [f"/collections/{name}" for name in ("kitchen", "bath", "bedroom", "table", "gifts")]
PRODUCTS = [
    "/products/" + re.sub("[^a-z0-9]+", "-", ascii_letters(name)).strip("-") for name, *_ in words.PRODUCTS
]
SHOP = ["/", *COLLECTIONS, *PRODUCTS]
SHOP_WEIGHTS = [20] + [6] * len(COLLECTIONS) + [50 / len(PRODUCTS)] * len(PRODUCTS)


def events(
    seed: int,
    visits: pl.DataFrame,
    people: pl.DataFrame,
    book: pl.DataFrame,
    contacts: pl.DataFrame,
    chf: float,
) -> pl.DataFrame:
    """One row per event in order of time; `chf` is a Swiss franc in EUR.

    visit (row of `visits`), at (UTC seconds), event_name, page_path, search_result, helpful, value (EUR),
    transaction_id.
    """
    rng = draw(seed, "browsing")
    parts = [
        *_looking_around(rng, visits),
        *_helping_oneself(rng, visits),
        *_asking(rng, visits, contacts),
        *_buying(rng, visits, people, book, chf),
    ]
    each = pl.concat(parts, how="diagonal_relaxed").with_row_index("step")
    return each.sort("at", "visit", "step").drop("step")


def _rows(visits: pl.DataFrame, *purposes: str) -> np.ndarray:
    return np.flatnonzero(visits["purpose"].is_in(purposes).to_numpy())


def _way(visits: pl.DataFrame, row: np.ndarray, share: float) -> np.ndarray:
    """When that share of the way from a visit's start to what it is about was behind the visitor."""
    started, about = visits["started_at"].to_numpy()[row], visits["at"].to_numpy()[row]
    return started + ((about - started) * share).astype(np.int64)


def _event(
    row: np.ndarray, at: np.ndarray, name: str, page: str | pl.Series, **more: str | pl.Series
) -> pl.DataFrame:
    texts = {
        "event_name": pl.lit(name),
        "page_path": pl.lit(page),
        **{key: pl.lit(of) for key, of in more.items()},
    }
    return pl.DataFrame({"visit": row, "at": at}).with_columns(**texts)


def _pages(
    rng: np.random.Generator, visits: pl.DataFrame, row: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For `count` pages in each of these visits: the visit, the page's position in it, and when it was seen."""
    position = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row = np.repeat(row, count)
    sooner = np.where(position > 0, rng.integers(0, SECONDS_A_PAGE - 10, len(position)), 0)
    return row, position, visits["started_at"].to_numpy()[row] + position * SECONDS_A_PAGE - sooner


def _looking_around(rng: np.random.Generator, visits: pl.DataFrame) -> list[pl.DataFrame]:
    """Pages and searches of visits for their own sake; how many depends on the visitor, not on the first page."""
    row = _rows(visits, "browse", "story")
    interest = visits["interest"].to_numpy()[row]
    count = 1 + rng.poisson(np.exp(PAGES_AT_ZERO + PAGES_PER_INTEREST * interest))
    row, position, at = _pages(rng, visits, row, np.minimum(count, MOST_PAGES))
    first, story = position == 0, (visits["purpose"] == "story").to_numpy()[row]
    is_story = pl.Series(np.where(first, story, rng.random(len(row)) < STORY_ON_THE_WAY_SHARE))
    page = pick(rng, STORIES, len(row)).zip_with(is_story, pick(rng, SHOP, len(row), SHOP_WEIGHTS))
    searched = first & (rng.random(len(row)) < SEARCHES_SHARE)
    return [_event(row, at, "page_view", page), *_searches(rng, row[searched], at[searched] + 8)]


def _searches(rng: np.random.Generator, row: np.ndarray, at: np.ndarray) -> list[pl.DataFrame]:
    found = pl.Series(["nothing", "found"]).gather((rng.random(len(row)) < FOUND_SHARE).astype(int))
    return [
        _event(row, at, "page_view", "/search"),
        _event(row, at + 1, "view_search_results", "/search", search_result=found),
    ]


def _helping_oneself(rng: np.random.Generator, visits: pl.DataFrame) -> list[pl.DataFrame]:
    row = _rows(visits, "help")
    row, _, at = _pages(rng, visits, row, 1 + rng.poisson(0.5, len(row)))
    page = pick(rng, list(HELP_PAGES), len(row), [weight for weight, _ in HELP_PAGES.values()])
    return _help(rng, row, at, page)


def _help(rng: np.random.Generator, row: np.ndarray, at: np.ndarray, page: pl.Series) -> list[pl.DataFrame]:
    """Help pages seen, and the answers to "was this helpful?": they depend on the page alone."""
    answers = rng.random(len(row)) < ANSWERS_SHARE
    share = page.replace_strict({name: share for name, (_, share) in HELP_PAGES.items()}).to_numpy()
    said = pl.Series(["no", "yes"]).gather((rng.random(len(row)) < share).astype(int))
    return [
        _event(row, at, "page_view", page),
        _event(row, at, "help_view", page),
        _event(row, at + 7, "was_this_helpful", page, helpful=said).filter(pl.Series(answers)),
    ]


def _asking(rng: np.random.Generator, visits: pl.DataFrame, contacts: pl.DataFrame) -> list[pl.DataFrame]:
    """Help pages, then the way to a person: the page to contact us, a chat or a form."""
    row = _rows(visits, "chat", "form", "form given up", "call")
    about, purpose = visits["about"].to_numpy()[row], visits["purpose"].gather(row)
    topic = (
        contacts["topic"].gather(np.maximum(about, 0)).replace_strict(PAGE_OF_TOPIC, default="/help/delivery")
    )
    known = pl.Series((about >= 0) & (rng.random(len(row)) < 0.75))
    page = topic.zip_with(known, pick(rng, list(HELP_PAGES), len(row)))
    first = rng.random(len(row)) < HELP_FIRST_SHARE
    is_form, is_chat = purpose.str.starts_with("form"), (purpose == "chat").to_numpy()
    contact = pl.Series(["/contact", "/contact/form"]).gather(is_form.cast(pl.Int8))
    arrived = np.where(first, _way(visits, row, 0.6), _way(visits, row, 0))
    happened = _way(visits, row, 1)

    chat = contacts[about[is_chat]]
    reached_at = chat["first_human_at"].to_numpy()
    waited = reached_at - chat["human_requested_at"].to_numpy()
    still_open = rng.random(len(waited)) < STILL_OPEN_SHARE
    reached = (reached_at < NEVER) & ((waited <= CHAT_STAYS_OPEN_SECONDS) | still_open)
    parts = [
        *_help(rng, row[first], _way(visits, row[first], 0), page.filter(pl.Series(first))),
        _event(row, arrived, "page_view", contact),
        _event(row, arrived, "contact_view", contact),
        _event(row[is_chat], happened[is_chat], "chat_start", "/contact"),
        _event(row[is_chat][reached], reached_at[reached], "human_reached", "/contact"),
    ]
    form = is_form.to_numpy()
    for name, share, who in (
        ("form_start", 0.75, form),
        ("form_submit", 1, (purpose == "form").to_numpy()),
        ("form_abandon", 1, (purpose == "form given up").to_numpy()),
    ):
        parts.append(_event(row[who], _way(visits, row[who], share), name, "/contact/form"))
    return parts


def _buying(
    rng: np.random.Generator, visits: pl.DataFrame, people: pl.DataFrame, book: pl.DataFrame, chf: float
) -> list[pl.DataFrame]:
    """Orders paid and refunds asked for; amounts in EUR as the shop knows them, shipping included."""
    total = pl.col("subtotal_cents") + shipping_cents()
    refund = (
        pl.when(pl.col("refund_share") >= 1)
        .then(total)
        .otherwise(pl.col("subtotal_cents") * pl.col("refund_share"))
    )
    rate = pl.Series(np.where(people["country"].gather(book["customer"]) == "CH", chf, 1.0))
    paid = book.select("name", total=(total / 100 * rate).round(2), refund=(refund / 100 * rate).round(2))

    buys, returns = _rows(visits, "buy"), _rows(visits, "return")
    order = paid[visits["about"].to_numpy()[buys]]
    back = paid[visits["about"].to_numpy()[returns]]
    searched = buys[rng.random(len(buys)) < SEARCHES_SHARE]
    number = {"transaction_id": order["name"]}
    return [
        _event(buys, _way(visits, buys, 0), "page_view", pick(rng, SHOP, len(buys), SHOP_WEIGHTS)),
        *_searches(rng, searched, _way(visits, searched, 0.3)),
        _event(buys, _way(visits, buys, 0.5), "page_view", pick(rng, PRODUCTS, len(buys))),
        _event(buys, _way(visits, buys, 0.8), "page_view", "/checkout"),
        _event(buys, _way(visits, buys, 1), "page_view", "/checkout/thank-you"),
        _event(buys, _way(visits, buys, 1), "purchase", "/checkout/thank-you", value=order["total"], **number),
        _event(returns, _way(visits, returns, 0), "page_view", "/account/orders"),
        _event(returns, _way(visits, returns, 0.6), "page_view", "/account/returns"),
        _event(
            returns, _way(visits, returns, 1), "refund", "/account/returns",
            value=back["refund"], transaction_id=back["name"],
        ),
    ]  # fmt: skip
