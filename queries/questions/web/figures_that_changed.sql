/* ---
question: Which figures of Google Analytics changed after they had settled?
owner: customer-insight
grain: [report, property_id, grain, period_start_on, metric, pulled_at]
params:
  least_change: {type: number, default: 0.005}
columns:
  change_share: {about: "By how much of what it was it changed; 0.1 = ten of 100 more"}
  was_pulled_at: {about: "When it was still what it was"}
  pulled_at: {about: "When it was first seen changed"}
allow: {rule: range, because: "both figures are known; nothing is estimated from some of them", until: 2031-12-31}
--- */
select report, property_id, grain, period_start_on, metric, was, is_now, change_share, was_pulled_at, pulled_at
from web_restated
where was_settled and abs(coalesce(change_share, 1)) >= $least_change
order by pulled_at desc, abs(change_share) desc nulls first, report, grain, period_start_on, metric, property_id
