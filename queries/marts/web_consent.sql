/* ---
about: >
  Events of the BigQuery export by week, and how many of them have no visitor: consent was not given, so that nothing
  can be said of who made them. Weeks with fewer events than the minimum n are hidden
grain: [iso_week]
--- */
select dates.iso_week, count(*) as events, count(*) filter (where event.visitor_key is null) as events_without_consent
from landing.ga4__event as event
join dates on dates.date_on = event.event_on
group by dates.iso_week
having count(*) >= $minimum_n
