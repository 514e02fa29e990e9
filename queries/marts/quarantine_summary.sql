/* ---
about: Why rows were set aside
grain: [source, object, rule, column_name]
--- */
select source, object, rule, column_name, sum(rows)::bigint as rows, max(received_at) as last_received_at
from landing.quarantine_rule
group by source, object, rule, column_name
