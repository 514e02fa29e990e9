/* ---
about: How many customers have bought so often, so lately and over so long a time, counted exactly and without bins
grain: [repeat_days, recency_days, age_days]
publish: none
--- */
select repeat_days, recency_days, age_days, count(*) as customers
from customer_rhythm
group by repeat_days, recency_days, age_days
