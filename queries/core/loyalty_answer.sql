/* ---
about: >
  Success, effort, emotion and the four loyal behaviours of each person's last survey, where asked on 1–7; `alike`:
  the same answer to everything, five items or more
grain: [response_id]
publish: none
--- */
select
    answer.response_id, last_survey.bucket,
    max(case when answer.item = 'success' then answer.value end) as success,
    max(case when answer.item = 'effort' then answer.value end) as effort,
    max(case when answer.item = 'emotion' then answer.value end) as emotion,
    max(case when answer.item = 'purchase_more' then answer.value end) as purchase_more,
    max(case when answer.item = 'recommend' then answer.value end) as recommend,
    max(case when answer.item = 'forgive' then answer.value end) as forgive,
    max(case when answer.item = 'trust' then answer.value end) as trust,
    count(*) >= 5 and min(answer.value) = max(answer.value) as alike
from answer
join last_survey on last_survey.response_id = answer.response_id
where answer.scale_min = 1 and answer.scale_max = 7
    and answer.item in ('success', 'effort', 'emotion', 'purchase_more', 'recommend', 'forgive', 'trust')
group by answer.response_id, last_survey.bucket
having count(*) filter (where answer.item in ('success', 'effort', 'emotion')) > 0
