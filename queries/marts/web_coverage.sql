/* ---
about: >
  How many members of each audience are customers that we know: by user id, by client id, or not at all.
  `matched_without_consent` are among the matched; they are counted and not used. `customers_with_web_id` could be met:
  they carry a client id or an identifier of the kind that user ids are. Audiences under the minimum n
  are hidden, and all of them where there are fewer customers than that
grain: [property_id, audience]
--- */
with snapshot as (
    select property_id, audience, local_date(max(snapshot_at)) as snapshot_on
    from landing.ga4__audience_member
    group by property_id, audience
), told as (
    select property_id, audience, count(*) as members, count(*) filter (where has_user_id) as with_user_id,
        count(*) filter (where matched_by = 'user_id') as matched_by_user_id,
        count(*) filter (where matched_by = 'client_id') as matched_by_client_id,
        count(*) filter (where matched_by is null) as unmatched,
        count(*) filter (where not has_care_consent) as matched_without_consent
    from web_member
    group by property_id, audience
), everyone as (
    select count(*) as customers, count(carrier.customer_key) as customers_with_web_id
    from customer
    left join (
        select distinct customer_key from identity_edge where used and kind in ('ga4_client_id', $web_user_kind)
    ) as carrier on carrier.customer_key = customer.customer_key
)
select snapshot.property_id, snapshot.audience, snapshot.snapshot_on, coalesce(told.members, 0) as members,
    coalesce(told.with_user_id, 0) as with_user_id, coalesce(told.matched_by_user_id, 0) as matched_by_user_id,
    coalesce(told.matched_by_client_id, 0) as matched_by_client_id, coalesce(told.unmatched, 0) as unmatched,
    coalesce(told.matched_without_consent, 0) as matched_without_consent,
    everyone.customers_with_web_id, everyone.customers
from snapshot
cross join everyone
left join told on told.property_id = snapshot.property_id and told.audience = snapshot.audience
where coalesce(told.members, 0) not between 1 and $minimum_n - 1
    and everyone.customers not between 1 and $minimum_n - 1
