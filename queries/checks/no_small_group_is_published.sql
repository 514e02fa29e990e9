/* ---
about: No group of people is published that is too small to be shown
severity: fail
--- */
select 'kpi_window' as table_name, kpi as name from kpi_window where n < $minimum_n
union all
select 'kpi_window', kpi from kpi_window where effective_n < $minimum_n
union all
select 'kpi_week', kpi from kpi_week where n < $minimum_n
union all
select 'kpi_so_far', kpi from kpi_so_far where n < $minimum_n
union all
select 'kpi_clock', kpi from kpi_clock where answers_a_week < $minimum_n
union all
select 'answers_aside', kpi from answers_aside where n < $minimum_n
union all
select 'human_by_hour', channel from human_by_hour where n < $minimum_n
union all
select 'duration_week', kpi
from duration_week
group by kpi, iso_week, dimension, member
having sum(finished + censored) < $minimum_n
union all
select 'survey_reach', iso_week from survey_reach where invited < $minimum_n
union all
select 'loyalty_table', driver from loyalty_table where n < $minimum_n
union all
select 'segment_matrix', value_band from segment_matrix where customers < $minimum_n
union all
select 'rfm_summary', rfm_segment from rfm_summary where customers < $minimum_n
union all
select 'kpi_source', kpi from kpi_source where n < $minimum_n
union all
select 'in_touch', 'everyone' from in_touch where customers < $minimum_n
union all
select 'driver_importance', driver from driver_importance where n < $minimum_n
union all
select 'intent_behaviour', item from intent_behaviour where customers < $minimum_n
union all
select 'kpi_mix_adjusted', kpi from kpi_mix_adjusted where n < $minimum_n
union all
select 'kpi_weighted', kpi from kpi_weighted where n < $minimum_n
union all
select 'kpi_weighted', kpi from kpi_weighted where invited < $minimum_n
union all
select 'league', kpi from league where n < $minimum_n
union all
select 'reach_group', member from reach_group where customers < $minimum_n
union all
select 'reach_group', member from reach_group where invited between 1 and $minimum_n - 1
union all
select 'representativeness', iso_week from representativeness where n < $minimum_n
union all
select 'sales_at_risk', basis from sales_at_risk where n < $minimum_n
union all
select 'goal_progress', goal_id from goal_progress where n between 1 and $minimum_n - 1
union all
select 'web_kpi', report from web_kpi where metric = 'active_users' and value < $minimum_n
union all
select 'web_share', share from web_share where n < $minimum_n
union all
select 'web_coverage', audience from web_coverage where members between 1 and $minimum_n - 1
union all
select 'web_coverage', audience from web_coverage where customers between 1 and $minimum_n - 1
union all
select 'web_segment', audience from web_segment where customers < $minimum_n
union all
select 'web_consent', iso_week from web_consent where events < $minimum_n
union all
select 'clv_model', basis from clv_model where customers < $minimum_n
union all
select 'clv_holdout', bucket from clv_holdout where n < $minimum_n
union all
select 'clv_segment', member from clv_segment where n < $minimum_n
union all
select 'value_mover', from_band from value_mover where customers < $minimum_n
union all
select 'value_overlap', definitions from value_overlap where customers between 1 and $minimum_n - 1
union all
select 'concentration', 'top' from concentration where customers < $minimum_n
union all
select 'top_cooled', 'top' from top_cooled where customers < $minimum_n
union all
select 'care_equity', member from care_equity where customers < $minimum_n
union all
select 'initiative_gesture', initiative_id from initiative_gesture where least(n_treated, n_control) < $minimum_n
union all
select 'initiative_event_study', study.initiative_id
from initiative_event_study as study
join initiative on initiative.initiative_id = study.initiative_id
where initiative.unit_of_assignment = 'customer' and study.n_treated < $minimum_n
