"""The verdict on a change: a word, an icon and a colour, always the three together."""

from dashboard import words
from dashboard.charts.colours import Role
from dashboard.kpi import Reading

ROLES: dict[str, Role] = {
    "better": "better",
    "worse": "worse",
    "no real change": "steady",
    "too few": "steady",
}


def role(reading: Reading) -> Role:
    """The colour of a number's line: the verdict's."""
    return ROLES[reading.verdict]


def in_words(reading: Reading) -> str:
    """The verdict as Markdown: `Worse for 3 weeks, down 7 of 100`."""
    if reading.about.is_counted:
        return _counted(reading)
    if reading.verdict == "too few":
        return ":gray[:material/more_horiz: Too few to say if it moved]"
    if reading.verdict == "no real change":
        return f":gray[:material/remove: No real change{_when(reading)}]"
    colour, word = ("green", "Better") if reading.verdict == "better" else ("red", "Worse")
    went, icon = ("up", "trending_up") if (reading.change or 0) > 0 else ("down", "trending_down")
    low, high = reading.change_low, reading.change_high
    size = words.moved(reading.change or 0, 1.0 if low is None or high is None else high - low)
    unit = "points" if reading.about.is_net else "of 100"
    return f":{colour}[:material/{icon}: **{word}{_when(reading)}**, {went} {size} {unit}]"


def _when(reading: Reading) -> str:
    """Over how many weeks a change runs; a number over several weeks moved, or not, in its last one."""
    if reading.has_moved and reading.weeks > 1:
        return f" for {words.number_word(reading.weeks)} weeks"
    return "" if reading.about.clock_weeks == 1 else " last week"


def _counted(reading: Reading) -> str:
    if reading.before is None:
        return ":gray[:material/functions: Counted]"
    more = reading.successes - reading.before
    if more == 0:
        return ":gray[:material/remove: As many as the week before]"
    return f":gray[:material/functions: {abs(more)} {'more' if more > 0 else 'fewer'} than the week before]"
