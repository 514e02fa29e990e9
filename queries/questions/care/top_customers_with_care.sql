/* ---
question: How many of our top customers had personal care lately?
owner: customer-insight
grain: [iso_week]
kpi: top_customers_with_care
label: Top customers with personal care, 90 days
definition: >
  Top customers (most spent in two years) with an act of care done in the 90 days before the week's
  end. Counted, not estimated.
kind: count
unit: customers
purpose: success
better: up
scale: count
cut_off: at least one act
minimum_n: 10
interval: none
clock_weeks: 1
settling_days: 0
source: orders and care acts
caveats:
  - Only acts that are written down count.
  - The top customers are chosen anew each week, so that a change can come from who is on the list.
--- */
select iso_week, successes, n, maturity
from kpi_window
join kpi_clock using (kpi, weeks)
where kpi = 'top_customers_with_care' and dimension = 'all'
order by iso_week
