/* ---
about: >
  One wait for a person, kept apart by what started it: a recorded request for a person (human), or opening
  the contact (first_reply). A source that never says when a person answered tells nothing of waits. Open waits
  that were still within the promise when the last export came are not judged yet. Who asked for a person and was closed without one was not reached;
  a contact that asked for nobody may be closed without a reply
grain: [interaction_id]
--- */
with told as (
    select source, least($as_of, max(received_at)) as until
    from landing.load group by source
), telling as (
    select told.source, told.until from told
    where told.source in (select source from interaction where first_human_at is not null)
), begun as (
    select
        interaction.interaction_id, interaction.customer_key, interaction.channel,
        case when interaction.human_requested_at is null then 'first_reply' else 'human' end as basis,
        coalesce(interaction.human_requested_at, interaction.opened_at) as asked_at,
        interaction.first_human_at, interaction.abandoned_at, interaction.resolved_at, interaction.source,
        promise.promise_seconds, telling.until
    from interaction
    join telling on telling.source = interaction.source
    left join care_promise as promise on promise.channel = interaction.channel
    where interaction.direction = 'reactive'
        and (interaction.human_requested_at is not null or interaction.handled_by <> 'bot')
), timed as (
    select *,
        case when first_human_at >= asked_at and (abandoned_at is null or first_human_at <= abandoned_at)
            then epoch(first_human_at) - epoch(asked_at)
        end as wait_seconds,
        epoch(coalesce(abandoned_at, resolved_at, until)) - epoch(asked_at) as watched_seconds
    from begun
)
select
    interaction_id, customer_key, channel, basis, asked_at, local_date(asked_at) as asked_on, promise_seconds,
    wait_seconds is not null as is_finished,
    greatest(coalesce(wait_seconds, watched_seconds), 0) as seconds,
    case
        when promise_seconds is null then null
        when wait_seconds is not null then wait_seconds <= promise_seconds
        when abandoned_at is not null or watched_seconds > promise_seconds then false
        when basis = 'human' and resolved_at is not null then false
    end as is_within_promise,
    source
from timed
