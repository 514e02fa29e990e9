/* ---
about: Answers lie on the scale of their item
severity: fail
--- */
select response_id, item from answer where value < scale_min or value > scale_max
