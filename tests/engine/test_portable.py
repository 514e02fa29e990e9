import time
from pathlib import Path

import pytest

from pipelines.engine.graph import Model, ModelHeader, QueryError, load_models
from pipelines.engine.portable import RULES, Parsed, complaints, refuse_unportable
from pipelines.questions import QUERIES

REFUSED = {
    "pivot": ["select a from t pivot (sum(a) for b in ('x', 'y'))"],
    "nearest_join": [
        "select a from t asof join u on t.at >= u.at",
        "select t.a from t positional join u",
    ],
    "union_by_name": ["select a from t union by name select a from u"],
    "from_first": [
        "from t",
        "from t select a",
        "with c as (select a from t) from c",
        "select a from t union all from u",
        "select a from (from t) as n",
        "select a from t where a in (from u)",
    ],
    "matched_columns": ["select columns('a.*') from t"],
    "outer_star": [
        "select * from t",
        "select t.* from t",
        "select * exclude (a) from t",
        "select a from t union all (select b from u union all select * from v)",
    ],
    "interval_frame": [
        "select sum(a) over (order by d range between interval 7 day preceding and current row) from t"
    ],
    "date_difference": [
        "select date_diff('week', a::date, b::date) from t",
        "select date_diff('day', a_at, b_at) from t",
        "select date_diff('day', a_on, b_at) from t",
    ],
    "within_group": ["select percentile_cont(0.5) within group (order by a) from t"],
    "quantile_list": ["select quantile_cont(a, [0.1, 0.9]) from t"],
    "weekday": [
        "select isodow(a) from t",
        "select dayofweek(a) from t",
        "select extract(dow from a) from t",
        "select date_part('isodow', a) from t",
        "select weekday(a) from t",
    ],
    "decimal_division": ["select a / 3600.0 from t", "select 1.5 / a from t"],
    "ordered_list": ["select list(a order by b) from t", "select array_agg(distinct a order by a) from t"],
    "file_reading": [
        "select a from read_csv('x.csv')",
        "select a from read_parquet('x')",
        "select a from read_json_auto('x')",
        "select a from 'x.parquet'",
    ],
    "own_clock": [
        "select now() as a",
        "select current_date as a",
        "select current_timestamp as a",
        "select today() as a",
        "select random() as a",
    ],
    "made_series": ["select generate_series(1, 3) as a", "select unnest([1, 2]) as a"],
    "counted_days": ["select a_on + to_days(3) as a from t"],
    "counted_if": ["select count_if(a) as a from t"],
    "unknown_function": ["select format_bytes(a) as a from t", "select date_sub('day', a, b) from t"],
}  # fmt: skip
CASES = [(rule, sql) for rule, statements in REFUSED.items() for sql in statements]

KEPT = [
    "select date_diff('day', a_on, local_date($as_of)) as days from t",
    "select local_hour(a_at) as hour, date_diff('day', local_date(a_at), b_on) as days from t",
    "select date_diff('day', (a_at)::date, b_at::date) - 1 as days from t",
    "select extract(month from a_on) as a, trim(both 'x' from b) as b from t",
    "select a from t where (a is distinct from b) and c is not distinct from d",
    "select (epoch(b_at) - epoch(a_at)) / 3600 as hours, a * 1.5 as b from t",
    "select sum(a) over (order by d rows between 6 preceding and current row) as a from t",
    "select quantile_cont(a, 0.5) as q, arg_max(a, b) as m, list_sort(list(distinct a)) as l from t",
    "with c as (select * from t) select a from c qualify row_number() over (partition by a order by b) = 1",
    "select lpad(a, 2, '0') as a, strftime(b_on, '%d.%m.%Y') as b, c_on + n * interval 1 day as c from t",
    "select split_part(a, '-', 1) as a, bool_or(b) as b, try_cast(c as integer) as c from t",
    "select string_agg(a, ', ') as a, corr(x, y) as r, stddev_samp(x) as s, count(*) filter (where b) as n from t",
]


def model(sql: str) -> Model:
    return Model("one", "core", sql, ModelHeader(about="x"), Path("core/one.sql"))


@pytest.mark.parametrize(("rule", "sql"), CASES, ids=[f"{rule}: {sql[:40]}" for rule, sql in CASES])
def test_what_other_engines_read_differently_is_refused_by_its_own_rule(rule: str, sql: str) -> None:
    assert rule in {check.__name__ for check in RULES if list(check(Parsed(model(sql))))}


@pytest.mark.parametrize("sql", KEPT)
def test_the_portable_subset_is_let_through(sql: str) -> None:
    assert complaints([model(sql)]) == []


def test_every_rule_is_tried_and_says_what_why_and_the_fix() -> None:
    assert {rule.__name__ for rule in RULES} == REFUSED.keys()
    (said,) = complaints([model("select a / 3600.0 as hours from t")])
    assert said == (
        "core/one.sql: `a / 3600.0`: A decimal literal in a division: four decimals on Sail. "
        "Write `/ 3600`, or cast to double."
    )


def test_every_file_of_the_product_is_portable_and_the_check_costs_little() -> None:
    models = load_models([QUERIES])
    for each in models:
        _ = each.tree
    started = time.process_time()
    assert complaints(models) == []
    assert time.process_time() - started < 1.0  # 0.2 s on an idle machine


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(QueryError) as caught:
        refuse_unportable([model("select now() as a from t"), model("from t")])
    assert str(caught.value).count("core/one.sql") == 3  # now, FROM-first and the star that it means
