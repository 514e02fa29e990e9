"""What was tried, as a line of the report: verdict, proof, effect with its range, money, and what was decided."""

from dataclasses import dataclass

from dashboard import care_list, decisions, margins, verdicts
from dashboard.charts.colours import Role
from dashboard.decisions import Decision
from dashboard.initiatives import Judged
from dashboard.parts import evidence, portfolio
from dashboard.reports.paper import Lines
from dashboard.reports.sentences import say

MOST = 8
"""More than these stand in the appendix."""

LONGEST_NAME = 120


@dataclass(frozen=True)
class Tried:
    """One initiative."""

    name: str
    verdict: str
    role: Role
    evidence: str
    effect: Lines
    money: Lines
    decided: Lines


def ranked(found: list[Judged]) -> list[Judged]:
    """Those that can be judged first, then those that are compared at all, each in the order of their page."""
    return sorted(found, key=lambda one: (not one.is_judged, not one.is_compared))


def every(found: list[Judged]) -> list[Tried]:
    """All initiatives, in the order given."""
    today = decisions.today()
    last = {one.initiative_id: one for one in reversed(decisions.of(care_list.journal())) if one.on <= today}
    return [_tried(one, last.get(one.initiative_id)) for one in found]


def _tried(one: Judged, decision: Decision | None) -> Tried:
    name = one.name if len(one.name) <= LONGEST_NAME else f"{one.name[: LONGEST_NAME - 1]}…"
    return Tried(
        name, verdicts.in_list(one), portfolio.role(one), evidence.known(one.evidence)[0], say(portfolio.told(one)),
        say(margins.left_over(one) if one.is_compared else ""), say(portfolio.decided(decision)),
    )  # fmt: skip
