/* ---
about: >
  Every identifier a record ever carried, keyed, and the load that said so first. A row of our own lists names a
  customer and is none: of what it named, the last counts, so that a wrong name once sent joins nobody. A ticket or
  case is whose it is by the vendor's number: given to somebody else, it takes nothing of the first one along
grain: [record_key, kind, token]
publish: none
--- */
with version as (
    select record_key, load_id, received_at, data_through_at,
        max(token) filter (
            where kind in ('zendesk_user', 'salesforce_contact', 'hubspot_contact', 'freshdesk_contact', 'zoho_contact')
        ) as whose
    from landing.identity_token
    where object in ('ticket', 'case')
    group by record_key, load_id, received_at, data_through_at
), of_another as (
    select record_key, load_id
    from version
    qualify whose <> first_value(whose ignore nulls) over (
        partition by record_key order by received_at desc, data_through_at desc nulls last, load_id desc
    )
), said as (
    select record_key, kind, token, received_at, load_id
    from landing.identity_token
    anti join of_another using (record_key, load_id)
    where coalesce(source, '') <> 'careful'
    union all
    select record_key, kind, token, received_at, load_id
    from landing.identity_token
    where source = 'careful'
    qualify rank() over (partition by record_key order by received_at desc, load_id desc) = 1
)
select record_key, kind, token, min(received_at) as received_at, min(load_id) as load_id
from said
group by record_key, kind, token
