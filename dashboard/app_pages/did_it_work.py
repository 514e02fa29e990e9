import streamlit as st

from dashboard import initiatives, words
from dashboard.parts import evidence, head, proof, states

found = initiatives.judged()
compared = [one for one in found if one.is_compared]
rest = [one for one in found if not one.is_compared]

fresh, is_late = head.freshness()
head.first_line(f"{words.plural(len(found), 'initiative')}", fresh, amber=is_late)
head.headline(initiatives.headline(found))

if not found:
    states.empty(
        "No initiative has been written down.",
        "Needed: a file `initiatives.csv` that says what you try, and `assignments.csv` that says who was drawn by "
        "lot and who was not. Drawing by lot is what lets us say later whether it worked.",
    )
    st.stop()

for one in compared:
    proof.section(one, len(compared))

waiting = [one for one in rest if one.evidence == "drawn by lot"]
alone = [one for one in rest if one.evidence != "drawn by lot"]
for title, group in (("Can't tell yet", waiting), ("Nothing to compare with yet", alone)):
    if not group:
        continue
    st.header(title, anchor=False)
    with st.grid(2, min_column_width=320, border=True) as grid:
        for one in group:
            with grid.cell(), st.container(gap="xsmall"):
                st.markdown(f"**{words.safe(one.name)}**")
                evidence.badge(one.evidence)
                st.markdown(f"No effect and no money figure is shown. {initiatives.why_not(one)}")
                done = f"Done {words.plural(one.acts_done, 'time')}. " if one.acts_done else ""
                since = f"Since {words.short_day(one.starts_on)}." if one.starts_on else ""
                st.markdown(f":small[:gray[{done}{since}]]")
