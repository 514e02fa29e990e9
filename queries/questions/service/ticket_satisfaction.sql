/* ---
question: How many rated a contact good?
owner: customer-insight
grain: [iso_week]
kpi: ticket_satisfaction
label: Rated the contact good
definition: >
  Good ratings out of good and bad ones. Contacts that nobody rated are not in it.
kind: estimate
unit: share
purpose: success
better: up
scale: bad, good
cut_off: good
minimum_n: 10
interval: wilson
clock_weeks: [4, 13]
settling_days: 7
source: helpdesk tickets
caveats:
  - Few contacts are rated, and rather the very good and the very bad ones.
  - An agent who decides whom to ask can move it.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'ticket_satisfaction' and dimension = 'all'
order by iso_week
