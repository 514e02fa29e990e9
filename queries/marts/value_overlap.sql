/* ---
about: >
  Three ways to say who the top customers are: by what they spent in two years (`spend`), by what they will probably
  be worth (`clv`), by what ties them to us (`relationship`). Each on its own, by two and by all three: how many
  customers are in all of the named sets, and how many in the smaller of them. A number is left out where it, or those
  it leaves, would be a group under the minimum n
grain: [definitions]
--- */
with person as (
    select is_top_by_spend as s, is_top_by_clv as c, is_top_by_relationship as r
    from customer_value
    where is_top_by_spend or is_top_by_clv or is_top_by_relationship
), counted as (
    select
        count(*) filter (where s) as n_s, count(*) filter (where c) as n_c, count(*) filter (where r) as n_r,
        count(*) filter (where s and c) as n_sc, count(*) filter (where s and r) as n_sr,
        count(*) filter (where c and r) as n_cr, count(*) filter (where s and c and r) as n_scr,
        count(*) filter (where s and c and not r) as only_sc, count(*) filter (where s and r and not c) as only_sr,
        count(*) filter (where c and r and not s) as only_cr,
        count(*) filter (where s and not c and not r) as only_s,
        count(*) filter (where c and not s and not r) as only_c,
        count(*) filter (where r and not s and not c) as only_r
    from person
), pair as (
    select 4 as position, 'spend + clv' as definitions, n_s as n_one, n_c as n_other, n_sc as n_both from counted
    union all
    select 5, 'spend + relationship', n_s, n_r, n_sr from counted
    union all
    select 6, 'clv + relationship', n_c, n_r, n_cr from counted
), listed as (
    select 1 as position, 'spend' as definitions, n_s as customers, n_s as of_customers, [n_s] as parts from counted
    union all
    select 2, 'clv', n_c, n_c, [n_c] from counted
    union all
    select 3, 'relationship', n_r, n_r, [n_r] from counted
    union all
    select position, definitions, n_both, least(n_one, n_other), [n_both, n_one - n_both, n_other - n_both]
    from pair
    union all
    select 7, 'all three', n_scr, least(n_s, n_c, n_r), [n_scr, only_sc, only_sr, only_cr, only_s, only_c, only_r]
    from counted
)
select position, definitions, customers, of_customers
from listed
where of_customers >= $minimum_n
    and coalesce(list_min(list_filter(parts, lambda part: part > 0)), $minimum_n) >= $minimum_n
