import streamlit as st

from dashboard import benchmarks, claims, kpi, lineage, words
from dashboard.parts import about, head, table

definitions = kpi.definitions()
in_order = sorted(definitions.values(), key=lambda one: (about.theme_place(one), one.label))

fresh, _ = head.freshness()
head.first_line(f"{len(definitions)} numbers", head.published())
head.headline(
    "What the numbers mean",
    "Each number is written down once, with its question, its cut-off and its range. Pages and checks read the same.",
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
    st.markdown("**Counted from**")
    exports = lineage.exports(one)
    st.markdown(
        "\n".join(f"- {line}" for line in exports) if exports else "Nothing yet: no such export has arrived."
    )
    if exports:
        table.behind(lineage.files_table(one), f"Every file that {one.label} was counted from", "Every file")
    with st.expander("The query, and what it is made by", type="compact"):
        st.code(one.sql, language="sql", wrap_lines=True)
        st.markdown("Made by " + ", ".join(f"`{name}`" for name in lineage.queries(one)) + ".")
    history = kpi.trend(chosen)
    if history["n"].drop_nulls().len():
        with st.expander("Week by week", type="compact"):
            about.figures(history, one)
    else:
        st.markdown(
            ":gray[No figures yet: nothing has arrived that it rests on, too little to show, or no row of `kpi_event` "
            "bears its name.]"
        )

st.header("All of them", anchor=False)
for theme in dict.fromkeys(about.theme(one) for one in in_order):
    st.markdown(f"**{words.capital(theme)}**")
    st.markdown(
        "\n".join(
            f"- **{one.label}.** {one.question} :small[:gray[Counts: {one.cut_off}. Over {about.clock(one)}.]]"
            for one in in_order
            if about.theme(one) == theme
        )
    )

st.header("Words we use", anchor=False)
st.markdown(
    "- **Of 100**: a share, said so that everybody sees people.\n"
    "- **Probably between**: a range that holds the true figure 19 times in 20, for customers like those who "
    "answered.\n"
    "- **No real change**: the last weeks moved no more against those before than they usually do. The alarm is set so "
    "that all the numbers of a block together raise a false one in about one year of seven. The range of a change "
    "is made the same way, so that the two never contradict each other.\n"
    "- **Better, worse**: it moved more than that. It does not say why.\n"
    "- **Too few**: under the smallest group that may be shown, so that nobody can be recognised. **Too few to "
    "read**: under 30. **A hint**: under 100.\n"
    "- **Answers still coming in**: late answers may still move the last weeks, which are dashed.\n"
    "- **New wording, new scale**: the question was changed there, and what is before is not compared with what is "
    "after.\n"
    "- **Drawn by lot**: who got something was decided by chance, so that the difference is due to it."
)

st.header("Where published figures come from", anchor=False)
studies = benchmarks.studies()
st.markdown(
    "Something to hold your own figures against, where both are made alike. Never a goal, never mixed with your own, "
    "and refused where scale or cut-off differ."
    if studies
    else "This build holds no published figures; they come with the next run."
)
if studies:
    with st.expander("Every study: year, people, country, scale", type="compact"):
        st.markdown("\n".join(f"- {told} [Source]({url})" for told, url in studies))

st.header("What care asks for, and where you see it", anchor=False)
st.markdown(
    "Two articles on customer care make claims. Careful measures each, on your customers, and may contradict it."
)
with st.expander("Every claim, and the page that puts it to the test", type="compact"):
    st.markdown(
        "\n".join(
            f"- {claim.claim} :small[:gray[{claim.title}: {claim.sign} ({claim.id})]]"
            for claim in claims.claims()
        )
    )
