/* ---
about: >
  Who moved between value bands in a year: customers by their band a year ago and now, each by rank of spend in the
  365 days before (top, to 40 %, to 70 %, rest; `new`: not yet a customer then). Who bought nothing in either year is
  left out. Many at the top of one year are not so in the next, whatever we do. No row where the order data do not
  reach two years back. of_customers: all of from_band. As the sums of rows and columns are known (so many are on top),
  groups under the minimum n are hidden with whatever else lies where their rows and columns cross, and with the
  largest further row and column, so that no sum gives one away; where that is not enough there is no row at all
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
            partition by before_orders > 0
            order by coalesce(before_amount, 0) desc, before_orders desc, spent.customer_key
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
    select from_band, to_band, count(*) as customers, count(*) < $minimum_n as is_small
    from placed
    group by from_band, to_band
), row_of as (
    select from_band, cast(sum(customers) as bigint) as customers, bool_or(is_small) as has_small,
        row_number() over (
            order by bool_or(is_small), from_band in ('top', 'new', 'no orders'), sum(customers) desc, from_band
        ) as place
    from counted
    group by from_band
), column_of as (
    select to_band, bool_or(is_small) as has_small,
        row_number() over (
            order by bool_or(is_small), to_band in ('top', 'no orders'), sum(customers) desc, to_band
        ) as place
    from counted
    group by to_band
), judged as (
    select counted.*, row_of.customers as of_customers,
        bool_or(is_small) over () and (row_of.has_small or row_of.place = 1)
            and (column_of.has_small or column_of.place = 1) as is_hidden
    from counted
    join row_of on row_of.from_band = counted.from_band
    join column_of on column_of.to_band = counted.to_band
), summed as (
    select *,
        sum(customers) filter (where is_hidden) over (partition by from_band) as row_hidden,
        sum(customers) filter (where is_hidden) over (partition by to_band) as column_hidden
    from judged
)
select from_band, to_band, customers, of_customers
from summed
where not is_hidden and not exists (
    select 1 from summed as other
    where least(other.row_hidden, other.column_hidden) < $minimum_n
)
