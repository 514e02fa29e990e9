/* ---
about: >
  Each person's last survey in the last 13 closed weeks, with one of 200 groups that people fall into by chance (a
  hash of their key), from which loyalty and drivers learn what the sample might have been
grain: [response_id]
publish: none
--- */
with period as (
    select max(date_on) as last_on from dates where is_closed
), newest as (
    select response_id, coalesce(customer_key, response_id) as person_key, answered_on, period.last_on
    from response cross join period
    where answered_on <= period.last_on and response_id in (select response_id from answer where item = 'emotion')
    qualify row_number() over (
        partition by coalesce(customer_key, response_id) order by answered_at desc, response_id
    ) = 1
)
select
    response_id,
    mod(
        256 * (strpos('0123456789abcdef', substr(md5(person_key), 1, 1)) - 1)
        + 16 * (strpos('0123456789abcdef', substr(md5(person_key), 2, 1)) - 1)
        + strpos('0123456789abcdef', substr(md5(person_key), 3, 1)) - 1,
        200
    ) as bucket
from newest
where answered_on > last_on - interval 91 day
