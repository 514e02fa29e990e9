/* ---
about: >
  Every identifier a record ever carried, keyed, and the load that said so first. A row of our own lists names a
  customer and is none: of what it named, the last counts, so that a wrong name once sent joins nobody
grain: [record_key, kind, token]
publish: none
--- */
with said as (
    select record_key, kind, token, received_at, load_id
    from landing.identity_token
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
