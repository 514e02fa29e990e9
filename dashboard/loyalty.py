"""Success, effort, emotion and the four behaviours: what leads, in words and in the frames pages draw."""

import polars as pl

from dashboard import words
from dashboard.charts.colours import Role
from pipelines.measures.proportions import wilson

ROLES: dict[str, Role] = {"success": "success", "effort": "effort", "emotion": "emotion"}

_LEADS = {
    "emotion leads": "How customers feel",
    "effort leads": "How easy it is for customers",
    "success leads": "Whether customers get done what they came for",
}
_LEADER = {
    "emotion leads": "Emotion leads",
    "effort leads": "Ease leads",
    "success leads": "Getting it done leads",
    "tied": "A tie: none of the three leads",
    "not enough data": "Too few answers to say",
}


def headline(verdicts: dict[str, str]) -> str:
    """The overall verdict as a sentence."""
    overall = verdicts.get("overall", "not enough data")
    if overall in _LEADS:
        return f"{_LEADS[overall]} counts most for loyalty."
    if overall == "tied":
        return "Success, ease and feeling count about the same for loyalty."
    return "Too few answers yet to say what counts for loyalty."


def lead(verdicts: dict[str, str]) -> str:
    """Which behaviours follow the verdict and which do not."""
    by_verdict: dict[str, list[str]] = {}
    for behaviour, doing in words.DOING.items():
        if behaviour in verdicts:
            by_verdict.setdefault(verdicts[behaviour], []).append(doing)
    told = [
        f"{_LEADER[verdict]} for {words.listed(doing)}."
        for verdict, doing in by_verdict.items()
        if verdict in _LEADS
    ]
    if "tied" in by_verdict:
        told.append(f"For {words.listed(by_verdict['tied'])} it is a tie.")
    if "not enough data" in by_verdict:
        told.append(f"For {words.listed(by_verdict['not enough data'])} too few have answered.")
    return " ".join(told)


def in_words(verdict: str | None) -> str:
    """One behaviour's verdict as Markdown."""
    told = _LEADER.get(verdict or "", "Too few answers to say")
    if verdict == "emotion leads":
        return f":material/mood: **{told}**"
    icon = {"effort leads": "touch_app", "success leads": "task_alt", "tied": "balance"}.get(
        verdict or "", "more_horiz"
    )
    return f":gray[:material/{icon}: {told}]"


def takeaway(verdicts: dict[str, str]) -> str:
    """What the picture shows, for readers who can not see it."""
    return f"{headline(verdicts)} {lead(verdicts)}"


def panels(shares: pl.DataFrame, level: str) -> pl.DataFrame:
    """One row per behaviour and driver, ready for `dots.ranges`."""
    chosen = _in_order(shares.filter(pl.col("level") == level))
    return chosen.select(
        panel=pl.col("behaviour").replace_strict({k: words.capital(v) for k, v in words.BEHAVIOURS.items()}),
        label=pl.col("driver").replace_strict(words.DRIVERS)
        + pl.lit(" · ")
        + pl.col("n").map_elements(words.count, return_dtype=pl.String),
        value="share",
        low="share_low",
        high="share_high",
        n="n",
        role=pl.col("driver").replace_strict(ROLES),
    )


def high_and_low(shares: pl.DataFrame) -> pl.DataFrame:
    """A table to read: per behaviour, `84 (82–86) and 17 (13–22)` for each driver."""
    cells: dict[str, list[str]] = {
        "Would very likely …": [words.capital(does) for does in words.BEHAVIOURS.values()]
    }
    for driver, name in words.DRIVERS.items():
        column = []
        for behaviour in words.BEHAVIOURS:
            here = shares.filter((pl.col("driver") == driver) & (pl.col("behaviour") == behaviour))
            found = {row["level"]: row for row in here.iter_rows(named=True)}
            column.append(" and ".join(_cell(found.get(level)) for level in ("high", "low")))
        cells[f"{words.capital(name)}: high and low"] = column
    return pl.DataFrame(cells)


def as_table(shares: pl.DataFrame) -> pl.DataFrame:
    """Everything the chart and the table were made from."""
    return _in_order(shares).select(
        pl.col("behaviour")
        .replace_strict({k: words.capital(v) for k, v in words.BEHAVIOURS.items()})
        .alias("Would"),
        pl.col("driver").replace_strict(words.DRIVERS).alias("Rated"),
        pl.col("level").alias("Rating"),
        (pl.col("share") * 100).round(1).alias("Of 100"),
        (pl.col("share_low") * 100).round(1).alias("From"),
        (pl.col("share_high") * 100).round(1).alias("To"),
        pl.col("n").alias("Answers"),
    )


def reach(weeks: pl.DataFrame, last_week: str) -> pl.DataFrame:
    """Invited and answered per week as a share with its range, ready for a line."""
    known = weeks.filter((pl.col("invited") > 0) & (pl.col("iso_week") <= last_week)).tail(52)
    ranges = [(a / i, *wilson(a, i)) for a, i in known.select("answered", "invited").iter_rows()]
    schema = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return known.select(
        week_ends_on=(pl.col("iso_week") + "-7").str.to_date("%G-W%V-%u"),
        n="invited",
        maturity=pl.lit("final"),
    ).hstack(pl.DataFrame(ranges, schema=schema, orient="row"))


def _in_order(shares: pl.DataFrame) -> pl.DataFrame:
    return shares.sort(
        pl.col("behaviour").replace_strict({k: i for i, k in enumerate(words.BEHAVIOURS)}),
        pl.col("driver").replace_strict({k: i for i, k in enumerate(words.DRIVERS)}),
        "level",
    )


def _cell(row: dict[str, float] | None) -> str:
    if row is None:
        return "too few"
    low, high = words.of_100(row["share_low"]), words.of_100(row["share_high"])
    return f"**{words.of_100(row['share'])}**\u00a0({low}\u2060–\u2060{high})"
