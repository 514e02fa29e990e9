/* ---
about: Records that hang together by too many identifiers were not joined and want a look
severity: warn
--- */
select customer_key, identifiers from identity_review
