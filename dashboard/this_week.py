"""What the page This week says of a week, before anything is drawn; a notebook or a report says the same."""

from dataclasses import dataclass

from dashboard import arrivals, briefing, builds, kpi, weeks, words
from dashboard.arrivals import Late
from dashboard.briefing import Need
from dashboard.kpi import AT_THE_DESK, BEHAVIOURS, CARE, EVERYONE, FEELINGS, SCORES, Group, Reading
from dashboard.parts import changes, needs
from dashboard.weeks import Week

ONLY_SAID = (
    "What people say they would do, not what they did. Lines show the year up to the week, bands the range."
)


@dataclass(frozen=True)
class ThisWeek:
    """What is said of a week.

    `asked`: what customers say that is known; `scores`: what stands in for it where nothing of it is; `looked_after`:
    how we looked after them. `shown`: the numbers of the chosen group; `whole`: those of all customers, on which
    everything else rests, not compared where a source is late. `incomplete`: names of numbers that rest on a late
    source. `where`: the channel that stands out in the number that got worse by most, and that number there.
    """

    week: Week
    is_latest: bool
    late: list[Late]
    asked: tuple[str, ...]
    scores: tuple[str, ...]
    looked_after: tuple[str, ...]
    shown: dict[str, Reading]
    whole: dict[str, Reading]
    incomplete: set[str]
    where: tuple[str, Reading] | None
    needs: list[Need]

    @property
    def felt(self) -> tuple[str, ...]:
        """The numbers on how customers are, the leading one first."""
        return self.asked or self.scores

    @property
    def readings(self) -> list[Reading]:
        """The numbers of all customers."""
        return list(self.whole.values())

    @property
    def promise(self) -> str:
        """What numbers on care are measured by."""
        promised = words.promise(builds.settings().care.promise_seconds)
        return f"The promise: a person within {promised}. Lines show the last half year."

    @property
    def is_settling(self) -> bool:
        """Survey answers still come in."""
        return any(one.maturity == "provisional" and "survey" in one.about.source for one in self.readings)

    @property
    def headline(self) -> tuple[str, str]:
        """The sentence that the page stands for, and one more."""
        if self.incomplete and all(one.verdict == "too few" for one in self.readings):
            return (
                "This week is not in yet.",
                "The numbers below are of the weeks before, as far as they reach.",
            )
        return (
            briefing.headline(self.readings, len(self.needs), self.where[0] if self.where else ""),
            briefing.lead(self.readings, len(self.incomplete)),
        )


def of(week: Week, group: Group = EVERYONE) -> ThisWeek:
    """What a week says; `shown` is about the group, all else about all customers."""
    is_latest = week == weeks.closed()[0]
    late = arrivals.late(week) if is_latest else []
    asked = tuple(name for name in (*FEELINGS, *BEHAVIOURS) if kpi.is_known(name))
    scores = () if asked else tuple(name for name in SCORES if kpi.is_known(name))
    looked_after = (*CARE, *(() if asked or scores else AT_THE_DESK))
    names = (*(asked or scores), *looked_after)
    shown = {name: found for name in names if (found := kpi.read(name, week.iso_week, group))}
    incomplete = {name for name, reading in shown.items() if arrivals.hurting(reading.about, late)}
    whole = briefing.unjudged(
        {name: found for name in names if (found := kpi.read(name, week.iso_week))}, incomplete
    )
    worst = briefing.worst(list(whole.values()))
    where = changes.worst_channel(worst) if worst else None
    to_do = needs.gather(worst, where, week, builds.settings().care, now=is_latest)
    return ThisWeek(
        week, is_latest, late, asked, scores, looked_after, shown, whole, incomplete, where, to_do
    )
