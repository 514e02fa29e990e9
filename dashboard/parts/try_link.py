"""'Try something': from what was found on a page to a plan for it."""

from dashboard.parts import frozen_week

LONGEST_FINDING = 160


def show(finding: str, kpi: str = "", group: str = "") -> None:
    """A quiet link that takes the finding along.

    Args:
        finding: what was found, as a plain sentence. kpi: the number it is about. group: whom it is about, if not all.
    """
    given = {"finding": plain(finding), "kpi": kpi, "group": group}
    given = {name: value for name, value in given.items() if value}
    frozen_week.link("app_pages/try_something.py", "Try something", "science", **given)


def plain(sentence: str) -> str:
    """Without the marks of Markdown, and short enough for an address."""
    text = " ".join(sentence.replace("**", "").replace("\\", "").split())
    return text if len(text) <= LONGEST_FINDING else f"{text[: LONGEST_FINDING - 1].rstrip()}…"
