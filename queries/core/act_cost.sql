/* ---
about: >
  What each act of an initiative cost that was done or whose cost was noted, in the reporting currency; null where a
  rate is missing, or where it was done and its cost not noted (is_noted): that is not known, not free of charge
grain: [act_id]
publish: none
--- */
select
    act.act_id, act.initiative_id, act.customer_key, act.done_at, act.done_on,
    cast(
        act.cost_amount * case when coalesce(act.currency, $currency) = $currency then 1 else rate.rate end as double
    ) as amount, act.cost_amount is not null as is_noted
from care_act as act
left join rate
    on rate.currency = act.currency and act.done_on >= rate.valid_from and act.done_on < rate.valid_until
where act.initiative_id is not null and (act.cost_amount is not null or act.outcome = 'done')
