/* ---
about: >
  What arrived from each source, and whether it is late: no file came in time, or the files that came end long ago.
  heard_at: when the last file came that tells that the source goes on; one that ends five weeks before what was known
  by then fills in the past alone
grain: [source, object]
--- */
with arrived as (
    select *, data_through_at <= max(data_through_at) over (
        partition by source, object order by received_at, load_id
    ) - interval 35 day as is_past
    from landing.load
), reach as (
    select source, max(data_through_at) as through_at from landing.load group by source
), told as (
    select source, object, count(*) as files, max(received_at) as last_received_at,
        max(received_at) filter (where is_past is not true) as heard_at,
        max(data_through_at) as data_through_at, sum(rows_read)::bigint as rows_read,
        sum(rows_loaded)::bigint as rows_loaded, sum(rows_quarantined)::bigint as rows_quarantined,
        sum(rows_duplicate)::bigint as rows_duplicate, sum(rows_dropped)::bigint as rows_dropped
    from arrived
    group by source, object
), heard as (
    select told.source, told.object, least(told.heard_at, coalesce(reach.through_at, told.heard_at)) as until
    from told join reach on reach.source = told.source
)
select told.source, told.object, told.files, told.last_received_at, told.heard_at, told.data_through_at, told.rows_read,
    told.rows_loaded, told.rows_quarantined, told.rows_duplicate, told.rows_dropped, cadence.every_days,
    coalesce(heard.until < $as_of - (cadence.every_days + 1) * interval 1 day, false) as is_late,
    coalesce(greatest(date_diff('day', (heard.until)::date, ($as_of)::date) - cadence.every_days, 0), 0) as days_late
from told
left join source_cadence as cadence on cadence.source = told.source
left join heard on heard.source = told.source and heard.object = told.object
