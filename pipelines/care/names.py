"""Is this a name that may be written on a card? `Dear {FIRSTNAME}` is worse than no card."""

import re
import unicodedata

_TEMPLATE = re.compile(r"[{}<>\[\]%$|\\]|\*\|")
_GREETING = re.compile(r"(?i)^(dear|hello|hi|liebe[r]?|sehr geehrte[r]?|bonjour|gentile|caro|cara)\b")
_BROKEN_TEXT = re.compile("\ufffd|Ã.|Â.|[\x00-\x1f\x7f]")
_FILLERS = frozenset(
    (
        "abc", "anonymous", "asdf", "client", "customer", "first name", "firstname", "full name", "fullname", "guest",
        "gast", "kunde", "kundin", "last name", "lastname", "n/a", "na", "nachname", "name", "nan", "nil", "no name",
        "none", "null", "not known", "preferred name", "qwertz", "qwerty", "test", "tester", "undefined", "unknown",
        "user", "vorname", "x", "xx", "xxx",
    )
)  # fmt: skip
LEAST_CAPITALS = 3


def fault_of(name: str | None) -> str | None:
    """What is wrong with a name, in words that do not repeat it; None where nothing is.

    `JP` and names in scripts without capitals are fine; `ANNA`, `anna@example.com`, `Ann4` and `%FNAME%` are not.
    """
    text = unicodedata.normalize("NFC", name or "").strip()
    if not any(character.isalpha() for character in text):
        return "there is no name"
    if _TEMPLATE.search(text) or _GREETING.match(text):
        return "a template was not filled in"
    if _BROKEN_TEXT.search(text):
        return "letters were lost on the way"
    if any(character.isdigit() for character in text) or "@" in text or text[0] in "=+-":
        return "it is no name: digits or signs"
    words = [part for part in re.split(r"\W+", text.casefold()) if part]
    if text.casefold() in _FILLERS or (words and all(word in _FILLERS for word in words)):
        return "somebody filled the field with a stopgap"
    letters = [character for character in text if character.isalpha()]
    if len(letters) >= LEAST_CAPITALS and all(character.isupper() for character in letters):
        return "it is all in capitals"
    return None
