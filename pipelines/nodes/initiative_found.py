"""What was found out about one initiative, before all of them are judged side by side."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from pipelines.measures import impact
from pipelines.measures.impact import Choice, Design, Effect, Money, Reason
from pipelines.measures.impact.judgement import BEFORE_AND_AFTER
from pipelines.measures.proportions import newcombe_difference

PURCHASES = (WITHIN_HORIZON, IN_MONTH) = ("purchase_within_horizon", "purchase_in_month")
FELT_GOOD, MARGIN, STOP = "emotion", "margin_per_customer", "asked_to_stop"
AMOUNTS = (MARGIN,)
LESS_IS_BETTER = (STOP, "had_to_repeat")
DOUBTS = (MOVED_APART, TOLD_LATE, SILENCE, OUTSIDE) = (
    "moved apart",
    "told late",
    "silence",
    "outside figures",
)
"""Why an effect can only suggest: the groups moved apart before the start already; the list of who was drawn came when
outcomes could be known; those drawn answered differently often, and the silent could undo the effect; there is nothing
to compare with but figures from outside."""
POWER_ERRORS = 2.8
"""The smallest effect that most likely shows, in standard errors: the normal quantiles of 97.5 and 80 of 100."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """One way to be fooled: settled, not settled or (None) to be kept in mind; a sentence, and its figure."""

    check: str
    passed: bool | None
    says: str
    figure: float | None = None


@dataclass
class Found:
    """One initiative: what comparison it allows and what that shows.

    `worth` is the smallest effect worth having where the outcome is not the plan's own.
    `effect` is on the primary outcome, None where none may be shown; `facts` are columns of `initiative_effect`;
    `doubt`: one of `DOUBTS`, where it can only suggest; `looks` share the error.
    `others` are effects on further outcomes; `money` gives it with the range of any level; `events`, `gestures` and
    `otherwise` are rows of the event study, by gesture and of the sensitivity.
    """

    choice: Choice
    effect: Effect | None = None
    worth: float | None = None
    doubt: str | None = None
    looks: int = 1
    facts: Row = field(default_factory=dict)
    others: dict[str, Effect] = field(default_factory=dict)
    money: Callable[[float], Money | None] | None = None
    checks: list[Check] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    gestures: list[Row] = field(default_factory=list)
    otherwise: list[Row] = field(default_factory=list)

    def also(self, what: str, effect: Effect) -> None:
        """Note the effect worked out another way."""
        self.otherwise.append(
            {"what": what, "effect": effect.estimate, "low": effect.low, "high": effect.high}
        )

    def follow(self, study: pl.DataFrame, estimator: str) -> None:
        """Note the effect by time since the start."""
        self.events += [
            {
                "estimator": estimator,
                **{
                    name: row[name]
                    for name in ("relative_period", "effect", "band_low", "band_high", "n_treated")
                },
                "effect_low": row["low"],
                "effect_high": row["high"],
            }
            for row in study.iter_rows(named=True)
        ]


def found_by(
    design: Design, compare: Callable[[Found], None], facts: Row | None = None, first_look: date | None = None
) -> Found:
    """The comparison that the design allows, carried out by `compare`; refused where the figures do not bear it.

    Args:
        first_look: its day, where that is still to come: nothing is said before, since whoever looks every week until
            something shows will be fooled by chance.
    """
    found = Found(impact.choose(design), facts=facts or {})
    if first_look is not None and found.choice.has_effect:
        says = f"The first look is on {first_look}. Before it nothing is said."
        waits = (*found.choice.reasons, Reason(None, False, says))
        found.choice = replace(found.choice, reasons=waits, inference=None, verdict="inconclusive")
    if not found.choice.has_effect:
        return found
    try:
        compare(found)
    except ValueError as error:
        return Found(_refused(found.choice, str(error)), facts=found.facts, checks=found.checks)
    return found


def inconclusive(choice: Choice) -> Choice:
    """The choice, where its own checks say that the effect it shows is not to be believed."""
    return replace(choice, verdict="inconclusive")


def effect_if_any(compare: Callable[[], Effect]) -> Effect | None:
    """An effect that is not what the initiative is judged by, None where there are too few to have one."""
    try:
        return compare()
    except ValueError:
        return None


@dataclass(frozen=True)
class Cost:
    """What the acts cost that the people counted got; `acts` is None where it was paid for as a whole."""

    amount: float
    acts: int | None


def cost_of(plan: Row, people: pl.DataFrame) -> Cost | None:
    """What was spent on exactly these people, so that acts for others, before or after, change nothing.

    Args:
        plan: with `is_priced`; where no act says its cost, `whole_amount` is paid for these people, however few.
        people: acts and acts_amount of each, or of each group of them.

    Returns:
        None where it is not known.
    """
    if not plan["is_priced"]:
        return None if plan["whole_amount"] is None else Cost(plan["whole_amount"], None)
    if people["acts_amount"].null_count():
        return None
    return Cost(float(people["acts_amount"].sum()), int(people["acts"].sum()))


def paid(
    margin: Effect | None,
    people: int,
    plan: Row,
    cost: Cost | None,
    effect: Effect | None,
    level: float,
    *,
    discount_each: float = 0.0,
    days: int | None = None,
) -> Money | None:
    """The money, None where the margin or the cost of the acts is not known.

    Args:
        margin: the effect on margin per person, discounts taken off.
        people: who got it, or their months where `margin` is per month.
        plan: with `horizon_days`.
        cost: of the acts for those same people.
        effect: on the primary outcome.
        level: of the range: that of the verdict beside it, which allows for the number of tries.
        discount_each: given away per person more than to the others: shown as a cost of its own.
        days: since the start that the margin is of; the horizon if not given.
    """
    if margin is None or cost is None or people <= 0:
        return None
    given = max(discount_each, 0.0)
    margin = margin.at(level)
    ends = {name: getattr(margin, name) + given for name in ("estimate", "low", "high")}
    days = days or plan["horizon_days"]
    return impact.net(
        replace(margin, **ends),
        people,
        cost.amount,
        horizon_days=days,
        known_days=days,
        discounts=given * people,
        effect=effect,
    )


def told(arm: pl.DataFrame, smallest_group: int) -> int | None:
    """How many succeeded; not told of a group too small to be shown."""
    return int(arm["is_success"].sum()) if arm.height >= smallest_group else None


def of_100(share: float) -> str:
    """A share for a sentence."""
    return f"{100 * share:.1f}"


def plan_checks(plan: Row) -> Iterator[Check]:
    """Was it written down before it started?"""
    written, starts = plan["written_on"], plan["starts_on"]
    if written is None or starts is None:
        yield Check("plan", None, "Nobody noted when the plan was written down.")
    elif written <= starts:
        yield Check(
            "plan", True, f"Written down on {written:%Y-%m-%d}, before the start: outcome, time and size."
        )
    else:
        yield Check(
            "plan",
            False,
            f"Written down on {written:%Y-%m-%d}, after the start on {starts:%Y-%m-%d}: chosen by hindsight?",
        )


def overlap(counts: pl.DataFrame, who: str) -> list[Check]:
    """Did one group get more of our other initiatives in that time? By `treated`: n, elsewhere."""
    n1, x1, n0, x0 = (
        int(counts.filter(pl.col("treated") == arm)[column].sum())
        for arm in (True, False)
        for column in ("n", "elsewhere")
    )
    if not n1 or not n0:
        return []
    if not x1 + x0:
        return [Check("overlap", True, "Nobody of them got another initiative in that time.", 0.0)]
    low, high = newcombe_difference(x1, n1, x0, n0)
    says = (
        f"Other initiatives reached {of_100(x1 / n1)} of 100 of {who} and {of_100(x0 / n0)} of the others in that"
        " time"
    )
    if low <= 0 <= high:
        return [Check("overlap", True, f"{says}: as far as can be seen alike.", x1 / n1 - x0 / n0)]
    return [Check("overlap", False, f"{says}: part of the difference may be theirs.", x1 / n1 - x0 / n0)]


def _refused(choice: Choice, why: str) -> Choice:
    """The same steps, but the rung that was chosen does not hold."""
    kept = tuple(
        replace(reason, passed=False, says=f"{why[:1].upper()}{why[1:]}.")
        if reason.rung == choice.rung
        else reason
        for reason in choice.reasons
        if reason.rung is None or reason.rung <= choice.rung
    )
    last = Reason(6, True, "There is nothing to compare with. No effect and no money figure is shown.")
    return Choice(6, BEFORE_AND_AFTER, (*kept, last), None, "not identifiable")
