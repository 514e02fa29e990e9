from pathlib import Path

import pytest

from pipelines.engine.graph import QueryError
from pipelines.ga4.reports import ADDITIVE, Report, column_name, load_reports, metric_type
from pipelines.questions import QUERIES

LEAST = "question: How many?\nowner: us\ngrains: [day]\nmetrics: [activeUsers]\n"


def read(folder: Path, text: str, name: str = "ours") -> Report:
    (folder / "ga4").mkdir(exist_ok=True)
    (folder / "ga4" / f"{name}.yaml").write_text(text)
    return load_reports([folder])[name]


def test_the_reports_of_the_product_can_be_asked_and_count_people_so_that_small_groups_can_be_hidden() -> (
    None
):
    reports = load_reports([QUERIES])
    assert reports.keys() == {
        "visitors", "returning", "channels", "repeat_purchase", "help_pages", "care_events", "searches", "helpful",
        "helpful_pages", "purchases", "story_landing", "story_pages", "loyalty_tiers", "audiences", "retention",
    }  # fmt: skip
    assert {n for n, r in reports.items() if "activeUsers" not in r.metrics} == {"retention"}
    assert reports["channels"].settling_days == reports["repeat_purchase"].settling_days == 12
    assert reports["visitors"].grains == ("day", "week", "month", "rolling_28_days")


def test_the_smallest_report_has_a_question_an_owner_a_grain_and_a_metric(tmp_path: Path) -> None:
    report = read(tmp_path, LEAST)
    assert (report.name, report.table, report.dimensions, report.settling_days) == (
        "ours",
        "ga4__ours",
        (),
        3,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LEAST.replace("owner: us\n", ""), r"ours\.yaml: the key owner is missing\. The smallest report has"),
        (LEAST + "dimension: [date]\n", r"the key 'dimension' is not known\. Did you mean 'dimensions'\?"),
        (LEAST.replace("day", "hour"), r"grains\.0: Input should be 'day', 'week'"),
        (LEAST.replace("[activeUsers]", "[]"), r"metrics: .*at least 1 item"),
        (LEAST + "dimensions: [date]\n", r"date comes with the grain; name the grain instead"),
        (LEAST + "dimensions: [city, city]\n", r"named twice: city"),
        (
            LEAST + "dimensions: [a, b, c, d, e, f, g, h, i]\n",
            r"at most 9 dimensions with the period's, found 10",
        ),
        (LEAST + "dimensions: ['customEvent:x', 'customUser:x']\n", r"two columns would be called x"),
        (LEAST + """dimensions: ["it's"]\n""", r"dimensions\.0: String should match pattern"),
        (LEAST + """dimensions: ['customEvent:a"b']\n""", r"dimensions\.0: String should match pattern"),
        (LEAST + "dimensions: [grain]\n", r"two columns would be called grain"),
        (LEAST.replace("[day]", "[day, cohort_week]"), r"a cohort report has no other grain"),
        (LEAST + "name: other\n", r"name is not a key; the report is called as its file"),
        (LEAST + "filters: {city: {exact: Bern, contains: e}}\n", r"expected exactly one of exact, in"),
        (LEAST + "filters: {city: {equals: Bern}}\n", r"'filters\.city\.0\.equals' is not known"),
        (LEAST + "settling_days: 0\n", r"settling_days: .*greater than or equal to 1"),
        ("- a list\n", r"expected lines of `key: value`"),
        ("question: [\n", r"it is not YAML"),
    ],
)
def test_a_report_that_can_not_be_asked_is_refused_with_the_file_and_the_mend(
    text: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(QueryError, match=says):
        read(tmp_path, text)


def test_a_workspaces_report_replaces_the_products_of_the_same_name(tmp_path: Path) -> None:
    read(tmp_path, LEAST, "visitors")
    laid_over = load_reports([QUERIES, tmp_path])
    assert laid_over["visitors"].metrics == ("activeUsers",)
    assert laid_over.keys() == load_reports([QUERIES]).keys()


def test_conditions_nest_and_a_list_of_them_must_hold_together(tmp_path: Path) -> None:
    text = (
        LEAST + "filters:\n  city: [{in: [Bern, Basel]}, {not: {any: [{exact: Bern}, {begins_with: L}]}}]\n"
    )
    first, second = read(tmp_path, text).filters["city"]
    assert (first.test, first.value) == ("in", ("Bern", "Basel"))
    assert second.test == "not"
    assert [(each.test, each.value) for each in second.value.value] == [
        ("exact", "Bern"),
        ("begins_with", "L"),
    ]


def test_columns_are_called_as_a_person_would_write_them() -> None:
    names = (
        "pagePath",
        "sessionDefaultChannelGroup",
        "customUser:loyalty_tier",
        "active28DayUsers",
        "sessions",
    )
    assert [*map(column_name, names)] == [
        "page_path", "session_default_channel_group", "loyalty_tier", "active28_day_users", "sessions"
    ]  # fmt: skip


def test_users_sessions_and_rates_are_never_additive() -> None:
    assert not [name for name in ADDITIVE if "User" in name or "ession" in name or "Rate" in name]


def test_money_is_decimal_rates_are_floating_and_counts_are_whole_before_any_answer() -> None:
    kinds = {"purchaseRevenue": "DECIMAL(18,4)", "refundAmount": "DECIMAL(18,4)", "engagementRate": "DOUBLE",
             "averageSessionDuration": "DOUBLE", "sessionsPerUser": "DOUBLE", "activeUsers": "BIGINT"}  # fmt: skip
    assert {name: metric_type(name) for name in kinds} == kinds


def test_what_is_asked_decides_the_definition_and_not_how_it_is_described(tmp_path: Path) -> None:
    first = read(tmp_path, LEAST)
    described = read(
        tmp_path, LEAST.replace("How many?", "How many, really?").replace("[day]", "[day, week]")
    )
    other = read(tmp_path, LEAST.replace("activeUsers", "sessions"))
    narrower = read(tmp_path, LEAST + "filters: {city: {exact: Bern}}\n")
    assert first.definition == described.definition
    assert len({first.definition, other.definition, narrower.definition}) == 3
