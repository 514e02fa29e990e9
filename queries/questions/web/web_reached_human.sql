/* ---
question: How many who begin a chat on our website reach a person?
owner: customer-insight
grain: [iso_week]
kpi: web_reached_human
label: Chat reached a person
definition: >
  Of the chats begun on our website, the share in which a person answered. An answer counts in its own week, up
  to as many as chats were begun in it. A week is provisional until Google's figures for it stand still, as our
  own pulls show.
kind: estimate
unit: share
purpose: success
better: up
scale: reached, not reached
cut_off: a person answered
minimum_n: 10
interval: wilson
clock_weeks: [1, 4, 13]
settling_days: 0
source: website contacts, counted by Google Analytics
caveats:
  - Who was helped by the bot and wanted nobody counts as not reached; the helpdesk counts other chats than Google.
  - Chats are counted, not people; what one person does again and again widens the range and is no second witness.
  - Only browsers that let Google count them are there; how many it fills in is not known.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, effective_n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'web_reached_human' and dimension = 'all'
order by iso_week
