/* ---
about: What a HubSpot company's own columns say, said of its contacts that do not say it themselves
feeds: dimension
--- */
select person.record_key, company.source, company.label, company.member
from landing.hubspot__contact as person
join landing.dimension as company on company.record_key = person.company_key
left join landing.dimension as own
    on own.record_key = person.record_key and own.label = company.label and own.member is not null
where company.member is not null and own.record_key is null
