/* ---
about: >
  How often each source shows what spoils numbers silently: `n` of `base` rows. A straight line is five answers or
  more, all the same; at the top of the scale it may be true delight, unless an item that means the opposite is
  among them. Zeros count as missing where they stand far above their neighbours. The same answers of one person
  within the hour, or without a name in the same second, are one answer given twice
grain: [trap, place, item, detail]
publish: none
--- */
with scaled as (
    select response.source as place, answer.response_id, answer.item, answer.value, answer.scale_min,
        answer.scale_max
    from answer
    join response on response.response_id = answer.response_id
    where answer.scale_max - answer.scale_min >= 4
), lined as (
    select place, response_id, min(value) = max(value)
            and (min(value) < max(scale_max) or bool_or(item = 'had_to_repeat')) as is_straight
    from scaled
    group by place, response_id, scale_min, scale_max
    having count(*) >= 5
), neighbour as (
    select response_id, source as place,
        lag(response_id) over (
            partition by source, wave, coalesce(customer_key, cast(answered_at as varchar))
            order by answered_at, response_id
        ) as before_id,
        epoch(answered_at) - epoch(lag(answered_at) over (
            partition by source, wave, coalesce(customer_key, cast(answered_at as varchar))
            order by answered_at, response_id
        )) as seconds_between
    from response
), pair as (
    select place, response_id, before_id from neighbour where seconds_between <= 3600
), member as (
    select place, response_id, response_id as member_id from pair
    union all
    select place, response_id, before_id from pair
), compared as (
    select member.place, member.response_id, answer.item,
        count(*) = 2 and min(answer.value) = max(answer.value) as is_same
    from member
    join answer on answer.response_id = member.member_id
    group by member.place, member.response_id, answer.item
), twice as (
    select place, response_id from compared
    group by place, response_id
    having count(*) >= 3 and bool_and(is_same)
), answered as (
    select source as place, count(*) as n from response group by source
), daily as (
    select source as place, answered_on, count(*) as n from response group by source, answered_on
), aside as (
    select quarantine.source as place, quarantine.column_name as item, quarantine.rule,
        cast(sum(quarantine.rows) as bigint) as n, max(read_in.rows) as rows_read
    from landing.quarantine_rule as quarantine
    join (
        select source, object, cast(sum(rows_read) as bigint) as rows from landing.load group by source, object
    ) as read_in on read_in.source = quarantine.source and read_in.object = quarantine.object
    group by quarantine.source, quarantine.column_name, quarantine.rule
), found as (
    select 'straight-lining' as trap, place, '' as item, count(*) filter (where is_straight) as n,
        count(*) as base, '' as detail
    from lined group by place
    union all
    select 'duplicated answers', answered.place, '', count(twice.response_id), max(answered.n), ''
    from answered left join twice on twice.place = answered.place
    group by answered.place
    union all
    select 'zero as missing', place, item, count(*) filter (where value = 0), count(*), 'counted'
    from scaled
    where scale_min = 0
    group by place, item
    having 5 * count(*) filter (where value = 0) >= count(*)
        and 2 * count(*) filter (where value = 0) >= 5 * count(*) filter (where value in (1, 2))
    union all
    select 'zero as missing', place, item, n, rows_read, 'set aside' from aside where rule = 'outside_the_scale'
    union all
    select 'negative duration', place, item, n, rows_read, 'set aside' from aside
    where rule in ('not_hours_minutes_seconds', 'out_of_bounds')
        and (item like '%seconds%' or item like '%minutes%')
    union all
    select 'negative duration', source, 'first answer',
        count(*) filter (where first_human_at < coalesce(human_requested_at, opened_at)), count(*), 'counted'
    from interaction where first_human_at is not null group by source
    union all
    select 'negative duration', source, 'solved', count(*) filter (where resolved_at < opened_at), count(*),
        'counted'
    from interaction where resolved_at is not null group by source
    union all
    select 'answered before asked', source, '', count(*) filter (where answered_at < asked_at), count(*), ''
    from response where asked_at is not null group by source
    union all
    select 'one day', place, '', max(n), cast(sum(n) as bigint), cast(arg_max(answered_on, (n, answered_on)) as varchar)
    from daily
    group by place
    having sum(n) >= 100 and max(answered_on) > min(answered_on) + interval 28 day
)
select trap, place, item, n, base, detail from found where n >= $minimum_n
