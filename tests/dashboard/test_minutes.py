"""Minutes as text: whatever somebody wrote comes out as she wrote it."""

from dataclasses import replace
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from dashboard import minutes, words
from dashboard.minutes import TITLES, Meeting
from dashboard.weeks import Week
from pipelines.journal.notes import Note

AT = datetime(2026, 11, 16, 9)
WEEK = Week("2026-W46", date(2026, 11, 9), date(2026, 11, 15))
NOTHING = Meeting(WEEK, "A quiet week.", "", "Numbers: published", "", {}, [], {}, [])


def test_a_meeting_at_which_nothing_was_said_has_four_steps_with_nothing() -> None:
    told = minutes.markdown(NOTHING, WEEK.ends_on)
    assert told.count("- Nothing.") == 4
    assert [line for line in told.splitlines() if line.startswith("## ")] == [
        f"## {place}. {title}" for place, title in list(enumerate(TITLES.values(), start=1))[:4]
    ]


def test_plain_text_has_no_marks_of_markdown() -> None:
    shown = {"changed": ["**Reached a person** fell by 8 of 100 :gray[(probably between 2 and 16)]"]}
    told = minutes.text(minutes.markdown(replace(NOTHING, shown=shown), WEEK.ends_on))
    assert "- Reached a person fell by 8 of 100 (probably between 2 and 16)" in told
    assert "**" not in told
    assert "\n2. What changed" in told


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_what_somebody_wrote_comes_out_as_she_wrote_it(said: str) -> None:
    note = Note("N1", 1, "note", "2026-W46", said, "ann", AT, "ann", AT, about="needs")
    written = minutes.markdown(replace(NOTHING, notes={"needs": [note]}), WEEK.ends_on)
    assert f"- ann: {words.safe(said)}" in written
    assert f"- ann: {said}" in minutes.text(written)
