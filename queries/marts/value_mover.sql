/* ---
about: >
  Who moved between value bands in a year: customers by their band a year ago and now, each by rank of spend in the
  365 days before (top, to 40 %, to 70 %, rest; `new`: not yet a customer then). Who bought nothing in either year is
  left out. Many at the top of one year are not so in the next, whatever we do. No row where the order data do not
  reach two years back. Groups under the minimum n are hidden; where those of a row or column are
  together still under it, the next smallest goes too
grain: [from_band, to_band]
--- */
with spent as (
    select customer_key,
        sum(reporting_amount) filter (where ordered_on <= local_date($as_of) - interval 365 day) as before_amount,
        sum(reporting_amount) filter (where ordered_on > local_date($as_of) - interval 365 day) as now_amount,
        count(*) filter (where ordered_on <= local_date($as_of) - interval 365 day) as before_orders,
        count(*) filter (where ordered_on > local_date($as_of) - interval 365 day) as now_orders
    from purchase
    where customer_key is not null and ordered_on > local_date($as_of) - interval 730 day
    group by customer_key
), reach as (
    select min(ordered_on) as first_order_on from purchase
), ranked as (
    select spent.*, customer.first_seen_on > local_date($as_of) - interval 365 day as is_new,
        row_number() over (
            partition by before_orders > 0 order by coalesce(before_amount, 0) desc, before_orders desc, spent.customer_key
        ) as before_rank,
        row_number() over (
            partition by now_orders > 0 order by coalesce(now_amount, 0) desc, now_orders desc, spent.customer_key
        ) as now_rank,
        count(*) filter (where before_orders > 0) over () as before_buyers,
        count(*) filter (where now_orders > 0) over () as now_buyers
    from spent
    cross join reach
    join customer on customer.customer_key = spent.customer_key
    where reach.first_order_on <= local_date($as_of) - interval 725 day
), placed as (
    select
        case
            when is_new then 'new'
            when before_orders = 0 then 'no orders'
            when before_rank <= $top_customers then 'top'
            when before_rank <= before_buyers * 4 / 10 then 'high'
            when before_rank <= before_buyers * 7 / 10 then 'middle'
            else 'low'
        end as from_band,
        case
            when now_orders = 0 then 'no orders'
            when now_rank <= $top_customers then 'top'
            when now_rank <= now_buyers * 4 / 10 then 'high'
            when now_rank <= now_buyers * 7 / 10 then 'middle'
            else 'low'
        end as to_band
    from ranked
), counted as (
    select from_band, to_band, count(*) as customers,
        case when count(*) < $minimum_n then count(*) else 0 end as small
    from placed
    group by from_band, to_band
), sized as (
    select *,
        sum(small) over (partition by from_band) as row_small,
        sum(small) over (partition by to_band) as column_small,
        row_number() over (partition by from_band, small > 0 order by customers, to_band) as row_rank,
        row_number() over (partition by to_band, small > 0 order by customers, from_band) as column_rank
    from counted
)
select from_band, to_band, customers
from sized
where customers >= $minimum_n
    and not (row_small between 1 and $minimum_n - 1 and row_rank = 1)
    and not (column_small between 1 and $minimum_n - 1 and column_rank = 1)
