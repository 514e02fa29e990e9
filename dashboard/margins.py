"""Money: what an initiative brought, what it cost, what is left over, each with its range; one line for the board."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboard import builds, kindness, words
from dashboard.initiatives import Judged
from pipelines.measures.impact import Money, together

_JOINED = "\u2060"


@dataclass(frozen=True)
class Board:
    """Care this quarter, as far as numbers exist.

    Attributes:
        spent: on acts done since the quarter began, in `currency`; None where rows per person are not looked at, as in
            a frozen week. brought: of the initiatives that can be judged in
            money, all of their time; None where there is none. paid: how many those are. untold: how many can't be
            judged. of: all initiatives.
    """

    spent: float | None
    currency: str
    brought: Money | None
    paid: int
    untold: int
    of: int


COSTS_MORE = "It costs more than it brings."


def board(found: list[Judged], today: date) -> Board:
    """The figures of the board's line; other currencies than the company's are in none of them."""
    currency = builds.settings().company.currency
    paid = [one for one in found if one.is_paid and one.is_judged and one.currency == currency]
    moneys = [
        Money(
            one.margin or 0.0, one.margin_low or 0.0, one.margin_high or 0.0, one.acts_amount or 0.0,
            one.discount_amount or 0.0, one.horizon_days,
        )
        for one in paid
    ]  # fmt: skip
    untold = sum(one.is_beyond_judging for one in found)
    first = kindness.quarter_start(today)
    return Board(
        _spent(first, today, currency) if found else None, currency, together(moneys) if moneys else None, len(paid),
        untold, len(found),
    )  # fmt: skip


def _spent(first: date, last: date, currency: str) -> float | None:
    if builds.scope() != "people":
        return None
    amount = builds.people_rows(
        "select coalesce(sum(cost_amount), 0)::double as amount from care_act "
        "where done_on between $first and $last and coalesce(currency, $own) = $own",
        first=first, last=last, own=currency,
    ).item()  # fmt: skip
    return float(amount)


def board_words(one: Board) -> str:
    """`Care this quarter: spent €9,400. What can be judged brought back probably between …`."""
    told = ""
    if one.spent is not None:
        told = f"Care this quarter: spent {words.money(one.spent, one.currency)} (counted)."
    if one.brought is not None:
        these = "the one initiative" if one.paid == 1 else f"the {words.number_word(one.paid)} initiatives"
        told += (
            f" So far {these} whose money is known cost {words.money(one.brought.cost, one.currency)} and brought back "
            f"probably between {_unbroken(one.brought.margin_low, one.currency)} and "
            f"{_unbroken(one.brought.margin_high, one.currency)}."
        )
    if one.untold:
        told += (
            f" {words.capital(words.number_word(one.untold))} of {words.number_word(one.of)} can't be judged."
        )
    return told.strip()


def pays(one: Judged) -> str:
    """Whether it pays for itself, as far as the range says; empty where no money is known."""
    if not one.is_paid or one.verdict in ("harmful", "suggestive"):
        return ""
    net, low = one.net or 0.0, one.net_low or 0.0
    if one.loses_money:
        return COSTS_MORE
    if one.verdict != "works":
        return ""
    if low > 0:
        return "It pays for itself."
    probably = "It probably pays for itself" if net > 0 else "It probably does not pay for itself"
    return f"{probably}; we are not sure yet."


def spent(one: Judged) -> str:
    """What it cost all together; empty if nobody wrote that down."""
    known = [amount for amount in (one.acts_amount, one.discount_amount) if amount]
    amount = sum(known) if known else one.cost_amount
    return words.money(amount, one.currency) if amount else ""


def left_over(one: Judged) -> str:
    """The money of a line of the portfolio."""
    if not one.is_paid:
        cost = spent(one)
        return f"Cost {cost}; what it brought is not known in money." if cost else "No money is known."
    return (
        f"Left over: about **{signed(one.net, one.currency)}** (probably between {signed(one.net_low, one.currency)} "
        f"and {signed(one.net_high, one.currency)})."
    )


def table(one: Judged) -> pl.DataFrame:
    """The money block: what, about, probably between. Everybody's margin is counted, also of those who did not come."""
    acts, given = one.acts_amount or 0.0, one.discount_amount or 0.0
    rows = [
        ("Extra margin", signed(one.margin, one.currency), _ends(one.margin_low, one.margin_high, one.currency)),
        (_cost_label(one, acts), signed(-acts, one.currency), "counted"),
        *([("Discounts given", signed(-given, one.currency), "counted")] if given else []),
        ("Left over", signed(one.net, one.currency), _ends(one.net_low, one.net_high, one.currency)),
    ]  # fmt: skip
    about = f"First {one.money_days or one.horizon_days} days"
    return pl.DataFrame(rows, schema=[about, "About", "Probably between"], orient="row")


def break_even(one: Judged) -> str:
    """How large an effect pays for itself, beside the one we saw; empty if nobody can say."""
    if one.break_even is None or one.effect is None:
        return ""
    need = words.decimal(one.break_even * 100, 1)
    return f"Break-even is {need} more per 100; we saw about {words.of_100(one.effect)}."


def rests_on(one: Judged) -> str:
    """What the money block is made of, and how far it reaches."""
    return (
        "From the margin of every customer in both groups, also of those who did not come; not from an average. "
        f"Known for {one.money_days or one.horizon_days} days, not beyond."
    )


def unknown(one: Judged) -> str:
    """What may be said of money where no margin is known: what it cost, per customer it brought if that is known."""
    cost = one.acts_amount or one.cost_amount
    if not cost:
        return "What it cost was not written down."
    told = f"It cost {words.money(cost, one.currency)}."
    if one.still_running:
        return f"{told} What each customer cost, and what it earned, is not known yet."
    if one.verdict == "works" and one.effect and one.low and one.high and one.low > 0:
        each, least, most = (cost / (share * one.n_treated) for share in (one.effect, one.high, one.low))
        told += (
            f" That is about {words.money(each, one.currency)} for each customer it brought (probably between "
            f"{words.money(least, one.currency)} and {words.money(most, one.currency)})."
        )
    return told + " What it earned is not shown: no margins are known."


def _cost_label(one: Judged, acts: float) -> str:
    """Of the acts for those whose margin is counted, and of no others."""
    if one.acts_counted:
        each = words.money_exactly(acts / one.acts_counted, one.currency)
        return f"Cost: {words.count(one.acts_counted)} at {each}"
    return "Cost, all of it, also for those not counted yet" if acts and one.still_running else "Cost"


def _ends(low: float | None, high: float | None, currency: str) -> str:
    return f"{signed(low, currency)} and {signed(high, currency)}"


def signed(amount: float | None, currency: str) -> str:
    """`+€2,600`, `−€1,300`: with its sign, as it may be either; a line never breaks after it."""
    figure = _unbroken(amount or 0.0, currency)
    return f"+{_JOINED}{figure}" if round(amount or 0.0) > 0 else figure


def _unbroken(amount: float, currency: str) -> str:
    return words.money(amount, currency).replace("−", f"−{_JOINED}")
