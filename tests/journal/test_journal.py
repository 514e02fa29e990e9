"""What is written stays; two people at once lose nothing."""

import multiprocessing
import os
import signal
import sqlite3
import stat
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.journal import (
    CLOSED,
    STATES,
    Act,
    ActChanged,
    Budget,
    Draw,
    Journal,
    JournalError,
    Plan,
    PlanChanged,
)
from pipelines.store import Store

pytestmark = pytest.mark.usefixtures("nobody_s_main")

AT = datetime(2026, 11, 16, 5)
WRITERS, CHANGES_EACH = 3, 8


@pytest.fixture
def nobody_s_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page tested earlier in this process stands as `__main__`; a process begun here would run it first."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def plan(**changes: object) -> Plan:
    given = {
        "initiative_id": "cards", "name": "Birthday cards", "hypothesis": "They come back", "occasion": "birthday",
        "tactic": "card", "care_class": "extra", "horizon_days": 90, "smallest_effect": 0.03, "capacity_a_week": 50,
        "owner": "head of care", "starts_on": date(2026, 11, 1), "looks": (date(2027, 2, 1), date(2027, 5, 1)),
    }  # fmt: skip
    return Plan(**{**given, **changes})  # type: ignore[arg-type]


def act(name: str = "A1", customer: str = "anna") -> Act:
    return Act(
        name, "birthday", customer, "card", "Has a birthday.", date(2026, 11, 20), initiative_id="cards"
    )


def a_draw(people: dict[str, str], period: str = "2026-W47", **changes: object) -> Draw:
    rows = pl.DataFrame(
        [(key, arm, "top", 0.5, "Has a birthday.") for key, arm in people.items()],
        schema=["customer_key", "arm", "stratum", "probability", "reason"],
        orient="row",
    )
    acts = tuple(act(f"{period}-{key}", key) for key, arm in people.items() if arm == "treated")
    given = {
        "draw_id": f"cards-{period}", "initiative_id": "cards", "period": period, "seed": 7, "drawn_at": AT,
        "build_id": "b", "capacity": 1, "by": "head", "rows": rows, "acts": acts,
    }  # fmt: skip
    return Draw(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(Store(tmp_path / "store"))


def test_a_journal_that_nobody_wrote_in_is_empty_and_no_file(journal: Journal) -> None:
    frames = (journal.acts(), journal.kindnesses(), journal.decisions(), journal.gentle(), journal.reveals())
    assert [frame.height for frame in (*frames, journal.vetoes("cards"))] == [0] * 6
    assert (journal.plans(), journal.plan("cards"), journal.draws("cards")) == ([], None, [])
    assert not journal.path.exists()


def test_the_file_is_the_owner_s_alone_also_with_a_careless_umask(journal: Journal) -> None:
    before = os.umask(0)
    try:
        journal.plan_acts([act()], "head")
        with journal.read() as connection:
            assert connection is not None
            assert connection.execute("select count(*) from entry").fetchone() == (1,)
            files = list(journal.path.parent.glob("journal.sqlite*"))
            assert len(files) > 1
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    finally:
        os.umask(before)
    assert sqlite3.connect(journal.path).execute("pragma journal_mode").fetchone() == ("wal",)


def test_what_was_written_can_not_be_changed_or_deleted(journal: Journal) -> None:
    journal.be_gentle("anna", date(2026, 12, 1), "ben", AT)
    with sqlite3.connect(journal.path) as connection:
        for statement in ("update entry set by = 'x'", "delete from entry"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                connection.execute(statement)
    assert journal.gentle().rows() == [("anna", date(2026, 12, 1), "ben", AT)]


# Plans


def test_a_plan_reads_back_as_it_was_written(journal: Journal) -> None:
    written = plan(
        cost_each=3.2, currency="EUR", finding="Top customers: 88 have heard nothing", written_at=AT
    )
    assert journal.write_plan(written) == written
    assert journal.plans() == [written] == [journal.plan("cards")]


def test_a_plan_may_become_better_until_people_are_drawn_for_it(journal: Journal) -> None:
    journal.write_plan(plan())
    better = journal.write_plan(plan(horizon_days=60))
    journal.record_draw(a_draw({"anna": "treated", "bert": "control"}), better)
    with pytest.raises(JournalError, match="People were drawn for 'cards'"):
        journal.write_plan(plan(smallest_effect=0.5))
    standing = journal.plan("cards")
    assert standing is not None
    assert (standing.horizon_days, standing.smallest_effect) == (60, 0.03)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"horizon_days": 0}, "horizon"), ({"wait_share": 1.0}, "share that waits"), ({"name": " "}, "a name"),
        ({"smallest_effect": 3.0}, "smallest effect"), ({"capacity_a_week": 0}, "capacity"),
        ({"care_class": "kind"}, "owed or extra"), ({"cost_each": -1.0}, "cost"),
    ],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(JournalError, match=says):
        plan(**wrong)


# Vetoes and the lot


def test_a_veto_has_a_reason_and_can_be_lifted(journal: Journal) -> None:
    with pytest.raises(JournalError, match="reason"):
        journal.veto("cards", "anna", " ", "ben")
    journal.veto("cards", "anna", "Is my sister.", "ben", AT)
    journal.veto("calls", "bert", "Moves house.", "ben", AT)
    assert journal.vetoes("cards").rows() == [("cards", "anna", "Is my sister.", "ben", AT)]
    journal.lift_veto("cards", "anna", "ben")
    assert journal.vetoes("cards").height == 0
    assert journal.vetoes("calls").height == 1


def test_a_draw_reads_back_with_everybody_and_plans_the_acts(journal: Journal) -> None:
    draw = a_draw({"anna": "treated", "bert": "control"})
    assert journal.record_draw(draw) is draw
    (standing,) = journal.draws("cards")
    assert standing.rows.equals(draw.rows)
    assert (standing.seed, standing.period, standing.drawn_at, standing.by) == (7, "2026-W47", AT, "head")
    assert journal.acts("cards")["customer_key"].to_list() == ["anna"]


def test_a_second_list_of_the_same_week_is_the_first_one(journal: Journal) -> None:
    first = journal.record_draw(a_draw({"anna": "treated", "bert": "control"}))
    again = journal.record_draw(a_draw({"anna": "control", "bert": "treated"}, seed=8))
    assert again.seed == first.seed == 7
    assert again.rows.equals(first.rows)
    assert journal.acts("cards")["customer_key"].to_list() == ["anna"]
    assert len(journal.draws("cards")) == 1
    journal.record_draw(a_draw({"cleo": "treated", "dora": "control"}, "2026-W48"))
    assert [draw.period for draw in journal.draws("cards")] == ["2026-W47", "2026-W48"]


def test_a_draw_with_odds_that_are_none_or_with_somebody_twice_is_refused(journal: Journal) -> None:
    rows = a_draw({"anna": "treated"}).rows
    with pytest.raises(JournalError, match="odds"):
        journal.record_draw(a_draw({}, rows=rows.with_columns(probability=pl.lit(0.0)), acts=()))
    with pytest.raises(JournalError, match="twice"):
        journal.record_draw(a_draw({}, rows=pl.concat([rows, rows]), acts=()))
    assert journal.draws("cards") == []


def test_a_draw_for_a_plan_that_was_rewritten_meanwhile_is_refused_and_nothing_is_written(
    journal: Journal,
) -> None:
    proposed = journal.write_plan(plan(), at=AT)
    journal.write_plan(plan(horizon_days=10), at=AT)
    draw = a_draw({"anna": "treated", "bert": "control"})
    for drawn_for in (proposed, None):
        with pytest.raises(PlanChanged, match="rewritten after this lot was proposed, so nothing was drawn"):
            journal.record_draw(draw, drawn_for)
    assert (journal.draws(), journal.acts().height) == ([], 0)
    journal.record_draw(draw, journal.plan("cards"))
    assert journal.record_draw(draw, proposed).draw_id == draw.draw_id, "the list of the week stands"


def test_nobody_of_a_lot_is_on_another_list(journal: Journal) -> None:
    journal.record_draw(a_draw({"anna": "treated", "bert": "control"}))
    calls = {"draw_id": "calls-2026-W47", "initiative_id": "calls", "acts": ()}
    for arm in ("treated", "control"):
        with pytest.raises(JournalError, match="Meanwhile 1 of these people came onto another list"):
            journal.record_draw(a_draw({"anna": arm, "cleo": "control"}, **calls))
    assert (journal.draws("calls"), journal.acts()["customer_key"].to_list()) == ([], ["anna"])
    journal.change_act("2026-W47-anna", "done", "ben", 1)
    journal.record_draw(a_draw({"anna": "treated", "bert": "control"}, **calls))
    assert len(journal.draws("calls")) == 1


def _killed_while_writing(folder: str) -> None:
    def last_words(*_: object) -> object:
        os.kill(os.getpid(), signal.SIGKILL)

    from pipelines.journal import lists

    lists.planned = last_words  # type: ignore[assignment]
    journal = Journal(Store(Path(folder)))
    journal.record_draw(a_draw({"anna": "treated", "bert": "control"}), journal.plan("cards"))


def test_a_process_killed_between_the_draw_and_its_list_leaves_neither(journal: Journal) -> None:
    journal.write_plan(plan())
    victim = multiprocessing.get_context("spawn").Process(
        target=_killed_while_writing, args=(str(journal.path.parent),)
    )
    victim.start()
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    assert journal.draws("cards") == []
    assert journal.acts().height == 0
    journal.record_draw(a_draw({"anna": "treated", "bert": "control"}), journal.plan("cards"))
    assert journal.acts("cards").height == 1


# Acts


def test_an_act_is_planned_once(journal: Journal) -> None:
    assert journal.plan_acts([act(), act("A2", "bert")], "head", AT) == 2
    journal.change_act("A1", "done", "ben", 1)
    assert journal.plan_acts([act(), act("A3", "cleo")], "head", AT) == 1
    assert dict(journal.acts().select("act_id", "state").rows()) == {
        "A1": "done", "A2": "planned", "A3": "planned"
    }  # fmt: skip
    assert journal.acts(states=["done"])["act_id"].to_list() == ["A1"]


def test_what_became_of_an_act_who_did_it_and_what_she_said(journal: Journal) -> None:
    journal.plan_acts([act()], "head", AT)
    version = journal.change_act("A1", "taken", "ben", 1, at=AT)
    journal.change_act("A1", "done", "cleo", version, note="She laughed.", at=AT)
    row = journal.acts().row(0, named=True)
    assert (row["state"], row["by"], row["taken_by"], row["note"], row["version"]) == (
        "done", "cleo", "ben", "She laughed.", 3
    )  # fmt: skip
    assert journal.history("A1")["state"].to_list() == ["planned", "taken", "done"]


def test_whoever_looked_at_an_old_version_is_told_who_was_first(journal: Journal) -> None:
    journal.plan_acts([act()], "head", AT)
    journal.change_act("A1", "taken", "ben", 1, at=AT)
    with pytest.raises(ActChanged, match="ben changed this act at 05:00 UTC: it is taken now") as told:
        journal.change_act("A1", "taken", "cleo", 1)
    assert (told.value.by, told.value.at, told.value.state, told.value.version) == ("ben", AT, "taken", 2)
    with pytest.raises(ActChanged):
        journal.undo("A1", "cleo", 1)
    assert journal.history("A1").height == 2


def test_an_unknown_act_or_state_or_a_closed_act_is_refused(journal: Journal) -> None:
    journal.plan_acts([act()], "head")
    with pytest.raises(JournalError, match="no act 'B'"):
        journal.change_act("B", "done", "ben", 1)
    with pytest.raises(JournalError, match="found 'perhaps'"):
        journal.change_act("A1", "perhaps", "ben", 1)
    version = journal.change_act("A1", "wrong_address", "ben", 1)
    with pytest.raises(JournalError, match=r"wrong address\. Undo that first"):
        journal.change_act("A1", "done", "ben", version)


changes = st.lists(st.one_of(st.sampled_from(STATES[1:]), st.just("undo")), max_size=10)


@hypothesis_settings(max_examples=10)
@given(changes)
def test_undo_walks_back_through_every_state_and_history_keeps_all(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[str]
) -> None:
    journal = Journal(Store(tmp_path_factory.mktemp("undo")))
    journal.plan_acts([act()], "head")
    shown, version, written = ["planned"], 1, 1
    for want in wanted:
        if want == "undo" and len(shown) == 1:
            with pytest.raises(JournalError, match="nothing to undo"):
                journal.undo("A1", "ben", version)
        elif want == "undo":
            version = journal.undo("A1", "ben", version)
            shown.pop()
            written += 1
        elif shown[-1] in CLOSED:
            with pytest.raises(JournalError, match="Undo that first"):
                journal.change_act("A1", want, "ben", version)
        else:
            version = journal.change_act("A1", want, "ben", version)
            shown.append(want)
            written += 1
        assert journal.acts().row(0, named=True)["state"] == shown[-1]
    assert journal.history("A1").height == written == version


def _work_through_the_list(folder: str, name: str, start: object, results: object) -> None:
    """Take, then do, whichever act is free; count what was accepted and what somebody else was first with."""
    journal = Journal(Store(Path(folder)))
    start.wait()  # type: ignore[attr-defined]
    accepted, beaten = [], 0
    for number in range(CHANGES_EACH):
        for to in ("taken", "done"):
            row = journal.acts().filter(pl.col("act_id") == f"A{number:02d}").row(0, named=True)
            if row["state"] in CLOSED:
                break
            try:
                version = journal.change_act(row["act_id"], to, name, row["version"])
                accepted.append((row["act_id"], version, to))
            except ActChanged:
                beaten += 1
    results.put((name, accepted, beaten))  # type: ignore[attr-defined]


def test_processes_that_work_the_same_list_at_once_lose_no_change(journal: Journal) -> None:
    journal.plan_acts([act(f"A{number:02d}", f"c{number}") for number in range(CHANGES_EACH)], "head")
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(WRITERS), context.Queue()
    people = [
        context.Process(
            target=_work_through_the_list, args=(str(journal.path.parent), f"p{n}", start, results)
        )
        for n in range(WRITERS)
    ]
    for person in people:
        person.start()
    told = [results.get(timeout=60) for _ in people]
    for person in people:
        person.join()
    written = {
        (name, row["version"], row["state"]): row["by"]
        for name in journal.acts()["act_id"]
        for row in journal.history(name).iter_rows(named=True)
        if row["version"] > 1
    }
    accepted = {change: name for name, changes, _ in told for change in changes}
    assert written == accepted
    assert sum(len(changes) for _, changes, _ in told) == len(accepted)
    assert set(journal.acts()["state"]) == {"done"}


def test_of_threads_that_change_one_version_exactly_one_is_accepted(journal: Journal) -> None:
    journal.plan_acts([act()], "head")
    start, accepted, refused = threading.Barrier(8), [], []

    def change(name: str) -> None:
        start.wait()
        try:
            accepted.append((name, journal.change_act("A1", "taken", name, 1)))
        except ActChanged as told:
            refused.append(told.by)

    threads = [threading.Thread(target=change, args=(f"p{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((winner, version),) = accepted
    assert (version, set(refused), len(refused)) == (2, {winner}, 7)
    assert journal.acts().row(0, named=True)["taken_by"] == winner


# Beside the lists


def test_a_kindness_is_logged_for_somebody_or_for_nobody_named(journal: Journal) -> None:
    journal.log_kindness("anna", "flowers", 12.5, "ben", AT, note="Her dog died.", currency="EUR")
    journal.log_kindness(None, "coffee", 0, "ben", AT)
    rows = journal.kindnesses().drop("kindness_id").rows()
    assert rows == [
        ("anna", "flowers", 12.5, "EUR", "ben", AT, "Her dog died."), (None, "coffee", 0.0, None, "ben", AT, None)
    ]  # fmt: skip
    assert journal.kindnesses()["kindness_id"].n_unique() == 2
    with pytest.raises(JournalError, match="cost of 0 or more"):
        journal.log_kindness("anna", "flowers", -1, "ben")


def test_people_who_log_kindness_at_once_do_not_overrun_the_budget(journal: Journal) -> None:
    journal.log_kindness(None, "flowers", 90, "ben", datetime(2026, 9, 30, 21, 59, 59), currency="EUR")
    journal.log_kindness(None, "flowers", 90, "ben", AT, currency="CHF")
    budget = Budget(100, "EUR", datetime(2026, 9, 30, 22))
    start, refused = threading.Barrier(8), []

    def log() -> None:
        start.wait()
        try:
            journal.log_kindness(None, "flowers", 33.3, "ben", AT, currency="EUR", budget=budget)
        except JournalError as told:
            refused.append(str(told))

    threads = [threading.Thread(target=log) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        refused == ["Only 0.10 EUR of the budget is left: nothing was noted. Ask before you spend more."] * 5
    )
    journal.log_kindness(None, "a card", 0.1, "ben", AT, budget=budget)
    with pytest.raises(JournalError, match=r"Only 0\.00 EUR"):
        journal.log_kindness(None, "a card", 0.01, "ben", AT, budget=budget)
    journal.log_kindness(None, "flowers", 500, "ben", AT, currency="CHF", budget=budget)
    assert journal.kindnesses().height == 2 + 3 + 1 + 1


def test_decisions_keep_their_order_and_words(journal: Journal) -> None:
    journal.decide("cards", "wait", "Too few yet", "head of care", date(2027, 2, 12), "ben", AT)
    journal.decide("cards", "stop", "It harms", "head of care", None, "ben", AT)
    assert journal.decisions().rows() == [
        ("cards", "wait", "Too few yet", "head of care", date(2027, 2, 12), "ben", AT),
        ("cards", "stop", "It harms", "head of care", None, "ben", AT),
    ]
    with pytest.raises(JournalError, match="keep going, widen, change, stop, wait; found 'maybe'"):
        journal.decide("cards", "maybe", "", "", None, "ben")


def test_gentle_is_a_day_and_no_reason_and_can_be_taken_back(journal: Journal) -> None:
    journal.be_gentle("anna", date(2026, 12, 1), "ben", AT)
    journal.be_gentle("anna", None, "ben", AT)
    assert journal.gentle().rows() == [("anna", None, "ben", AT)]
    with sqlite3.connect(journal.path) as connection:
        assert connection.execute("select words, facts from entry order by entry_id").fetchall() == [
            (None, '{"until_on": "2026-12-01"}'), (None, '{"until_on": null}')
        ]  # fmt: skip


def test_a_damaged_journal_is_said_to_be_one_without_quoting_it(journal: Journal) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(b"anna@example.com is no database" * 100)
    with pytest.raises(JournalError, match="no SQLite file or is damaged") as told:
        journal.acts()
    assert "anna" not in str(told.value)
    assert told.value.__cause__ is None
