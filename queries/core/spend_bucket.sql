/* ---
about: >
  Who felt bad, and who then spent less than half, summed over up to 200 groups that people fall into by chance (a
  hash of their key). Fewer people than the minimum n in all are left out
grain: [bucket]
publish: none
--- */
with person as (
    select
        mod(
            256 * (strpos('0123456789abcdef', substr(md5(customer_key), 1, 1)) - 1)
            + 16 * (strpos('0123456789abcdef', substr(md5(customer_key), 2, 1)) - 1)
            + strpos('0123456789abcdef', substr(md5(customer_key), 3, 1)) - 1,
            200
        ) as bucket,
        level, spent_after_amount < spent_before_amount / 2 as has_cut
    from spend_change
)
select bucket, count(*) as asked, count(*) filter (where level = 'low') as bad,
    count(*) filter (where level = 'low' and has_cut) as bad_cut, count(*) filter (where level = 'high') as good,
    count(*) filter (where level = 'high' and has_cut) as good_cut
from person
group by bucket
qualify sum(count(*)) over () >= $minimum_n
