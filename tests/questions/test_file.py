"""Question files: a company's lie over the product's, and a broken one harms no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.questions import QUERIES, QuestionFile, load_questions, read_questions

Ask = Callable[..., QuestionFile]
WHOLE = "select 1 as n"


def test_a_broken_file_is_told_apart_and_harms_no_other(written: Ask) -> None:
    whole = written(WHOLE, name="care/whole")
    folder = whole.path.parent
    for name, text in {
        "no_header": "select 1",
        "typo": "/* ---\nquestion: a\nowner: b\ngrain: []\nchrat: {}\n--- */\nselect 1",
        "no_select": "/* ---\nquestion: a\nowner: b\ngrain: []\n--- */\nselect from where",
        "two": "/* ---\nquestion: a\nowner: b\ngrain: []\n--- */\nselect 1; select 2",
        "undeclared": "/* ---\nquestion: a\nowner: b\ngrain: []\n--- */\nselect $week as w",
    }.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    (folder / "bytes.sql").write_bytes(b"/* ---\xff")
    found = read_questions([QUERIES, whole.root])
    assert {each.name for each in found.files} == {*(q.name for q in load_questions()), "care/whole"}
    assert {name.removeprefix("care/") for name in found.broken} == {
        "no_header", "typo", "no_select", "two", "undeclared", "bytes"
    }  # fmt: skip
    assert (
        "questions/care/typo.sql: the header key 'chrat' is not known. Did you mean 'chart'?"
        in found.broken["care/typo"]
    )
    assert "the header lacks params week" in found.broken["care/undeclared"]
    assert str(whole.root) not in " ".join(found.broken.values())
    assert found.themes["care"] == sorted(
        [*found.broken, "care/whole", "care/proactive_share", "care/top_customers_with_care"]
    )


def test_the_same_path_replaces_the_products_and_says_so(written: Ask) -> None:
    own = written(WHOLE, name="feelings/valued", grain="[n]")
    found = read_questions([QUERIES, own.root]).get("feelings/valued")
    assert found is not None
    assert (found.replaces, found.source, found.sql) == (True, "company", WHOLE)
    product = read_questions().get("feelings/valued")
    assert product is not None
    assert (product.replaces, product.source) == (False, "product")
    own.path.write_text("not a question", encoding="utf-8")
    again = read_questions([QUERIES, own.root])
    assert again.get("feelings/valued") is None
    assert "feelings/valued" in again.broken


def test_a_new_file_is_there_at_the_next_reading(written: Ask) -> None:
    root = written(WHOLE, name="care/first").root
    written(WHOLE, name="new_theme/second")
    assert read_questions([root]).themes == {"care": ["care/first"], "new_theme": ["new_theme/second"]}


def test_two_definitions_of_a_kpi_leave_the_first(written: Ask) -> None:
    kpi = {
        "kpi": "mine", "label": "x", "definition": "x", "source": "x", "unit": "share", "purpose": "success",
        "better": "up", "cut_off": "x", "interval": "wilson",
    }  # fmt: skip
    root = written(WHOLE, name="care/first", **kpi).root
    written(WHOLE, name="care/second", **kpi)
    found = read_questions([root])
    assert [each.name for each in found.files] == ["care/first"]
    assert "the KPI 'mine' is defined already" in found.broken["care/second"]


def test_a_question_is_a_draft_until_it_has_a_golden_case_of_its_own_or_a_shared_one(written: Ask) -> None:
    root = written(WHOLE).root
    tests = root.parent / "tests" / "queries"

    def is_draft() -> bool:
        (question,) = read_questions([root]).files
        return question.is_draft

    assert is_draft()
    (tests / "shared").mkdir(parents=True)
    shared = tests / "shared" / "several.yaml"
    shared.write_text("questions: [care/other]\nexpect: n")
    assert is_draft()
    shared.write_text("questions: [care/any]\nexpect: n ")
    assert not is_draft()
    shared.unlink()
    (tests / "care" / "any").mkdir(parents=True)
    (tests / "care" / "any" / "one.yaml").write_text("expect: n")
    assert not is_draft()


def test_no_question_of_the_product_is_a_draft() -> None:
    assert [question.name for question in load_questions() if question.is_draft] == []


def test_verified_binds_to_what_the_file_says_and_falls_off_when_that_changes(written: Ask) -> None:
    plain = written(WHOLE)
    mark = f"{{by: Ana, checked_on: 2026-11-16, hash: {plain.definition_hash}}}"
    verified = written(WHOLE, verified=mark)
    assert verified.is_verified
    assert verified.definition_hash == plain.definition_hash
    assert not written("select 2 as n", verified=mark).is_verified
    assert not written(WHOLE, verified=mark, minimum_n=20).is_verified
    assert not plain.is_verified


def test_the_definitions_of_the_product_keep_the_hash_that_published_builds_have(tmp_path: Path) -> None:
    valued = read_questions().get("feelings/valued")
    assert valued is not None
    assert valued.definition_hash == "db7db6eea76ceac9"


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"columns": "{x: {about: a, interval: mean}}"}, "the range of a mean needs the ends of its scale"),
        ({"columns": "{x: {about: a, scale: [7, 1]}}"}, r"expected a scale from low to high such as \[1, 7\]"),
        ({"columns": "{x: {about: a, n: [a, b]}}"}, "only `interval: newcombe` compares two of each"),
        ({"chart": "{mark: line, x: iso_week}"}, "a line needs x and y"),
        ({"chart": "{mark: lines, x: a, y: b}"}, r"chart\.mark: Input should be 'line', 'bar'"),
        ({"comparisons": "[prior_year]"}, "Input should be 'prior_week', 'same_weeks_last_year'"),
        ({"comparisons": "[{with: prior_week, value: 1}]"}, "prior_week has no value"),
        ({"allow": "{rule: star, because: it is so, until: 2026-12-31}"}, "String should have at least 10 characters"),
        ({"allow": "{rule: star, because: for the new year}"}, r"the header lacks allow\.0\.until\."),
        ({"params": "{a: {type: number, default: much}}"}, "expected a number, found 'much'"),
        ({"params": "{a: {type: text, default: 2026-11-01}}"}, r"expected text \(put it in quotes\)"),
    ],
)  # fmt: skip
def test_a_header_that_can_not_be_is_refused(header: dict[str, str], says: str, written: Ask) -> None:
    with pytest.raises(Exception, match=says):
        written(WHOLE, **header)


def test_a_chart_names_its_colour_either_way(written: Ask) -> None:
    for key in ("by", "color"):
        chart = written(WHOLE, chart=f"{{mark: bar, x: a, y: b, {key}: c}}").header.chart
        assert chart is not None
        assert (chart.by, chart.columns) == ("c", ("a", "b", "c"))
