/* ---
about: One item of one answered survey
grain: [response_id, item]
--- */
select
    answer.record_key as response_id, answer.item, answer.value, answer.scale_min, answer.scale_max,
    answer.wording_version
from staged.answer as answer
join response on response.response_id = answer.record_key
