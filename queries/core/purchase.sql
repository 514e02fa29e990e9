/* ---
about: >
  One order, refunds netted; without an exchange rate its reporting amounts are not known and never summed.
  `discount_amount` and `margin_amount` are in the reporting currency: of the list price (amount and discount) the
  company keeps $margin_share, and gives the discount away. Without that share there is no margin
grain: [order_id]
--- */
with priced as (
    select
        purchase.*, identity.customer_key,
        case when purchase.currency = $currency then 1.0 else rate.rate end as reporting_rate
    from staged.purchase as purchase
    left join identity on identity.record_key = purchase.person_record_key
    left join rate
        on rate.currency = purchase.currency
        and local_date(purchase.ordered_at) >= rate.valid_from
        and local_date(purchase.ordered_at) < rate.valid_until
    where purchase.ordered_at <= $as_of
)
select
    record_key as order_id, customer_key, ordered_at, local_date(ordered_at) as ordered_on, amount, currency,
    cast(amount * reporting_rate as decimal(18, 4)) as reporting_amount,
    cast(discount_amount * reporting_rate as decimal(18, 4)) as discount_amount,
    cast(
        ((amount + coalesce(discount_amount, 0)) * cast($margin_share as double) - coalesce(discount_amount, 0))
        * reporting_rate
        as decimal(18, 4)
    ) as margin_amount,
    $currency as reporting_currency, source
from priced
