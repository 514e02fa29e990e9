/* ---
about: >
  Did our top customers cool down? The tenth of customers who bought on most days in the period before split_on,
  chosen on that period alone: purchases per customer before and after (periods of the same length), what was to be
  expected after without any change at the top (most who bought much buy less afterwards, whatever we do), and the
  rest with its range. expected_after is what the model expects (`expected_by_model`) times what all other customers
  bought of what the model expected of them (`others_factor`): the market, and the model's own bias
grain: []
--- */
select
    top_cooled_sum.customers, value_span.period_days, value_span.split_on, top_cooled_sum.bought_before,
    top_cooled_sum.bought_after, top_cooled_sum.expected_after, top_cooled_sum.expected_after_low,
    top_cooled_sum.expected_after_high, top_cooled_sum.rest, top_cooled_sum.rest_low, top_cooled_sum.rest_high,
    top_cooled_sum.expected_by_model, top_cooled_sum.others_factor
from top_cooled_sum
cross join value_span
where top_cooled_sum.customers >= $minimum_n
