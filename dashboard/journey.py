"""What the page Digital journey says: every sentence from the counts it rests on, and frames ready to be drawn."""

from typing import Any

import polars as pl

from dashboard import web, words
from dashboard.kpi import Reading, strength
from dashboard.parts import table
from dashboard.visits import Month, Parts
from dashboard.web import Difference, Pull, Shares

MOST_PARTS, MOST_STORIES = 8, 5
LABEL_LETTERS = 26
TOLD_AFTER = (1, 4, 8)
"""After so many weeks it is said how many newcomers came back."""

STEPS = {
    "help_view": "Opened a help page",
    "contact_view": "Opened the contact page",
    "chat_start": "Began a chat",
    "human_reached": "Reached a person",
    "form_start": "Began a form",
    "form_submit": "Sent the form",
    "form_abandon": "Gave the form up",
}
KINDS = {"story": "Began with a story", "other": "Began elsewhere"}

_MOVED = {
    "web_helpful": ("more people find our help pages helpful", "fewer people find our help pages helpful"),
    "web_search_found": ("more searches find something", "fewer searches find something"),
    "web_reached_human": ("more chats reach a person", "fewer chats reach a person"),
    "web_form_finished": ("more forms are finished", "more forms are given up"),
    "web_returning": ("more visitors come back", "fewer visitors come back"),
}
_ABOUT = {
    "web_helpful": "finding help",
    "web_search_found": "finding help",
    "web_reached_human": "reaching a person",
    "web_form_finished": "reaching a person",
    "web_returning": "coming back",
}


def headline(readings: list[Reading]) -> str:
    """What really moved on the website, the worse first; that nothing did, where it was judged."""
    moved = sorted(
        (one for one in readings if one.has_moved and one.about.purpose == "success"),
        key=lambda one: (one.verdict != "worse", -abs(one.change or 0)),
    )
    if moved:
        told = [_MOVED[one.about.kpi][one.verdict == "worse"] for one in moved[:2]]
        return f"On the website, {' and '.join(told)} than before."
    judged = [_ABOUT[one.about.kpi] for one in readings if one.verdict == "no real change"]
    if not judged:
        return "We can't say yet whether the website looks after people better or worse."
    return f"On the website, {words.listed(list(dict.fromkeys(judged)))} moved no more than usual."


def lead(readings: list[Reading], visitors: dict[str, Any] | None) -> str:
    """How many numbers can be judged and moved, how many visitors came, and what a visitor is here."""
    judged = [one for one in readings if one.verdict != "too few"]
    moved = sum(one.has_moved for one in judged)
    told = ["Google Analytics counts the devices that allow it, not people."]
    if visitors is not None:
        week = words.period(visitors["starts_on"], visitors["ends_on"])
        told.insert(0, f"About **{words.about(visitors['value'])}** visitors in the week of {week}.")
    if len(judged) > 1:
        number = words.capital(words.number_word(moved)) if moved else "Not one"
        told.insert(
            0, f"{number} of the {words.number_word(len(judged))} numbers moved more than it usually does."
        )
    return " ".join(told)


def lines_in_words(visitors: pl.DataFrame) -> str:
    """How the picture of visitors is to be read; only of marks that are on it."""
    marks = {"provisional": "Dashed: may still move.", "partial": "Open point: the week is not over."}
    there = visitors.drop_nulls("value")["maturity"].to_list()
    told = ["Google's own estimate for each week; weeks do not add up to a month."]
    return " ".join(told + [said for maturity, said in marks.items() if maturity in there])


def fresh(pull: Pull) -> tuple[str, str]:
    """Up to which day the figures go, and from which on they still move."""
    through = f"through {words.day(pull.through_on)}" if pull.through_on else ""
    settling = (
        f"visitors from {words.day(pull.settling_from)} on still settling" if pull.settling_from else ""
    )
    return through, settling


def dots(
    found: Shares, counted: str, *, names: dict[str, str] | None = None, lowest_first: bool = True
) -> pl.DataFrame:
    """The parts of a share ready for `charts.dots.ranges`, those that matter first.

    Args:
        found: the parts.
        counted: what each rests on: `answers`.
        names: what to call a part. lowest_first: whether the least stands on top.
    """
    rows = found.rows.sort("value", "member", descending=[not lowest_first, False]).head(MOST_PARTS)
    return rows.select(
        label=pl.col("member").replace(names or {}).map_elements(short, return_dtype=pl.String),
        note=pl.col("n").map_elements(lambda n: _basis(n, counted), return_dtype=pl.String),
        value="value",
        low="low",
        high="high",
        n="n",
        role=pl.lit("steady"),
    )


def short(name: str) -> str:
    """A name that fits beside a chart: the middle of a long one is left out."""
    if len(name) <= LABEL_LETTERS:
        return name
    return f"{name[: LABEL_LETTERS // 2 - 1]}…{name[-(LABEL_LETTERS // 2) :]}"


def as_table(found: Shares, part: str, counted: str, names: dict[str, str] | None = None) -> pl.DataFrame:
    """Every part that may be shown, least first."""
    return found.rows.select(
        pl.col("member").replace(names or {}).alias(part),
        *table.of_100(),
        pl.col("n").alias(words.capital(counted)),
    )


def worst_page(found: Shares) -> str:
    """The help page that helps least, where it lies clearly below the others."""
    row = web.apart(found, lowest=True)
    if row is None:
        return "No page stands clearly below the others." if found.rows.height > 1 else ""
    return f"Least helpful: **{words.safe(str(row['member']))}**, {_said(row, 'answers')}."


def first_channel(found: Shares) -> str:
    """The way by which the most returning buyers come, where it lies clearly above the others."""
    row = web.apart(found, lowest=False)
    if row is None:
        return "No way stands clearly above the others." if found.rows.height > 1 else ""
    return f"Most often not for the first time: **{words.safe(str(row['member']))}**, {_said(row, 'buyers', 'about ')}."


def story_in_words(found: Difference) -> str:
    """Whether visits that begin with a story stay more often, with the range of the difference."""
    rests = f"{words.count(found.first_n)} and {words.count(found.second_n)} visits"
    low, high = (words.of_100(end, found.high - found.low) for end in (found.low, found.high))
    if found.low <= 0 <= found.high:
        return (
            f"No clear difference: anything from {low.removeprefix('−')} fewer to {high} more of 100 fits what we saw "
            f"({rests})."
        )
    word, least, most = ("more", low, high) if found.change > 0 else ("fewer", high, low)
    return (
        f"Of visits that begin with a story, **{words.moved(found.change, found.high - found.low)} {word} of 100** "
        f"stay (probably between {least.removeprefix('−')} and {most.removeprefix('−')}; {rests})."
    )


def retention_in_words(curves: pl.DataFrame) -> str:
    """How many newcomers of the week that stands out on the picture came back, and when."""
    if curves.is_empty():
        return ""
    lead = curves.filter("is_lead")
    first = lead.row(0, named=True)
    told = [
        f"{words.of_100(row['value'], row['high'] - row['low'])} of 100 {_later(row['weeks_after'])} (probably between "
        f"{words.between(row['low'], row['high'])})"
        for row in lead.filter(pl.col("weeks_after").is_in(TOLD_AFTER)).iter_rows(named=True)
    ]
    if not told:
        return ""
    return (
        f"Of about {words.about(first['n'])} visitors who first came in the week of "
        f"{words.period(first['starts_on'], first['ends_on'])}, so many were here again: {words.listed(told)}."
    )


def buyers_in_words(found: Month | None) -> str:
    """From looking to buying, in the last whole month that both are known of."""
    if found is None:
        return ""
    return (
        f"In {words.month(found.starts_on)} about {words.about(found.visitors)} visitors looked around, about "
        f"{words.about(found.buyers)} bought."
    )


def side_by_side(found: Month | None) -> str:
    """Google's count of orders beside our own, as they are."""
    if found is None or found.orders_at_google is None or found.orders_here is None:
        return ""
    return (
        f"Side by side, {words.month(found.starts_on)}: Google Analytics counted "
        f"{words.plural(round(found.orders_at_google), 'order')}, our own systems {words.count(found.orders_here)}. "
        "They need not agree: whoever does not let Google count is missing there."
    )


def recognisable(found: pl.DataFrame) -> str:
    """How many customers could be known on the website; empty where no audience has arrived."""
    if found.is_empty():
        return ""
    row = found.row(0, named=True)
    return (
        f"{words.count(row['customers_with_web_id'])} of {words.count(row['customers'])} customers carry a number or "
        "a device by which the website could know them, once they sign in or come back on it; how many ever do is not "
        "known. Whoever can not be recognised stays so; nothing is guessed to make counts agree."
    )


def step_bars(found: Parts) -> pl.DataFrame:
    """The steps on the way to help in their order: label, value."""
    order = {name: place for place, name in enumerate(STEPS)}
    rows = found.rows.filter(pl.col("member").is_in(list(STEPS)))
    return rows.sort(pl.col("member").replace_strict(order, return_dtype=pl.Int64)).select(
        label=pl.col("member").replace_strict(STEPS, return_dtype=pl.String), value="value"
    )


def story_bars(found: Parts) -> pl.DataFrame:
    """The stories that most visits began with: label, value. A story is called by the end of its address."""
    name = pl.col("member").str.strip_chars_end("/").str.split("/").list.last().str.replace_all("-", " ")
    return found.rows.head(MOST_STORIES).select(
        label=name.map_elements(lambda one: short(words.capital(one)), return_dtype=pl.String), value="value"
    )


def _said(row: dict[str, Any], counted: str, about: str = "") -> str:
    return (
        f"{words.of_100(row['value'], row['high'] - row['low'])} of 100 (probably between "
        f"{words.between(row['low'], row['high'])}; {about}{words.count(row['n'])} {counted})"
    )


def _basis(n: int, counted: str) -> str:
    return ", ".join(part for part in (f"{words.count(n)} {counted}", strength(n)) if part)


def _later(weeks: int) -> str:
    return "a week later" if weeks == 1 else f"{words.number_word(weeks)} weeks later"
