/* ---
about: Who was asked and who answered, week by week
grain: [iso_week]
--- */
select dates.iso_week, count(*) as invited, count(*) filter (where invitation.answered) as answered
from invitation
join dates on dates.date_on = invitation.invited_on
group by dates.iso_week
having count(*) >= $minimum_n
