"""What a team writes about its weeks: nothing is lost, nothing is overwritten, what is open is carried."""

import threading
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.journal import Journal, JournalError
from pipelines.journal.notes import Note, NoteChanged, Notes
from pipelines.journal.past import PastJournal
from pipelines.store import Store

AT = datetime(2026, 11, 16, 9)
DUE = date(2026, 11, 20)
WEEK = "2026-W46"
WRITERS, EACH = 4, 6


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def notes(store: Store) -> Notes:
    return Notes(store)


def decide(notes: Notes, text: str = "Look at the rota", week: str = WEEK, at: datetime = AT) -> Note:
    return notes.write("decision", week, text, "ann", owner="head of chat", due_on=DUE, at=at)


def test_a_week_that_nobody_wrote_about_has_no_notes_and_makes_no_file(store: Store, notes: Notes) -> None:
    assert (notes.of_week(WEEK), notes.carried(), notes.kept(WEEK)) == ([], [], [])
    assert not store.root.exists()


def test_a_note_is_told_with_its_author_and_time(notes: Notes) -> None:
    notes.write("note", WEEK, "  The new rota starts on Monday. ", "ann", about="changed", at=AT)
    (found,) = notes.of_week(WEEK)
    assert (found.text, found.by, found.at, found.about) == (
        "The new rota starts on Monday.", "ann", AT, "changed"
    )  # fmt: skip
    assert notes.of_week("2026-W45") == []


def test_an_edit_is_a_new_version_and_the_words_before_stay(notes: Notes) -> None:
    first = notes.write("note", WEEK, "one", "ann", at=AT)
    second = notes.rewrite(first, "two", "ben", AT + timedelta(minutes=1))
    assert [one.text for one in notes.of_week(WEEK)] == ["two"]
    assert [(one.text, one.by) for one in notes.history(first.note_id)] == [("one", "ann"), ("two", "ben")]
    assert (second.first_by, second.first_at, second.version) == ("ann", AT, 2)


def test_two_who_edit_the_same_note_lose_nothing(notes: Notes) -> None:
    seen = notes.write("note", WEEK, "one", "ann", about="needs", at=AT)
    notes.rewrite(seen, "two", "ann", AT)
    beside = notes.rewrite(seen, "three", "ben", AT)
    assert [(one.text, one.by, one.about) for one in notes.of_week(WEEK)] == [
        ("two", "ann", "needs"), ("three", "ben", "needs")
    ]  # fmt: skip
    assert (beside.version, beside.first_by) == (1, "ben")


def test_of_two_who_close_the_same_decision_one_is_told_who_was_first(notes: Notes) -> None:
    seen = decide(notes)
    notes.change(seen, "ben", state="done", became="Looked at", at=AT)
    with pytest.raises(NoteChanged, match="ben changed this at 09:00 UTC") as first:
        notes.change(seen, "ann", state="dropped", at=AT)
    assert first.value.now.became == "Looked at"
    assert [one.state for one in notes.agreed()] == ["done"]


def test_a_decision_is_carried_until_it_is_closed_the_next_due_first(notes: Notes) -> None:
    late = notes.write("promise", "2026-W40", "Say it", "ann", owner="head", due_on=DUE, at=AT)
    soon = notes.write("decision", WEEK, "Do it", "ann", owner="head", due_on=DUE - timedelta(days=3), at=AT)
    notes.write("note", WEEK, "Something else", "ann", at=AT)
    assert [one.note_id for one in notes.carried()] == [soon.note_id, late.note_id]
    moved = notes.change(soon, "ben", due_on=DUE + timedelta(days=9), at=AT)
    assert [one.note_id for one in notes.carried()] == [late.note_id, soon.note_id]
    notes.change(moved, "ben", state="done", at=AT)
    notes.change(late, "ben", state="dropped", became="No need any more", at=AT)
    assert notes.carried() == []
    assert [one.state for one in notes.agreed()] == ["dropped", "done"]


def test_overdue_is_what_is_open_after_its_day(notes: Notes) -> None:
    one = decide(notes)
    assert not one.is_overdue(DUE)
    assert one.is_overdue(DUE + timedelta(days=1))
    assert not notes.change(one, "ben", state="done", at=AT).is_overdue(DUE + timedelta(days=1))


def test_what_was_written_later_was_not_known_before(notes: Notes) -> None:
    one = decide(notes)
    notes.change(one, "ben", state="done", at=AT + timedelta(days=2))
    assert [then.state for then in notes.agreed(until=AT + timedelta(days=1))] == ["open"]
    assert notes.agreed(until=AT - timedelta(days=1)) == []


def test_a_note_taken_back_is_gone_from_its_week_and_not_from_the_journal(notes: Notes) -> None:
    one = notes.write("note", WEEK, "Oh no", "ann", at=AT)
    notes.change(one, "ann", state="dropped", at=AT)
    assert notes.of_week(WEEK) == []
    assert [past.text for past in notes.history(one.note_id)] == ["Oh no", "Oh no"]


def test_minutes_kept_again_are_the_next_version_of_the_same(notes: Notes) -> None:
    notes.keep_minutes(WEEK, "# One", "ann", AT)
    notes.keep_minutes(WEEK, "# Two", "ben", AT + timedelta(hours=1))
    notes.keep_minutes("2026-W45", "# Another week", "ben", AT)
    (kept,) = notes.of_week(WEEK)
    assert (kept.text, kept.version, kept.first_by) == ("# Two", 2, "ann")
    assert [one.text for one in notes.history(kept.note_id)] == ["# One", "# Two"]


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"text": "  "}, "a text"),
        ({"by": ""}, "an author"),
        ({"owner": ""}, "an owner"),
        ({"due_on": None}, "a day by which it is due"),
        ({"sort": "annotation"}, "a number that it is about"),
        ({"text": "x" * 2001}, "at most 2,000 characters"),
        ({"sort": "poem"}, "one of note, annotation, decision, promise, minutes"),
    ],
)
def test_what_lacks_something_is_refused_and_nothing_is_written(
    given: dict[str, object], lacks: str, notes: Notes
) -> None:
    whole = {
        "sort": "decision",
        "iso_week": WEEK,
        "text": "Do it",
        "by": "ann",
        "owner": "head",
        "due_on": DUE,
    }
    with pytest.raises(JournalError, match=lacks):
        notes.write(**{**whole, **given}, at=AT)  # type: ignore[arg-type]
    assert notes.all() == []


def test_a_week_is_kept_with_what_was_still_open_then(notes: Notes) -> None:
    before, after = decide(notes, "Old", "2026-W44"), decide(notes, "Of a later week", "2026-W47")
    notes.write("note", WEEK, "Said", "ann", at=AT)
    kept = notes.kept(WEEK, AT)
    assert [row["text"] for row in kept] == ["Said", "Old"]
    assert kept[1]["due_on"] == "2026-11-20"
    notes.change(before, "ben", state="done", at=AT + timedelta(days=1))
    assert notes.kept(WEEK, AT) == kept, "what came later changes nothing"
    assert after.note_id not in {row["note_id"] for row in kept}


def test_writers_at_once_lose_nothing_and_share_no_name(store: Store) -> None:
    wrong: list[Exception] = []

    def work(name: str) -> None:
        try:
            for n in range(EACH):
                Notes(store).write("note", WEEK, f"{name} {n}", name, at=AT)
        except Exception as error:
            wrong.append(error)

    crowd = [threading.Thread(target=work, args=(f"writer {n}",)) for n in range(WRITERS)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    found = Notes(store).of_week(WEEK)
    assert not wrong
    assert sorted(one.text for one in found) == sorted(
        f"writer {w} {n}" for w in range(WRITERS) for n in range(EACH)
    )
    assert len({one.note_id for one in found}) == WRITERS * EACH


def test_editors_at_once_of_one_note_lose_no_word(store: Store) -> None:
    seen = Notes(store).write("note", WEEK, "start", "ann", at=AT)
    ready = threading.Barrier(WRITERS)

    def edit(name: str) -> None:
        ready.wait()
        Notes(store).rewrite(seen, f"by {name}", name, AT)

    crowd = [threading.Thread(target=edit, args=(str(n),)) for n in range(WRITERS)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sorted(one.text for one in Notes(store).of_week(WEEK)) == [f"by {n}" for n in range(WRITERS)]


Step = tuple[str, int, str]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["write", "edit", "stale", "close"]),
            st.integers(0, 5),
            st.text("ab ", min_size=1),
        )
    )
)
@hypothesis_settings(max_examples=40)
def test_every_word_ever_written_stays_in_the_journal(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    notes = Notes(Store(tmp_path_factory.mktemp("any") / "store"))
    said: list[str] = []
    first: list[Note] = []
    for number, (what, which, text) in enumerate(steps):
        words = f"{number} {text}".strip()
        if what == "write" or not first:
            first.append(notes.write("note", WEEK, words, "ann", at=AT))
        elif what == "close":
            now = notes.history(first[which % len(first)].note_id)[-1]
            notes.change(now, "ben", state="dropped", at=AT)
            continue
        else:
            seen = first[which % len(first)]
            notes.rewrite(seen if what == "stale" else notes.history(seen.note_id)[-1], words, "ben", AT)
        said.append(words)
    ids = {one.note_id for one in notes.all()}
    written = {past.text for note_id in ids for past in notes.history(note_id)}
    assert written == set(said)


def test_the_journal_of_then_does_not_know_what_came_later(store: Store) -> None:
    book = Journal(store)
    book.decide("cards", "keep going", "It works", "head", None, "ann", AT)
    book.decide("cards", "stop", "It stopped working", "head", None, "ann", AT + timedelta(days=7))
    then = PastJournal(store, AT + timedelta(days=1))
    assert then.decisions()["choice"].to_list() == ["keep going"]
    assert book.decisions()["choice"].to_list() == ["keep going", "stop"]


def test_nothing_is_written_into_the_journal_of_then(store: Store) -> None:
    Journal(store).decide("cards", "keep going", "It works", "head", None, "ann", AT)
    with pytest.raises(JournalError, match="Go back to today"):
        PastJournal(store, AT).decide("cards", "stop", "No", "head", None, "ann", AT)
    assert Journal(store).decisions().height == 1


def test_a_journal_of_then_where_nothing_was_ever_written_is_empty(store: Store) -> None:
    assert PastJournal(store, AT).decisions().is_empty()
    assert not store.root.exists()
