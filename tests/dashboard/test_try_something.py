"""Try something: what a plan could show and by when, before it is written down; then it stands."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import prospects, trying
from dashboard.parts import try_link
from dashboard.trying import Idea, NotWritten, Pool, Prospect
from pipelines.care import outlook
from pipelines.journal import Draw, Journal
from pipelines.settings import load_settings
from pipelines.store import Store
from tests.dashboard import proofs
from tests.dashboard.test_crawler import violations

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

PAGE = "try_something"
THANKS = Pool("second_order", "Thank-you after the second order", "extra", "handwritten note", 140, 60.0)
OWED = replace(THANKS, occasion="complaint", care_class="owed", kind="call")
IDEA = Idea(
    "A card", "A card brings them back.", "card", 50, 12, 90, 0.05, date(2026, 11, 16), cost_each=3.2,
    looks=(date(2027, 5, 1),),
)  # fmt: skip
TOLD = Prospect(600, 200, (210, 1000), 0.09, 40, date(2027, 5, 2), date(2027, 11, 14))


def journal(folder: Path) -> Journal:
    return Journal(Store(load_settings(folder / "careful.toml").store))


@pytest.fixture
def company(sample_workspace: Path, tmp_path: Path) -> Path:
    return proofs.copy_of(sample_workspace, tmp_path / "company")


def as_anna(app: AppTest) -> AppTest:
    app.text_input(key="who_acts_name").input("Anna")
    next(button for button in app.button if button.label == "That's me").click()
    return app.run()


def write(app: AppTest) -> AppTest:
    return app.button(key="try_write").click().run()


# What it could show


def test_lots_add_up_week_by_week_at_the_odds_of_the_lot() -> None:
    """140 people and 50 hands: 50 and 90; then 60 a week: 48 (80 of 100) at most, so 48 and 12 each."""
    assert trying.accumulated(THANKS, IDEA, 1) == (50, 90)
    assert trying.accumulated(THANKS, IDEA, 11) == (50 + 480, 90 + 120)
    assert trying.accumulated(THANKS, replace(IDEA, wait_share=0.5), 2) == (50 + 30, 90 + 30)


@pytest.mark.parametrize("people", [0.0, 0.4, 1.0, 7.0, 400.0])
def test_nobody_is_counted_twice_and_hands_are_never_exceeded(people: float) -> None:
    pool = replace(THANKS, now=round(people), a_week=people)
    drawn, waiting = trying.accumulated(pool, IDEA, 10)
    assert drawn + waiting == pytest.approx(round(people) + 9 * people, abs=1)
    assert drawn <= 50 * 10


def test_the_week_by_which_we_would_know_is_the_first_that_shows_what_is_worth_having(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trying, "_base", lambda *_: (210, 1000))
    can = trying.prospect(THANKS, IDEA)
    assert can.needed is not None
    assert can.answer_on is not None
    enough = trying.prospect(THANKS, replace(IDEA, weeks=can.needed))
    short = trying.prospect(THANKS, replace(IDEA, weeks=can.needed - 1))
    assert enough.smallest <= IDEA.smallest_effect < short.smallest
    assert enough.known_on == can.answer_on
    assert (can.answer_on - IDEA.starts_on).days == 7 * (can.needed - 1) + IDEA.horizon_days
    hopeless = trying.prospect(THANKS, replace(IDEA, smallest_effect=0.0001))
    assert hopeless.needed is hopeless.answer_on is None
    assert trying.prospect(replace(THANKS, now=0, a_week=0.0), IDEA).smallest == math.inf


@pytest.mark.parametrize(
    ("can", "known", "told"),
    [
        (replace(TOLD, needed=12), True, "We would know by about 2 May 2027."),
        (TOLD, False, "We would not know after 12 weeks."),
        (replace(TOLD, needed=None, answer_on=None), False, "We would never know."),
    ],
)
def test_it_warns_where_we_would_not_know(can: Prospect, known: bool, told: str) -> None:
    is_known, said = prospects.by_when(IDEA, can)
    assert is_known is known
    assert said.startswith(told)


@pytest.mark.parametrize(("gained_weeks", "is_said"), [(1, False), (2, True)])
def test_more_people_are_left_waiting_only_for_an_answer_that_comes_two_weeks_sooner(
    monkeypatch: pytest.MonkeyPatch, gained_weeks: int, is_said: bool
) -> None:
    half = replace(TOLD, answer_on=date(2027, 11, 14) - timedelta(weeks=gained_weeks))
    monkeypatch.setattr(
        trying, "prospect", lambda _, idea: half if idea.wait_share == prospects.HALF else TOLD
    )
    assert bool(prospects.sooner(THANKS, IDEA)) is is_said


def test_the_lot_and_the_plan_before_it_name_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_base", lambda *_: (210, 1000))
    can = trying.prospect(THANKS, IDEA)
    lots = outlook.Arrivals(50, 90, *outlook.split(60.0, 50, 0.2))
    needed = outlook.weeks_needed(lots, 0.21, IDEA.smallest_effect, 0.95)
    assert needed is not None
    assert outlook.known_on(IDEA.starts_on, needed, IDEA.horizon_days) == can.answer_on


def test_two_looks_take_longer_to_know_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_base", lambda *_: (210, 1000))
    once, twice = (
        trying.prospect(THANKS, replace(IDEA, looks=looks)).needed
        for looks in ((date(2027, 5, 1),), (date(2027, 5, 1), date(2027, 8, 1)))
    )
    assert once is not None
    assert twice is not None
    assert once < twice


def test_what_it_costs_is_said_with_what_each_customer_would_cost() -> None:
    told = prospects.costs(IDEA, TOLD, "EUR")
    assert told == (
        "It would cost about €1,920 in all. If it brings just what is worth having, that is €64 for each customer it "
        "brings back."
    )
    aimless = replace(IDEA, smallest_effect=0.0)
    assert "for each customer" not in prospects.costs(aimless, TOLD, "EUR")


def test_how_many_come_up_a_week_follows_from_the_last_four_weeks() -> None:
    today = date(2026, 11, 16)
    past = pl.DataFrame({"since_on": [date(2026, 10, 20)] * 28 + [date(2026, 6, 1)], "due_on": [today] * 29})
    assert outlook.a_week(past, today) == pytest.approx(7.0)
    birthdays = pl.DataFrame({"since_on": [today] * 20, "due_on": [today] * 10 + [date(2026, 11, 29)] * 10})
    assert outlook.a_week(birthdays, today) == pytest.approx(10.0)
    assert outlook.a_week(past.clear(), today) == 0.0


# The page


def test_a_finding_comes_along_and_prefills_the_occasion_that_suits_it(
    company: Path, open_page: Open, said: Said
) -> None:
    app = open_page(company, PAGE, finding="Fewer <b>buy</b> again", kpi="purchase_more", group="Family")
    assert "From: “Fewer <b>buy</b> again” (Family)" in said(app).replace("\\", "")
    assert app.selectbox(key="try_occasion").value == "second_order"
    assert app.text_input(key="try_belief_second_order").value.endswith("brings second-time buyers back.")
    assert violations(app) == []


def test_a_finding_about_something_owed_leads_to_the_list_and_to_no_test(
    company: Path, open_page: Open, said: Said
) -> None:
    app = open_page(company, PAGE, finding="Fewer reached a person", kpi="human_within_promise", group="chat")
    assert app.selectbox(key="try_occasion").value == "gave_up_waiting"
    assert app.title[0].value == "This is owed: everybody gets it, and nothing is tested."
    told = said(app)
    assert "Done for everybody at once" in told
    assert "know" not in told
    assert "The lot is for everybody" not in told
    assert not app.number_input
    assert "Write it down" not in [button.label for button in app.button]
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["To the list: this week's care"] == "occasion=gave_up_waiting"
    assert violations(app) == []
    extra = app.selectbox(key="try_occasion").set_value("second_order").run()
    assert extra.title[0].value == "Try something, so that we can tell whether it worked."
    assert extra.number_input


def test_no_plan_is_written_for_what_is_owed() -> None:
    with pytest.raises(NotWritten, match="done for everybody, so there is nothing to test"):
        trying.plan_of(OWED, IDEA, "Anna", "EUR")


def test_who_waits_for_something_owed_is_counted() -> None:
    assert prospects.owed(OWED).startswith("140 people wait for it now, and about 60 more come up a week.")
    assert prospects.owed(replace(OWED, now=1)).startswith("1 person waits for it now")
    assert prospects.owed(replace(OWED, now=0)).startswith("Nobody waits for it now")


def test_pages_offer_to_try_something_with_what_they_found(company: Path, open_page: Open) -> None:
    for page in ("feelings_and_loyalty", "top_customers"):
        links = [link.proto for link in open_page(company, page).get("page_link")]
        link = next(one for one in links if one.label == "Try something" and one.query_string)
        assert "finding=" in link.query_string
        assert "kpi=" in link.query_string


def test_a_long_finding_is_cut_for_the_address() -> None:
    assert len(try_link.plain("**Many** words " * 40)) <= try_link.LONGEST_FINDING


def test_a_plan_is_written_once_and_leads_to_the_list(company: Path, open_page: Open, said: Said) -> None:
    app = as_anna(open_page(company, PAGE, finding="Fewer buy again", kpi="purchase_more"))
    app.number_input(key="try_capacity").set_value(30)
    app = write(app.run())
    assert not app.exception
    (plan,) = journal(company).plans()
    assert (plan.occasion, plan.capacity_a_week, plan.owner, plan.care_class) == (
        "second_order",
        30,
        "Anna",
        "extra",
    )
    assert plan.finding == "Fewer buy again"
    assert plan.starts_on == date(2026, 11, 16)
    assert len(plan.looks) == 2
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "Carry it out: this week's care" in links
    assert links["See what we said"] == f"initiative={plan.initiative_id}"
    shown = open_page(company, "did_it_work", initiative=plan.initiative_id)
    assert shown.title[0].value == "It is written down and has not begun."
    listed = said(open_page(company, "this_weeks_care"))
    assert plan.name.split(":")[0] in listed


def test_a_second_plan_of_the_same_name_is_refused_in_clear_words(
    company: Path, open_page: Open, said: Said
) -> None:
    write(as_anna(open_page(company, PAGE, kpi="purchase_more")))
    app = write(as_anna(open_page(company, PAGE, kpi="purchase_more")))
    assert "that starts in that month. Give yours another name." in said(app)
    assert len(journal(company).plans()) == 1


def test_what_people_were_drawn_for_can_not_be_changed_any_more(
    company: Path, open_page: Open, said: Said
) -> None:
    app = write(as_anna(open_page(company, PAGE, kpi="purchase_more")))
    (plan,) = journal(company).plans()
    rows = pl.DataFrame({"customer_key": ["K1"], "arm": ["treated"], "stratum": ["all"], "probability": [0.5],
                         "reason": ["x"]})  # fmt: skip
    journal(company).record_draw(
        Draw("D1", plan.initiative_id, "2026-W47", 1, datetime(2026, 11, 16, 9), "b", 1, "Anna", rows), plan
    )
    app.number_input(key="try_worth").set_value(9.0)
    app = write(app.run())
    assert "so what was planned stays as it was written" in said(app)
    assert journal(company).plans() == [plan]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": " "}, "please give a name"),
        ({"hypothesis": ""}, "please give what you believe"),
        ({"smallest_effect": 0.0}, "how large an effect would be worth having"),
        ({"looks": (date(2026, 11, 1),)}, "the first look lies before the start"),
    ],
)
def test_a_plan_that_lacks_something_says_what(change: dict[str, object], told: str) -> None:
    with pytest.raises(NotWritten, match=told):
        trying.plan_of(THANKS, replace(IDEA, **change), "Anna", "EUR")


def test_an_empty_company_is_told_what_is_needed(
    open_page: Open, empty_workspace: Callable[..., Path], said: Said
) -> None:
    app = open_page(empty_workspace(run=True), PAGE)
    assert app.title[0].value == "There is nobody yet to try something with."
    assert violations(app) == []
