"""The list for the CRM: names are joined in it, which is noted; `act_id` survives the way there and back."""

import polars as pl
import streamlit as st

from dashboard import builds, care_list, words
from dashboard.parts import who_acts
from pipelines.care.export import hand_over
from pipelines.journal import OPEN


def offer(acts: pl.DataFrame) -> None:
    """A file of everything that is open; written, and its names noted as seen, when somebody takes it."""
    waiting = acts.filter(pl.col("state").is_in(OPEN), ~pl.col("act_id").is_in(list(care_list.held())))
    if waiting.is_empty():
        return
    st.header("For the CRM", anchor=False)
    if not builds.may_see_names():
        st.markdown("The file holds names, so it is handed out only on the machine that Careful runs on.")
        return
    st.markdown(
        f"Everything that is open, with names: {words.plural(waiting.height, 'act')} for "
        f"{words.plural(waiting['customer_key'].n_unique(), 'person', 'people')}. That you took it is noted; whose "
        "name is broken is left out. Leave the column `act_id` as it is: by it we know "
        "what was done when the file comes back."
    )
    me, wanted = who_acts.name(), waiting["act_id"].to_list()
    st.download_button(
        "Download the list (CSV)", lambda: written(wanted, me), file_name=f"care-{care_list.today():%Y-%m-%d}.csv",
        mime="text/csv", key="touch_crm", icon=":material/download:", on_click="ignore", disabled=not me,
        help=None if me else "Say who you are, above.",
    )  # fmt: skip


def written(act_ids: list[str], by: str) -> bytes:
    """The file of those acts that are still open; each name in it is noted as seen."""
    still = care_list.journal().acts(states=OPEN).filter(pl.col("act_id").is_in(act_ids))
    return hand_over(builds.store(), builds.settings(), still, by, "the list for the CRM").content
