/* ---
about: What the acts cost that the customers of `initiative_unit` got, by when these started and month of the act
grain: [initiative_id, stratum, started_in, month_on]
publish: none
--- */
select
    unit.initiative_id, unit.stratum, unit.started_in, cast(date_trunc('month', act.done_on) as date) as month_on,
    count(*) as acts, case when count(act.amount) = count(*) then sum(act.amount) end as acts_amount
from initiative_unit as unit
join act_cost as act on act.initiative_id = unit.initiative_id and act.customer_key = unit.customer_key
where unit.started_in is not null
group by unit.initiative_id, unit.stratum, unit.started_in, cast(date_trunc('month', act.done_on) as date)
