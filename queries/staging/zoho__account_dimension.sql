/* ---
about: What a Zoho account's own columns say, said of its contacts that do not say it themselves
feeds: dimension
--- */
select person.record_key, account.source, account.label, account.member
from landing.zoho__contact as person
join landing.dimension as account on account.record_key = person.account_key
left join landing.dimension as own
    on own.record_key = person.record_key and own.label = account.label and own.member is not null
where account.member is not null and own.record_key is null
