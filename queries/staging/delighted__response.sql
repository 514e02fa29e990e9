/* ---
about: Delighted survey responses; the survey's type is its wave where no other was named
feeds: response
--- */
select
    record_key, source, answered_at, coalesce(wave, lower(survey_type)) as wave,
    lower(channel) as channel, lower(language) as language
from landing.delighted__response
