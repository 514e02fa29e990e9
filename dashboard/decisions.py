"""What was decided about an initiative, by whom, and what has been done since. Read from the journal, never cached."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from dashboard import builds, care_list, words
from dashboard.initiatives import DRAWN, Judged
from dashboard.weeks import local
from pipelines.journal import OPEN, ActChanged, Journal, JournalError

SAID = {
    "keep going": "Keep going",
    "widen": "Widen",
    "change": "Change it",
    "stop": "Stop",
    "wait": "Wait",
}
_OFFERED = {
    "works": ("keep going", "widen", "change", "stop"),
    "harmful": ("stop", "change", "keep going"),
    "no relevant effect": ("stop", "change", "keep going"),
    "inconclusive": ("wait", "widen", "change", "stop"),
}
_OTHERWISE = ("change", "keep going", "stop")
_ANOTHER = {("inconclusive", "widen"): "Do more"}


@dataclass(frozen=True)
class Decision:
    """One decision; `done` of `planned` acts that came onto the list since."""

    initiative_id: str
    choice: str
    why: str
    who: str
    by_when: date | None
    by: str
    on: date
    planned: int = 0
    done: int = 0


def offered(one: Judged) -> list[tuple[str, str]]:
    """The choices after a verdict, the likeliest first, each with its label."""
    verdict = one.verdict if one.is_compared or one.evidence == DRAWN else ""
    choices = _OFFERED.get(verdict, _OTHERWISE)
    if one.loses_money:
        is_kept = verdict == "works" or (one.care_class == "owed" and verdict != "harmful")
        choices = ("change", "stop", "keep going") if is_kept else ("stop", "change", "keep going")
    return [(choice, _ANOTHER.get((verdict, choice), SAID[choice])) for choice in choices]


def of(book: Journal, initiative_id: str | None = None) -> list[Decision]:
    """Every decision, the newest first; only of one initiative where one is named."""
    found = book.decisions()
    if initiative_id is not None:
        found = found.filter(pl.col("initiative_id") == initiative_id)
    acts = book.acts(initiative_id) if found.height else pl.DataFrame()
    return [_decision(row, acts) for row in found.reverse().iter_rows(named=True)]


def record(
    book: Journal,
    initiative_id: str,
    choice: str,
    why: str,
    who: str,
    by_when: date | None,
    by: str,
    known: int,
) -> str:
    """Write a decision down, once.

    Args:
        known: how many decisions the person had on screen; if there are more by now, hers is not written.

    Returns:
        What is missing or who was first, in a sentence; empty if it is written.
    """
    if not by.strip():
        return "Say who you are first; it stands beside the decision."
    missing = [name for name, given in (("why", why), ("who does it", who)) if not given.strip()]
    if missing:
        return f"Nothing was written yet: please say {' and '.join(missing)}."
    now = builds.settings().as_of()
    if by_when is not None and by_when < local(now.replace(tzinfo=None)).date():
        return "Nothing was written yet: the day lies in the past."
    before = of(book, initiative_id)
    if len(before) > known:
        first = before[0]
        said = SAID[first.choice].lower()
        return f"{first.by} decided first: {said}. Yours was not written; look again, then decide."
    try:
        book.decide(initiative_id, choice, " ".join(why.split()), " ".join(who.split()), by_when, by, now)
    except JournalError as error:
        return str(error)
    return ""


def still_planned(book: Journal, initiative_id: str) -> int:
    """Acts of an initiative that nobody has done yet."""
    return book.acts(initiative_id, OPEN).height


def cancel_planned(book: Journal, initiative_id: str, by: str) -> tuple[int, int]:
    """Take everything that is not done off the list; returns how many, and how many somebody just changed."""
    cancelled, left = 0, 0
    for act_id, version in book.acts(initiative_id, OPEN).select("act_id", "version").iter_rows():
        try:
            book.change_act(act_id, "cancelled", by, version)
            cancelled += 1
        except ActChanged:
            left += 1
    return cancelled, left


def in_words(one: Decision) -> str:
    """What was decided, when, why, who does it by when, and who wrote it down."""
    by_when = f", by {words.short_day(one.by_when)}" if one.by_when else ""
    return (
        f"**{SAID[one.choice]}**, decided on {words.short_day(one.on)}. Why: {sentence(one.why)} "
        f"Who: {words.safe(one.who)}{by_when}. Written down by {words.safe(one.by)}."
    )


def became(one: Decision) -> str:
    """What has been done since, as far as the list knows."""
    if one.planned:
        return f"Since then {words.count(one.done)} of {words.plural(one.planned, 'act')} on the list done."
    if one.choice == "stop":
        return "Nothing was put on the list since."
    if one.choice in ("keep going", "widen"):
        return "Nothing was drawn since."
    return ""


def names(book: Journal) -> dict[str, str]:
    """What initiatives are called, those only planned too."""
    planned = {plan.initiative_id: plan.name for plan in book.plans()}
    return planned | dict(builds.rows("select initiative_id, name from initiative").iter_rows())


def today() -> date:
    """The day by the company's clock."""
    return care_list.today()


def _decision(row: dict[str, object], acts: pl.DataFrame) -> Decision:
    at = row["at"]
    assert isinstance(at, datetime)
    since = acts.filter((pl.col("initiative_id") == row["initiative_id"]) & (pl.col("planned_at") >= at))
    given = {name: row[name] for name in ("initiative_id", "choice", "why", "who", "by_when", "by")}
    return Decision(
        **given,  # type: ignore[arg-type]
        on=local(at).date(),
        planned=since.filter(pl.col("state") != "cancelled").height,
        done=since.filter(pl.col("state") == "done").height,
    )


def sentence(text: str) -> str:
    """What somebody wrote, as a sentence and ready for Markdown."""
    said = words.safe(words.capital(text.strip()))
    return said if said.endswith((".", "?", "!")) else f"{said}."
