"""Who is on top: three definitions, value and feeling, who moved, who cooled down, and how much rests on few."""

import streamlit as st

from dashboard import builds, customers, on_top, words
from dashboard.charts import amounts, matrix, portion
from dashboard.parts import picture, table


def three_ways(minimum: int) -> None:
    """Three definitions side by side, and how far they agree. Nothing where the build has no such table."""
    if not builds.has("value_overlap"):
        return
    found = builds.rows("select * from value_overlap order by position")
    st.header("Three ways to be on top", anchor=False)
    drawn = on_top.overlap(found)
    if drawn.is_empty():
        st.markdown("Only one way to say who is on top is known here, or too few customers are.")
        return
    told = on_top.overlap_in_words(found)
    st.markdown(f"{told}\n\n{on_top.definitions(found, on_top.referrals_known())}")
    picture.show(portion.portion, drawn, name="overlap", takeaway=told)
    hidden = on_top.hidden_in_words(drawn, minimum)
    st.markdown(f":small[:gray[Everyone is counted, so there is no range.{f' {hidden}' if hidden else ''}]]")


def spend_and_feeling(minimum: int) -> None:
    """Customers by what they spend and how they felt when last asked."""
    st.header("Spend and feeling", anchor=False)
    cells = customers.matrix()
    st.markdown(customers.matrix_in_words(cells))
    picture.show(
        matrix.matrix, cells, name="matrix", takeaway=customers.matrix_in_words(cells),
        rows=tuple(customers.VALUE_BANDS.values()), columns=tuple(customers.EMOTION_BANDS.values()),
    )  # fmt: skip
    hidden = _hidden(cells["customers"].null_count(), minimum)
    st.markdown(
        ":small[:gray[Customers, by spend in two years and by how they felt when last asked (6–7 good, 1–3 bad). "
        f"Stronger colour: a larger part of the row.{hidden}]]"
    )
    table.behind(
        cells.select("row", "column", "customers").rename(
            {"row": "Spend", "column": "Felt", "customers": "Customers"}
        ),
        "Customers by spend and feeling",
    )


def movers(minimum: int) -> None:
    """Who moved between bands since a year ago. Nothing where the build has no such table."""
    if not builds.has("value_mover"):
        return
    st.header("Who moved in a year", anchor=False)
    cells = on_top.movers()
    if cells.is_empty():
        st.markdown("The orders do not reach two years back, so there is no year to compare with.")
        return
    told = on_top.movers_in_words(cells)
    st.markdown(told)
    picture.show(
        matrix.matrix, cells, name="movers", takeaway=told.replace("**", ""), titles=("A year ago", "Now"),
        rows=tuple(on_top.CAME_FROM.values()), columns=tuple(on_top.NOW.values()),
    )  # fmt: skip
    hidden = _hidden(cells["customers"].null_count(), minimum)
    st.markdown(
        ":small[:gray[Rows: spend of the year before last, and who is new since; columns: spend of the last year. "
        f"Everyone is counted. Many at the top of one year are not so in the next, whatever we do.{hidden}]]"
    )
    table.behind(
        cells.select("row", "column", "customers").rename(
            {"row": "A year ago", "column": "Now", "customers": "Customers"}
        ),
        "Customers by spend a year ago and now",
    )


def cooled() -> None:
    """Whether those on top cooled down, less what would have happened anyway. Nothing where the build can't tell."""
    if not builds.has("top_cooled"):
        return
    st.header("Did our top customers cool down?", anchor=False)
    one = on_top.cooled()
    if one is None:
        st.markdown(
            "Can't tell yet: that needs orders of two years, enough who bought again, and a forecast that holds."
        )
        return
    told = on_top.cooled_in_words(one)
    st.markdown(f"**{on_top.cooled_answer(one)}** {told}")
    picture.show(
        amounts.amounts, on_top.cooled_drawn(one), name="cooled", form=".1f", unit="purchases each in a year",
        takeaway=f"{on_top.cooled_answer(one)} {told.replace('**', '')}", label_pixels=120,
    )  # fmt: skip
    with st.expander("How this was worked out", type="compact"):
        st.markdown(on_top.cooled_method(one))


def concentration() -> None:
    """What part of sales the most valuable bring. Nothing where the build has no such table."""
    if not builds.has("concentration"):
        return
    found = on_top.concentration()
    st.header("How much rests on few", anchor=False)
    told = on_top.concentration_in_words(found)
    st.markdown(told)
    if found.height:
        picture.show(
            portion.portion,
            on_top.concentration_drawn(found),
            name="concentration",
            takeaway=told.replace("**", ""),
        )


def _hidden(cells: int, minimum: int) -> str:
    if not cells:
        return ""
    return f" {words.plural(cells, 'cell')} hidden: under {minimum} people, or so that no total gives those away."
