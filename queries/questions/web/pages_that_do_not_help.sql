/* ---
question: Which help pages do not help?
owner: customer-insight
grain: [property_id, page]
params:
  property: {type: text, default: all, options: "select distinct property_id from web_share"}
columns:
  helpful_share:
    about: Answered yes to 'Was this helpful?' in the last 28 days
    purpose: success
    better: up
    unit: share
    interval: wilson
  n: {about: "Answers; Google counts answers, not people"}
  effective_n: {about: "As how many independent answers n counts: as many as people, as far as known; the range is that of so many"}
  maturity: {about: "provisional: the figures may still move"}
--- */
select period_end_on, property_id, member as page, successes::double / n as helpful_share, successes, n,
    coalesce(effective_n, n) as effective_n, maturity
from web_share
where share = 'helpful' and dimension = 'page_path' and grain = 'rolling_28_days' and not is_hidden
    and maturity <> 'partial' and ($property = 'all' or property_id = $property)
qualify period_end_on = max(period_end_on) over (partition by property_id)
order by helpful_share, n desc, page
