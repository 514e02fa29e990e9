/* ---
about: >
  Lines of orders as purchases, one per invoice. Lines of less than nothing are cancellations: each is taken off the
  customer's last earlier line of that product at that price, as far as that goes; one that finds none (bought before
  the data begin, or by a guest) takes nothing off. What nothing is left of is no purchase
feeds: purchase
--- */
with customer as (
    select record_key, max(token) as customer
    from landing.identity_token
    where source = 'orders' and kind = 'customer_id'
    group by record_key
), listed as (
    select
        entry.record_key, entry.source, entry.invoice, entry.product, entry.quantity, entry.unit_price,
        entry.ordered_at, entry.currency, customer.customer
    from landing.orders__line as entry
    left join customer on customer.record_key = entry.record_key
), matched as (
    select bought.record_key, -cancelled.quantity as quantity
    from listed as cancelled
    join listed as bought
        on bought.customer = cancelled.customer and bought.product = cancelled.product
        and bought.unit_price = cancelled.unit_price and bought.quantity > 0
        and bought.ordered_at <= cancelled.ordered_at
    where cancelled.quantity < 0
    qualify row_number() over (
        partition by cancelled.record_key order by bought.ordered_at desc, bought.record_key
    ) = 1
), taken_off as (
    select record_key, sum(quantity) as quantity from matched group by record_key
), kept as (
    select
        listed.record_key, listed.source, listed.invoice, listed.ordered_at, listed.currency,
        cast(greatest(listed.quantity - coalesce(taken_off.quantity, 0), 0) as decimal(18, 4))
            * listed.unit_price as amount
    from listed
    left join taken_off on taken_off.record_key = listed.record_key
    where listed.quantity > 0
)
select
    invoice as record_key, min(source) as source, min(record_key) as person_record_key,
    min(ordered_at) as ordered_at, sum(amount) as amount, coalesce(max(currency), $currency) as currency
from kept
group by invoice
having sum(amount) > 0
