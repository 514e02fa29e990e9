/* ---
about: >
  The score of a Delighted response; its scale depends on the survey's type. Effort is asked from 1 to 5, or from 1 to 7:
  it is the longer scale where any of its scores tells so
feeds: answer
--- */
with scale (survey_type, item, scale_min, scale_max) as (
    values
        ('nps', 'nps', 0, 10), ('csat', 'csat', 1, 5), ('csat3', 'csat_three_point', 1, 3), ('ces', 'ces', 1, 5),
        ('ces', 'ces', 1, 7), ('stars_five', 'stars', 1, 5), ('smileys', 'smileys', 1, 5), ('thumbs', 'thumbs', 0, 1),
        ('pmf', 'would_miss_it', 1, 3)
), longest_effort as (
    select coalesce(max(score), 0) > 5 as is_long from landing.delighted__response where lower(survey_type) = 'ces'
)
select record_key, scale.item, response.score as value, scale.scale_min, scale.scale_max
from landing.delighted__response as response
join scale on scale.survey_type = lower(response.survey_type)
cross join longest_effort
where (scale.item <> 'ces' or (scale.scale_max = 7) = longest_effort.is_long)
    and response.score between scale.scale_min and scale.scale_max
