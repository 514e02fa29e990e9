"""Who answers our survey less than others, and feels a little worse: why what we hear is too rosy.

Three groups are heard too rarely: regions that are asked in a language that is not theirs, companies, and customers
who spend little. All of it shows in the customer base, so weighting by it repairs most of the error.
"""

import numpy as np
import polars as pl

QUIET_REGIONS = ["Genève", "Vaud", "Ticino"]
LOW_SPENDER_BELOW = -0.2
"""Of the latent value, standard normal: about 42 of 100."""
GROUPS = {  # how often they answer against others, how they feel against others (standard deviations)
    "asked in another language": (0.40, -0.38),
    "business": (0.50, -0.30),
    "spends little": (0.55, -0.20),
}


def members(people: pl.DataFrame) -> dict[str, np.ndarray]:
    """Who belongs to which of GROUPS; one can belong to several."""
    return {
        "asked in another language": people["region"].is_in(QUIET_REGIONS).to_numpy(),
        "business": (people["segment"] == "Business").to_numpy(),
        "spends little": people["value"].to_numpy() < LOW_SPENDER_BELOW,
    }


def answering(people: pl.DataFrame) -> np.ndarray:
    """How likely each customer is to answer, against the average customer (mean 1)."""
    weight = np.ones(people.height)
    for group, here in members(people).items():
        weight[here] *= GROUPS[group][0]
    return weight / weight.mean()


def mood(people: pl.DataFrame) -> np.ndarray:
    """How much better or worse each customer feels for belonging to a group (mean 0)."""
    shift = np.zeros(people.height)
    for group, here in members(people).items():
        shift[here] += GROUPS[group][1]
    return shift - shift.mean()
