"""A run of weeks beside the weeks before it, and how surprising their difference is for a series such as this."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from pipelines.measures.proportions import Floats, score_reach
from pipelines.measures.scores import mean_reach

WEEKS_A_YEAR = 52
BASELINE_WEEKS = 39
SURPRISE_WEEKS = 8
"""A week's surprise is its difference to so few weeks before, so that a lasting change surprises for so few."""

Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

CHANCE_ALONE = 0.3
_DISPERSIONS = np.geomspace(1.0, 2500.0, 38)
_BELIEFS = np.append(
    CHANCE_ALONE, (1 - CHANCE_ALONE) * _DISPERSIONS[1:] ** -0.5 / np.sum(_DISPERSIONS[1:] ** -0.5)
)
_WIDEST = 60.0


class Answers(NamedTuple):
    """Pooled answers, one row each: how many, the (net) share, and the share that is not in between."""

    n: Floats
    share: Floats
    extreme: Floats

    @property
    def variance(self) -> Floats:
        """Of a single answer."""
        return np.maximum(self.extreme - self.share**2, 0.0)

    def with_others(self, others: "Answers") -> "Answers":
        """Both pooled."""
        n = self.n + others.n
        share = (self.n * self.share + others.n * others.share) / n
        return Answers(n, share, (self.n * self.extreme + others.n * others.extreme) / n)


@dataclass(frozen=True)
class Comparison:
    """Windows of weeks beside the weeks before them, one row each.

    `scatter` is the mean squared surprise of the `scatter_weeks` weeks before the window, a year at most.
    """

    now: Answers
    before: Answers
    is_net: Truths
    scatter: Floats
    scatter_weeks: Floats

    @property
    def change(self) -> Floats:
        """The share of the window less that of the weeks before."""
        return self.now.share - self.before.share

    def reach(self, critical: Floats) -> tuple[Floats, Floats]:
        """How far the range of the change reaches below and above it, so many standard errors of chance wide."""
        below, above = self._side(self.now, critical)
        below_before, above_before = self._side(self.before, critical)
        half_an_answer = 0.5 / self.now.n
        return np.hypot(below, above_before) + half_an_answer, np.hypot(above, below_before) + half_an_answer

    def error(self) -> Floats:
        """The smallest error at which the range leaves out zero: the p-value of this look."""
        half_an_answer = 0.5 / self.now.n
        beyond = np.maximum(np.abs(self.change) - half_an_answer, 0.0)
        critical = np.full(beyond.shape, 3.0)
        for _ in range(10):
            half_width = np.where(self.change > 0, *self.reach(critical)) - half_an_answer
            critical = np.clip(critical * beyond / np.maximum(half_width, 1e-12), 1e-9, _WIDEST)
        return _tail(critical, self._beliefs())

    def critical(self, error: Floats) -> Floats:
        """How many standard errors of chance wide the range is on either side, for a given error."""
        beliefs = self._beliefs()
        low = -ndtri(error / 2)
        high = low * np.sqrt(_DISPERSIONS[-1])
        for _ in range(36):
            middle = np.sqrt(low * high)
            is_too_low = _tail(middle, beliefs) > error
            low, high = np.where(is_too_low, middle, low), np.where(is_too_low, high, middle)
        return np.asarray(high)

    def _side(self, side: Answers, critical: Floats) -> tuple[Floats, Floats]:
        if not self.is_net.any():
            return score_reach(side.share, side.n, critical)
        net = mean_reach(side.share, side.extreme, side.n, critical)
        if self.is_net.all():
            return net
        plain = score_reach(side.share.clip(0, 1), side.n, critical)
        return np.where(self.is_net, net[0], plain[0]), np.where(self.is_net, net[1], plain[1])

    def _beliefs(self) -> Floats:
        """How much each dispersion is believed in after the past year's surprises."""
        fit = np.log(_DISPERSIONS) + self.scatter[:, None] / _DISPERSIONS
        log_belief = np.log(_BELIEFS) - self.scatter_weeks[:, None] / 2 * fit
        belief = np.exp(log_belief - log_belief.max(axis=1, keepdims=True))
        return np.asarray(belief / belief.sum(axis=1, keepdims=True))


class History:
    """Series laid end to end, so that any run of weeks is a difference of running sums."""

    def __init__(
        self,
        n: Floats,
        difference: Floats,
        extreme: Floats,
        is_net: Truths,
        first: Integers,
        begins: Integers,
    ) -> None:
        """Of each week, in order, series after series.

        Args:
            n: how many answered.
            difference: successes, less opposites where the net share is judged.
            extreme: successes, and opposites where the net share is judged.
            is_net: whether the net share is judged.
            first: the row at which its series starts.
            begins: the row of the first week that it may be compared with.
        """
        self._running = [np.append(0.0, np.cumsum(counts)) for counts in (n, difference, extreme)]
        self._is_net, self._first, self._begins = is_net, first, begins
        has_before = np.arange(n.size) > begins
        rows = np.flatnonzero(has_before)
        surprise = np.zeros(n.size)
        surprise[rows] = _squared_surprise(*self._sides(rows, np.ones_like(rows), SURPRISE_WEEKS))
        self._surprise = np.append(0.0, np.cumsum(surprise))
        self._surprises = np.append(0, np.cumsum(has_before))

    def weeks_before(self, rows: Integers, windows: Integers) -> Integers:
        """How many weeks there are before each window; negative if the window is too long."""
        return rows + 1 - windows - self._begins[rows]

    def compare(self, rows: Integers, windows: Integers) -> Comparison:
        """The weeks up to each row, as many as its window, beside the weeks before; there must be some."""
        start = rows + 1 - windows
        since = np.maximum(self._first[rows], start - WEEKS_A_YEAR)
        weeks = self._surprises[start] - self._surprises[since]
        scatter = (self._surprise[start] - self._surprise[since]) / np.maximum(weeks, 1)
        return Comparison(
            *self._sides(rows, windows, BASELINE_WEEKS), self._is_net[rows], scatter, weeks.astype(float)
        )

    def _sides(self, rows: Integers, windows: Integers, most_before: int) -> tuple[Answers, Answers]:
        start = rows + 1 - windows
        before = np.maximum(self._begins[rows], start - most_before)
        return self._between(start, rows + 1), self._between(before, start)

    def _between(self, since: Integers, until: Integers) -> Answers:
        n, difference, extreme = (running[until] - running[since] for running in self._running)
        return Answers(n, difference / n, extreme / n)


def _squared_surprise(now: Answers, before: Answers) -> Floats:
    chance = now.with_others(before).variance * (1 / now.n + 1 / before.n)
    squared = (now.share - before.share) ** 2
    return np.divide(squared, chance, out=np.zeros_like(squared), where=chance > 1e-12)


def _tail(critical: Floats, beliefs: Floats) -> Floats:
    return np.asarray(2 * np.sum(beliefs * ndtr(-critical[:, None] / np.sqrt(_DISPERSIONS)), axis=1))
