/* ---
about: >
  The last day up to which the order data of every source reach. A source that fell silent five weeks before the
  others is taken as ended
grain: [last_order_on]
publish: none
--- */
with reach as (
    select source, max(data_through_at) as through_at
    from landing.load
    where source in (select distinct source from staged.purchase) and object in ('order', 'opportunity', 'deal')
    group by source
), alive as (
    select through_at, max(through_at) over () as furthest_at from reach where through_at is not null
)
select local_date(min(through_at)) as last_order_on
from alive
where through_at > furthest_at - interval 35 day
having count(*) > 0
