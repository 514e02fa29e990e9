/* ---
about: >
  Sums and cross-products by cohort, enough for every effect of staggered starts and its exact error: customers
  (both months null), those who bought in a month (month_on null), and in both of two months; and the same of their
  margin. Months without a purchase are 0 and need no row
grain: [initiative_id, stratum, started_in, month_on, other_month_on]
publish: none
--- */
select
    initiative_id, stratum, started_in, cast(null as date) as month_on, cast(null as date) as other_month_on,
    cast(count(*) as double) as bought, cast(count(*) as double) as margin, false as is_margin_unknown,
    count(*) filter (where is_elsewhere) as elsewhere
from initiative_unit
group by initiative_id, stratum, started_in
union all
select
    initiative_id, stratum, started_in, cast(null as date), month_on,
    cast(count(*) as double), sum(margin_amount), count(margin_amount) < count(*), null
from initiative_month
group by initiative_id, stratum, started_in, month_on
union all
select
    one.initiative_id, one.stratum, one.started_in, one.month_on, other.month_on,
    cast(count(*) as double), sum(one.margin_amount * other.margin_amount), false, null
from initiative_month as one
join initiative_month as other
    on other.initiative_id = one.initiative_id and other.customer_key = one.customer_key
    and other.month_on >= one.month_on
group by one.initiative_id, one.stratum, one.started_in, one.month_on, other.month_on
