"""Every gate finds what it is for, in its place; every question of the product passes all of them."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.graph import QueryError
from pipelines.questions import QuestionFile
from pipelines.questions.cage import Cage
from pipelines.questions.check import Finding, Ground, check
from pipelines.questions.golden import Golden
from pipelines.questions.ratios import unguarded

Ask = Callable[..., QuestionFile]
TODAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def product() -> Iterator[Golden]:
    with Golden() as golden:
        yield golden


def test_every_question_of_the_product_passes_every_gate(product: Golden, cage: Cage) -> None:
    names, found = check(Ground(product, cage, TODAY))
    assert len(names) >= 29
    assert list(map(str, found)) == []


@pytest.fixture
def findings(
    product: Golden, cage: Cage, written: Ask, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[Finding]]:
    """What is found in one question: `findings("select …", columns="…")`; `golden=` gives the text of a case."""

    def finds(sql: str, golden: str | None = None, **header: str) -> list[Finding]:
        question = written(sql, **header)
        case = question.root.parent / "tests" / "queries" / question.name / "any.yaml"
        case.unlink(missing_ok=True)
        if golden is not None:
            case.parent.mkdir(parents=True, exist_ok=True)
            case.write_text(golden, encoding="utf-8")
        monkeypatch.setattr(product, "folders", [*product.folders[:1], question.root])
        return check(Ground(product, cage, TODAY), (question.name,))[1]

    return finds


OF_ONE = "from kpi_week where kpi = 'valued' and dimension = 'all'"
PLAIN = f"select iso_week, n {OF_ONE}"


@pytest.mark.parametrize(
    ("sql", "header", "rule", "place", "says"),
    [
        ("select iso_week, n\nfrom where", {}, "parses", (7, 6), "syntax error"),
        ("select iso_week, nn\nfrom kpi_week", {}, "parses", (6, 1), 'Referenced column "nn" not found'),
        (f"select iso_week, $a as a {OF_ONE}", {}, "parses", (6, 1), r"\$a is used and not declared"),
        (PLAIN, {"params": "{a: {type: text, default: b}}"}, "parses", (5, 1), "declared and not used"),
        (PLAIN, {"columns": "{nn: {about: b}}"}, "columns", (5, 1), "columns names nn.*Write n"),
        (f"select n {OF_ONE}", {}, "columns", (4, 1), "grain names iso_week, which the SELECT does not give"),
        (PLAIN, {"chart": "{mark: line, x: iso_week, y: m}"}, "columns", (5, 1), "chart names m"),
        (f"select *\n{OF_ONE}", {}, "star", (6, 8), r"an outer `select \*`"),
        (
            "select iso_week,\n  avg(share) as a_share from league group by iso_week", {},
            "additivity", (7, 3), r"`AVG\(share\)` adds up",
        ),
        (
            "select iso_week, sum(n) as n from kpi_week group by iso_week", {},
            "additivity", (6, 18), "read over every dimension",
        ),
        (
            "select iso_week, sum(n) as n from kpi_window where dimension = 'all' group by 1", {},
            "additivity", (6, 18), "several clocks at once",
        ),
        (
            "select sum(value) as iso_week from web_kpi where metric = 'active_users'", {},
            "additivity", (6, 1), "Users, visits and rates do not add up",
        ),
        (
            "select iso_week, 3 as wait_seconds from dates",
            {"columns": "{wait_seconds: {about: a, purpose: success}}"},
            "purpose", (5, 1), "wait_seconds counts time.*speed is not care",
        ),
        (
            f"select iso_week, 1 /\n  successes as a {OF_ONE}", {},
            "ratio", (6, 18), r"may divide by zero.*Write nullif\(successes, 0\)",
        ),
        (
            f"select iso_week, successes / n as share {OF_ONE}",
            {"columns": "{share: {about: a, interval: wilson}}"},
            "range", (5, 1), "needs the column n, successes",
        ),
        (
            f"select iso_week, 0.5 as share, successes, n {OF_ONE}",
            {"columns": "{share: {about: a, interval: wilson}}"},
            "range", (7, 1), "is not what successes, n make",
        ),
    ],
)  # fmt: skip
def test_a_gate_says_where_what_why_and_what_to_write(
    sql: str, header: dict[str, str], rule: str, place: tuple[int, int], says: str,
    findings: Callable[..., list[Finding]],
) -> None:  # fmt: skip
    found = findings(sql, **header)
    assert rule in {each.rule for each in found}, list(map(str, found))
    (first, *_) = [each for each in found if each.rule == rule]
    assert (first.line, first.column) == place
    assert re.search(says, str(first)), str(first)
    assert str(first).startswith(f"{first.path}:{place[0]}:{place[1]} ")


CASE = """
inputs:
  kpi_week: |
    iso_week, n,  kpi,    dimension{column}
    2026-W45, 10, valued, all{cell}
expect: |
  iso_week, n
{expected}
"""


@pytest.mark.parametrize(
    ("golden", "rules"),
    [
        (None, set()),
        (CASE.format(column="", cell="", expected="  2026-W45, 10"), {"golden_empty", "golden_partial"}),
        (
            CASE.format(column="", cell="", expected="  2026-W45, 11"),
            {"golden", "golden_empty", "golden_partial"},
        ),
        (CASE.format(column=", maturity", cell=", partial", expected="  2026-W45, 10"), {"golden_empty"}),
        ("expect: |\n  iso_week, n\n", {"golden_partial"}),
        ("expect: [", {"golden", "golden_empty", "golden_partial"}),
    ],
)
def test_a_draft_needs_no_test_and_a_test_knows_an_empty_and_a_partial_period(
    golden: str | None, rules: set[str], findings: Callable[..., list[Finding]]
) -> None:
    found = findings(f"select iso_week, n {OF_ONE}", golden=golden)
    assert {each.rule for each in found} == rules


@pytest.mark.parametrize("name", ["care/any", "feelings/valued"])
def test_changed_rows_of_ones_own_question_may_be_accepted_again(
    name: str, written: Ask, tmp_path: Path, cage: Cage
) -> None:
    question = written(f"select iso_week, n {OF_ONE}", name)
    case = tmp_path / "tests" / "queries" / name / "any.yaml"
    case.parent.mkdir(parents=True)
    case.write_text(CASE.format(column="", cell="", expected="  2026-W45, 11"), encoding="utf-8")
    with Golden(tmp_path) as golden:
        found = check(Ground(golden, cage, TODAY), (question.name,))[1]
    (first, *_) = [each for each in found if each.path == case]
    assert (
        f"Mend the SELECT; or run `careful query accept {name}` again; or lay a case named any.yaml"
        in str(first)
    )


def test_changed_rows_of_the_products_question_are_not_ones_to_accept(cage: Cage, tmp_path: Path) -> None:
    case = tmp_path / "tests" / "queries" / "feelings" / "valued" / "any.yaml"
    case.parent.mkdir(parents=True)
    (tmp_path / "queries").mkdir()
    case.write_text("expect: |\n  iso_week\n  2026-W45\n", encoding="utf-8")
    with Golden(tmp_path) as golden:
        found = check(Ground(golden, cage, TODAY), ("feelings/valued",))[1]
    (first, *_) = [each for each in found if each.path == case]
    assert "Mend the SELECT; or lay a case named any.yaml" in str(first)


def test_every_refusal_has_an_exit_that_ends(findings: Callable[..., list[Finding]]) -> None:
    sql = f"select iso_week, n {OF_ONE} and 1 / successes < 1"
    allow = "{{rule: ratio, because: no week of ours is empty, until: {}}}"
    assert findings(sql, allow=allow.format("2026-11-16")) == []
    ended = findings(sql, allow=allow.format("2026-11-15"))
    assert [each.rule for each in ended] == ["ratio", "allow"]
    assert "ended on 2026-11-15; it was given because no week of ours is empty" in str(ended[1])
    (needless,) = findings(f"select iso_week, n {OF_ONE}", allow=allow.format("2026-12-31"))
    assert "the allowance of ratio is not needed any more" in str(needless)


def test_a_success_made_of_time_may_be_allowed_too(findings: Callable[..., list[Finding]]) -> None:
    columns = "{wait_seconds: {about: a, unit: seconds, purpose: success}}"
    allow = "{rule: purpose, because: the regulator asks for it, until: 2026-12-31}"
    assert findings("select iso_week, 3 as wait_seconds from dates", columns=columns, allow=allow) == []


def test_what_takes_too_long_is_told(
    findings: Callable[..., list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.questions.check.SECONDS", 0.0)
    (slow,) = findings(f"select iso_week, n {OF_ONE}")
    assert slow.rule == "slow"
    assert "a page waits at most 0 s" in str(slow)


def test_a_shared_case_that_can_not_be_read_is_told(
    findings: Callable[..., list[Finding]], written: Ask
) -> None:
    shared = written("select 1").root.parent / "tests" / "queries" / "shared" / "any.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text("about: a, b: c\n")
    (found,) = findings(f"select iso_week, n {OF_ONE}")
    assert (found.path, found.rule) == (shared, "golden")


def test_a_question_that_is_not_there_is_told_with_the_nearest(product: Golden) -> None:
    with pytest.raises(
        QueryError, match=r"There is no question feelings/valud. Did you mean feelings/valued\?"
    ):
        check(Ground(product, None, TODAY), ("feelings/valud",))


GUARDED = (
    "a / 2", "a / nullif(b, 0)", "a / nullif(b, 0)::double", "a / greatest(b, 1)", "a / n", "sum(a) / sum(n)",
    "a / t.n",
    "a / (n * 7)", "a / (n + 2)", "a / effective_n", "a / coalesce(effective_n, n)",
    "case when b > 0 then a / b end",
    "case when b <> 0 then a / b else 0 end", "sum(a) filter (where true) / max(n)",
    "sum(a) over () / sum(n) over ()",
)  # fmt: skip
OPEN = (
    "a / b", "a / 0", "a / nullif(b, 1)", "a / greatest(b, 0)", "a / sum(b)", "a / count(*)", "a / (n - 1)",
    "a / (n * b)", "a / coalesce(b, n)", "case when b >= 0 then a / b end", "case when c > 0 then a / b end",
    "a / count(b)", "1 / (a / b)",
)  # fmt: skip


@pytest.mark.parametrize("division", GUARDED)
def test_a_guarded_ratio_passes(division: str) -> None:
    assert list(unguarded(sqlglot.parse_one(f"select {division} as x from t", read="duckdb"))) == []


@pytest.mark.parametrize("division", OPEN)
def test_a_ratio_that_may_divide_by_zero_is_found(division: str) -> None:
    assert list(unguarded(sqlglot.parse_one(f"select {division} as x from t", read="duckdb")))


@pytest.mark.parametrize(
    ("sql", "is_open"),
    [
        ("select a / b from t where b > 0", False),
        ("select a / b from t where c > 0", True),
        ("select a, count(*) as c, sum(b) / count(*) as x from t group by a", False),
        ("with u as (select a, count(*) as n from t group by a) select 1 / n from u", False),
        ("with u as (select count(*) filter (where a) as n from t) select 1 / n from u", True),
        ("select 1 / n from (select a - b as n from t) as u", True),
        ("select 1 / u.n from t join (select n from t) as u on true", False),
        ("select a / b from t where b > 0 union all select a / b from t", True),
    ],
)
def test_a_ratio_is_followed_into_its_query(sql: str, is_open: bool) -> None:
    assert bool(list(unguarded(sqlglot.parse_one(sql, read="duckdb")))) == is_open


@given(st.sampled_from(OPEN), st.sampled_from(GUARDED))
def test_one_open_ratio_is_found_beside_guarded_ones(open_: str, guarded: str) -> None:
    tree = sqlglot.parse_one(f"select {guarded} as x, {open_} as y from t", read="duckdb")
    assert list(unguarded(tree))


def test_a_golden_case_of_ones_own_replaces_the_products_of_the_same_name(
    tmp_path: Path, written: Ask
) -> None:
    question = written("select 1 as n", name="feelings/valued")
    own = question.root.parent / "tests" / "queries" / "feelings" / "valued" / "nothing_comes_of_nothing.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("expect: n\n")
    with Golden(tmp_path) as golden:
        cases = golden.cases["feelings/valued"]
    assert own in cases
    assert len(cases) == 3
