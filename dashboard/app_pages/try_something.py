import streamlit as st

from dashboard import care_list, trying, words
from dashboard.parts import head, plan_form, states

finding = " ".join(st.query_params.get("finding", "").split())[: trying.LONGEST_FINDING]
group = " ".join(st.query_params.get("group", "").split())[:60]
kpi = st.query_params.get("kpi", "")

fresh, is_late = head.freshness()
head.first_line("a plan, written before it starts", fresh, amber=is_late)
known = trying.pools() if care_list.has_proposals() else {}

if not known:
    head.headline("There is nobody yet to try something with.")
    states.empty(
        "No occasion finds anybody.",
        "Needed: orders, answers or contacts, and a run of `careful run` since there are care lists. Then an occasion, "
        "such as a second order, says with whom it is time.",
    )
else:
    sentence = st.container()
    if finding:
        of = f" ({words.safe(group)})" if group else ""
        st.markdown(f"From: “{words.safe(finding)}”{of}")
    whose = st.container()
    pool = plan_form.show(known, kpi, f"{finding} ({group})" if finding and group else finding)
    with sentence:
        head.headline(
            "Try something, so that we can tell whether it worked."
            if pool.is_drawn
            else "This is owed: everybody gets it, and nothing is tested."
        )
    if group and pool.is_drawn:
        whose.markdown(
            ":small[:gray[The lot is for everybody with the occasion, not only for that group: the larger it is, the "
            "sooner it can tell.]]"
        )
