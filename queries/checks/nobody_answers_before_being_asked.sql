/* ---
about: A person can not be reached before asking; such times are wrong and count as not reached
severity: warn
--- */
select interaction_id from interaction where first_human_at < coalesce(human_requested_at, opened_at)
