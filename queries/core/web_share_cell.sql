/* ---
about: >
  Shares of what happened on the website, before small groups are hidden: `successes` of `n`, both as Google gives them
  at this grain. `is_additive`: both count events, which add up over periods of one grain that do not overlap; counts of
  people and of visits do not. `people` is how many stand behind a share for certain. Who began a chat before the period
  can reach a person in it: of as many chats as were begun, no more count as reached. Where Google withheld rows, an
  answer that is not there is not known to be none: such a share is left out. `effective_n` is as how many independent
  ones n counts: as many as people, judged by the answer given most, and of a sample as many as were read
grain: [share, property_id, grain, period_start_on, dimension, member]
publish: none
--- */
with figure as (
    select *,
        case maturity when 'partial' then 2 when 'provisional' then 1 else 0 end as unsettled,
        coalesce(is_thresholded or has_other_row, false) as is_cut,
        regexp_extract(member, '^(.*) · (yes|no)$', 1) as page, member like '% · yes' as is_yes
    from web_period
), event_part as (
    select *, 'helpful' as share, '' as part, '' as part_of, member = 'yes' as is_wanted, true as is_asked
    from figure
    where report = 'helpful' and dimension = 'helpful' and member in ('yes', 'no') and metric = 'event_count'
    union all
    select *, 'helpful', page, 'page_path', is_yes, true
    from figure
    where report = 'helpful_pages' and dimension = 'page_path · helpful' and page <> '' and metric = 'event_count'
    union all
    select *, 'search_found', '', '', member = 'found', true
    from figure
    where report = 'searches' and dimension = 'search_result' and member in ('found', 'nothing')
        and metric = 'event_count'
    union all
    select *, 'reached_human', '', '', member = 'human_reached', member = 'chat_start'
    from figure
    where report = 'care_events' and dimension = 'event_name' and member in ('chat_start', 'human_reached')
        and metric = 'event_count'
    union all
    select *, 'form_finished', '', '', member = 'form_submit', true
    from figure
    where report = 'care_events' and dimension = 'event_name' and member in ('form_submit', 'form_abandon')
        and metric = 'event_count'
), people_part as (
    select *, 'returning' as share, '' as part, '' as part_of, cast(null as double) as asked,
        case when member = 'returning' then value when not is_cut then 0 end as wanted
    from figure
    where report = 'returning' and dimension = 'new_vs_returning' and member in ('new', 'returning')
        and metric = 'active_users'
    union all
    select *, 'returning', '', '', value, null
    from figure
    where report = 'visitors' and dimension = '' and metric = 'active_users'
    union all
    select *, 'engaged', member, 'content_kind', case when metric = 'sessions' then value end,
        case when metric = 'engaged_sessions' then value end
    from figure
    where report = 'story_landing' and dimension = 'content_kind'
    union all
    select *, 'repeat_purchase', member, 'channel', case when metric = 'total_purchasers' then value end,
        case when metric = 'first_time_purchasers' then value end
    from figure
    where report = 'repeat_purchase' and dimension = 'session_default_channel_group'
    union all
    select *, 'cohort_retention', cast(cast(regexp_extract(member, '^[0-9]+$') as integer) as varchar), 'nth_week',
        case when metric = 'cohort_total_users' then value end,
        case when metric = 'cohort_active_users' then value end
    from figure
    where report = 'retention' and dimension = 'cohort_nth_week' and regexp_extract(member, '[1-9]') <> ''
        and regexp_extract(member, '^[0-9]+$') <> ''
), counted as (
    select share, property_id, grain, period_start_on, period_end_on, part_of as dimension, part as member,
        true as is_additive, sum(case when is_asked then value end) as asked,
        coalesce(sum(case when is_wanted then value end), 0) as wanted,
        max(case when is_asked then people end) as people,
        arg_max(people / value, (value, people)) filter (where is_asked and value is not null) as people_each, max(unsettled) as unsettled,
        bool_or(is_thresholded) as is_thresholded, bool_or(has_other_row) as has_other_row,
        min(sampling_share) as sampling_share,
        bool_or(is_wanted) and bool_or(not is_wanted) or bool_and(not is_cut) as is_told
    from event_part
    group by share, property_id, grain, period_start_on, period_end_on, part_of, part
    union all
    select share, property_id, grain, period_start_on, period_end_on, part_of, part, false, max(asked),
        case when share = 'repeat_purchase' then max(asked) - max(wanted) else max(wanted) end,
        max(case when asked is not null then people end),
        max(case when asked is not null then people / asked end), max(unsettled), bool_or(is_thresholded), bool_or(has_other_row), min(sampling_share), true
    from people_part
    group by share, property_id, grain, period_start_on, period_end_on, part_of, part
)
select share, property_id, grain, period_start_on, period_end_on, dimension, member, is_additive,
    cast(round(asked) as bigint) as n,
    cast(round(case when wanted > asked then asked when wanted < 0 then 0 else wanted end) as bigint) as successes,
    cast(round(people) as bigint) as people,
    case unsettled when 2 then 'partial' when 1 then 'provisional' else 'final' end as maturity,
    is_thresholded, has_other_row, sampling_share,
    asked * least(1, coalesce(nullif(people_each, 0), 1)) * coalesce(sampling_share, 1) as effective_n
from counted
where asked > 0 and wanted is not null and is_told
