/* ---
about: >
  Events that BigQuery exported, counted as GA4's reports are, by day, week and month: visitors and visits are counted
  anew at each grain, never summed. Without consent an event has no visitor and no visit. A week or a month whose days
  are not all there says nothing, unless it is still going on. The file does not name its property: where the API is
  asked of one, it is that one
feeds: web_period
--- */
with property as (
    select case when count(distinct property_id) = 1 then max(property_id) end as property_id from landing.ga4__window
), visit as (
    select session_key, max(channel) as channel, bool_or(is_engaged_session) as is_engaged
    from landing.ga4__event
    where session_key is not null
    group by session_key
), event as (
    select coalesce(property.property_id, 'stream ' || event.stream_id) as property_id, event.event_on,
        event.event_name, event.visitor_key, event.session_key, event.helpful, event.search_result,
        event.purchase_amount, event.refund_amount, event.currency, event.received_at,
        coalesce(visit.channel, '(not set)') as channel, coalesce(visit.is_engaged, false) as is_engaged,
        coalesce(
            event.is_active_user, event.event_name in ('first_visit', 'first_open') or event.engagement_msec > 0, false
        ) as is_active
    from landing.ga4__event as event
    cross join property
    left join visit on visit.session_key = event.session_key
), spread as (
    select event.*, 'day' as grain, event_on as period_start_on, event_on as period_end_on from event
    union all
    select event.*, 'week' as grain, dates.week_starts_on, dates.week_ends_on
    from event join dates on dates.date_on = event.event_on
    union all
    select event.*, 'month' as grain, date_trunc('month', event_on)::date,
        (date_trunc('month', event_on) + interval 1 month - interval 1 day)::date
    from event
), whole as (
    select property_id, grain, period_start_on, period_end_on, max(received_at) as pulled_at
    from spread
    group by property_id, grain, period_start_on, period_end_on
    having count(distinct event_on) = date_diff('day', period_start_on, period_end_on) + 1
        or local_date(max(received_at)) <= period_end_on
        and count(distinct event_on) = date_diff('day', period_start_on, max(event_on)::date) + 1
), told as (
    select spread.*, 'visitors' as report, '' as dimension, '' as member from spread
    union all
    select spread.*, 'channels' as report, 'session_default_channel_group' as dimension, channel as member
    from spread where session_key is not null
    union all
    select spread.*, 'care_events' as report, 'event_name' as dimension, event_name as member
    from spread
    where event_name in (
        'help_view', 'contact_view', 'chat_start', 'human_reached', 'form_start', 'form_submit', 'form_abandon'
    )
    union all
    select spread.*, 'helpful' as report, 'helpful' as dimension, coalesce(helpful, '(not set)') as member
    from spread where event_name = 'was_this_helpful'
    union all
    select spread.*, 'searches' as report, 'search_result' as dimension, coalesce(search_result, '(not set)') as member
    from spread where event_name = 'view_search_results'
    union all
    select spread.*, 'purchases' as report, '' as dimension, '' as member
    from spread where event_name in ('purchase', 'refund')
), by_visitor as (
    select report, property_id, grain, period_start_on, period_end_on, dimension, member, visitor_key,
        count(*) as event_count,
        count(*) filter (where event_name in ('page_view', 'screen_view')) as screen_page_views,
        count(*) filter (where event_name = 'purchase') as ecommerce_purchases,
        coalesce(sum(purchase_amount), 0) as purchase_revenue, coalesce(sum(refund_amount), 0) as refund_amount,
        min(currency) as first_currency, max(currency) as last_currency,
        visitor_key is not null and bool_or(is_active) as is_active,
        visitor_key is not null and bool_or(event_name in ('first_visit', 'first_open')) as is_new,
        visitor_key is not null and bool_or(event_name = 'purchase') as is_purchaser
    from told
    group by report, property_id, grain, period_start_on, period_end_on, dimension, member, visitor_key
), by_visit as (
    select report, property_id, grain, period_start_on, dimension, member, session_key,
        bool_or(is_engaged) as is_engaged
    from told
    where session_key is not null and report in ('visitors', 'channels')
    group by report, property_id, grain, period_start_on, dimension, member, session_key
), visited as (
    select report, property_id, grain, period_start_on, dimension, member, count(*) as sessions,
        count(*) filter (where is_engaged) as engaged_sessions
    from by_visit
    group by report, property_id, grain, period_start_on, dimension, member
), counted as (
    select report, property_id, grain, period_start_on, period_end_on, dimension, member,
        sum(event_count) as event_count, sum(screen_page_views) as screen_page_views,
        count(visitor_key) as total_users, count(*) filter (where is_active) as active_users,
        count(*) filter (where is_new) as new_users, count(*) filter (where is_purchaser) as total_purchasers,
        sum(ecommerce_purchases) as ecommerce_purchases, sum(purchase_revenue) as purchase_revenue,
        sum(refund_amount) as refund_amount, coalesce(min(first_currency) = max(last_currency), true) as is_summable,
        case when min(first_currency) = max(last_currency) then max(last_currency) end as currency
    from by_visitor
    group by report, property_id, grain, period_start_on, period_end_on, dimension, member
), figure as (
    select counted.report, counted.property_id, counted.grain, counted.period_start_on, counted.period_end_on,
        counted.dimension, counted.member, web_metric.metric, counted.currency,
        case web_metric.metric
            when 'event_count' then counted.event_count
            when 'screen_page_views' then counted.screen_page_views
            when 'active_users' then case when counted.report <> 'purchases' then counted.active_users end
            when 'total_users' then counted.total_users
            when 'new_users' then counted.new_users
            when 'sessions' then coalesce(visited.sessions, 0)
            when 'engaged_sessions' then coalesce(visited.engaged_sessions, 0)
            when 'ecommerce_purchases' then counted.ecommerce_purchases
            when 'total_purchasers' then counted.total_purchasers
            when 'purchase_revenue' then case when counted.is_summable then counted.purchase_revenue end
            when 'refund_amount' then case when counted.is_summable then counted.refund_amount end
        end as value
    from counted
    join web_metric on web_metric.report = counted.report
    left join visited
        on visited.report = counted.report and visited.property_id = counted.property_id
        and visited.grain = counted.grain and visited.period_start_on = counted.period_start_on
        and visited.dimension = counted.dimension and visited.member = counted.member
)
select figure.report, figure.property_id, figure.grain, figure.period_start_on, figure.period_end_on,
    figure.dimension, figure.member, figure.metric, figure.value, figure.currency, 'bigquery' as shape, whole.pulled_at
from figure
join whole
    on whole.property_id = figure.property_id and whole.grain = figure.grain
    and whole.period_start_on = figure.period_start_on
where figure.value is not null
