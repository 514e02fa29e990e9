/* ---
about: The good or bad rating of a Zendesk ticket as an answer, 1 or 0
feeds: answer
--- */
select
    record_key, 'ticket_satisfaction' as item,
    case when satisfaction in ('good', 'good_with_comment') then 1 else 0 end as value,
    0 as scale_min, 1 as scale_max
from landing.zendesk__ticket
where satisfaction in ('good', 'bad', 'good_with_comment', 'bad_with_comment')
    and status <> 'deleted' and not is_merged
