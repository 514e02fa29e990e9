/* ---
question: How often does a customer come back after the bot said solved?
owner: customer-insight
grain: [iso_week]
kpi: bot_came_back
label: Bot said solved, customer came back
definition: >
  Of contacts that the bot alone closed as solved, the share whose customer got in touch again
  within seven days, by any channel, on the same topic where both topics are known. Counted in the
  week in which the seven days were over. Less is better.
kind: estimate
unit: share
purpose: success
better: down
scale: came back, did not
cut_off: came back within 7 days
minimum_n: 10
interval: wilson
clock_weeks: [4, 13]
settling_days: 0
source: helpdesk tickets
caveats:
  - Who gave up, or went to a competitor, did not come back either; few returns alone do not prove that the bot helped.
  - A customer whom we can not recognise again counts nowhere; where a topic is not known, any new contact counts.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'bot_came_back' and dimension = 'all'
order by iso_week
