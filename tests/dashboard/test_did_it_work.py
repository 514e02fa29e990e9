"""Did it work? The portfolio, each verdict in full, and decisions that are recorded once."""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts import effects, event_study
from pipelines.journal import Act, Draw, Journal, Plan
from pipelines.settings import load_settings
from pipelines.store import Store
from tests.dashboard import proofs
from tests.dashboard.test_crawler import violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

PAGE = "did_it_work"


@pytest.fixture
def company(sample_workspace: Path, tmp_path: Path) -> Callable[..., Path]:
    """`company(*effects)` -> a company whose build says that of its initiatives."""

    def make(*effects: proofs.Row, details: bool = True) -> Path:
        folder = proofs.copy_of(sample_workspace, tmp_path / "company")
        proofs.put(proofs.database(folder), *effects, details=details)
        return folder

    return make


def journal(folder: Path) -> Journal:
    return Journal(Store(load_settings(folder / "careful.toml").store))


def as_anna(app: AppTest) -> AppTest:
    app.text_input(key="who_acts_name").input("Anna")
    next(button for button in app.button if button.label == "That's me").click()
    return app.run()


def decide(app: AppTest, label: str, why: str = "It brings them back", who: str = "head of care") -> AppTest:
    next(field for field in app.text_input if field.label == "Why?").input(why)
    next(field for field in app.text_input if field.label == "Who does it?").input(who)
    next(button for button in app.button if button.label == label).click()
    return app.run()


SCREENS = {
    "works": (
        "Yes, it worked. It probably pays for itself; we are not sure yet.",
        ("22 come back within 90 days anyway, and 6 more because of it (probably between 2 and 9 more)",
         "about 266 would have done so without us", "Break-even is 3.4 more per 100; we saw about 6.",
         "Suggested: keep going, still by lot.", "20 Nov 2026: first look"),
    ),
    "harmful": (
        "It made things worse.",
        ("About 3 fewer of 100 came back (probably between 1 and 5 fewer)", "Suggested: stop today."),
    ),
    "no relevant effect": (
        "No difference worth having. It costs more than it brings.",
        ("If it changes anything, it is no more than 1 in 100", "You would need 3.4.", "spend the €"),
    ),
    "inconclusive": (
        "Can't tell yet.",
        ("Anything from 3 fewer to 8 more of 100 fits what we saw.", "a week by lot we will know by about"),
    ),
    "not identifiable": (
        "This set-up can't tell us.",
        ("so there is nobody to compare with. No effect and no money figure is shown.", "Next time: start in some"),
    ),
    "suggestive": ("A hint, no proof.", ("It looks as if 6 more of 100", "don't build on it")),
}  # fmt: skip


@pytest.mark.parametrize("verdict", SCREENS)
def test_each_verdict_is_said_in_its_own_words_without_jargon(
    verdict: str, company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    row = proofs.VERDICTS[verdict]
    app = open_page(company(row), PAGE, initiative=row["initiative_id"])
    headline, sentences = SCREENS[verdict]
    assert app.title[0].value == headline
    told = re.sub(r"\s+", " ", said(app)).replace("\u00a0", " ")
    told += " ".join(chart.proto.alt for chart in app.get("vega_lite_chart"))
    for sentence in sentences:
        assert sentence.replace("€", "") in told.replace("€", ""), sentence
    assert violations(app) == []
    assert "parallel trends hold" not in told.lower()


def test_the_portfolio_says_verdict_range_money_and_decision_of_all(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    alone = {
        **proofs.NOTE,
        "initiative_id": "INIT-BIRTHDAY",
        "evidence": "only before and after: proves nothing",
    }
    folder = company(proofs.NOTE, alone)
    journal(folder).decide("INIT-NOTE", "widen", "It pays", "head of care", date(2026, 12, 12), "Anna")
    app = open_page(folder, PAGE)
    told = said(app)
    assert "Care this quarter: spent" in told
    assert "About 6 more of 100 came back (probably between 2 and 9 more). 1’200 drawn and 1’240 not." in told
    assert "Left over: about" in told
    assert "Widen" in told
    assert "head of care" in told
    birthday = told[told.index("Birthday card") :]
    assert "This set-up can't tell us." in birthday
    assert "Left over" not in birthday
    assert violations(app) == []
    links = {link.proto.query_string for link in app.get("page_link") if link.proto.label == "Open"}
    assert "initiative=INIT-NOTE" in links


def test_the_headline_the_line_for_the_board_and_the_parts_of_the_page_count_alike(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    apart = {
        **proofs.VERDICTS["inconclusive"],
        "initiative_id": "INIT-EMPATHY",
        "evidence": "compared with later starters",
        "pretrend_p": 0.01,
    }
    app = open_page(company(proofs.NOTE, proofs.NOTHING, apart), PAGE)
    title = app.title[0].value
    assert title.startswith("Of eight initiatives, one worked")
    untold = title.removesuffix(" can't be judged.").rsplit(" ", 1)[1]
    told = said(app)
    assert f"{untold.capitalize()} of eight can't be judged." in told
    assert "Only a hint" in [header.value for header in app.header]
    assert "It can only be a hint: the groups did not move alike before the start." in told


def test_the_verdict_stands_with_the_range_it_was_read_off_and_says_at_which_level(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    told = said(open_page(company(proofs.NOTE, *proofs.SECONDARY), PAGE, initiative="INIT-NOTE"))
    assert "Verdict and range use the same 97.5 % interval." in told
    assert "Fair draw: 1’200 and 1’240, as planned" in told
    assert "Asked us to stop writing: 9 of 1’200 and 11 of 1’240. No difference seen" in told
    assert "108 and 106 people. Too few to say." in told
    assert "Margin per customer: 1’200 and 1’240 people. No difference seen (probably between −" in told
    assert "Points before the start that lie around nothing are no proof" in told
    assert "only those whom the note reached" in told


def test_a_build_from_before_the_new_tables_shows_what_it_knows(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    without = {
        **proofs.NOTE,
        "net_amount": None,
        "net_amount_low": None,
        "net_amount_high": None,
        "p_adjusted": None,
    }
    folder = company(without, details=False)
    proofs.forget(proofs.database(folder))
    app = open_page(folder, PAGE, initiative="INIT-NOTE")
    told = said(app)
    assert app.title[0].value == "Yes, it worked."
    assert "Fair draw: 1’200 drawn and 1’240 not, as planned." in told
    assert "What it earned is not shown: no margins are known." in told
    assert violations(app) == []
    assert not open_page(folder, PAGE).exception


def test_an_unknown_initiative_leads_to_all_of_them(
    open_page: Open, sample_workspace: Path, said: Said
) -> None:
    app = open_page(sample_workspace, PAGE, initiative="INIT-NOWHERE")
    assert "There is no initiative of that name" in said(app)
    assert "can" in app.title[0].value


# Decisions


def test_a_decision_is_recorded_once_and_shown_with_who_and_when(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    folder = company(proofs.NOTE)
    app = as_anna(open_page(folder, PAGE, initiative="INIT-NOTE"))
    app = decide(app, "Keep going")
    assert not app.exception
    made = journal(folder).decisions().row(0, named=True)
    assert (made["choice"], made["why"], made["who"], made["by"]) == (
        "keep going", "It brings them back", "head of care", "Anna",
    )  # fmt: skip
    assert "Keep going, decided on 16 Nov 2026. Why: It brings them back. Who: head of care." in said(app)
    assert "Written down by Anna" in said(app)
    assert journal(folder).decisions().height == 1
    week = said(open_page(folder))
    assert "Handwritten thank-you after the second order: keep going. It brings them back." in week


def test_a_decision_without_a_reason_is_not_written_and_says_what_is_missing(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    folder = company(proofs.NOTE)
    app = decide(as_anna(open_page(folder, PAGE, initiative="INIT-NOTE")), "Stop", why=" ", who="")
    assert "Nothing was written yet: please say why and who does it." in said(app)
    assert journal(folder).decisions().is_empty()


def test_who_decides_second_is_told_who_was_first(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    folder = company(proofs.NOTE)
    app = as_anna(open_page(folder, PAGE, initiative="INIT-NOTE"))
    journal(folder).decide("INIT-NOTE", "stop", "Too dear", "head of care", None, "Ben")
    app = decide(app, "Widen")
    assert "Ben decided first: stop. Yours was not written" in said(app)
    assert journal(folder).decisions()["choice"].to_list() == ["stop"]


def test_what_harms_can_be_taken_off_the_list_at_once(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    folder = company(proofs.VERDICTS["harmful"])
    book = journal(folder)
    book.plan_acts(
        [Act(f"A{i}", "second_order", f"K{i}", "card", "Came back.", date(2026, 11, 20), initiative_id="INIT-NOTE")
         for i in range(3)],
        "Anna",
    )  # fmt: skip
    app = as_anna(open_page(folder, PAGE, initiative="INIT-NOTE"))
    assert "3 acts are still planned." in said(app)
    app.button(key="cancel_planned").click().run()
    assert set(book.acts("INIT-NOTE")["state"]) == {"cancelled"}


def test_a_plan_that_no_build_knows_yet_shows_what_was_said(
    company: Callable[..., Path], open_page: Open, said: Said
) -> None:
    folder = company(proofs.NOTE)
    plan = Plan("TRY-CARD", "A card", "It brings them back.", "second_order", "card", "extra", 90, 0.03, 50,
                "Anna", date(2026, 11, 16), cost_each=3.2, currency="EUR", looks=(date(2027, 3, 1),))  # fmt: skip
    plan = journal(folder).write_plan(plan, at=datetime(2026, 11, 15, 9))
    app = open_page(folder, PAGE, initiative="TRY-CARD")
    assert app.title[0].value == "It is written down and has not begun."
    assert "We believe: It brings them back." in said(app)
    rows = pl.DataFrame({"customer_key": ["K1"], "arm": ["treated"], "stratum": ["all"], "probability": [1.0],
                         "reason": ["x"]})  # fmt: skip
    journal(folder).record_draw(
        Draw("D1", "TRY-CARD", "2026-W47", 1, datetime(2026, 11, 16, 9), "b", 1, "Anna", rows), plan
    )  # fmt: skip
    again = open_page(folder, PAGE, initiative="TRY-CARD")
    assert again.title[0].value == "It has begun; nothing can be said of it yet."
    assert "unchanged since" in said(again)
    assert "A card" in said(open_page(folder, PAGE))


# Pictures


def test_the_event_study_draws_the_band_that_holds_for_all_points_and_marks_the_start() -> None:
    points = pl.DataFrame(proofs.EVENT_STUDY).with_columns(is_main=pl.col("estimator") != "imputation")
    spec = event_study.event_study(points).to_dict()
    kinds = [layer["mark"]["type"] for layer in spec["layer"]]
    assert kinds.count("area") == 1
    assert kinds.count("rule") == 3
    drawn = next(iter(spec["datasets"].values()))
    assert {row["role"] for row in drawn if "role" in row} == {"steady", "ink"}


def test_initiatives_side_by_side_keep_their_order_and_their_verdicts_colour() -> None:
    found = pl.DataFrame(
        {"label": ["b", "a"], "value": [0.03, -0.02], "low": [0.01, -0.04], "high": [0.05, -0.01], "n": [100, 200],
         "role": ["better", "worse"]}
    )  # fmt: skip
    spec = effects.effects(found).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "label" in row]
    assert [row["label"] for row in rows] == ["b", "a"]
    assert rows[0]["value"] == pytest.approx(3.0)
    assert all(layer["encoding"]["y"]["sort"] is None for layer in spec["layer"] if "y" in layer["encoding"])


def test_a_long_name_beside_a_bar_breaks_into_lines_that_leave_room_on_a_phone() -> None:
    name = "One contact person for long-standing customers"
    found = pl.DataFrame(
        {"label": [name], "value": [0.03], "low": [0.01], "high": [0.05], "n": [100], "role": ["better"]}
    )
    spec = effects.effects(found).to_dict()
    (label,) = {row["label"] for data in spec["datasets"].values() for row in data if "label" in row}
    assert label.split("\n") == ["One contact person for", "long-standing customers"]
