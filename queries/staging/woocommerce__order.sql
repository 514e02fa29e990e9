/* ---
about: >
  WooCommerce orders that are being processed or completed as purchases; refunds netted where the export tells them,
  and the discount only by the share that was kept. The orders of Analytics are net of tax and shipping
feeds: purchase
--- */
with kept as (
    select *, coalesce(total_amount - coalesce(refunded_amount, 0), net_amount) as amount
    from landing.woocommerce__order
    where lower(status) in ('completed', 'processing', 'wc-completed', 'wc-processing')
)
select
    record_key, source, record_key as person_record_key, ordered_at, amount,
    case
        when total_amount > 0
        then cast(discount_amount * (cast(amount as double) / cast(total_amount as double)) as decimal(18, 4))
    end as discount_amount,
    coalesce(currency, $currency) as currency
from kept
where amount > 0
