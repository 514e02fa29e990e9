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
), ranked as (
    select *, spend_amount::double / nullif(sum(spend_amount) over (), 0)::double as spend_share,
        sum(case when customers < $minimum_n then customers else 0 end) over () as small,
        row_number() over (partition by customers < $minimum_n order by customers, rfm_segment) as size_rank
    from summed
)
select rfm_segment, customers, spend_amount, spend_share, with_care, spoken_to
from ranked
where customers >= $minimum_n and not (small between 1 and $minimum_n - 1 and size_rank = 1)
