/* ---
about: Survey items that the company mapped, one row an item
feeds: answer
--- */
select record_key, item, value, scale_min, scale_max, wording_version
from landing.answer
where value is not null
