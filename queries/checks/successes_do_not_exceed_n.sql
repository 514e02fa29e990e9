/* ---
about: Nobody is counted as a yes or a no who is not among those who answered
severity: fail
--- */
select kpi, iso_week from kpi_window where successes > n or opposites > n or successes + opposites > n
