/* ---
about: >
  Shares of what happened on the website: how many of 100 answers said yes, chats reached a person, visits stayed. n and
  successes are counts of events only where `is_additive`; what counts people or visits is read at the grain that is
  meant and never summed. Shares of fewer people than the minimum n have no counts, and where there is one neither has
  the next smallest of its breakdown. What an answer was is no group: how many said no is told wherever enough answered.
  A range is as wide as effective_n bears: who answers twice is no second witness
grain: [share, property_id, grain, period_start_on, dimension, member]
--- */
with sized as (
    select *, people is null or people < $minimum_n or n < $minimum_n as is_small from web_share_cell
), judged as (
    select *,
        is_small or (
            count(*) filter (where is_small) over (
                partition by share, property_id, grain, period_start_on, dimension
            ) > 0
            and row_number() over (
                partition by share, property_id, grain, period_start_on, dimension, is_small order by people, member
            ) = 1
        ) as is_hidden
    from sized
)
select share, property_id, grain, period_start_on, period_end_on, dimension, member, is_additive,
    case when not is_hidden then n end as n, case when not is_hidden then successes end as successes,
    case when not is_hidden then effective_n end as effective_n, maturity,
    is_thresholded, has_other_row, sampling_share, is_hidden
from judged
