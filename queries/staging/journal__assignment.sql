/* ---
about: Everybody in a lot drawn here, on file from the moment it was drawn
feeds: assignment
--- */
select
    record_key, customer_key, initiative_id, arm, stratum, probability, written_at as assigned_at,
    written_at as received_at
from landing.journal__assignment
