"""Sums of users, visits and rates are refused however they are written; what does add up is not."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.build import rehearse
from pipelines.engine.duck import direct_feeds, unions
from pipelines.engine.graph import Model, ModelHeader, QueryError, load_models
from pipelines.ga4.additivity import refuse_sums
from pipelines.ga4.reports import load_reports
from pipelines.ga4.tables import staging_models
from pipelines.questions import QUERIES, QuestionFile, load_questions
from pipelines.settings import load_settings
from pipelines.sources import all_profiles

MakeWorkspace = Callable[..., Path]
REPORTS = load_reports([QUERIES])
QUESTION = "/* ---\nquestion: How many?\nowner: us\ngrain: []\n--- */\n{}\n"


def product() -> list[Model]:
    """Every model of a company without queries of its own."""
    models = load_models([QUERIES])
    profiles = list(all_profiles())
    models += direct_feeds(profiles, models)
    models += staging_models(REPORTS, [profile.name for profile in profiles])
    return models + unions(models)


MODELS = product()
OF_THE_WEBSITE = [model for model in MODELS if model.table.startswith(("web_", "staging.ga4__"))]

LOOSE = {
    "plainly": "select sum(active_users) as n from landing.ga4__visitors where grain = 'day'",
    "a mean": "select avg(sessions) as n from landing.ga4__visitors where grain = 'week'",
    "by another name": "select fsum(sessions) as n from landing.ga4__visitors",
    "of the distinct": "select sum(distinct value) as n from web_kpi",
    "all metrics at once": "select sum(value) as n from web_kpi",
    "all metrics, each by itself": "select metric, sum(value) as n from web_kpi group by metric, grain",
    "of what is staged": "select sum(value) as n from staging.ga4__visitors where grain = 'day'",
    "of all that is staged": "select sum(value) as n from staged.web_period",
    "of what was said": "select sum(value) as n from web_said where metric = 'active_users'",
    "of what Google summed": "select sum(api_total) as n from landing.ga4__total",
    "of the people a figure is hidden by": "select sum(people) as n from web_period",
    "with users among others": "select sum(value) as n from web_kpi where metric in ('event_count', 'active_users')",
    "with users as another way out": (
        "select sum(value) as n from web_kpi where grain = 'day' and report = 'x' and (is_additive or member = 'a')"
    ),
    "of what is not what adds up": "select sum(value) as n from web_kpi where not is_additive",
    "of a metric that is asked for": "select sum(value) as n from web_kpi where metric = $metric and grain = 'day'",
    "under another name": "select sum(n) as m from (select value as n from web_kpi) as t",
    "through a named query": "with t as (select value * 1.0 as n from web_kpi) select sum(n) as m from t",
    "through a named query of named columns": (
        "with t(a, b, c, d, e, f, g, h, n) as (select * from web_kpi) select sum(n) as m from t"
    ),
    "through two of them": "with a as (select * from web_kpi), b as (select * from a) select sum(value) as m from b",
    "through an alias of the table": "select sum(n) as m from web_restated as t(a, b, c, d, e, f, n)",
    "through an alias of the same line": "select value as n, sum(n) over () as m from web_kpi",
    "through a star": "select sum(columns('val.*')) from web_kpi",
    "through a star with one column made anew": (
        "select sum(member) as n from (select * replace (value as member) from web_kpi) as t"
    ),
    "through a union": (
        "with t as (select 1 as n union all select value from web_kpi) select sum(n) as m from t"
    ),
    "through a union by name": (
        "with t as (select 1 as value union all by name select * from web_kpi) select sum(value) as m from t"
    ),
    "through an extreme": (
        "select sum(n) as m from (select period_start_on, max(value) as n from web_kpi group by period_start_on) as t"
    ),
    "through a list": "select list_sum(list(value)) as n from web_kpi",
    "through a list and a name": "select list_aggregate(list(value), 'sum') as n from web_kpi",
    "through a row": "select sum(t.value) as n from (select k as t from web_kpi as k) as r",
    "through a pivot": "select a from web_kpi pivot (sum(value) for metric in ('active_users' as a))",
    "after a pivot": (
        "select sum(a) as n from (select a from web_kpi pivot (max(value) for metric in ('active_users' as a))) as t"
    ),
    "after an unpivot": (
        "select sum(v) as n from (unpivot landing.ga4__visitors on sessions, active_users into name m value v) as t"
    ),
    "in a query within": "select (select sum(value) from web_kpi) as n",
    "in a condition": "select 1 as n where exists (select 1 from web_kpi having sum(value) > 3)",
    "in an order": "select member from web_kpi group by member order by sum(value)",
    "in a list of conditions": "select member from web_kpi group by member having avg(value) > 3",
    "in a join": "select k.member from web_share as k join (select sum(value) as n from web_kpi) as t on true",
    "from within a query, of what is outside": (
        "select (select sum(k.value) from (values (1)) as v(a)) as n from web_kpi as k"
    ),
    "over a window": "select sum(value) over (partition by member order by period_start_on) as n from web_kpi",
    "by adding the row before": "select value + lag(value) over (order by period_start_on) as n from web_kpi",
    "by adding columns": (
        "select max(value) filter (where member = 'a') + max(value) filter (where member = 'b') as n from web_kpi"
    ),
    "by adding step by step": (
        "with recursive t as (select 1 as i, max(value) as n from web_kpi union all "
        "select t.i + 1, t.n + k.value from t join web_kpi as k on t.i < 7) select n from t"
    ),
    "as a mean by hand": "select sum(value) / count(*) as n from web_kpi",
    "where users alone are chosen": "select sum(case when metric = 'active_users' then value end) as n from web_kpi",
    "with a choice of the wrong side": "select sum(case when is_additive then 0 else value end) as n from web_kpi",
    "where an outer join's condition frees nothing": (
        "select sum(k.value) as n from web_kpi as k left join dates on k.is_additive where grain = 'day'"
    ),
    "where another table's condition frees nothing": (
        "select sum(k.value) as n from web_kpi as k join web_kpi as other on true "
        "where other.is_additive and k.grain = 'day' and k.report = 'visitors'"
    ),
    "where the window is cut afterwards": (
        "select sum(value) over () as n from web_kpi qualify metric = 'event_count'"
    ),
    "of shares": "select sum(n) as n from web_share where grain = 'week'",
    "of shares of visits": "select sum(successes)::double / sum(n) as n from web_share where share = 'engaged'",
    "of rates of shares": "select avg(successes / n) as n from web_share where share = 'helpful' and grain = 'week'",
    "of rates of what adds up": (
        "with a as (select sum(successes)::double / sum(n) as r, period_start_on from web_share "
        "where share = 'helpful' and grain = 'week' group by period_start_on) select avg(r) as n from a"
    ),
    "of a figure beside what it is told apart by of another": (
        "with t as (select a.value, b.metric, b.is_additive from web_kpi as a join web_kpi as b on true) "
        "select sum(value) as n from t where metric = 'event_count' and is_additive"
    ),
    "of our own unpivot": (
        "with t as (select 'event_count' as metric, sessions as value from landing.ga4__visitors "
        "union all select metric, value from web_kpi) select sum(value) as n from t where metric = 'event_count'"
    ),
}  # fmt: skip

MIXED = {
    "days and weeks": "select sum(value) as n from web_kpi where metric = 'event_count' and report = 'care_events'",
    "28 days and 28 days": (
        "select sum(value) as n from web_kpi where is_additive and report = 'help_pages' and grain = 'rolling_28_days'"
    ),
    "a grain that is asked for": (
        "select sum(value) as n from web_kpi where is_additive and report = 'help_pages' and grain = $grain"
    ),
    "two grains": "select sum(screen_page_views) as n from landing.ga4__visitors where grain in ('day', 'week')",
    "by the first day alone": "select sum(screen_page_views) as n from landing.ga4__visitors group by period_start_on",
    "by the grain alone": "select grain, avg(screen_page_views) as n from landing.ga4__visitors group by grain",
    "over a window": (
        "select sum(screen_page_views) over (order by period_start_on) as n from landing.ga4__visitors"
    ),
    "rolled up": (
        "select sum(screen_page_views) as n from landing.ga4__visitors group by rollup(grain, period_start_on)"
    ),
}

SEVERAL = {
    "reports": "select sum(value) as n from web_kpi where metric = 'event_count' and grain = 'week'",
    "shares": "select sum(n) as n from web_share where is_additive and grain = 'week'",
    "two shares": "select sum(n) as n from web_share where share in ('helpful', 'search_found') and grain = 'week'",
}

KEPT = {
    "events of days": (
        "select sum(value) as n from web_kpi where metric = 'event_count' and grain = 'day' and report = 'care_events'"
    ),
    "by the flag": "select sum(value) as n from web_kpi where is_additive and 'week' = grain and report in ('x')",
    "either way": (
        "select sum(value) as n from web_period where (metric = 'event_count' or is_additive = true) "
        "and grain = 'month' and report = 'helpful'"
    ),
    "as a column of its own": (
        "select sum(value) filter (where metric = 'event_count') as n, "
        "sum(case when is_additive then value else 0 end) as m from web_kpi where grain = 'day' and report = 'x'"
    ),
    "page views as they landed": (
        "select page, sum(views) as n from (select page_path as page, screen_page_views as views "
        "from landing.ga4__help_pages where grain = 'week') as t group by page"
    ),
    "by period": (
        "select report, grain, period_start_on, sum(value) as n from web_kpi where is_additive group by 1, grain, 3"
    ),
    "by all": "select report, grain, period_end_on, sum(value) as n from web_kpi where is_additive group by all",
    "restricted further down": (
        "with t as (select * from web_kpi where is_additive and report = 'purchases'), "
        "u as (select value as v from t where grain = 'month') select sum(v) as n, avg(v) as m from u"
    ),
    "a running total of events": (
        "select sum(value) over (order by period_start_on) as n from web_kpi "
        "where metric = 'event_count' and grain = 'day' and report = 'care_events'"
    ),
    "of the same rows joined to others": (
        "select sum(k.value) as n from dates join web_kpi as k on k.period_start_on = dates.date_on and k.is_additive "
        "and k.grain = 'day' and k.report = 'purchases'"
    ),
    "events after a choice": (
        "select sum(value) as n from web_kpi group by metric, grain, period_start_on, report "
        "having metric = 'event_count'"
    ),
    "rows into columns": (
        "select period_start_on, max(value) filter (where metric = 'active_users') as users from web_kpi group by all"
    ),
    "counting": "select count(*) as n, count(distinct member) as m, count(value) as k from web_kpi",
    "counting by a condition": "select sum(case when value > 100 then 1 else 0 end) as n from web_kpi",
    "the middle, the least, the latest": (
        "select median(value) as a, min(value) as b, arg_max(value, period_start_on) as c from web_kpi"
    ),
    "ordering by users": "select sum(n) as n from (select 1 as n from web_kpi order by value desc) as t",
    "users less users": "select total_users - new_users as n from landing.ga4__visitors",
    "a rate as it is": "select engaged_sessions / sessions as n from landing.ga4__visitors where grain = 'month'",
    "shares of events": (
        "select sum(successes)::double / sum(n) as n from web_share where share = 'helpful' and grain = 'week'"
    ),
    "an amount in another currency": (
        "select sum(k.value * rate.rate) as n from web_kpi as k join rate on rate.currency = k.currency "
        "where k.metric = 'purchase_revenue' and k.grain = 'month' and k.report = 'purchases'"
    ),
    "what is not of Google": "select sum(n) as n, avg(successes) as m from kpi_week",
    "a table of that name in the query": "with web_kpi as (select 1 as value) select sum(value) as n from web_kpi",
    "what a query within counts": (
        "select sum(amount) as n from purchase where exists (select value from web_kpi where value > 3)"
    ),
}


def ask(sql: str, tmp_path: Path) -> QuestionFile:
    path = tmp_path / "questions" / "web" / "any.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(QUESTION.format(sql), encoding="utf-8")
    (question,) = load_questions([tmp_path])
    return question


def check(sql: str, tmp_path: Path) -> None:
    refuse_sums(MODELS, [ask(sql, tmp_path)], REPORTS)


@pytest.mark.parametrize("sql", LOOSE.values(), ids=LOOSE.keys())
def test_a_sum_of_what_does_not_add_up_is_refused(sql: str, tmp_path: Path) -> None:
    with pytest.raises(
        QueryError, match=r"web/any\.sql: `.*` adds up .*\. Users, visits and rates do not add up"
    ):
        check(sql, tmp_path)


@pytest.mark.parametrize("sql", MIXED.values(), ids=MIXED.keys())
def test_a_sum_over_grains_that_contain_each_other_is_refused(sql: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"over several grains: .* Keep to one grain"):
        check(sql, tmp_path)


@pytest.mark.parametrize("sql", SEVERAL.values(), ids=SEVERAL.keys())
def test_a_sum_over_reports_that_count_the_same_is_refused(sql: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"over several reports or shares: .* Keep to one"):
        check(sql, tmp_path)


@pytest.mark.parametrize("sql", KEPT.values(), ids=KEPT.keys())
def test_what_adds_up_may_be_added_up(sql: str, tmp_path: Path) -> None:
    check(sql, tmp_path)


def test_the_products_own_queries_pass_and_quickly() -> None:
    for model in MODELS:
        assert model.tree
    questions = load_questions()
    started = time.perf_counter()
    refuse_sums(MODELS, questions, REPORTS)
    assert time.perf_counter() - started < 2


def test_a_sum_is_found_in_the_model_that_makes_it_however_far_from_the_figure(tmp_path: Path) -> None:
    header = ModelHeader(about="a test")
    carried = Model("carried", "core", "select value as n, grain from web_kpi", header)
    ours = Model("ours", "marts", "select grain, sum(n) as n from carried group by grain", header)
    with pytest.raises(QueryError, match=r"^ours: `SUM\(n\)` adds up value of web_period\."):
        refuse_sums([*MODELS, ours, carried], [], REPORTS)


def test_every_place_is_told_one_a_line(tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        check("select sum(value) as a, avg(value) as b from web_kpi", tmp_path)
    assert [line.split("`")[1] for line in str(caught.value).splitlines()] == ["SUM(value)", "AVG(value)"]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select sum(total_users) as n from landing.ga4__visitors",
         r"`SUM\(total_users\)` adds up total_users of landing\.ga4__visitors\. .* read the one you mean: in web_kpi, "
         r"report visitors \(day, week, month, rolling_28_days\)\."),
        ("select sum(total_purchasers) as n from landing.ga4__repeat_purchase",
         r"in web_kpi, report purchases \(day, week, month\) or repeat_purchase \(month, rolling_28_days\)\."),
        ("select sum(value) as n from web_kpi",
         r"in web_kpi, report purchases .* or visitors \(day, week, month, rolling_28_days\)\. .* `is_additive`"),
        ("select sum(n) as n from web_share", r"share = 'helpful'"),
    ],
)  # fmt: skip
def test_the_message_names_what_to_read_instead(sql: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=says):
        check(sql, tmp_path)


def test_a_report_of_the_company_is_guarded_like_those_of_the_product(empty_workspace: MakeWorkspace) -> None:
    report = (
        "question: Who reads?\nowner: us\ngrains: [day]\nmetrics: [activeUsers, engagementRate, eventCount]\n"
    )
    mart = "/* ---\nabout: ours\n--- */\nselect {} as n from landing.ga4__readers where grain = 'day'\n"
    folder = empty_workspace(
        files={
            "queries/ga4/readers.yaml": report,
            "queries/marts/events.sql": mart.format("sum(event_count)"),
            "queries/marts/rates.sql": mart.format("avg(engagement_rate)"),
        }
    )
    with pytest.raises(QueryError) as caught:
        rehearse(load_settings(folder / "careful.toml"), tuple(all_profiles()))
    (line,) = str(caught.value).splitlines()
    assert "marts/rates.sql: `AVG(engagement_rate)` adds up engagement_rate of landing.ga4__readers." in line
    assert "report readers (day)" in line


# However it is wrapped: layers put around a query that gives one figure as `v`

LAYERS = [
    "select v from ({}) as t",
    "select t.* from ({}) as t",
    "from ({}) as t select v",
    "select u.w as v from ({}) as u(w)",
    "with t as ({}) select t.v from t",
    "with t(w) as ({}) select w as v from t",
    "with t as materialized (select * from ({}) as s) select * from t",
    "select v from ({0}) as a union all select v from ({0}) as b",
    "select null as v union all select v from ({}) as t",
    "(select v from ({}) as t order by v limit 9)",
    "select coalesce(round(cast(v as double), 2), 0) as v from ({}) as t",
    "select case when random() < 2 then v else 0 end as v from ({}) as t",
    "select if(true, v, null) as v from ({}) as t",
    "select greatest(v, 0) * 1.0 - 0 as v from ({}) as t",
    "select max(V) as v from ({}) as t group by date_on",
    "select lag(v) over (order by v) as v from ({}) as t",
    "select t.v from dates left join ({}) as t on true",
    "select l.v from ({}) as t, lateral (select t.v) as l",
    "select unnest([v]) as v from ({}) as t",
    "select (select t.v) as v from ({}) as t",
    'select "v" as "V" from ({}) as t',
    "select * exclude (w) from (select v, 1 as w from ({}) as t) as s",
    "select v from ({}) as t qualify row_number() over (order by v) < 9",
    "select v from (({})) as t join dates on v > 3 where v is not null",
]
SUMS = [
    "select sum(v) as n from ({}) as t",
    "select avg(t.v) as n from ({}) as t",
    "select sum(v) over () as n from ({}) as t",
    "select sum(v) over w as n from ({}) as t window w as (order by v)",
    "select SUM(DISTINCT V) FILTER (WHERE v > 0) as n from ({}) as t",
    "select 1 as n from ({}) as t having sum(v) > 1",
    "select list_sum(list(v)) as n from ({}) as t",
    "select n from (select sum(v) as n from ({}) as t) as u",
]
FIGURES = [
    "select active_users as v from landing.ga4__visitors",
    "select value as v from main.web_kpi where metric = 'active_users' and grain = 'day' and report = 'visitors'",
    "select value as v from staging.ga4__channels",
    "select n as v from web_share where share = 'returning' and grain = 'week'",
    "select is_now as v from web_restated where metric = 'sessions'",
]
EVENTS = [
    "select event_count as v from landing.ga4__searches where grain = 'day'",
    "select value as v from main.web_kpi where metric = 'event_count' and grain = 'day' and report = 'searches'",
    "select successes as v from web_share where share = 'helpful' and grain = 'week'",
]


def wrapped(layers: list[str], figure: str, total: str) -> str:
    for layer in layers:
        figure = layer.format(figure)
    return total.format(figure)


@given(
    layers=st.lists(st.sampled_from(LAYERS), max_size=3),
    figure=st.sampled_from(FIGURES),
    total=st.sampled_from(SUMS),
)
@settings(max_examples=60)
def test_no_wrapping_hides_a_sum(layers: list[str], figure: str, total: str) -> None:
    model = Model("ours", "marts", wrapped(layers, figure, total), ModelHeader(about="a test"))
    with pytest.raises(QueryError, match="do not add up over days"):
        refuse_sums([*OF_THE_WEBSITE, model], [], REPORTS)


@given(
    layers=st.lists(st.sampled_from(LAYERS), max_size=3),
    figure=st.sampled_from(EVENTS),
    total=st.sampled_from(SUMS),
)
@settings(max_examples=40)
def test_no_wrapping_makes_a_sum_of_events_look_wrong(layers: list[str], figure: str, total: str) -> None:
    model = Model("ours", "marts", wrapped(layers, figure, total), ModelHeader(about="a test"))
    refuse_sums([*OF_THE_WEBSITE, model], [], REPORTS)
