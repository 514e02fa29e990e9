"""One initiative on one page: what the page *Did it work?* says of it, from the same objects, figure by figure."""

from datetime import date
from typing import Any

from dashboard import agreed, decisions, doubts, initiatives, looks, margins, verdicts, words
from dashboard.charts import hundred
from dashboard.initiatives import Judged
from dashboard.parts import evidence, worked_out
from dashboard.reports import paper
from dashboard.reports.paper import Imprint, Lines, Size
from pipelines.journal import Journal, Plan

TEMPLATE = "initiative_page.typ"
_BADGES = {"green": "better", "orange": "waiting", "gray": "steady"}
_ROOM = 0.26
"""Of the width, left free on either side of a range for the words beside it."""


def content(
    one: Judged, compared: int, plan: Plan | None, book: Journal, today: date, first_line: str
) -> dict[str, Any]:
    """Everything on the sheet, as the template reads it.

    Args:
        compared: how many initiatives were judged at all. plan: as written in the journal, if it was.
        today: by the company's clock. first_line: period and freshness, ready for Markdown.
    """
    headline, lead = verdicts.answer(one)
    label, _icon, colour = evidence.known(one.evidence)
    has_effect = one.is_compared and one.verdict in ("works", "harmful")
    return {
        "first_line": paper.lines(first_line),
        "name": paper.plain(one.name),
        "badge": {"says": label, "role": _BADGES[colour]},
        "headline": paper.lines(headline),
        "lead": _given(lead),
        "of_100": _given(verdicts.of_every_100(one) if has_effect else ""),
        "hundred": _hundred(one, one.anyway) if has_effect and one.anyway is not None else None,
        "range": _range(one),
        "counts": _given(verdicts.counts(one)),
        "money": _money(one) if one.is_compared else None,
        "next": [paper.lines(step) for step in _next(one, plan, book, today) if step],
        "before": _before(one, plan, book),
        "doubts": [
            {"settled": settled, "says": paper.lines(says)} for settled, says in doubts.of(one, compared)
        ],
        "also": [
            paper.lines(verdicts.secondary(other)) for other in initiatives.also_looked_at(one.initiative_id)
        ],
        "method": paper.lines(worked_out.method(one)),
    }


def definition(one: Judged) -> str:
    """What it is judged by, and what its range means."""
    told = f"Judged by: {one.judged_by.by}."
    if one.is_compared:
        told += (
            " “Probably between” holds the true figure in "
            f"{words.decimal(one.level * 100, 1)} of 100 such comparisons."
        )
    return told


def pdf(given: dict[str, Any], name: str, imprint: Imprint, size: Size) -> bytes:
    """The sheet, from `content`."""
    return paper.pdf(TEMPLATE, f"Did it work? {name}", given, imprint, size)


def _next(one: Judged, plan: Plan | None, book: Journal, today: date) -> list[str]:
    """What is suggested, the next look, and what was decided last."""
    taken = decisions.of(book, one.initiative_id)
    decided = f"{decisions.in_words(taken[0])} {decisions.became(taken[0])}".strip() if taken else ""
    return [verdicts.suggestion(one, plan, today), looks.look(one, today), decided]


def _before(one: Judged, plan: Plan | None, book: Journal) -> dict[str, Any]:
    is_drawn = bool(plan and book.draws(one.initiative_id))
    return {
        "heading": _given(agreed.heading(one, plan, is_drawn)),
        "belief": paper.lines(agreed.belief(one, plan)),
        "table": paper.table(agreed.beside(one, plan)),
        "looks": paper.lines(agreed.looks(one, plan)),
    }


def _money(one: Judged) -> dict[str, Any]:
    notes = [margins.break_even(one)] if one.is_paid else [margins.unknown(one)]
    return {
        "table": paper.table(margins.table(one)) if one.is_paid else None,
        "notes": [paper.lines(note) for note in notes if note],
        "rests_on": _given(margins.rests_on(one) if one.is_paid else ""),
    }


def _hundred(one: Judged, anyway: float) -> dict[str, Any]:
    share, low, high = one.effect or 0.0, one.low or 0.0, one.high or 0.0
    gained = share >= 0
    perhaps = "perhaps-better" if gained else "perhaps-worse"
    called = {
        hundred.ANYWAY: "anyway", hundred.BECAUSE: "because", hundred.LOST: "lost", hundred.PERHAPS: perhaps,
        hundred.NOT: "not",
    }  # fmt: skip
    end = (high if gained else low) * 100
    because = ("because", "because of it") if gained else ("lost", "lost because of it")
    legend = (("anyway", "anyway"), because, (perhaps, "perhaps: to the end of the range"))
    return {
        "kinds": [called[hundred.kind(place, anyway * 100, share * 100, end)] for place in range(100)],
        "alt": f"Of 100 customers {words.of_100(anyway)} anyway, {verdicts.more(share)} because of it",
        "legend": [{"kind": kind, "says": says} for kind, says in legend],
    }


def _range(one: Judged) -> dict[str, Any] | None:
    """Where the range lies between the ends of an axis, as shares of its width."""
    if not one.is_compared or not one.is_share:
        return None
    low, high, worth = one.low or 0.0, one.high or 0.0, one.worth
    first, last = min(0.0, low), max(high, worth or 0.0, 0.0)
    span = (last - first) or 1.0

    def place(share: float) -> float:
        return _ROOM + (1 - 2 * _ROOM) * (share - first) / span

    marks = [{"at": place(0.0), "says": "no effect", "side": "left" if (worth or 0.0) >= 0 else "right"}]
    if worth is not None:
        marks.append({"at": place(worth), "says": "worth having", "side": "right" if worth >= 0 else "left"})
    return {
        "role": one.role,
        "value": {"at": place(one.effect or 0.0)},
        "low": {"at": place(low), "says": words.of_100(low, high - low)},
        "high": {"at": place(high), "says": words.of_100(high, high - low)},
        "marks": marks,
        "title": f"more of 100 {one.judged_by.did}",
        "alt": " ".join(run["text"] for line in paper.lines(" ".join(verdicts.answer(one))) for run in line),
    }


def _given(sentence: str) -> Lines | None:
    """A sentence, or nothing for the template to leave out."""
    return paper.lines(sentence) or None
