/* ---
about: One survey that was offered
grain: [invitation_id]
--- */
select
    invitation.record_key as invitation_id, identity.customer_key, invitation.survey, invitation.invited_at,
    local_date(invitation.invited_at) as invited_on, invitation.channel, invitation.is_answered as answered
from staged.invitation as invitation
left join identity on identity.record_key = invitation.record_key
where invitation.invited_at <= $as_of
