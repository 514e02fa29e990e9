/* ---
about: The groups that a company's own columns say, one row a record and column
feeds: dimension
--- */
select record_key, source, label, member
from landing.dimension
where member is not null
