/* ---
about: >
  The company's own dimensions and whether they can be shown. `state`: shown; no file yet (none that arrived since it was
  declared has the column); too many, personal or hardly repeats: what the column holds are no groups
grain: [dimension]
--- */
with arrived as (
    select source, label, count(*) as files, max(received_at) as last_received_at,
        arg_max(became, (received_at, load_id)) as became
    from landing.dimension_load
    group by source, label
), filled as (
    select dimension, count(*) as records, count(distinct member) as members from record_dimension group by dimension
)
select declared.dimension, declared.source, declared.label, declared.most_members,
    coalesce(arrived.files, 0) as files, arrived.last_received_at, coalesce(filled.records, 0) as records,
    coalesce(filled.members, 0) as members,
    case
        when filled.dimension is not null then 'shown'
        when arrived.became is null then 'no file yet'
        when arrived.became = 'taken' and told.members > declared.most_members then 'too many'
        when arrived.became = 'taken' then 'no values'
        else arrived.became
    end as state
from declared_dimension as declared
left join arrived on arrived.source = declared.source and arrived.label = declared.label
left join filled on filled.dimension = declared.dimension
left join (
    select source, label, count(distinct member) as members from staged.dimension group by source, label
) as told on told.source = declared.source and told.label = declared.label
