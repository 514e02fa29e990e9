"""How soon a survey would tell: from the customers one deals with and the share of those asked who answer."""

from dataclasses import dataclass
from math import ceil

from dashboard import builds, words

ANSWERS_NEEDED = 400
"""Hold a share to within 5 of 100 either way, 19 times in 20, wherever it lies."""

WITHIN = 5
ASSUMED_SHARE = 0.10
FEWEST_INVITED = 100
"""Fewer invitations say too little about how many answer."""

LONGEST_WEEKS = 52


@dataclass(frozen=True)
class Pace:
    """What is known about how fast answers would come in.

    Attributes:
        customers_a_week: different customers who bought or got in touch, a week; None where nothing is known.
        answered_share: of those asked; the company's own, or an assumption.
        is_own_share: whether it is the company's own.
    """

    customers_a_week: float | None
    answered_share: float
    is_own_share: bool

    @property
    def weeks(self) -> int | None:
        """Until there are answers enough; None where that can not be said."""
        if not self.customers_a_week or not self.answered_share:
            return None
        return ceil(ANSWERS_NEEDED / (self.customers_a_week * self.answered_share))


def known() -> Pace:
    """The company's own pace, from the build on screen."""
    found = builds.rows("select customers, weeks from in_touch")
    customers = found.row(0) if found.height else (None, 1)
    invited, answered = builds.rows("select sum(invited), sum(answered) from survey_reach").row(0)
    is_own = (invited or 0) >= FEWEST_INVITED and bool(answered)
    return Pace(
        customers[0] / customers[1] if customers[0] else None,
        float(answered / invited) if is_own else ASSUMED_SHARE,
        is_own,
    )


def in_words(pace: Pace) -> str:
    """`At your rate you would know in about 3 weeks: …`, or why that can not be said."""
    enough = f"{words.count(ANSWERS_NEEDED)} answers tell you to within {WITHIN} of 100"
    if pace.weeks is None or pace.customers_a_week is None:
        return (
            f"{enough}. How soon you would have them can not be said yet: how many customers you deal with in a "
            "week is not known here."
        )
    share = words.of_100(pace.answered_share)
    answer = (
        f"{share} of 100 asked have answered so far" if pace.is_own_share
        else f"if {share} of 100 answer, which is assumed"
    )  # fmt: skip
    week = max(1, round(pace.customers_a_week))
    rests = f"about {words.plural(week, 'customer')} a week, each asked once; {answer}"
    if pace.weeks > LONGEST_WEEKS:
        return f"{enough}. At your rate that takes more than a year ({rests})."
    when = "a week" if pace.weeks == 1 else words.plural(pace.weeks, "week")
    return f"At your rate you would know in about {when} ({rests}): {enough}."
