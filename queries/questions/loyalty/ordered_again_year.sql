/* ---
question: How many new customers order again within a year?
owner: customer-insight
grain: [iso_week]
kpi: ordered_again_year
label: Ordered again within a year
definition: >
  Of customers whose first order was a year ago, the share who ordered again within 365 days of it.
  Counted in the week in which the year was over.
kind: estimate
unit: share
purpose: success
better: up
scale: ordered again, did not
cut_off: a second order within 365 days
minimum_n: 10
interval: wilson
clock_weeks: 13
settling_days: 0
source: orders
caveats:
  - The first order that we know of may not be the first there was; customers from before the order data begin can pass as new.
  - It tells of customers won a year ago, and moves slowly after any change of today.
--- */
select iso_week, successes::double / n as share, successes, opposites, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'ordered_again_year' and dimension = 'all'
order by iso_week
