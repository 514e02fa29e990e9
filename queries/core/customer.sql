/* ---
about: One person, identities resolved; facts from the contact record that was changed last
grain: [customer_key]
--- */
with sighting as (
    select record_key, max(received_at) as last_seen_at from landing.sighting group by record_key
), export_day as (
    select source, local_date(received_at) as received_on, min(received_at) as received_at
    from landing.load
    where is_full_export and object = 'contact' and rows_read > 0
    group by source, local_date(received_at)
), second_last as (
    select source, received_at from export_day
    qualify row_number() over (partition by source order by received_on desc) = 2
), record as (
    select identity.customer_key, contact.*,
        coalesce(contact.modified_at, contact.created_at, contact.received_at) as changed_at,
        case
            when contact.is_deleted then coalesce(contact.modified_at, contact.received_at)
            when sighting.last_seen_at < second_last.received_at then sighting.last_seen_at
        end as gone_at
    from staged.contact as contact
    join identity on identity.record_key = contact.record_key
    left join sighting on sighting.record_key = contact.record_key
    left join second_last on second_last.source = contact.source
), fact as (
    select customer_key,
        arg_max(segment, (changed_at, record_key)) as segment,
        arg_max(region, (changed_at, record_key)) as region,
        arg_max(language, (changed_at, record_key)) as language,
        arg_max(country, (changed_at, record_key)) as country,
        bool_or(is_unsubscribed) as is_unsubscribed,
        bool_and(has_care_consent) as has_care_consent,
        max(gentle_until_on) as gentle_until_on,
        arg_max(birthday_on, (changed_at, record_key)) as birthday_on,
        min(created_at) as created_at,
        case when count(gone_at) = count(*) then max(gone_at) end as gone_at
    from record
    group by customer_key
), gentle as (
    select person.customer_key, max(gentle.until_on) as until_on
    from staged.gentle as gentle
    join person on person.known_as = gentle.customer_key
    where gentle.said_at <= $as_of
    group by person.customer_key
), seen as (
    select customer_key, created_at as seen_at from fact
    union all
    select identity.customer_key, purchase.ordered_at
    from staged.purchase as purchase
    join identity on identity.record_key = purchase.person_record_key
    union all
    select identity.customer_key, interaction.opened_at
    from staged.interaction as interaction
    join identity on identity.record_key = interaction.record_key
    union all
    select identity.customer_key, response.answered_at
    from staged.response as response
    join identity on identity.record_key = response.record_key
), first_seen as (
    select customer_key, min(seen_at) as seen_at from seen where seen_at <= $as_of group by customer_key
)
select
    first_seen.customer_key,
    local_date(first_seen.seen_at) as first_seen_on,
    local_date(fact.gone_at) as gone_on,
    coalesce(fact.segment, 'not known') as segment,
    coalesce(fact.region, 'not known') as region,
    coalesce(fact.language, 'not known') as language,
    fact.country,
    not coalesce(fact.is_unsubscribed, true) as has_marketing_consent,
    coalesce(fact.has_care_consent, false) as has_care_consent,
    greatest(fact.gentle_until_on, gentle.until_on) as gentle_until_on,
    case when fact.has_care_consent
        then lpad(extract(month from fact.birthday_on)::varchar, 2, '0')
            || '-' || lpad(extract(day from fact.birthday_on)::varchar, 2, '0')
    end as birthday_month_day
from first_seen
left join fact on fact.customer_key = first_seen.customer_key
left join gentle on gentle.customer_key = first_seen.customer_key
