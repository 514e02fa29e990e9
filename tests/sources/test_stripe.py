"""Golden rows of Stripe's payments CSV."""

from datetime import datetime
from decimal import Decimal

from pipelines.publish import run_once
from pipelines.store import Store

HEADER = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,"
    "Converted Currency,Decline Reason,Description,Fee,Is Link,Link Funding,Mode,PaymentIntent ID,"
    "Payment Source Type,Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,"
    "Card Name,Card Address Country,Customer ID,Customer Description,Customer Email,Dispute Status,Invoice ID,"
    "UTM Source,member_number (metadata)\n"
)


def payment(
    number="ch_1",
    created="2026-11-02 08:15:30",
    amount="49.00",
    refunded="0.00",
    currency="eur",
    captured="true",
    status="Paid",
    mode="Live",
    customer="cus_Ann1",
    email="Ann@Example.com",
    member="00042",
    dispute="",
) -> str:
    return (
        f'{number},{created},"{amount}",{refunded},{currency},{captured},{amount.replace(",", "")},0.00,eur,,'
        f"Subscription creation,1.23,false,,{mode},pi_1,card,,ACME,{status},Payment complete.,0.00,pm_1,"
        f"Ann Example,AT,{customer},Ann Example,{email},{dispute},in_1,newsletter,{member}\n"
    )


def test_a_payment_lands_with_its_refund_and_the_customer_by_stripe_s_number_and_the_company_s(
    open_desk, counts
):
    desk = open_desk('[mapping.stripe]\n"member_number (metadata)" = "customer_id"\n')
    load = desk.read(HEADER + payment(amount="1,049.00", refunded="9.50"))
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("stripe__payment") == [
        {
            "line": 2, "has_id": True, "created_at": datetime(2026, 11, 2, 8, 15, 30),
            "amount": Decimal(1049), "refunded_amount": Decimal("9.5"), "currency": "EUR", "is_captured": True,
            "status": "Paid", "dispute_status": None, "mode": "Live",
        }
    ]  # fmt: skip
    assert desk.tokens("stripe__payment") == desk.keyed(
        (2, "stripe_customer", "cus_Ann1"), (2, "email", "ann@example.com"), (2, "customer_id", "00042")
    )


def test_a_subset_of_columns_saved_again_by_a_european_spreadsheet_is_the_same_payment(desk):
    desk.read(HEADER + payment(amount="15.50"), name="all.csv")
    again = "id;Created date (UTC);Amount;Currency;Captured;Status;Customer ID\r\n"
    again += "ch_1;2026-11-02 08:15:30;15,5;EUR;TRUE;Paid;cus_Ann1\r\n"
    desk.read(again, on="2026-11-11", name="chosen.csv")
    assert (
        desk.landed("stripe__payment", "amount", "currency", "is_captured")
        == [{"amount": Decimal("15.5"), "currency": "EUR", "is_captured": True}] * 2
    )
    assert desk.table("stripe__payment")["record_key"].n_unique() == 1


def test_without_ids_two_customers_in_the_same_second_are_two_payments(desk, counts):
    file = "Created date (UTC),Amount,Currency,Status,Customer ID,Invoice Number\n"
    file += "2026-11-02 08:15:30,15.00,usd,Paid,cus_Ann1,A-0001\n"
    file += "2026-11-02 08:15:30,15.00,usd,Paid,cus_Bo2,\n"
    file += "2026-11-02 08:15:30,15.00,usd,Paid,,\n"
    file += "2026-11-02 08:15:30,25.00,usd,Paid,,\n"
    assert counts(desk.read(file)) == (4, 4, 0, 0)
    assert desk.landed("stripe__payment", "has_id") == [{"has_id": False}] * 4


def test_without_ids_two_payments_that_are_alike_are_two_in_any_order_and_the_next_export(desk, counts):
    header = "Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID\n"
    alike = ["2026-11-02 08:15,15.00,0.00,usd,Paid,cus_Ann1\n"] * 2
    refunded = "2026-11-02 08:15,15.00,15.00,usd,Refunded,cus_Ann1\n"
    first = desk.read(header + "".join([*alike, refunded]))
    assert counts(first) == (3, 3, 0, 0)
    again = desk.read(header + "".join([refunded, *alike]), on="2026-11-11", name="b.csv")
    assert counts(again) == (3, 0, 0, 3)
    later = desk.read(header + "".join([refunded, refunded, alike[0]]), on="2026-11-12", name="c.csv")
    assert counts(later) == (3, 1, 0, 2)
    assert desk.table("stripe__payment")["record_key"].n_unique() == 3


def test_in_a_file_with_ids_a_payment_that_lacks_its_own_is_set_aside(desk):
    load = desk.read(HEADER + payment() + payment(number=""))
    assert desk.set_aside(load) == [(3, "payment_id", "missing")]


def test_a_refund_that_came_later_replaces_what_was_known_of_the_payment(desk, counts):
    desk.read(HEADER + payment(), on="2026-11-10", name="1.csv")
    later = desk.read(HEADER + payment(refunded="49.00", status="Refunded"), on="2026-11-11", name="2.csv")
    assert counts(later) == (1, 1, 0, 0)
    assert desk.table("stripe__payment")["record_key"].n_unique() == 1


def test_a_payment_of_test_mode_is_set_aside_as_such(desk, counts):
    load = desk.read(HEADER + payment(mode="Test") + payment(number="ch_2"))
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(2, "", "test_payment")]


def test_the_export_of_some_years_ago_is_read_and_a_list_of_payouts_is_not_taken_for_it(desk, counts):
    old = "id,Description,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email,Captured\n"
    old += "ch_1,,2021-03-02 08:15,20.00,0.00,usd,Paid,cus_Ann1,ann@example.com,true\n"
    load = desk.read(old)
    assert (counts(load), load.object) == ((1, 1, 0, 0), "payment")
    payouts = "id,Amount,Created (UTC),Currency,Livemode,Arrival Date (UTC),Status\n"
    payouts += "po_1,3930.14,2026-07-10 00:18,usd,true,2026-07-10 00:00,paid\n"
    assert desk.refuse(payouts).startswith("Its columns are those of no known export")


def test_what_was_paid_and_kept_is_a_purchase_of_who_paid_it(desk):
    desk.put(
        "payments.csv",
        HEADER
        + payment(refunded="9.00")
        + payment(number="ch_2", created="2026-11-03 10:00:00", status="Failed", captured="false")
        + payment(number="ch_3", created="2026-11-04 10:00:00", email=""),
    )
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    rows = build.query_people(
        "select ordered_at, amount, customer_key from purchase order by ordered_at"
    ).rows()
    build.close()
    (first, kept, ann), (second, all_of_it, also_ann) = rows
    assert (first, kept) == (datetime(2026, 11, 2, 8, 15, 30), Decimal(40))
    assert (second, all_of_it) == (datetime(2026, 11, 4, 10), Decimal(49))
    assert ann == also_ann is not None
