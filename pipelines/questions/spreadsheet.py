"""Text that no spreadsheet runs, whatever it begins with (OWASP, CSV injection)."""

import re
import unicodedata

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n\u2212")


def safe(value: object) -> str:
    """A cell as text that no spreadsheet runs."""
    text = "" if value is None else str(value)
    seen = next((i for i, letter in enumerate(text) if not _is_unseen(letter)), len(text))
    first = unicodedata.normalize("NFKC", text[seen : seen + 1])[:1]
    starts = first in _STARTS_A_FORMULA if first else False
    hidden = any(letter in _STARTS_A_FORMULA for letter in text[:seen])
    return ("'" if starts or hidden else "") + re.sub(r"\r\n|[\r\n\v\f\x85\u2028\u2029]", " ", text)


def _is_unseen(letter: str) -> bool:
    """A blank, a control sign or a sign without width: a spreadsheet looks past it."""
    return letter.isspace() or unicodedata.category(letter)[0] in "ZC"
