"""The weekly meeting: five steps, notes that everybody sees, decisions with owner and day, minutes that are kept."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Markdown

from pipelines.journal.notes import Notes
from pipelines.store import Store

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]

WEEK = "2026-W46"
STEPS = ("decided", "changed", "needs", "decide", "minutes")
AT = datetime(2026, 11, 9, 9)


@pytest.fixture(scope="module")
def copied(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(sample_workspace, tmp_path_factory.mktemp("meeting") / "company"))


@pytest.fixture
def company(copied: Path) -> Iterator[Path]:
    """A copy to write in; what was written is forgotten after each test."""
    yield copied
    for path in (copied / "store").glob("journal.sqlite*"):
        path.unlink()


@pytest.fixture
def notes(company: Path) -> Notes:
    return Notes(Store(company / "store"))


@pytest.fixture
def meet(open_page: Open, company: Path) -> Callable[..., AppTest]:
    """`meet("decide", name="ann")` -> the meeting at a step, as somebody."""

    def go(step: str = "decided", name: str = "ann") -> AppTest:
        app = open_page(company, "meeting")
        if name:
            app.session_state["acting_as"] = name
        app.session_state["step"] = step
        return app.run()

    return go


@pytest.mark.parametrize("step", STEPS)
def test_a_step_shows_without_an_error(step: str, meet: Callable[..., AppTest], said: Said) -> None:
    app = meet(step)
    assert not app.exception
    assert len(app.title) == 1
    headers = {
        "decided": "What we decided, and what became of it", "changed": "What changed", "needs": "Needs you",
        "decide": "Decide", "minutes": "Minutes",
    }  # fmt: skip
    assert headers[step] in said(app)


def test_the_steps_follow_one_another(meet: Callable[..., AppTest]) -> None:
    app = meet()
    walked = [app.session_state["step"]]
    while any(one.key == "next_step" for one in app.button):
        app.button(key="next_step").click().run()
        walked.append(app.session_state["step"])
    assert tuple(walked) == STEPS


def test_a_note_is_seen_by_the_others_with_its_author(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    app = meet("changed", "ann")
    app.chat_input[0].set_value("Two colleagues were ill.").run()
    assert "Two colleagues were ill." in said(meet("changed", "ben"))
    assert "ann, 16 Nov 2026, 06:00" in said(meet("changed", "ben"))
    assert [(one.text, one.by, one.about) for one in notes.of_week(WEEK)] == [
        ("Two colleagues were ill.", "ann", "changed")
    ]


def test_nobody_writes_without_saying_who_she_is(meet: Callable[..., AppTest], said: Said) -> None:
    app = meet("decide", name="")
    assert not app.chat_input
    assert not [one for one in app.button if one.label == "Write it down"]
    assert "Say who you are, above" in said(app)


def test_a_decision_is_written_with_owner_and_day_and_the_form_is_empty_again(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    app = meet("decide")
    app.text_area(key="agreed_text").set_value("Look at the rota")
    app.text_input(key="agreed_owner").set_value("head of chat")
    app.date_input(key="agreed_due").set_value(date(2026, 11, 19))
    next(one for one in app.button if one.label == "Write it down").click().run()
    assert not app.exception
    assert "Decision: Look at the rota" in said(app)
    (one,) = notes.carried()
    assert (one.owner, one.due_on, one.iso_week, one.by) == ("head of chat", date(2026, 11, 19), WEEK, "ann")
    assert app.text_area(key="agreed_text").value == ""


def test_a_decision_without_a_day_is_not_written_and_what_was_typed_stays(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    app = meet("decide")
    app.text_area(key="agreed_text").set_value("Look at the rota")
    next(one for one in app.button if one.label == "Write it down").click().run()
    refused = _in_form(app, "agree")
    assert any("please say who does it and by when" in one for one in refused)
    assert app.text_area(key="agreed_text").value == "Look at the rota"
    assert notes.carried() == []


def test_what_is_open_is_closed_moved_or_dropped_with_what_became_of_it(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    for text in ("Call back", "Refund letter", "New sign"):
        notes.write("decision", "2026-W45", text, "ann", owner="head", due_on=date(2026, 11, 13), at=AT)
    call, letter, sign = notes.carried()
    app = meet()
    assert said(app).count("overdue since 13 Nov 2026") == 3
    app.text_input(key=f"done_{call.note_id}_1").set_value("46 of 50 reached")
    app.button(key=f"do_done_{call.note_id}_1").click().run()
    app.date_input(key=f"move_{letter.note_id}_1").set_value(date(2026, 11, 30))
    app.button(key=f"do_move_{letter.note_id}_1").click().run()
    app.text_input(key=f"dropped_{sign.note_id}_1").set_value("Nobody needs it")
    app.button(key=f"do_dropped_{sign.note_id}_1").click().run()
    stand = {one.text: one for one in notes.agreed()}
    assert (stand["Call back"].state, stand["Call back"].became) == ("done", "46 of 50 reached")
    assert (stand["Refund letter"].state, stand["Refund letter"].due_on) == ("open", date(2026, 11, 30))
    assert (stand["New sign"].state, stand["New sign"].became) == ("dropped", "Nobody needs it")
    assert "Call back: done 3 days late. 46 of 50 reached." in said(app)


def test_who_closes_what_somebody_else_just_closed_is_told(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    one = notes.write(
        "decision", "2026-W45", "Call back", "ann", owner="head", due_on=date(2026, 11, 13), at=AT
    )
    app = meet()
    notes.change(one, "ben", state="done", became="All reached", at=AT)
    app.text_input(key=f"dropped_{one.note_id}_1").set_value("Too late")
    app.button(key=f"do_dropped_{one.note_id}_1").click().run()
    assert "ben was first: “Call back” is changed. Yours was not written: “Too late”." in said(app)
    assert [each.state for each in notes.agreed()] == ["done"]


def test_an_edit_made_at_the_same_time_keeps_both(meet: Callable[..., AppTest], notes: Notes) -> None:
    one = notes.write("note", WEEK, "first", "ann", about="changed", at=AT)
    app = meet("changed", "cleo")
    app.session_state[f"edit_{one.note_id}"] = True
    app.run()
    notes.rewrite(one, "of ben", "ben", AT)
    app.run()
    app.text_area(key=f"words_{one.note_id}_1").set_value("of cleo")
    app.button(key=f"save_words_{one.note_id}_1").click().run()
    assert {each.text for each in notes.of_week(WEEK)} == {"of ben", "of cleo"}
    assert "Both are kept" in app.toast[0].value


def test_the_minutes_tell_all_five_steps_and_are_kept(
    meet: Callable[..., AppTest], said: Said, notes: Notes
) -> None:
    notes.write("note", WEEK, "Two colleagues were *ill*", "ben", about="changed", at=AT)
    notes.write("annotation", WEEK, "New rota", "ben", about="human_within_promise", at=AT)
    notes.write("promise", WEEK, "say it earlier", "ann", owner="head", due_on=date(2026, 11, 30), at=AT)
    app = meet("minutes")
    app.text_input(key="present").set_value("ann, ben").run()
    app.button(key="keep_minutes").click().run()
    (kept,) = [one for one in notes.of_week(WEEK) if one.sort == "minutes"]
    assert kept.text.startswith("# Minutes: Week 46 · 9–15 November 2026")
    for line in (
        "There: ann, ben", "## 1. What was decided, and what became of it", "## 2. What changed",
        "- ben: Two colleagues were \\*ill\\*", "- ben: **Reached a person within the promise:** New rota",
        "## 3. What needs us", "- Promise: Say it earlier. Owner: head, by 30 Nov 2026.",
    ):  # fmt: skip
        assert line in kept.text
    assert ":material/" not in kept.text
    assert ":gray[" not in kept.text
    assert "They are as below." in said(app)
    assert app.button(key="keep_minutes").disabled
    assert len(app.get("download_button")) == 2


def test_the_first_part_of_the_minutes_holds_what_was_decided_before_the_meeting(
    meet: Callable[..., AppTest], notes: Notes
) -> None:
    for text, week in (("Mend the lift", "2026-W45"), ("More people on chat", WEEK)):
        notes.write("decision", week, text, "ann", owner="head of chat", due_on=date(2026, 11, 27), at=AT)
    app = meet("minutes")
    app.button(key="keep_minutes").click().run()
    (kept,) = [one.text for one in notes.of_week(WEEK) if one.sort == "minutes"]
    first, fourth = (kept.split(f"## {place}.")[1].split("##")[0] for place in (1, 4))
    assert "**Mend the lift**: decided, due 27 November. Owner: head of chat." in first
    assert "More people" not in first
    assert "- Decision: More people on chat. Owner: head of chat, by 27 Nov 2026." in fourth
    assert "Mend the lift" not in fourth


def test_what_was_written_stands_on_the_page_of_its_week(
    open_page: Open, company: Path, notes: Notes, said: Said
) -> None:
    notes.write("annotation", "2026-W45", "The lift was broken", "ann", about="human_within_promise", at=AT)
    notes.write("decision", "2026-W45", "Mend it", "ann", owner="head", due_on=date(2026, 11, 13), at=AT)
    then, now = said(open_page(company, week="2026-W45")), said(open_page(company))
    assert "Reached a person within the promise: The lift was broken" in then
    assert "Decision: Mend it" in then
    assert "The lift was broken" not in now
    assert "Mend it: was due on 13 November, not done yet." in now, "what is open is carried"
    assert "promises and decisions are overdue" in now or "Overdue since" in now


def test_somebody_writes_beside_a_number_on_this_week(open_page: Open, company: Path, notes: Notes) -> None:
    app = open_page(company)
    app.session_state["acting_as"] = "ann"
    app.run()
    app.selectbox(key="week_note_about").select("forgive")
    app.text_area(key="week_note_text").set_value("A newspaper wrote about us")
    next(one for one in app.button if one.label == "Write it down").click().run()
    assert not app.exception
    (one,) = notes.of_week(WEEK)
    assert (one.sort, one.about, one.text) == ("annotation", "forgive", "A newspaper wrote about us")


def test_an_empty_company_has_nothing_to_meet_about(
    open_page: Open, empty_workspace: Callable[..., Path], said: Said
) -> None:
    app = open_page(empty_workspace(run=True), "meeting")
    assert not app.exception
    assert "Needed: " in said(app)


def _in_form(app: AppTest, form: str) -> list[str]:
    """The texts inside a form."""
    (block,) = [each for each in app.main if each.type == "form" and each.proto.form.form_id == form]
    return [each.value for each in block if isinstance(each, Markdown)]
