"""What looks wrong in the data although every row keeps its contract: one plain sentence per finding."""

from typing import Any

import polars as pl

from dashboard import builds, kpi, words

_ODD_ENDS = {"first answer": "were answered", "solved": "were solved"}


def sentences() -> list[str]:
    """Everything odd, with what to check; empty where nothing is."""
    found = (
        builds.rows("select * from trap order by trap, place, item") if builds.has("trap") else pl.DataFrame()
    )
    told = [in_words(row, item(row["item"])) for row in found.iter_rows(named=True)]
    if builds.has("answers_aside"):
        aside = builds.rows("select * from answers_aside order by n desc")
        told += [
            f"{words.plural(row['n'], 'answer')} to “{item(row['kpi'])}” came on the scale {row['scale']} while most "
            f"came on {row['counted_scale']}: they are not in the number. Ask on one scale only."
            for row in aside.iter_rows(named=True)
        ]
    return told


def item(name: str) -> str:
    """A survey item or column by the name that pages give it."""
    about = kpi.definitions().get(name)
    return words.safe(about.label if about else name.replace("_", " "))


def in_words(row: dict[str, Any], label: str) -> str:
    """One finding of the mart `trap`.

    Args:
        row: trap, place, item, n, share, detail.
        label: what the item is called on pages.
    """
    place, n = words.source(row["place"]), words.count(row["n"])
    share = words.of_100(row["share"])
    match row["trap"]:
        case "leakage":
            outcome, at_low, at_high = _outcome(row["detail"])
            return (
                f"“{label}” ({place}) tells almost perfectly who {outcome}: {at_low} of 100 of the lowest scores, "
                f"{at_high} of the highest ({n} people). Too good: check whether the score was filled in afterwards."
            )
        case "wrong sign":
            outcome, at_low, at_high = _outcome(row["detail"])
            return (
                f"The better the score of “{label}” ({place}), the more {outcome}: {at_high} of 100 at the top, "
                f"{at_low} at the bottom ({n} people). Check which end of the scale is good."
            )
        case "zero as missing" if row["detail"] == "set aside":
            return (
                f"{n} rows of {place} were set aside because “{label}” was off its scale. Check whether 0 means that "
                "nothing was answered."
            )
        case "zero as missing":
            return f"{share} of 100 answers to “{label}” ({place}) are 0. Check whether that means no answer."
        case "negative duration":
            odd = _ODD_ENDS.get(row["item"], f"have a “{label}”")
            return f"{n} contacts of {place} {odd} before they began. Check clocks and time zones."
        case "straight-lining":
            return (
                f"{n} surveys of {place} ({share} of 100) hold the same number for every question. What goes with what "
                "is told less reliably for it."
            )
        case "duplicated answers":
            return (
                f"{n} answers of {place} came twice within the hour. Check whether the survey was sent twice."
            )
        case "answered before asked":
            return (
                f"{n} answers of {place} were given before the survey was sent. Check clocks and time zones."
            )
        case "one day":
            return f"{share} of 100 answers of {place} carry one date, {row['detail']}. Check whether it is an import."
    return f"{row['trap']}: {place} {label} ({n})"


def _outcome(detail: str) -> tuple[str, str, str]:
    outcome, lowest, highest = detail.split(" · ")
    told = "left" if outcome == "gone" else outcome
    return told, words.of_100(float(lowest)), words.of_100(float(highest))
