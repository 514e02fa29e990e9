/* ---
about: >
  Every thing that a KPI counts, by each of the company's own dimensions. Its member is what its own record says (the
  answer, then the contact that it is about), else that of the customer. A KPI of which nothing has a member is not
  broken down. `event` tells one thing from another within a build
grain: [event, dimension]
publish: none
--- */
with own as (
    select distinct dimension from record_dimension
), numbered as (
    select *, row_number() over () as event from kpi_event where exists (select 1 from own)
), placed as (
    select numbered.*, own.dimension,
        coalesce(answered.member, touched.member, customer.member, 'not known') as member
    from numbered
    cross join own
    left join record_dimension as answered
        on answered.record_key = numbered.response_id and answered.dimension = own.dimension
    left join record_dimension as touched
        on touched.record_key = numbered.interaction_id and touched.dimension = own.dimension
    left join customer_dimension as customer
        on customer.customer_key = numbered.customer_key and customer.dimension = own.dimension
), known as (
    select distinct kpi, dimension from placed where member <> 'not known'
)
select placed.event, placed.kpi, placed.iso_week, placed.segment, placed.region, placed.channel, placed.dimension,
    placed.member, placed.is_success, placed.is_opposite, placed.value
from placed
join known on known.kpi = placed.kpi and known.dimension = placed.dimension
