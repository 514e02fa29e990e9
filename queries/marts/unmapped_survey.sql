/* ---
about: Sources whose survey answers arrived without any question that is known; their lines of careful.toml are missing
grain: [source]
--- */
select response.source
from response
left join answer on answer.response_id = response.response_id
group by response.source
having count(answer.response_id) = 0
