/* ---
about: What was decided about each initiative last
feeds: decision
--- */
select initiative_id, choice, written_at as decided_at
from landing.journal__decision
qualify row_number() over (partition by initiative_id order by entry_id desc) = 1
