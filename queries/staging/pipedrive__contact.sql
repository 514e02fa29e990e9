/* ---
about: Pipedrive persons as contacts; country, segment and region from the person, else from its organization
feeds: contact
--- */
select
    person.record_key, person.source, person.created_at, person.modified_at, person.received_at,
    coalesce(person.country, organization.country) as country,
    coalesce(person.segment, organization.segment) as segment,
    coalesce(person.region, organization.region) as region, person.language, person.is_unsubscribed,
    person.has_care_consent, person.gentle_until_on
from landing.pipedrive__contact as person
left join landing.pipedrive__organization as organization on organization.record_key = person.organization_key
