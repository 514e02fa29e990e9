"""Events and goals in the journal: every version kept, the last one counts, and each reaches the build by a run."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.journal import JournalError
from pipelines.journal.events import Event, events
from pipelines.journal.goals import Aim, goals
from pipelines.journal.things import ThingChanged
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.store import Store
from tests.conftest import MakeWorkspace

AT = datetime(2026, 11, 9, 9)
DAY = date(2026, 11, 5)
OUTAGE = Event(kind="outage", says="Phones  down ", from_on=DAY, until_on=DAY)
GOAL = Aim(kpi="emotion", target_share=0.6, due_on=date(2026, 12, 31), from_on=DAY, owner="board")


def test_an_event_is_written_changed_and_taken_back_and_nothing_is_lost(tmp_path: Path) -> None:
    book = events(Store(tmp_path))
    first = book.write(OUTAGE, "ann", AT)
    assert (first.says, first.until_on, first.version, first.by) == ("Phones down", None, 1, "ann")
    second = book.change(first, "bo", AT, says="Telephones down", until_on=date(2026, 11, 6))
    book.change(second, "ann", AT, is_dropped=True)
    assert [(one.says, one.by, one.is_dropped) for one in book.history(first.thing_id)] == [
        ("Phones down", "ann", False), ("Telephones down", "bo", False), ("Telephones down", "ann", True)
    ]  # fmt: skip
    assert [one.is_dropped for one in book.all()] == [True]
    assert book.all(datetime(2026, 11, 9, 8)) == []


def test_who_looked_at_an_older_version_writes_over_nothing(tmp_path: Path) -> None:
    book = events(Store(tmp_path))
    first = book.write(OUTAGE, "ann", AT)
    book.change(first, "bo", AT, says="Telephones down")
    with pytest.raises(ThingChanged, match="bo changed this"):
        book.change(first, "ann", AT, says="All down")
    assert book.all()[0].says == "Telephones down"


def test_a_goal_of_a_list_begins_its_history_here_once(tmp_path: Path) -> None:
    book = goals(Store(tmp_path))
    listed = Aim(thing_id="GOAL-01", kpi="emotion", target_share=0.7, due_on=DAY, from_on=DAY, owner="board")
    assert book.write(listed, "ann", AT).thing_id == "GOAL-01"
    with pytest.raises(ThingChanged):
        book.write(listed, "bo", AT)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "storm"}, "one of campaign"),
        ({"says": " "}, "a few words"),
        ({"says": "x" * 61}, "at most 60 letters"),
        ({"until_on": date(2026, 11, 4)}, "a last day from 2026-11-05 on"),
        ({"member": "Family"}, "a dimension with its member"),
    ],
)
def test_an_event_that_lacks_something_is_refused_in_words(tmp_path: Path, wrong: dict, says: str) -> None:
    with pytest.raises(JournalError, match=says):
        events(Store(tmp_path)).write(
            Event(**{"kind": "outage", "says": "Phones", "from_on": DAY} | wrong), "ann", AT
        )
    assert events(Store(tmp_path)).all() == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kpi": ""}, "a number"),
        ({"target_share": 1.2}, "a share from -1 to 1"),
        ({"due_on": date(2026, 11, 4)}, "a due day from"),
        ({"owner": " "}, "an owner"),
        ({"dimension": "segment"}, "a dimension with its member"),
    ],
)
def test_a_goal_that_lacks_something_is_refused_in_words(tmp_path: Path, wrong: dict, says: str) -> None:
    given = {"kpi": "emotion", "target_share": 0.6, "due_on": DAY, "from_on": DAY, "owner": "board"} | wrong
    with pytest.raises(JournalError, match=says):
        goals(Store(tmp_path)).write(Aim(**given), "ann", AT)


def test_nobody_writes_without_saying_who_she_is(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="Say who you are"):
        goals(Store(tmp_path)).write(GOAL, " ", AT)


@given(st.integers(100_000_000, 999_999_999), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.com", fullmatch=True))
def test_what_tells_who_somebody_is_never_becomes_a_label(number: int, address: str) -> None:
    label = f"Call {number} or {address}"
    said = Event(kind="other", says=label, from_on=DAY).checked().says
    assert str(number) not in said
    assert address not in said


def test_both_reach_the_build_by_the_next_run_and_changes_by_the_one_after(
    empty_workspace: MakeWorkspace,
) -> None:
    listed = "goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.6,2026-12-31,board\n"
    told = "event_id,kind,says,from_on\ne1,launch,New shop,2026-11-02\n"
    folder = empty_workspace(files={"inbox/goals.csv": listed, "inbox/events.csv": told})
    before = (AT - timedelta(days=1)).replace(tzinfo=UTC).timestamp()
    os.utime(folder / "inbox" / "goals.csv", (before, before))
    settings = load_settings(folder / "careful.toml")
    store = Store(folder / "store")
    first = events(store).write(OUTAGE, "ann", AT)
    raised = goals(store).write(
        Aim(thing_id="g1", kpi="emotion", target_share=0.7, due_on=date(2027, 3, 31), from_on=AT.date(), owner="board"),
        "ann", AT,
    )  # fmt: skip
    run_once(settings)
    build = store.current()
    assert build is not None
    assert build.query("select says, from_on, until_on, dimension from event order by event_id").rows() == [
        ("New shop", date(2026, 11, 2), date(2026, 11, 2), "all"), ("Phones down", DAY, DAY, "all")
    ]  # fmt: skip
    targets = build.query(
        "select target_share, from_on, until_on from goal_target order by until_on nulls last"
    )
    assert targets.rows() == [(0.6, None, date(2026, 11, 8)), (0.7, AT.date(), None)]
    assert build.query("select goal_id, target_share, due_on from goal").rows() == [
        ("g1", 0.7, date(2027, 3, 31))
    ]
    build.close()
    events(store).change(first, "ann", AT, is_dropped=True)
    goals(store).change(raised, "ann", AT, from_on=AT.date(), is_dropped=True)
    run_once(settings)
    later = store.current()
    assert later is not None
    assert later.query("select says from event").rows() == [("New shop",)]
    assert later.query("select * from goal").is_empty()
    assert later.query("select target_share, until_on from goal_target").rows() == [(0.6, date(2026, 11, 8))]
    later.close()
