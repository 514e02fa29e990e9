/* ---
about: HubSpot contacts as contacts; country, segment and region from the contact, else from its company
feeds: contact
--- */
select
    person.record_key, person.source, person.created_at, person.modified_at, person.received_at,
    coalesce(person.country, company.country) as country, coalesce(person.segment, company.segment) as segment,
    coalesce(person.region, company.region) as region, person.language, person.is_unsubscribed,
    person.has_care_consent, person.gentle_until_on, person.birthday_on, person.referrals
from landing.hubspot__contact as person
left join landing.hubspot__company as company on company.record_key = person.company_key
