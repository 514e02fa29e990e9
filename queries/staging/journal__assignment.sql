/* ---
about: Everybody in a lot drawn here
feeds: assignment
--- */
select
    record_key, customer_key, initiative_id, arm, stratum, probability, written_at as assigned_at, received_at
from landing.journal__assignment
