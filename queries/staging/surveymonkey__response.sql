/* ---
about: SurveyMonkey responses that have an end date
feeds: response
--- */
select
    record_key, source, asked_at, answered_at, coalesce(wave, 'relationship') as wave,
    lower(channel) as channel, lower(language) as language
from landing.surveymonkey__response
