/* ---
about: >
  Was the forecast right a year ago? Customers as on the day that splits the order data, by purchases after the first
  (bucket, such as `3` or `5–8`): purchases predicted, seen, and predicted times the recalibration of `clv_model`.
  Sums over n customers; a bucket holds the minimum n at least
grain: [position]
--- */
select position, bucket, n, predicted, actual, recalibrated
from clv_bucket
where n >= $minimum_n
