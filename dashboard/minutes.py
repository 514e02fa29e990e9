"""Minutes of the weekly meeting, as Markdown or plain text: what the five steps showed and what was said at each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import week_notes, words
from dashboard.agreements import facts, sort_name
from dashboard.weekly_review import plain
from dashboard.weeks import Week
from pipelines.journal.notes import Note

TITLES = {
    "decided": "What was decided, and what became of it",
    "changed": "What changed",
    "needs": "What needs us",
    "decide": "Decided in this meeting",
    "minutes": "Also said",
}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Meeting:
    """What is known of a meeting about a week.

    `shown`: step -> lines of Markdown that the step showed; `notes`: step -> what was written at it.
    """

    week: Week
    headline: str
    lead: str
    rests_on: str
    present: str
    shown: Mapping[str, Sequence[str]]
    agreed: Sequence[Note]
    notes: Mapping[str, Sequence[Note]]
    beside: Sequence[Note]


def markdown(one: Meeting, today: date) -> str:
    """The minutes; a step that showed nothing says so, one at which nothing was said has no lines of that."""
    lines = [f"# Minutes: {one.week.name}", ""]
    if one.present:
        lines += [f"There: {words.safe(one.present)}", ""]
    lines += [f"**{plain(one.headline)}** {plain(one.lead)}".rstrip(), ""]
    for place, (step, title) in enumerate(TITLES.items(), start=1):
        said = [f"- {plain(line)}" for line in one.shown.get(step, ())]
        if step == "decide":
            said = [
                f"- {sort_name(note)}: {_sentence(note.text)} Owner: {plain(facts(note, today))}."
                for note in one.agreed
            ]
        noted = list(_noted(one.notes.get(step, ())))
        if step == "changed":
            noted += _noted(one.beside)
        if said or noted or step != "minutes":
            lines += [f"## {place}. {title}", "", *(said or ([] if noted else ["- Nothing."])), *noted, ""]
    return "\n".join([*lines, plain(one.rests_on)])


def text(minutes: str) -> str:
    """The same without the marks of Markdown."""
    bare = re.sub(r"^#+ ", "", minutes, flags=re.MULTILINE).replace("**", "")
    return _ESCAPED.sub(r"\1", bare)


def _noted(notes: Iterable[Note]) -> list[str]:
    return [f"- {words.safe(one.first_by)}: {_one_line(week_notes.in_words(one))}" for one in notes]


def _sentence(said: str) -> str:
    told = _one_line(words.safe(words.capital(said)))
    return told if told.endswith((".", "?")) else f"{told}."


def _one_line(said: str) -> str:
    return " ".join(said.split())
