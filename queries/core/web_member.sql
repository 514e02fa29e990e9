/* ---
about: >
  Who is in each audience by its newest export: one row a user, or a device where nobody signed in. A customer is
  looked up by the user id, else by the client id that the customer's own records carry, if those name one customer
  alone; nobody is joined by it. Without consent to care the match is counted and the customer is not named
grain: [property_id, audience, member_key]
--- */
with newest as (
    select property_id, audience, max(snapshot_at) as snapshot_at
    from landing.ga4__audience_member
    group by property_id, audience
), device as (
    select member.property_id, member.audience, member.snapshot_at, member.record_key, member.user_id,
        member.client_id, coalesce(member.user_id, member.client_id, member.record_key) as told
    from landing.ga4__audience_member as member
    join newest
        on newest.property_id = member.property_id and newest.audience = member.audience
        and newest.snapshot_at = member.snapshot_at
    where member.member_number > 0
), known as (
    select distinct token, customer_key from identity_edge where used
), looked_up as (
    select device.property_id, device.audience, device.told, min(device.record_key) as member_key,
        max(device.snapshot_at) as snapshot_at, bool_or(device.user_id is not null) as has_user_id,
        max(by_user.customer_key) as user_customer_key,
        case
            when count(distinct by_client.customer_key) = 1 then max(by_client.customer_key)
        end as client_customer_key
    from device
    left join known as by_user on by_user.token = device.user_id
    left join known as by_client on by_client.token = device.client_id
    group by device.property_id, device.audience, device.told
), matched as (
    select *,
        coalesce(user_customer_key, client_customer_key) as found_key,
        case
            when user_customer_key is not null then 'user_id'
            when client_customer_key is not null then 'client_id'
        end as matched_by
    from looked_up
)
select matched.property_id, matched.audience, matched.member_key, local_date(matched.snapshot_at) as snapshot_on,
    case when customer.has_care_consent then matched.found_key end as customer_key, matched.matched_by,
    matched.has_user_id,
    case when matched.found_key is not null then coalesce(customer.has_care_consent, false) end as has_care_consent
from matched
left join customer on customer.customer_key = matched.found_key
