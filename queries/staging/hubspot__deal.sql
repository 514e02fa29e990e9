/* ---
about: Won HubSpot deals as purchases
feeds: purchase
--- */
select
    record_key, source, record_key as person_record_key, closed_at as ordered_at, amount,
    coalesce(currency, $currency) as currency
from landing.hubspot__deal
where coalesce(is_won, lower(stage) in (
        'closed won', 'closedwon', 'won', 'abgeschlossen und gewonnen', 'gewonnen', 'fermé gagné', 'gagné',
        'cierre ganado', 'ganado'
    ))
    and closed_at is not null and amount > 0
