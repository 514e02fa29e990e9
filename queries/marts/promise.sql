/* ---
about: Something we said we would do
grain: [promise_id]
--- */
select
    promise_id, theme, owner, promised_on, due_on, done_on, what_changed,
    done_on is null and due_on < local_date($as_of) as is_overdue
from staged.promise
