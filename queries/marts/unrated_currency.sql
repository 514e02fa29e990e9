/* ---
about: Currencies in which purchases or acts have an amount without an exchange rate, so that it is in no sum
grain: [currency]
--- */
select currency
from purchase
where reporting_amount is null and amount is not null and currency is not null
union
select act.currency
from act_cost
join care_act as act on act.act_id = act_cost.act_id
where act_cost.is_noted and act_cost.amount is null and act.currency is not null
