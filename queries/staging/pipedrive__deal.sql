/* ---
about: Won Pipedrive deals as purchases; a status that is called otherwise in another language does not undo a win
feeds: purchase
--- */
select
    record_key, source, record_key as person_record_key, won_at as ordered_at, amount,
    coalesce(currency, $currency) as currency
from landing.pipedrive__deal
where won_at is not null and amount > 0 and lower(coalesce(status, 'won')) not in ('open', 'lost', 'deleted')
