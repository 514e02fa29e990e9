/* ---
about: Whom to leave in peace, as said last
feeds: gentle
--- */
select customer_key, until_on, written_at as said_at
from landing.journal__gentle
qualify row_number() over (partition by customer_key order by entry_id desc) = 1
