"""'How did we check?': the four views of who goes with loyalty, one click down."""

import polars as pl
import streamlit as st

from dashboard import loyalty, words
from dashboard.charts import dots, heat
from dashboard.parts import picture, table

LEVELS = {
    "as counted": {"high": "who rated it high (6–7)", "low": "who rated it low (1–3)"},
    "same-size groups": {"high": "in the upper group", "low": "in the lower group"},
    "others held equal": {"high": "if they rated it high", "low": "if they rated it low"},
}


def expander(shares: pl.DataFrame, minimum: int) -> None:
    """Four tabs; each says what it guards against, and shows figures with ranges and counts.

    Args:
        shares: rows of `loyalty_table`, of all views.
        minimum: people under which a cell is hidden.
    """
    views = [view for view in loyalty.VIEWS if shares.filter(pl.col("view") == view).height]
    with st.expander("How did we check?", icon=":material/fact_check:"):
        for view, tab in zip(views, st.tabs([loyalty.VIEWS[view] for view in views]), strict=True):
            with tab:
                st.markdown(loyalty.GUARDS[view])
                if view == "share explained":
                    _shares_explained(shares)
                else:
                    _high_and_low(shares, view)
                hidden = loyalty.hidden_in_words(shares, view, minimum)
                if hidden:
                    st.markdown(f":small[:gray[{hidden}.]]")
        st.markdown(
            ":small[:gray[The verdict weighs the three against each other and does not depend on where “high” begins: "
            "each answer is taken as a point on a scale without steps, and the behaviour is set against all three "
            "together. All four behaviours together have one chance in twenty of naming a leader falsely.]]"
        )
        table.behind(
            loyalty.as_table(shares), "Loyalty by what customers rated, in four views, with ranges and counts"
        )


def _high_and_low(shares: pl.DataFrame, view: str) -> None:
    rows, columns = loyalty.rows_and_columns()
    sides = st.columns(2, gap="large")
    for side, (level, says) in zip(sides, LEVELS[view].items(), strict=True):
        cells = loyalty.cells(shares, level, view)
        with side:
            st.markdown(f"**Of 100 {says}**  \n:small[:gray[below: probably between, and how many answered]]")
            picture.show(
                heat.heat, cells, name=f"heat_{view}_{level}".replace(" ", "_"), rows=rows, columns=columns,
                takeaway=f"{loyalty.VIEWS[view]}: of 100 {says}, so many would do it. {_extremes(cells)}",
            )  # fmt: skip


def _shares_explained(shares: pl.DataFrame) -> None:
    st.markdown(
        ":small[:gray[Of 100 parts of the variation in the answer. Beside the name: how many answered.]]"
    )
    picture.show(
        dots.ranges, loyalty.panels(shares, "all", "share explained"), name="share_explained", label_pixels=165,
        takeaway="Of all the variation in each behaviour, how much goes with success, effort and emotion",
    )  # fmt: skip


def _extremes(cells: pl.DataFrame) -> str:
    known = cells.drop_nulls("value").sort("value")
    if known.is_empty():
        return "All cells are too small to show."
    least, most = known.row(0, named=True), known.row(-1, named=True)
    told = (
        f"{words.of_100(one['value'])} for {one['row'].lower()}, {one['column'].lower()}"
        for one in (most, least)
    )
    return f"Highest {next(told)}; lowest {next(told)}."
