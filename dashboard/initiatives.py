"""Did it work? Every initiative with what was found out about it. The sentences are in `verdicts` and `margins`."""

import contextlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import polars as pl

from dashboard import builds, outcomes, words
from dashboard.charts.colours import Role
from dashboard.outcomes import Outcome
from pipelines.journal import Plan

DRAWN = "drawn by lot"
ALONE = ("only before and after: proves nothing", "only before and after", "nothing to compare with")
"""Evidence that is none: nobody was compared with anybody."""

MOVED_APART = 0.05
"""Groups so unlikely to have moved alike before the start are no fair comparison."""

_ENDS = {
    "works": "worked",
    "harmful": "made things worse",
    "no relevant effect": "made no difference worth having",
}
_ROLES: dict[str, Role] = {"works": "better", "harmful": "worse"}
_CALLED = {
    "unit": "unit_of_assignment", "worth": "smallest_effect_worth_having", "low": "effect_low", "high": "effect_high",
    "detectable": "smallest_detectable_effect", "margin": "margin_amount", "margin_low": "margin_amount_low",
    "margin_high": "margin_amount_high", "net": "net_amount", "net_low": "net_amount_low",
    "net_high": "net_amount_high", "break_even": "break_even_effect",
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """An initiative with its verdict on one outcome; shares of customers, amounts in its currency.

    What an older build does not know stays as it is here. `low` and `high` are the range that the verdict was read
    off, at `level`; where the outcome is no share (`is_share`) they and `effect` are amounts a customer. `looks` are
    the days on which the result is looked at, fixed before the start, `judged_on` the last one that has passed; `doubt`
    says why it can only be a hint; `money_days` are those that margin is known for, `acts_counted` the acts that
    `acts_amount` is of, None where it was paid for as a whole.
    """

    initiative_id: str
    name: str
    verdict: str
    evidence: str
    outcome: str = "purchase_within_horizon"
    hypothesis: str = ""
    tactic: str = ""
    occasion: str = ""
    unit: str = "customer"
    care_class: str = ""
    horizon_days: int = 90
    starts_on: date | None = None
    written_on: date | None = None
    owner: str = ""
    looks: tuple[date, ...] = ()
    worth: float | None = None
    cost_amount: float | None = None
    currency: str = "EUR"
    acts_done: int = 0
    acts_not_delivered: int = 0
    rung: int | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    p_value: float | None = None
    p_adjusted: float | None = None
    n_treated: int = 0
    n_control: int = 0
    successes_treated: int | None = None
    successes_control: int | None = None
    still_running: int = 0
    clusters: int | None = None
    detectable: float | None = None
    draw_p: float | None = None
    pretrend_p: float | None = None
    estimator: str | None = None
    told_late: int = 0
    judged_on: date | None = None
    next_look_on: date | None = None
    doubt: str | None = None
    is_disputed: bool = False
    is_share: bool = True
    money_days: int | None = None
    margin: float | None = None
    margin_low: float | None = None
    margin_high: float | None = None
    acts_amount: float | None = None
    acts_counted: int | None = None
    discount_amount: float | None = None
    net: float | None = None
    net_low: float | None = None
    net_high: float | None = None
    break_even: float | None = None

    @property
    def is_compared(self) -> bool:
        """There is somebody to compare with, and enough of them: never so with before and after alone."""
        known = self.effect is not None and self.low is not None and self.high is not None
        return known and self.evidence not in ALONE and self.verdict != "not identifiable"

    @property
    def is_hint(self) -> bool:
        """The comparison can only suggest: with outside figures, or of groups that moved apart before the start."""
        moved_apart = self.pretrend_p is not None and self.pretrend_p < MOVED_APART
        return self.is_compared and (self.verdict == "suggestive" or moved_apart)

    @property
    def is_judged(self) -> bool:
        """The comparison can show whether it worked, and not only suggest it."""
        return self.is_compared and not self.is_hint

    @property
    def is_open(self) -> bool:
        """No verdict yet, and one may come."""
        return self.verdict == "inconclusive" and not self.is_hint

    @property
    def is_beyond_judging(self) -> bool:
        """No verdict will come of it as it is: nobody fit to compare with, or a hint at most."""
        return not self.is_judged and not self.is_open

    @property
    def waits(self) -> bool:
        """It is fit to be judged, and its first look is still to come."""
        return not self.is_compared and self.next_look_on is not None and self.evidence not in ALONE

    @property
    def is_paid(self) -> bool:
        """What it brought is known in money."""
        return self.is_compared and None not in (self.net, self.net_low, self.net_high)

    @property
    def loses_money(self) -> bool:
        """What is left over is surely below nothing, at the level of the verdict.

        What was paid for as a whole, while some are not counted yet, is set against too few of them to say so.
        """
        is_early = self.acts_counted is None and bool(self.acts_amount) and self.still_running > 0
        return self.is_paid and self.is_judged and (self.net_high or 0.0) < 0 and not is_early

    @property
    def role(self) -> Role:
        """The verdict's colour."""
        return _ROLES.get(self.verdict, "steady")

    @property
    def anyway(self) -> float | None:
        """Share that does it without us: those not drawn, else those who got it less what it brought."""
        if self.evidence == DRAWN and self.n_control and self.successes_control is not None:
            return self.successes_control / self.n_control
        if self.n_treated and self.successes_treated is not None and self.effect is not None:
            return min(1.0, max(0.0, self.successes_treated / self.n_treated - self.effect))
        return None

    @property
    def judged_by(self) -> Outcome:
        """Its outcome, in words."""
        return outcomes.of(self.outcome, self.horizon_days)


def judged() -> list[Judged]:
    """Every initiative by its primary outcome, those that can be compared first."""
    found = [_judged(row) for row in _rows() if row["is_primary"]]
    return sorted(
        found,
        key=lambda one: (
            not one.is_compared, not one.n_treated, -(one.starts_on or date.min).toordinal(), one.name,
        ),
    )  # fmt: skip


def also_looked_at(initiative_id: str) -> list[Judged]:
    """What it was not promised to be judged by."""
    return [
        _judged(row) for row in _rows() if row["initiative_id"] == initiative_id and not row["is_primary"]
    ]


def detail(table: str, initiative_id: str) -> pl.DataFrame:
    """What a table of the build says of an initiative; no rows where the build is from before there was one."""
    if not builds.has(table):
        return pl.DataFrame()
    return builds.rows(_DETAILS[table], one=initiative_id)


def not_begun(plans: list[Plan], found: list[Judged]) -> list[Plan]:
    """Plans that are written down and not in the build yet."""
    known = {one.initiative_id for one in found}
    return [plan for plan in plans if plan.initiative_id not in known]


def headline(all_of_them: list[Judged]) -> str:
    """How many worked, and of how many that is not known: the numbers add up to all of them."""
    if not all_of_them:
        return "Nothing has been tried yet, or nobody wrote it down."
    total = len(all_of_them)
    ended = [one.verdict for one in all_of_them if one.is_judged and one.verdict in _ENDS]
    unsure = sum(one.is_open for one in all_of_them)
    untold = sum(one.is_beyond_judging for one in all_of_them)
    if total == 1:
        return f"The only initiative {_ENDS[ended[0]] if ended else 'can not be judged' + ' yet' * bool(unsure)}."
    if untold == total:
        return f"Of {words.number_word(total)} initiatives, none can be judged."
    told = [f"{words.number_word(ended.count(end))} {says}" for end, says in _ENDS.items() if end in ended]
    if unsure:
        told.append(f"of {words.number_word(unsure)} we can't tell yet")
    if untold:
        told.append(f"{words.number_word(untold)} can't be judged")
    losing = sum(one.loses_money for one in all_of_them)
    lose = (
        f" {words.capital(words.number_word(losing))} {'loses' if losing == 1 else 'lose'} money."
        if losing
        else ""
    )
    return f"Of {words.number_word(total)} initiatives, {words.listed(told)}.{lose}"


def _rows() -> list[dict[str, Any]]:
    plans = builds.rows("select * from initiative")
    found = builds.rows("select * from initiative_effect")
    if "is_primary" not in found.columns:
        found = found.with_columns(is_primary=pl.lit(value=True))
    return plans.join(found, on="initiative_id", suffix="_found").to_dicts()


def _judged(row: dict[str, Any]) -> Judged:
    given = {
        field.name: value
        for field in fields(Judged)
        if field.name != "looks" and (value := row.get(_CALLED.get(field.name, field.name))) is not None
    }
    amounts = {name: float(value) for name, value in given.items() if name.endswith("_amount")}
    return Judged(**{**given, **amounts}, looks=_days(row.get("looks_on")))


def _days(listed: str | None) -> tuple[date, ...]:
    """The days of `2026-02-12;2026-05-01`, in order; what is no day is left out."""
    found = []
    for part in (listed or "").split(";"):
        with contextlib.suppress(ValueError):
            found.append(date.fromisoformat(part.strip()))
    return tuple(sorted(found))


_DETAILS = {
    "initiative_reason": "select * from initiative_reason where initiative_id = $one order by step",
    "initiative_check": "select * from initiative_check where initiative_id = $one",
    "initiative_event_study": (
        "select * from initiative_event_study where initiative_id = $one order by estimator, relative_period"
    ),
    "initiative_gesture": "select * from initiative_gesture where initiative_id = $one order by nth",
    "initiative_sensitivity": "select * from initiative_sensitivity where initiative_id = $one",
}
"""What lies behind a verdict, one click down."""
