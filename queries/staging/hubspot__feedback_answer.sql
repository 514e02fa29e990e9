/* ---
about: The rating of a HubSpot feedback submission; its scale depends on the survey's type
feeds: answer
--- */
select
    record_key,
    case upper(survey_type) when 'NPS' then 'nps' when 'CES' then 'ces' else 'csat_three_point' end as item,
    rating as value,
    case upper(survey_type) when 'CES' then 1 else 0 end as scale_min,
    case upper(survey_type) when 'NPS' then 10 when 'CES' then 7 else 2 end as scale_max
from landing.hubspot__feedback
where upper(survey_type) in ('NPS', 'CES', 'CSAT')
    and rating between
        case upper(survey_type) when 'CES' then 1 else 0 end
        and case upper(survey_type) when 'NPS' then 10 when 'CES' then 7 else 2 end
