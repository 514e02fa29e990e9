/* ---
about: HubSpot contacts as contacts
feeds: contact
--- */
select
    record_key, source, created_at, modified_at, received_at, country, segment, region, language,
    is_unsubscribed, has_care_consent, gentle_until_on, birthday_on, referrals
from landing.hubspot__contact
