import polars as pl
import streamlit as st

from dashboard import kpi
from dashboard.parts import about, head, table

definitions = kpi.definitions()

fresh, _ = head.freshness()
head.first_line(f"{len(definitions)} numbers", head.published())
head.headline(
    "What the numbers mean",
    "Every figure in Careful is one of these. Each is written down once, and pages, reports and checks read the same.",
)

in_order = sorted(definitions.values(), key=lambda one: (about.theme_place(one), one.label))
table.plain(
    pl.DataFrame(
        {
            "Number": [f"**{one.label}**  \n{one.question}" for one in in_order],
            "Counted when": [one.cut_off or "" for one in in_order],
            "Over": [about.clock(one).replace(" ", "\u00a0") for one in in_order],
        }
    ),
    "Every number, its question, when something counts, and over how long",
)

st.header("One number in full", anchor=False)
names = [one.kpi for one in in_order]
chosen = st.selectbox(
    "Number", names, index=names.index("emotion") if "emotion" in names else 0, width=420,
    format_func=lambda name: definitions[name].label, key="number", bind="query-params",
)  # fmt: skip
one = definitions[chosen]
with st.container(border=True):
    about.explain(one)
    st.markdown("**The query**")
    st.code(one.sql, language="sql", wrap_lines=True)
    history = kpi.trend(chosen)
    if history["n"].drop_nulls().len():
        about.figures(history, one)
    else:
        st.markdown(":gray[No figures yet: nothing has arrived that it rests on, or too little to show.]")

st.header("Words we use", anchor=False)
st.markdown(
    "- **Of 100**: a share, said so that everybody sees people.\n"
    "- **Probably between**: a range that holds the true figure 19 times in 20, for customers like those who answered "
    "(a 95 % confidence interval).\n"
    "- **No real change**: the week moved no more against the twelve before it than it usually does. The alarm is set "
    "so that a number without any change raises one in about seven years (15 % a year). The range of a change is "
    "made the same way: it misses the truth once in 300 weeks (a 99.7 % interval).\n"
    "- **Better, worse**: it moved more than that. It does not say why.\n"
    "- **Too few**: under the smallest group that may be shown, so that nobody can be recognised.\n"
    "- **Answers still coming in**: late answers may still move the last weeks, which are dashed.\n"
    "- **Drawn by lot**: who got something was decided by chance, so that the difference is due to it."
)
