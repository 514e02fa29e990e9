/* ---
about: Successes and opposites are counted among n
severity: fail
--- */
select kpi, iso_week from kpi_window where successes > n or opposites > n or successes + opposites > n
