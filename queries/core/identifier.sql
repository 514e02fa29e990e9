/* ---
about: Every identifier a record ever carried, keyed, and the load that said so first
grain: [record_key, kind, token]
publish: none
--- */
select record_key, kind, token, min(received_at) as received_at, min(load_id) as load_id
from landing.identity_token
group by record_key, kind, token
