/* ---
about: >
  Two answers of the same people at a time, in 200 groups of people: for each behaviour (`overall`: all four) of
  those who answered it and the three drivers. A table of 7 × 7 for every pair, however many people answered;
  `alike`: how many of the count gave one answer to everything
grain: [behaviour, bucket, first_item, first_value, second_item, second_value]
publish: none
--- */
with driver as (
    select 'success' as item, 1 as place union all select 'effort', 2 union all select 'emotion', 3
), loyal as (
    select 'purchase_more' as item union all select 'recommend' union all select 'forgive' union all select 'trust'
), asked as (
    select item as behaviour from loyal union all select 'overall'
), pair as (
    select asked.behaviour, earlier.item as first_item, later.item as second_item
    from asked cross join driver as earlier join driver as later on earlier.place < later.place
    union all
    select asked.behaviour, driver.item, loyal.item
    from asked cross join driver join loyal on asked.behaviour in (loyal.item, 'overall')
), told as (
    select pair.behaviour, bucket, pair.first_item,
        case pair.first_item when 'success' then success when 'effort' then effort else emotion end as first_value,
        pair.second_item,
        case pair.second_item
            when 'effort' then effort when 'emotion' then emotion when 'purchase_more' then purchase_more
            when 'recommend' then recommend when 'forgive' then forgive else trust
        end as second_value,
        alike
    from loyalty_answer cross join pair
    where success is not null and effort is not null and emotion is not null
        and (purchase_more is not null or pair.behaviour not in ('purchase_more', 'overall'))
        and (recommend is not null or pair.behaviour not in ('recommend', 'overall'))
        and (forgive is not null or pair.behaviour not in ('forgive', 'overall'))
        and (trust is not null or pair.behaviour not in ('trust', 'overall'))
)
select behaviour, bucket, first_item, first_value, second_item, second_value, count(*) as count,
    count(*) filter (where alike) as alike
from told
group by behaviour, bucket, first_item, first_value, second_item, second_value
