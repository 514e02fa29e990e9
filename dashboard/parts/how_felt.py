"""'How customers felt': cards, the long trend and the league, for the group that the reader chose."""

import polars as pl
import streamlit as st

from dashboard import breakdowns, builds, events, felt, kpi, words
from dashboard.arrivals import Late
from dashboard.charts import dots, long_trend
from dashboard.charts.colours import Role
from dashboard.kpi import Group, Reading
from dashboard.loyalty import ROLES
from dashboard.parts import about, filters, number, picture, table
from dashboard.weeks import Week


def for_whom(group: Group, week: Week) -> None:
    """That the filter holds here, and to when the figures reach."""
    if group.is_everyone:
        st.markdown(f":small[:gray[All customers, to {words.day(week.ends_on)}.]]")
        return
    only = words.capital(filters.in_words(group))
    st.markdown(
        f":blue-badge[{only}] :small[:gray[in the cards and the years below, to {words.day(week.ends_on)}; everything "
        "else on this page is about all customers.]]"
    )


def cards(readings: list[Reading], late: list[Late], group: Group) -> None:
    """Number cards in a grid."""
    with st.grid(3, min_column_width=250, border=True) as grid:
        for reading in readings:
            with grid.cell():
                number.card(reading, late, group)


def section(readings: list[Reading], late: list[Late], group: Group, week: Week) -> None:
    """Cards, the other ways to count them, the long trend and the league."""
    st.header("How customers felt", anchor=False)
    for_whom(group, week)
    cards(readings, late, group)
    labels = {name: about.label for name, about in kpi.definitions().items()}
    counted = felt.windows(felt.CARDS, week.iso_week, group)
    if counted:
        with st.expander("The same answers as a net figure and as a mean", type="compact"):
            table.plain(
                felt.net_and_mean(counted, labels),
                "The same answers as a net figure and as a mean, with ranges",
            )
            st.markdown(
                ":small[:gray[In brackets: 95 % range. Net: how many of 100 said 6–7, less how many said 1–3. A mean "
                "hides how many felt bad.]]"
            )
    _over_the_years(group, labels, week)


def _over_the_years(group: Group, labels: dict[str, str], week: Week) -> None:
    known = [
        name for name in felt.LONG
        if name in labels and kpi.trend(name, group)["value"].drop_nulls().len() >= felt.FEWEST_WEEKS
    ]  # fmt: skip
    if not known:
        return
    st.subheader("Over the years", anchor=False)
    chosen = st.selectbox(
        "Number", known, key="long_look", bind="query-params", format_func=labels.__getitem__,
        label_visibility="collapsed", width=290,
    )  # fmt: skip
    name = chosen if chosen in known else known[0]
    weeks = felt.history(name, group).filter(pl.col("iso_week") <= week.iso_week)
    st.markdown(felt.trend_in_words(weeks, labels[name]))
    role: Role = ROLES.get(name, "steady")
    happened = events.shown(weeks["week_ends_on"], group, name)
    picture.show(
        long_trend.long_trend, weeks, name="long_trend", role=role, events=happened,
        takeaway=f"{labels[name]}, {weeks.height} weeks: {felt.trend_in_words(weeks, labels[name]).replace('**', '')}",
    )  # fmt: skip
    st.markdown(f":small[:gray[{_legend(weeks, name)}]]")
    table.behind(_as_table(events.with_weeks(weeks, happened)), f"{labels[name]}, week by week")
    if group.is_everyone:
        _league(name, labels[name], week)


def _league(name: str, label: str, week: Week) -> None:
    if not builds.has("league"):
        return
    leagues = {
        dimension: found for dimension in breakdowns.offered()
        if (found := felt.rows_of_league(name, dimension, week.iso_week)).height
    }  # fmt: skip
    if not leagues:
        return
    by = {dimension: breakdowns.named(dimension) for dimension in leagues}
    with st.expander(
        f"“{label}” by {words.listed(list(by.values()))}: who surely stands first or last?",
        icon=":material/leaderboard:",
    ):
        for tab, (dimension, rows) in zip(
            st.tabs([f"By {one}" for one in by.values()]), leagues.items(), strict=True
        ):
            with tab:
                st.markdown(felt.league_in_words(rows))
                picture.show(
                    dots.ranges, felt.league(rows), name=f"league_{dimension}", label_pixels=150,
                    takeaway=f"{label} by {by[dimension]}: {felt.league_in_words(rows)}",
                )  # fmt: skip
                table.behind(_league_table(rows), f"{label} by {by[dimension]}, with places")
        st.markdown(
            ":small[:gray[Each figure is drawn towards the mean of all, the more so the fewer answered: a small group "
            "is first or last by chance alone. “Place 1 to 3”: any of these fits what was answered.]]"
        )


def _legend(weeks: pl.DataFrame, name: str) -> str:
    told = [
        f"Each point covers {words.plural(kpi.definitions()[name].clock_weeks, 'week')}; band: probably between."
    ]
    if "same_mix" in weeks.columns and weeks["same_mix"].drop_nulls().len():
        told.append("Thin line: what it would be had the mix of customers who answer never changed.")
    if weeks["breaks"].drop_nulls().len():
        told.append("Amber: the question or its scale changed, so the two sides can not be compared.")
    return " ".join(told)


def _as_table(weeks: pl.DataFrame) -> pl.DataFrame:
    mix = [(pl.col("same_mix") * 100).round(1).alias("Unchanged mix")] if "same_mix" in weeks.columns else []
    return (
        weeks.drop_nulls("value")
        .sort("iso_week", descending=True)
        .select(
            pl.col("iso_week").alias("Week"),
            *table.of_100(),
            *mix,
            pl.col("n").alias("Answers"),
            *about.happened(weeks),
        )
    )


def _league_table(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("rank").select(
        pl.col("member").alias("Group"),
        pl.col("rank_low").alias("Place from"),
        pl.col("rank_high").alias("to"),
        *table.of_100("shrunk", "shrunk_low", "shrunk_high"),
        (pl.col("share") * 100).round(1).alias("As counted"),
        pl.col("n").alias("Answers"),
    )
