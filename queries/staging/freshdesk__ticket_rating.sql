/* ---
about: The survey result of a Freshdesk ticket as a response; the export does not say when it was given
feeds: response
--- */
select
    record_key, source, record_key as interaction_key, coalesce(resolved_at, closed_at) as asked_at,
    coalesce(resolved_at, closed_at, updated_at, created_at) as answered_at, 'after contact' as wave,
    lower(channel) as channel
from landing.freshdesk__ticket
where lower(satisfaction) in (
        'extremely happy', 'very happy', 'happy', 'neutral', 'unhappy', 'very unhappy', 'extremely unhappy'
    )
    or record_key in (select record_key from landing.answer where value is not null)
