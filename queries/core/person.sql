/* ---
about: Every key by which a person was ever known here, and the one that holds now
grain: [known_as]
publish: none
--- */
select record_key as known_as, customer_key from identity
union
select customer_key, customer_key from identity
union
select old, new from customer_alias
