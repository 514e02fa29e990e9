/* ---
about: Zoho contacts as contacts; country, segment and region from the contact, else from its account
feeds: contact
--- */
select
    person.record_key, person.source, person.created_at, person.modified_at, person.received_at,
    coalesce(person.country, account.country) as country, coalesce(person.segment, account.segment) as segment,
    coalesce(person.region, account.region) as region, person.language, person.is_unsubscribed,
    person.has_care_consent, person.gentle_until_on
from landing.zoho__contact as person
left join landing.zoho__account as account on account.record_key = person.account_key
