/* ---
about: >
  What every customer's future value rests on: one row. basis `orders` (BG/NBD and gamma-gamma) or `contract`
  (survival); status `fitted`, `too few customers` or `did not settle`. Parameters r, alpha (weeks), a, b, p, q, v (in
  the currency), each with its standard error (`_se`). spend_correlation: of how often and how much, beyond ±0.3 the
  product misleads. margin_share is of list prices, as declared; kept_share of what was paid; without both `clv` is
  sales, not margin. holdout_: customers, purchases predicted and seen after split_on, and the bias predicted / seen -
  1; recalibration is seen / predicted with its range; top_share_: of the purchases seen, those of the tenth of
  customers chosen by the model, or by counting alone. Refunds have no date in the sources, so an order paid back in full
  after split_on is missing before it too
grain: []
--- */
select
    clv_fit.basis, clv_fit.status, clv_fit.customers, clv_fit.repeat_customers, clv_fit.left_truncated_share,
    clv_fit.horizon_days, clv_fit.discount_rate, clv_fit.margin_share, clv_fit.kept_share, $currency as currency,
    clv_fit.converged, clv_fit.gradient_norm, clv_fit.log_likelihood, clv_fit.r, clv_fit.r_se, clv_fit.alpha,
    clv_fit.alpha_se, clv_fit.a, clv_fit.a_se, clv_fit.b, clv_fit.b_se, clv_fit.p, clv_fit.p_se, clv_fit.q,
    clv_fit.q_se, clv_fit.v, clv_fit.v_se, clv_fit.mean_spend, clv_fit.spend_correlation, clv_fit.clv_total,
    value_span.first_order_on, value_span.last_order_on, value_span.split_on, value_span.period_days,
    clv_fit.holdout_customers, clv_fit.holdout_predicted, clv_fit.holdout_actual, clv_fit.holdout_bias,
    clv_fit.recalibration, clv_fit.recalibration_low, clv_fit.recalibration_high, clv_fit.top_share_by_model,
    clv_fit.top_share_by_count
from clv_fit
cross join value_span
where clv_fit.customers >= $minimum_n
