/* ---
about: Recency, frequency and spend groups, and who of them was cared for or spoken to in the care gap
grain: [rfm_segment]
--- */
with summed as (
    select rfm_segment, count(*) as customers, coalesce(sum(spend_amount), 0) as spend_amount,
        count_if(last_care_on > local_date($as_of) - to_days($care_gap_days))::bigint as with_care,
        count_if(last_contact_on > local_date($as_of) - to_days($care_gap_days))::bigint as spoken_to
    from customer_value
    where gone_on is null
    group by rfm_segment
)
select rfm_segment, customers, spend_amount,
    spend_amount::double / nullif(sum(spend_amount) over (), 0)::double as spend_share, with_care, spoken_to
from summed
where customers >= $minimum_n
