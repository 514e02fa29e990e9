/* ---
about: Finished Qualtrics responses
feeds: response
--- */
select
    record_key, source, asked_at, recorded_at as answered_at, coalesce(wave, 'relationship') as wave,
    lower(channel) as channel, lower(language) as language
from landing.qualtrics__response
