"""Success, effort or emotion: what goes with loyal behaviour, and can we say which goes with it most?

The table shows what people answered in four views, of which the first, split at "high" (6-7) and "low" (1-3), is
the one that everybody publishes. It cannot settle which driver matters most: a driver that fewer people rate high
looks stronger for that reason alone. The verdict therefore never looks at where the scale is cut.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from pipelines.measures import leader, loyalty_views
from pipelines.measures.joint_answers import (
    BEHAVIOURS,
    DRIVERS,
    OVERALL,
    Floats,
    JointAnswers,
    Question,
    cells_of,
    from_answers,
    refuse_off_scale,
    resampled,
)

MINIMUM_N = 100
MANY_ALIKE = 0.2
SCHEMA = pl.Schema(
    {
        "behaviour": pl.String(),
        "verdict": pl.String(),
        "n": pl.Int64(),
        "leader": pl.String(),
        "lead": pl.Float64(),
        "lead_low": pl.Float64(),
        "lead_high": pl.Float64(),
        "alike_share": pl.Float64(),
        "caution": pl.String(),
    }
)


def loyalty_table(answers: pl.DataFrame, seed: int = 0, draws: int = 500) -> pl.DataFrame:
    """How many of those who rated a driver high, or low, say they would behave loyally, in four views.

    Args:
        answers: one row per respondent, or per distinct set of answers: `success`, `effort`, `emotion`,
            `purchase_more`, `recommend`, `forgive`, `trust` on 1-7 and, optionally, `count`. For each
            behaviour only those count who answered it and all three drivers.
        seed: of the bootstrap over respondents.
        draws: bootstrap samples.

    Returns:
        `driver`, `behaviour`, `view`, `level`, `share`, `share_low`, `share_high` (95 %), `n`; 84 rows. Views:
        `as counted`: of those at the `level` (`high`: driver 6-7, `low`: 1-3) the share with the behaviour at 6-7.
        `same-size groups`: the same of the highest and the lowest raters of each driver, groups as large as the
        three drivers' `high` and `low` groups are on average; of those on the border the share that fits.
        `others held equal`: the chance of 6-7 if everyone rated this driver high (or low) and the other two as they
        did, by proportional odds on the drivers' normal scores. `share explained` (level `all`): the driver's
        LMG share of the behaviour's variance; the three sum to R². Ranges: of the first two Wilson's at the
        effective n that the bootstrap gives (at their own n below 30), of the third by the delta method, of the
        last the bootstrap's percentiles. Shares are null where nobody is at that level.

    Raises:
        ValueError: a column is missing, or an answer is not a whole number from 1 to 7.

    Source: the conditional table of the Qualtrics XM Institute (success, effort, emotion against four loyalty
        behaviours); Wilson (1927); McCullagh (1980); Lindeman, Merenda and Gold (1980).
    """
    checked = _checked(answers)
    return loyalty_views.table(from_answers(checked, seed), cells_of(checked), seed, draws)


def verdict(answers: pl.DataFrame, seed: int = 0, draws: int = 500) -> pl.DataFrame:
    """Which driver goes with loyalty most, if the answers can tell.

    A driver leads where its coefficient, all three drivers and the behaviour in standard units, exceeds both others
    and zero by more than chance would explain, and still does without the people who gave one answer to everything.
    The four behaviours share one 5 % chance of naming any leader falsely; `overall` is a question of its own: the
    mean coefficient over the four behaviours, of those who answered all seven items.

    Args:
        answers: as for `loyalty_table`.
        seed: of the bootstrap; the same seed and answers give the same verdict.
        draws: bootstrap samples, for the standard errors of the coefficients' differences.

    Returns:
        One row per behaviour, then `overall`: `behaviour`, `verdict` (`emotion leads`, `success leads`,
        `effort leads`, `tied`, `not enough data`), `n`; `leader`: the driver with the largest coefficient; `lead`,
        `lead_low`, `lead_high`: its lead over the next, at the level of the verdict: a leader is named just where
        `lead_low` is above 0; `alike_share`: the people who gave one answer to everything; `caution`: null, or why
        to be wary of them. Below 100 complete answers, or where all gave the same answer to an item, there is
        not enough data.

    Raises:
        ValueError: as for `loyalty_table`.

    Source: `leader.coefficients`, `leader.simultaneous`; bootstrap of 200 groups of respondents.
    """
    return judge(from_answers(_checked(answers), seed), seed, draws)


def judge(joint: JointAnswers, seed: int = 0, draws: int = 500) -> pl.DataFrame:
    """`verdict` from the tables that the build counts."""
    weights = resampled(np.random.default_rng(seed), draws)
    judged = {name: q for name, q in joint.questions.items() if q.n >= MINIMUM_N and q.is_varied}
    drawn = {name: leader.coefficients(question, weights) for name, question in judged.items()}
    best = {name: int(each[0].mean(axis=1).argmax()) for name, each in drawn.items()}
    all_told = _leads(drawn, best)
    without = {name: joint.without_alike(name) for name in judged}
    alike_left_out = _leads(
        {name: leader.coefficients(q, weights) for name, q in without.items() if _is_enough(q)}, best
    )
    rows: list[tuple[Any, ...]] = []
    for name, question in joint.questions.items():
        alike_share = joint.alike[name].n / question.n if question.n else None
        if name not in judged:
            rows.append((name, "not enough data", question.n, *[None] * 4, alike_share, None))
            continue
        driver, found = DRIVERS[best[name]], all_told[name]
        other = alike_left_out.get(name)
        low = min(found.low, other.low if other else min(found.low, 0.0))
        high = max(found.high, other.high if other else found.high)
        said = f"{driver} leads" if low > 0 else "tied"
        caution = _caution(alike_share or 0.0, is_undone=found.low > 0 >= low)
        rows.append((name, said, question.n, driver, found.lead, low, high, alike_share, caution))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _leads(drawn: Mapping[str, Floats], best: Mapping[str, int]) -> dict[str, leader.Lead]:
    behaviours = [name for name in drawn if name != OVERALL]
    leads = {}
    if behaviours:
        together = np.concatenate([drawn[name] for name in behaviours], axis=2)
        found = leader.simultaneous(together, [best[name] for name in behaviours])
        leads = dict(zip(behaviours, found, strict=True))
    if OVERALL in drawn:
        leads[OVERALL] = leader.single(drawn[OVERALL].mean(axis=2), best[OVERALL])
    return leads


def _is_enough(question: Question) -> bool:
    return question.n >= MINIMUM_N / 2 and question.is_varied


def _caution(alike_share: float, is_undone: bool) -> str | None:
    if is_undone:
        return "leads only with those who gave one answer to everything"
    if alike_share >= MANY_ALIKE:
        return "many gave one answer to everything"
    return None


def _checked(answers: pl.DataFrame) -> pl.DataFrame:
    items = [*DRIVERS, *BEHAVIOURS]
    missing = [item for item in items if item not in answers.columns]
    if missing:
        raise ValueError(f"loyalty needs the items {items}, missing: {missing}")
    count = pl.col("count") if "count" in answers.columns else pl.lit(1)
    checked = answers.select(*items, count.cast(pl.Int64).alias("count"))
    for item in items:
        refuse_off_scale(checked[item], item)
    return checked.filter(pl.col("count") > 0)
