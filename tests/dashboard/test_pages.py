"""What the pages promise about a company with data."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.measures.proportions import wilson
from pipelines.store import Build, Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

PAGES = (
    "this_week", "feelings_and_loyalty", "top_customers", "did_it_work", "service_and_care", "digital_journey",
    "try_something", "data_health", "meanings", "this_weeks_care",
)  # fmt: skip
WORKED = ("this_weeks_care", "try_something")  # a list to work through and a form: no picture, no table
NOTHING_JUDGED = (
    "did_it_work"  # the small company has too few in its lots: `test_did_it_work` hears its pictures
)
WEEK = "2026-W46"
JARGON = (
    r"quarantine", r"\bATT\b", r"\bITT\b", r"\bCUPED\b", r"\bp[- ]?value", r"Kaplan", r"confidence interval",
    r"build id", r"inconclusive", r"not identifiable", r"provisional", r"top.?2.?box", r"care gap", r"suppressed",
)  # fmt: skip


def figure(
    build: Build, kpi: str, member: str = "all", dimension: str = "all", week: str = WEEK
) -> dict[str, int]:
    rows = build.query(
        """
        select n, successes from kpi_window join definition using (kpi)
        where kpi = $kpi and weeks = clock_weeks and iso_week = $week and dimension = $dimension and member = $member
        """,
        {"kpi": kpi, "week": week, "dimension": dimension, "member": member},
    )
    return rows.row(0, named=True)


def card(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_without_an_error_and_says_whose_numbers_they_are(
    page: str, open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace, page)
    assert not app.exception
    assert len(app.title) == 1
    assert "Sample company" in app.main.markdown[0].value
    assert "!" not in app.title[0].value
    assert "!" not in re.sub(r"priority_high|:material/\S+", "", said(app))


@pytest.mark.parametrize("page", PAGES[:6])
def test_a_page_speaks_plainly(page: str, open_page: Open, sample_workspace: Path, said: Said) -> None:
    told = said(open_page(sample_workspace, page))
    for word in JARGON:
        assert not re.search(word, told, re.IGNORECASE), word


@pytest.mark.parametrize("page", [page for page in PAGES if page not in (*WORKED, NOTHING_JUDGED)])
def test_every_chart_and_table_can_be_heard(
    page: str, open_page: Open, sample_workspace: Path, tables_opened: Callable[[AppTest], AppTest]
) -> None:
    app = tables_opened(open_page(sample_workspace, page))
    pictures = [*app.get("vega_lite_chart"), *app.get("arrow_vega_lite_chart"), *app.dataframe, *app.table]
    assert pictures
    for picture in pictures:
        assert len(picture.proto.alt) > 10, picture


def test_a_number_is_the_build_s_own_with_its_range_and_what_it_rests_on(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    app = open_page(sample_workspace)
    counts = figure(sample_build, "emotion")
    low, high = wilson(counts["successes"], counts["n"])
    assert card(app, "Felt well cared for") == f"{counts['successes'] / counts['n'] * 100:.0f} of 100"
    assert f"Probably between {low * 100:.0f} and {high * 100:.0f}" in said(app)
    assert f"{counts['n']:,} answers in thirteen weeks" in said(app)


def test_top_customers_are_counted_without_a_range(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    app = open_page(sample_workspace)
    counts = figure(sample_build, "top_customers_with_care")
    assert card(app, "Top customers with personal care, 90 days") == f"{counts['successes']} of {counts['n']}"
    assert "Everyone counted, so there is no range" in said(app)


def test_at_most_three_things_need_the_reader(open_page: Open, sample_workspace: Path) -> None:
    app = open_page(sample_workspace)
    numbered = [text.value for text in app.markdown if re.match(r"\*\*\d+\. ", text.value)]
    assert 1 <= len(numbered) <= 3
    assert [text[2] for text in numbered] == [str(i + 1) for i in range(len(numbered))]


def test_what_changed_is_told_only_of_numbers_that_really_moved_and_never_why(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    app = open_page(sample_workspace)
    moved = sample_build.query(
        "select label from kpi_verdict join definition using (kpi) "
        "where iso_week = $week and dimension = 'all' and verdict in ('up', 'down')",
        {"week": WEEK},
    )["label"].to_list()
    told = said(app)
    assert ("What changed" in told) == bool(moved)
    assert told.count("Why: the data cannot say") == bool(moved)


def test_a_segment_in_the_address_changes_the_numbers_and_the_headline_stays(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    everyone, family = open_page(sample_workspace), open_page(sample_workspace, segment="Family")
    counts = figure(sample_build, "purchase_more", "Family", "segment")
    assert card(family, "Would buy more") == f"{counts['successes'] / counts['n'] * 100:.0f} of 100"
    assert family.title[0].value == everyone.title[0].value
    assert "Segment Family only" in said(family)


def test_choosing_a_region_lets_go_of_the_segment(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace, segment="Family")
    app.selectbox(key="region").select_index(1).run()
    assert app.session_state["segment"] == "All customers"
    assert "Family" not in said(app)
    assert not app.exception


def test_a_week_in_the_address_shows_that_week(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    app = open_page(sample_workspace, week="2026-W44")
    counts = figure(sample_build, "recommend", week="2026-W44")
    assert card(app, "Would recommend us") == f"{counts['successes'] / counts['n'] * 100:.0f} of 100"
    assert "an earlier week" in said(app)
    assert "top customers had no personal care" not in said(app), "what is known for today only is left out"


def test_arrows_walk_through_the_weeks_and_the_address_follows(
    open_page: Open, sample_workspace: Path
) -> None:
    app = open_page(sample_workspace)
    assert "week" not in app.query_params
    assert app.button(key="week_after").disabled
    app.button(key="week_before").click().run()
    assert app.query_params["week"] in ("2026-W45", ["2026-W45"])
    app.button(key="week_after").click().run()
    assert "week" not in app.query_params


def test_an_address_that_makes_no_sense_falls_back_to_the_last_week(
    open_page: Open, sample_workspace: Path
) -> None:
    app = open_page(sample_workspace, week="1999-W99", segment="Nobody")
    assert not app.exception
    assert app.metric[0].value == open_page(sample_workspace).metric[0].value


def test_loyalty_says_the_verdict_of_the_build_and_how_many_it_rests_on(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    verdicts = dict(sample_build.query("select behaviour, verdict from loyalty_verdict").iter_rows())
    app = open_page(sample_workspace, "feelings_and_loyalty")
    title = app.title[0].value
    expected = {"emotion leads": "feel", "tied": "about the same", "not enough data": "Too few"}
    assert expected.get(verdicts["overall"], "goes with loyalty most") in title
    period = sample_build.query("select responses, invited from loyalty_period").row(0)
    assert f"{period[0]:,} answers" in said(app)
    assert f"{period[1]:,} invitations" in said(app)


def test_top_customers_are_listed_by_alias_and_the_list_is_as_long_as_the_sentence_says(
    open_page: Open,
    sample_workspace: Path,
    sample_build: Build,
    said: Said,
    tables_opened: Callable[[AppTest], AppTest],
) -> None:
    summary = sample_build.query("select * from top_customer_summary").row(0, named=True)
    app = tables_opened(open_page(sample_workspace, "top_customers"))
    assert f"{summary['without_care']} of our {summary['top_customers']} top customers" in app.title[0].value
    listed = app.dataframe[0].value
    assert len(listed) == summary["can_be_contacted"]
    assert listed["Alias"].str.fullmatch(r"[0-9A-F]{4}.*").all()
    assert "@" not in said(app)


def test_no_effect_and_no_money_is_shown_without_somebody_to_compare_with(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    effects = sample_build.query("select evidence, effect from initiative_effect where is_primary")
    app = open_page(sample_workspace, "did_it_work")
    without = effects.filter(effects["effect"].is_null()).height
    assert without >= 4
    assert said(app).count("No effect and no money figure is shown.") == without
    alone = effects.filter(effects["effect"].is_null() & (effects["evidence"] != "drawn by lot"))
    told = said(app)
    assert told.count("Next time:") + told.count("It is owed, so everybody gets it") == alone.height


def test_rows_read_are_accounted_for_to_the_row(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    total = sample_build.query(
        "select sum(rows_read), sum(rows_loaded), sum(rows_quarantined), sum(rows_duplicate) from load"
    ).row(0)
    app = open_page(sample_workspace, "data_health")
    read, loaded, aside, known = (f"{int(part):,}".replace(",", "’") for part in total)
    assert f"{read} rows read = {loaded} loaded + {aside} set aside + {known} already known" in said(app)
    assert "It adds up, in every file." in said(app)


def test_a_refused_file_is_named_with_its_reason(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    refused = sample_build.query("select file, reason from refusal")
    told = said(open_page(sample_workspace, "data_health"))
    assert refused.height
    for file, reason in refused.iter_rows():
        assert file in told
        assert reason in told


def test_every_number_is_defined_with_its_query(
    open_page: Open, sample_workspace: Path, sample_build: Build, said: Said
) -> None:
    app = open_page(sample_workspace, "meanings")
    told = said(app)
    for label in sample_build.query("select label from definition")["label"]:
        assert label in told
    assert "select" in app.code[0].value


@pytest.fixture
def own_copy(sample_workspace: Path, tmp_path: Path) -> Path:
    shutil.copytree(sample_workspace / "store" / "builds", tmp_path / "store" / "builds")
    shutil.copyfile(sample_workspace / "store" / "current", tmp_path / "store" / "current")
    shutil.copyfile(sample_workspace / "careful.toml", tmp_path / "careful.toml")
    return tmp_path


def test_numbers_never_swap_under_the_reader(open_page: Open, own_copy: Path) -> None:
    store = Store(own_copy / "store")
    first = store.current()
    assert first is not None
    app = open_page(own_copy)
    newer = first.path.with_name("29990101T000000-newer")
    shutil.copytree(first.path, newer)
    store.pointer.write_text(newer.name, encoding="utf-8")
    app.run()
    assert app.session_state["build"] == str(first.path)
    app.button(key="show_newer").click().run()
    assert app.session_state["build"] == str(newer)
    assert not app.exception


def test_a_run_that_published_nothing_is_said_above_the_numbers(
    open_page: Open, own_copy: Path, said: Said
) -> None:
    runs = own_copy / "store" / "runs"
    runs.mkdir()
    (runs / "29990101T000000.json").write_text(
        '{"started_at": "2999-01-01T00:00:00", "outcome": "not published", "reason": "a check failed", '
        '"files_read": 0, "seconds": 1.0}',
        encoding="utf-8",
    )
    told = said(open_page(own_copy))
    assert "published nothing, because a check failed" in told
    assert "You see the numbers from before." in told
