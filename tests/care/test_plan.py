"""From a plan to this week's list, and back again."""

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.care import lot, outlook
from pipelines.care.export import COLUMNS
from pipelines.care.plan import CareError, carry_out, propose
from pipelines.care.reveal import reveal
from pipelines.care.words import in_words
from pipelines.cli import app
from pipelines.door.intake import take_in
from pipelines.door.pseudonym import read_key
from pipelines.journal import Act, Journal, JournalError, Plan, PlanChanged
from pipelines.journal.landing import bring_back, land_journal, unlanded
from pipelines.measures.impact import smallest_detectable_effect
from pipelines.publish import run_once
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Build, Store

EVERYBODY, MAY_NOT = 60, {"no consent": 2, "gentle": 3}


@pytest.fixture
def store(company: Settings) -> Store:
    return Store(company.store)


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


def plan(**changes: object) -> Plan:
    given = {
        "initiative_id": "THANKS", "name": "Thank-you note", "hypothesis": "They come back", "occasion": "second_order",
        "tactic": "handwritten note", "care_class": "extra", "horizon_days": 30, "smallest_effect": 0.2,
        "capacity_a_week": 20, "owner": "head of care", "starts_on": date(2026, 11, 1), "cost_each": 3.2,
        "currency": "EUR", "written_at": datetime(2026, 10, 30),
    }  # fmt: skip
    return Plan(**{**given, **changes})  # type: ignore[arg-type]


def build_of(store: Store) -> Build:
    build = store.current()
    assert build is not None
    return build


def test_the_order_is_rules_then_vetoes_then_the_lot_then_the_list(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    proposal = propose(store, company, "THANKS")
    assert proposal.refused == MAY_NOT
    first, second = proposal.frame["customer_key"].to_list()[:2]
    journal.veto("THANKS", first, "Is my sister.", "ben")
    journal.be_gentle(second, date(2026, 12, 1), "ben")
    proposal = propose(store, company, "THANKS")
    assert proposal.refused == {"no consent": 2, "gentle": 4, "veto": 1}
    assert proposal.vetoed["customer_key"].to_list() == [first]
    listed = carry_out(store, company, "THANKS", 20, "head")
    assert (listed.acts.height, listed.n_waiting, listed.is_new) == (20, EVERYBODY - 7 - 20, True)
    assert listed.draw is not None
    in_lot = set(listed.draw.rows["customer_key"])
    assert not in_lot & {first, second}
    assert listed.draw.rows["probability"].unique().to_list() == [20 / 53]
    assert set(listed.acts["customer_key"]) == set(
        listed.draw.rows.filter(pl.col("arm") == lot.TREATED)["customer_key"]
    )
    assert (
        journal.acts("THANKS")["reason"].str.starts_with("Came back on 2026-11-05 for a second order").all()
    )


def test_something_extra_waits_for_what_is_owed_and_never_comes_again_to_who_asked_for_that(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    first, second, third = propose(store, company, "THANKS").frame["customer_key"].to_list()[:3]
    owed = [
        Act(f"O{n}", "complaint", key, "call", "Complained.", date(2026, 11, 18), "owed")
        for n, key in enumerate((first, second, third))
    ]
    journal.plan_acts(owed, "head")
    journal.change_act("O1", "done", "ben", 1)
    journal.change_act("O2", "never_again", "ben", 1)
    proposal = propose(store, company, "THANKS")
    assert proposal.refused == {"no consent": 2, "never again": 1, "gentle": 3, "on the list": 1}
    in_it = set(proposal.frame["customer_key"])
    assert (first in in_it, second in in_it, third in in_it) == (False, True, False)


def test_asked_again_in_the_same_week_the_same_list_comes_back(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    rehearsed = carry_out(store, company, "THANKS", 20, "head", dry_run=True)
    assert journal.draws("THANKS") == []
    first = carry_out(store, company, "THANKS", 20, "head")
    again = carry_out(store, company, "THANKS", 5, "somebody else", seed=99)
    assert rehearsed.acts.equals(first.acts)
    assert again.acts.equals(first.acts)
    assert (first.is_new, again.is_new) == (True, False)
    assert len(journal.draws("THANKS")) == 1
    assert journal.acts("THANKS").height == 20


def test_a_plan_rewritten_after_it_was_shown_is_not_drawn_for(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    shown = propose(store, company, "THANKS")
    journal.write_plan(plan(horizon_days=5, written_at=datetime(2026, 10, 31)))
    with pytest.raises(PlanChanged, match="The plan of 'THANKS' was rewritten"):
        carry_out(store, company, "THANKS", 20, "head", seen=shown)
    assert journal.draws("THANKS") == []
    again = propose(store, company, "THANKS")
    assert carry_out(store, company, "THANKS", 20, "head", seen=again).is_new


def test_two_initiatives_drawn_in_the_same_second_list_nobody_twice(
    company: Settings, store: Store, journal: Journal
) -> None:
    names = ("THANKS", "CALLS", "CARDS")
    for name in names:
        journal.write_plan(plan(initiative_id=name))
    start, refused = threading.Barrier(len(names)), []

    def draw(name: str) -> None:
        start.wait()
        try:
            carry_out(store, company, name, 30, "head")
        except JournalError as told:
            refused.append((name, str(told)))

    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.acts()["customer_key"].is_unique().all()
    for name, told in refused:
        assert "came onto another list, and nobody is on two" in told
        assert (journal.draws(name), journal.acts(name).height) == ([], 0)
        assert carry_out(store, company, name, 5, "head").acts.height == 5
    assert journal.acts()["customer_key"].is_unique().all()


def test_what_is_owed_comes_back_when_asked_for_again(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    key, alias = propose(store, company, "THANKS").frame.select("customer_key", "alias").row(0)
    owed = Act("O1", "complaint", key, "call", "Complained.", date(2026, 11, 18), "owed")
    journal.plan_acts([owed], "head")
    journal.write_plan(plan(initiative_id="SORRY", occasion="complaint", care_class="owed"))
    listed = carry_out(store, company, "SORRY", None, "head")
    assert listed.acts.rows() == [("O1", key, alias, "call", "Complained.", date(2026, 11, 18))]
    assert in_words(propose(store, company, "SORRY"), listed) == [
        "Thank-you note is owed: everybody it is time for gets it, 1 of them. Nothing is drawn."
    ]


def test_after_a_crash_between_the_draw_and_the_list_the_same_list_comes_back(
    company: Settings, store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails once before the draw is written and once after; the third call shows the list that stands."""
    journal.write_plan(plan())
    expected = carry_out(store, company, "THANKS", 20, "head", dry_run=True).acts

    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lot, "fair_draw", fails)
        with pytest.raises(KeyboardInterrupt):
            carry_out(store, company, "THANKS", 20, "head")
    assert journal.draws("THANKS") == []
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.care.plan._listed", fails)
        with pytest.raises(KeyboardInterrupt):
            carry_out(store, company, "THANKS", 20, "head")
    assert len(journal.draws("THANKS")) == 1
    listed = carry_out(store, company, "THANKS", 20, "head")
    assert not listed.is_new
    assert listed.acts.equals(expected)


def test_nobody_is_drawn_again_before_the_horizon_has_passed(
    company: Settings, store: Store, journal: Journal, later: Callable[[str], Settings]
) -> None:
    journal.write_plan(plan(horizon_days=8))
    carry_out(store, company, "THANKS", 20, "head")
    for number, row in enumerate(journal.acts("THANKS").iter_rows(named=True)):
        journal.change_act(row["act_id"], "done" if number else "cancelled", "ben", 1)
    next_week = later("2026-11-23")
    proposal = propose(store, next_week, "THANKS")
    assert proposal.frame.is_empty()
    assert proposal.refused == {**MAY_NOT, "in a lot": 55}
    with pytest.raises(CareError, match="Nobody can be approached for Thank-you note now"):
        carry_out(store, next_week, "THANKS", 20, "head")
    after = later("2026-11-24")
    assert propose(store, after, "THANKS").frame.height == 55


def test_what_the_lot_can_show_and_by_when_is_said_in_plain_words(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    listed = carry_out(store, company, "THANKS", 20, "head")
    told = listed.outlook
    assert told is not None
    assert told.smallest == smallest_detectable_effect(20, 35, told.base_share)
    assert told.known_on == date(2026, 12, 16)
    said = " ".join(in_words(propose(store, company, "THANKS"), listed))
    assert "20 of 55 drawn by lot" in said
    assert "35 wait, and are denied nothing" in said
    for never in ("p =", "arm", "control", "treated", "power", "MDE"):
        assert never not in said


@pytest.mark.parametrize("worth_having", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("looks", [(), (date(2026, 12, 20), date(2027, 3, 1))])
def test_so_many_weeks_and_not_one_fewer_show_what_is_worth_having(
    company: Settings, store: Store, journal: Journal, worth_having: float, looks: tuple[date, ...]
) -> None:
    """After this list only those come up who are new: nobody is in two lots within the horizon."""
    journal.write_plan(plan(smallest_effect=worth_having, looks=looks))
    told = carry_out(store, company, "THANKS", 20, "head", dry_run=True).outlook
    assert told is not None
    if told.base_share + worth_having > 1:
        assert told.weeks is None
        return
    people = build_of(store).query_people(
        "select since_on, due_on from care_proposal where occasion = 'second_order' and status <> 'never'"
    )
    drawn, waiting = outlook.split(outlook.a_week(people, date(2026, 11, 16)), 20, 0.2)
    level = 0.975 if looks else 0.95

    def shown(weeks: int) -> float:
        n = (round(20 + drawn * (weeks - 1)), round(35 + waiting * (weeks - 1)))
        return smallest_detectable_effect(*n, told.base_share, level=level)

    if told.weeks is None:
        assert shown(outlook.LONGEST_WEEKS) > worth_having
        return
    assert shown(told.weeks) <= worth_having
    assert told.weeks == 1 or shown(told.weeks - 1) > worth_having
    assert told.answer_on == outlook.known_on(date(2026, 11, 16), told.weeks, 30)


def test_what_can_not_be_listed_says_why(
    company: Settings, store: Store, journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(CareError, match=r"no initiative 'NOPE'. Known are: none yet"):
        propose(store, company, "NOPE")
    journal.write_plan(plan(initiative_id="LATER", starts_on=date(2026, 12, 1)))
    with pytest.raises(CareError, match="starts on 01 December 2026"):
        propose(store, company, "LATER")
    journal.write_plan(plan(initiative_id="NOTHING", occasion=None))
    with pytest.raises(CareError, match="serves no occasion"):
        propose(store, company, "NOTHING")
    journal.write_plan(plan())
    journal.decide("THANKS", "stop", "It harms", "head", None, "head", datetime(2026, 11, 10))
    with pytest.raises(CareError, match="was stopped on 10 November 2026"):
        propose(store, company, "THANKS")
    with pytest.raises(CareError, match="Nothing is published yet"):
        propose(Store(tmp_path / "empty"), company, "THANKS")


# The journal as a source


def loads(store: Store) -> list[tuple[str, int]]:
    found = build_of(store).query(
        "select object, rows_loaded from load where source = 'journal' order by all"
    )
    return found.rows()


def test_a_run_lands_what_was_written_and_a_second_one_nothing(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    drawn = carry_out(store, company, "THANKS", 20, "head")
    one, other = drawn.acts["act_id"].to_list()[:2]
    journal.change_act(one, "done", "ben", 1, note="She cried and rang 044 668 18 00", at=company.as_of())
    journal.log_kindness(
        drawn.acts["customer_key"][2], "flowers", 9.5, "ben", company.as_of(), "for her birthday"
    )
    gentle = drawn.acts["customer_key"][3]
    journal.be_gentle(gentle, date(2026, 12, 24), "ben", company.as_of())
    first = run_once(company)
    assert first.outcome == "published"
    assert first.rows == {"rows_read": 79, "rows_loaded": 79, "rows_quarantined": 0, "rows_duplicate": 0}
    assert loads(store) == [("act", 21), ("assignment", 55), ("gentle", 1), ("kindness", 1), ("plan", 1)]
    build = build_of(store)
    assert build.query(
        "select name, occasion, acts_done, acts_planned from initiative where initiative_id = 'THANKS'"
    ).rows() == [("Thank-you note", "second_order", 1, 20)]
    arms = build.query_people("select unit_key, arm, probability, stratum from assignment order by unit_key")
    assert drawn.draw is not None
    assert arms.rows() == drawn.draw.rows.select("customer_key", "arm", "probability", "stratum").rows()
    acts = build.query_people(
        "select act_id, initiative_id, cost_amount::double, kind, outcome from care_act order by kind"
    )
    assert acts.drop("act_id").rows() == [
        (None, 9.5, "flowers", "done"), ("THANKS", 3.2, "handwritten note", "done")
    ]  # fmt: skip
    held = build.query_people(
        "select gentle_until_on from customer where customer_key = $key", {"key": gentle}
    )
    assert held.item() == date(2026, 12, 24)
    rules = (
        "select rule, count(*) from care_proposal where occasion = 'second_order' group by all order by all"
    )
    assert build.query_people(rules).rows() == [
        ("gentle", 4), ("in a lot", 35), ("no consent", 2), ("on the list", 18), ("too soon", 1)
    ]  # fmt: skip
    assert other in journal.acts(states=["planned"])["act_id"].to_list()
    assert (unlanded(store), land_journal(company, store, read_key(company.key_file))) == (0, [])


def test_free_text_and_who_of_the_team_wrote_it_stay_in_the_journal(
    company: Settings, store: Store, journal: Journal
) -> None:
    canary = "Zanzibar"
    journal.write_plan(plan(finding=canary))
    journal.veto("THANKS", "nobody", canary, canary)
    drawn = carry_out(store, company, "THANKS", 20, canary)
    journal.change_act(drawn.acts["act_id"][0], "done", canary, 1, note=canary, at=company.as_of())
    journal.log_kindness(None, "coffee", 1, canary, company.as_of(), canary)
    journal.decide("THANKS", "wait", canary, canary, None, canary, company.as_of())
    journal.be_gentle(drawn.acts["customer_key"][1], date(2026, 12, 1), canary, company.as_of())
    land_journal(company, store, read_key(company.key_file))
    for path in store.root.rglob("*"):
        if path.is_file() and not path.name.startswith("journal.sqlite"):
            assert canary.encode() not in path.read_bytes(), path
    for table in (
        "journal__plan",
        "journal__assignment",
        "journal__act",
        "journal__kindness",
        "journal__decision",
    ):
        landed = pl.read_parquet(store.landing / table / "*.parquet")
        assert canary not in json.dumps(landed.rows(), default=str)


@pytest.mark.endure
def test_a_killed_run_lands_the_rest_of_the_journal_next_time(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    carry_out(store, company, "THANKS", 20, "head")
    key = read_key(company.key_file)
    landed = land_journal(company, store, key)
    assert {load.object: load.rows_loaded for load in landed} == {"plan": 1, "assignment": 55, "act": 20}
    for path in store.loads.glob("*-act-j*.json"):
        path.unlink()
    assert [(load.object, load.rows_loaded) for load in land_journal(company, store, key)] == [("act", 20)]
    journal.log_kindness(None, "coffee", 1, "ben", company.as_of())
    assert unlanded(store) == 1
    assert [(load.object, load.rows_loaded) for load in land_journal(company, store, key)] == [
        ("kindness", 1)
    ]


def test_what_comes_back_from_the_crm_changes_the_same_act_and_each_thing_it_says_counts_once(
    company: Settings, store: Store, journal: Journal
) -> None:
    journal.write_plan(plan())
    listed = carry_out(store, company, "THANKS", 20, "head")
    done, lost, undone = listed.acts["act_id"].to_list()[:3]
    key = read_key(company.key_file)
    named = reveal(store, company, listed.acts["customer_key"].to_list(), "a test", "to send it to the CRM")
    emails = dict(listed.acts.join(named, on="customer_key").select("act_id", "email").rows())
    emails["NOT-OURS"] = "c59@example.com"

    def comes_back(outcomes: dict[str, str], hour: int) -> int:
        header = "act_id,initiative_id,customer_kind,customer_id,done_at,outcome,kind,cost_amount,currency\n"
        rows = "".join(
            f"{name},THANKS,email,{emails[name]},2026-11-15T04:00:00Z,{outcome},handwritten note,4.10,EUR\n"
            for name, outcome in outcomes.items()
        )
        inbox = company.inbox / "care_acts.csv"
        inbox.write_text(header + rows)
        moment = datetime(2026, 11, 16, hour, tzinfo=UTC).timestamp()
        os.utime(inbox, (moment, moment))
        take_in(company, store, all_profiles(), key)
        return bring_back(store)

    def states() -> dict[str, str]:
        rows = journal.acts().filter(pl.col("act_id").is_in([done, lost, undone]))
        return dict(rows.select("act_id", "state").rows())

    emails[done], right = emails[lost], emails[done]
    assert comes_back({done: "done"}, 2) == 0, "it names another customer than the act's"
    emails[done] = right
    told = {done: "done", lost: "wrong_address", undone: "done", "NOT-OURS": "done"}
    assert comes_back(told, 3) == 3
    assert states() == {done: "done", lost: "wrong_address", undone: "done"}
    journal.undo(undone, "ben", 2)
    assert bring_back(store) == 0
    assert comes_back(told, 4) == 0
    assert states()[undone] == "planned"
    assert comes_back({undone: "not_reached"}, 4) == 1
    assert states() == {done: "done", lost: "wrong_address", undone: "not_reached"}
    land_journal(company, store, key)
    landed = pl.read_parquet(store.landing / "journal__act" / "*.parquet").filter(pl.col("thing_id") == lost)
    last = landed.sort("version").tail(1)
    assert last.select("state", "done_at", pl.col("cost_amount").cast(pl.Float64)).row(0) == (
        "wrong_address", datetime(2026, 11, 15, 4), 4.1
    )  # fmt: skip


def test_the_journal_of_a_workspace_that_was_never_built_breaks_nothing(
    empty_workspace: Callable[..., Path],
) -> None:
    folder = empty_workspace()
    journal = Journal(Store(folder / "store"))
    journal.write_plan(plan())
    journal.be_gentle("somebody", date(2026, 12, 1), "ben", datetime(2026, 11, 1))
    journal.log_kindness("somebody", "flowers", 3, "ben", datetime(2026, 11, 1))
    settings = load_settings(folder / "careful.toml")
    assert run_once(settings).outcome == "published"
    build = build_of(Store(settings.store))
    assert build.query("select initiative_id from initiative").rows() == [("THANKS",)]
    assert build.query_people("select customer_key, kind from care_act").rows() == [(None, "flowers")]


# The command


def careful(company: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["plan", *arguments, "--config", str(company.path)])


def test_the_command_prints_aliases_counts_and_what_the_lot_can_show(
    company: Settings, store: Store, journal: Journal, tmp_path: Path
) -> None:
    journal.write_plan(plan())
    file = tmp_path / "list.csv"
    told = careful(company, "THANKS", "--capacity", "10", "--csv", str(file))
    assert told.exit_code == 0, told.stderr
    assert told.stdout.count("Came back on 2026-11-05 for a second order") == 10
    assert "10 of 55 drawn by lot" in told.stdout
    assert "Not in the lot: 2 without consent to be contacted for care." in told.stdout
    keys = build_of(store).query_people("select customer_key from customer")["customer_key"]
    for secret in (*keys, "example.com", "Muster"):
        assert secret not in told.stdout + file.read_text(encoding="utf-8-sig")
    assert file.read_text(encoding="utf-8-sig").splitlines()[0] == ",".join(f'"{name}"' for name in COLUMNS)
    again = json.loads(careful(company, "THANKS", "--json").stdout)
    assert (again["is_new"], len(again["drawn"]), again["n_waiting"]) == (False, 10, 45)
    assert again["refused"] == {}
    once_more = careful(company, "THANKS", "--capacity", "30", "--dry-run").stdout
    assert "This week's list is already drawn, on 16 November 2026: 10 people, here." in once_more
    assert once_more.splitlines()[:10] == told.stdout.splitlines()[:10]
    for never in ("on the list already", "in a lot of this initiative already", "rehearsal"):
        assert never not in once_more
    wrong = careful(company, "NOPE")
    assert wrong.exit_code == 1
    assert "Known are: THANKS" in wrong.stderr
    with sqlite3.connect(journal.path) as connection:
        assert connection.execute("select count(*) from entry where kind = 'reveal'").fetchone() == (0,)


def test_nobody_chooses_the_lot_by_its_seed(company: Settings, journal: Journal) -> None:
    journal.write_plan(plan())
    assert careful(company, "THANKS", "--capacity", "20", "--seed", "7").exit_code == 2
    assert journal.draws("THANKS") == []
