"""Health stays out of a list, a card and a file: a word of it becomes 'something personal'."""

import re

import polars as pl

_ABOUT = (
    "health|medic|hospital|disab|pregnan|therap|diagnos|allerg|diabet|depress|cancer|tumou?r|surger|wheelchair|"
    "gesundheit|krank|krebs|arzt|schwanger|behinder|santé|maladi|enceinte|malatti|salute|incinta"
)
_WORDS = rf"(?i)\b(?:\w*(?:{_ABOUT})\w*|ill(?:ness)?|sick(?:ness)?)\b"
_KNOWN = re.compile(_WORDS)
INSTEAD = "something personal"


def speaks_of_it(text: str) -> bool:
    """Whether a text has a word of health in it."""
    return bool(_KNOWN.search(text))


def without(text: str) -> str:
    """The text without such words."""
    return _KNOWN.sub(INSTEAD, text)


def without_any(column: str) -> pl.Expr:
    """The same for a column."""
    return pl.col(column).str.replace_all(_WORDS, INSTEAD)
