"""Goals: where each number stands, where it should be, and whether it will probably get there."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboard import builds, kpi, words
from dashboard.charts.colours import Role
from dashboard.kpi import Definition

ROLES: dict[str, Role] = {
    "reached": "better",
    "on track": "better",
    "behind": "worse",
    "missed": "worse",
    "can't tell yet": "steady",
}


@dataclass(frozen=True)
class Goal:
    """A goal and how it stands. Everything is a share; `value` is None where there are too few to show."""

    about: Definition
    owner: str
    target: float
    due_on: date
    status: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    expected_low: float | None = None
    expected_high: float | None = None

    @property
    def role(self) -> Role:
        """The colour of the status."""
        return ROLES.get(self.status, "steady")


@builds.worked_out_once
def known() -> list[Goal]:
    """Every goal of the build with its progress, the next due first; none where the build holds no progress."""
    if not builds.has("goal_progress"):
        return []
    frame = builds.rows(
        """
        select goal.kpi, owner, target_share, due_on, status, n, value, value_low, value_high, expected_low,
            expected_high
        from goal_progress as progress join goal using (goal_id)
        order by due_on, goal_id
        """
    )
    definitions = kpi.definitions()
    return [
        Goal(
            definitions[row["kpi"]], row["owner"] or "", row["target_share"], row["due_on"], row["status"],
            row["n"] or 0, row["value"], row["value_low"], row["value_high"], row["expected_low"],
            row["expected_high"],
        )
        for row in frame.iter_rows(named=True)
        if row["kpi"] in definitions
    ]  # fmt: skip


def in_words(goal: Goal) -> str:
    """`412 of 500; goal 450 of 500 by 31 December 2026.`, an estimate with its range."""
    due = words.short_day(goal.due_on)
    if goal.value is None:
        return f"Too few to show; goal {_figure(goal, goal.target)} by {due}."
    if goal.about.is_counted:
        return f"{_figure(goal, goal.value)}; goal {_figure(goal, goal.target)} by {due}."
    between = ""
    if goal.low is not None and goal.high is not None:
        between = f" (probably between {words.between(goal.low, goal.high)})"
    return f"{_figure(goal, goal.value)}{between}; goal {_figure(goal, goal.target)} by {due}.{_then(goal)}"


def drawn(goals: list[Goal]) -> pl.DataFrame:
    """The goals that have a value, as `charts.bullet` draws them."""
    return pl.DataFrame(
        [
            {"label": one.about.label, "value": one.value, "low": one.low, "high": one.high, "n": one.n,
             "target": one.target, "role": one.role}
            for one in goals
            if one.value is not None and not one.about.is_net
        ],
        schema={"label": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
                "target": pl.Float64, "role": pl.String},
    )  # fmt: skip


def _then(goal: Goal) -> str:
    if goal.expected_low is None or goal.expected_high is None or goal.status in ("reached", "missed"):
        return ""
    return f" By then probably between {words.between(goal.expected_low, goal.expected_high)}."


def _figure(goal: Goal, share: float) -> str:
    if goal.about.is_net:
        return f"{words.of_100(share)} points"
    if goal.about.is_counted and goal.n:
        return f"{words.count(share * goal.n)} of {words.count(goal.n)}"
    return f"{words.of_100(share)} of 100"
