"""Goals: where each number stands, where it should be, and whether it will probably get there."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboard import breakdowns, builds, kpi, words
from dashboard.charts.colours import Role
from dashboard.kpi import EVERYONE, Definition, Group
from pipelines.journal.goals import Aim
from pipelines.journal.goals import goals as written_goals
from pipelines.journal.things import Things

WORDS = (
    "On track: it will probably be there by its day if it goes on as in the last weeks. Behind: probably not."
)

ROLES: dict[str, Role] = {
    "reached": "better",
    "on track": "better",
    "behind": "worse",
    "missed": "worse",
    "can't tell yet": "steady",
}


@dataclass(frozen=True)
class Goal:
    """A goal and how it stands. Everything is a share; `value` is None where there are too few to show.

    `before`: the target that counted until a day, and when it was due, where another counts since.
    """

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
    goal_id: str = ""
    group: Group = EVERYONE
    before: tuple[float, date, date] | None = None

    @property
    def name(self) -> str:
        """Its number, and of whom where that is not everybody."""
        whose = (
            ""
            if self.group.is_everyone
            else f", {breakdowns.named(self.group.dimension)} {self.group.member}"
        )
        return f"{self.about.label}{whose}"

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
        select goal.*, status, n, value, value_low, value_high, expected_low,
            expected_high
        from goal_progress as progress join goal using (goal_id)
        order by due_on, goal_id
        """
    )
    definitions, past = kpi.definitions(), _past()
    return [
        Goal(
            definitions[row["kpi"]], row["owner"] or "", row["target_share"], row["due_on"], row["status"],
            row["n"] or 0, row["value"], row["value_low"], row["value_high"], row["expected_low"],
            row["expected_high"], row["goal_id"], Group(row.get("dimension") or "all", row.get("member") or "all"),
            past.get(row["goal_id"]),
        )
        for row in frame.iter_rows(named=True)
        if row["kpi"] in definitions
    ]  # fmt: skip


def book() -> Things[Aim]:
    """The goals that were set, changed or taken back here."""
    return written_goals(builds.store())


def here(goal_id: str) -> Aim | None:
    """How a goal stands in the journal; None where it was never touched here."""
    found = book().history(goal_id)
    return found[-1] if found else None


def set_here() -> list[Goal]:
    """The goals that were set here and count from the next run on; how they stand is not known yet."""
    there = {one.goal_id for one in known()}
    return [
        _as_goal(aim)
        for aim in book().all()
        if not aim.is_dropped and aim.thing_id not in there and aim.kpi in kpi.definitions()
    ]


def same_as(aim: Aim) -> str:
    """The goal that is there for the same number, people, target and day, in words; empty if there is none."""
    here = {one.thing_id: one for one in book().all() if one.kpi in kpi.definitions()}
    stands = [one for one in known() if one.goal_id not in here]
    stands += [_as_goal(one) for one in here.values() if not one.is_dropped]
    wanted = _as_goal(aim)
    for one in stands:
        if (one.about.kpi, one.group, round(one.target, 4), one.due_on) == (
            aim.kpi, wanted.group, aim.target_share, aim.due_on
        ):  # fmt: skip
            by = f" (owner: {one.owner})" if one.owner else ""
            return f"{one.name}, {_figure(one, one.target)} by {words.short_day(one.due_on)}{by}"
    return ""


def to_come() -> list[str]:
    """What was set or taken back here and counts from the next run on, a sentence each; Markdown."""
    then = builds.frozen()
    if then is not None:
        return []
    known_ones = {one.goal_id: one for one in known()}
    told = []
    for aim in book().all():
        now = known_ones.get(aim.thing_id)
        same = now and (now.target, now.due_on) == (aim.target_share, aim.due_on)
        if (
            aim.kpi not in kpi.definitions()
            or (aim.is_dropped and now is None)
            or (same and not aim.is_dropped)
        ):
            continue
        goal = _as_goal(aim)
        what = (
            "taken back"
            if aim.is_dropped
            else f"{_figure(goal, goal.target)} by {words.short_day(goal.due_on)}"
        )
        told.append(
            f"**{words.safe(goal.name)}**: {what}, from the next run on. "
            f":small[:gray[Owner: {words.safe(aim.owner)}. Written down by {words.safe(aim.by)}.]]"
        )
    return told


def in_words(goal: Goal) -> str:
    """`412 of 500; goal 450 of 500 by 31 December 2026.`, an estimate with its range and what it rests on."""
    due, was = words.short_day(goal.due_on), ""
    if goal.before:
        target, until, was_due = goal.before
        by = "" if was_due == goal.due_on else f" by {words.short_day(was_due)}"
        was = f" Until {words.short_day(until)} the goal was {_figure(goal, target)}{by}."
    if goal.value is None:
        return f"Too few to show; goal {_figure(goal, goal.target)} by {due}.{was}"
    if goal.about.is_counted:
        return f"{_figure(goal, goal.value)}; goal {_figure(goal, goal.target)} by {due}.{was}"
    between = ""
    if goal.low is not None and goal.high is not None:
        between = f" (probably between {words.between(goal.low, goal.high)}, rests on {words.count(goal.n)})"
    return (
        f"{_figure(goal, goal.value)}{between}; goal {_figure(goal, goal.target)} by {due}.{_then(goal)}{was}"
    )


def drawn(goals: list[Goal]) -> pl.DataFrame:
    """The goals that have a value, as `charts.bullet` draws them."""
    return pl.DataFrame(
        [
            {"label": one.name, "value": one.value, "low": one.low, "high": one.high, "n": one.n,
             "target": one.target, "role": one.role}
            for one in goals
            if one.value is not None and not one.about.is_net
        ],
        schema={"label": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
                "target": pl.Float64, "role": pl.String},
    )  # fmt: skip


def _as_goal(aim: Aim) -> Goal:
    group = Group(aim.dimension or "all", aim.member or "all")
    return Goal(
        kpi.definitions()[aim.kpi], aim.owner, aim.target_share, aim.due_on, "", 0, None, None, None,
        goal_id=aim.thing_id, group=group,
    )  # fmt: skip


def _past() -> dict[str, tuple[float, date, date]]:
    """goal_id -> the target before the one that counts, its last day and when it was due; of those that changed."""
    if not builds.has("goal_target"):
        return {}
    found = builds.rows(
        "select goal_id, past.target_share, past.until_on, past.due_on "
        "from goal_target as past join goal using (goal_id) "
        "where past.until_on + 1 = goal.from_on "
        "and (past.target_share <> goal.target_share or past.due_on <> goal.due_on)"
    )
    return {goal_id: (target, until, due) for goal_id, target, until, due in found.iter_rows()}


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
