/* ---
about: Dynamics contacts as contacts
feeds: contact
--- */
select
    record_key, source, created_at, modified_at, received_at, country, segment, region, language,
    is_unsubscribed, has_care_consent, gentle_until_on
from landing.dynamics__contact
