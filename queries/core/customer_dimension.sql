/* ---
about: >
  The member of a company's own dimension that a customer belongs to: that of the contact record changed last, or of an
  order after it. A ticket or an answer tells of itself alone
grain: [customer_key, dimension]
--- */
with record as (
    select identity.customer_key, contact.record_key,
        coalesce(contact.modified_at, contact.created_at, contact.received_at) as changed_at
    from staged.contact as contact
    join identity on identity.record_key = contact.record_key
    union all
    select identity.customer_key, purchase.record_key, purchase.ordered_at
    from staged.purchase as purchase
    join identity on identity.record_key = purchase.person_record_key
    where purchase.ordered_at <= $as_of
)
select record.customer_key, record_dimension.dimension,
    arg_max(record_dimension.member, (record.changed_at, record.record_key)) as member
from record
join record_dimension on record_dimension.record_key = record.record_key
group by record.customer_key, record_dimension.dimension
