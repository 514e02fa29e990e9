/* ---
about: No published cell of people is under the minimum n
severity: fail
--- */
select 'kpi_window' as table_name, kpi as name from kpi_window where n < $minimum_n
union all
select 'kpi_week', kpi from kpi_week where n < $minimum_n
union all
select 'segment_matrix', value_band from segment_matrix where customers < $minimum_n
