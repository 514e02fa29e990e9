/* ---
about: Customers by what they spend and how they felt when last asked; groups under the minimum n are hidden
grain: [value_band, emotion_band]
--- */
select value_band, emotion_band, count(*) as customers, sum(spend_amount) as spend_amount, min(currency) as currency
from customer_value
where gone_on is null
group by value_band, emotion_band
having count(*) >= $minimum_n
