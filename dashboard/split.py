"""How a change splits. Identities only: the parts add up to the change exactly, and none of them says why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dashboard import words
from dashboard.kpi import Definition


@dataclass(frozen=True)
class Place:
    """A part of the change of a share: what one group's own change adds; `mix` is the shift between groups."""

    member: str
    points: float


@dataclass(frozen=True)
class People:
    """How many were not well served, against as many usual weeks, and what the difference is made of.

    `volume` is more of them asking at the usual rate, `rate` is each group doing worse than usual, `mix` is more
    coming through groups in which it is rarer. Together they are `now - usual`. `n` and `usual_n` are all who asked.
    """

    now: int
    n: int
    usual: float
    usual_n: float
    volume: float
    rate: float
    mix: float


_WITHOUT = {
    "human_within_promise": "times nobody was reached within the promise",
    "first_reply_within_promise": "times there was no first reply within the promise",
    "proactive_share": "times the customer had to get in touch first",
    "ticket_satisfaction": "times the contact was not rated good",
}
"""What it means not to be counted, after `97 of 528 `."""


def where(now: pl.DataFrame, before: pl.DataFrame) -> list[Place] | None:
    """Split a change of a share among the groups it happened in.

    Args:
        now: member, n, successes of the weeks in question, groups that add up to the whole.
        before: the same of the weeks they are compared with.

    Returns:
        What each group's own change adds, largest first, and last what a different mix of groups adds,
        all as shares; None where a group is hidden or new, so that the parts would not add up.
    """
    parts = _side_by_side(now, before)
    if parts is None:
        return None
    own = parts.select("member", pl.col("weight") * (pl.col("share") - pl.col("share_before")))
    mixed = parts.select((pl.col("weight") - pl.col("weight_before")) * pl.col("share_before")).sum().item()
    places = [Place(member, points) for member, points in own.iter_rows()]
    return [*sorted(places, key=lambda place: -abs(place.points)), Place("mix", float(mixed))]


def where_in_words(places: list[Place], change: float, dimension: str = "channel") -> str:
    """`5 of the 7 on chat and 2 on the other channels`; in tenths where the change is under 1 of 100."""
    unit = 100 if round(abs(change) * 100) else 1000
    whole = round(abs(change) * unit)
    if not whole:
        return "too little to say; it is under a tenth of 1 of 100."
    sign = -1 if change < 0 else 1
    first, *others, mix = places
    mine, rest, mixed = whole_numbers(
        [sign * unit * part for part in (first.points, sum(place.points for place in others), mix.points)],
        whole,
    )
    on = "on" if dimension == "channel" else "in"
    member = (
        words.safe(first.member) if dimension == "channel" else f"the {dimension} {words.safe(first.member)}"
    )
    here, elsewhere = f"{on} {member}", f"{on} the other {dimension}s"
    if mine == whole and not rest and not mixed:
        return f"all of it {here}; the other {dimension}s together make no difference."
    parts = [(mine, here), (rest, elsewhere), (mixed, f"because people {_moved_over(dimension)}")]
    told = _added_up([(size, said) for size, said in parts if size], unit // 100)
    return f"of the {_figure(whole, unit // 100)}, {told}."


def people(
    now: pl.DataFrame, before: pl.DataFrame, share_of_time: float, *, better: str = "up"
) -> People | None:
    """Split a change in the number of those not well served into volume, rate and mix.

    Args:
        now: member, n, successes of the weeks in question, groups that add up to the whole.
        before: the same of the weeks they are compared with.
        share_of_time: how many weeks are in question, per week compared with (1 against 12: 1/12).
        better: whether more successes are better (`up`) or worse (`down`).

    Returns:
        The parts, which add up exactly; None where a group is hidden or new.
    """
    parts = _side_by_side(now, before)
    if parts is None:
        return None
    bad = parts.with_columns(
        bad=pl.col("n") - pl.col("successes") if better == "up" else pl.col("successes"),
        rate_before=1 - pl.col("share_before") if better == "up" else pl.col("share_before"),
    )
    n, n_before = int(bad["n"].sum()), float(bad["n_before"].sum()) * share_of_time
    usual_rate = float((bad["weight_before"] * bad["rate_before"]).sum())
    at_usual_rates = float((bad["n"] * bad["rate_before"]).sum())
    found = int(bad["bad"].sum())
    return People(
        now=found,
        n=n,
        usual=n_before * usual_rate,
        usual_n=n_before,
        volume=(n - n_before) * usual_rate,
        rate=found - at_usual_rates,
        mix=at_usual_rates - n * usual_rate,
    )


def people_in_words(parts: People, about: Definition, weeks: int, dimension: str = "all") -> str:
    """`97 of 528 times nobody was reached within the promise; usually 55 of 487. Of the 42 more, 38 because …`."""
    usual = round(parts.usual)
    time = "a usual week" if weeks == 1 else f"{words.number_word(weeks)} usual weeks"
    counted = f"{'did not ' if about.better == 'up' else ''}count as “{words.safe(about.label.lower())}”"
    without = _WITHOUT.get(about.kpi, f"{'answers' if 'survey' in about.source else 'contacts'} {counted}")
    told = (
        f"{words.count(parts.now)} of {words.count(parts.n)} {without}; in {time} {words.count(usual)} of "
        f"{words.count(parts.usual_n)}."
    )
    more = parts.now - usual
    if not more:
        return told
    sign = 1 if more > 0 else -1
    volume, rate, mix = whole_numbers(
        [sign * part for part in (parts.volume, parts.rate, parts.mix)], abs(more)
    )
    asked = "answered" if "survey" in about.source else "got in touch"
    came = "more" if sign * volume >= 0 else "fewer"
    often = "more" if sign * rate >= 0 else "less"
    named = [(rate, f"because it happened {often} often"), (volume, f"because {came} {asked}")]
    if mix:
        named.append((mix, f"because they {_moved_over(dimension)}"))
    return f"{told} Of the {words.count(abs(more))} {'more' if more > 0 else 'fewer'}, {_added_up(named)}."


def whole_numbers(parts: Sequence[float], total: int) -> list[int]:
    """Round parts so that they add up to their rounded total; none moves by one or more.

    Raises:
        ValueError: the total is not the rounded sum of the parts.
    """
    if abs(sum(parts) - total) > 0.5 + 1e-6:
        raise ValueError(f"{total} is not the sum of {list(parts)}, rounded")
    floors = [math.floor(part) for part in parts]
    by_fraction = sorted(range(len(parts)), key=lambda i: floors[i] - parts[i])
    for i in by_fraction[: total - sum(floors)]:
        floors[i] += 1
    return floors


def _side_by_side(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame | None:
    joined = now.join(before, on="member", how="full", suffix="_before", coalesce=True)
    if joined.is_empty() or joined.null_count().sum_horizontal().sum():
        return None
    return joined.with_columns(
        weight=pl.col("n") / pl.col("n").sum(),
        weight_before=pl.col("n_before") / pl.col("n_before").sum(),
        share=pl.col("successes") / pl.col("n"),
        share_before=pl.col("successes_before") / pl.col("n_before"),
    )


def _added_up(parts: Sequence[tuple[int, str]], parts_of_one: int = 1) -> str:
    """`5 on chat and 2 on the other channels`; what goes the other way comes last: `, less 1 …`."""
    along = [f"{_figure(size, parts_of_one)} {said}" for size, said in parts if size >= 0]
    against = [f"{_figure(-size, parts_of_one)} {said}" for size, said in parts if size < 0]
    return f"{words.listed(along)}, less {words.listed(against)}" if against else words.listed(along)


def _figure(size: int, parts_of_one: int) -> str:
    return words.count(size) if parts_of_one == 1 else words.decimal(size / parts_of_one, 1)


def _moved_over(dimension: str) -> str:
    moved = "came through other channels" if dimension == "channel" else f"were of other {dimension}s"
    return f"{moved} than usual"
