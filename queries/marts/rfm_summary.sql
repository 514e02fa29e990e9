/* ---
about: Recency, frequency and spend groups, and who of them was cared for or spoken to in the care gap
grain: [rfm_segment]
--- */
with summed as (
    select rfm_segment, count(*) as customers, coalesce(sum(spend_amount), 0) as spend_amount,
        count(*) filter (where last_care_on > local_date($as_of) - $care_gap_days * interval 1 day) as with_care,
        count(*) filter (where last_contact_on > local_date($as_of) - $care_gap_days * interval 1 day) as spoken_to
    from customer_value
    where gone_on is null
    group by rfm_segment
)
select rfm_segment, customers, spend_amount,
    spend_amount::double / nullif(sum(spend_amount) over (), 0)::double as spend_share, with_care, spoken_to
from summed
where customers >= $minimum_n
