/* ---
question: How many who asked for a person reached one in time?
owner: customer-insight
grain: [iso_week]
kpi: human_within_promise
label: Reached a person within the promise
definition: >
  Of contacts with a recorded request for a person, the share answered by one within the promise of
  their channel. Giving up before that counts as not reached.
kind: estimate
unit: share
purpose: success
better: up
scale: seconds
cut_off: the promise of the channel
minimum_n: 10
interval: wilson
clock_weeks: 1
settling_days: 0
source: helpdesk tickets
caveats:
  - Only those who managed to ask for a person are in it; who gave up looking for a way to ask is not.
  - Channels have promises of their own; a shift between channels moves the whole.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'human_within_promise' and dimension = 'all'
order by iso_week
