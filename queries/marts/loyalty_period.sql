/* ---
about: What the loyalty tables rest on
grain: []
--- */
with period as (
    select max(date_on) as last_on from dates where is_closed
), counted as (
    select count(*) as responses from loyalty_answer
), asked as (
    select count(*) as invited, count(*) filter (where answered) as answered
    from invitation cross join period
    where invited_on <= period.last_on and invited_on > period.last_on - interval 91 day
)
select
    (period.last_on - interval 90 day)::date as first_on, period.last_on,
    counted.responses, asked.invited,
    case when asked.invited > 0 then asked.answered / asked.invited end as answered_share
from period cross join counted cross join asked
