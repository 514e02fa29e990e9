"""A frozen week knows the events that had been told, and the goals as they counted on its Sunday."""

import os
from datetime import date, datetime

import pytest

from pipelines.journal.events import Event, events
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.snapshot.freezing import freeze
from pipelines.snapshot.rebuilding import rebuild
from pipelines.store import Store
from tests.conftest import ARRIVED, AS_OF, MakeWorkspace

LATER = "2026-11-17T05:00:00Z"
TWO_DAYS = 2 * 86_400
GOALS = """goal_id,kpi,target_share,due_on,owner,from_on
g1,emotion,0.6,2026-12-31,board,
g1,emotion,0.7,2026-12-31,board,2026-11-10
g1,emotion,0.8,2026-12-31,board,2026-11-16
"""
TOLD_AGAIN = """goal_id,kpi,target_share,due_on,owner,from_on
g1,emotion,0.1,2026-12-31,board,
g1,emotion,0.2,2026-12-31,board,2026-11-16
"""
TARGETS = "select target_share, from_on, until_on from goal_target order by from_on nulls first"
EVENTS = "event_id,kind,says,from_on\ne1,outage,Phones,2026-11-12\ne2,holiday,Monday off,2026-11-16\n"
CHANGED = "event_id,kind,says,from_on\ne1,outage,Phones down,2026-11-12\ne3,outage,Chat down,2026-11-13\n"


@pytest.mark.endure
def test_a_week_knows_no_later_event_and_holds_itself_to_the_goal_of_then(
    empty_workspace: MakeWorkspace,
) -> None:
    folder = empty_workspace(files={"inbox/goals.csv": GOALS, "inbox/events.csv": EVENTS})
    settings = load_settings(folder / "careful.toml")
    store = Store(settings.store)
    events(store).write(
        Event(kind="launch", says="New shop", from_on=date(2026, 11, 13)), "ann", datetime(2026, 11, 15, 12)
    )
    run_once(settings)
    frozen = freeze(settings, store, "2026-W46")
    config = folder / "careful.toml"
    config.write_text(config.read_text().replace(AS_OF, LATER))
    again = folder / "inbox" / "events.csv"
    again.write_text(CHANGED)
    os.utime(again, (ARRIVED + TWO_DAYS, ARRIVED + TWO_DAYS))
    retold = folder / "inbox" / "goals.csv"
    retold.write_text(TOLD_AGAIN)
    os.utime(retold, (ARRIVED + TWO_DAYS, ARRIVED + TWO_DAYS))
    settings = load_settings(config)
    run_once(settings)

    now = store.current()
    assert now is not None
    told = "select says from event order by event_id"
    assert now.query(told)["says"].to_list() == ["Phones down", "Monday off", "Chat down", "New shop"]
    assert now.query("select target_share from goal").rows() == [(0.2,)]
    assert now.query(TARGETS).rows() == [
        (0.6, None, date(2026, 11, 9)), (0.7, date(2026, 11, 10), date(2026, 11, 15)),
        (0.8, date(2026, 11, 16), date(2026, 11, 16)), (0.2, date(2026, 11, 17), None),
    ]  # fmt: skip
    now.close()
    assert frozen.query(told)["says"].to_list() == ["Phones", "New shop"]
    assert frozen.query("select target_share from goal").rows() == [(0.7,)]
    assert frozen.query(TARGETS).rows() == [
        (0.6, None, date(2026, 11, 9)), (0.7, date(2026, 11, 10), None)
    ]  # fmt: skip
    rebuilt = rebuild(frozen, store)
    assert rebuilt.content_hash == frozen.manifest["content_hash"]
    earlier = freeze(settings, store, "2026-W45")
    assert earlier.query(told).is_empty()
    assert earlier.query("select target_share from goal").rows() == [(0.6,)]
    assert earlier.query(TARGETS).rows() == [(0.6, None, None)]
