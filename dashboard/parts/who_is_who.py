"""'Who is who': how many members of each audience are customers we know, and by what they were recognised."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import builds, journey, web, web_health, words
from dashboard.parts import table

MOST_CARDS = 3
NARROWEST = 280


def section(property_id: str, beside: str) -> None:
    """A card per audience, the customers that can be recognised at all, and Google's count beside ours.

    Args:
        property_id: whose audiences.
        beside: Google's count of orders beside our own; empty where they are not known.
    """
    st.header("Who is who", anchor=False)
    found = web.coverage(property_id)
    if found.is_empty():
        st.markdown(_why_none())
    else:
        with st.grid(MOST_CARDS, min_column_width=NARROWEST, border=True) as grid:
            for row in found.head(MOST_CARDS).iter_rows(named=True):
                with grid.cell(), st.container(gap="xsmall"):
                    _card(row)
    told = [journey.recognisable(found), beside]
    st.markdown(" ".join(sentence for sentence in told if sentence))
    if found.height:
        table.behind(as_table(found), "Members of each audience, by how they were recognised")


def _why_none() -> str:
    ga4 = builds.settings().ga4
    if ga4 is None and not web_health.is_known():
        return "Not shown in your data: members of audiences are only had by asking Google Analytics, not by files."
    if ga4 and ga4.audiences:
        return (
            f"Not shown in your data: of {words.plural(len(ga4.audiences), 'audience')} asked for, none has arrived "
            "with enough members yet. Google takes some minutes to make one, once a day."
        )
    return (
        "Not shown in your data: no audience is asked for. Name those that matter, as Google Analytics calls them, "
        "under `audiences` in `careful.toml`."
    )


def _card(row: dict[str, Any]) -> None:
    known = row["matched_by_user_id"] + row["matched_by_client_id"]
    unused = row["matched_without_consent"]
    st.markdown(f":small[{words.safe(row['audience'])}: customers we know]")
    st.metric(
        row["audience"],
        f"{words.count(known)} of {words.count(row['members'])}",
        label_visibility="collapsed",
    )
    without = (
        f"  \n{words.count(unused)} of those known did not agree to care: counted, not used" if unused else ""
    )
    st.markdown(
        f":small[:gray[{words.count(row['matched_by_user_id'])} by their sign-in, "
        f"{words.count(row['matched_by_client_id'])} by their device, {words.count(row['unmatched'])} not recognised"
        f"{without}  \nCounted on {words.short_day(row['snapshot_on'])}]]"
    )
    groups = web.segments(row["property_id"], row["audience"])
    if groups:
        told = " · ".join(f"{words.safe(member)} {words.count(customers)}" for member, customers in groups)
        st.markdown(f":small[{told}]")


def as_table(found: pl.DataFrame) -> pl.DataFrame:
    """Every audience."""
    return found.select(
        pl.col("audience").alias("Audience"),
        pl.col("members").alias("Members"),
        pl.col("with_user_id").alias("Signed in"),
        pl.col("matched_by_user_id").alias("Known by sign-in"),
        pl.col("matched_by_client_id").alias("Known by device"),
        pl.col("unmatched").alias("Not recognised"),
        pl.col("matched_without_consent").alias("Known, without consent to care"),
        pl.col("snapshot_on").alias("As of"),
    )
