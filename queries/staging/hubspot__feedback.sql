/* ---
about: HubSpot feedback submissions as responses
feeds: response
--- */
select record_key, source, answered_at, lower(survey_type) as wave, lower(channel) as channel
from landing.hubspot__feedback
