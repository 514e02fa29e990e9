"""Kindness of one's own accord: what was spent this quarter, and for whom. It is in no comparison."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from dashboard import builds, words
from dashboard.weeks import local, zone
from pipelines.journal import KINDNESSES, Budget, Journal

KINDS = KINDNESSES
MOST_MATCHES = 12


@dataclass(frozen=True)
class Spent:
    """This quarter's kindness: how many acts, what they cost in the company's currency, the budget if there is one."""

    acts: int
    amount: float
    budget: float | None
    currency: str

    def leaves(self, cost: float) -> bool:
        """Whether so much more is within the budget."""
        return self.budget is None or self.amount + cost <= self.budget


def spent(book: Journal) -> Spent:
    """What was spent since the quarter began, by the company's clock."""
    settings = builds.settings()
    found = book.kindnesses()
    start = quarter_start(local(datetime.now(UTC).replace(tzinfo=None)).date())
    days = [local(at).date() for at in found["at"]]
    this = found.filter(pl.Series([day >= start for day in days], dtype=pl.Boolean))
    own = this.filter(pl.col("currency").fill_null(settings.company.currency) == settings.company.currency)
    return Spent(
        this.height, float(own["cost"].sum()), settings.care.kindness_budget, settings.company.currency
    )


def budget() -> Budget | None:
    """What may be spent this quarter; None where the settings name no budget."""
    settings = builds.settings()
    if settings.care.kindness_budget is None:
        return None
    clock = ZoneInfo(zone())
    first = quarter_start(datetime.now(clock).date())
    began = datetime.combine(first, time(), clock).astimezone(UTC).replace(tzinfo=None)
    return Budget(settings.care.kindness_budget, settings.company.currency, began)


def quarter_start(day: date) -> date:
    """The first day of a day's quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def spent_words(one: Spent) -> str:
    """How much of the budget this quarter's kindness took."""
    of = f" of {words.money(one.budget, one.currency)}" if one.budget is not None else ""
    if not one.acts:
        return f"Nothing{of} is spent yet this quarter."
    acts = words.plural(one.acts, "kindness", "kindnesses")
    return f"{words.money(one.amount, one.currency)}{of} spent this quarter on {acts}."


def matches(text: str) -> dict[str, str]:
    """Customers whose alias begins like this: key -> alias, at most a dozen."""
    start = text.strip().split("·")[0].strip()
    if not start:
        return {}
    found = builds.people_rows(
        "select customer_key, alias from customer_value where starts_with(upper(alias), upper($start)) "
        "order by alias, customer_key",
        start=start,
    )
    return dict(found.head(MOST_MATCHES).iter_rows())
