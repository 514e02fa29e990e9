/* ---
about: The good or bad rating of a Zendesk ticket as a response
feeds: response
--- */
select
    record_key, source, record_key as interaction_key, solved_at as asked_at,
    coalesce(solved_at, updated_at) as answered_at, 'after contact' as wave, channel
from landing.zendesk__ticket
where satisfaction in ('good', 'bad', 'good_with_comment', 'bad_with_comment')
    and status <> 'deleted' and not is_merged
