/* ---
question: How many rated a contact good?
owner: customer-insight
grain: [iso_week]
kpi: ticket_satisfaction
label: Rated the contact good
definition: >
  Good ratings out of good and bad ones, over four weeks. Contacts that nobody rated are not in it.
kind: estimate
unit: share
purpose: success
better: up
scale: bad, good
cut_off: good
minimum_n: 10
interval: wilson
clock_weeks: 4
settling_days: 7
source: helpdesk tickets
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
where kpi = 'ticket_satisfaction' and weeks = 4 and dimension = 'all'
order by iso_week
