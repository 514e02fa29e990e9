/* ---
about: >
  Where we want a number to be, by when and of whom, and from which day to which that is what counts. What was told
  first counts from the day that it names, every other version from the day that it was told, at the earliest. What is
  told of a goal after its day changes nothing, save that it may be taken back. No later target than of $as_of is here.
grain: [goal_id, from_on]
--- */
with told as (
    select
        goal_id, kpi, target_share, due_on, owner, dimension, member, coalesce(is_dropped, false) as is_dropped, told_at,
        local_date(told_at) as told_on, coalesce(from_on, date '1900-01-01') as says_from,
        min(local_date(told_at)) over (partition by goal_id) as first_told_on
    from staged.goal
),

dated as (
    select *, case when told_on = first_told_on then says_from else greatest(says_from, told_on) end as counts_from
    from told
),

begun as (
    select *, max(says_from) over (partition by goal_id order by counts_from) as newest_from from dated
    where counts_from <= local_date($as_of - interval 1 second) and (is_dropped or due_on >= counts_from)
),

last_told as (
    select *, case when is_dropped then null else counts_from end as aims_from from begun
    where says_from = newest_from
    qualify row_number() over (partition by goal_id, counts_from order by told_at desc, target_share, due_on) = 1
),

following as (
    select *,
        max(aims_from) over (
            partition by goal_id order by counts_from rows between unbounded preceding and 1 preceding
        ) as previous_from
    from last_told
),

judged as (
    select following.*,
        max(case when following.told_on > greatest(previous.due_on, following.first_told_on) then 1 else 0 end) over (
            partition by following.goal_id order by following.counts_from
            rows between unbounded preceding and current row
        ) = 1 as is_too_late
    from following
    left join last_told as previous
        on previous.goal_id = following.goal_id and previous.aims_from = following.previous_from
),

kept as (
    select *, lead(counts_from) over (partition by goal_id order by counts_from) as next_from from judged
    where is_dropped or not is_too_late
)

select
    goal_id, kpi, target_share, due_on, owner, nullif(counts_from, date '1900-01-01') as from_on,
    cast(next_from - interval 1 day as date) as until_on, coalesce(dimension, 'all') as dimension,
    coalesce(member, 'all') as member
from kept
where not is_dropped
