/* ---
about: People and visits do not add up over weeks; a number that counts them is read over one week
severity: fail
--- */
select distinct kpi_window.kpi
from kpi_window
join (select distinct share from web_share_cell where not is_additive) as counted
    on kpi_window.kpi = 'web_' || counted.share
where kpi_window.weeks > 1
