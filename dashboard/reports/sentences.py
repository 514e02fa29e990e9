"""Sentences of the pages as a report sets them: without the marks that only a page reads."""

import re

from dashboard import weekly_review
from dashboard.reports import paper
from dashboard.reports.paper import Lines

_CODE = re.compile(r"(?<!\\)`")


def say(markdown: str) -> Lines:
    """Runs of text; what somebody else wrote stands letter by letter."""
    return paper.lines(_CODE.sub("", weekly_review.plain(markdown)))


def text(lines: Lines) -> str:
    """The same as bare text; lines stand beside each other."""
    return " · ".join("".join(run["text"] for run in line) for line in lines)
