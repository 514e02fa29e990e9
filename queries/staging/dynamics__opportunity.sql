/* ---
about: >
  Won Dynamics opportunities as purchases; what was lost has no actual revenue. A currency that is told by a name is
  known by the usual ones. The day of closing has no time: noon UTC is that day in nearly every zone
feeds: purchase
--- */
select
    record_key, source, record_key as person_record_key,
    cast(closed_on as timestamp) + interval 12 hour as ordered_at, amount,
    case lower(coalesce(currency, $currency))
        when 'euro' then 'EUR' when 'swiss franc' then 'CHF'
        when 'us dollar' then 'USD' when 'pound sterling' then 'GBP'
        else coalesce(currency, $currency)
    end as currency
from landing.dynamics__opportunity
where closed_on is not null and amount > 0 and lower(status) not in ('open', 'lost')
