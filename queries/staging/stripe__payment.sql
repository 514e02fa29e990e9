/* ---
about: >
  Stripe payments that were captured and paid as purchases, refunds netted; a payment that was lost to a dispute is
  none. One told without its id is not counted beside one of the same second, amount and currency told with it
feeds: purchase
--- */
with settled as (
    select
        payment.*, lower(payment.status) as outcome,
        max(case when payment.has_id then 1 else 0 end) over (
            partition by payment.created_at, payment.amount, payment.currency
        ) as is_told_by_id
    from landing.stripe__payment as payment
), paid as (
    select
        record_key, source, created_at, currency,
        amount - coalesce(refunded_amount, case when outcome = 'refunded' then amount else 0 end) as amount
    from settled
    where (has_id or is_told_by_id = 0)
        and coalesce(is_captured, true)
        and outcome in ('paid', 'succeeded', 'refunded', 'partially refunded', 'partially_refunded')
        and coalesce(lower(dispute_status), '') <> 'lost'
)
select record_key, source, record_key as person_record_key, created_at as ordered_at, amount, currency
from paid
where amount > 0
