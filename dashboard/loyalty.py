"""Success, effort, emotion and the four behaviours: what goes with loyalty, in words and in the frames pages draw."""

from dataclasses import dataclass

import polars as pl

from dashboard import words
from dashboard.charts.colours import Role
from dashboard.kpi import strength

ROLES: dict[str, Role] = {"success": "success", "effort": "effort", "emotion": "emotion"}
VIEWS = {
    "as counted": "As the article counts",
    "same-size groups": "Same-size groups",
    "others held equal": "The other two held equal",
    "share explained": "Share explained",
}
GUARDS = {
    "as counted": (
        "Of 100 customers who rated it high (6 or 7 of 7), or low (1 to 3), so many would very likely do it. It is how "
        "the published figures are made, and it can mislead: where fewer people rate high, “high” is a stricter "
        "group and looks stronger for that alone."
    ),
    "same-size groups": (
        "Guards against a stricter “high”: the same number of customers counts as high for each of the three, wherever "
        "on the scale that begins."
    ),
    "others held equal": (
        "Guards against one rating borrowing from another, because who feels well cared for has mostly got it done as "
        "well: customers who differ in one rating are compared as if they were alike in the other two."
    ),
    "share explained": (
        "Guards against giving the credit to whichever is counted first: of all the variation in an answer, so much "
        "goes with each of the three, over every order. Not cause."
    ),
}
CELLS_OF_A_LEVEL = 12

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
_NARROW = 0.05


@dataclass(frozen=True)
class Judged:
    """What can be said about one behaviour: who leads, by how much (range at the level the verdict was made at)."""

    behaviour: str
    verdict: str
    n: int
    ahead: float | None = None
    low: float | None = None
    high: float | None = None


def judged(verdicts: pl.DataFrame) -> dict[str, Judged]:
    """Rows of `loyalty_verdict` by behaviour; builds of before say no more than the verdict."""
    return {
        row["behaviour"]: Judged(
            row["behaviour"],
            row["verdict"],
            row["n"],
            row.get("lead"),
            row.get("lead_low"),
            row.get("lead_high"),
        )
        for row in verdicts.iter_rows(named=True)
    }


def leader(verdicts: dict[str, Judged]) -> str | None:
    """`emotion`, `effort` or `success`, where one leads over all; else None."""
    overall = _verdict(verdicts, "overall")
    return overall.removesuffix(" leads") if overall in _LEADS else None


def headline(verdicts: dict[str, Judged]) -> str:
    """The overall verdict as a sentence."""
    overall = _verdict(verdicts, "overall")
    if overall in _LEADS:
        return f"{_LEADS[overall]} goes with loyalty most."
    if overall == "tied":
        return "Success, ease and feeling go with loyalty about the same."
    return "Too few answers yet to say what goes with loyalty."


def lead(verdicts: dict[str, Judged]) -> str:
    """Which behaviours follow the verdict and which do not."""
    by_verdict: dict[str, list[str]] = {}
    for behaviour, doing in words.DOING.items():
        if behaviour in verdicts:
            by_verdict.setdefault(verdicts[behaviour].verdict, []).append(doing)
    told = [
        f"{_LEADER[verdict]} for {words.listed(doing)}."
        for verdict, doing in by_verdict.items()
        if verdict in _LEADS
    ]
    if not told and _verdict(verdicts, "overall") in _LEADS:
        return "That holds for what customers would do taken together; for each alone it is still too close to call."
    if "tied" in by_verdict:
        told.append(f"For {words.listed(by_verdict['tied'])} it is a tie.")
    if "not enough data" in by_verdict:
        told.append(f"For {words.listed(by_verdict['not enough data'])} too few have answered.")
    return " ".join(told)


def in_words(one: Judged | None) -> str:
    """One behaviour's verdict as Markdown."""
    verdict = one.verdict if one else ""
    told = _LEADER.get(verdict, "Too few answers to say")
    if verdict == "emotion leads":
        return f":material/mood: **{told}**"
    icon = {"effort leads": "touch_app", "success leads": "task_alt", "tied": "balance"}.get(
        verdict, "more_horiz"
    )
    return f":gray[:material/{icon}: {told}]"


def basis(one: Judged | None) -> str:
    """How clearly it leads, and what it rests on: `clearly, 1,979 answers`."""
    if one is None:
        return ""
    answers = words.plural(one.n, "answer")
    if one.verdict not in _LEADS or one.low is None:
        return answers
    return f"{'clearly' if one.low >= _NARROW else 'narrowly'}, {answers}"


def how_clearly(one: Judged) -> str:
    """The evidence: `clearly: 0.15 ahead of the next, probably between 0.06 and 0.24, 2,041 answers`."""
    answers = words.plural(one.n, "answer")
    if one.ahead is None or one.low is None or one.high is None:
        return f"{_LEADER.get(one.verdict, 'too few answers to say').lower()}, {answers}"
    ahead, low, high = (words.decimal(figure, 2) for figure in (one.ahead, one.low, one.high))
    spread = f"probably between {low} and {high}, {answers}"
    if one.verdict in _LEADS:
        return f"{'clearly' if one.low >= _NARROW else 'narrowly'}: {ahead} ahead of the next, {spread}"
    return f"the first two are {ahead} apart, {spread}"


def by_how_much(verdicts: dict[str, Judged]) -> str:
    """The evidence behind every verdict, and what it is measured in, as Markdown."""
    every = words.BEHAVIOURS | {"overall": "all four together"}
    told = [
        f"- **{words.capital(does)}**: {how_clearly(verdicts[name])}"
        for name, does in every.items()
        if name in verdicts
    ]
    return "\n".join(
        [
            *told,
            "",
            "Measured in standard units: by how much more the behaviour goes with the first than with the next, when "
            "all three ratings and the behaviour have the same spread and are weighed together. Each verdict is read "
            "off the range beside it.",
        ]
    )


def takeaway(verdicts: dict[str, Judged]) -> str:
    """What the picture shows, for readers who can not see it."""
    return f"{headline(verdicts)} {lead(verdicts)}"


def panels(shares: pl.DataFrame, level: str, view: str = "as counted") -> pl.DataFrame:
    """One row per behaviour and driver, ready for `dots.ranges`."""
    chosen = _in_order(shares.filter((pl.col("level") == level) & (pl.col("view") == view)))
    return chosen.select(
        "behaviour",
        "driver",
        panel=pl.col("behaviour").replace_strict({k: words.capital(v) for k, v in words.BEHAVIOURS.items()}),
        label=pl.col("driver").replace_strict(words.DRIVERS)
        + pl.lit(" · ")
        + pl.col("n").map_elements(_basis, return_dtype=pl.String),
        value="share",
        low="share_low",
        high="share_high",
        n="n",
        role=pl.col("driver").replace_strict(ROLES),
    )


def cells(shares: pl.DataFrame, level: str, view: str = "as counted") -> pl.DataFrame:
    """The same as cells of a heat table: behaviours down, drivers across."""
    return panels(shares, level, view).select(
        row=pl.col("panel"),
        column=pl.col("driver").replace_strict({k: words.capital(v) for k, v in words.DRIVERS.items()}),
        value="value",
        low="low",
        high="high",
        n="n",
    )


def rows_and_columns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The order of a heat table: behaviours down, drivers across."""
    return (
        tuple(words.capital(does) for does in words.BEHAVIOURS.values()),
        tuple(words.capital(name) for name in words.DRIVERS.values()),
    )


def hidden_in_words(shares: pl.DataFrame, view: str, minimum: int) -> str:
    """`2 of 24 cells hidden: under 10 people`; empty where none is."""
    of_view = shares.filter(pl.col("view") == view)
    whole = CELLS_OF_A_LEVEL * max(1, of_view["level"].n_unique())
    missing = whole - of_view.height
    return f"{missing} of {whole} cells hidden: under {minimum} people" if missing > 0 else ""


def missing_behaviours(shares: pl.DataFrame) -> list[str]:
    """Behaviours that nobody, or too few, were asked about."""
    there = set(shares["behaviour"])
    return [does for name, does in words.BEHAVIOURS.items() if name not in there]


def as_table(shares: pl.DataFrame) -> pl.DataFrame:
    """Everything the pictures were made from."""
    return _in_order(shares).select(
        pl.col("view").replace_strict(VIEWS, default=pl.col("view")).alias("Checked by"),
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


def _verdict(verdicts: dict[str, Judged], behaviour: str) -> str:
    return verdicts[behaviour].verdict if behaviour in verdicts else "not enough data"


def _basis(n: int) -> str:
    return ", ".join(part for part in (words.count(n), strength(n)) if part)


def _in_order(shares: pl.DataFrame) -> pl.DataFrame:
    return shares.sort(
        pl.col("view").replace_strict({k: i for i, k in enumerate(VIEWS)}, default=len(VIEWS)),
        pl.col("behaviour").replace_strict({k: i for i, k in enumerate(words.BEHAVIOURS)}),
        pl.col("driver").replace_strict({k: i for i, k in enumerate(words.DRIVERS)}),
        "level",
    )
