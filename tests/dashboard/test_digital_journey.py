"""What the page Digital journey says, of every state that a website can be in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import journey, web_quality
from pipelines.measures.proportions import wilson
from pipelines.store import Store
from tests.dashboard import website
from tests.dashboard.test_crawler import violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Company = Callable[..., Path]

PAGE = "digital_journey"
BLOCKS = (
    "Finding help", "Reaching a person", "Coming back", "Stories", "Channels and buying again", "Who is who",
    "How good are these numbers?",
)  # fmt: skip


def headers(app: AppTest) -> list[str]:
    return [one.value for one in app.header]


def test_every_block_is_there_in_its_order_and_nothing_stands_bare(
    open_page: Open, company_with_website: Company
) -> None:
    app = open_page(company_with_website(), PAGE)
    assert [name for name in headers(app) if name in BLOCKS] == list(BLOCKS)
    assert not violations(app)


def test_the_first_line_says_when_it_was_pulled_up_to_which_day_and_what_still_moves(
    open_page: Open, company_with_website: Company
) -> None:
    line = open_page(company_with_website(), PAGE).main.markdown[0].value
    assert "pulled 16 Nov 2026" in line
    assert "through Sunday 15 November" in line
    assert "visitors from Friday 13 November on still settling" in line


def test_the_headline_is_what_really_moved(open_page: Open, company_with_website: Company) -> None:
    app = open_page(company_with_website(), PAGE)
    assert app.title[0].value == "On the website, fewer chats reach a person than before."


def test_a_share_is_the_build_s_own_with_its_range_and_what_it_rests_on(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    folder = company_with_website()
    build = Store(folder / "store").current()
    assert build is not None
    n, successes = build.query(
        "select n, successes from kpi_window where kpi = 'web_reached_human' and iso_week = '2026-W46'"
    ).row(0)
    app = open_page(folder, PAGE)
    low, high = wilson(successes, n)
    card = next(one.value for one in app.metric if one.label == "Chat reached a person")
    assert card == f"{successes / n * 100:.0f} of 100"
    assert f"Probably between {low * 100:.0f} and {high * 100:.0f}" in said(app)
    assert f"{n} chats in the week" in said(app)


def test_visitors_are_said_to_be_about_so_many_and_devices(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    told = said(open_page(company_with_website(), PAGE))
    assert "About 4’330 visitors in the week of 9–15 November 2026." in told
    assert "Google Analytics counts the devices that allow it, not people." in told
    assert "about 4’190 visitors in the week" in told


def test_the_page_that_helps_least_is_named_first(
    open_page: Open, company_with_website: Company, said: Said, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(company_with_website(), PAGE))
    assert "Least helpful: /help/refunds, 47 of 100 (probably between 42 and 52; 640 answers)." in said(app)
    pages = next(table.value for table in app.dataframe if "Page" in table.value.columns)
    assert pages["Page"][0] == "/help/refunds"
    assert pages["Of 100"].is_monotonic_increasing


def test_a_group_that_is_too_small_is_counted_as_hidden_and_never_named(
    open_page: Open, company_with_website: Company, said: Said, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(company_with_website(), PAGE))
    assert "1 page hidden: under 10 people, or so that the total does not give one away." in said(app)
    assert "care-labels" not in said(app)
    assert not [table for table in app.dataframe if "care-labels" in table.value.to_string()]


def test_stories_are_compared_with_a_range_and_called_no_test(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    told = said(open_page(company_with_website(), PAGE))
    assert "9 more of 100 stay (probably between 7 and 11; 1’830 and 15’240 visits)." in told
    assert "Not a test: who reads stories may differ." in told


def test_channels_are_no_cause_and_looking_comes_before_buying(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    told = said(open_page(company_with_website(), PAGE))
    assert "In October 2026 about 12’400 visitors looked around, about 838 bought." in told
    assert "Most often not for the first time: Email, 70 of 100" in told
    assert "On a new device a buyer counts as new: truly more had bought before. Not cause" in told


def test_the_join_to_customers_is_counted_and_never_forced(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    folder = company_with_website()
    build = Store(folder / "store").current()
    assert build is not None
    ours = build.query_people(
        "select count(*) as n from purchase where ordered_on between '2026-10-01' and '2026-10-31'"
    ).item()
    build.close()
    app = open_page(folder, PAGE)
    assert [one.value for one in app.metric if one.label == "Loyal customers"] == ["329 of 412"]
    told = said(app)
    assert "288 by their sign-in, 41 by their device, 83 not recognised" in told
    assert "2’210 of 4’990 customers carry a number or a device by which the website could know them" in told
    assert ours
    assert f"Google Analytics counted 912 orders, our own systems {ours}. They need not agree" in told
    assert "14 of those known did not agree to care: counted, not used" in told
    assert "Family 41 · Single 32 · Business 19" in told


# What Google said of its own figures stands beside them


def flag(change: dict[str, object], share: str = "helpful") -> Callable[[website.Tables], None]:
    def on(tables: website.Tables) -> None:
        for row in tables["web_share"]:
            if row["share"] == share:
                row.update(change)

    return on


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"is_thresholded": True}, "Google held back small groups, so the parts can be less than the whole."),
        ({"has_other_row": True}, "Google lumped rare pages together as “(other)”"),
        ({"sampling_share": 0.62}, "Google read only about 62 in every 100 visits and scaled it up."),
    ],
)
def test_what_google_did_to_the_figures_is_said_beside_them(
    change: dict[str, object], told: str, open_page: Open, company_with_website: Company
) -> None:
    app = open_page(company_with_website(flag(change)), PAGE)
    beside = [one.value for one in app.markdown if "Was this helpful?" in one.value]
    assert [text for text in beside if told in text and ":orange[" in text]
    others = [one.value for one in app.markdown if "so many had bought before" in one.value]
    assert not [text for text in others if told in text], "said where it does not belong"
    assert "held nothing back" not in "\n".join(one.value for one in app.markdown)
    assert not violations(app)


def weekly(
    share: str, newest: dict[str, object], before: dict[str, object]
) -> Callable[[website.Tables], None]:
    """What Google said of the last week of a share, and of the twelve before."""

    def on(tables: website.Tables) -> None:
        for back in range(13):
            ends = website.SUNDAY - timedelta(weeks=back)
            row = website.share_of(share, "week", ends - timedelta(days=6), ends, 300, 200)
            tables["web_share"].append(row | (before if back else newest))

    return on


def small_print(app: AppTest) -> list[str]:
    lines = [one.value for one in app.markdown if one.value.startswith(":small[:orange[:material/info:")]
    return [line.removeprefix(":small[:orange[:material/info: ").removesuffix("]]") for line in lines]


FINAL = {"maturity": "final"}


@pytest.mark.parametrize(
    ("share", "newest", "before", "told"),
    [
        ("helpful", FINAL, FINAL, []),
        ("helpful", {}, FINAL, ["Still settling"]),
        ("helpful", FINAL, {"is_thresholded": True, "maturity": "final"}, []),
        ("form_finished", FINAL, {"is_thresholded": True, "maturity": "final"}, ["Google held back small groups"]),
        ("returning", {"has_other_row": True}, FINAL, ["Still settling; Google lumped rare ones as “(other)”"]),
        ("search_found", {"sampling_share": 0.62, "is_thresholded": True, "maturity": "final"}, FINAL,
         ["Google held back small groups and read only about 62 in every 100 visits"]),
    ],
)  # fmt: skip
def test_a_card_tells_the_small_print_of_its_own_weeks_and_of_no_other(
    share: str, newest: dict[str, object], before: dict[str, object], told: list[str], open_page: Open,
    company_with_website: Company,
) -> None:  # fmt: skip
    """Forms are read over four weeks, all others over one."""
    app = open_page(company_with_website(weekly(share, newest, before)), PAGE)
    assert small_print(app) == told
    assert not violations(app)


def test_of_several_websites_visitors_have_the_small_print_of_the_largest(
    open_page: Open, company_with_website: Company
) -> None:
    def on(tables: website.Tables) -> None:
        weekly("returning", FINAL, FINAL)(tables)
        weekly("returning", {"property_id": "2", "n": 100, "is_thresholded": True}, FINAL)(tables)

    assert small_print(open_page(company_with_website(on), PAGE)) == []


def test_a_number_of_few_people_has_their_range_and_says_what_it_is_worth(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    folder = company_with_website()
    database = Store(folder / "store").current().path / "careful.duckdb"
    where = "where kpi = 'web_reached_human' and iso_week = '2026-W46'"
    with duckdb.connect(str(database)) as connection:
        ((n, successes),) = connection.execute(f"select n, successes from kpi_window {where}").fetchall()
        connection.execute(f"update kpi_window set effective_n = 40 {where}")
    told = said(open_page(folder, PAGE))
    low, high = wilson(successes / n * 40, 40)
    assert f"Probably between {low * 100:.0f} and {high * 100:.0f}" in told
    assert f"A hint: {n} chats in the week, worth 40" in told


def test_a_build_that_says_nothing_of_how_many_people_counts_each_event(
    open_page: Open, company_with_website: Company
) -> None:
    folder = company_with_website()
    database = Store(folder / "store").current().path / "careful.duckdb"
    with duckdb.connect(str(database)) as connection:
        for table in ("kpi_window", "kpi_week"):
            connection.execute(f"alter table {table} drop column effective_n")
    app = open_page(folder, PAGE)
    card = next(one.value for one in app.metric if one.label == "Chat reached a person")
    assert card.endswith(" of 100")
    assert not violations(app)


def test_that_nothing_was_done_to_the_figures_is_said_too(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    told = said(open_page(company_with_website(), PAGE))
    assert "Google held nothing back, took no sample and hid no money in these figures." in told


def test_figures_that_all_stand_are_not_called_settling(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    def settle(tables: website.Tables) -> None:
        for row in [*tables["web_kpi"], *tables["web_share"]]:
            if row["maturity"] == "provisional":
                row["maturity"] = "final"

    app = open_page(company_with_website(settle), PAGE)
    assert "still settling" not in app.main.markdown[0].value
    assert "Still settling" not in said(app)


def test_hidden_visitors_leave_a_gap_and_no_zero(open_page: Open, company_with_website: Company) -> None:
    def hide(tables: website.Tables) -> None:
        for row in tables["web_kpi"]:
            row.update(value=None, is_hidden=True)

    app = open_page(company_with_website(hide), PAGE)
    assert not violations(app)
    assert "About **0" not in "\n".join(one.value for one in app.markdown)
    assert not [one for one in app.get("vega_lite_chart") if "week by week" in one.proto.alt]


def test_a_website_without_a_share_says_so_block_by_block(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    def nothing(tables: website.Tables) -> None:
        for name in ("web_share", "web_coverage", "web_segment"):
            tables[name] = []
        tables["web_kpi"] = [row for row in tables["web_kpi"] if row["report"] == "visitors"]

    app = open_page(company_with_website(nothing), PAGE)
    assert app.title[0].value == "We can't say yet whether the website looks after people better or worse."
    assert said(app).count("Not shown in your data") == 6
    assert "The steps on the way to help are not recorded" in said(app)
    assert not violations(app)


def test_several_websites_can_be_told_apart(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    def two(tables: website.Tables) -> None:
        tables["web_kpi"] += [
            {**row, "property_id": "77", "value": 900.0}
            for row in tables["web_kpi"]
            if row["report"] == "visitors"
        ]

    folder = company_with_website(two)
    app = open_page(folder, PAGE)
    assert "About 4’330 visitors" in said(app)
    assert "count all of them together" in said(app)
    app.session_state["property"] = "77"
    app.run()
    assert "About 900 visitors" in said(app)
    assert "No single help page has enough answers" in said(app)
    assert not violations(app)


# Nothing to show yet


def test_without_google_analytics_it_says_what_is_needed(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    app = open_page(company_with_website(tables={}, is_asked=False), PAGE)
    assert app.title[0].value == "Google Analytics is not connected."
    assert "Needed: the number of the property in careful.toml" in said(app).replace("`", "")
    assert "role Viewer" in said(app)
    assert "properties = " in app.code[0].value
    assert not violations(app)


def test_a_build_from_before_there_was_a_website_does_not_break(
    open_page: Open, company_with_website: Company
) -> None:
    folder = company_with_website(tables=None, is_asked=False)
    app = open_page(folder, PAGE)
    assert not app.exception
    assert app.title[0].value == "Google Analytics is not connected."
    assert not open_page(folder, "data_health").exception


def test_connected_but_not_pulled_names_the_command(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    app = open_page(company_with_website(tables={}), PAGE)
    assert app.title[0].value == "Google Analytics is connected; nothing has been pulled yet."
    assert "Needed: careful run" in said(app).replace("`", "")
    assert not violations(app)


PULL = website.tables()["web_pull"][0]
REFUSED = {
    "pull_id": PULL["pull_id"], "property_id": website.PROPERTY, "pulled_at": website.PULLED, "report": None,
    "says": "careful@shop.iam.gserviceaccount.com may not read property 413000001. Grant it the role Viewer.",
}  # fmt: skip


def test_refused_access_is_said_with_what_to_grant(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    refused = {"web_pull": [{**PULL, "outcome": "failed"}], "web_problem": [REFUSED]}
    app = open_page(company_with_website(tables=refused), PAGE)
    assert app.title[0].value == "Google Analytics gave us nothing yet."
    assert REFUSED["says"] in said(app)
    assert not violations(app)


def test_access_that_was_lost_keeps_the_old_figures_and_says_so(
    open_page: Open, company_with_website: Company
) -> None:
    def lose(tables: website.Tables) -> None:
        tables["web_problem"] = [REFUSED]

    app = open_page(company_with_website(lose), PAGE)
    assert "the last pull had a problem" in app.main.markdown[0].value
    assert "Finding help" in headers(app)


def test_a_problem_of_an_earlier_pull_is_not_held_against_the_last(
    open_page: Open, company_with_website: Company
) -> None:
    def recover(tables: website.Tables) -> None:
        earlier = {"pull_id": "earlier", "pulled_at": datetime(2026, 11, 9, 5)}
        tables["web_pull"].append({**PULL, **earlier, "outcome": "failed"})
        tables["web_problem"] = [{**REFUSED, **earlier}]

    app = open_page(company_with_website(recover), PAGE)
    assert "problem" not in app.main.markdown[0].value


def test_a_pull_that_stopped_before_anything_arrived_says_why(
    open_page: Open, company_with_website: Company, said: Said
) -> None:
    stopped = {**PULL, "outcome": "stopped", "stopped_because": "The tokens of the day are used up."}
    app = open_page(company_with_website(tables={"web_pull": [stopped]}), PAGE)
    assert "The tokens of the day are used up." in said(app)
    assert not violations(app)


# Sentences on their own


def test_only_marks_that_are_on_the_picture_are_explained() -> None:
    def told(*maturities: str) -> str:
        return journey.lines_in_words(
            pl.DataFrame({"value": [1.0] * len(maturities), "maturity": maturities})
        )

    assert "Dashed" not in told("final", "final")
    assert told("final", "provisional").endswith("Dashed: may still move.")
    assert told("final", "partial").endswith("Open point: the week is not over.")


NEARLY_ALL_READ = pl.DataFrame(
    {"maturity": ["final"], "is_thresholded": [False], "has_other_row": [False], "sampling_share": [0.999],
     "is_hidden": [False]}
)  # fmt: skip


def test_a_sample_that_is_as_good_as_everything_needs_no_word() -> None:
    assert web_quality.read_in_words(0.004) == "read only about 1 in every 100 visits"
    assert not web_quality.sentences(web_quality.Caveats(), 10)
    assert web_quality.of(NEARLY_ALL_READ).sampling_share is None
