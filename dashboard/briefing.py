"""What a week says: the headline that the numbers can bear, and what needs the reader."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from dashboard import words
from dashboard.kpi import Reading

MOST_NEEDS = 3

_MOVED = {
    "emotion": ("Customers feel better cared for.", "Customers feel less well cared for."),
    "human_within_promise": (
        "more reached a person within the promise",
        "fewer reached a person within the promise",
    ),
    "proactive_share": ("we got in touch first more often", "we got in touch first less often"),
    "purchase_more": ("more would buy more", "fewer would buy more"),
    "recommend": ("more would recommend us", "fewer would recommend us"),
    "forgive": ("more would forgive us a mistake", "fewer would forgive us a mistake"),
    "trust": ("more would trust us", "fewer would trust us"),
}
"""What to say of a number that really moved: for the better, for the worse."""

_SEE_FEELINGS = ("app_pages/feelings_and_loyalty.py", "See how customers feel")
_SEE = dict.fromkeys(
    ("human_within_promise", "first_reply_within_promise", "proactive_share", "bot_came_back"),
    ("app_pages/service_and_care.py", "See where"),
)
"""The page that shows more of a number."""


@dataclass(frozen=True)
class Need:
    """One thing that needs the reader: what, the facts, whose it is, where to go."""

    title: str
    facts: str
    owner: str = ""
    page: str = ""
    link: str = ""


def headline(readings: list[Reading], needs: int, where: str = "") -> str:
    """One or two sentences that a chief executive could repeat."""
    by_name = {reading.about.kpi: reading for reading in readings}
    emotion = by_name.get("emotion")
    moved = [reading for reading in readings if reading.has_moved]
    judged = [reading for reading in readings if reading.verdict != "too few" and reading.is_shown]
    if not any(reading.is_shown for reading in readings):
        return "Too little was counted in this week to show."
    if not moved and judged:
        things = (
            f"{words.capital(words.number_word(needs))} {'thing needs' if needs == 1 else 'things need'} you."
        )
        return f"A quiet week. {things if needs else 'Nothing needs you.'}"
    if not judged:
        return "Too early to say whether anything moved."
    feeling = _feeling(emotion)
    others = [reading for reading in moved if reading.about.kpi != "emotion"]
    if not others:
        return feeling
    joined = "And" if emotion is not None and emotion.verdict == "worse" else "But"
    return f"{feeling} {joined} {_moved_words(worst(others) or others[0], where)}."


def worst(readings: list[Reading]) -> Reading | None:
    """The number that really got worse by most."""
    fallen = [reading for reading in readings if reading.verdict == "worse"]
    return max(fallen, key=lambda reading: abs(reading.change or 0), default=None)


def _feeling(emotion: Reading | None) -> str:
    if emotion is None or not emotion.is_shown:
        return "We can't say how customers feel."
    if emotion.has_moved:
        return _MOVED["emotion"][emotion.verdict == "worse"]
    if emotion.verdict == "too few":
        return "Too few answers to say if feelings moved."
    return "Customers feel as well cared for as before."


def _moved_words(reading: Reading, where: str) -> str:
    better, worse = _MOVED.get(
        reading.about.kpi, (f"“{reading.about.label}” got better", f"“{reading.about.label}” got worse")
    )
    said = worse if reading.verdict == "worse" else better
    return f"on {words.safe(where)} {said}" if where else said


def unjudged(readings: dict[str, Reading], incomplete: set[str]) -> dict[str, Reading]:
    """The same readings; those that rest on a late source are not compared with complete weeks."""
    return {
        name: replace(reading, verdict="too few", change=None) if name in incomplete else reading
        for name, reading in readings.items()
    }


def lead(readings: list[Reading], incomplete: int = 0) -> str:
    """How many numbers moved and how many did not, and how many can not be compared."""
    judged = [
        reading for reading in readings if reading.verdict != "too few" and not reading.about.is_counted
    ]
    moved = [reading for reading in judged if reading.has_moved]
    if not judged:
        return ""
    late = ""
    if incomplete:
        late = f" {words.capital(words.number_word(incomplete))} {'is' if incomplete == 1 else 'are'} incomplete."
    if not moved:
        every = {1: "The number that can be judged", 2: "Both numbers that can be judged"}.get(
            len(judged), f"All {words.number_word(len(judged))} numbers that can be judged"
        )
        return f"{every} moved no more than {'it usually does' if len(judged) == 1 else 'they usually do'}.{late}"
    still = len(judged) - len(moved)
    if not still:
        every = {1: "The number", 2: "Both numbers"}.get(
            len(moved), f"All {words.number_word(len(moved))} numbers"
        )
        return f"{every} that can be judged really moved.{late}"
    told = f"{words.capital(words.number_word(len(moved)))} of {words.number_word(len(judged))} numbers really moved"
    return f"{told}; the other {words.number_word(still)} moved no more than usual.{late}"


def change_in_words(reading: Reading) -> str:
    """How far it went: `fell by 7 of 100 (probably between 1 and 13), to 83`."""
    if reading.change is None or reading.change_low is None or reading.change_high is None:
        return ""
    width = reading.change_high - reading.change_low
    size, *ends = (
        words.moved(share, width)
        for share in (reading.change, *sorted((reading.change_low, reading.change_high), key=abs))
    )
    went = "rose" if reading.change > 0 else "fell"
    now = f", to {words.of_100(reading.week_value, width)}" if reading.week_value is not None else ""
    unit = "points" if reading.about.is_net else "of 100"
    over = "" if reading.weeks == 1 else f" in {words.number_word(reading.weeks)} weeks"
    return f"{went} by {size} {unit}{over} (probably between {ends[0]} and {ends[1]}){now}"


def change_need(
    reading: Reading, channel: str | None, in_channel: Reading | None, owner: str, promise: str = ""
) -> Need:
    """A real change for the worse; where one channel stands out, that channel in figures."""
    shown = in_channel if in_channel is not None and in_channel.is_shown else reading
    title = words.capital(_moved_words(reading, channel or ""))
    if shown.value is None or shown.low is None or shown.high is None:
        return Need(title, "", owner, *_SEE.get(reading.about.kpi, _SEE_FEELINGS))
    asked = "answers" if "survey" in shown.about.source else "contacts"
    facts = (
        f"{words.of_100(shown.value)} of 100{promise} (probably between {words.between(shown.low, shown.high)}; "
        f"{words.count(shown.n)} {asked})"
    )
    is_weekly = shown.about.clock_weeks == 1
    usual = f"; usually {words.of_100(shown.usually)}" if is_weekly and shown.usually is not None else ""
    return Need(title, f"{facts}{usual}.", owner, *_SEE.get(reading.about.kpi, _SEE_FEELINGS))


def top_customer_need(
    summary: dict[str, int], days: int, counted_on: date, on_list: int | None = None
) -> Need | None:
    """Top customers without care on the day they were counted, and how many of them can be contacted.

    Args:
        on_list: how many who can be contacted are on this week's care list; None where there are no lists yet.
    """
    without = summary.get("without_care") or 0
    if not without:
        return None
    return Need(
        f"{words.count(without)} of our {words.count(summary['top_customers'])} top customers had no personal "
        f"care for {days} days",
        f"Counted on {words.month_day(counted_on)}. {words.count(summary['can_be_contacted'])} can be contacted now"
        f"{_on_list(on_list, summary['can_be_contacted'])}; {words.count(summary['wait'])} later; "
        f"{words.count(summary['must_not_be_contacted'])} must not be contacted.",
        page="app_pages/top_customers.py",
        link="Open the list",
    )


def _on_list(on_list: int | None, able: int) -> str:
    if on_list is None or not able:
        return ""
    how_many = words.count(on_list) if on_list else "none"
    return f", {how_many} of them on this week's care list"


def promise_need(promises: pl.DataFrame, at: date) -> Need | None:
    """Promises and decisions that were due by a day and not kept by then, oldest first."""
    overdue = promises.filter(
        (pl.col("due_on") <= at) & (pl.col("promised_on") <= at)
        & (pl.col("done_on").is_null() | (pl.col("done_on") > at))
    ).sort("due_on")  # fmt: skip
    if overdue.is_empty():
        return None
    first = overdue.row(0, named=True)
    if overdue.height == 1:
        return Need(
            f"Overdue since {words.month_day(first['due_on'])}",
            f"We {'decided' if first.get('sort') == 'decision' else 'promised'}: “{words.safe(first['theme'])}”.",
            words.safe(first["owner"] or ""),
        )
    told = [
        f"“{words.safe(row['theme'])}” ({words.safe(row['owner'] or 'nobody')})"
        for row in overdue.head(MOST_NEEDS).iter_rows(named=True)
    ]
    rest = overdue.height - len(told)
    more = f" and {words.number_word(rest)} more" if rest else ""
    sorts = set(overdue["sort"]) if "sort" in overdue.columns else {"promise"}
    which = " and ".join(f"{sort}s" for sort in sorted(sorts, reverse=True))
    return Need(
        f"{words.capital(words.number_word(overdue.height))} {which} are overdue",
        f"{'; '.join(told)}{more}.",
    )


def harm_need(initiatives: list[str]) -> Need | None:
    """Initiatives that made things worse."""
    if not initiatives:
        return None
    return Need(
        f"{words.listed([words.safe(name) for name in initiatives])} made things worse",
        "Suggested: stop today.",
        page="app_pages/did_it_work.py",
        link="See the proof",
    )


def most_pressing(*needs: Need | None) -> list[Need]:
    """At most three, in the order given; never padded."""
    return [need for need in needs if need is not None][:MOST_NEEDS]
