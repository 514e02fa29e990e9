/* ---
about: >
  The member of a company's own dimension that a record tells: a contact, an order, a ticket or an answer. A column of
  more members than a breakdown may have is none
grain: [record_key, dimension]
publish: none
--- */
with told as (
    select staged.record_key, declared.dimension, staged.member, declared.most_members
    from staged.dimension as staged
    join declared_dimension as declared
        on declared.source = staged.source and declared.label = staged.label
), sized as (
    select dimension from told group by dimension, most_members having count(distinct member) <= most_members
)
select told.record_key, told.dimension, told.member
from told
join sized on sized.dimension = told.dimension
