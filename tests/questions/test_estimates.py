"""No estimate without its range, no group under the minimum, whatever a SELECT calls them."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.graph import QueryError
from pipelines.measures.proportions import newcombe_difference
from pipelines.questions import Question, QuestionFile
from pipelines.questions.answer import ask, minimum, shaped
from pipelines.questions.cage import Cage
from pipelines.questions.check import Ground, check
from pipelines.questions.golden import Golden
from pipelines.questions.provenance import Provenance
from pipelines.questions.shell import as_text

Ask = Callable[..., QuestionFile]
TODAY = date(2026, 11, 16)
CELLS = "from kpi_week where kpi = 'valued' and dimension = 'all'"
BY_MEMBER = f"select iso_week, member, {{}} {CELLS}"


def made_of(sql: str) -> Provenance:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, sqlglot.exp.Query)
    return Provenance(tree)


def header(**more: Any) -> Question:
    return Question.model_validate({"question": "How many?", "owner": "us", "grain": ["iso_week"], **more})


# What is an estimate


@pytest.mark.parametrize(
    "sql",
    [
        "select a / b as x from t", "select round(a / nullif(b, 0), 1) as x from t", "select a // b as x from t",
        "select a * (1.0 / b) as x from t", "select avg(a) as x from t", "select median(a) as x from t",
        "select quantile_cont(a, 0.5) as x from t", "select mean(a) as x from t",
        "select sum(a) / count(*) as x from t",
        "select helpful_share as x from t", "select a as x_pct from t", "select t.rate as x from t",
        "with u as (select a / b as y from t) select y + 1 as x from u",
        "select x from (select a / b from t) as u(x)", "select (select a / b from t) as x",
        "select a as x from t union all select a / b from t", "select a / b as y, y * 100 as x from t",
        "select concat(a / b, ' %') as x from t", "select case when c then a / b else 0 end as x from t",
    ],
)  # fmt: skip
def test_a_ratio_a_mean_and_a_column_of_such_a_name_are_estimates_whatever_they_are_called(sql: str) -> None:
    assert {"x", "x_pct"} & made_of(sql).estimates().keys()


@pytest.mark.parametrize(
    "sql",
    [
        "select seconds / 3600 as x from t", "select a / $b as x from t", "select a as x from t where a / b > 1",
        "select case when a / b > 0.5 then 'most' else 'few' end as x from t", "select target_share as x from t",
        "select rank() over (order by a / b) as x from t", "select count(*) filter (where a / b > 1) as x from t",
        "with recursive r as (select 1 as x union all select x + 1 from r where x < 9) select x from r",
    ],
)  # fmt: skip
def test_a_change_of_unit_a_condition_an_order_and_an_aim_are_none(sql: str) -> None:
    assert "x" not in made_of(sql).estimates()


@given(depth=st.integers(1, 12), ratio=st.booleans())
def test_a_ratio_is_found_however_deep_it_lies(depth: int, ratio: bool) -> None:
    first = f"q0 as (select {'a / b' if ratio else 'a + b'} as y from t)"
    others = [f"q{n} as (select l.y + r.y as y from q{n - 1} as l, q{n - 1} as r)" for n in range(1, depth)]
    sql = f"with {', '.join([first, *others])} select y as x from q{depth - 1}"
    assert ("x" in made_of(sql).estimates()) is ratio


@pytest.fixture(scope="module")
def product() -> Any:
    with Golden() as golden:
        yield golden


@pytest.fixture
def rules(
    product: Golden, cage: Cage, written: Ask, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """The rules that a question breaks."""

    def finds(sql: str, **said: str) -> list[str]:
        question = written(sql, **said)
        monkeypatch.setattr(product, "folders", [*product.folders[:1], question.root])
        return [each.rule for each in check(Ground(product, cage, TODAY), (question.name,))[1]]

    return finds


@pytest.mark.parametrize(
    "figure",
    [
        "successes / nullif(n, 0) as valued_share",
        "round(100.0 * successes / nullif(n, 0), 1) as valued_pct",
        "n, successes, round(successes / nullif(n, 0), 2) as valued_share",
        "n, successes / nullif(n, 0) as valued",
    ],
)
def test_no_estimate_passes_without_its_range(figure: str, rules: Callable[..., list[str]]) -> None:
    sql = BY_MEMBER.format(figure)
    assert rules(sql, grain="[iso_week, member]") == ["range"]
    allow = "{rule: range, because: it is no estimate at all, until: 2026-12-31}"
    assert rules(sql, grain="[iso_week, member]", allow=allow) == []


def test_a_number_without_its_range_says_so_where_it_is_shown(written: Ask, cage: Cage) -> None:
    sql = BY_MEMBER.format("n, successes, round(successes / nullif(n, 0), 2) as valued_share")
    assert ask(cage, written(sql)).unranged == ("valued_share",)
    assert ask(cage, written(sql.replace("round(", "(").replace(", 2)", ")"))).unranged == ()


# Groups under the minimum


@pytest.mark.parametrize(
    "sql",
    [
        "select max(a.n) - sum(b.n) as x from kpi_week as a, kpi_week as b",
        "select a.n - b.n as x from kpi_week as a join kpi_window as b using (kpi)",
        "select sum(n) filter (where dimension = 'all') - sum(n) filter (where member = 'x') as x from kpi_week",
        "select sum(case when member = 'all' then n else -n end) as x from kpi_week",
        "select sum(n * case when member = 'all' then 1 else 0 end) + sum(-1 * n) as x from kpi_week",
        "with u as (select n from kpi_week union all select -n from kpi_week) select sum(n) as x from u",
        "with u as (select n as many from kpi_week) select a.many - b.many as x from u as a, u as b",
        "select (select n from kpi_week) - (select sum(n) from kpi_window) as x",
        "select (max(a.successes) - sum(b.successes)) / nullif(sum(b.n), 0) as x from kpi_week a, kpi_week b",
        "select n - lag(n) over (order by iso_week) as x from kpi_week",
    ],
)  # fmt: skip
def test_counts_of_some_rows_are_not_taken_from_those_of_others(sql: str) -> None:
    assert len(list(made_of(sql).differences())) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select successes - opposites as x from kpi_week", "select n - successes as x from kpi_week",
        "select a.successes / a.n - b.successes / b.n as x from kpi_week as a, kpi_week as b",
        "select sum(n) as x from kpi_week", "select n as x from kpi_week union all select n from kpi_window",
        "select n from kpi_week where n - 10 > 0",
    ],
)  # fmt: skip
def test_what_is_left_within_a_row_and_differences_of_shares_pass(sql: str) -> None:
    assert list(made_of(sql).differences()) == []


def test_a_subtraction_of_groups_is_a_finding(rules: Callable[..., list[str]]) -> None:
    sql = (
        "select a.iso_week, max(a.n) - sum(s.n) as people from kpi_week as a join kpi_week as s "
        "using (iso_week, kpi) where a.kpi = 'valued' and a.dimension = 'all' and s.dimension = 'segment' group by 1"
    )
    assert rules(sql) == ["additivity"]


def test_rows_that_count_too_few_people_are_hidden_by_name_or_unit() -> None:
    rows = pl.DataFrame({"iso_week": list("abcd"), "people": [9, 10, 0, None]})
    frame, _, hidden = shaped(header(), rows)
    assert (frame["iso_week"].to_list(), hidden) == (["b", "c", "d"], 1)
    frame, _, hidden = shaped(header(), rows.rename({"people": "new_customers"}), 11)
    assert (frame["iso_week"].to_list(), hidden) == (["c", "d"], 2)
    said = {"left_over": {"about": "x", "unit": "people"}}
    assert shaped(header(columns=said), rows.rename({"people": "left_over"}))[2] == 1
    assert shaped(header(), rows.rename({"people": "successes"}))[2] == 0


def test_an_estimate_whose_n_is_not_known_is_hidden() -> None:
    rows = pl.DataFrame({"iso_week": ["a", "b"], "x": [0.5, None], "x_low": [0.4, None], "x_high": [0.6, None],
                         "n": [None, None]}, schema_overrides={"n": pl.Int64})  # fmt: skip
    frame, _, hidden = shaped(header(), rows)
    assert (frame["iso_week"].to_list(), hidden) == (["b"], 1)


class Kept:
    """A build of one table, whose company hides groups under 25, and those of nps under 40."""

    def __init__(self, folder: Path) -> None:
        self.id, self.manifest = "a build", {"as_of": "2026-11-16T05:00:00"}
        self.path = folder
        (folder / "marts").mkdir()
        kept = pl.DataFrame({"kpi": ["nps", "valued"], "minimum_n": [40, 25]})
        kept.write_parquet(folder / "marts" / "definition.parquet")


def test_the_minimum_is_the_companys_and_that_of_the_numbers_that_are_named(
    tmp_path: Path, written: Ask
) -> None:
    with Cage(Kept(tmp_path)) as cage:
        assert minimum(cage, written("select 1 as n")) == 25
        assert minimum(cage, written("select 1 as n where 'nps' = $k"), ["nps"]) == 40
        assert minimum(cage, written("select 'nps' as kpi")) == 40


def test_no_header_goes_under_the_minimum_of_the_build(written: Ask, cage: Cage) -> None:
    told = {"iso_week": ["a", "b"], "share": [0.5, 0.5], "successes": [10, 15], "n": [20, 30]}
    assert shaped(header(), pl.DataFrame(told), 25)[0]["n"].to_list() == [30]
    answer = ask(cage, written("select 'a' as iso_week, 9 as n union all select 'b', 10"))
    assert (answer.frame["n"].to_list(), answer.hidden, answer.minimum_n) == ([10], 1, 10)


# Ranges that can not be


RISE = {"rise_share": {"about": "x", "interval": "newcombe"}}
TWO = {"iso_week": ["a"], "rise_share": [0.1], "n": [10_000], "successes": [5_000], "other_n": [10_000],
       "other_successes": [4_000]}  # fmt: skip


def test_a_difference_is_as_wide_as_its_independent_ones_bear() -> None:
    worth = {"effective_n": [20.0], "other_effective_n": [40.0]}
    frame, _, _ = shaped(header(columns=RISE), pl.DataFrame({**TWO, **worth}))
    assert frame.select("rise_share_low", "rise_share_high").row(0) == pytest.approx(
        newcombe_difference(10, 20, 16, 40)
    )
    with pytest.raises(QueryError, match=r"does not give other_effective_n\. Give both, or neither"):
        shaped(header(columns=RISE), pl.DataFrame({**TWO, "effective_n": [20.0]}))
    named = {
        "rise_share": {
            **RISE["rise_share"],
            "n": ["n", "n_before"],
            "successes": ["successes", "other_successes"],
        }
    }
    rows = pl.DataFrame({**TWO, **worth}).rename(
        {"other_n": "n_before", "other_effective_n": "effective_n_before"}
    )
    again, _, _ = shaped(header(columns=named), rows)
    assert again["rise_share_low"].to_list() == frame["rise_share_low"].to_list()


@pytest.mark.parametrize("value", [-0.2, 1.2])
def test_a_weighted_range_is_of_a_share_from_0_to_1_and_refused_for_all_else(value: float) -> None:
    about = {"net_points": {"about": "x", "interval": "weighted"}}
    rows = {"iso_week": ["a"], "net_points": [100 * value], "n": [100], "effective_n": [80.0]}
    with pytest.raises(
        QueryError, match=r"net_points is declared as weighted, but .* not a share from 0 to 1"
    ):
        shaped(header(columns=about), pl.DataFrame(rows))


# What the week before is


@pytest.mark.parametrize("weeks", [4, 13])
def test_the_window_before_shares_no_week_also_where_no_number_is_defined(
    weeks: int, written: Ask, cage: Cage
) -> None:
    sql = (
        "select iso_week, n, successes, successes / nullif(n, 0) as valued_share from kpi_window "
        f"where kpi = 'valued' and dimension = 'all' and weeks = {weeks} and maturity <> 'partial' order by all"
    )
    answer = ask(cage, written(sql, comparisons="[prior_week]"))
    row = answer.comparisons["prior_week"].filter(pl.col("iso_week") == "2026-W46").row(0, named=True)
    assert row["compared_with"] == f"2026-W{46 - weeks}"
    with pytest.raises(QueryError, match=r"the windows of kpi_window overlap.*Write `weeks = 4`"):
        ask(cage, written(sql.replace(f"weeks = {weeks}", "true"), comparisons="[prior_week]"))


# What a spreadsheet would run


def test_no_csv_of_the_terminal_can_be_run_by_a_spreadsheet() -> None:
    frame = pl.DataFrame({"member": ['=HYPERLINK("http://x")', "Wien"], "@SUM(1)": ["-1+1", None], "n": [-5, 0.25],
                          "many": [["=1"], ["b"]]}, strict=False)  # fmt: skip
    head, first, second = csv.reader(io.StringIO(as_text(frame, "csv")))
    assert head == ["member", "'@SUM(1)", "n", "many"]
    assert first == ['\'=HYPERLINK("http://x")', "'-1+1", "-5.0", "['=1']"]
    assert second == ["Wien", "", "0.25", "['b']"]
