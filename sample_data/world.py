"""The sample company as it truly is: everything that happened, before anybody exports it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sample_data import (
    aftermath,
    care,
    contact_states,
    contacts,
    initiatives,
    people,
    personal_contact,
    purchases,
    survey,
    visits,
    vouchers,
)
from sample_data.clock import NEVER, Clock
from sample_data.purchases import Purchases
from sample_data.vendors import hubspot, hubspot_sales, salesforce, shopify

CERTAIN = "1.0"
"""The odds where everybody is meant."""
CHF_IN_EUR = 1.065
"""About the mean of rates.csv: good enough to say who spends most."""


@dataclass(frozen=True)
class World:
    """A seeded world; every part is simulated once, when it is first asked for."""

    seed: int
    clock: Clock
    n: int

    @cached_property
    def people(self) -> pl.DataFrame:
        """The customers, with their latent traits."""
        return people.customers(self.seed, self.clock, self.n)

    @cached_property
    def purchases(self) -> Purchases:
        """Orders, their true process, and the draw for the note."""
        return purchases.purchases(self.seed, self.people, self.clock)

    @cached_property
    def contact_persons(self) -> pl.DataFrame:
        """Who was offered a contact person of their own, and when."""
        return personal_contact.offers(self.seed, self.people, self.clock)

    @cached_property
    def placed(self) -> pl.DataFrame:
        """One row per order, ascending in time; without those of customers who stayed away, with those by telephone."""
        own = aftermath.stay_away(self.seed, self.purchases.orders, self.responses, self.purchases.draw)
        called_in = personal_contact.by_telephone(
            self.seed, self.contact_persons, own, self.purchases.mean_basket, self.purchases.draw, self.clock
        )
        both = [own.with_columns(by_phone=False), called_in.with_columns(by_phone=True)]
        return pl.concat(both, how="vertical_relaxed").sort("ordered_at", "customer")

    @cached_property
    def vouchers(self) -> pl.DataFrame:
        """Who was drawn for a voucher, and who was not."""
        return vouchers.lot(self.seed, self.placed)

    @cached_property
    def orders(self) -> pl.DataFrame:
        """The orders placed, with the discount that each had."""
        return vouchers.redeemed(self.seed, self.placed, self.vouchers)

    @cached_property
    def order_book(self) -> pl.DataFrame:
        """Orders as the shop knows them, refunds and late arrivals included."""
        return shopify.order_book(self.seed, self.people, self.orders, self.duplicates, self.clock)

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """One row per ticket, chat, call or e-mail."""
        asked = contacts.contacts(self.seed, self.people, self.purchases.orders, self.clock)
        return aftermath.come_back(self.seed, asked)

    @cached_property
    def agents(self) -> pl.DataFrame:
        """The care team."""
        return contacts.agents()

    @cached_property
    def invitations(self) -> pl.DataFrame:
        """Who was asked, and when."""
        return survey.invitations(self.seed, self.people, self.clock)

    @cached_property
    def responses(self) -> pl.DataFrame:
        """Who answered what."""
        return survey.responses(
            self.seed, self.people, self.invitations, self.contacts, self.agents, self.clock
        )

    @cached_property
    def expected_spend(self) -> np.ndarray:
        """What each customer is truly worth to the shop: expected orders in a year times the expected order, EUR."""
        in_francs = (self.people["country"] == "CH").to_numpy()
        basket = self.purchases.mean_basket * np.where(in_francs, CHF_IN_EUR, 1.0)
        return self.purchases.rate_per_90_days * 365 / 90 * basket

    @cached_property
    def spending(self) -> pl.DataFrame:
        """Everything bought, in time order: customer, ordered_at, amount (about EUR, with shipping, refunds netted)."""
        full, refunded = pl.col("refund_share") >= 1, pl.col("refund_at") < NEVER
        total = pl.col("subtotal_cents") + shopify.shipping_cents()
        kept = (
            pl.when(pl.col("is_cancelled") | (refunded & full))
            .then(0)
            .when(refunded)
            .then(total - pl.col("subtotal_cents") * pl.col("refund_share"))
            .otherwise(total)
        )
        shop = self.order_book.select("customer", "ordered_at", amount=kept / 100)
        closed = pl.col("closed_at") < self.clock.cuts[-1]
        deals = self.deals.filter(closed & pl.col("is_won")).select(
            "customer", "amount", ordered_at="closed_at"
        )
        won = self.salesforce.opportunities.filter(closed & (pl.col("lot") < salesforce.WON_SHARE))
        sales = won.select(
            "amount", customer=self.salesforce.people["customer"].gather(won["who"]), ordered_at="closed_at"
        )
        columns = ["customer", "ordered_at", "amount"]
        everything = pl.concat([shop, deals.select(columns), sales.select(columns)])
        in_francs = (self.people["country"] == "CH").gather(everything["customer"])
        francs = pl.when(in_francs).then(pl.col("amount") * CHF_IN_EUR).otherwise("amount")
        return everything.with_columns(amount=francs).sort("ordered_at", "customer", "amount")

    @cached_property
    def acts(self) -> pl.DataFrame:
        """Every act of care."""
        done = [
            care.note_acts(self.seed, self.purchases.draw),
            care.birthday_acts(self.seed, self.people, self.clock),
            care.discount_acts(self.seed, self.responses),
            care.spontaneous_acts(self.seed, self.people, self.spending, self.clock),
            care.call_acts(self.seed, self.calls),
            care.voucher_acts(self.seed, self.vouchers),
            care.introductions(self.seed, self.contact_persons),
        ]
        return care.numbered(done, self.clock)

    @cached_property
    def calls(self) -> pl.DataFrame:
        """Who was meant to be called after a bad answer."""
        return care.calls(self.seed, self.people, self.responses)

    @cached_property
    def assigned(self) -> dict[str, tuple[pl.DataFrame, str]]:
        """By initiative, who was drawn or meant for it (customer, arm, stratum, assigned_at), and the odds."""
        cards = care.birthday_acts(self.seed, self.people, self.clock)
        return {
            initiatives.NOTE: (self.purchases.draw, "0.5"),
            initiatives.BIRTHDAY: (care.birthday_list(cards), CERTAIN),
            initiatives.CALL: (self.calls, CERTAIN),
            initiatives.VOUCHER: (self.vouchers, "0.5"),
            initiatives.PERSON: (self.contact_persons, CERTAIN),
        }

    @cached_property
    def contact_states(self) -> pl.DataFrame:
        """Who is not to be contacted for a while."""
        return contact_states.states(self.seed, self.people, self.clock)

    @cached_property
    def visits(self) -> pl.DataFrame:
        """Every visit to the website that was recorded."""
        return visits.visits(self.seed, self.people, self.order_book, self.contacts, self.clock)

    @cached_property
    def duplicates(self) -> pl.DataFrame:
        """Second contact records of the same person."""
        return hubspot.duplicates(self.seed, self.people, self.clock)

    @cached_property
    def feedback(self) -> pl.DataFrame:
        """NPS after orders in the shop, CES after conversations."""
        own = self.orders.filter(~pl.col("by_phone"))
        return hubspot.feedback(self.seed, self.people, own, self.contacts, self.clock)

    @cached_property
    def deals(self) -> pl.DataFrame:
        """Quotations."""
        return hubspot_sales.deals(self.seed, self.people, self.clock)

    @cached_property
    def hubspot_tickets(self) -> pl.DataFrame:
        """Calls to the shops, logged by hand."""
        return hubspot_sales.tickets(self.seed, self.people, self.clock)

    @cached_property
    def salesforce(self) -> salesforce.Book:
        """What Salesforce knows about business customers."""
        return salesforce.Book(self.seed, self.people, self.clock)
