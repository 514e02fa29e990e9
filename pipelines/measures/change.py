"""Did this week really move, or no more than it usually does?

Every week is compared with the pooled weeks before it (up to twelve). The verdict is read off the range of
that difference, so the two can never contradict each other. Two things set the width of the range:

* Chance. With 52 looks a year and a yearly false-alarm budget B, each look may err with probability
  1 - (1 - B)^(1/52); the looks of a year together then stay within B, however correlated (Šidák 1967, JASA
  62, 626-633). For B = 15 % that is 0.31 % a look: 2.96 standard errors, where a single look would take 1.96.
* Scatter beyond chance (staffing, weather, mix). A week's *surprise* is its difference to the weeks before
  it, in standard errors of pure chance. The mean squared surprise of the past year is the quasi-binomial
  dispersion; as it is estimated from so many weeks only, Student's t takes the place of the normal, so that
  a young series raises an alarm only for a very plain change.

The wider of the two counts. The range is then that of a sample smaller by the square of the widening:
Newcombe's hybrid score range for shares, the adjusted Wald range for net shares, each with a continuity
correction of half an answer in the week.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

from pipelines.measures.nps import nps_interval
from pipelines.measures.proportions import Interval, critical_value, difference_interval, wilson

WEEKS_A_YEAR = 52
BASELINE_WEEKS = 12
_NORMAL_NODES = ndtri((np.arange(9) + 0.5) / 9)


class _Answers(NamedTuple):
    """Counts of one week, or of several pooled."""

    n: float
    successes: float
    opposites: float

    @property
    def share(self) -> float:
        return (self.successes - self.opposites) / self.n

    @property
    def variance(self) -> float:
        """Of a single answer."""
        return (self.successes + self.opposites) / self.n - self.share**2

    def divided_by(self, factor: float) -> "_Answers":
        return _Answers(*(count / factor for count in self))


def weekly_verdicts(
    frame: pl.DataFrame,
    *,
    net: bool = False,
    minimum_n: int = 10,
    minimum_weeks: int = 4,
    yearly_false_alarms: float = 0.15,
) -> pl.DataFrame:
    """Judge each week of one series against the weeks before it.

    Args:
        frame: one row per week: `iso_week` (text, `2026-W46`), `n`, `successes` and, for a net share,
            `opposites`. Weeks below `minimum_n` are not judged and not compared with.
        net: judge (successes - opposites) / n instead of successes / n, as for the net promoter score.
        minimum_n: fewer answers in the week are too few; at least 1.
        minimum_weeks: fewer earlier weeks are too few; at least 2.
        yearly_false_alarms: the share of series that may raise any alarm in a year without change.

    Returns:
        The frame in week order plus `verdict` (`no real change`, `up`, `down`, `too few`) and `change`,
        `change_low`, `change_high`: this week's share less that of the up to twelve weeks before, as shares
        (0.04 = 4 in 100); null where there are too few.

    Raises:
        ValueError: a column is missing, a week is null or there twice, counts are null or do not add up, or
            an option is out of bounds.

    Source: see the module; quasi-binomial dispersion after McCullagh and Nelder (1989), Generalized Linear
        Models, chapter 4.5.
    """
    if minimum_n < 1 or minimum_weeks < 2:
        raise ValueError(
            f"expected minimum_n from 1 and minimum_weeks from 2, found {minimum_n}, {minimum_weeks}"
        )
    ordered = _checked(frame, net).sort("iso_week")
    earlier: list[_Answers] = []
    surprises: list[float] = []
    judged: list[tuple[str, float | None, float | None, float | None]] = []
    for row in ordered.iter_rows(named=True):
        week = _Answers(float(row["n"]), float(row["successes"]), float(row["opposites"]) if net else 0.0)
        enough = week.n >= minimum_n
        if enough and earlier:
            before = _pooled(earlier[-BASELINE_WEEKS:])
        if enough and len(earlier) >= minimum_weeks:
            widening = _widening(surprises[-WEEKS_A_YEAR:], yearly_false_alarms)
            low, high = _change_range(week, before, widening, yearly_false_alarms, net)
            verdict = "up" if low > 0 else "down" if high < 0 else "no real change"
            judged.append((verdict, week.share - before.share, low, high))
        else:
            judged.append(("too few", None, None, None))
        if enough:
            if earlier:
                surprises.append(_squared_surprise(week, before))
            earlier.append(week)
    schema = {"verdict": pl.String, "change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64}
    return ordered.hstack(pl.DataFrame(judged, schema=schema, orient="row"))


def smallest_noticeable_change(
    n: int,
    share: float,
    *,
    within_weeks: int = 1,
    power: float = 0.8,
    dispersion: float = 1.0,
    yearly_false_alarms: float = 0.15,
) -> float:
    """The smallest lasting fall that `weekly_verdicts` would most likely notice.

    Args:
        n: answers a week, above 0, in the weeks to come as in those before.
        share: the share before the fall, strictly between 0 and 1. For a rise give `1 - share`.
        within_weeks: noticed in any of so many weeks from the fall on.
        power: what "most likely" means.
        dispersion: mean squared surprise of the past year (1 = pure chance).
        yearly_false_alarms: as for `weekly_verdicts`.

    Returns:
        The fall as a share (0.04 = 4 in 100); infinite if not even a fall to 0 would most likely be noticed.

    Raises:
        ValueError: an argument is outside its bounds.

    Source: the detector's own ranges, averaged over nine equally likely outcomes of the weeks before; weekly
        shares are taken as normal. Over several weeks the answer errs on the large side.
    """
    if n <= 0 or not 0 < share < 1 or not 0 < power < 1 or within_weeks < 1 or dispersion < 0:
        raise ValueError(
            "expected n above 0, share and power strictly between 0 and 1, at least one week and a dispersion"
            f" of 0 or more; found n={n}, share={share}, power={power}, within_weeks={within_weeks},"
            f" dispersion={dispersion}"
        )
    scatter = max(1.0, dispersion)
    baseline_n = n * BASELINE_WEEKS
    baselines = share + _NORMAL_NODES * math.sqrt(scatter * share * (1 - share) / baseline_n)

    def lacking_power(fall: float) -> float:
        now = share - fall
        spread = math.sqrt(scatter * now * (1 - now) / n)
        missed = [1.0] * len(baselines)
        history = [dispersion] * WEEKS_A_YEAR
        for weeks_since in range(within_weeks):
            still_old = max(0.0, 1 - weeks_since / BASELINE_WEEKS)
            widening = _widening(history[-WEEKS_A_YEAR:], yearly_false_alarms)
            for i, old_share in enumerate(baselines.clip(0, 1)):
                before = _Answers(baseline_n, baseline_n * (now + (old_share - now) * still_old), 0)
                limit = _highest_alarming_share(n, before, widening, yearly_false_alarms)
                missed[i] *= 1 - float(ndtr((limit - now) / spread)) if spread else float(limit < now)
            typical = _Answers(baseline_n, baseline_n * (now + fall * still_old), 0)
            history.append(dispersion + _squared_surprise(_Answers(n, n * now, 0), typical))
        return power - 1 + sum(missed) / len(missed)

    if lacking_power(share) > 0:
        return math.inf
    return float(brentq(lacking_power, 0.0, share, xtol=1e-6))


def _checked(frame: pl.DataFrame, net: bool) -> pl.DataFrame:
    needed = ["iso_week", "n", "successes", *(["opposites"] if net else [])]
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise ValueError(f"weekly verdicts need the columns {needed}, missing: {missing}")
    holes = [column for column in needed if frame[column].null_count()]
    if holes:
        raise ValueError(f"weekly verdicts need known values, found nulls in: {holes}")
    twice = frame["iso_week"].filter(frame["iso_week"].is_duplicated()).unique().sort().to_list()
    if twice:
        raise ValueError(f"one series has each week once, found several rows for: {twice[:3]}")
    opposites = pl.col("opposites") if net else pl.lit(0)
    impossible = frame.filter(
        (pl.min_horizontal("n", "successes", opposites) < 0) | (pl.col("successes") + opposites > pl.col("n"))
    )
    if not impossible.is_empty():
        raise ValueError(
            f"counts must add up to at most n, they do not in: {impossible['iso_week'].to_list()[:3]}"
        )
    return frame


def _pooled(weeks: Sequence[_Answers]) -> _Answers:
    return _Answers(*map(sum, zip(*weeks, strict=True)))


def _squared_surprise(week: _Answers, before: _Answers) -> float:
    variance = _pooled([week, before]).variance * (1 / week.n + 1 / before.n)
    return (week.share - before.share) ** 2 / variance if variance > 0 else 0.0


def _look_level(yearly_false_alarms: float) -> float:
    """Coverage of a single look's range, so that a year of looks keeps the budget."""
    if not 0 < yearly_false_alarms < 1:
        raise ValueError(f"expected a yearly budget strictly between 0 and 1, found {yearly_false_alarms!r}")
    return (1 - yearly_false_alarms) ** (1 / WEEKS_A_YEAR)


def _widening(squared_surprises: Sequence[float], yearly_false_alarms: float) -> float:
    """By what factor the sample counts as smaller: 1 where chance alone sets the width."""
    weeks = len(squared_surprises)
    level = _look_level(yearly_false_alarms)
    inflation = float(stdtrit(weeks, (1 + level) / 2)) / critical_value(level)
    return max(1.0, sum(squared_surprises) / weeks * inflation**2)


def _change_range(week: _Answers, before: _Answers, widening: float, budget: float, net: bool) -> Interval:
    level = _look_level(budget)
    now, then = week.divided_by(widening), before.divided_by(widening)
    low, high = _share_range(now, level, net)
    half_an_answer = 0.5 / now.n
    corrected = max(low - half_an_answer, -1.0 if net else 0.0), min(high + half_an_answer, 1.0)
    return difference_interval(now.share, corrected, then.share, _share_range(then, level, net))


def _share_range(answers: _Answers, level: float, net: bool) -> Interval:
    n, successes, opposites = answers
    if not net:
        return wilson(successes, n, level)
    _, low, high = nps_interval(successes, max(n - successes - opposites, 0.0), opposites, level)
    return low / 100, high / 100


def _highest_alarming_share(n: int, before: _Answers, widening: float, budget: float) -> float:
    """The highest share of a week that is still called a fall; below 0 if none is."""

    def high_end(share: float) -> float:
        return _change_range(_Answers(n, n * share, 0), before, widening, budget, net=False)[1]

    if high_end(0.0) >= 0:
        return -math.inf
    return float(brentq(high_end, 0.0, before.share))
