/* ---
about: What a Pipedrive organization's own columns say, said of its persons that do not say it themselves
feeds: dimension
--- */
select person.record_key, organization.source, organization.label, organization.member
from landing.pipedrive__contact as person
join landing.dimension as organization on organization.record_key = person.organization_key
left join landing.dimension as own
    on own.record_key = person.record_key and own.label = organization.label and own.member is not null
where organization.member is not null and own.record_key is null
