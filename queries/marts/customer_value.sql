/* ---
about: >
  What each customer is worth to us and when we last cared, by recency, frequency and spend. Quintiles among
  customers with an order in the last two years; ties go to the customer key, so that they are the same tomorrow
grain: [customer_key]
publish: people
--- */
with bought as (
    select customer_key,
        count(*) as orders,
        count(*) filter (where ordered_on > local_date($as_of) - interval 365 day) as orders_365d,
        sum(reporting_amount) as spend_amount,
        sum(reporting_amount) filter (where ordered_on > local_date($as_of) - interval 365 day) as spend_365d_amount,
        min(ordered_on) as first_order_on, max(ordered_on) as last_order_on
    from purchase
    where customer_key is not null and ordered_on > local_date($as_of) - interval 730 day
    group by customer_key
), scored as (
    select customer_key,
        ntile(5) over (order by last_order_on, customer_key) as recency_score,
        ntile(5) over (order by orders, last_order_on, customer_key) as frequency_score,
        ntile(5) over (order by coalesce(spend_amount, 0), customer_key) as monetary_score,
        row_number() over (order by coalesce(spend_amount, 0) desc, orders desc, customer_key) as spend_rank,
        count(*) over () as buyers
    from bought
), felt as (
    select response.customer_key, arg_max(answer.value, (response.answered_at, response.response_id)) as last_emotion,
        max(response.answered_on) as last_answer_on
    from answer join response on response.response_id = answer.response_id
    where answer.item = 'emotion' and answer.scale_min = 1 and answer.scale_max = 7
        and response.customer_key is not null
    group by response.customer_key
), cared as (
    select customer_key, max(done_on) as last_care_on
    from care_act where outcome = 'done' and customer_key is not null group by customer_key
), talked as (
    select customer_key, max(opened_on) as last_talk_on, count(*) filter (where is_open) as open_contacts,
        count(*) filter (where opened_on > local_date($as_of) - interval 180 day) as contacts_180d
    from interaction where customer_key is not null group by customer_key
), joined as (
    select
        customer.customer_key, customer.segment, customer.region, customer.first_seen_on, customer.gone_on,
        customer.has_care_consent, customer.gentle_until_on,
        coalesce(bought.orders, 0) as orders, coalesce(bought.orders_365d, 0) as orders_365d,
        bought.spend_amount, bought.spend_365d_amount, bought.last_order_on,
        scored.recency_score, scored.frequency_score, scored.monetary_score, scored.spend_rank, scored.buyers,
        felt.last_emotion, felt.last_answer_on, cared.last_care_on, talked.last_talk_on,
        coalesce(talked.open_contacts, 0) as open_contacts, coalesce(talked.contacts_180d, 0) as contacts_180d
    from customer
    left join bought on bought.customer_key = customer.customer_key
    left join scored on scored.customer_key = customer.customer_key
    left join felt on felt.customer_key = customer.customer_key
    left join cared on cared.customer_key = customer.customer_key
    left join talked on talked.customer_key = customer.customer_key
)
select
    customer_key,
    upper(substr(customer_key, 1, 4))
        || case when count(*) over (partition by region) >= $minimum_n then ' · ' || region else '' end || ' · since '
        || extract(year from first_seen_on)::varchar as alias,
    segment, region, first_seen_on as customer_since_on, gone_on, orders, orders_365d, spend_amount,
    spend_365d_amount, $currency as currency, last_order_on, recency_score, frequency_score, monetary_score,
    case
        when orders = 0 then 'no orders'
        when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4 then 'champions'
        when orders = 1 and recency_score >= 4 then 'new'
        when frequency_score >= 4 and recency_score >= 3 then 'loyal'
        when recency_score >= 3 then 'promising'
        when frequency_score >= 3 or monetary_score >= 4 then 'at risk'
        else 'sleeping'
    end as rfm_segment,
    case
        when orders = 0 then 'no orders'
        when spend_rank <= $top_customers then 'top'
        when spend_rank <= buyers * 4 / 10 then 'high'
        when spend_rank <= buyers * 7 / 10 then 'middle'
        else 'low'
    end as value_band,
    coalesce(spend_rank <= $top_customers, false) as is_top_customer,
    spend_rank as top_rank,
    case
        when last_emotion is null then 'no answer'
        when last_emotion >= 6 then 'felt good'
        when last_emotion <= 3 then 'felt bad'
        else 'in between'
    end as emotion_band,
    last_emotion, last_answer_on, last_care_on,
    greatest(last_care_on, last_talk_on) as last_contact_on,
    date_diff('day', last_care_on, local_date($as_of)) as days_since_care,
    case
        when not has_care_consent or gone_on is not null then 'must not be contacted'
        when gentle_until_on >= local_date($as_of) or open_contacts > 0 then 'later'
        else 'can be contacted'
    end as contact_advice,
    'Ordered ' || case when orders = 1 then 'once' when orders = 2 then 'twice' else orders::varchar || ' times' end
        || ' in two years'
        || case when last_emotion <= 3 then '; felt badly treated when last asked' else '' end
        || case when contacts_180d = 1 then '; needed our help once in six months'
            when contacts_180d > 1 then '; needed our help ' || contacts_180d::varchar || ' times in six months'
            else '' end
        || case when last_care_on is null then '; no care is recorded.'
            else '; last care ' || strftime(last_care_on, '%d %b %Y') || '.' end as reason
from joined
