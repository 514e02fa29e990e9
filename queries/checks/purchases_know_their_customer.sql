/* ---
about: Purchases that no customer could be found for are missing from every number about customers
severity: warn
--- */
select order_id, source from purchase where customer_key is null
