"""Who may be approached now: what the build knows (`care_proposal`), and what was written down since it was made.

The order is always the same: eligible by the build, not spoken against since, no veto, the lot, the list.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.care import health
from pipelines.journal import OPEN, Journal
from pipelines.store import Build

RULES = {
    "gone": "gone",
    "no consent": "without consent to be contacted for care",
    "never again": "not to be asked again, as they said",
    "gentle": "to be left in peace for now",
    "on the list": "on the list already",
    "looked after": "looked after since",
    "too soon": "cared for in this way not long ago",
    "in a lot": "in a lot of this initiative already",
    "open request": "with a request open",
    "hard up": "hard up at the moment",
    "bill": "being reminded of a bill",
    "marketing": "being written to by marketing",
    "often enough": "with enough messages from us lately",
    "no surprise": "with an act of the same kind last",
    "veto": "taken out by somebody who gave a reason",
}
_PROPOSED = (
    "select occasion, care_class, kind, customer_key, alias, since_on, reason, due_on, status, rule, stratum "
    "from care_proposal where occasion = $occasion order by customer_key"
)


@dataclass(frozen=True)
class Eligible:
    """Who may be approached for an occasion now.

    Attributes:
        people: customer_key, alias, reason, stratum, since_on, due_on, kind; sorted by customer_key.
        refused: rule -> how many it keeps out; each person counts once, at the first rule.
        vetoed: customer_key, alias, reason (of the veto), by, at.
    """

    people: pl.DataFrame
    refused: dict[str, int]
    vetoed: pl.DataFrame


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day in the company's zone of a naive UTC time."""
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def eligible(
    build: Build,
    journal: Journal,
    occasion: str,
    initiative_id: str,
    horizon_days: int,
    now: datetime,
    zone: ZoneInfo,
) -> Eligible:
    """Apply the rules to everybody with whom it is time.

    Args:
        build: the published one. journal: what was written since. now: naive UTC.
        horizon_days: for so long nobody is drawn again for the initiative.
    """
    proposed = build.query_people(_PROPOSED, {"occasion": occasion}).with_columns(
        health.without_any("reason")
    )
    is_extra = proposed["care_class"].first() == "extra"
    spoken = spoken_against(
        build, journal, occasion, initiative_id, horizon_days, now, zone, is_extra=is_extra
    )
    vetoes = known_now(build, journal.vetoes(initiative_id)).rename({"reason": "says"})
    judged = (
        proposed.join(spoken, on="customer_key", how="left")
        .join(vetoes.unique("customer_key"), on="customer_key", how="left")
        .with_columns(
            rule=pl.coalesce(
                "rule", "said", pl.when(pl.col("says").is_not_null()).then(pl.lit("veto")), pl.lit(None)
            )
        )
    )
    people = judged.filter(pl.col("rule").is_null())
    refused = judged.drop_nulls("rule")["rule"].value_counts()
    counts = dict(refused.rows())
    vetoed = judged.filter(pl.col("rule") == "veto")
    return Eligible(
        people.select("customer_key", "alias", "reason", "stratum", "since_on", "due_on", "kind"),
        {rule: counts[rule] for rule in RULES if rule in counts},
        vetoed.select("customer_key", "alias", reason="says", by="by", at="at"),
    )


def spoken_against(
    build: Build,
    journal: Journal,
    occasion: str,
    initiative_id: str,
    horizon_days: int,
    now: datetime,
    zone: ZoneInfo,
    *,
    is_extra: bool,
) -> pl.DataFrame:
    """Whom the journal keeps out, whatever the build says: customer_key, said (the first rule that does).

    Something extra waits for whatever else is on the list for the same person.
    """
    acts, gentle = journal.acts(), journal.gentle()
    today = local_day(now, zone)
    drawn = [
        draw.rows.select("customer_key")
        for draw in journal.draws(initiative_id)
        if local_day(draw.drawn_at, zone) > today - timedelta(days=horizon_days)
    ]
    on_list = acts.filter(pl.col("state").is_in(OPEN))
    against = [
        ("never again", acts.filter(pl.col("state") == "never_again")),
        ("gentle", gentle.filter(pl.col("until_on") >= today)),
        ("on the list", on_list if is_extra else on_list.filter(pl.col("occasion") == occasion)),
        ("in a lot", pl.concat(drawn) if drawn else gentle.clear()),
    ]
    found = pl.concat(
        [
            known_now(build, people.select("customer_key")).with_columns(
                said=pl.lit(rule), order=pl.lit(number)
            )
            for number, (rule, people) in enumerate(against)
        ]
    )
    return found.sort("order").unique("customer_key", keep="first", maintain_order=True).drop("order")


def known_now(build: Build, people: pl.DataFrame) -> pl.DataFrame:
    """The frame with each customer under the key that holds now; nobody is lost."""
    names = build.query_people(
        "select old, new from customer_alias where list_contains($keys, old) "
        "union select record_key, customer_key from identity where list_contains($keys, record_key)",
        {"keys": people["customer_key"].drop_nulls().unique().to_list()},
    )
    return people.with_columns(pl.col("customer_key").replace(names["old"], names["new"]))
