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
    the days on which the result is looked at, fixed before the start; `money_days` those that margin is known for.
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
    is_share: bool = True
    money_days: int | None = None
    margin: float | None = None
    margin_low: float | None = None
    margin_high: float | None = None
    acts_amount: float | None = None
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
    def is_judged(self) -> bool:
        """The comparison can show whether it worked, and not only suggest it."""
        return self.is_compared and self.verdict != "suggestive"

    @property
    def is_paid(self) -> bool:
        """What it brought is known in money."""
        return self.is_compared and None not in (self.net, self.net_low, self.net_high)

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
    """One sentence over the whole page."""
    if not all_of_them:
        return "Nothing has been tried yet, or nobody wrote it down."
    compared = [one for one in all_of_them if one.is_judged]
    worked = [one for one in compared if one.verdict == "works"]
    harmful = [one for one in compared if one.verdict == "harmful"]
    total = words.number_word(len(all_of_them))
    if not compared and len(all_of_them) == 1:
        return "The only initiative can not be judged yet."
    if not compared:
        return f"Of {total} initiatives, none can be judged yet."
    can = f"{words.capital(words.number_word(len(compared)))} of {total} initiatives can be judged"
    if len(compared) == 1:
        ends = {
            "works": "it worked",
            "harmful": "it made things worse",
            "no relevant effect": "it makes no difference worth having",
        }
        only = "The only initiative can be judged" if len(all_of_them) == 1 else can
        return f"{only}, and {ends.get(compared[0].verdict, 'it is too early to tell')}."
    harm = f", {words.number_word(len(harmful))} made things worse" if harmful else ""
    return f"{can}: {words.number_word(len(worked)) if worked else 'none'} worked{harm}."


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
