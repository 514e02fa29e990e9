"""How customers felt over the years, with an unchanged mix of customers beside it, and who is where among groups."""

from typing import Any

import polars as pl

from dashboard import builds, kpi, timeline, words
from dashboard.kpi import EVERYONE, Group, strength
from pipelines.measures.nps import nps_interval

CARDS = ("success", "effort", "emotion", "valued", "understood", "showed_they_cared")
LONG = ("emotion", "success", "effort", "valued", "trust", "recommend", "purchase_more", "forgive")
OTHERS = ("nps", "csat", "ces", "ticket_satisfaction")
FEWEST_WEEKS = 8
_Z = 1.959963984540054


@builds.worked_out_once
def history(name: str, group: Group = EVERYONE) -> pl.DataFrame:
    """A number over all weeks at its own clock, with its breaks, its goal and, for everyone, an unchanged mix."""
    raw = kpi.trend(name, group)
    mix = _mix(name) if group.is_everyone else None
    if mix is not None and mix.height:
        raw = raw.join(
            mix.select("iso_week", same_mix="share"), on="iso_week", how="left", maintain_order="left"
        )
    return timeline.with_target(with_breaks(raw, _breaks(name)), name, group)


def with_breaks(weeks: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """Words at every week in which a series began anew."""
    told = breaks.select(
        "iso_week", breaks=pl.struct("what", "before", "after").map_elements(_broke, return_dtype=pl.String)
    )
    return weeks.join(
        told.group_by("iso_week").agg(pl.col("breaks").str.join(", ")),
        on="iso_week",
        how="left",
        maintain_order="left",
    )


def trend_in_words(weeks: pl.DataFrame, label: str) -> str:
    """The first year's level against the last one's, without a verdict: both with their ranges."""
    known = weeks.drop_nulls("value")
    if known.is_empty():
        return f"{label}: too few answers in every week."
    last = known.row(-1, named=True)
    earlier = known.filter(pl.col("week_ends_on") <= pl.lit(last["week_ends_on"]).dt.offset_by("-1y"))
    told = f"**{words.of_100(last['value'])} of 100** now (probably between {words.between(last['low'], last['high'])}"
    told += f", {words.plural(last['n'], 'answer')}{_how_sure(last['n'])})"
    if earlier.is_empty():
        return f"{told}."
    year = earlier.row(-1, named=True)
    return (
        f"{told}; a year before {words.of_100(year['value'])} ({words.of_100(year['low'])}\u2060–\u2060"
        f"{words.of_100(year['high'])}, {words.plural(year['n'], 'answer')})."
    )


def net_and_mean(windows: dict[str, dict[str, Any]], labels: dict[str, str]) -> pl.DataFrame:
    """The other two ways to count a seven-point answer.

    Args:
        windows: number -> n, successes (6–7), opposites (1–3), total and total_of_squares of one window.
        labels: number -> words.
    """
    rows = []
    for name, row in windows.items():
        n, successes, opposites = row["n"], row["successes"], row["opposites"] or 0
        net, low, high = nps_interval(successes, n - successes - opposites, opposites)
        rows.append(
            {
                "": labels.get(name, name),
                "6–7 less 1–3": f"{_signed(net)} ({_signed(low)} to {_signed(high)})",
                "Mean of 1–7": _mean(n, row["total"], row["total_of_squares"]),
                "Answers": words.count(n),
            }
        )
    return pl.DataFrame(rows)


def league(frame: pl.DataFrame) -> pl.DataFrame:
    """Groups by place, drawn at the figure that chance allows; ready for `dots.ranges`."""
    return frame.sort("rank").select(
        label=pl.col("member"),
        note=pl.struct("rank_low", "rank_high", "members", "n").map_elements(_place, return_dtype=pl.String),
        value="shrunk",
        low="shrunk_low",
        high="shrunk_high",
        n="n",
        role=pl.lit("steady"),
    )


def league_in_words(frame: pl.DataFrame) -> str:
    """Whether any group surely stands first or last."""
    members = frame["members"][0] if frame.height else 0
    first = frame.filter(pl.col("rank_high") == 1)
    last = frame.filter(pl.col("rank_low") == pl.col("members"))
    told = []
    if first.height:
        told.append(f"{words.safe(first['member'][0])} is surely first")
    if last.height:
        told.append(f"{words.safe(last['member'][0])} is surely last")
    if told:
        return f"{words.listed(told)} of {words.number_word(members)}; the places between may be chance."
    return f"No group is surely first or last of {words.number_word(members)}: their places may be chance."


def rows_of_league(name: str, dimension: str, iso_week: str) -> pl.DataFrame:
    """A number's groups in one week; empty where too few groups are large enough."""
    return builds.rows(
        "select * from league where kpi = $kpi and dimension = $dimension and iso_week = $week order by rank",
        kpi=name, dimension=dimension, week=iso_week,
    )  # fmt: skip


def windows(names: tuple[str, ...], iso_week: str, group: Group) -> dict[str, dict[str, Any]]:
    """The counts of one week's windows, at each number's own clock."""
    found = builds.rows(
        """
        select kpi, weeks, n, successes, opposites, total, total_of_squares from kpi_window
        where iso_week = $week and dimension = $dimension and member = $member
        """,
        week=iso_week, dimension=group.dimension, member=group.member,
    )  # fmt: skip
    clocks = kpi.definitions()
    rows = {(row["kpi"], row["weeks"]): row for row in found.iter_rows(named=True)}
    return {
        name: rows[name, clocks[name].clock_weeks]
        for name in names
        if name in clocks and clocks[name].scale == "1–7" and (name, clocks[name].clock_weeks) in rows
    }


def _mix(name: str) -> pl.DataFrame | None:
    if not builds.has("kpi_mix_adjusted"):
        return None
    frame = builds.rows("select * from kpi_mix_adjusted where kpi = $kpi order by iso_week", kpi=name)
    own = frame.filter(pl.col("weeks") == kpi.definitions()[name].clock_weeks)
    dimensions = own["dimension"].unique().sort().to_list()
    chosen = next((one for one in ("segment", "region", *dimensions) if one in dimensions), "")
    return own.filter(pl.col("dimension") == chosen)


def _breaks(name: str) -> pl.DataFrame:
    if not builds.has("series_break"):
        kinds = dict.fromkeys(("iso_week", "what", "before", "after"), pl.String)
        return pl.DataFrame(schema=kinds)
    return builds.rows("select iso_week, what, before, after from series_break where kpi = $kpi", kpi=name)


def _broke(row: dict[str, str]) -> str:
    if row["what"] == "scale":
        return f"scale {row['after']}, before {row['before']}"
    return f"new {row['what']}"


def _mean(n: int, total: float | None, squares: float | None) -> str:
    if total is None or squares is None or n < 2:
        return "–"
    mean = float(total) / n
    error = (max(0.0, (float(squares) - n * mean**2) / (n - 1)) / n) ** 0.5
    low, high = max(1.0, mean - _Z * error), min(7.0, mean + _Z * error)
    return f"{words.decimal(mean, 2)} ({words.decimal(low, 2)} to {words.decimal(high, 2)})"


def _signed(points: float) -> str:
    figure = words.decimal(points, 0)
    return f"+{figure}" if round(points) > 0 else figure


def _place(row: dict[str, int]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    ranks = str(low) if low == high else f"{low} to {high}"
    told = f"place {ranks} of {row['members']}"
    return f"{told}, {strength(row['n'])}" if strength(row["n"]) else told


def _how_sure(n: int) -> str:
    return f", {strength(n)}" if strength(n) else ""
