/* ---
about: >
  What each customer is worth to us and when we last cared, by recency, frequency and spend. Beside it what the
  customer will probably be worth (`clv`, by the terms of `clv_model`), and what ties them to us besides money.
  Quintiles among customers with an order in the last two years; ties go to the customer key, so that they are the
  same tomorrow. Of who bought once it is too early to say whether they will come back, so `clv_rank` is among those who
  bought on a second day (under contract, among all). Ranges of single customers (`clv_low` to `clv_high`, `rank_low` to
  `rank_high`) are of simulated futures, and not known for all of very many
grain: [customer_key]
publish: people
--- */
with felt as (
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
        customer.customer_key, customer.segment, customer.region, customer.language, customer.first_seen_on,
        customer.gone_on, customer.has_care_consent, customer.gentle_until_on,
        customer_rfm.orders, customer_rfm.orders_365d, customer_rfm.spend_amount, customer_rfm.spend_365d_amount,
        customer_rfm.last_order_on, customer_rfm.recency_score, customer_rfm.frequency_score,
        customer_rfm.monetary_score, customer_rfm.spend_rank, customer_rfm.rfm_segment, customer_rfm.value_band,
        customer_clv.expected_purchases_365d, customer_clv.probability_alive, customer_clv.clv, customer_clv.clv_low,
        customer_clv.clv_high, customer_clv.clv_rank, customer_clv.rank_low, customer_clv.rank_high,
        customer_clv.value_basis, customer_rhythm.is_left_truncated,
        customer_relationship.tenure_days, customer_relationship.referrals, customer_relationship.forgave,
        customer_relationship.relationship_rank,
        felt.last_emotion, felt.last_answer_on, cared.last_care_on, talked.last_talk_on,
        coalesce(talked.open_contacts, 0) as open_contacts, coalesce(talked.contacts_180d, 0) as contacts_180d
    from customer
    join customer_rfm on customer_rfm.customer_key = customer.customer_key
    left join customer_clv on customer_clv.customer_key = customer.customer_key
    left join customer_rhythm on customer_rhythm.customer_key = customer.customer_key
    left join customer_relationship on customer_relationship.customer_key = customer.customer_key
    left join felt on felt.customer_key = customer.customer_key
    left join cared on cared.customer_key = customer.customer_key
    left join talked on talked.customer_key = customer.customer_key
)
select
    customer_key,
    upper(substr(customer_key, 1, 4))
        || case when count(*) over (partition by region) >= $minimum_n then ' · ' || region else '' end || ' · since '
        || extract(year from first_seen_on)::varchar as alias,
    segment, region, language, first_seen_on as customer_since_on, gone_on, orders, orders_365d, spend_amount,
    spend_365d_amount, $currency as currency, last_order_on, recency_score, frequency_score, monetary_score,
    rfm_segment, value_band,
    coalesce(spend_rank <= $top_customers, false) as is_top_customer,
    spend_rank as top_rank, expected_purchases_365d, probability_alive, clv, clv_low, clv_high, clv_rank,
    rank_low, rank_high,
    case when gone_on is not null then 'gone' else value_basis end as value_basis,
    tenure_days, referrals, forgave, is_left_truncated,
    coalesce(spend_rank <= $top_customers, false) as is_top_by_spend,
    coalesce(clv_rank <= $top_customers, false) as is_top_by_clv,
    coalesce(relationship_rank <= $top_customers, false) as is_top_by_relationship,
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
            else '; last care ' || strftime(last_care_on, '%Y-%m-%d') || '.' end as reason
from joined
