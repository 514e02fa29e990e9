/* ---
about: How well records join to people
grain: []
--- */
with cluster as (
    select customer_key, count(*) as records from identity group by customer_key
), record as (
    select count(*) as records, count(customer_key) as known from (
        select customer_key from interaction union all select customer_key from response
        union all select customer_key from purchase
    ) as happening
), review as (
    select count(*) as clusters from identity_review
)
select count(cluster.customer_key) as customers, coalesce(sum(cluster.records), 0)::bigint as records,
    count(*) filter (where cluster.records > 1) as joined_records, max(record.records - record.known) as unknown_records,
    max(review.clusters) as clusters_reported
from record cross join review left join cluster on true
