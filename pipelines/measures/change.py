"""Did this really move, or no more than it usually does?

The last one, two, three and four weeks, pooled, are each compared with the up to 39 weeks before them (a
window-limited likelihood-ratio chart: Lai 1995, JRSS B 57, 613-658; Lai 1998, IEEE Trans. Information Theory 44,
2917-2929). A sudden plunge shows in one week, a smaller lasting fall in four; a single-week chart finds the latter
late or never. The fewer weeks before, the more their own error hides: with 12 a lasting 10-point fall at 400 answers a
week is found within four weeks in 88 of 100 runs, with 26 in 90; with 52 a recovery half a year after a fall is missed.
Nine months find both. In return a lasting change is still told some months later. Weeks never overlap, whatever window
a page shows. Missing weeks are stepped over, but a window in which as many are missing as are there is not looked at.

The verdict is read off the range of the difference, so the two can not contradict each other: `up` or `down` where
the range of any of the four leaves out zero, and then the most decisive one is shown, else this week's. The width:

* Chance. With 52 weeks a year and a yearly false-alarm budget B, each look may err with probability
  1 - (1 - B)^(1/177): the four looks of a week are as good as 2.3 to 3 independent ones (by simulation at 15 % and 1 %)
  and count as 3.4, for scatter that is only half known. For B = 15 % that is 0.09 % a look: 3.32 standard errors, where
  a single one would take 1.96.
* Scatter beyond chance (staffing, weather, mix). A week's *surprise* is its difference to the eight weeks before it, in
  standard errors of pure chance; the mean squared surprise of the past year estimates the quasi-binomial dispersion
  (McCullagh and Nelder 1989, Generalized Linear Models, chapter 4.5). As so many weeks tell it only roughly, the error
  is averaged over what the dispersion may be, given them, as Student's t does, but never below pure chance, to which
  three tenths of the belief are given before anything is seen. A young series so raises an alarm only for a very
  plain change.

Answers that are not independent, such as many of few people, come with their effective n (see `scores`): each week
counts for as many as that, in range and surprise alike, so that what comes in clusters does not read as change.

The range is that of a sample smaller by the square of the widening: Newcombe's hybrid score range for shares, the
adjusted Wald range for net shares, each with a continuity correction of half an answer in the window.

Series read together share one budget: Holm (1979, Scand. J. Statistics 6, 65-70) among headlines, so that any alarm at
all in the family and year stays within it; Benjamini and Hochberg (1995, JRSS B 57, 289-300) where one explores, so
that of the calls of a week no more than that share is expected to be false. The ranges are at the level of the last
step that called something (for Benjamini-Hochberg: Benjamini and Yekutieli 2005, JASA 100, 71-81), so verdict and range
agree in a family too.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.measures.comparison import BASELINE_WEEKS, WEEKS_A_YEAR, History, Integers
from pipelines.measures.families import Rule, family_errors
from pipelines.measures.proportions import Floats

WINDOWS = (1, 2, 3, 4)
LOOKS_A_WEEK = 3.4
YEARLY_FALSE_ALARMS = 0.15
EFFECTIVE = "effective_n"

_JUDGED = {
    "verdict": pl.String, "change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64,
    "weeks": pl.Int64, "level": pl.Float64,
}  # fmt: skip


def weekly_verdicts(
    frame: pl.DataFrame,
    *,
    minimum_n: int = 10,
    minimum_weeks: int = 4,
    yearly_false_alarms: float = YEARLY_FALSE_ALARMS,
) -> pl.DataFrame:
    """Judge each week of one series against the weeks before it.

    Args:
        frame: one row per week: `iso_week` (text, `2026-W46`), `n`, `successes`; with `opposites` the net share
            (successes - opposites) / n is judged, without (or where all are null) the share successes / n. Where
            `restart` is true a scale or wording changed: weeks before it are no longer compared with. With
            `effective_n`, the counts of each week weigh no more than so many independent answers; null is n. Weeks
            below `minimum_n` are not judged and not compared with.
        minimum_n: fewer (effective) answers in the week are too few; at least 1.
        minimum_weeks: fewer weeks before the window are too few; at least 2.
        yearly_false_alarms: the share of series that may raise any alarm in a year without change.

    Returns:
        The frame in week order plus `verdict` (`no real change`, `up`, `down`, `too few`); `change`, `change_low`,
        `change_high`: the share of the last `weeks` weeks less that of the up to 39 before, as shares (0.04 = 4 in
        100); `level`: the coverage of that range; null where there are too few.

    Raises:
        ValueError: a column is missing, a week is null or there twice, counts are null or do not add up, or
            an option is out of bounds.

    Source: see the module.
    """
    return _judged(frame, (), None, minimum_n, minimum_weeks, yearly_false_alarms)


def family_verdicts(
    frame: pl.DataFrame,
    series: Sequence[str],
    rule: Rule,
    *,
    minimum_n: int = 10,
    minimum_weeks: int = 4,
    yearly_false_alarms: float = YEARLY_FALSE_ALARMS,
) -> pl.DataFrame:
    """Judge many series, those of a family and week together.

    Args:
        frame: as for `weekly_verdicts`, of many series, plus `family`; series of one family share its budget.
        series: the columns that name a series.
        rule: `holm`: a year without change raises any alarm at all in at most that share of families.
            `benjamini-hochberg`: of what is called in a week, no more than that share is expected to be false.

    Returns:
        As for `weekly_verdicts`, in the order of series and week; verdict and range at the family's level.

    Raises:
        ValueError: as for `weekly_verdicts`.

    Source: see the module.
    """
    return _judged(frame, tuple(series), rule, minimum_n, minimum_weeks, yearly_false_alarms)


def smallest_noticeable_change(
    n: int,
    share: float,
    *,
    opposite_share: float | None = None,
    within_weeks: int = 4,
    power: float = 0.8,
    dispersion: float = 1.0,
    family_size: int = 1,
    yearly_false_alarms: float = YEARLY_FALSE_ALARMS,
) -> float:
    """The smallest lasting fall that `weekly_verdicts` would most likely notice.

    Args:
        n: answers a week, above 0, in the weeks to come as in the two years before.
        share: the share of successes before the fall, strictly between 0 and 1. For a rise give `1 - share`.
        opposite_share: the share of opposites, where the net share is judged; half the fall is theirs.
        within_weeks: noticed in any of so many weeks from the fall on.
        power: what "most likely" means.
        dispersion: mean squared surprise of the past year (1 = pure chance, and no less).
        family_size: how many series share the budget by Holm's rule; the fall of one of them is looked for.
        yearly_false_alarms: as for `weekly_verdicts`.

    Returns:
        The fall as a share (0.04 = 4 in 100); infinite if not even the largest possible fall would most likely be
        noticed.

    Raises:
        ValueError: an argument is outside its bounds.

    Source: the detector itself, run on 600 seeded series whose weekly shares vary as normal ones do.
    """
    opposite = opposite_share or 0.0
    if (
        n <= 0 or not 0 < share < 1 or not 0 < power < 1 or within_weeks < 1 or dispersion < 0 or family_size < 1
        or not 0 <= opposite <= 1 - share
    ):  # fmt: skip
        raise ValueError(
            "expected n above 0, share and power strictly between 0 and 1, an opposite share that fits beside it, at"
            " least one week and one series, and a dispersion of 0 or more;"
            f" found n={n}, share={share}, opposite_share={opposite_share}, power={power},"
            f" within_weeks={within_weeks}, family_size={family_size}, dispersion={dispersion}"
        )
    is_net = opposite_share is not None
    error = _look_error(yearly_false_alarms / family_size)
    before, weeks = WEEKS_A_YEAR + BASELINE_WEEKS, WEEKS_A_YEAR + BASELINE_WEEKS + within_weeks
    noise = np.random.default_rng(20261116).standard_normal((600, weeks))
    first = np.repeat(np.arange(600) * weeks, weeks)
    looked_at = (np.arange(600)[:, None] * weeks + np.arange(before, weeks)).ravel()

    def lacking_power(fall: float) -> float:
        up = np.full(weeks, share)
        up[before:] -= fall / (2 if is_net else 1)
        down = np.full(weeks, opposite)
        down[before:] += fall / 2 if is_net else 0
        extreme = up + down
        spread = np.sqrt(max(1.0, dispersion) * np.maximum(extreme - (up - down) ** 2, 0) / n)
        drawn = np.clip(up - down + spread * noise, -extreme if is_net else 0, extreme if is_net else 1)
        extremes = np.broadcast_to(extreme, drawn.shape) if is_net else drawn
        history = History(
            np.full(drawn.size, float(n)), n * drawn.ravel(), n * extremes.ravel(), np.full(drawn.size, is_net),
            first, first,
        )  # fmt: skip
        found = np.zeros(looked_at.size, dtype=bool)
        for window in WINDOWS:
            compared = history.compare(looked_at, np.full(looked_at.size, window))
            found |= (compared.change < 0) & (compared.error() <= error)
        return float(power - found.reshape(600, -1).any(axis=1).mean())

    largest = 2 * share if is_net else share
    if lacking_power(largest) > 0:
        return float("inf")
    low, high = 0.0, largest
    while high - low > 5e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if lacking_power(middle) > 0 else (low, middle)
    return high


def _look_error(budget: npt.ArrayLike) -> Floats:
    """How often a single look may err, so that a year of looks keeps the budget."""
    return np.asarray(-np.expm1(np.log1p(-np.asarray(budget, dtype=float)) / (WEEKS_A_YEAR * LOOKS_A_WEEK)))


def _yearly_error(look_error: Floats) -> Floats:
    return np.asarray(-np.expm1(np.log1p(-np.minimum(look_error, 1 - 1e-12)) * (WEEKS_A_YEAR * LOOKS_A_WEEK)))


def _judged(
    frame: pl.DataFrame, series: tuple[str, ...], rule: Rule | None, minimum_n: int, minimum_weeks: int, budget: float
) -> pl.DataFrame:  # fmt: skip
    if minimum_n < 1 or minimum_weeks < 2:
        raise ValueError(
            f"expected minimum_n from 1 and minimum_weeks from 2, found {minimum_n}, {minimum_weeks}"
        )
    if not 0 < budget < 1:
        raise ValueError(f"expected a yearly budget strictly between 0 and 1, found {budget!r}")
    ordered = _checked(frame, series, rule is not None).sort(*series, "iso_week")
    numbered = _numbered(ordered, series)
    enough = numbered.filter(pl.col("n") >= minimum_n)
    judged = pl.DataFrame(schema={"_row": pl.UInt32, **_JUDGED})
    if not enough.is_empty():
        families = ordered.select("family", "iso_week") if rule else None
        judged = _verdicts(enough, families, rule, minimum_weeks, budget)
    told = ordered.with_row_index("_row").join(judged, on="_row", how="left", maintain_order="left")
    return told.drop("_row").with_columns(pl.col("verdict").fill_null("too few"))


def _numbered(ordered: pl.DataFrame, series: tuple[str, ...]) -> pl.DataFrame:
    """_row, n, difference, extreme, is_net, and numbers that tell series, and stretches without a break, apart."""
    one = pl.struct(series).rank("dense") if series else pl.lit(1)
    opposites = pl.col("opposites") if "opposites" in ordered.columns else pl.lit(None, dtype=pl.Float64)
    restart = pl.col("restart").fill_null(False) if "restart" in ordered.columns else pl.lit(False)
    other = pl.col("_opposites").fill_null(0)
    bears = pl.col(EFFECTIVE).fill_null(pl.col("n")) if EFFECTIVE in ordered.columns else pl.col("n")
    weight = pl.when(pl.col("n") > 0).then(bears / pl.col("n")).otherwise(1.0)
    return (
        ordered.with_row_index("_row")
        .with_columns(
            one.cast(pl.Int64).alias("_series"), opposites.alias("_opposites"), restart.alias("_restart")
        )
        .select(
            "_row", "_series", n=bears.cast(pl.Float64), calendar_week=_calendar_week(),
            difference=(pl.col("successes") - other) * weight,
            extreme=(pl.col("successes") + other) * weight,
            is_net=pl.col("_opposites").is_not_null(),
            stretch=pl.col("_restart").cast(pl.Int64).cum_sum().over("_series"),
        )
    )  # fmt: skip


def _calendar_week() -> pl.Expr:
    """Weeks since 1970, so that missing ones are seen; null for what no calendar knows."""
    monday = (pl.col("iso_week") + "-1").str.to_date("%G-W%V-%u", strict=False)
    return (monday.cast(pl.Int32) + 3).floordiv(7).cast(pl.Int64)


def _verdicts(
    enough: pl.DataFrame, families: pl.DataFrame | None, rule: Rule | None, minimum_weeks: int, budget: float
) -> pl.DataFrame:
    place = pl.col("_place")
    starts = enough.with_row_index("_place").select(
        first=place.min().over("_series"), begins=place.min().over("_series", "stretch")
    )
    first, begins = (starts[name].to_numpy().astype(np.int64) for name in ("first", "begins"))
    n, difference, extreme, is_net = (
        enough[name].to_numpy() for name in ("n", "difference", "extreme", "is_net")
    )
    history = History(n, difference, extreme, is_net, first, begins)
    rows = np.arange(enough.height)
    rows = rows[history.weeks_before(rows, np.ones_like(rows)) >= minimum_weeks]
    calendar = enough["_row" if enough["calendar_week"].null_count() else "calendar_week"].cast(pl.Int64)
    decisive, error = _most_decisive(history, rows, calendar.to_numpy(), minimum_weeks)
    chosen = enough["_row"].gather(rows)
    allowed = np.full(rows.size, budget)
    if families is not None and rule is not None:
        week = families[chosen].select(pl.struct("family", "iso_week").rank("dense"))
        allowed = family_errors(_yearly_error(error), week.to_series().to_numpy(), rule, budget)
    look_error = _look_error(allowed)
    windows = np.where(error <= look_error, decisive, 1)
    compared = history.compare(rows, windows)
    below, above = compared.reach(compared.critical(look_error))
    widest = np.where(compared.is_net, 2.0, 1.0)
    low = np.maximum(compared.change - below, -widest)
    high = np.minimum(compared.change + above, widest)
    verdict = np.select([low > 0, high < 0], ["up", "down"], "no real change")
    columns = (verdict, compared.change, low, high, windows, 1 - look_error)
    return pl.DataFrame(
        {"_row": chosen, **dict(zip(_JUDGED, columns, strict=True))}, schema={"_row": pl.UInt32, **_JUDGED}
    )


def _most_decisive(
    history: History, rows: Integers, calendar_week: Integers, minimum_weeks: int
) -> tuple[Integers, Floats]:
    """The window whose change is least likely by chance, and how likely that is."""
    decisive, error = np.ones_like(rows), np.ones(rows.size)
    for window in WINDOWS:
        windows = np.full(rows.size, window)
        is_enough = history.weeks_before(rows, windows) >= minimum_weeks
        is_enough &= calendar_week[rows] - calendar_week[np.maximum(rows + 1 - window, 0)] < 2 * window
        found = np.ones(rows.size)
        found[is_enough] = history.compare(rows[is_enough], windows[is_enough]).error()
        decisive = np.where(found < error, window, decisive)
        error = np.minimum(found, error)
    return decisive, error


def _checked(frame: pl.DataFrame, series: tuple[str, ...], in_families: bool) -> pl.DataFrame:
    needed = [*series, *(["family"] if in_families else []), "iso_week", "n", "successes"]
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise ValueError(f"weekly verdicts need the columns {needed}, missing: {missing}")
    holes = [column for column in needed if frame[column].null_count()]
    is_net = "opposites" in frame.columns
    if is_net and not holes:
        partly = pl.col("opposites").is_null()
        partly = partly.any() & ~partly.all()
        holes = (
            ["opposites"] if frame.select((partly.over(series) if series else partly).any()).item() else []
        )
    if holes:
        raise ValueError(f"weekly verdicts need known values, found nulls in: {holes}")
    key = [*series, "iso_week"]
    twice = frame.filter(pl.struct(key).is_duplicated())["iso_week"].unique().sort().to_list()
    if twice:
        raise ValueError(f"one series has each week once, found several rows for: {twice[:3]}")
    opposites = pl.col("opposites").fill_null(0) if is_net else pl.lit(0)
    impossible = frame.filter(
        (pl.min_horizontal("n", "successes", opposites) < 0) | (pl.col("successes") + opposites > pl.col("n"))
    )
    if not impossible.is_empty():
        raise ValueError(
            f"counts must add up to at most n, they do not in: {impossible['iso_week'].to_list()[:3]}"
        )
    if EFFECTIVE in frame.columns:
        beyond = frame.filter(~pl.col(EFFECTIVE).is_between(0, pl.col("n") * (1 + 1e-9)))
        if not beyond.is_empty():
            raise ValueError(
                f"expected effective_n from 0 to n, it is not in: {beyond['iso_week'].to_list()[:3]}"
            )
    return frame
