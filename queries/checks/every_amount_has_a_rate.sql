/* ---
about: Every purchase has an exchange rate into the reporting currency; without one it is in no sum
severity: warn
--- */
select order_id, currency from purchase where reporting_amount is null and amount is not null
