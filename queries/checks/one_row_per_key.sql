/* ---
about: Core tables hold one row per thing
severity: fail
--- */
select 'customer' as table_name, customer_key as key from customer group by customer_key having count(*) > 1
union all
select 'interaction', interaction_id from interaction group by interaction_id having count(*) > 1
union all
select 'purchase', order_id from purchase group by order_id having count(*) > 1
union all
select 'response', response_id from response group by response_id having count(*) > 1
union all
select 'answer', response_id || item from answer group by response_id, item having count(*) > 1
