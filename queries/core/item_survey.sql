/* ---
about: Which surveys carry which item, where the invitations to a survey are known
grain: [item, survey]
publish: none
--- */
select distinct answer.item, response.wave as survey
from answer
join response on response.response_id = answer.response_id
where response.wave in (select survey from invitation)
