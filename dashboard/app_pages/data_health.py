import polars as pl
import streamlit as st

from dashboard import arrivals, builds, health, traps, web, words
from dashboard.parts import head, own_dimensions, pulls, source_card, states, table

MOST_NAMED = 3

things = builds.rows("select * from data_health")
refused = health.refusals()
recent = refused.filter("is_open")
last_refused = set(refused.filter("is_last")["source"]) if "source" in refused.columns else set()
checks = builds.rows("select * from check_result order by passed, severity, name")
failed = checks.filter(~pl.col("passed"))
late = things.filter("is_late")["source"].n_unique()
week = head.latest_week()
unmapped = arrivals.unmapped()
not_in = {one.source for one in arrivals.late(week)} if week else set()

fresh, is_late = head.freshness()
head.first_line(head.published(), fresh, amber=is_late)
aside_questions = health.questions_aside()
head.headline(
    health.headline(
        things, recent.height, failed.height, late, web.problems().height, len(aside_questions), unmapped
    )
)

if things.is_empty():
    states.no_files()
else:
    total = things.sum().to_dicts()[0]
    st.markdown(
        f"{health.account(total)}. "
        + ("It adds up, in every file." if all(map(health.adds_up, things.to_dicts())) else "**It does not add up.**")
        + health.dropped_in_words(total["rows_dropped"])
    )  # fmt: skip

    st.header("What has arrived", anchor=False)
    with st.grid(3, min_column_width=280, border=True) as grid:
        for one in health.by_source(things):
            with grid.cell(), st.container(gap="xsmall"):
                source_card.card(
                    one, is_missing=one["source"] in not_in, is_refused=one["source"] in last_refused
                )
    table.behind(
        health.objects_table(things), "What has arrived, per source and object", "All of it as a table"
    )
    if unmapped:
        states.unmapped(unmapped)

pulls.section()

st.header("Refused files", anchor=False)
if refused.is_empty():
    st.markdown("None. Every file could be read.")
elif recent.is_empty():
    st.markdown(
        "Nothing was refused lately. What was refused before has been followed by files that could be read."
    )
for files in health.alike(recent):
    with st.container(border=True, gap="xsmall"):
        names = [words.safe(one["file"]) for one in files[:MOST_NAMED]]
        rest = f" and {words.number_word(len(files) - MOST_NAMED)} more" if files[MOST_NAMED:] else ""
        st.markdown(f":orange[:material/block:] **{', '.join(names)}{rest}**")
        st.markdown(words.reason(files[0]["reason"]))
        st.markdown(f":small[:gray[{health.received(files)}{health.likely_from(files[0])}]]")
if len(health.alike(recent)) < refused.height:
    table.behind(health.refusals_table(refused), "Refused files", "Every refused file")

if aside_questions:
    st.header("Questions left aside", anchor=False)
    st.markdown(
        ":small[:gray[Files of your own that can not be asked. They count from the first run on after they are put "
        "right; one that lies over a question of the product leaves that one in force.]]"
    )
    st.markdown(
        "\n".join(f"- **{words.safe(name)}** {words.safe(why)}" for name, why in aside_questions.items())
    )

st.header("Rows set aside", anchor=False)
aside = builds.rows("select * from quarantine_summary order by rows desc")
if aside.is_empty():
    st.markdown("None. Every row kept its contract.")
else:
    st.markdown(
        ":small[:gray[A row that breaks a rule is set aside, not guessed at. Only where it stood is kept, never what "
        "was in it.]]"
    )
    st.markdown(health.aside_in_words(aside))

own_dimensions.section()

st.header("What looks odd", anchor=False)
odd = traps.sentences()
if not odd:
    st.markdown(
        "Nothing. No score that knows too much or points the wrong way, no time that runs backwards, no 0 that means "
        "nothing, no survey answered with one number throughout, no answer that came twice."
    )
for sentence in odd:
    st.markdown(f":orange[:material/priority_high:] {sentence}")

st.header("Checks", anchor=False)
st.markdown(
    f"{checks.height - failed.height} of {checks.height} checks hold. A check that must hold and does not keeps the "
    "new numbers from being published."
)
lines = []
for one in checks.iter_rows(named=True):
    icon = ":gray[:material/check:]" if one["passed"] else ":orange[:material/priority_high:]"
    rows = f" **{words.plural(one['rows'], 'row')}**" if not one["passed"] else ""
    lines.append(f"{icon} {one['about'].strip()}.{rows}")
st.markdown("  \n".join(lines))

st.header("Publications", anchor=False)
shown = builds.build()
st.markdown(health.publications(shown.id if shown else ""))
runs = health.runs()
if not runs.is_empty():
    table.behind(runs, "The last ten runs", "The last ten runs")
if not things.is_empty():
    table.behind(health.files_table(), "Every file received", "Every file received")
