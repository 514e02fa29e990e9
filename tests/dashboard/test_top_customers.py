"""Top customers: who waits, what they will be worth and how sure that is, and what is said where nothing is known."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import locales, words
from pipelines.store import Build, Store
from tests.dashboard.test_crawler import layers, violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[AppTest], AppTest]
Company = Callable[..., Path]
PAGE = "top_customers"
NEW_TABLES = (
    "clv_model", "clv_holdout", "clv_segment", "value_overlap", "value_mover", "concentration", "top_cooled",
    "care_equity",
)  # fmt: skip
NEW_COLUMNS = (
    "clv", "clv_low", "clv_high", "clv_rank", "rank_low", "rank_high", "probability_alive", "value_basis",
    "tenure_days", "referrals", "forgave",
)  # fmt: skip


@pytest.fixture
def company(sample_workspace: Path, tmp_path: Path) -> Company:
    """The sample company with its build changed: `company("delete from clv_model", people=("update …",))`."""

    def make(*aggregates: str, people: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / "company"
        shutil.copytree(sample_workspace, folder)
        build = Store(folder / "store").current()
        assert build is not None
        build.close()
        for name, statements in (("careful.duckdb", aggregates), ("people.duckdb", people)):
            file = build.path / name
            file.chmod(0o600)
            with closing(duckdb.connect(str(file))) as connection:
                for statement in statements:
                    connection.execute(statement)
        return folder

    return make


def row(folder: Path, sql: str) -> dict[str, Any]:
    build = Store(folder / "store").current()
    assert build is not None
    found = build.query(sql).row(0, named=True)
    build.close()
    return found


# With a forecast


def test_who_waits_stands_with_worth_and_range_and_the_check_of_the_forecast_is_one_click_down(
    open_page: Open, company: Company, said: Said
) -> None:
    seen = (
        "update clv_model set holdout_predicted = 880, holdout_actual = 1000, holdout_bias = -0.12, "
        "recalibration = 1.136, recalibration_low = 1.08, recalibration_high = 1.19, holdout_customers = 640, "
        "split_on = '2025-11-04'"
    )
    folder = company(seen)
    model = row(folder, "select r, r_se, q, q_se from clv_model")
    few = row(folder, "select * from concentration where top_share = 0.1")
    app = open_page(folder, PAGE)
    assert not app.exception
    told = said(app)
    assert "This week's care" in "".join(link.label for link in app.get("page_link"))
    assert "Worth about" in told
    assert "still with us; if so, probably between" in told
    assert (
        "it expected 12 of every 100 purchases too few (probably between 7 and 16; 880 were expected" in told
    )
    assert "Converged (gradient norm" in told
    for value in model.values():
        assert words.decimal(value, 3) in told.splitlines()
    share = words.of_100(few["sales_share"])
    assert f"({few['customers']} of {few['buyers']} customers) bring {share} of every 100 spent" in told
    closed = layers(app.main)
    assert any("gradient norm" in text for text in closed.below)
    assert not any("gradient norm" in piece.text for piece in closed.pieces)
    assert violations(app) == []


# Without


def test_without_a_forecast_the_page_says_why_and_shows_no_figure_of_it(
    open_page: Open, company: Company, said: Said
) -> None:
    gone = "update clv_model set status = 'did not settle'"
    app = open_page(
        company(gone, "delete from clv_segment", "delete from top_cooled", "delete from value_mover"), PAGE
    )
    assert not app.exception
    told = said(app)
    assert "No forecast: these orders do not settle it." in told
    assert "Worth about" not in told
    assert "How good is the forecast?" not in told
    assert "Can't tell yet: that needs orders of two years" in told
    assert "The orders do not reach two years back" in told
    assert violations(app) == []


def test_a_build_from_before_there_was_a_forecast_says_so_and_keeps_the_rest(
    open_page: Open, company: Company, said: Said, tables_opened: Opened
) -> None:
    folder = company(
        *(f"drop table {name}" for name in NEW_TABLES),
        people=tuple(f"alter table customer_value drop column {name}" for name in NEW_COLUMNS),
    )
    app = tables_opened(open_page(folder, PAGE))
    assert not app.exception
    told = said(app)
    assert "The numbers on screen were published before there was a forecast." in told
    assert "careful run" in told
    assert "top customers had no personal care" in told
    assert "Spend and feeling" in told
    for section in ("Three ways to be on top", "Who moved in a year", "Who gets our attention"):
        assert section not in told
    assert violations(app) == []


def test_with_contracts_worth_goes_by_how_long_customers_stay(
    open_page: Open, company: Company, said: Said
) -> None:
    cleared = ", ".join(
        f"{name} = null" for name in ("holdout_predicted", "holdout_actual", "recalibration", "recalibration_low",
                                      "recalibration_high", "holdout_customers", "r", "q", "gradient_norm",
                                      "log_likelihood", "spend_correlation", "top_share_by_model")
    )  # fmt: skip
    app = open_page(
        company(
            f"update clv_model set basis = 'contract', {cleared}",
            "delete from clv_holdout",
            "delete from top_cooled",
            people=(
                "update customer_value set value_basis = 'contract', clv_low = null, clv_high = null, "
                "rank_low = null, rank_high = null, probability_alive = null",
            ),
        ),
        PAGE,
    )
    assert not app.exception
    told = said(app)
    assert "if customers like this one stay as long as others did" in told
    assert "Against a year that followed it has not been tried." in told
    assert "Kaplan–Meier" in told
    assert "None" not in told
    assert violations(app) == []


# Who is on top


def test_who_moved_and_who_is_left_out_are_named_and_hidden_cells_are_said(
    open_page: Open, company: Company, said: Said
) -> None:
    folder = company(
        "delete from value_mover",
        "insert into value_mover by name select * from (values ('top', 'top', 160, 500), ('top', 'high', 116, 500), "
        "('top', 'no orders', 130, 500), ('new', 'top', 158, 700), ('high', 'top', 53, 800)) "
        "as made(from_band, to_band, customers, of_customers)",
        "delete from care_equity where dimension = 'segment'",
        "insert into care_equity by name select * from (values ('segment', 'Family', 900, 400), "
        "('segment', 'Business', 280, 40)) as made(dimension, member, customers, with_care)",
    )
    app = open_page(folder, PAGE)
    app.segmented_control(key="attention_by").set_value("segment").run()
    told = said(app)
    assert "160 of 500 who were on top a year ago still are. 130 bought nothing in the year since." in told
    assert "Of those who joined them, 158 are new and 53 were just below." in told
    assert "23 cells hidden: under 10 people, or so that no total gives those away." in told
    assert "Had personal care within 90 days: of" in told
    assert "Clearly less than all together: Business (14 of 100, probably between 10 and 20)." in told
    assert violations(app) == []


# What is counted


def test_every_count_of_customers_says_what_it_counts(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    known = sample_build.query("select sum(customers)::bigint from rfm_summary").item()
    bought = sample_build.query("select buyers from concentration limit 1").item()
    fitted = sample_build.query("select customers from clv_model").item()
    told_of = sample_build.query_people("select count(referrals) from customer_value").item()
    assert told_of
    told = said(open_page(sample_workspace, PAGE))
    with locales.using(locales.of("CH")):
        assert (
            f"{words.count(known)} customers are known: they ordered, wrote, answered or are on file." in told
        )
        assert f"{words.count(bought)} of them ordered in the last two years." in told
        assert f"The forecast rests on {words.count(fitted)} who bought between" in told
        assert f"of {words.count(known)} customers we know" in told
        assert f"sent us others (told of {words.count(told_of)} customers)" in told


def test_a_company_that_knows_no_referrals_is_told_so(open_page: Open, company: Company, said: Said) -> None:
    unknown = company(people=("update customer_value set referrals = null",))
    assert "sent us others (not shown in your data)" in said(open_page(unknown, PAGE))


# From the week to the list


def test_the_week_its_list_and_what_to_try_speak_of_the_same_customers(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    one = sample_build.query("select * from top_customer_summary").row(0, named=True)
    assert one["without_care"]
    week = open_page(sample_workspace)
    assert f"{one['without_care']} of our {one['top_customers']} top customers had no personal care" in said(
        week
    )
    links = [link for link in week.get("page_link") if link.label == "Open the list"]
    assert [Path(link.proto.page).name for link in links] == ["top-customers"]
    page = open_page(sample_workspace, PAGE)
    (shown,) = (control for control in page.get("button_group") if control.key == "advice")
    assert shown.options == [
        f"Can be contacted now · {one['can_be_contacted']}",
        f"Later · {one['wait']}",
        f"Must not be contacted · {one['must_not_be_contacted']}",
    ]
    on_list = said(week).split(" of them on this week's care list")[0].rsplit(" ", 1)[1]
    if on_list != "none":
        assert f"; {on_list} of them " in said(page)
    tried = open_page(sample_workspace, "try_something", kpi="top_customers")
    assert tried.selectbox(key="try_occasion").value == "top_customer_without_care"
    able = sample_build.query_people(
        "select count(*) from care_proposal join customer_value using (customer_key) "
        "where occasion = 'top_customer_without_care' and (days_since_care >= 90 or days_since_care is null) "
        "and is_top_customer"
    ).item()
    assert able == one["without_care"]
