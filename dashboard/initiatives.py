"""Did it work? What may be said of an initiative, and not a word more."""

from dataclasses import dataclass
from datetime import date

from dashboard import builds, words
from dashboard.charts.colours import Role

FAIR_DRAW = 0.001
"""A draw less likely than this under a fair lot is not to be trusted."""

_HEADLINES = {
    "works": "Yes, it worked.",
    "harmful": "It made things worse.",
    "no relevant effect": "No difference worth having.",
    "inconclusive": "Can't tell yet.",
    "not identifiable": "This set-up can't tell us.",
}
_ROLES: dict[str, Role] = {"works": "better", "harmful": "worse"}
_NEXT_TIME = {
    "customer": "Next time: draw by lot who gets it first, and let the others follow later.",
    "team": "Next time: start half the teams four weeks later, drawn by lot.",
    "company": "Next time: start in some regions or hours first, and in the others four weeks later.",
}


@dataclass(frozen=True)
class Judged:
    """An initiative with its verdict; shares of customers, amounts in its currency."""

    name: str
    hypothesis: str
    unit: str
    horizon_days: int
    starts_on: date | None
    worth: float | None
    cost_amount: float | None
    currency: str
    acts_done: int
    acts_not_delivered: int
    verdict: str
    evidence: str
    effect: float | None
    low: float | None
    high: float | None
    n_treated: int
    n_control: int
    successes_treated: int
    successes_control: int
    still_running: int
    detectable: float | None
    draw_p: float | None
    estimator: str | None
    told_late: int = 0

    @property
    def is_compared(self) -> bool:
        """There is somebody to compare with, and enough of them."""
        return self.effect is not None and self.low is not None and self.high is not None

    @property
    def headline(self) -> str:
        """The verdict, in the words that pages use."""
        return _HEADLINES.get(self.verdict, "Can't tell yet.")

    @property
    def role(self) -> Role:
        """The verdict's colour."""
        return _ROLES.get(self.verdict, "steady")

    @property
    def anyway(self) -> float:
        """Share that comes back without it."""
        return self.successes_control / self.n_control if self.n_control else 0.0

    @property
    def next_time(self) -> str:
        """How to start it so that something can be learnt."""
        return _NEXT_TIME.get(self.unit, _NEXT_TIME["customer"])


def judged() -> list[Judged]:
    """Every initiative, the ones that can be compared first."""
    frame = builds.rows(
        """
        select name, coalesce(hypothesis, '') as hypothesis, coalesce(unit_of_assignment, 'customer') as unit,
            coalesce(horizon_days, 90) as horizon_days, starts_on, smallest_effect_worth_having as worth,
            cost_amount::double as cost_amount, plan.currency, coalesce(acts_done, 0) as acts_done,
            coalesce(acts_not_delivered, 0) as acts_not_delivered, verdict, evidence, effect,
            effect_low as low, effect_high as high, coalesce(n_treated, 0) as n_treated,
            coalesce(n_control, 0) as n_control, coalesce(successes_treated, 0) as successes_treated,
            coalesce(successes_control, 0) as successes_control, coalesce(still_running, 0) as still_running,
            smallest_detectable_effect as detectable, draw_p, estimator,
            coalesce(told_late, 0) as told_late
        from initiative as plan join initiative_effect as found using (initiative_id)
        order by effect is null, n_treated is null, starts_on desc, name
        """
    )
    return [Judged(**row) for row in frame.iter_rows(named=True)]


def headline(all_of_them: list[Judged]) -> str:
    """One sentence over the whole page."""
    if not all_of_them:
        return "Nothing has been tried yet, or nobody wrote it down."
    compared = [one for one in all_of_them if one.is_compared]
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
            "no relevant effect": "it makes no difference",
        }
        if len(all_of_them) == 1:
            return compared[0].headline
        return f"{can}, and {ends.get(compared[0].verdict, 'it is too early to tell')}."
    harm = f", {words.number_word(len(harmful))} made things worse" if harmful else ""
    return f"{can}: {words.number_word(len(worked))} worked{harm}."


def worth_in_words(one: Judged) -> str:
    """What the range says about the effect that would be worth having."""
    if one.low is None or one.high is None or not one.worth:
        return ""
    worth = words.of_100(one.worth)
    if one.verdict == "works" and one.low >= one.worth:
        return f"It was to bring at least {worth} more of 100, and it very probably does."
    if one.verdict == "works":
        return f"Whether it brings the {worth} more of 100 that were worth having, we are not sure yet."
    if one.verdict == "inconclusive":
        fits = f"Anything from {_more(one.low)} to {_more(one.high)} fits what we saw"
        return f"{fits}; {worth} more would be worth having."
    return f"{words.capital(worth)} more of 100 would have been worth having."


def range_in_words(one: Judged) -> str:
    """`probably between 3 and 10 more`, `probably between 3 fewer and 8 more`."""
    low, high = one.low or 0.0, one.high or 0.0
    if low < 0 < high:
        return f"probably between {_more(low)} and {_more(high)}"
    near, far = sorted((abs(low), abs(high)))
    return f"probably between {words.between(near, far)} {'more' if high > 0 else 'fewer'}"


def counts_in_words(one: Judged) -> str:
    """The raw counts, and how many came because of it."""
    if one.effect is None or one.low is None or one.high is None:
        return ""
    told = (
        f"Drawn: {words.count(one.successes_treated)} of {words.count(one.n_treated)} came back. "
        f"Not drawn: {words.count(one.successes_control)} of {words.count(one.n_control)}."
    )
    if one.verdict != "works":
        return told
    brought = one.effect * one.n_treated
    return (
        f"{told}  \nOf the {words.count(one.successes_treated)} who came back, about "
        f"{words.count(one.successes_treated - brought)} would have come back without us. It brought about "
        f"**{words.count(brought)}** (probably between {words.count(one.low * one.n_treated)} and "
        f"{words.count(one.high * one.n_treated)})."
    )


def cost_in_words(one: Judged) -> str:
    """What it cost, per customer it brought where that is known; no earnings without margins."""
    if not one.cost_amount:
        return "What it cost was not written down."
    told = f"It cost {words.money(one.cost_amount, one.currency)}."
    if one.still_running:
        return f"{told} What each customer cost, and what it earned, is not known yet."
    if one.verdict == "works" and one.effect and one.low and one.high and one.low > 0:
        each, least, most = (
            one.cost_amount / (share * one.n_treated) for share in (one.effect, one.high, one.low)
        )
        told += (
            f" That is about {words.money(each, one.currency)} for each customer it brought back (probably between "
            f"{words.money(least, one.currency)} and {words.money(most, one.currency)})."
        )
    return told + " What it earned is not shown: no margins are known."


def doubts(one: Judged, compared: int) -> list[tuple[bool, str]]:
    """Could we be fooled? Each doubt, and whether it is settled."""
    people = f"{words.count(one.n_treated)} drawn and {words.count(one.n_control)} not"
    fair = one.draw_p is None or one.draw_p >= FAIR_DRAW
    draw = (
        f"Fair draw: {people}, as planned." if fair else f"Lopsided draw: {people}. Do not trust this result."
    )
    missed = (
        f", also the {words.count(one.acts_not_delivered)} it did not reach" if one.acts_not_delivered else ""
    )
    over = f"The {one.horizon_days} days are over for everyone."
    if one.still_running:
        waiting = words.count(one.still_running)
        over = f"For {waiting} the {one.horizon_days} days are not over; they are not counted yet."
    told = "Who was drawn was on file before the outcome could be known."
    if one.told_late:
        late = words.count(one.told_late)
        told = f"For {late} people the list came after the {one.horizon_days} days: did anybody choose by hindsight?"
    tries = "It is the only initiative that was judged, so there was one try."
    if compared > 1:
        number = words.capital(words.number_word(compared))
        tries = f"{number} initiatives were judged; the range does not allow for several tries."
    return [
        (fair, draw),
        (True, f"Everyone drawn is counted{missed}."),
        (not one.told_late, told),
        (not one.still_running, over),
        (compared == 1, tries),
        (False, f"Nothing here says what happens after {one.horizon_days} days."),
    ]


def why_not(one: Judged) -> str:
    """Why nothing is said of its effect, and what would let us."""
    if one.evidence != "drawn by lot":
        return one.next_time
    people = f"{words.count(one.n_treated)} drawn and {words.count(one.n_control)} not"
    if one.draw_p is not None and one.draw_p < FAIR_DRAW:
        return f"{people} is not a draw by these odds. Find out who chose before reading anything into it."
    people += " are too few to say."
    if one.still_running:
        return f"For {words.count(one.still_running)} people the {one.horizon_days} days are not over yet."
    return f"The {one.horizon_days} days are over, but {people}"


def next_step(one: Judged) -> str:
    """What is suggested."""
    if one.verdict == "works":
        sure = one.low is not None and one.worth is not None and one.low >= one.worth
        return "widen it, and keep a drawn group without it." if sure else "keep going, still by lot."
    return {
        "harmful": "stop today.",
        "no relevant effect": "stop, and spend the money elsewhere.",
        "inconclusive": "keep going by lot until the answer is in.",
    }.get(one.verdict, one.next_time)


def _more(share: float) -> str:
    return f"{words.of_100(abs(share))} {'fewer' if share < 0 else 'more'}"
