/* ---
about: >
  The customer base that those who answer stand for: customers who are not gone and whose segment is known, by what
  is known of all of them
grain: [segment, region, value_band]
publish: none
--- */
select segment, region, value_band, count(*) as customers
from customer_value
where gone_on is null and segment <> 'not known'
group by segment, region, value_band
