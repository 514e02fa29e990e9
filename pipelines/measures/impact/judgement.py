"""What may be said of an effect, and on what evidence, in the words that every page shares."""

from typing import Literal

from pipelines.measures.proportions import critical_value

Verdict = Literal["works", "harmful", "no relevant effect", "inconclusive", "not identifiable", "suggestive"]
"""The five verdicts, and the most that a launch for everybody on one date can earn."""

DRAWN_BY_LOT = "drawn by lot"
LATER_STARTERS = "compared with later starters"
SIMILAR_CUSTOMERS = "compared with similar customers"
OUTSIDE_FIGURES = "compared with outside figures: suggests, proves nothing"
BEFORE_AND_AFTER = "only before and after: proves nothing"


class NotIdentifiable(ValueError):
    """There is nobody, or nothing, fit to compare with: no figure may be given. The message says why."""


def verdict(effect: float, low: float, high: float, smallest_effect: float, level: float = 0.95) -> Verdict:
    """What may be said about an effect that is meant to be positive.

    Args:
        effect: the estimate.
        low: lower end of its range.
        high: upper end of its range.
        smallest_effect: the smallest effect worth having, same unit, 0 or more.
        level: coverage of the range given, strictly between 0.5 and 1.

    Returns:
        The first that holds: `harmful`: the range is below 0. `no relevant effect`: the 90 % range, which is
        the range given with both arms shortened in the ratio of the normal quantiles, lies within
        ±`smallest_effect` (two one-sided tests at 5 %; at another level two one-sided tests at its error); also
        where the effect is surely above 0 but too small to be worth having. `works`: the range is above 0.
        `inconclusive`: everything else.

    Raises:
        ValueError: `low <= effect <= high` does not hold, or `smallest_effect` is negative.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    if not low <= effect <= high or not smallest_effect >= 0:
        raise ValueError(
            "expected low <= effect <= high and a smallest effect of 0 or more, found"
            f" effect={effect}, low={low}, high={high}, smallest_effect={smallest_effect}"
        )
    shortened = critical_value(2 * level - 1) / critical_value(level)
    if high < 0:
        return "harmful"
    if (
        effect - shortened * (effect - low) > -smallest_effect
        and effect + shortened * (high - effect) < smallest_effect
    ):
        return "no relevant effect"
    return "works" if low > 0 else "inconclusive"


def suggested(said: Verdict) -> Verdict:
    """The verdict of a design that can suggest but not show: what would be a call becomes `suggestive`."""
    return "suggestive" if said in {"works", "harmful", "no relevant effect"} else said
