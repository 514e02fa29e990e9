"""What goes with loyalty, and how we do in it: ranks with ties said, and cautions. Never cause."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import words
from dashboard.charts.colours import Role

SOURCE = "driver_importance"
OUTCOME = "loyalty"
FEELINGS = ("emotion", "valued", "understood", "showed_they_cared", "listened")
"""Ratings that all say how a customer felt."""
_SUPPRESSOR = "it goes with loyalty mainly once the others are held equal, so read nothing into its place"
_REPEATS = "mostly the others say it already, so that credit can not be told apart"
_TWIN = "nearly the same as "
_SHORT = {
    "success": "got it done",
    "effort": "found it easy",
    "emotion": "well cared for",
    "valued": "valued",
    "understood": "understood",
    "showed_they_cared": "we showed we cared",
    "listened": "listened to",
    "had_to_repeat": "no need to repeat",
}
"""Names beside the points, where there is room for few letters."""


@dataclass(frozen=True)
class Item:
    """One thing that customers rated: how much of loyalty goes with it, and how many customers felt it."""

    driver: str
    label: str
    weight: float
    weight_low: float
    weight_high: float
    rank_low: int
    rank_high: int
    tied_with: tuple[str, ...]
    performance: float | None
    performance_low: float | None
    performance_high: float | None
    n: int
    direction: str | None = None
    caution: str | None = None

    @property
    def may_be_first(self) -> bool:
        """Nothing goes with loyalty surely more than this."""
        return self.rank_low == 1


def items(frame: pl.DataFrame, labels: dict[str, str], unwanted: frozenset[str] = frozenset()) -> list[Item]:
    """Rows of `driver_importance`, what goes with loyalty most first.

    Args:
        frame: rows of the mart.
        labels: driver -> words, as the number cards say it.
        unwanted: drivers of which fewer is better; these are turned round, in words and in figures.
    """
    chosen = frame.filter((pl.col("outcome") == OUTCOME) & pl.col("weight").is_not_null())
    said = {name: _turned_round(label) if name in unwanted else label for name, label in labels.items()}
    found = []
    for row in chosen.sort("weight", descending=True).iter_rows(named=True):
        performance = (row["performance"], row["performance_low"], row["performance_high"])
        direction = row["direction"]
        if row["driver"] in unwanted and row["performance"] is not None:
            performance = (1 - performance[0], 1 - performance[2], 1 - performance[1])
            direction = {"up": "down", "down": "up"}.get(direction, direction)
        found.append(
            Item(
                row["driver"], _label(row["driver"], said), row["weight"], row["weight_low"], row["weight_high"],
                int(row["rank_low"]), int(row["rank_high"]),
                tuple(_label(name, said) for name in _names(row["tied_with"])), *performance, row["n"], direction,
                row["caution"],
            )
        )  # fmt: skip
    return found


def sentence(found: list[Item], leader: str | None = None) -> str:
    """What goes with loyalty most, its ties, and where most room is among them.

    Args:
        found: the items, in order.
        leader: which of success, effort and emotion leads where only the three are weighed; where it does not stand
            first here, the sentence begins with why.
    """
    first = found[0]
    own = _shares_its_credit(found, leader)
    if own is not None:
        return _beside(own, found)
    first = next((one for one in found if one.driver == leader), first)
    rivals = [one for one in found if one.may_be_first and one is not first]
    if not rivals:
        told = f"**“{first.label}” goes with loyalty most.**"
    elif len(rivals) == len(found) - 1:
        return "**All are tied: none goes with loyalty surely more than another.**"
    else:
        tied = words.listed([f"“{one.label}”" for one in rivals])
        told = f"**“{first.label}” goes with loyalty most, tied with {tied}.**"
    least = _most_room([first, *rivals], found)
    if least is None:
        return told
    of_100, between = words.of_100(least.performance or 0), _between(least)
    return f"{told} Most room there: “{least.label}”, {of_100} of 100 customers (probably between {between})."


def _shares_its_credit(found: list[Item], leader: str | None) -> Item | None:
    own = next((one for one in found if one.driver == leader), None)
    return None if own is None or own.may_be_first else own


def _beside(own: Item, found: list[Item]) -> str:
    """Why the leader of the three does not stand first among all, said before who does."""
    feelings = [one for one in found if one.driver in FEELINGS]
    if own.driver in FEELINGS and len(feelings) > 1:
        told = (
            f"**Feeling is asked about in {words.number_word(len(feelings))} ways here, and these share its credit.** "
            f"Weighed alone against the other two, “{own.label}” leads, as said above"
        )
    else:
        told = (
            f"**“{own.label}” shares its credit here with ratings that say something like it.** Weighed against the "
            "other two alone it leads, as said above"
        )
    leading = [f"“{one.label}”" for one in found if one.may_be_first]
    of_all = "stand" if len(leading) > 1 else "stands"
    return f"{told}; of all {words.number_word(len(found))} single ratings, {words.listed(leading)} {of_all} highest."


def in_order(found: list[Item]) -> str:
    """The places as Markdown, ties said."""
    return "  \n".join(f"**{ranks(one)}** · {one.label} :small[:gray[{_ties(one)}]]" for one in found)


def as_frame(found: list[Item]) -> pl.DataFrame:
    """Ready for `charts.importance`: those that may be first in the warm colour, the rest grey."""
    rows = [
        {
            "label": _SHORT.get(one.driver, one.label), "value": one.performance,
            "low": one.performance_low, "high": one.performance_high, "weight": one.weight,
            "weight_low": one.weight_low, "weight_high": one.weight_high, "n": one.n, "role": role(one),
        }
        for one in found if one.performance is not None
    ]  # fmt: skip
    kinds: dict[str, Any] = dict.fromkeys(
        ("value", "low", "high", "weight", "weight_low", "weight_high"), pl.Float64
    )
    return pl.DataFrame(rows, schema={"label": pl.String, **kinds, "n": pl.Int64, "role": pl.String})


def role(one: Item) -> Role:
    """Emotion is warm, success and effort their greys, everything else neutral."""
    roles: dict[str, Role] = {"emotion": "emotion", "success": "success", "effort": "effort"}
    return roles.get(one.driver, "steady")


def places(found: list[Item]) -> pl.DataFrame:
    """The list beside the picture: the place with its range, and with whom it is tied."""
    return pl.DataFrame(
        {
            "What customers rated": [one.label for one in found],
            "Place": [place(one, len(found)) for one in found],
            "Tied with": [words.listed(list(one.tied_with)) or "none" for one in found],
            "Of 100 parts of loyalty's variation": [
                f"{words.of_100(one.weight, 0.01)} ({words.of_100(one.weight_low, 0.01)}\u2060–\u2060"
                f"{words.of_100(one.weight_high, 0.01)})" for one in found
            ],
            "Felt it, of 100": [_performance(one) for one in found],
            "Answers": [words.count(one.n) for one in found],
        }
    )  # fmt: skip


def place(one: Item, of: int) -> str:
    """`1 of 6`, or `1 to 3 of 6`."""
    return f"{ranks(one)} of {of}"


def ranks(one: Item) -> str:
    """`1`, or `1 to 3`: every place that fits what was answered."""
    return str(one.rank_low) if one.rank_low == one.rank_high else f"{one.rank_low} to {one.rank_high}"


def cautions(frame: pl.DataFrame, found: list[Item], labels: dict[str, str]) -> list[str]:
    """What a careful reader would hold against the picture."""
    told = []
    for one in found:
        told += [f"“{one.label}”: {_caution(part, labels)}." for part in _names(one.caution)]
        if one.direction == "down":
            told.append(
                f"“{one.label}”: of customers who rate the rest alike, those who rate this higher are less loyal here. "
                "Check what the item asks."
            )
    if found and frame["r_squared"].drop_nulls().len():
        explained = frame.filter(pl.col("outcome") == OUTCOME)["r_squared"].drop_nulls()[0]
        told.append(f"Together these go with {words.of_100(explained)} of 100 parts of loyalty's variation.")
    if found and frame["halo_share"].drop_nulls().len():
        halo = frame.filter(pl.col("outcome") == OUTCOME)["halo_share"].drop_nulls()
        if halo.len():
            told.append(
                f"{words.of_100(halo[0])} of 100 parts of what these ratings say is the same for all of them: a "
                "general mood of those who answer, that no single item earned."
            )
    return told


def _most_room(first: list[Item], found: list[Item]) -> Item | None:
    """Among the first, the one that surely fewer customers felt than the middle item."""
    known = sorted(one.performance for one in found if one.performance is not None)
    if not known:
        return None
    middle = known[len(known) // 2]
    low = [
        one for one in first
        if one.performance is not None and one.performance_high is not None and one.performance_high < middle
    ]  # fmt: skip
    return min(low, key=lambda one: one.performance or 0.0) if low else None


def _performance(one: Item) -> str:
    return "too few" if one.performance is None else f"{words.of_100(one.performance)} ({_range(one)})"


def _range(one: Item) -> str:
    return f"{words.of_100(one.performance_low or 0)}\u2060–\u2060{words.of_100(one.performance_high or 0)}"


def _between(one: Item) -> str:
    return words.between(one.performance_low or 0.0, one.performance_high or 0.0)


def _names(tied_with: str | list[str] | None) -> list[str]:
    if not tied_with:
        return []
    names = tied_with.split(",") if isinstance(tied_with, str) else tied_with
    return [name.strip() for name in names if name.strip()]


def _caution(part: str, labels: dict[str, str]) -> str:
    if part.startswith(_TWIN):
        twin = _label(part.removeprefix(_TWIN), labels)
        return f"nearly the same as “{twin}”, so the two share one credit"
    return {"suppressor": _SUPPRESSOR, "mostly repeats the others": _REPEATS}.get(part, part)


def _ties(one: Item) -> str:
    if not one.tied_with:
        return ""
    few = len(one.tied_with) == 1
    return (
        f"tied with “{one.tied_with[0]}”"
        if few
        else f"tied with {words.number_word(len(one.tied_with))} others"
    )


def _turned_round(label: str) -> str:
    if label.startswith("Had to "):
        return f"Did not have to {label.removeprefix('Had to ')}"
    return f"Not: {label[:1].lower()}{label[1:]}"


def _label(driver: str, labels: dict[str, str]) -> str:
    return labels.get(driver) or words.capital(words.DRIVERS.get(driver, driver.replace("_", " ")))
