/* ---
about: One order, refunds netted; without an exchange rate its reporting amount is not known and never summed
grain: [order_id]
--- */
select
    purchase.record_key as order_id, identity.customer_key, purchase.ordered_at,
    local_date(purchase.ordered_at) as ordered_on, purchase.amount, purchase.currency,
    case when purchase.currency = $currency then purchase.amount
        else cast(purchase.amount * rate.rate as decimal(18, 4))
    end as reporting_amount,
    $currency as reporting_currency, purchase.source
from staged.purchase as purchase
left join identity on identity.record_key = purchase.person_record_key
left join rate
    on rate.currency = purchase.currency
    and local_date(purchase.ordered_at) >= rate.valid_from
    and local_date(purchase.ordered_at) < rate.valid_until
where purchase.ordered_at <= $as_of
