/* ---
about: >
  Answers by team and month of the talk they follow, the customer's last one in the 90 days before. A team started in
  the month of its training, in the initiative that began last by then; the others had not. A team that another
  initiative trained is left out from then on: it is no longer untouched. answered_in: the month of the answer, as a
  look knows only those given before it. n counts answers, successes those in the top box; probability is the team's in
  the lot that drew whom to train, null where there was none
grain: [initiative_id, item, team, month_on, answered_in]
publish: none
--- */
with plan as (
    select initiative_id, primary_outcome, starts_on,
        lead(starts_on) over (order by starts_on, initiative_id) as next_starts_on
    from staged.initiative
    where unit_of_assignment = 'team'
), trained as (
    select team, min(trained_on) as trained_on,
        case when count(probability) = count(*) and max(probability) < 1 then min(probability) end as probability
    from agent
    where team is not null
    group by team
), wanted as (
    select primary_outcome as item from plan
    union
    select 'emotion' as item
), asked as (
    select kpi_event.kpi as item, kpi_event.customer_key, kpi_event.happened_on, kpi_event.is_success
    from kpi_event
    join wanted on wanted.item = kpi_event.kpi
    where kpi_event.customer_key is not null and exists (select 1 from plan)
), heard as (
    select asked.item, asked.customer_key, asked.happened_on, asked.is_success, interaction.agent_key,
        interaction.opened_on
    from asked
    join interaction
        on interaction.customer_key = asked.customer_key and interaction.agent_key is not null
        and interaction.opened_on <= asked.happened_on and interaction.opened_on > asked.happened_on - interval 90 day
    qualify row_number() over (
        partition by asked.item, asked.customer_key, asked.happened_on
        order by interaction.opened_at desc, interaction.interaction_id, asked.is_success
    ) = 1
), cell as (
    select heard.item, agent.team, cast(date_trunc('month', heard.opened_on) as date) as month_on,
        cast(date_trunc('month', heard.happened_on) as date) as answered_in, count(*) as n,
        count(*) filter (where heard.is_success) as successes
    from heard
    join agent on agent.agent_key = heard.agent_key
    where agent.team is not null
    group by heard.item, agent.team, cast(date_trunc('month', heard.opened_on) as date),
        cast(date_trunc('month', heard.happened_on) as date)
)
select
    plan.initiative_id, cell.item, cell.team, cell.month_on, cell.answered_in,
    case when trained.trained_on >= plan.starts_on
            and trained.trained_on < coalesce(plan.next_starts_on, trained.trained_on + interval 1 day)
        then cast(date_trunc('month', trained.trained_on) as date)
    end as started_in,
    cell.n, cell.successes, trained.probability
from plan
join cell on cell.item in ('emotion', plan.primary_outcome)
left join trained on trained.team = cell.team
where cell.month_on < cast(date_trunc('month', local_date($as_of)) as date)
    and (
        trained.trained_on is null
        or trained.trained_on >= plan.starts_on and trained.trained_on < coalesce(
            plan.next_starts_on, trained.trained_on + interval 1 day
        )
        or cell.month_on < cast(date_trunc('month', trained.trained_on) as date)
    )
