/* ---
about: Every file received
grain: [load_id]
--- */
select load_id, source, object, content_hash, file, received_at, rows_read, rows_loaded, rows_quarantined,
    rows_duplicate, rows_dropped, data_through_at, is_full_export, encoding, notes
from landing.load
