"""Averages of effects by cohort and period, as linear maps whose shares are uncertain too.

Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230, section 3.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.measures.impact.contrasts import Booleans, Contrasts, Estimates, Integers
from pipelines.measures.impact.effect import Floats

OVERALL = ("simple", "group", "dynamic", "calendar")


@dataclass(frozen=True)
class Averages:
    """A rows made of J contrasts: the four of `OVERALL`, then by event, by start, by period, then each by itself.

    `in_…`: masks (labels, J). Events and periods average over cohorts by the number of units treated, starts over
    periods alike; `simple` is over all treated periods by units, `group` over starts by units, `dynamic` over events
    from 0 on alike, `calendar` over periods alike.
    """

    contrast: Contrasts
    after: Booleans
    events: Integers
    in_event: Booleans
    starts: Integers
    in_start: Booleans
    periods: Integers
    in_period: Booleans

    @property
    def labels(self) -> pl.DataFrame:
        """Of the A rows: kind (of `OVERALL`, `event`, `start`, `period` or `each`), relative_period, start, period."""
        each = self.contrast
        return pl.concat(
            [
                pl.DataFrame({"kind": OVERALL}),
                pl.DataFrame({"relative_period": self.events}).with_columns(kind=pl.lit("event")),
                pl.DataFrame({"start": self.starts}).with_columns(kind=pl.lit("start")),
                pl.DataFrame({"period": self.periods}).with_columns(kind=pl.lit("period")),
                pl.DataFrame(
                    {"relative_period": each.relative_period, "start": each.start, "period": each.period}
                ).with_columns(kind=pl.lit("each")),
            ],
            how="diagonal",
        )

    @property
    def parts(self) -> Booleans:
        """(A, J): which contrasts go into which row."""
        overall = np.broadcast_to(self.after, (len(OVERALL), len(self.after)))
        each = np.eye(len(self.after), dtype=bool)
        return np.concatenate([overall, self.in_event, self.in_start, self.in_period, each])

    def weights(self, n_treated: Floats) -> Floats:
        """(…, A, J), of the contrasts in each row, from the numbers of units treated (…, J)."""
        n = n_treated[..., None, :]
        simple, events, periods = (_shares(mask, n) for mask in self._shared)
        size = n @ self._alike.T
        group = size / size.sum(axis=-1, keepdims=True) @ self._alike
        rows = [simple, group, self._dynamic(events), _mean(periods), events, self._alike, periods]
        each = np.eye(n.shape[-1])
        return np.concatenate(
            [np.broadcast_to(part, (*n.shape[:-2], *part.shape[-2:])) for part in (*rows, each)], axis=-2
        )

    def influence(self, found: Estimates) -> Floats:
        """(cells, T + 1, A), with what a unit adds by changing the shares."""
        n, value = found.n_treated, found.value
        weights = self.weights(n)
        influence = found.influence @ weights.T
        simple, events, periods = (
            mask * (value - (_shares(mask, n) @ value)[:, None]) / (mask @ n)[:, None]
            for mask in self._shared
        )
        group = ((self._alike @ value - weights[1] @ value) / (self._alike @ n).sum()) @ self._alike
        shifts = [
            simple,
            group[None],
            self._dynamic(events),
            _mean(periods),
            events,
            0 * self._alike,
            periods,
        ]
        shift = np.concatenate([*shifts, np.zeros((len(n), len(n)))])
        influence[:, 0] += found.treated @ shift.T
        return influence

    @property
    def _shared(self) -> tuple[Booleans, Booleans, Booleans]:
        return self.after[None], self.in_event, self.in_period

    @property
    def _alike(self) -> Floats:
        return self.in_start / self.in_start.sum(axis=1, keepdims=True)

    def _dynamic(self, events: Floats) -> Floats:
        return _mean(events[..., self.events >= 0, :])


def averages(contrast: Contrasts) -> Averages:
    """Those that these contrasts allow."""
    after = contrast.relative_period >= 0
    events, starts, periods = (
        np.unique(label)
        for label in (contrast.relative_period, contrast.start[after], contrast.period[after])
    )
    return Averages(
        contrast=contrast,
        after=after,
        events=events,
        in_event=contrast.relative_period == events[:, None],
        starts=starts,
        in_start=(contrast.start == starts[:, None]) & after,
        periods=periods,
        in_period=(contrast.period == periods[:, None]) & after,
    )


def _shares(mask: Booleans, n: Floats) -> Floats:
    weighted = mask * n
    return weighted / weighted.sum(axis=-1, keepdims=True)


def _mean(rows: Floats) -> Floats:
    return rows.mean(axis=-2, keepdims=True)
