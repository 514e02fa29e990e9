"""Every query and every question of the product turns the rows of its golden cases into what they expect.

How a case is written and run is in pipelines/questions/golden.py, which `careful query check` uses too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.engine.graph import QueryError, load_models
from pipelines.questions import QUERIES, load_questions
from pipelines.questions.file import golden_cases
from pipelines.questions.golden import Golden

MODELS = {model.table: model for model in load_models([QUERIES])}
QUESTIONS = {question.name: question for question in load_questions()}
CASES = [(query, case) for query, cases in golden_cases([QUERIES]).items() for case in cases]


@pytest.fixture(scope="module")
def golden() -> Iterator[Golden]:
    with Golden() as queries:
        yield queries


@pytest.mark.parametrize(("query", "case"), CASES, ids=[f"{query}/{case.stem}" for query, case in CASES])
def test_a_query_turns_the_given_rows_into_the_expected_ones(query: str, case: Path, golden: Golden) -> None:
    layer, _, name = query.partition("/")
    asked = QUESTIONS.get(query) or MODELS[f"staging.{name}" if layer == "staging" else name]
    assert golden.failure(asked, case, query) is None


def test_every_query_and_every_question_has_golden_rows() -> None:
    queries = {f"{model.layer}/{model.table.removeprefix('staging.')}" for model in MODELS.values()}
    missing = sorted((queries | QUESTIONS.keys()) - {query for query, _ in CASES})
    assert not missing, f"add a case under tests/queries for: {', '.join(missing)}"


def test_a_case_that_expects_other_rows_says_which(golden: Golden, tmp_path: Path) -> None:
    case = tmp_path / "wrong.yaml"
    case.write_text(
        """
inputs:
  kpi_window: |
    iso_week, n,  kpi,    weeks, dimension
    2026-W45, 10, valued, 4,     all
    2026-W46, 10, valued, 4,     all
  kpi_clock: |
    kpi,    weeks
    valued, 4
expect: |
  iso_week, n
  2026-W45, 10
  2026-W46, 11
"""
    )
    question = QUESTIONS["feelings/valued"]
    assert golden.failure(question, case, question.name) == "iso_week, n\n- 2026-W46, 11\n+ 2026-W46, 10"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("inputs: {}", "expect: Field required"),
        ("expect: a\ninput: {}", "input: Extra inputs are not permitted"),
        ("expect: [", "while parsing"),
        ("expect: |\n  a, b\n  1, 2, 3", "a row has other cells than the line of names"),
        ("expect: iso_week\ninputs: {purchase: order_id}", "the query does not read purchase"),
    ],
)
def test_a_case_that_can_not_be_read_says_why(golden: Golden, tmp_path: Path, text: str, says: str) -> None:
    case = tmp_path / "broken.yaml"
    case.write_text(text)
    with pytest.raises(QueryError, match=says):
        golden.failure(QUESTIONS["web/figures_that_changed"], case, "web/figures_that_changed")


SUMMARIES = {  # tables of one row, also about nothing, and what must then be zero or not known
    "identity_summary": (
        ("customers", "records", "joined_records", "unknown_records", "clusters_reported"),
        (),
    ),
    "loyalty_period": (("responses", "invited"), ("answered_share",)),
    "top_customer_summary": (
        ("top_customers", "with_care", "without_care", "can_be_contacted"),
        ("spend_share",),
    ),
}


DEFINED = {"definition", "kpi_clock"}  # what the question files say is there before any data


@pytest.mark.parametrize("table", sorted(MODELS.keys() - DEFINED))
def test_a_query_of_nothing_answers_nothing_or_zero(table: str, golden: Golden) -> None:
    rows = golden.empty.sql(f"from {table}").pl().to_dicts()
    if table in SUMMARIES:
        zero, unknown = SUMMARIES[table]
        (row,) = rows
        assert {row[name] for name in zero} == {0}
        assert {row[name] for name in unknown} <= {None}
    else:
        assert rows == []
