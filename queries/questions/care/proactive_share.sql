/* ---
question: How often do we get in touch before the customer has to?
owner: customer-insight
grain: [iso_week]
kpi: proactive_share
label: We got in touch first
definition: >
  Contacts and acts of care that we began, out of all contacts and acts of care in the week.
kind: estimate
unit: share
purpose: success
better: up
scale: proactive, reactive
cut_off: proactive
minimum_n: 10
interval: wilson
clock_weeks: 1
settling_days: 0
source: helpdesk tickets and care acts
caveats:
  - Contacts count as ours where the helpdesk says so; calls and letters that nobody records are missing.
  - Mass mailings are not in it.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'proactive_share' and dimension = 'all'
order by iso_week
