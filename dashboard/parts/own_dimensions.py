"""'Your own dimensions' on Data health: which are shown, and why the others are not."""

from typing import Any

import streamlit as st

from dashboard import breakdowns, builds, words

_WHY_NOT = {
    "no file yet": "no file that has arrived since it was declared has this column. The next full export fills it",
    "no values": "the column has arrived and is empty",
    "too many": "the column has too many different values to be groups",
    "hardly repeats": "the column hardly repeats its values, as names and numbers do; they stay in the original file",
    "personal": "the column looks personal; its values stay in the original file",
}


def section() -> None:
    """A line for each; nothing where the company declared none."""
    if not builds.has("own_dimension"):
        return
    declared = builds.rows("select * from own_dimension order by state = 'shown', dimension")
    if declared.is_empty():
        return
    st.header("Your own dimensions", anchor=False)
    st.markdown("  \n".join(line(one) for one in declared.iter_rows(named=True)))


def line(one: dict[str, Any]) -> str:
    """What a dimension is made of, or why it is not shown, as Markdown."""
    label = words.safe(words.capital(breakdowns.named(one["dimension"])))
    column = f"**{label}** :small[:gray[{words.source(one['source'])}, column {words.safe(one['label'])}]]"
    if one["state"] == "shown":
        groups = words.plural(one["members"], "group")
        return (
            f":gray[:material/check:] {column}: {groups}, told by {words.plural(one['records'], 'record')}."
        )
    return f":orange[:material/priority_high:] {column}: {_WHY_NOT[one['state']]}."
