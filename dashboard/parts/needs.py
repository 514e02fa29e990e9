"""'Needs you': at most three cards, numbered, each with its owner and where to go."""

from datetime import datetime

import streamlit as st

from dashboard import agreements, briefing, builds, care_list, customers, initiatives, words
from dashboard.briefing import Need
from dashboard.kpi import Reading
from dashboard.parts import frozen_week
from dashboard.weeks import Week, local
from pipelines.settings import Care


def gather(
    worst: Reading | None, where: tuple[str, Reading] | None, week: Week, care: Care, *, now: bool
) -> list[Need]:
    """What needs the reader in a week, most pressing first.

    Args:
        worst: the number that got worse by most, if any did.
        where: the channel that stands out in it, and the number there.
        week: the week on the page.
        care: what the company promises.
        now: whether it is the latest week; what is known for today only is left out of earlier ones.
    """
    return briefing.most_pressing(
        _change(worst, where, care) if worst else None,
        _harm() if now else None,
        _top_customers(care.care_gap_days) if now else None,
        briefing.promise_need(agreements.with_landed(week.ends_on), week.ends_on),
    )


def cards(needs: list[Need]) -> None:
    """The cards one under the other: what, the facts, whose it is, where to go."""
    for place, need in enumerate(needs, start=1):
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f"**{place}. {need.title}**  \n{need.facts}")
            if need.owner or need.page:
                with st.container(
                    horizontal=True,
                    horizontal_alignment="distribute" if need.owner else "right",
                    vertical_alignment="center",
                    gap="small",
                ):
                    if need.owner:
                        st.markdown(f":small[:gray[Owner: {need.owner}]]", width="content")
                    if need.page:
                        frozen_week.link(need.page, need.link, "arrow_forward")


def _change(worst: Reading, where: tuple[str, Reading] | None, care: Care) -> Need:
    channel, there = where or (None, None)
    promise = ""
    if worst.about.kpi == "human_within_promise" and channel in care.promise_seconds:
        promise = f" reached a person within {words.wait(care.promise_seconds[channel])}"
    owners = dict(builds.rows("select kpi, owner from goal").iter_rows())
    return briefing.change_need(worst, channel, there, words.safe(owners.get(worst.about.kpi) or ""), promise)


def _harm() -> Need | None:
    harmful = [one.name for one in initiatives.judged() if one.is_judged and one.verdict == "harmful"]
    return briefing.harm_need(harmful)


def _top_customers(days: int) -> Need | None:
    summary = builds.rows("select * from top_customer_summary").to_dicts()
    shown = builds.build()
    if shown is None or not summary:
        return None
    counted_on = local(datetime.fromisoformat(shown.manifest["as_of"])).date()
    on_list = customers.can_be_contacted_and_listed(days) if care_list.has_proposals() else None
    return briefing.top_customer_need(summary[0], days, counted_on, on_list)
