"""What Data health says of Google Analytics: pulls, quotas, problems, how long figures move, what changed late."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import web_health
from tests.dashboard import website
from tests.dashboard.test_crawler import violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Company = Callable[..., Path]

PULL = website.tables()["web_pull"][0]


def settled(*measured: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "settled_after_days": [2 + 10 * place for place in range(len(measured))],
            "is_measured": list(measured),
        }
    )


def quality(**change: object) -> pl.DataFrame:
    rows = [{**row, **change} for row in website.tables()["web_quality"]]
    return pl.DataFrame(rows, schema=website.COLUMNS["web_quality"])


def test_quota_windows_and_what_is_to_come_are_counted(
    open_page: Open, company_with_website: Company, said: Said, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(company_with_website(), "data_health"))
    told = said(app)
    assert "61 windows pulled, 12 of them changed since the last time, none to come · 18’204 rows" in told
    assert "412 tokens used, 198’796 of the day's are left · 0 server errors" in told
    assert "2’210 of 4’990 customers carry a number or a device by which the website could know them" in told
    quotas = next(table.value for table in app.dataframe if "Quota" in table.value.columns)
    assert len(quotas) == len(web_health.QUOTAS)
    assert not violations(app)


def test_a_settled_figure_that_changed_is_announced(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    told = said(open_page(company_with_website(), "data_health"))
    assert "Visits (visitors), day from 20 Oct 2026: 1’310 now, 1’204 when it seemed settled." in told


def test_a_figure_that_moved_while_it_was_settling_is_no_news(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    def young(tables: website.Tables) -> None:
        for row in tables["web_restated"]:
            row["was_settled"] = False

    told = said(open_page(company_with_website(young), "data_health"))
    assert "seemed settled" not in told
    assert "Nothing that had settled has changed since." in told


def test_a_refused_pull_says_what_to_grant(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    problem = {
        "pull_id": PULL["pull_id"], "property_id": website.PROPERTY, "pulled_at": website.PULLED, "report": "channels",
        "says": "careful@shop.example may not read property 413000001. Grant it the role Viewer.",
    }  # fmt: skip

    def refuse(tables: website.Tables) -> None:
        tables["web_problem"] = [problem, {**problem, "report": "visitors"}]
        tables["web_pull"][0].update(outcome="failed", stopped_because="no access")

    app = open_page(company_with_website(refuse), "data_health")
    assert "Failed" in said(app)
    assert "Google Analytics wants a look" in app.title[0].value
    assert said(app).count("Grant it the role Viewer.") == 1, "one cause is told once"
    assert not violations(app)


def test_a_company_that_asks_but_has_pulled_nothing_is_told_how(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    asks = open_page(company_with_website(tables={}), "data_health")
    assert "Nothing has been pulled yet" in said(asks)


def test_a_company_that_does_not_ask_is_not_bothered(open_page: Open, company_with_website: Company) -> None:
    app = open_page(company_with_website(tables={}, is_asked=False), "data_health")
    assert "Google Analytics" not in [one.value for one in app.header]


def test_a_quota_that_google_did_not_tell_is_not_made_up() -> None:
    silent = {name: None if name.startswith("core_tokens_per_day") else value for name, value in PULL.items()}
    assert web_health.used(silent) == "412 tokens used, how many are left is not known · 0 server errors"
    assert "Tokens of the day" not in web_health.quotas(silent)["Quota"].to_list()


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        ((True, True), "Figures stop moving 2 to 12 days after their period. All of that is measured"),
        ((True, False), "have measured 1 of 2; the others are assumed."),
        (
            (False,),
            "Figures stop moving 2 days after their period. That is assumed until enough",
        ),
        ((), ""),
    ],
)
def test_how_long_figures_move_says_whether_it_was_measured(measured: tuple[bool, ...], told: str) -> None:
    assert told in web_health.settled_in_words(settled(*measured))


def test_another_clock_another_money_and_what_is_cut_off_are_said() -> None:
    assert web_health.changes_in_words(quality()) == []
    told = "\n".join(
        web_health.changes_in_words(
            quality(zone_changed=True, currency_changed=True, truncated_before_on=date(2025, 10, 1))
        )
    )
    assert "changed its clock, now Europe/Zurich" in told
    assert "changed its currency, now EUR" in told
    assert "nothing from before 1 Oct 2025" in told


def test_sums_are_reconciled_with_google_s_own() -> None:
    told = web_health.reconciled_in_words(quality())
    assert told.startswith("What adds up does so")
    assert "their sum would be up to 1.07 times what it should be." in told
    assert "2 figures that should add up to Google's own total do not." in web_health.reconciled_in_words(
        quality(unreconciled=1)
    )


def test_of_a_report_one_figure_s_settling_is_drawn() -> None:
    rows = [
        {"report": report, "grain": "day", "metric": metric, "age_days": 1, "n": 9, "share_median": 0.9,
         "share_low": 0.8, "share_high": 1.0}
        for report, metric in (("visitors", "active_users"), ("visitors", "sessions"), ("purchases", "active_users"))
    ]  # fmt: skip
    drawn = web_health.telling(pl.DataFrame(rows))
    assert sorted(drawn["panel"]) == ["purchases", "visitors"]
