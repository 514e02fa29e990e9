/* ---
about: >
  With whom it is time for care, why, and whether they may be approached now. What is owed waits for peace and quiet
  only; what is extra also waits for whatever else is on the list for them, for open requests, bills and marketing, and
  for having heard from us often enough.
  `rule` is the first that stands in the way. Strata hold four people or more, where there are as many
grain: [occasion, customer_key]
publish: people
--- */
with running as (
    select initiative.initiative_id, initiative.occasion, initiative.care_class, initiative.horizon_days
    from staged.initiative as initiative
    left join staged.decision as decision on decision.initiative_id = initiative.initiative_id
    where initiative.occasion is not null and initiative.unit_of_assignment = 'customer'
        and initiative.starts_on <= local_date($as_of) and coalesce(decision.choice, '') <> 'stop'
    qualify row_number() over (
        partition by initiative.occasion, initiative.care_class
        order by initiative.starts_on desc, initiative.initiative_id
    ) = 1
), due as (
    select occasion, occasion_name, care_class, kind, cadence_days, due_days, is_surprise, customer_key, since_on,
        due_on, reason
    from occasion_due
    qualify row_number() over (partition by occasion, customer_key order by since_on desc, due_on, reason) = 1
), drawn as (
    select assignment.initiative_id, person.customer_key, max(local_date(assignment.assigned_at)) as drawn_on
    from staged.assignment as assignment
    join person on person.known_as = coalesce(assignment.customer_key, assignment.record_key)
    where assignment.assigned_at <= $as_of
    group by assignment.initiative_id, person.customer_key
), cared as (
    select customer_key, max(done_on) as last_gesture_on, arg_max(kind, (done_at, act_id)) as last_kind,
        count(*) filter (where done_on > local_date($as_of) - interval 365 day) as times_cared_365d
    from care_act
    where outcome = 'done' and customer_key is not null
    group by customer_key
), cared_for as (
    select due.occasion, due.customer_key, max(act.done_on) as cared_on
    from due
    left join running on running.occasion = due.occasion and running.care_class = due.care_class
    join care_act as act
        on act.customer_key = due.customer_key
        and (act.occasion = due.occasion or act.initiative_id = running.initiative_id)
    where act.outcome = 'done'
    group by due.occasion, due.customer_key
), listed as (
    select customer_key, occasion, max(changed_on) as changed_on, max(since_on) as since_on,
        bool_or(state in ('planned', 'taken', 'not_reached')) as is_on_list
    from planned_act
    where state <> 'cancelled'
    group by customer_key, occasion
), busy as (
    select distinct customer_key from planned_act where state in ('planned', 'taken', 'not_reached')
), refusing as (
    select distinct customer_key from planned_act where state = 'never_again'
    union
    select distinct customer_key from care_act where outcome = 'never_again' and customer_key is not null
), touched as (
    select customer_key, count(*) as touches
    from touch
    where touched_on > local_date($as_of) - $touch_window_days * interval 1 day
    group by customer_key
), asking as (
    select customer_key, max(opened_on) as asked_on
    from interaction
    where is_open and customer_key is not null
    group by customer_key
), state as (
    select customer_key,
        bool_or(state = 'complaint') as has_complaint, bool_or(state = 'dunning') as is_dunned,
        bool_or(state = 'hardship') as is_hard_up, bool_or(state = 'marketing_send' and until_on is not null) as is_sent
    from contact_state
    where is_now
    group by customer_key
), asked as (
    select due.*, running.initiative_id, customer.gone_on, customer.gentle_until_on, value.value_band,
        value.emotion_band, value.alias, cared.last_gesture_on,
        coalesce(cared.times_cared_365d, 0) as times_cared_365d,
        case
            when customer.gone_on is not null then 'gone'
            when not customer.has_care_consent then 'no consent'
            when refusing.customer_key is not null then 'never again'
            when customer.gentle_until_on >= local_date($as_of) then 'gentle'
            when listed.is_on_list or (due.care_class = 'extra' and busy.customer_key is not null) then 'on the list'
            when due.care_class = 'owed' and listed.since_on >= due.since_on then 'looked after'
            when due.care_class = 'owed' and cared.last_gesture_on >= due.since_on then 'looked after'
            when cared_for.cared_on > local_date($as_of) - due.cadence_days * interval 1 day then 'too soon'
            when due.care_class = 'owed' then null
            when listed.changed_on > local_date($as_of) - due.cadence_days * interval 1 day then 'too soon'
            when drawn.drawn_on > local_date($as_of) - running.horizon_days * interval 1 day then 'in a lot'
            when state.has_complaint or asking.customer_key is not null then 'open request'
            when state.is_hard_up then 'hard up'
            when state.is_dunned then 'bill'
            when state.is_sent then 'marketing'
            when touched.touches >= $most_touches then 'often enough'
            when due.is_surprise and cared.last_kind = due.kind then 'no surprise'
        end as rule,
        drawn.drawn_on, running.horizon_days, cared_for.cared_on, touched.touches
    from due
    join customer on customer.customer_key = due.customer_key
    join customer_value as value on value.customer_key = due.customer_key
    left join running on running.occasion = due.occasion and running.care_class = due.care_class
    left join drawn on drawn.initiative_id = running.initiative_id and drawn.customer_key = due.customer_key
    left join cared on cared.customer_key = due.customer_key
    left join cared_for on cared_for.occasion = due.occasion and cared_for.customer_key = due.customer_key
    left join listed on listed.occasion = due.occasion and listed.customer_key = due.customer_key
    left join busy on busy.customer_key = due.customer_key
    left join refusing on refusing.customer_key = due.customer_key
    left join touched on touched.customer_key = due.customer_key
    left join asking on asking.customer_key = due.customer_key
    left join state on state.customer_key = due.customer_key
), sized as (
    select asked.*,
        count(*) over (partition by occasion, rule is null, value_band, emotion_band) as in_cell
    from asked
), merged as (
    select sized.*, count(*) over (partition by occasion, rule is null, value_band, in_cell < 4) as in_rest
    from sized
)
select
    occasion, occasion_name, care_class, kind, is_surprise, initiative_id, customer_key, alias, since_on, reason,
    case when care_class = 'owed' then coalesce(due_on, cast(since_on + due_days * interval 1 day as date))
        else greatest(coalesce(due_on, cast(since_on + due_days * interval 1 day as date)), local_date($as_of))
    end as due_on,
    case when rule is null then 'eligible' when rule in ('gone', 'no consent', 'never again') then 'never'
        else 'waits' end as status,
    rule,
    case rule
        when 'gone' then 'Left us on ' || strftime(gone_on, '%Y-%m-%d') || '.'
        when 'no consent' then 'Has not agreed to be contacted for care.'
        when 'never again' then 'Asked us not to do this again.'
        when 'gentle' then 'Please be gentle: nothing from us until after ' || strftime(gentle_until_on, '%Y-%m-%d') || '.'
        when 'on the list' then 'Is on the list already.'
        when 'looked after' then 'Was looked after since.'
        when 'too soon' then 'Had this' || coalesce(' on ' || strftime(cared_on, '%Y-%m-%d'), ' lately')
            || ', and it should stay something special.'
        when 'in a lot' then 'Was in the lot of ' || strftime(drawn_on, '%Y-%m-%d') || ' and is in the next one from '
            || strftime(cast(drawn_on + horizon_days * interval 1 day as date), '%Y-%m-%d') || '.'
        when 'open request' then 'Has a request open with us; first that.'
        when 'hard up' then 'Finds it hard to pay at the moment; nothing to celebrate.'
        when 'bill' then 'Is being reminded of a bill; not now.'
        when 'marketing' then 'Is being written to by marketing; not on top of that.'
        when 'often enough' then 'Heard from us ' || touches::varchar || ' times lately; that is enough.'
        when 'no surprise' then 'The last one was of the same kind; it would be no surprise.'
    end as why_not,
    case when in_cell >= 4 then value_band || ' · ' || emotion_band
        when in_rest >= 4 then value_band || ' · other'
        else 'other' end as stratum,
    times_cared_365d, last_gesture_on
from merged
