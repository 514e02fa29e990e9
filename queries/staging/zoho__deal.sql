/* ---
about: >
  Won Zoho deals as purchases, of their contact or of their account's only contact. The day of closing has no time:
  noon UTC is that day in nearly every zone
feeds: purchase
--- */
with only_contact as (
    select account_key, min(record_key) as record_key
    from landing.zoho__contact
    group by account_key
    having count(*) = 1
)
select
    deal.record_key, deal.source,
    coalesce(named.record_key, only_contact.record_key) as person_record_key,
    cast(deal.closed_on as timestamp) + interval 12 hour as ordered_at, deal.amount,
    coalesce(deal.currency, $currency) as currency
from landing.zoho__deal as deal
left join (select distinct record_key from landing.identity_token where kind = 'zoho_contact') as named
    on named.record_key = deal.record_key
left join only_contact on only_contact.account_key = deal.account_key
where coalesce(deal.is_won, lower(deal.stage) = 'closed won') and deal.amount > 0
