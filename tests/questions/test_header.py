from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.engine.graph import QueryError
from pipelines.questions import CONTRACT, QUERIES, QuestionFile, load_questions
from pipelines.store import AGGREGATES, Build

SMALLEST = {"question": "How many?", "owner": "us", "grain": "[iso_week]"}
KPI = SMALLEST | {
    "kpi": "emotion",
    "label": "Felt",
    "definition": "Share of 6–7",
    "source": "survey",
    "unit": "share",
    "purpose": "success",
    "better": "up",
    "cut_off": "6–7",
    "interval": "wilson",
}
WriteQuestion = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteQuestion:
    """Writes `questions/<name>.sql`; returns the queries folder."""

    def writes(header: dict[str, Any], sql: str = "select 1 as n", name: str = "care/any") -> Path:
        path = tmp_path / "questions" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "\n".join(f"{key}: {value}" for key, value in header.items())
        path.write_text(f"/* ---\n{lines}\n--- */\n{sql}\n", encoding="utf-8")
        return tmp_path

    return writes


def test_the_smallest_header_is_question_owner_and_grain(write: WriteQuestion) -> None:
    (question,) = load_questions([write(SMALLEST)])
    assert (question.name, question.header.grain, question.sql) == (
        "care/any",
        ("iso_week",),
        "select 1 as n",
    )
    for key in SMALLEST:
        with pytest.raises(
            QueryError, match=f"lacks {key}. The smallest header has the lines question, owner, grain"
        ):
            load_questions([write({k: v for k, v in SMALLEST.items() if k != key})])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"unit": "seconds", "purpose": "success"},
            "a time can not have the purpose 'success': speed is not care. "
            "A customer's wait can be shown as 'share reached within the promise'",
        ),
        ({"unit": "Days", "purpose": "success"}, "speed is not care"),
        ({"unit": "minutes per contact", "purpose": "success"}, "speed is not care"),
        ({"unit": "average sec", "purpose": "success"}, "speed is not care"),
        ({"unit": "h", "purpose": "success"}, "speed is not care"),
        ({"columns": "{wait: {about: x, unit: minutes, purpose: success}}"}, r"columns\.wait: a time can not"),
        ({"interval": "none"}, "'emotion' does not say its interval. Write, for example, `interval: wilson"),
        ({"source": "''"}, "'emotion' does not say its source. Write, for example, `source: survey responses`"),
        ({"intervall": "wilson"}, "'intervall' is not known. Did you mean 'interval'"),
        ({"params": "{a: {type: text, default: x, option: y}}"}, r"'params\.a\.option' .* Did you mean 'options'"),
        ({"minimum_n": 9}, "minimum_n: Input should be greater than or equal to 10"),
        ({"clock_weeks": 2}, r"clock_weeks\.0: Input should be 1, 4 or 13"),
        ({"clock_weeks": "[13, 4]"}, r"list each clock once, the shortest first, such as \[4, 13\]"),
        ({"caveats": "x"}, "caveats: Input should be a valid tuple"),
    ],
)  # fmt: skip
def test_a_header_that_is_not_honest_is_refused(
    write: WriteQuestion, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(QueryError, match=says) as caught:
        load_questions([write(KPI | changes)])
    assert "questions/care/any.sql" in str(caught.value)


@pytest.mark.parametrize("key", sorted(CONTRACT))
def test_a_kpi_says_everything_for_itself(write: WriteQuestion, key: str) -> None:
    with pytest.raises(QueryError, match=rf"does not say its {key}\. Write, for example, `{key}: "):
        load_questions([write({k: v for k, v in KPI.items() if k != key})])


def test_a_clock_is_one_number_or_several(write: WriteQuestion) -> None:
    (weekly,) = load_questions([write(KPI)])
    assert weekly.header.clock_weeks == (1,)
    (either,) = load_questions([write(KPI | {"clock_weeks": "[4, 13]"})])
    assert either.header.clock_weeks == (4, 13)


def test_a_definition_is_another_when_header_or_select_say_something_else_and_not_when_they_look_else(
    write: WriteQuestion,
) -> None:
    def hashed(changes: dict[str, Any], sql: str = "select 1 as n") -> str:
        (question,) = load_questions([write(KPI | changes, sql)])
        return question.definition_hash

    first = hashed({})
    assert hashed(dict(reversed(KPI.items())), "select 1\n   as n") == first
    assert hashed({"clock_weeks": 1}) == first
    assert (
        len({first, hashed({"cut_off": "5–7"}), hashed({"caveats": "[Few.]"}), hashed({}, "select 2 as n")})
        == 4
    )


def test_a_wait_may_be_capacity_and_a_count_needs_no_interval(write: WriteQuestion) -> None:
    load_questions([write(KPI | {"unit": "seconds", "purpose": "capacity"})])
    load_questions([write(KPI | {"kind": "count", "interval": "none", "purpose": "success"})])
    load_questions([write(KPI | {"unit": "orders a month", "purpose": "success"})])


def test_one_kpi_has_one_definition(write: WriteQuestion) -> None:
    write(KPI)
    folder = write(KPI, name="other/again")
    with pytest.raises(
        QueryError, match=r"other/again\.sql: the KPI 'emotion' is defined already, by .*care/any"
    ):
        load_questions([folder])


def test_the_same_path_in_a_later_folder_replaces_the_definition(
    write: WriteQuestion, tmp_path: Path
) -> None:
    product = write(KPI)
    own = tmp_path / "own" / "questions" / "care"
    own.mkdir(parents=True)
    text = (product / "questions" / "care" / "any.sql").read_text(encoding="utf-8")
    (own / "any.sql").write_text(text.replace("label: Felt", "label: Ours"), encoding="utf-8")
    (question,) = load_questions([product, tmp_path / "own"])
    assert question.header.label == "Ours"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select $week as w", r"the header lacks params week"),
        ("select nothing from nowhere", "CatalogException"),
        ("select 1; select 2", "expected one SELECT, found 2"),
    ],
)
def test_a_question_that_can_not_be_answered_names_its_file(
    write: WriteQuestion, sql: str, says: str
) -> None:
    (question,) = load_questions([write(SMALLEST, sql)])
    with duckdb.connect() as connection, pytest.raises(QueryError, match=says) as caught:
        question.run(connection)
    assert "questions/care/any.sql" in str(caught.value)


QUESTIONS = load_questions()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_is_answered_by_the_sample_company(
    question: QuestionFile, sample_build: Build
) -> None:
    given = {name: value for name, value in question.defaults().items() if name in question.params}
    answer = sample_build.query(question.sql, given)
    assert set(question.header.grain) <= set(answer.columns)
    assert answer.select(question.header.grain).is_duplicated().sum() == 0
    if question.header.kpi:
        known = sample_build.query("select distinct kpi from kpi_window")["kpi"].to_list()
        assert (question.header.kpi in known) == (question.header.kpi not in NOT_ASKED)
        assert (answer.height > 0) == (question.header.kpi in known)


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q.header.kpi], ids=lambda question: question.name
)
def test_every_number_carries_what_a_careful_analyst_would_warn_of(question: QuestionFile) -> None:
    caveats = question.header.caveats
    assert 1 <= len(caveats) <= 3
    assert all(caveat[0].isupper() and caveat.endswith(".") and len(caveat) < 130 for caveat in caveats)


NOT_ASKED = ("csat", "first_reply_within_promise")  # the sample company has no such data


def test_every_number_that_is_counted_is_defined_and_the_definition_is_published(sample_build: Build) -> None:
    counted = set(sample_build.query("select distinct kpi from kpi_window")["kpi"])
    defined = sample_build.query("from definition")
    assert counted <= set(defined["kpi"])
    paths = [Path(path) for path in defined["path"]]
    assert all((QUERIES.parent / path).is_file() for path in paths)
    assert (sample_build.path / AGGREGATES).is_file()
