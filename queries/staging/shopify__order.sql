/* ---
about: >
  Shopify orders as purchases; refunds netted, cancelled, voided and free orders left out. Of what was refunded, the
  discount was never given either
feeds: purchase
--- */
select
    record_key, source, record_key as person_record_key, created_at as ordered_at,
    total_amount - coalesce(refunded_amount, 0) as amount,
    cast(
        discount_amount * (1 - cast(coalesce(refunded_amount, 0) as double) / cast(total_amount as double))
        as decimal(18, 4)
    ) as discount_amount,
    currency
from landing.shopify__order
where line_number = 1 and cancelled_at is null
    and total_amount - coalesce(refunded_amount, 0) > 0
    and coalesce(financial_status, '') not in ('voided', 'refunded', 'pending', 'expired')
