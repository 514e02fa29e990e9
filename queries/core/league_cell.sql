/* ---
about: >
  The groups that a league may tell of: of those that league_sum does not hide, the ones that give no group of another
  breakdown away (nested_league)
grain: [kpi, iso_week, weeks, dimension, member]
publish: none
--- */
select league_sum.kpi, league_sum.iso_week, league_sum.weeks, league_sum.dimension, league_sum.member, league_sum.n,
    league_sum.successes, league_sum.opposites
from league_sum
left join nested_league
    on nested_league.kpi = league_sum.kpi and nested_league.iso_week = league_sum.iso_week
    and nested_league.weeks = league_sum.weeks and nested_league.dimension = league_sum.dimension
    and nested_league.member = league_sum.member
where not league_sum.is_hidden and nested_league.kpi is null
