"""A question asked: ranges from counts, small groups hidden, columns in words, comparisons as declared."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.graph import QueryError
from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import newcombe_difference, wilson
from pipelines.measures.scores import rating_mean, share_score
from pipelines.questions import Question, QuestionFile, load_questions
from pipelines.questions.answer import ask, options, shaped
from pipelines.questions.cage import Cage, CageError

Ask = Callable[..., QuestionFile]
NUMBERS = {question.name: question for question in load_questions()}


def header(**more: Any) -> Question:
    return Question.model_validate({"question": "How many?", "owner": "us", "grain": ["kind"], **more})


COUNTS = {
    "successes": 30,
    "opposites": 10,
    "n": 50,
    "total": 275.0,
    "total_of_squares": 1600.0,
    "effective_n": 40.0,
}


@pytest.mark.parametrize(
    ("column", "value", "about", "low_high"),
    [
        ("valued_share", 0.6, {}, wilson(30 * 0.8, 40)),
        ("valued_share", 0.6, {"interval": "wilson"}, wilson(30 * 0.8, 40)),
        ("net_share", 0.4, {"interval": "nps"}, None),
        ("net_points", 40.0, {"interval": "nps"}, None),
        ("score", 5.5, {"interval": "mean", "scale": [1, 7]}, rating_mean(50, 275, 1600, 1, 7, effective_n=40)[1:3]),
        ("valued_share", 0.55, {"interval": "weighted"}, wilson(0.55 * 40, 40)),
    ],
)  # fmt: skip
def test_a_range_is_made_of_the_counts_beside_it(
    column: str, value: float, about: dict[str, Any], low_high: tuple[float, float] | None
) -> None:
    said = {column: {"about": "x", **about}} if about else {}
    frame, found, _ = shaped(header(columns=said), pl.DataFrame({"kind": ["a"], column: [value], **COUNTS}))
    assert [each.name for each in found] == [column]
    assert frame.columns[1:4] == [column, f"{column}_low", f"{column}_high"]
    low, high = frame.select(f"{column}_low", f"{column}_high").row(0)
    if low_high is None:
        factor = 100 if column.endswith("points") else 1
        _, *plain = nps_interval(30 * 0.8, 10 * 0.8, 10 * 0.8)
        low_high = (plain[0] / 100 * factor, plain[1] / 100 * factor)
    assert (low, high) == pytest.approx(low_high)


@given(n=st.integers(1, 10**6), share=st.floats(0, 1))
def test_the_range_of_a_share_is_that_of_wilson_whatever_the_counts(n: int, share: float) -> None:
    successes = round(n * share)
    rows = pl.DataFrame({"kind": ["a"], "share": [successes / n], "successes": [successes], "n": [n]})
    frame, _, hidden = shaped(header(), rows)
    assert hidden == (n < 10)
    if not hidden:
        low, high = frame.select("share_low", "share_high").row(0)
        assert (low, high) == pytest.approx(share_score(n, successes)[1:3], abs=1e-12)
        assert 0 <= low <= successes / n <= high <= 1


def test_a_difference_of_two_shares_is_made_of_two_pairs_of_counts() -> None:
    about = {"about": "x", "interval": "newcombe", "n": ["n", "n_before"], "successes": ["successes", "was"]}
    rows = pl.DataFrame(
        {"kind": ["a"], "rise_share": [0.1], "successes": [30], "n": [50], "was": [20], "n_before": [40]}
    )
    frame, _, _ = shaped(header(columns={"rise_share": about}), rows)
    assert frame.select("rise_share_low", "rise_share_high").row(0) == pytest.approx(
        newcombe_difference(30, 50, 20, 40)
    )


def test_counts_of_its_own_go_before_the_common_ones() -> None:
    rows = pl.DataFrame(
        {
            "kind": ["a"],
            "a_share": [0.5],
            "a_successes": [10],
            "a_n": [20],
            "b_share": [0.6],
            "successes": [30],
            "n": [50],
        }
    )
    frame, found, _ = shaped(header(), rows)
    assert [each.name for each in found] == ["a_share", "b_share"]
    assert frame["a_share_low"].item() == pytest.approx(wilson(10, 20)[0])
    assert frame["b_share_low"].item() == pytest.approx(wilson(30, 50)[0])


def test_a_share_that_the_counts_beside_it_do_not_make_has_no_range_and_a_declared_one_is_refused() -> None:
    rows = pl.DataFrame({"kind": ["a", "b"], "spend_share": [0.6, 0.4], "successes": [30, 3], "n": [50, 50]})
    frame, found, _ = shaped(header(), rows)
    assert (found, frame.columns) == ([], rows.columns)
    with pytest.raises(
        QueryError, match="spend_share is declared as wilson, but on some rows it is not what suc"
    ):
        shaped(header(columns={"spend_share": {"about": "x", "interval": "wilson"}}), rows)
    with pytest.raises(QueryError, match=r"the range of spend_share \(nps\) needs the column opposites"):
        shaped(header(columns={"spend_share": {"about": "x", "interval": "nps"}}), rows)


def test_a_range_that_the_select_gives_is_kept_and_none_is_none() -> None:
    rows = pl.DataFrame({"kind": ["a"], "effect": [1.0], "effect_low": [0.5], "effect_high": [2.0]})
    frame, found, _ = shaped(header(), rows)
    assert (frame.rows(), [each.interval for each in found]) == (rows.rows(), ["from_columns"])
    rows = pl.DataFrame({"kind": ["a"], "share": [0.5], "successes": [10], "n": [20]})
    assert shaped(header(columns={"share": {"about": "x", "interval": "none"}}), rows)[0].equals(rows)


def test_rows_that_rest_on_too_few_are_left_out_and_counted() -> None:
    rows = pl.DataFrame(
        {"kind": list("abcd"), "share": [0.5, 0.5, 0.5, None], "successes": [10, 4, 10, None], "n": [20, 8, 20, None],
         "effective_n": [20.0, 8.0, 9.9, None]}
    )  # fmt: skip
    frame, _, hidden = shaped(header(), rows)
    assert (frame["kind"].to_list(), hidden) == (["a", "d"], 2)
    frame, _, hidden = shaped(header(columns={"share": {"about": "x", "minimum_n": 20}}), rows)
    assert (frame["kind"].to_list(), hidden) == (["a", "d"], 2)


def test_nothing_answered_has_columns_and_no_rows() -> None:
    rows = pl.DataFrame(schema={"kind": pl.String, "share": pl.Float64, "successes": pl.Int64, "n": pl.Int64})
    frame, found, hidden = shaped(header(), rows)
    assert frame.columns == ["kind", "share", "share_low", "share_high", "successes", "n"]
    assert (frame.height, len(found), hidden) == (0, 1, 0)


# Of a build


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_every_question_says_what_it_rests_on(name: str, cage: Cage) -> None:
    answer = ask(cage, NUMBERS[name])
    assert (answer.build_id, answer.is_sample) == (cage.build.id, True)
    assert answer.as_of == datetime(2026, 11, 16, 5)
    assert answer.data_through is not None
    assert answer.data_through <= answer.as_of
    assert [column.name for column in answer.columns] == answer.frame.columns
    assert all(column.label and column.about for column in answer.columns)
    if NUMBERS[name].header.kind == "estimate" and NUMBERS[name].header.kpi:
        (estimate,) = answer.estimates
        assert answer.frame[f"{estimate}_low"].null_count() == 0
        assert answer.chart.mark == "line"
        assert answer.period == "iso_week"


def test_an_answer_is_the_number_that_the_pages_show(cage: Cage) -> None:
    answer = ask(cage, NUMBERS["web/web_helpful"])
    row = answer.frame.row(-2, named=True)
    expected = share_score(row["n"], row["successes"], effective_n=row["effective_n"])
    assert (row["share"], row["share_low"], row["share_high"]) == pytest.approx(expected[:3])


def test_columns_are_described_by_header_then_by_name(cage: Cage) -> None:
    answer = ask(cage, NUMBERS["web/pages_that_do_not_help"])
    told = {c.name: (c.role, c.format, c.unit, c.better) for c in answer.columns}
    assert told["helpful_share"] == ("estimate", "share", "share", "up")
    assert told["helpful_share_low"][:2] == ("low", "share")
    assert told["page"][:2] == ("key", "text")
    assert told["n"][:2] == ("count", "count")
    assert told["period_end_on"][1] == "date"
    assert told["maturity"][0] == "maturity"


SEGMENTS = {
    "params": "{segment: {type: text, default: all, "
    "options: \"select distinct member from kpi_week where dimension = 'segment'\"}}"
}
BY_SEGMENT = (
    "select iso_week, successes / n as valued_share, successes, n, maturity from kpi_week "
    "where kpi = 'valued' and dimension in ('all', 'segment') and member = $segment order by iso_week"
)


def test_a_parameter_filters_and_only_its_options_are_taken(written: Ask, cage: Cage) -> None:
    question = written(BY_SEGMENT, **SEGMENTS)
    known = options(cage, question, "segment")
    assert known[0] == "all"
    assert len(known) > 2
    everybody, some = ask(cage, question), ask(cage, question, segment=known[1])
    assert some.params == {"segment": known[1]}
    assert some.frame["n"].sum() < everybody.frame["n"].sum()
    with pytest.raises(
        QueryError, match=r"care/any: the parameter segment is none of its options. They are all, "
    ):
        ask(cage, question, segment="' or 1 = 1 --")
    with pytest.raises(QueryError, match=r"the parameter 'segmnt' is not known\. Known are: segment"):
        ask(cage, question, segmnt="all")


@pytest.mark.parametrize(
    ("kind", "default", "given_", "taken"),
    [
        ("number", 0.5, "0.25", 0.25), ("integer", 3, "4", 4), ("date", "2026-11-01", "2026-11-02", date(2026, 11, 2)),
        ("boolean", "true", "false", False), ("text", "a", "b", "b"), ("number", "null", None, None),
    ],
)  # fmt: skip
def test_a_parameter_from_an_address_is_read_in_its_type(
    kind: str, default: Any, given_: Any, taken: Any, written: Ask, cage: Cage
) -> None:
    question = written("select $x as x", grain="[x]", params=f"{{x: {{type: {kind}, default: {default}}}}}")
    answer = ask(cage, question, x=given_)
    assert (answer.params["x"], answer.frame["x"].item()) == (taken, taken)
    if kind not in ("text", "boolean"):
        with pytest.raises(QueryError, match="the parameter x: expected a"):
            ask(cage, question, x="much")


def test_the_week_that_is_not_over_is_told(written: Ask, cage: Cage) -> None:
    by_maturity = ask(cage, NUMBERS["feelings/valued"])
    maturity = by_maturity.frame.filter(pl.col("iso_week") >= by_maturity.partial_from)["maturity"]
    assert set(maturity) <= {"provisional", "partial"}
    assert by_maturity.frame.filter(pl.col("iso_week") < by_maturity.partial_from)[
        "maturity"
    ].unique().to_list() == ["final"]
    by_calendar = written(
        "select distinct iso_week, 12 as n from dates where date_on > date '2026-11-01' order by 1"
    )
    assert ask(cage, by_calendar).partial_from == "2026-W47"


def test_a_query_that_the_cage_refuses_names_the_question(written: Ask, cage: Cage) -> None:
    with pytest.raises(CageError, match="care/any: `read_text` reaches outside of the build"):
        ask(cage, written("select * from read_text('/etc/hostname')"))


# Comparisons


def test_the_week_before_shares_no_week_with_it(cage: Cage, written: Ask) -> None:
    question = written(
        NUMBERS["feelings/emotion"].sql, kpi="emotion", label="x", definition="x", source="x", unit="share",
        purpose="success", better="up", cut_off="x", interval="wilson",
        comparisons="[prior_week, same_weeks_last_year]",
    )  # fmt: skip
    answer = ask(cage, question)
    clock = cage.sql("select weeks from kpi_clock where kpi = 'emotion'").item()
    before = answer.comparisons["prior_week"]
    assert before.height == answer.frame.height
    row = before.filter(pl.col("iso_week") == "2026-W46").row(0, named=True)
    assert row["compared_with"] == f"2026-W{46 - clock}"
    shares = dict(answer.frame.select("iso_week", "share").iter_rows())
    assert row["share_change"] == pytest.approx(shares["2026-W46"] - shares[row["compared_with"]])
    assert row["share_change_low"] < row["share_change"] < row["share_change_high"]
    year = answer.comparisons["same_weeks_last_year"]
    assert year.filter(pl.col("iso_week") == "2026-W46")["compared_with"].item() == "2025-W46"
    assert year.filter(pl.col("iso_week") == answer.frame["iso_week"][0])["share_change"].to_list() == [None]


def test_a_target_is_a_number_or_the_goal_of_the_kpi(cage: Cage, written: Ask) -> None:
    question = written(BY_SEGMENT, comparisons="[{with: target, value: 0.5}]", **SEGMENTS)
    answer = ask(cage, question)
    gap = answer.comparisons["target"]
    assert gap["valued_share_gap"].to_list() == pytest.approx((answer.frame["valued_share"] - 0.5).to_list())
    goal = cage.sql("select kpi, target_share, due_on from goal order by due_on desc, goal_id limit 1").row(0)
    kpi = {
        "kpi": goal[0], "label": "x", "definition": "x", "source": "x", "unit": "share", "purpose": "success",
        "better": "up", "cut_off": "x", "interval": "wilson", "comparisons": "[target, to_date]",
    }  # fmt: skip
    of_goal = ask(cage, written(NUMBERS[f"feelings/{goal[0]}"].sql if f"feelings/{goal[0]}" in NUMBERS else next(
        q.sql for q in NUMBERS.values() if q.header.kpi == goal[0]), **kpi)).comparisons  # fmt: skip
    assert of_goal["target"].filter(pl.col("iso_week") == "2026-W46").select("target", "due_on").rows() == [
        goal[1:]
    ]
    counted = dict(of_goal["target"].select("iso_week", "target").iter_rows())
    assert (counted["2026-W40"], counted["2026-W41"]) == (0.55, 0.6)
    assert of_goal["to_date"].columns[:4] == ["iso_week", "days", "n", "share"]
