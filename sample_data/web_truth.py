"""What is true of the sample company's website: what was planted in it, and what came of it by chance."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from sample_data import browsing, visits, web
from sample_data.clock import AS_OF, DAY, EVENING_FROM_HOUR, HOUR, ROTA_WEEK_FROM, epoch, to_local, to_utc
from sample_data.world import World

SHARES = {  # share -> the events that succeed, and those that are counted
    "helpful": (pl.col("helpful") == "yes", pl.col("event_name") == "was_this_helpful"),
    "reached_human": (pl.col("event_name") == "human_reached", pl.col("event_name") == "chat_start"),
    "search_found": (pl.col("search_result") == "found", pl.col("event_name") == "view_search_results"),
    "form_finished": (
        pl.col("event_name") == "form_submit",
        pl.col("event_name").is_in(["form_submit", "form_abandon"]),
    ),
}
SETTLING_DAYS = range(1, 14)
LAST_SUNDAY = AS_OF.date() - timedelta(days=1)


def website(world: World) -> dict[str, Any]:
    """Everything planted in the website's figures; weeks and days are those of the company's zone."""
    recorded = web.hits(world)
    local = to_local(recorded["event_at"].dt.timestamp("ms").to_numpy() // 1000)
    hits = recorded.with_columns(local=pl.Series(local), day=pl.Series(local // DAY))
    return {
        "about": "Counts of what really happened, whether or not Google Analytics shows it yet.",
        "property": web.PROPERTY_ID,
        "measured_from": visits.MEASURED_FROM.isoformat(),
        "pulled_at": [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in web.MOMENTS],
        "events": hits.height,
        "visits": world.visits.height,
        "browsers": hits["client_id"].n_unique(),
        "addresses_in_pages": int(hits["page_path"].str.contains("example", literal=True).sum()),
        "coverage": coverage(world, hits),
        "weeks": weeks(hits),
        "help_pages": help_pages(hits),
        "forms": forms(hits),
        "evening_chat": evening_chat(hits),
        "repeat_purchase": repeat_purchase(world, hits),
        "stories": stories(world, hits),
        "settling": settling(hits),
        "audiences": audiences(hits),
    }


def _share(successes: float, n: float) -> float | None:
    return round(float(successes / n), 6) if n else None


def coverage(world: World, hits: pl.DataFrame) -> dict[str, int]:
    """How many customers can be found again on the website, and how many orders the website saw."""
    in_crm = (
        world.people["ga4_client_id"].str.strip_prefix("GA1.1.").filter(world.people["ga4_client_id"] != "")
    )
    since, until = visits.measured(world.clock)
    online = world.order_book.filter(pl.col("is_online") & pl.col("ordered_at").is_between(since, until))
    signed_in = hits["user_id"].drop_nulls().unique()
    return {
        "customers": world.n,
        "with_client_id_in_the_crm": len(in_crm),
        "with_client_id_in_the_crm_and_seen": int(in_crm.is_in(hits["client_id"].unique().implode()).sum()),
        "seen": world.visits.filter(pl.col("customer") >= 0)["customer"].n_unique(),
        "ever_signed_in": len(signed_in),
        "online_orders": online.height,
        "online_orders_seen": hits.filter(pl.col("event_name") == "purchase").height,
    }


def weeks(hits: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Per ISO week: browsers, visits, pages seen; per share how many were counted, and how many succeeded."""
    totals = hits.group_by(week=pl.col("day").cast(pl.Int32).cast(pl.Date).dt.strftime("%G-W%V")).agg(
        *(of.sum().alias(f"{share} n") for share, (_, of) in SHARES.items()),
        *(good.sum().alias(f"{share} successes") for share, (good, _) in SHARES.items()),
        browsers=pl.col("client_id").n_unique(),
        visits=pl.struct("client_id", "session_id").n_unique(),
        pages=(pl.col("event_name") == "page_view").sum(),
    )
    return {
        row["week"]: {name: row[name] for name in ("browsers", "visits", "pages")}
        | {share: {part: row[f"{share} {part}"] for part in ("n", "successes")} for share in SHARES}
        for row in totals.sort("week").iter_rows(named=True)
    }


def help_pages(hits: pl.DataFrame) -> dict[str, Any]:
    """Answers to "was this helpful?" by page; one page is clearly not."""
    answers = hits.filter(pl.col("helpful").is_not_null())
    said = answers.group_by("page_path").agg(n=pl.len(), successes=(pl.col("helpful") == "yes").sum())
    by_page = {page: (n, yes) for page, n, yes in said.iter_rows()}
    return {
        page: {"true_share": share, "n": n, "successes": yes}
        for page, (_, share) in browsing.HELP_PAGES.items()
        for n, yes in [by_page.get(page, (0, 0))]
    }


def forms(hits: pl.DataFrame) -> dict[str, Any]:
    """The contact form before and after it asked for more."""
    changed = epoch(visits.FORM_CHANGED_ON) // DAY
    return {
        "what_happened": "From that day the form asks for more, and more people give it up.",
        "changed_on": visits.FORM_CHANGED_ON.isoformat(),
        **{
            when: {
                "true_given_up_share": visits.GIVEN_UP_SHARE[when],
                "sent": period.filter(pl.col("event_name") == "form_submit").height,
                "given_up": period.filter(pl.col("event_name") == "form_abandon").height,
            }
            for when, is_when in (("before", pl.col("day") < changed), ("after", pl.col("day") >= changed))
            for period in [hits.filter(is_when)]
        },
    }


def evening_chat(hits: pl.DataFrame) -> dict[str, Any]:
    """Chats of the last five weeks by when they started, and whether the website saw a person come."""
    chats = hits.filter(pl.col("event_name").is_in(["chat_start", "human_reached"])).select(
        "client_id",
        "session_id",
        "local",
        started=pl.col("event_name") == "chat_start",
    )
    each = chats.group_by("client_id", "session_id").agg(
        at=pl.col("local").filter("started").min(), reached=(~pl.col("started")).any()
    )
    found: dict[str, Any] = {}
    for back in range(4, -1, -1):
        monday = ROTA_WEEK_FROM - timedelta(weeks=back)
        week = each.filter(pl.col("at").is_between(epoch(monday), epoch(monday) + 7 * DAY - 1))
        is_evening = (pl.col("at") % DAY // HOUR) >= EVENING_FROM_HOUR
        found[f"{monday:%G-W%V}"] = {
            when: {"n": part.height, "successes": int(part["reached"].sum())}
            for when, part in (("evening", week.filter(is_evening)), ("rest", week.filter(~is_evening)))
        }
    return found


def repeat_purchase(world: World, hits: pl.DataFrame) -> dict[str, Any]:
    """Buyers of the last 28 days by the channel of the visit, and how many of them had bought before.

    Google counts browsers and knows what it recorded; `people` are customers, and all their orders in the shop count.
    """
    first_order = world.order_book["name"].filter(world.order_book["customer"].is_first_distinct())
    bought = hits.filter(pl.col("event_name") == "purchase").with_columns(
        is_first=pl.col("client_id").is_first_distinct(),
        is_first_ever=pl.col("transaction_id").is_in(first_order.implode()),
    )
    owners = world.order_book.select("customer", transaction_id="name")
    last = epoch(LAST_SUNDAY) // DAY
    recent = bought.filter(pl.col("day").is_between(last - 27, last)).join(
        owners, on="transaction_id", how="left"
    )
    kinds = {"browsers": ("client_id", "is_first"), "people": ("customer", "is_first_ever")}
    counted: dict[str, dict[str, dict[str, Any]]] = {channel: {} for channel in visits.CHANNELS}
    for kind, (who, first) in kinds.items():
        buyers = recent.group_by("channel").agg(
            pl.col(who).n_unique(), pl.col(who).filter(first).n_unique().alias("new")
        )
        for channel, n, new in buyers.iter_rows():
            counted[channel][kind] = {"n": n, "successes": n - new, "share": _share(n - new, n)}
    return {
        "what_happens": "Who buys often comes directly or by e-mail, first orders by paid search: habit, not effect.",
        "first_on": (LAST_SUNDAY - timedelta(days=27)).isoformat(),
        "last_on": LAST_SUNDAY.isoformat(),
        "channels": counted,
    }


def stories(world: World, hits: pl.DataFrame) -> dict[str, Any]:
    """Engaged visits by what was landed on; and the other visits, for their own sake, of those who read stories."""
    each = hits.unique(["client_id", "session_id"], maintain_order=True)
    seen = world.visits.select("client_id", "visitor", "purpose", session_id="started_at")
    each = each.join(seen, on=["client_id", "session_id"], how="left")
    around = each.filter(pl.col("purpose").is_in(["browse", "story"]))
    story = pl.col("content_kind") == "story"
    readers = around.filter(story)["visitor"].unique()
    elsewhere = around.filter(~story & pl.col("visitor").is_in(readers.implode()))

    def counted(of: pl.DataFrame) -> dict[str, Any]:
        engaged = int(of["is_engaged"].sum())
        return {"n": of.height, "successes": engaged, "share": _share(engaged, of.height)}

    return {
        "what_happens": "Interested people read stories, and interested people stay. Reading changes nothing.",
        "true_effect": 0.0,
        "engaged_visits": {
            "story": counted(each.filter(story)),
            "other": counted(each.filter(~story)),
            "other, only looking around": counted(around.filter(~story)),
            "other, only looking around, by readers of stories": counted(elsewhere),
        },
    }


def settling(hits: pl.DataFrame) -> dict[str, Any]:
    """How much of a day Google Analytics shows at 05:00 UTC so many days later, on average over all days."""
    day, asked = hits["day"].to_numpy(), AS_OF.hour * HOUR
    processed, attributed = (
        hits[column].dt.timestamp("ms").to_numpy() / 1000 for column in ("processed_at", "attributed_at")
    )
    known = day <= epoch(LAST_SUNDAY) // DAY - SETTLING_DAYS[-1]

    def by_age(at: np.ndarray) -> dict[str, float | None]:
        return {
            str(age): _share((at <= (day + age) * DAY + asked)[known].sum(), known.sum())
            for age in SETTLING_DAYS
        }

    return {
        "events_shown_by_age_days": by_age(processed),
        "events_with_their_channel_by_age_days": by_age(attributed),
    }


def audiences(hits: pl.DataFrame) -> dict[str, Any]:
    """Who is in an audience as exported at the sample's clock: as processed by midnight, by their latest event."""
    midnight = to_utc(np.array([epoch(AS_OF.date())]))[0]
    known = hits.filter(pl.col("processed_at").dt.timestamp("ms") // 1000 <= midnight)
    person = pl.col("user_id").forward_fill().backward_fill().over("client_id")
    latest = known.with_columns(number=person, person=pl.coalesce(person, "client_id")).unique(
        "person", keep="last", maintain_order=True
    )
    age = epoch(AS_OF.date()) + AS_OF.hour * HOUR - pl.col("event_at").dt.timestamp("ms") // 1000
    rules = {
        web.LOYAL: f"{web.LOYAL_ORDERS} orders or more on the website",
        web.HELPED: f"a chat or a form in the {web.HELPED_DAYS} days before it",
    }
    found: dict[str, Any] = {}
    for name, days in web.AUDIENCES.items():
        members = latest.filter(pl.col("audience").str.contains(name, literal=True) & (age <= days * DAY))
        found[name] = {
            "rule": f"latest event at most {days} days ago, and {rules[name]}",
            "members": members.height,
            "with_number": members["number"].drop_nulls().len(),
        }
    return found
