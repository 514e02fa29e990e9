"""An erasure that is killed: the next run finishes it, and whatever held the person is gone."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.door.tombstones import tombstones, unfinished
from pipelines.settings import Settings
from pipelines.snapshot import Snapshot, proved
from pipelines.snapshot.freezing import freeze
from pipelines.store import Store
from tests.failures import company as failing
from tests.failures.company import At
from tests.test_erase import places

Another = Callable[[str], Settings]
WHO = ("erase", "--email", "p1@example.com", "--yes")
ADDRESS = "p1@example.com"
KILLS = 24


def erased(settings: Settings, failure: At | None = None) -> tuple[int, str]:
    return failing.start(settings, *WHO, failure=failure).ends()


def assert_nobody_holds_them(settings: Settings) -> None:
    store = Store(settings.store)
    (stone,) = tombstones(store)
    assert stone.is_done
    assert places(settings.workspace, ADDRESS) == set()
    assert places(settings.workspace, *stone.values) == {"store/tombstones"}
    failing.assert_rows_add_up(store)
    failing.assert_nothing_is_left_behind(settings)


@pytest.fixture(scope="module")
def places_of_death(tmp_path_factory: pytest.TempPathFactory, companies: Path) -> list[int]:
    """Which changes that an erasure makes to the folder are died at: from the tombstone on, evenly."""
    folder = tmp_path_factory.mktemp("undisturbed")
    settings = failing.copied(
        failing.load_settings(companies / "waiting" / "careful.toml"), folder / "company"
    )
    log = folder / "changes"
    code, said = erased(settings, At(settings.workspace, log=log))
    assert code == failing.A_FILE_WAS_REFUSED, said
    assert_nobody_holds_them(settings)
    changes = log.read_text().splitlines()
    first = next(n for n, line in enumerate(changes, start=1) if "/tombstones/" in line)
    span = len(changes) + 1 - first
    return sorted({first + span * each // KILLS for each in range(KILLS)})


@pytest.mark.endure
@pytest.mark.parametrize("part", range(4))
def test_an_erasure_killed_at_any_change_is_finished_by_the_next_run(
    part: int, another: Another, places_of_death: list[int]
) -> None:
    for number in places_of_death[part::4]:
        settings = another(f"erasure-{number}")
        code, said = erased(settings, At(settings.workspace, number))
        assert code == -signal.SIGKILL, said
        if not tombstones(Store(settings.store)):
            assert erased(settings)[0] == failing.A_FILE_WAS_REFUSED
        code, said = failing.run(settings)
        assert "Published" in said, said
        assert_nobody_holds_them(settings)


@pytest.mark.endure
def test_a_frozen_week_outlives_an_erasure_untouched(company: Settings) -> None:
    store = Store(company.store)
    frozen = freeze(company, store, "2026-W45")
    assert erased(company)[0] == failing.A_FILE_WAS_REFUSED
    again = Snapshot(frozen.path)
    assert proved(again, company) == []
    code, said = failing.start(company, "snapshot", "--verify", "2026-W45", "--json").ends()
    told = json.loads(said.splitlines()[-1])
    assert (code, told["tampered"], told["reasons"]) == (
        1, [], ["Landed files were rewritten since: an erasure or a retention."]
    )  # fmt: skip
    assert unfinished(store) == []
