/* ---
about: Per file, rows read are rows loaded, set aside or already known
severity: fail
--- */
select load_id, rows_read, rows_loaded, rows_quarantined, rows_duplicate
from landing.load
where rows_read <> rows_loaded + rows_quarantined + rows_duplicate
