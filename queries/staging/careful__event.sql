/* ---
about: Campaigns, outages and holidays as a list told them last
feeds: event
--- */
select event_id, kind, says, from_on, until_on, dimension, member, kpi, received_at as told_at
from landing.careful__event
