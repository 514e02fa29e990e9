"""Published figures beside one's own, where both are made alike; refused, with the reason, where they are not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import builds, words
from dashboard.kpi import Definition

LOYALTY_SCALE, HIGH, LOW = "1–7", "6–7", "1–3"


@dataclass(frozen=True)
class Own:
    """What a number of one's own is: of what, which statistic, on which scale, counted from where."""

    statistic: str
    scale: str | None
    cut_off: str | None
    kpi: str | None = None
    behaviour: str | None = None
    driver: str | None = None
    level: str | None = None
    driver_cut_off: str | None = None


@dataclass(frozen=True)
class Compared:
    """A published figure held against one's own number.

    Attributes:
        figure: a row of `benchmark`.
        why_not: what is unlike, in words; empty where the two may stand side by side.
        caveats: what to keep in mind where they may.
    """

    figure: dict[str, Any]
    why_not: str
    caveats: tuple[str, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether it may be drawn as a tick beside the own number."""
        return not self.why_not


def own_loyalty(behaviour: str, driver: str, level: str) -> Own:
    """A cell of the own table of feelings and loyalty."""
    cut = HIGH if level == "high" else LOW
    return Own("share_at_level", LOYALTY_SCALE, HIGH, None, behaviour, driver, level, cut)


def own_number(about: Definition) -> Own:
    """A number of one's own, by its definition."""
    return Own("net" if about.is_net else "share", about.scale, about.cut_off, about.kpi)


def speaks_of(figure: dict[str, Any], own: Own) -> bool:
    """Whether a figure is about the same thing at all, however it was measured."""
    if own.kpi:
        return bool(figure["kpi"] == own.kpi)
    return all(figure[name] == getattr(own, name) for name in ("behaviour", "driver")) and figure[
        "level"
    ] in (
        None,
        own.level,
    )


def compare(figure: dict[str, Any], own: Own) -> Compared:
    """Hold a published figure against one's own number: the same statistic, scale and cut-off, or not at all.

    Args:
        figure: a row of `benchmark`.
        own: the number it would stand beside.
    """
    return Compared(figure, _why_not(figure, own), _caveats(figure))


def of_loyalty(behaviour: str, driver: str, level: str = "high") -> list[Compared]:
    """What was published about a cell of the loyalty table, newest first."""
    return _about(own_loyalty(behaviour, driver, level))


def of_number(about: Definition) -> list[Compared]:
    """What was published about a number, newest first."""
    return _about(own_number(about))


def ticks(level: str = "high") -> pl.DataFrame:
    """Comparable figures beside the loyalty table: behaviour, driver, published (share), told.

    Per behaviour from one study, so that drivers are compared within it: the one that tells of most drivers,
    the newest of those.
    """
    found = [
        (behaviour, one.figure["driver"], one.figure["value"], provenance(one.figure))
        for behaviour in words.BEHAVIOURS
        for one in _fullest_study(behaviour, level)
    ]
    schema = {"behaviour": pl.String, "driver": pl.String, "published": pl.Float64, "told": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _fullest_study(behaviour: str, level: str) -> list[Compared]:
    studies: dict[tuple[int, str], list[Compared]] = {}
    for driver in words.DRIVERS:
        for one in of_loyalty(behaviour, driver, level):
            if one.is_comparable:
                studies.setdefault((one.figure["year"], one.figure["source"]), []).append(one)
    return max(studies.items(), key=lambda item: (len(item[1]), item[0]), default=((0, ""), []))[1]


def figure_in_words(figure: dict[str, Any]) -> str:
    """`74 of 100`, `10.3 times`, `−6 points`."""
    if figure["unit"] == "times":
        return f"{words.decimal(figure['value'], 1)} times"
    of_100 = round(figure["value"] * 100, 1)
    share = words.decimal(of_100, 0 if of_100.is_integer() else 1)
    return f"{share} points" if figure["statistic"] in ("net", "difference") else f"{share} of 100"


def provenance(figure: dict[str, Any]) -> str:
    """Who, where, when, how many, on which scale: everything that belongs beside a published figure."""
    asked = f"{words.count(figure['n'])} asked" if figure["n"] else "number asked not published"
    scale = f"{figure['cut_off']} on {figure['scale']}" if figure["scale"] else "scale not published"
    return ", ".join(
        [
            f"{figure['source']}",
            f"{figure['year']}" if figure["is_year_certain"] else f"about {figure['year']}",
            *([figure["industry"]] if figure["industry"] else []),
            f"{figure['population']}, country: {figure['country']}",
            asked,
            scale + (" (assumed)" if figure["is_cut_off_assumed"] else ""),
        ]
    )


def studies() -> list[tuple[str, str]]:
    """Every study in words, newest first, with its address; empty in builds made before there were any."""
    if not builds.has("benchmark"):
        return []
    every = builds.rows("select * from benchmark order by year desc, source, benchmark_id").to_dicts()
    found: dict[str, tuple[dict[str, Any], int]] = {}
    for figure in every:
        first, figures = found.get(figure["url"], (figure, 0))
        found[figure["url"]] = (first, figures + 1)
    return [
        (
            f"{words.safe(provenance(first))}: {words.plural(figures, 'figure')}. {words.safe(first['caveat'])}",
            url,
        )
        for url, (first, figures) in found.items()
    ]


def refused_in_words(compared: Iterable[Compared]) -> list[str]:
    """One sentence per figure that may not stand beside the own number, and why."""
    return [
        f"{words.capital(figure_in_words(one.figure))} ({provenance(one.figure)}) is not shown: {one.why_not}."
        for one in compared
        if not one.is_comparable
    ]


def _about(own: Own) -> list[Compared]:
    figures = builds.rows("select * from benchmark order by year desc, benchmark_id").iter_rows(named=True)
    return [compare(figure, own) for figure in figures if speaks_of(figure, own)]


def _why_not(figure: dict[str, Any], own: Own) -> str:
    if not speaks_of(figure, own):
        return "it is about something else"
    if figure["statistic"] != own.statistic:
        return f"it is {_STATISTICS[figure['statistic']]}, yours is {_STATISTICS[own.statistic]}"
    if figure["scale"] != own.scale:
        return f"its scale is {figure['scale'] or 'not published'}, yours is {own.scale or 'none'}"
    if figure["cut_off"] != own.cut_off:
        return (
            f"it counts {figure['cut_off'] or 'what is not published'}, yours counts {own.cut_off or 'all'}"
        )
    cut = figure["driver_high"] if figure["level"] == "high" else figure["driver_low"]
    if own.driver_cut_off and cut != own.driver_cut_off:
        return f"its “{figure['level']}” is {cut or 'not published'}, yours is {own.driver_cut_off}"
    return ""


def _caveats(figure: dict[str, Any]) -> tuple[str, ...]:
    told = [figure["caveat"]]
    if figure["is_cut_off_assumed"]:
        told.append("The study does not say where “high” begins in what we could read; 6–7 is assumed.")
    if not figure["is_year_certain"]:
        told.append("The year is inferred.")
    told.append(f"Other people than your customers: {figure['population']}, country: {figure['country']}.")
    return tuple(told)


_STATISTICS = {
    "share": "a share of all",
    "share_at_level": "a share of those who rated high or low",
    "difference": "a difference between two shares",
    "ratio": "a ratio of two shares",
    "net": "a difference of top and bottom answers",
    "share_of_sales": "a share of sales",
}
