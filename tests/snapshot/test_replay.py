"""Weeks replayed: what came late, was corrected, merged, erased and defined anew, and what frozen weeks say of it."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.snapshot import Snapshot, SnapshotError, is_due, snapshot, snapshots
from pipelines.snapshot.freezing import freeze
from pipelines.snapshot.ledger import kept_restatement, restate_newest, restatement, sentence
from pipelines.snapshot.parts import CAUSES, FEWEST
from pipelines.snapshot.rebuilding import Rebuilt, rebuild
from pipelines.store import Build, Store, StoreError
from tests.snapshot.company import PEOPLE, Answer, Company, contacts, feedback, segment, week_of_answers

pytestmark = pytest.mark.endure

EVERYBODY = range(PEOPLE)
LATE, CORRECTED, MERGED, ERASED = range(20, 60), range(100, 120), range(15), range(60, 72)
MONDAYS = {
    "2026-W42": "2026-10-12",
    "2026-W43": "2026-10-19",
    "2026-W44": "2026-10-26",
    "2026-W45": "2026-11-02",
}
TOO_LATE = [(f"night-{each}", each, 10, "2026-11-02 03:30") for each in range(12)]
FIRST, SECOND, NOW = "2026-11-02T05:30", "2026-11-09T05:30", "2026-11-11T05:00"
DRAFT = "/* ---\nquestion: How?\nowner: us\ngrain: [iso_week]\n--- */\nselect iso_week, n from kpi_week\n"


class Replay:
    """The company after all of it: two frozen weeks, what is published now, and how the weeks were rebuilt before."""

    def __init__(self, folder: Path) -> None:
        self.company = company = Company(folder)
        (folder / "queries" / "questions" / "ours").mkdir(parents=True)
        (folder / "queries" / "questions" / "ours" / "draft.sql").write_text(DRAFT)
        company.arrives("contacts.csv", contacts(EVERYBODY), "2026-10-26T04:00")
        self.answers: dict[str, list[Answer]] = {}
        for shift, (week, monday) in enumerate(MONDAYS.items()):
            self.answers[week] = week_of_answers(monday, EVERYBODY, shift)
        for week in ("2026-W42", "2026-W43", "2026-W44"):
            company.arrives(f"{week}.csv", feedback(self.answers[week]), "2026-11-02T04:00")
        company.arrives("night.csv", feedback(TOO_LATE), "2026-11-02T04:00")
        company.run("2026-11-02T05:00")
        self.first = company.freeze(FIRST)

        self.late = week_of_answers(MONDAYS["2026-W44"], LATE, 5, "late")
        company.arrives("late.csv", feedback(self.late), "2026-11-05T04:00")
        self.corrected = [
            (key, person, 10, at) for key, person, _, at in self.answers["2026-W44"] if person in CORRECTED
        ]
        company.arrives("corrected.csv", feedback(self.corrected), "2026-11-05T04:00")
        merged = {each: PEOPLE - 1 - each for each in MERGED}
        company.arrives("merged.csv", contacts(MERGED, "2026-11-06 09:00", merged), "2026-11-06T10:00")
        company.arrives("2026-W45.csv", feedback(self.answers["2026-W45"]), "2026-11-09T04:00")
        company.define(8)
        company.run("2026-11-09T05:00")
        self.second = company.freeze(SECOND)
        self.two_weeks = restatement(company.at(SECOND), company.store, self.first, self.second)
        self.rebuilt = {each.iso_week: rebuild(each, company.store) for each in (self.first, self.second)}

        self.erased = company.erase(ERASED)
        company.define(10)
        self.now = company.run(NOW)

    def ledger(self, earlier: Snapshot, later: Snapshot | None) -> pl.DataFrame:
        return restatement(self.company.at(NOW), self.company.store, earlier, later)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return Replay(tmp_path_factory.mktemp("replay") / "company")


def net(answers: list[Answer], cut_off: int, whose: Callable[[int], bool] = lambda person: True) -> float:
    """The net score by hand: promoters answer the cut-off or more, detractors 6 or less."""
    ratings = [rating for _, person, rating, _ in answers if whose(person)]
    return 100 * (sum(r >= cut_off for r in ratings) - sum(r <= 6 for r in ratings)) / len(ratings)


def one(
    frame: pl.DataFrame, week: str, dimension: str = "all", member: str = "all", weeks: int = 1
) -> dict[str, object]:
    (row,) = frame.filter(
        kpi="nps", iso_week=week, dimension=dimension, member=member, weeks=weeks
    ).to_dicts()
    return row


# The frozen week


def test_a_frozen_week_knows_what_had_arrived_and_counts_what_had_happened(replay: Replay) -> None:
    frozen = replay.first
    assert (frozen.iso_week, frozen.as_of, frozen.received_by) == (
        "2026-W44", datetime(2026, 11, 1, 23), datetime(2026, 11, 2, 5, 30)
    )  # fmt: skip
    assert frozen.query("select max(data_through_at) as at from load")["at"].item() < frozen.as_of
    assert all(
        (about["data_through_at"] or "") < frozen.manifest["as_of"]
        for about in frozen.manifest["sources"].values()
    )
    weeks = frozen.query(
        "select iso_week, n from kpi_week where kpi = 'nps' and dimension = 'all' order by 1"
    )
    assert weeks.rows() == [(week, PEOPLE) for week in ("2026-W42", "2026-W43", "2026-W44")]
    assert frozen.query("select max(received_at) as at from load")["at"].to_list() == [
        datetime(2026, 11, 2, 4)
    ]
    assert replay.second.query(
        "select n from kpi_week where kpi = 'nps' and iso_week = '2026-W45' and dimension = 'all'"
    )["n"].to_list() == [PEOPLE + len(TOO_LATE)]


def test_it_holds_aggregates_and_never_a_row_per_person(replay: Replay) -> None:
    tables = {path.stem for path in (replay.first.path / "marts").iterdir()}
    published = replay.now.query("select table_name from duckdb_tables()")["table_name"].to_list()
    assert tables == set(published) == replay.first.manifest["tables"].keys()
    with pytest.raises(StoreError, match="2026-W44 holds aggregates only, never a row per person"):
        replay.first.query_people("from customer")
    with pytest.raises(Exception, match="disabled"):
        replay.first.query(f"from read_csv('{replay.company.config}')")


def test_it_keeps_the_queries_and_definitions_that_made_it_but_no_draft(replay: Replay) -> None:
    folder = replay.first.path / "queries"
    assert (folder / "questions" / "loyalty" / "nps.sql").is_file()
    assert not (folder / "questions" / "ours" / "draft.sql").exists()
    assert replay.first.definitions["nps"]["cut_off"] == "9–10 less 0–6"
    assert replay.first.definitions["nps"]["hash"] == replay.first.manifest["definitions"]["nps"]["hash"]
    assert "scale_max - 1" in (folder / "core" / "kpi_event.sql").read_text()
    assert (
        "= 10 then answer.value >= 8"
        in (replay.second.path / "queries" / "core" / "kpi_event.sql").read_text()
    )


def test_every_frozen_week_is_rebuilt_to_its_hash_whatever_came_later(replay: Replay) -> None:
    for frozen in (replay.first, replay.second):
        assert replay.rebuilt[frozen.iso_week] == Rebuilt(frozen.manifest["content_hash"], [], [])


def test_after_an_erasure_a_rebuilt_week_says_that_landed_files_were_rewritten(replay: Replay) -> None:
    again = rebuild(replay.second, replay.company.store)
    assert not again.is_the_same
    assert "kpi_week: " in " ".join(again.differences)
    assert again.reasons == ["Landed files were rewritten since: an erasure or a retention."]


def test_frozen_weeks_are_listed_newest_first_and_the_last_one_is_due_once(replay: Replay) -> None:
    store = replay.company.store
    assert [each.iso_week for each in snapshots(store)] == ["2026-W45", "2026-W44"]
    assert not is_due(replay.company.at(SECOND), store)
    assert is_due(replay.company.at("2026-11-16T05:00"), store)
    with pytest.raises(SnapshotError, match=r"2026-W40 is not frozen .*frozen are: 2026-W45, 2026-W44"):
        snapshot(store, "2026-W40")


def test_what_stays_the_same_from_week_to_week_is_kept_once(replay: Replay) -> None:
    same = "queries/questions/loyalty/nps.sql"
    assert (replay.first.path / same).samefile(replay.second.path / same)
    other = "marts/kpi_week.parquet"
    assert not (replay.first.path / other).samefile(replay.second.path / other)
    assert (replay.first.path / other).stat().st_mode & 0o777 == 0o400


# Refusals


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ("2026-W44", "frozen already .* is never frozen again"),
        ("2026-W46", "is not over: it ends at 2026-11-15 23:00 UTC. The last one that is over is 2026-W45"),
        ("2026-W54", "Expected an ISO week such as 2026-W46, found '2026-W54'"),
        ("../W44", "Expected an ISO week such as 2026-W46, found '../W44'"),
    ],
)
def test_a_week_that_can_not_be_frozen_is_refused_with_the_reason(
    week: str, says: str, replay: Replay
) -> None:
    before = sorted(replay.company.store.snapshots_folder.iterdir())
    with pytest.raises(SnapshotError, match=says):
        freeze(replay.company.at(NOW), replay.company.store, week)
    assert sorted(replay.company.store.snapshots_folder.iterdir()) == before


# The ledger


def test_what_came_between_two_frozen_weeks_is_told_apart(replay: Replay) -> None:
    row = one(replay.two_weeks, "2026-W44")
    then = replay.answers["2026-W44"]
    later = then + replay.late
    mended = [
        answer for answer in later if answer[0] not in {key for key, *_ in replay.corrected}
    ] + replay.corrected
    was, late, right, defined = net(then, 9), net(later, 9), net(mended, 9), net(mended, 8)
    assert (row["was"], row["is_now"]) == (pytest.approx(was), pytest.approx(defined))
    assert (row["n_was"], row["n_now"]) == (PEOPLE, PEOPLE + len(LATE))
    assert row["late_data"] == pytest.approx(late - was)
    assert row["corrected_source"] == pytest.approx(right - late)
    assert row["changed_definition"] == pytest.approx(defined - right)
    assert (row["identity_or_erasure"], row["code"]) == (0, 0)


def test_a_merge_moves_answers_between_segments_and_nothing_of_everybody(replay: Replay) -> None:
    ledger = replay.two_weeks
    answers, moved = replay.answers["2026-W43"], {PEOPLE - 1 - each for each in MERGED}
    gold = one(ledger, "2026-W43", "segment", "gold")
    before = net(answers, 9, lambda person: segment(person) == "gold")
    after = net(answers, 9, lambda person: segment(person) == "gold" or person in moved)
    assert gold["identity_or_erasure"] == pytest.approx(after - before)
    assert (gold["n_was"], gold["n_now"], gold["late_data"]) == (PEOPLE // 2, PEOPLE // 2 + len(MERGED), 0)
    assert one(ledger, "2026-W43")["identity_or_erasure"] == 0


def test_an_erasure_is_told_apart_from_a_definition_that_changed_twice(replay: Replay) -> None:
    row = one(replay.ledger(replay.second, None), "2026-W45")
    assert replay.erased == len(ERASED) * len(MONDAYS)
    then = replay.answers["2026-W45"] + TOO_LATE
    left = [answer for answer in then if answer[1] not in ERASED or answer in TOO_LATE]
    assert (row["n_was"], row["n_now"]) == (PEOPLE + 12, PEOPLE)
    assert row["identity_or_erasure"] == pytest.approx(net(left, 8) - net(then, 8))
    assert row["changed_definition"] == pytest.approx(net(left, 10) - net(left, 8))
    assert (row["late_data"], row["corrected_source"], row["code"]) == (0, 0, 0)


@pytest.mark.parametrize("pair", ["two weeks", "first and now", "second and now"])
def test_every_restatement_adds_up_and_no_part_rests_on_a_handful(pair: str, replay: Replay) -> None:
    earlier = replay.second if pair == "second and now" else replay.first
    ledger = replay.ledger(earlier, replay.second if pair == "two weeks" else None)
    assert ledger.height >= 18
    for row in ledger.filter(pl.col("was").is_not_null()).iter_rows(named=True):
        assert sum(row[cause] for cause in CAUSES) == pytest.approx(row["is_now"] - row["was"], abs=1e-12)
        assert sum(part["change"] for part in row["parts"]) == pytest.approx(
            row["is_now"] - row["was"], abs=1e-12
        )
        told = [part["n"] for part in row["parts"]]
        assert all(n >= FEWEST for n in told)
        assert "code" not in [cause for part in row["parts"] for cause in part["causes"]]


def test_a_restatement_reads_as_a_sentence_whose_parts_add_up_to_the_digit(replay: Replay) -> None:
    row = one(replay.two_weeks, "2026-W44")
    assert sentence(row) == (
        "Net Promoter Score, 2026-W44: −33.3 is now −15.0: 40 answers that came or settled late +0.1, one corrected "
        "file +7.6 (15 answers), a changed definition +10.6 (36 answers)."
    )


def test_a_ledger_once_made_is_read_and_the_same_week_has_not_changed(replay: Replay) -> None:
    assert replay.ledger(replay.first, replay.first).is_empty()
    store = replay.company.store
    once = replay.two_weeks
    kept = kept_restatement(store, replay.first, replay.second)
    assert kept is not None
    assert kept.equals(once)
    newest = restate_newest(replay.company.at(NOW), store, replay.second)
    assert newest is not None
    assert newest.equals(once)
    assert restate_newest(replay.company.at(NOW), store, replay.first) is None
    calls: list[str] = []
    again = restatement(
        replay.company.at(NOW),
        store,
        replay.first,
        replay.second,
        lambda step, done, total: calls.append(step),
    )
    assert (calls, again.equals(once)) == ([], True)


def test_what_can_not_be_compared_is_refused_with_what_to_do(replay: Replay) -> None:
    with pytest.raises(
        SnapshotError, match=r"2026-W44 was made before .*2026-W45 was frozen: name the earlier one first"
    ):
        replay.ledger(replay.second, replay.first)


def test_unpublished_changes_are_not_taken_for_todays_definition(replay: Replay, tmp_path: Path) -> None:
    own = replay.company.config.parent / "queries" / "marts"
    own.mkdir()
    (own / "more.sql").write_text("/* ---\nabout: more\n--- */\nselect kpi from kpi_week\n")
    try:
        with pytest.raises(
            SnapshotError,
            match=r"not those of the published build any more\. Publish them with `careful run`",
        ):
            restatement(
                replay.company.at(NOW), replay.company.store, snapshot_without_cache(replay, tmp_path)
            )
    finally:
        shutil.rmtree(own)


def snapshot_without_cache(replay: Replay, folder: Path) -> Snapshot:
    """The first week under another hash, of which no ledger is kept."""
    copy = Path(shutil.copytree(replay.first.path, folder / "2026-W44"))
    path = copy / "manifest.json"
    path.chmod(0o600)
    path.write_text(json.dumps({**replay.first.manifest, "hash": "0" * 64}))
    return Snapshot(copy)


def test_the_published_build_is_read_the_same_way_as_a_frozen_week(replay: Replay) -> None:
    both: list[Build] = [replay.now, replay.second]
    for build in both:
        assert (
            build.query("select n from kpi_week where kpi = $kpi and n > 1 limit 1", {"kpi": "nps"}).height
            == 1
        )
        assert {
            "as_of",
            "company",
            "sources",
            "rows",
            "definitions",
            "checks",
            "versions",
        } <= build.manifest.keys()
    assert replay.second.id.startswith("2026-W45-")
    assert isinstance(Store(replay.company.store.root).current(), Build)
