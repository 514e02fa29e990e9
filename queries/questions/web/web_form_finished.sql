/* ---
question: How many finish the contact form, and how many give up?
owner: customer-insight
grain: [iso_week]
kpi: web_form_finished
label: Form was sent
definition: >
  Of the contact forms that were sent or given up, the share that was sent. A week is provisional until Google's
  figures for it stand still, as our own pulls show.
kind: estimate
unit: share
purpose: success
better: up
scale: sent, given up
cut_off: sent
minimum_n: 10
interval: wilson
clock_weeks: [1, 4, 13]
settling_days: 0
source: website contacts, counted by Google Analytics
caveats:
  - Who leaves the form and sends it later counts in both, as given up and as sent.
  - Forms are counted, not people; what one person does again and again widens the range and is no second witness.
  - Only browsers that let Google count them are there; how many it fills in is not known.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, effective_n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'web_form_finished' and dimension = 'all'
order by iso_week
