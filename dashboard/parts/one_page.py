"""The button for one initiative on one page of paper; the sheet is set only when somebody takes it."""

from datetime import datetime
from functools import partial

import streamlit as st

from dashboard import arrivals, builds, decisions, words
from dashboard.initiatives import Judged
from dashboard.parts import head
from dashboard.reports import initiative_page, paper
from dashboard.reports.paper import Imprint
from pipelines.journal import Journal, Plan


def offer(one: Judged, compared: int, plan: Plan | None, book: Journal) -> None:
    """A one-page PDF of what the page says.

    Args:
        compared: how many initiatives were judged at all. plan: as written in the journal, if it was.
    """
    shown = builds.build()
    if shown is None:
        return
    company, week, today = builds.settings().company, head.latest_week(), decisions.today()
    fresh, late = head.freshness()
    through = arrivals.through_on()
    who = "Sample company" if company.sample else words.safe(company.name)
    facts = [who, "Did it work?", week.name if week else "", fresh, late]
    sheet = initiative_page.content(
        one, compared, plan, book, today, " · ".join(fact for fact in facts if fact)
    )
    imprint = Imprint(
        company.name, bool(shown.manifest.get("sample")), initiative_page.definition(one),
        plan.owner if plan else one.owner,
        f"data through {words.day(through, year=True)}" if through else "no data yet", head.published(), shown.id,
        datetime.fromisoformat(shown.manifest["created_at"]),
    )  # fmt: skip
    st.download_button(
        "One-page PDF", partial(initiative_page.pdf, sheet, one.name, imprint, paper.size(company)),
        file_name=paper.file_name("did-it-work", one.initiative_id, week.iso_week if week else f"{today}"),
        mime="application/pdf", key="one_page", icon=":material/picture_as_pdf:", on_click="ignore",
    )  # fmt: skip
