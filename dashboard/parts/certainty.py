"""'How sure are we?': one paragraph for all the numbers of a page."""

import streamlit as st

from dashboard import builds, words
from dashboard.kpi import AT_THE_DESK, SCORES, Reading
from dashboard.parts import frozen_week
from dashboard.weeks import Week
from pipelines.measures.change import smallest_noticeable_change

MOST_WORTH_SAYING = 0.3
"""A fall that is larger than this would be noticed without statistics."""

WEEKS_TO_NOTICE = 4
_MORE = (
    ("app_pages/feelings_and_loyalty.py", "Who we don't hear", "hearing_disabled"),
    ("app_pages/meanings.py", "What these numbers mean", "menu_book"),
)

SAME = 0.005
"""Two shares that are nearer to each other read the same, of 100."""


def section(week: Week, feeling: Reading | None, *, now: bool = True) -> None:
    """What the ranges mean, who answered, and what would be noticed.

    Args:
        week: the week on the page.
        feeling: the number that stands for all the survey's answers, for all customers.
        now: whether it is the latest week; who is heard least is known for today only.
    """
    st.header("How sure are we?", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in told(week, feeling, now=now)))
    with st.container(horizontal=True, gap="medium"):
        for page, label, icon in _MORE:
            frozen_week.link(page, label, icon)


def told(week: Week, feeling: Reading | None, *, now: bool = True) -> list[str]:
    """The same, a line each."""
    lines = (
        (
            "“Probably between” is a range built so that it holds the true figure 19 times in 20, for customers like "
            "those who answered. Under 30 answers a number is too few to read, under 100 a hint.",
        ),
        (
            _answered(week),
            _least_heard() if now else "",
            _weighted(feeling) if feeling else "",
        ),
        (
            "“No real change” compares the last one to four weeks with the nine months before them; a false alarm is "
            "rare by design, and the range of a change is wider for it.",
            _noticeable(feeling) if feeling else "",
        ),
    )
    joined = (" ".join(sentence for sentence in line if sentence) for line in lines)
    return [line for line in joined if line]


def _answered(week: Week) -> str:
    reach = builds.rows(
        """
        select sum(invited) as invited, sum(answered) as answered
        from survey_reach join (select distinct iso_week, week_ends_on from dates) as week using (iso_week)
        where week_ends_on between cast($ends_on as date) - 90 and $ends_on
        """,
        ends_on=week.ends_on,
    )
    invited, answered = reach.row(0)
    if not invited:
        return ""
    counts = f"{words.count(answered)} of {words.count(invited)}"
    return f"{words.of_100(answered / invited)} of 100 invitations were answered: counted, {counts} in thirteen weeks."


def _least_heard() -> str:
    """The groups that answer least, where they clearly answer less often than all of their breakdown."""
    if not builds.has("reach_group"):
        return ""
    found = builds.rows(
        """
        with whole as (
            select dimension, sum(answered) / sum(invited) as share from reach_group
            where invited > 0 group by dimension
        )
        select member from reach_group join whole using (dimension)
        where answered_share_high < share and dimension in ('segment', 'region') and member <> 'not known'
        order by answered_share, member limit 3
        """
    )
    if found.is_empty():
        return ""
    return f"Heard least: {words.listed([words.safe(member) for member in found['member']])}."


def _weighted(feeling: Reading) -> str:
    """What the number would be if every group were heard as much as it counts; empty where that is the same."""
    if not builds.has("kpi_weighted"):
        return ""
    found = builds.rows(
        """
        select share, share_weighted, share_weighted_low, share_weighted_high, effective_n from kpi_weighted
        where kpi = $kpi and iso_week = $week and weeks = $weeks
        """,
        kpi=feeling.about.kpi, week=feeling.iso_week, weeks=feeling.about.clock_weeks,
    )  # fmt: skip
    if found.is_empty() or found["share_weighted"][0] is None:
        return ""
    share, weighted, low, high, n = found.row(0)
    if abs(weighted - share) < SAME:
        return ""
    return (
        f"If every group had answered as often as the others, “{feeling.about.label.lower()}” would probably be about "
        f"{words.of_100(weighted)} of 100 (between {words.between(low, high)}; worth {words.count(n)} answers)."
    )


def _noticeable(feeling: Reading) -> str:
    if not feeling.value or feeling.value >= 1 or not feeling.n or feeling.about.is_net:
        return ""
    together = _judged_together(feeling.iso_week)
    fall = _noticeable_fall(max(1, feeling.n // feeling.about.clock_weeks), feeling.value, together)
    if fall > MOST_WORTH_SAYING:
        return "With so few answers a week we would miss most changes."
    return (
        f"With this many answers we would most likely notice a fall of {words.of_100(fall)} of 100 in "
        f"“{feeling.about.label.lower()}” within {words.number_word(WEEKS_TO_NOTICE)} weeks. "
        "We would miss smaller ones."
    )


@builds.worked_out_once
def _noticeable_fall(a_week: int, share: float, together: int) -> float:
    return smallest_noticeable_change(a_week, share, within_weeks=WEEKS_TO_NOTICE, family_size=together)


def _judged_together(iso_week: str) -> int:
    """How many numbers of what customers feel and say were judged in a week: they share one budget of alarms."""
    judged = builds.rows(
        """
        select kpi from kpi_verdict join definition using (kpi)
        where iso_week = $week and dimension = 'all' and verdict <> 'too few'
            and (path like '%/feelings/%' or path like '%/loyalty/%' or list_contains($scores, kpi))
        """,
        week=iso_week,
        scores=[*SCORES, *AT_THE_DESK],
    )
    return max(1, judged.height)
