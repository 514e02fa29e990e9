"""What may be said of an initiative's effect, and not a word more. Range and verdict are of the same correction."""

import math
from datetime import date

from dashboard import looks, margins, reservations, words
from dashboard.initiatives import DRAWN, Judged
from pipelines.journal import Plan
from pipelines.measures.impact.ladder import SMALLEST_GROUP

FAIR_DRAW = 0.001
"""A draw less likely than this under a fair lot is not to be trusted."""

HEADLINES = {
    "works": "Yes, it worked.",
    "harmful": "It made things worse.",
    "no relevant effect": "No difference worth having.",
    "inconclusive": "Can't tell yet.",
    "not identifiable": "This set-up can't tell us.",
    "suggestive": "A hint, no proof.",
}
LOSES_MONEY = "It loses money."
_NEXT_TIME = {
    "customer": "Next time: draw by lot who gets it first, and let the others follow later.",
    "team": "Next time: start half the teams four weeks later, drawn by lot.",
    "company": "Next time: start in some regions or hours first, and in the others four weeks later.",
}
_NOBODY = {
    "customer": "Nobody fit to be compared with them went without it.",
    "team": "There is no team fit to be compared with those that started.",
    "company": "Everyone got it at the same time, so there is nobody to compare with.",
}
_OWED = "It is owed, so everybody gets it and nobody is left to compare with. Do it because it is right."
_CHOSEN_WHEN_BAD = ("felt_bad", "complaint", "not_solved", "gave_up_waiting", "hardship")


def word(one: Judged) -> str:
    """The verdict on its outcome, in the words that every page uses."""
    cannot_tell = one.is_hint if one.verdict == "inconclusive" else not one.is_compared
    return HEADLINES["not identifiable" if cannot_tell else one.verdict]


def headline(one: Judged) -> str:
    """The verdict and, where it is known, whether it pays: a sentence each; what is known before what is not."""
    if one.loses_money and one.verdict == "inconclusive":
        return f"{LOSES_MONEY} Whether it helps, we can't tell yet."
    return f"{word(one)} {margins.pays(one)}".strip()


def in_list(one: Judged) -> str:
    """The one thing to know of it among others."""
    return LOSES_MONEY if one.loses_money and one.verdict == "inconclusive" else word(one)


def answer(one: Judged) -> tuple[str, str]:
    """The sentence an initiative's page begins with, and the paragraph under it."""
    if one.is_compared:
        return headline(one), f"{lead(one)} {reservations.dispute(one)}".strip()
    if one.evidence == DRAWN or one.waits:
        return word(one), f"No effect and no money figure is shown. {why_not(one)}"
    return word(one), no_proof(one)


def lead(one: Judged) -> str:
    """What stands under the headline: the range against what would be worth having."""
    if not one.is_compared:
        return ""
    if not one.is_share:
        return f"About {margins.signed(one.effect, one.currency)} per customer ({in_range(one)})."
    low, high, worth = one.low or 0.0, one.high or 0.0, one.worth
    do, did = one.judged_by.do, one.judged_by.did
    if one.verdict == "harmful":
        return f"About {words.of_100(abs(one.effect or 0))} fewer of 100 {did} ({in_range(one)})."
    if one.verdict == "no relevant effect":
        most = math.ceil(round(max(abs(low), abs(high)) * 100, 6))
        need = f" You would need {in_100(worth)}." if worth else ""
        return f"If it changes anything, it is no more than {most} in 100 ({in_range(one)}).{need}"
    if one.verdict == "inconclusive":
        fits = f"Anything from {more(low)} to {more(high)} of 100 fits what we saw."
        return f"{fits} {in_100(worth)} more would be worth having." if worth else fits
    if one.verdict == "suggestive":
        why = reservations.why_only_a_hint(one)
        return f"It looks as if {more(one.effect or 0)} of 100 {do} ({in_range(one)}). {why}"
    if not worth:
        return ""
    sure = "It very probably brings that." if low >= worth else "Whether it brings that, we are not sure yet."
    return f"Worth having: {in_100(worth)} more of 100. {sure}"


def of_every_100(one: Judged) -> str:
    """Of every 100: how many anyway, how many because of it, and the range."""
    size, way = words.of_100(abs(one.effect or 0)), "more" if (one.effect or 0) >= 0 else "fewer"
    ends = in_range(one)
    if not one.is_share:
        return f"About {margins.signed(one.effect, one.currency)} per customer because of it ({ends})."
    if one.anyway is None:
        return f"Of every 100 customers, about **{size} {way}** {one.judged_by.do} because of it ({ends})."
    return (
        f"Of every 100 customers, **{words.of_100(one.anyway)}** {one.judged_by.do} anyway, and **{size} {way}** "
        f"because of it ({ends})."
    )


def in_range(one: Judged) -> str:
    """`probably between 3 and 10 more`, `probably between 3 fewer and 8 more`."""
    low, high = one.low or 0.0, one.high or 0.0
    if not one.is_share:
        return (
            f"probably between {margins.signed(low, one.currency)} and {margins.signed(high, one.currency)}"
        )
    if low < 0 < high:
        return f"probably between {more(low, high - low)} and {more(high, high - low)}"
    near, far = sorted((abs(low), abs(high)))
    return f"probably between {words.between(near, far)} {'more' if high > 0 else 'fewer'}"


def short(one: Judged) -> str:
    """The effect in a line of the portfolio, with its range and what it rests on."""
    if not one.is_compared:
        return ""
    on = f"{people(one)}. {reservations.dispute(one)}".strip()
    if not one.is_share:
        return f"About **{margins.signed(one.effect, one.currency)}** per customer ({in_range(one)}). {on}"
    size = more(one.effect or 0, (one.high or 0) - (one.low or 0))
    if size == "0 more":
        return f"About as many {one.judged_by.did} as without it ({in_range(one)} of 100). {on}"
    return f"About **{size}** of 100 {one.judged_by.did} ({in_range(one)}). {on}"


def people(one: Judged) -> str:
    """`1,216 drawn and 1,208 not`."""
    if one.evidence == DRAWN:
        return f"{words.count(one.n_treated)} drawn and {words.count(one.n_control)} not"
    if one.unit == "team":
        of = f" of {words.count(one.clusters)}" if one.clusters else ""
        return (
            f"{words.count(one.n_treated)}{of} teams got it, compared with {words.count(one.n_control)} while they "
            "did not have it yet"
        )
    if one.unit == "company":
        return f"{words.count(one.n_treated)} weeks with it, and {words.count(one.n_control)} figures from outside"
    return f"{words.count(one.n_treated)} who got it and {words.count(one.n_control)} who did not"


def counts(one: Judged) -> str:
    """The raw counts, and how many did it because of us; those only where it worked."""
    if not one.is_compared or one.effect is None or one.low is None or one.high is None:
        return ""
    did = one.judged_by.did
    if one.successes_treated is None or one.successes_control is None:
        return f"{words.capital(people(one))}."
    got, rest = ("Drawn", "Not drawn") if one.evidence == DRAWN else ("Got it", "Compared with")
    told = (
        f"{got}: {words.count(one.successes_treated)} of {words.count(one.n_treated)} {did}. "
        f"{rest}: {words.count(one.successes_control)} of {words.count(one.n_control)}. "
        f"{reservations.why_counts_differ(one)}"
    ).strip()
    if one.verdict != "works":
        return told
    brought = one.effect * one.n_treated
    return (
        f"{told}  \nOf the {words.count(one.successes_treated)} who {did}, about "
        f"{words.count(one.successes_treated - brought)} would have done so without us. It brought about "
        f"**{words.count(brought)}** (probably between {words.count(one.low * one.n_treated)} and "
        f"{words.count(one.high * one.n_treated)})."
    )


def why_not(one: Judged) -> str:
    """Why nothing is said of its effect, and what would let us."""
    if one.evidence != DRAWN and not one.waits:
        return next_time(one)
    if one.draw_p is not None and one.draw_p < FAIR_DRAW:
        return (
            f"{people(one)} is not a draw by these odds. Find out who chose before reading anything into it."
        )
    if (
        one.looks
        and one.judged_on is None
        and (one.waits or min(one.n_treated, one.n_control) >= SMALLEST_GROUP)
    ):
        return f"The first look was fixed for {words.short_day(one.looks[0])}; nothing is said before it."
    if one.still_running:
        return f"For {words.count(one.still_running)} people the {one.horizon_days} days are not over yet."
    return f"The {one.horizon_days} days are over, but {people(one)} are too few to say."


def no_proof(one: Judged) -> str:
    """Why there is nothing to see; what was better afterwards is credited to nothing."""
    told = _NOBODY.get(one.unit, _NOBODY["customer"])
    if is_for_all(one):
        return f"{_OWED} No effect and no money figure is shown."
    if one.unit == "customer" and one.occasion in _CHOSEN_WHEN_BAD:
        told = (
            "Unhappy customers got it and may have felt better later. Unhappy customers mostly do, with it or without. "
            "We can't credit it."
        )
    elif one.evidence.startswith("only before and after"):
        told += " Things rise and fall by themselves, so what came later is no proof."
    return f"{told} No effect and no money figure is shown."


def is_for_all(one: Judged) -> bool:
    """It is owed and everybody got it: to hold it back from some would be wrong."""
    return (
        one.unit == "customer"
        and one.care_class == "owed"
        and not one.is_compared
        and not one.waits
        and one.evidence != DRAWN
    )


def next_time(one: Judged) -> str:
    """How to start it so that something can be learnt; of what is owed nothing can, and nothing should."""
    if is_for_all(one):
        return _OWED
    return _NEXT_TIME.get(one.unit, _NEXT_TIME["customer"])


def next_step(one: Judged, pace: float | None = None, today: date | None = None) -> str:
    """What is suggested.

    Args:
        pace: acts a week, as far as it goes on. today: for when the answer would be in.
    """
    if one.loses_money and one.care_class == "owed" and one.verdict != "harmful":
        return "make it cheaper. It is owed, so money is no reason to stop it."
    if one.loses_money and one.verdict == "works":
        return "change it so that it costs less, or stop: it helps, and costs more than it brings."
    if one.loses_money and one.verdict == "inconclusive":
        return (
            "stop, or change it so that it costs less: even the most that it may bring is less than it costs."
        )
    if one.verdict == "works":
        sure = one.low is not None and one.worth is not None and one.low >= one.worth
        pays = one.net_low is None or one.net_low > 0
        if sure and pays:
            return "widen it, and keep a drawn group without it."
        cheaper = (
            ""
            if one.net is None or one.net >= 0
            else " Make it cheaper: it probably does not pay for itself."
        )
        on = "keep going, still by lot." if one.evidence == DRAWN else "keep going, by lot from now on."
        return f"{on}{cheaper}"
    if one.verdict == "no relevant effect":
        spent = margins.spent(one)
        return f"stop, and spend {f'the {spent}' if spent else 'the money'} elsewhere."
    if one.verdict == "inconclusive" and looks.is_over(one):
        return "the last look that was planned is past: stop, or plan a new one by lot, larger."
    if one.verdict == "inconclusive" and one.evidence == DRAWN:
        return f"keep going by lot until the answer is in. {looks.when_known(one, pace, today)}".strip()
    return {
        "harmful": "stop today.",
        "inconclusive": "wait until more is known, or start a new one by lot.",
        "suggestive": f"don't build on it. {next_time(one)}",
    }.get("suggestive" if one.verdict == "inconclusive" and one.is_hint else one.verdict, next_time(one))


def suggestion(one: Judged, plan: Plan | None, today: date) -> str:
    """What is suggested, as a sentence."""
    step = next_step(one, looks.pace(one, plan, today), today)
    return step if step[:1].isupper() else f"Suggested: {step}"


def secondary(one: Judged) -> str:
    """An outcome that was not promised: said, and never called a success."""
    label = words.safe(words.capital(one.judged_by.by))
    units = "teams" if one.unit == "team" else "people"
    groups = f"{words.count(one.n_treated)} and {words.count(one.n_control)}"
    if not one.is_compared:
        return f"**{label}**: {groups} {units}. Too few to say."
    counted = (
        f"{words.count(one.successes_treated)} of {words.count(one.n_treated)} and "
        f"{words.count(one.successes_control)} of {words.count(one.n_control)}"
        if one.successes_treated is not None and one.successes_control is not None
        else f"{groups} {units}"
    )
    of = " of 100" if one.is_share else ""
    if (one.low or 0) <= 0 <= (one.high or 0):
        return f"**{label}**: {counted}. No difference seen ({in_range(one)}{of})."
    width = (one.high or 0) - (one.low or 0)
    size = more(one.effect or 0, width) if one.is_share else margins.signed(one.effect, one.currency)
    return f"**{label}**: {counted}. About {size}{of} ({in_range(one)}): a hint for the next try."


def more(share: float, width: float = 1.0) -> str:
    """`3 more`, `8 fewer`; what rounds to nothing is `0 more`."""
    size = words.of_100(abs(share), width)
    return f"{size} {'fewer' if share < 0 and size != '0' else 'more'}"


def in_100(worth: float | None) -> str:
    """3, or 3.4 where it was said that exactly."""
    share = (worth or 0) * 100
    return words.decimal(share, 0 if math.isclose(share, round(share), abs_tol=1e-6) else 1)
