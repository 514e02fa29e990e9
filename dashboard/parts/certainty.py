"""'How sure are we?': one paragraph for all the numbers of a page."""

import streamlit as st

from dashboard import builds, words
from dashboard.kpi import Reading
from dashboard.weeks import Week
from pipelines.measures.change import smallest_noticeable_change

MOST_WORTH_SAYING = 0.3
"""A fall that is larger than this would be noticed without statistics."""

WEEKS_TO_NOTICE = 4


def section(week: Week, feeling: Reading | None) -> None:
    """What the ranges mean, who answered, and what would be noticed.

    Args:
        week: the week on the page.
        feeling: the number that stands for all the survey's answers, for all customers.
    """
    st.header("How sure are we?", anchor=False)
    told = [
        "“Probably between” is a range built so that it holds the true figure 19 times in 20, for customers like "
        "those who answered.",
        _answered(week),
        "“No real change” compares the week with the twelve before it; a false alarm is rare by "
        "design. The range of a change is wider for it: it misses the truth once in 300 weeks.",
        _noticeable(feeling) if feeling else "",
    ]
    st.markdown(" ".join(sentence for sentence in told if sentence))
    st.page_link("app_pages/meanings.py", label="What these numbers mean", icon=":material/menu_book:")


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
    return f"{round(100 * answered / invited)} of 100 asked did." if invited else ""


def _noticeable(feeling: Reading) -> str:
    if not feeling.value or feeling.value >= 1 or not feeling.n:
        return ""
    fall = _noticeable_fall(max(1, feeling.n // feeling.about.clock_weeks), feeling.value)
    if fall > MOST_WORTH_SAYING:
        return "With so few answers a week we would miss most changes."
    return (
        f"With this many answers we would most likely notice within {words.number_word(WEEKS_TO_NOTICE)} weeks if "
        f"“{feeling.about.label.lower()}” fell by {words.of_100(fall)} of 100, and would miss less."
    )


@builds.worked_out_once
def _noticeable_fall(a_week: int, share: float) -> float:
    return smallest_noticeable_change(a_week, share, within_weeks=WEEKS_TO_NOTICE)
