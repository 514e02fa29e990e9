/* ---
about: What somebody wrote down that happened, as it stands
feeds: event
--- */
select
    thing_id as event_id, kind, says, from_on, until_on, dimension, member, kpi, is_dropped, written_at as told_at
from landing.journal__event
qualify row_number() over (partition by thing_id order by version desc) = 1
