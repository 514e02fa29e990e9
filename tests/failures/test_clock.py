"""A clock that jumps: what is published last is in force and kept, and one wrong run removes nothing."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.door.land import latest_clock, read_loads
from pipelines.door.originals import RAW_RETENTION, received_at
from pipelines.publish import KEPT_BUILDS, run_once
from pipelines.settings import Settings
from pipelines.store import Store, stamp
from tests.door.conftest import Desk
from tests.failures import company as failing

Content = dict[str, list[tuple[Any, ...]]]
YEAR = timedelta(days=366)
NOW = datetime(2026, 11, 16, 5)
GOALS = "goal_id,kpi,target_share,due_on,owner\ng3,emotion,0.6,2026-12-31,us\n"


def at(settings: Settings, moment: datetime) -> Settings:
    """The settings with the company's clock at another time, in UTC."""
    stopped = settings.company.model_copy(update={"as_of": moment})
    return settings.model_copy(update={"company": stopped})


def raw_of(settings: Settings) -> dict[str, datetime]:
    return {path.name: received_at(path) for path in (settings.store / "vault" / "raw").iterdir()}


def published_a_year_ahead(settings: Settings) -> str:
    """What a run leaves whose clock stood a year ahead: a build, a pointer and a record of then. Returns its id."""
    store, build = Store(settings.store), failing.published(settings)
    moment = datetime.now(UTC) + YEAR
    ahead = f"{moment:%Y%m%dT%H%M%S%f}-{build.id[-8:]}"
    manifest = (build.path / "manifest.json").read_text().replace(build.id, ahead)
    build.path.rename(store.builds_folder / ahead)
    (store.builds_folder / ahead / "manifest.json").write_text(manifest)
    store.pointer.write_text(ahead)
    (record,) = store.runs_folder.iterdir()
    record.rename(record.with_stem(f"{moment:%Y%m%dT%H%M%S%f}"))
    return ahead


@pytest.mark.endure
def test_after_a_clock_that_stood_ahead_builds_and_runs_sort_in_the_order_in_which_they_were_made(
    company: Settings, expected: Content
) -> None:
    store = Store(company.store)
    ahead = published_a_year_ahead(company)
    ids = [run_once(company).build_id for _ in range(2)]
    assert [build.id for build in store.builds()][:3] == [ids[1], ids[0], ahead]
    assert failing.published(company).id == ids[1]
    assert [run["build_id"] for run in store.runs()[:2]] == ids[::-1]
    assert failing.content(company)["kpi_week"] == expected["kpi_week"]
    assert len(store.builds()) == KEPT_BUILDS
    failing.assert_nothing_is_left_behind(company)


def test_a_name_given_later_sorts_later_whatever_the_clock_says() -> None:
    now = datetime(2026, 11, 16, 5, tzinfo=UTC)
    assert stamp(now, []) == "20261116T050000000000"
    assert stamp(now, ["20251116T050000000000-1a2b3c4d"]) == "20261116T050000000000"
    assert stamp(now, ["20271231T235959999999-1a2b3c4d"]) == "20280101T000000000000"
    assert stamp(now, ["what somebody put there"]) == "20261116T050000000000"


@pytest.mark.endure
def test_a_run_a_year_back_publishes_what_was_known_then_and_the_next_one_is_whole(
    company: Settings, expected: Content
) -> None:
    files = failing.originals(company)
    assert run_once(at(company, NOW - YEAR)).outcome == "published"
    back = failing.published(company)
    assert back.id == Store(company.store).builds()[0].id
    assert back.manifest["as_of"] == (NOW - YEAR).isoformat()
    back.close()
    assert run_once(company).outcome == "published"
    got = failing.content(company)
    assert [
        name for name in ("kpi_week", "goal", "customer", "care_act") if got[name] != expected[name]
    ] == []
    assert failing.originals(company) == files
    failing.assert_rows_add_up(Store(company.store))
    failing.assert_nothing_is_left_behind(company)


@pytest.mark.endure
def test_one_run_a_year_ahead_empties_no_vault_and_two_in_a_row_do(company: Settings) -> None:
    run_once(company)
    kept = raw_of(company)
    assert len(kept) == 5
    failing.arrives(
        company, "late.csv", "goal_id,kpi,target_share,due_on\ng3,emotion,0.6,2026-12-31\n", "2026-11-15"
    )
    run_once(at(company, NOW + YEAR))
    assert raw_of(company).items() > kept.items()
    run_once(company)
    run_once(company)
    assert set(raw_of(company).values()) == {NOW}, "what was dated ahead counts from the right time on"
    run_once(at(company, NOW + RAW_RETENTION + timedelta(days=1)))
    assert len(raw_of(company)) == 6
    run_once(at(company, NOW + RAW_RETENTION + timedelta(days=2)))
    assert raw_of(company) == {}


def test_a_file_from_the_future_waits_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", "")
    tomorrow = latest_clock(desk.settings) + timedelta(days=1)
    path = desk.put("goals.csv", GOALS, f"{tomorrow:%Y-%m-%dT%H:%M}")
    done = desk.take_in()
    (refusal,) = done.refusals
    assert refusal["reason"].startswith(
        f"Its time, {tomorrow:%Y-%m-%d %H:%M} UTC, is still to come: the clock here"
    )
    assert (done.loads, path.exists()) == ([], True)
    path.touch()
    assert [(load.object, load.rows_loaded) for load in desk.take_in().loads] == [("goal", 1)]
    assert not path.exists()


@pytest.mark.endure
def test_what_was_received_by_a_clock_that_stood_ahead_can_be_handed_in_again(company: Settings) -> None:
    ahead = latest_clock(company) + YEAR
    failing.arrives(company, "again.csv", GOALS, ahead.isoformat())
    run_once(at(company, ahead))
    run_once(company)
    goals = "select goal_id from goal order by goal_id"
    assert failing.published(company).query(goals).rows() == [("g1",)], "g3 is dated a year ahead"
    failing.arrives(company, "again.csv", GOALS, NOW.isoformat())
    run_once(company)
    assert failing.published(company).query(goals).rows() == [("g1",), ("g3",)]
    digest = hashlib.sha256(GOALS.encode()).hexdigest()
    loads = [load for load in read_loads(Store(company.store)) if load.content_hash == digest]
    assert [load.rows_loaded for load in loads] == [1, 1]
