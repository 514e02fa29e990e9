"""Several questions asked at once: what error each may make, so that their answers hold together."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.measures.proportions import Floats

Rule = Literal["holm", "benjamini-hochberg"]


def family_errors(errors: npt.ArrayLike, families: npt.ArrayLike, rule: Rule, budget: float) -> Floats:
    """What error the range of each member may make, so that just those that the rule rejects leave out zero.

    Args:
        errors: the p-value of each member.
        families: which family each belongs to.
        rule: `holm` keeps the chance of any false call within the budget, `benjamini-hochberg` the expected share
            of false ones among the calls.
        budget: the error of the family as a whole.

    Returns:
        The same number for all of a family; rejected are those whose p-value is at most it.

    Source: the last successful step of Holm (1979), Scandinavian Journal of Statistics 6, 65-70; of Benjamini and
        Hochberg (1995), JRSS B 57, 289-300, with the ranges of Benjamini and Yekutieli (2005), JASA 100, 71-81.
    """
    frame = pl.DataFrame({"error": np.asarray(errors, dtype=float), "family": np.asarray(families)})
    ranked = frame.with_columns(
        members=pl.len().over("family").cast(pl.Int64),
        place=pl.col("error").rank("ordinal").over("family").cast(pl.Int64),
    )
    place, members = pl.col("place"), pl.col("members")
    if rule == "holm":
        fails = pl.col("error") > budget / (members - place + 1)
        rejected = (place.filter(fails).min().over("family") - 1).fill_null(members)
        step = budget / (members - rejected.clip(1) + 1)
    else:
        passes = pl.col("error") <= budget * place / members
        rejected = place.filter(passes).max().over("family").fill_null(0)
        step = budget * rejected.clip(1) / members
    return ranked.select(step.alias("step"))["step"].to_numpy()
