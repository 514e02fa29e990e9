"""Members of audiences, from the server through the real client into the inbox: all of them, once, and nobody twice."""

import csv
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.door.intake import take_in, waiting
from pipelines.door.originals import received_at
from pipelines.door.pseudonym import create_key
from pipelines.ga4.audience import AudiencePull, pull_audiences
from pipelines.ga4.client import Client
from pipelines.settings import GA4, Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from sample_data.ga4_server import Ga4Server
from tests.ga4.conftest import AUDIENCES, NOW, PROPERTY

LOYAL, HELPED = AUDIENCES
CREATE, GET, QUERY = "createAudienceExport", "getAudienceExport", "queryAudienceExport"


class Visits:
    """A workspace that asks one server, and how long it waited for it."""

    def __init__(
        self, server: Ga4Server, ga4: GA4, folder: Path, audiences: tuple[str, ...] = AUDIENCES
    ) -> None:
        self.server = server
        self.ga4 = ga4
        self.waited: list[float] = []
        config = folder / "careful.toml"
        config.write_text(
            f'[company]\nname = "Acme"\nas_of = "{NOW.isoformat()}Z"\n'
            f'[sources.ga4]\nproperties = ["{PROPERTY}"]\ntransport = "{ga4.transport}"\n'
            f'api_endpoint = "{ga4.api_endpoint}"\naudiences = {list(audiences)}\n'.replace("'", '"')
        )
        self.settings: Settings = load_settings(config)

    def pull(self, **options: float) -> AudiencePull:
        with Client(self.ga4, self.settings.workspace) as client:
            return pull_audiences(
                client, PROPERTY, self.settings, self.server.now, wait=self.waited.append, **options
            )

    def members(self, audience: str) -> list[tuple[str, str]]:
        """User and device of everybody in the newest export of an audience, as the server has them."""
        made = self.server.main.exports.made.values()
        export = [each for each in made if each.message.audience_display_name == audience][-1]
        return export.members.select("userId", "deviceId").rows()

    def asked(self, method: str) -> int:
        return sum(entry.method == method for entry in self.server.requests)


@pytest.fixture
def visits(server: Ga4Server, rest_settings: GA4, tmp_path: Path) -> Visits:
    return Visits(server, rest_settings, tmp_path)


def content(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def people(path: Path) -> list[tuple[str, str]]:
    return [(user, device) for *_, number, user, device in content(path)[1:] if number != "0"]


def of(done: AudiencePull, audience: str) -> Path:
    (path,) = [path for path in done.files if content(path)[1][1] == audience]
    return path


def test_every_member_arrives_over_either_transport(server, ga4_settings, tmp_path):
    visits = Visits(server, ga4_settings, tmp_path)
    done = visits.pull()
    assert (done.problems, done.pending, done.tokens) == ([], [], 20)
    assert len(done.files) == 2
    for audience in AUDIENCES:
        assert people(of(done, audience)) == visits.members(audience) != []
        assert done.members[audience] == len(visits.members(audience))
    everybody = [member for path in done.files for member in people(path)]
    assert {bool(user) for user, _ in everybody} == {True, False}, "some sign in, some do not"
    path = of(done, LOYAL)
    header, export, first, *_ = content(path)
    assert header == ["property", "audience", "snapshot_at", "member_number", "userId", "deviceId"]
    assert export == [PROPERTY, LOYAL, "2026-11-16 05:00:00", "0", "", ""]
    assert first[:4] == [PROPERTY, LOYAL, "2026-11-16 05:00:00", "1"]
    assert received_at(path) == NOW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_inbox_makes_tokens_of_them_and_no_customers(visits):
    done = visits.pull()
    store = Store(visits.settings.store)
    raw = {text for path in done.files for pair in people(path) for text in pair if text}
    intake = take_in(visits.settings, store, all_profiles(), create_key(visits.settings.key_file))
    assert intake.refusals == []
    assert sum(load.rows_loaded for load in intake.loads) == sum(done.members.values()) + 2
    assert {load.data_through_at for load in intake.loads} == {NOW}
    assert not (store.landing / "identity_token").exists()
    outside = [
        path for path in visits.settings.workspace.rglob("*") if path.is_file() and "vault" not in path.parts
    ]
    for path in outside:
        text = path.read_bytes().decode("latin-1")
        assert not [one for one in raw if one in text], path.name


def test_pages_put_together_are_the_members_without_pages(visits):
    done = visits.pull(page_rows=4)
    assert visits.asked(QUERY) == sum(-(-number // 4) for number in done.members.values()) > 3
    for audience in AUDIENCES:
        assert people(of(done, audience)) == visits.members(audience)


def test_an_audience_whose_name_google_does_not_tell_any_more_is_a_problem_and_no_empty_list(visits):
    visits.server.now += timedelta(days=400)
    done = visits.pull()
    assert done.files == []
    assert [each["report"] for each in done.problems] == [f"audience {LOYAL}", f"audience {HELPED}"]


def test_an_export_of_nobody_is_a_file_with_its_own_row_alone(visits):
    visits.pull()
    visits.server.membership({LOYAL: 0})
    visits.server.now += timedelta(days=1)
    done = visits.pull()
    assert visits.members(LOYAL) == []
    assert done.members[LOYAL] == 0
    assert people(of(done, LOYAL)) == []
    assert len(content(of(done, LOYAL))) == 2


def test_one_export_a_day_is_made_and_read_once(visits):
    visits.pull()
    visits.server.now += timedelta(hours=5)
    again = visits.pull()
    assert (again.files, again.problems, again.pending) == ([], [], [])
    assert visits.asked(CREATE) == 2
    visits.server.now += timedelta(hours=19)
    assert len(visits.pull().files) == 2
    assert visits.asked(CREATE) == 4


def test_an_export_that_somebody_else_asked_for_is_read(visits):
    with Client(visits.ga4, visits.settings.workspace) as client:
        for number in (1, 2):
            audience = f"properties/{PROPERTY}/audiences/{number}"
            client.create_audience_export(PROPERTY, audience, ["deviceId", "userId"])
            client.create_audience_export(PROPERTY, audience, ["deviceId"])
    done = visits.pull()
    assert (visits.asked(CREATE), visits.asked("runReport"), len(done.files)) == (4, 0, 2)
    first = next(iter(visits.server.main.exports.made.values()))
    assert people(of(done, LOYAL)) == first.members.select("userId", "deviceId").rows()


def test_waiting_has_an_end_and_the_next_pull_goes_on_with_the_same_export(visits):
    visits.server.main.exports.polls = 9
    first = visits.pull(most_seconds=40)
    assert (first.files, first.pending, first.problems) == ([], sorted(AUDIENCES), [])
    assert visits.waited == [1, 2, 4, 8, 16]
    visits.server.now += timedelta(hours=3)
    second = visits.pull()
    assert (len(second.files), visits.asked(CREATE)) == (2, 2)
    assert max(visits.waited) <= 60
    assert content(of(second, LOYAL))[1][2] == "2026-11-16 05:00:00"


def test_an_unread_export_of_yesterday_is_read_while_today_s_is_not_ready(visits):
    exports = visits.server.main.exports
    exports.polls = 9
    visits.pull(most_seconds=0)
    with Client(visits.ga4, visits.settings.workspace) as client:
        for name in list(exports.made):
            while client.get_audience_export(PROPERTY, name).state != 2:
                pass
    visits.server.now += timedelta(hours=26)
    second = visits.pull(most_seconds=0)
    assert second.pending == sorted(AUDIENCES)
    assert {content(path)[1][2] for path in second.files} == {"2026-11-16 05:00:00"}
    visits.server.now += timedelta(hours=1)
    third = visits.pull()
    assert {content(path)[1][2] for path in third.files} == {"2026-11-17 07:00:00"}
    assert visits.asked(CREATE) == 4


def test_a_failed_export_is_told_and_asked_for_again(visits):
    visits.server.main.exports.fail_next = 1
    done = visits.pull()
    ((problem),) = done.problems
    assert problem["report"] == f"audience {LOYAL}"
    assert "could not make the export" in problem["says"]
    assert [people(path) for path in done.files] == [visits.members(HELPED)]
    again = visits.pull()
    assert (again.problems, list(again.members)) == ([], [LOYAL])


def test_an_unknown_audience_is_told_with_those_that_there_are(server, rest_settings, tmp_path):
    visits = Visits(server, rest_settings, tmp_path, ("Loyal custmers", HELPED))
    done = visits.pull()
    assert [problem["report"] for problem in done.problems] == ["audience Loyal custmers"]
    assert f"it has: {LOYAL}, {HELPED}" in done.problems[0]["says"]
    assert list(done.members) == [HELPED]


def expire(server: Ga4Server) -> Callable[[], None]:
    def move() -> None:
        server.now += timedelta(hours=73)

    return move


def test_an_export_that_expires_before_it_is_read_leaves_nothing_behind(visits):
    visits.server.faults.inject(QUERY, None, then=expire(visits.server))
    done = visits.pull()
    assert len(done.problems) == 2
    assert "expire" in done.problems[0]["says"]
    assert [*visits.settings.inbox.iterdir()] == []
    assert len(visits.pull().files) == 2


@pytest.mark.parametrize("error", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "cut"])
@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_page_that_is_not_had_leaves_no_half_file_and_the_next_pull_has_all(visits, error, page):
    visits.server.faults.inject(QUERY, error, nth=page)
    first = visits.pull(page_rows=5)
    assert len(first.problems) == 1
    assert [path for path in visits.settings.inbox.iterdir() if path not in first.files] == []
    second = visits.pull(page_rows=5)
    assert len([*first.files, *second.files]) == 2
    for done in (first, second):
        for path in done.files:
            assert people(path) == visits.members(content(path)[1][1])


def test_server_errors_while_waiting_are_few(visits):
    visits.server.faults.inject(GET, "UNAVAILABLE", times=2)
    assert len(visits.pull().files) == 2
    visits.server.now += timedelta(days=1)
    visits.server.faults.inject(GET, "UNAVAILABLE", times=None)
    before = visits.asked(GET)
    done = visits.pull()
    assert (done.files, len(done.problems)) == ([], 1)
    assert visits.asked(GET) - before == 3


@pytest.mark.parametrize("method", ["listAudienceExports", CREATE, GET, "runReport"])
def test_a_refusal_is_told_and_not_raised(visits, method):
    visits.server.faults.inject(method, "PERMISSION_DENIED")
    done = visits.pull()
    assert done.files == []
    assert "Viewer" in done.problems[0]["says"]


def test_what_a_killed_run_had_begun_to_write_is_no_file_of_the_inbox_and_goes(visits):
    visits.settings.inbox.mkdir()
    begun = visits.settings.inbox / f".ga4-audience-{PROPERTY}-1-20261116T050000.csv.work"
    begun.write_text("half a file")
    assert waiting(visits.settings.inbox) == []
    assert len(visits.pull().files) == 2
    assert not begun.exists()


def test_without_audiences_nothing_is_asked(server, rest_settings, tmp_path):
    visits = Visits(server, rest_settings, tmp_path, ())
    assert visits.pull() == AudiencePull(PROPERTY)
    assert server.requests == []


def test_a_clock_that_is_behind_google_s_still_knows_when_it_was(visits):
    with Client(visits.ga4, visits.settings.workspace) as client:
        earlier = datetime(2026, 11, 16, 4, 59, 50)
        done = pull_audiences(client, PROPERTY, visits.settings, earlier, wait=visits.waited.append)
    assert content(of(done, LOYAL))[1][2] == "2026-11-16 04:59:50"
