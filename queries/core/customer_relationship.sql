/* ---
about: >
  What ties a customer to us besides money. A mishap is an answer of 1–3 of 7 on how they felt, or a contact that had
  to be opened again. forgave: bought again after the last one that lies half a year back; not known (null) without
  one. referrals: as the newest contact record that tells says; null where none does. Rank among customers with an order in two years: a point for a
  fifth of the longest with us, one for having forgiven, one for a referral; then the longer with us
grain: [customer_key]
publish: none
--- */
with mishap as (
    select response.customer_key, response.answered_on as mishap_on
    from answer
    join response on response.response_id = answer.response_id
    where answer.item = 'emotion' and answer.scale_min = 1 and answer.scale_max = 7 and answer.value <= 3
        and response.customer_key is not null
    union all
    select customer_key, opened_on from interaction where reopened_count > 0 and customer_key is not null
), last_mishap as (
    select customer_key, max(mishap_on) as mishap_on
    from mishap
    where mishap_on <= local_date($as_of) - interval 180 day
    group by customer_key
), forgiven as (
    select last_mishap.customer_key, count(purchase.order_id) > 0 as forgave
    from last_mishap
    left join purchase
        on purchase.customer_key = last_mishap.customer_key and purchase.ordered_on > last_mishap.mishap_on
    group by last_mishap.customer_key
), referring as (
    select identity.customer_key,
        arg_max(contact.referrals, (contact.received_at, contact.record_key)) as referrals
    from staged.contact as contact
    join identity on identity.record_key = contact.record_key
    where contact.referrals is not null
    group by identity.customer_key
), known as (
    select customer.customer_key, date_diff('day', customer.first_seen_on, local_date($as_of)) as tenure_days,
        referring.referrals, forgiven.forgave, customer_rfm.orders > 0 as has_bought
    from customer
    join customer_rfm on customer_rfm.customer_key = customer.customer_key
    left join forgiven on forgiven.customer_key = customer.customer_key
    left join referring on referring.customer_key = customer.customer_key
), scored as (
    select *,
        case when ntile(5) over (partition by has_bought order by tenure_days, customer_key) = 5 then 1 else 0 end
            + case when forgave then 1 else 0 end + case when referrals > 0 then 1 else 0 end as points
    from known
)
select customer_key, tenure_days, referrals, forgave,
    case when has_bought then row_number() over (
        partition by has_bought order by points desc, tenure_days desc, customer_key
    ) end as relationship_rank
from scored
