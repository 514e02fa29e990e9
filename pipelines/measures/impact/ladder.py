"""Which comparison an initiative allows: the decision ladder, and why every stronger one was passed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.measures.impact import judgement

SMALLEST_GROUP = 50
KNOWN_STARTS = 0.95
UNFAIR_DRAW = 0.001
LEAST_MATCHED = 0.5
PRE_PERIODS = 4
PRE_PERIODS_SYNTHETIC = 8
PRE_PERIODS_COMPANY = 30
DONORS = 10
TEAMS = 10
TEAMS_STAGGERED = 3
TEAMS_FOR_T = 20
TEAMS_TREATED_FOR_T = 5
FEW_TEAMS_DRAWN = 15

Unit = Literal["customer", "team", "company"]

NAMES = (
    "randomised",
    "incident",
    "staggered customers",
    "staggered teams",
    "synthetic",
    "org wide",
    "none",
)
"""By rung. `none` has no effect and no money, whatever happened before and after."""


@dataclass(frozen=True)
class Design:
    """How it was decided who gets it, and what can be counted; known before any outcome is looked at.

    Args:
        story: a sentence: who decided who gets it, and on what information; empty where nobody knows.
        unit: who was chosen: each customer, each team or store, or the whole company at once.
        is_drawn: by lot.
        draw_p: how likely a draw so lopsided is (`fair_draw`), where drawn.
        trigger: the event of a customer that sets it off ("complaint", "low rating"), or None.
        share_matched: of those treated, 0 to 1, who have untreated incidents of the same kind to compare with.
        known_starts: share, 0 to 1, of those treated whose start is known.
        start_dates: how many different periods somebody started in.
        n_treated: people (or incidents) who got it.
        n_control: people (or incidents) who did not: in a staggered design the fewest in any period used.
        teams_treated: teams or stores that started; 0 where customers were chosen one by one.
        teams_control: teams or stores that never did (or, where staggered, the fewest in any period used).
        pre_periods: periods seen before the first start.
        donors: series from outside that the launch cannot have touched.
        smallest_detectable: the smallest effect that such numbers would most likely show; outcome's unit.
        smallest_effect: the smallest effect worth having, same unit.
    """

    story: str
    unit: Unit
    is_drawn: bool = False
    draw_p: float | None = None
    trigger: str | None = None
    share_matched: float | None = None
    known_starts: float = 1.0
    start_dates: int = 1
    n_treated: int = 0
    n_control: int = 0
    teams_treated: int = 0
    teams_control: int = 0
    pre_periods: int = 0
    donors: int = 0
    smallest_detectable: float | None = None
    smallest_effect: float | None = None


@dataclass(frozen=True)
class Reason:
    """One step of the choice. `rung` is None for a gate before any rung; `passed` is None for a note."""

    rung: int | None
    passed: bool | None
    says: str


@dataclass(frozen=True)
class Choice:
    """The rung chosen, in the order of the steps that led there.

    `verdict` is given where the design alone decides it: `not identifiable` on the last rung, `inconclusive` where
    too few were drawn for any figure. Else it is None and the effect decides. `inference` says how the range is
    made: `units`, `teams` (t over the clusters), `permutation`, `placebo`, `posterior`; None without an effect.
    """

    rung: int
    evidence: str
    reasons: tuple[Reason, ...]
    inference: str | None
    verdict: judgement.Verdict | None

    @property
    def name(self) -> str:
        """Of the rung, one of `NAMES`."""
        return NAMES[self.rung]

    @property
    def has_effect(self) -> bool:
        """Whether an effect (and so money) may be shown at all."""
        return self.inference is not None


def choose(design: Design) -> Choice:
    """The strongest comparison that the facts allow.

    The gates come first; then the ladder from the top, and whatever does not hold says so in a sentence. A lot that
    was unfair is never repaired by a weaker comparison, and an initiative set off by an event of the customer is
    only ever compared incident with incident, as its baseline is the event itself.

    Returns:
        Exactly one passed rung, the last of the reasons that has one; every rung above it with its reason.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230; Arkhangelsky et al. (2021),
        American Economic Review 111, 4088-4118; Imbens and Rubin (2015), Causal Inference.
    """
    reasons = list(_gates(design))
    if not any(reason.passed is False for reason in reasons):
        for rung, refusals in enumerate((_lot, _incident, _customers, _teams, _synthetic, _company)):
            says = refusals(design)
            if says is None:
                evidence, inference, praise = _chosen(rung, design)
                reasons.append(Reason(rung, True, praise))
                reasons += _notes(design)
                if rung == 0 and min(design.n_treated, design.n_control) < SMALLEST_GROUP:
                    reasons.append(Reason(None, False, _too_few(design)))
                    return Choice(rung, evidence, tuple(reasons), None, "inconclusive")
                return Choice(rung, evidence, tuple(reasons), inference, None)
            reasons.append(Reason(rung, False, says))
    else:
        reasons += [Reason(rung, False, "Not tried: see above.") for rung in range(len(NAMES) - 1)]
    last = len(NAMES) - 1
    reasons.append(
        Reason(last, True, "There is nothing to compare with. No effect and no money figure is shown.")
    )
    return Choice(last, judgement.BEFORE_AND_AFTER, tuple(reasons), None, "not identifiable")


def _gates(design: Design) -> Iterator[Reason]:
    if design.is_drawn:
        is_fair = design.draw_p is None or design.draw_p >= UNFAIR_DRAW
        yield Reason(
            None,
            is_fair,
            "The draw was fair."
            if is_fair
            else "The groups are too uneven for a fair draw. We stop here: find out what went wrong with the list.",
        )
        return
    is_told = bool(design.story.strip())
    yield Reason(
        None,
        is_told,
        f"Who decided who gets it: {design.story.strip()}"
        if is_told
        else "Nobody has written down who decided who gets it, and on what. Without that no comparison is fair.",
    )
    yield Reason(
        None,
        design.known_starts >= KNOWN_STARTS,
        f"The start is known for {_of_100(design.known_starts)} of 100; at least {_of_100(KNOWN_STARTS)} are needed.",
    )


def _lot(design: Design) -> str | None:
    return None if design.is_drawn else "It was not drawn by lot."


def _incident(design: Design) -> str | None:
    if design.trigger is None:
        return "It is not set off by an event of the customer."
    if design.n_control == 0:
        return (
            f"Nobody is known who had the event ({design.trigger}) and went without it, so nobody with the same event"
            " can be compared."
        )
    if min(design.n_treated, design.n_control) < SMALLEST_GROUP:
        return _too_few(design)
    if design.share_matched is None or design.share_matched < LEAST_MATCHED:
        share = "an unknown number" if design.share_matched is None else _of_100(design.share_matched)
        return (
            f"For only {share} of 100 who got it, somebody with the same event, as severe and in the same month,"
            f" did not; at least {_of_100(LEAST_MATCHED)} are needed."
        )
    return None


def _customers(design: Design) -> str | None:
    if design.trigger is not None:
        return _BASELINE_IS_THE_EVENT
    if design.unit != "customer":
        return "It was not decided customer by customer."
    if design.n_control == 0:
        return "No customer went without it at the same time."
    if min(design.n_treated, design.n_control) < SMALLEST_GROUP:
        return _too_few(design)
    return _too_short(design, PRE_PERIODS)


def _teams(design: Design) -> str | None:
    if design.trigger is not None:
        return _BASELINE_IS_THE_EVENT
    if design.unit != "team":
        return "It was not decided team by team."
    if design.start_dates < 2:
        return "All teams that have it started in the same period."
    if design.teams_treated < TEAMS_STAGGERED:
        return f"Only {design.teams_treated} teams started; {TEAMS_STAGGERED} are needed."
    if design.teams_treated + design.teams_control < TEAMS or design.teams_control < 2:
        return (
            f"{design.teams_treated} teams started and {design.teams_control} had not yet;"
            f" together {TEAMS} are needed, and 2 that had not."
        )
    return _too_short(design, PRE_PERIODS)


def _synthetic(design: Design) -> str | None:
    if design.trigger is not None:
        return _BASELINE_IS_THE_EVENT
    if design.unit != "team":
        return "It was not decided team by team or region by region."
    if design.teams_control < max(DONORS, design.teams_treated + 1):
        return (
            f"{design.teams_control} teams went without it;"
            f" at least {max(DONORS, design.teams_treated + 1)} are needed to imitate those that started."
        )
    return _too_short(design, PRE_PERIODS_SYNTHETIC)


def _company(design: Design) -> str | None:
    if design.trigger is not None:
        return _BASELINE_IS_THE_EVENT
    if design.unit != "company":
        return "It did not start for everybody at once."
    if design.start_dates != 1:
        return "It did not start on one date."
    if design.donors < DONORS:
        return (
            f"There are {design.donors} figures from outside that the launch cannot have touched;"
            f" at least {DONORS} are needed."
        )
    return _too_short(design, PRE_PERIODS_COMPANY)


_BASELINE_IS_THE_EVENT = (
    "It starts when something has just happened to the customer. After a bad month most people feel better unaided,"
    " so months before and after cannot be compared."
)


def _too_few(design: Design) -> str:
    return (
        f"{design.n_treated} got it and {design.n_control} did not at the same time;"
        f" at least {SMALLEST_GROUP} of each are needed."
    )


def _too_short(design: Design, needed: int) -> str | None:
    if design.pre_periods >= needed:
        return None
    return (
        f"Only {design.pre_periods} periods are known before the first start; at least {needed} are needed."
    )


def _chosen(rung: int, design: Design) -> tuple[str, str, str]:
    """The evidence, how the range is made, and the sentence of the rung that holds."""
    if rung == 0:
        few = design.unit == "team" and design.teams_treated + design.teams_control < FEW_TEAMS_DRAWN
        by = "permutation" if few else "teams" if design.unit == "team" else "units"
        return (
            judgement.DRAWN_BY_LOT,
            by,
            "It was drawn by lot, so the groups differ by this and by chance alone.",
        )
    if rung == 1:
        says = "People with the same event, as severe and in the same month, are compared with one another."
        return judgement.SIMILAR_CUSTOMERS, "units", says
    later = design.start_dates > 1
    evidence = judgement.LATER_STARTERS if later else judgement.SIMILAR_CUSTOMERS
    if rung == 2:
        others = "those who start later or never" if later else "those who never got it"
        return evidence, "units", f"Customers who started are compared with {others}, over the same months."
    if rung == 3:
        teams = design.teams_treated + design.teams_control
        is_t = teams >= TEAMS_FOR_T and design.teams_treated >= TEAMS_TREATED_FOR_T
        says = "Teams that started are compared with teams that start later or never, over the same months."
        return evidence, "teams" if is_t else "permutation", says
    if rung == 4:
        says = "Teams that started are compared with a mix of untouched teams that moved alike before."
        return judgement.SIMILAR_CUSTOMERS, "placebo", says
    says = "The company is compared with a mix of outside figures that moved alike before. This can only suggest."
    return judgement.OUTSIDE_FIGURES, "posterior", says


def _notes(design: Design) -> Iterator[Reason]:
    can, worth = design.smallest_detectable, design.smallest_effect
    if can is None or worth is None:
        return
    if can <= worth:
        yield Reason(None, True, "There are enough people to show an effect worth having.")
    else:
        yield Reason(
            None,
            None,
            f"With these numbers only an effect of {can:.3g} or more would most likely show;"
            f" {worth:.3g} would be worth having.",
        )


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}"
