"""'What changed': every number that really moved, by how much, where, and what the data can not say."""

import polars as pl
import streamlit as st

from dashboard import briefing, builds, kpi
from dashboard.briefing import Place
from dashboard.charts import dots
from dashboard.kpi import Reading
from dashboard.parts import picture, table, verdict
from dashboard.weeks import Week

BASELINE_WEEKS = 12


def worst_channel(reading: Reading) -> tuple[str, Reading] | None:
    """The channel in which a number fell most, where that is a real change of its own."""
    falls = builds.rows(
        """
        select member from kpi_verdict
        where kpi = $kpi and iso_week = $week and dimension = 'channel' and verdict = $direction
        order by abs(change) desc limit 1
        """,
        kpi=reading.about.kpi, week=reading.iso_week,
        direction="down" if reading.about.better == "up" else "up",
    )  # fmt: skip
    if falls.is_empty():
        return None
    channel = falls["member"][0]
    found = kpi.read(reading.about.kpi, reading.iso_week, kpi.Group("channel", channel))
    return (channel, found) if found else None


def section(readings: list[Reading], week: Week) -> None:
    """One paragraph per number that moved, with the picture where there are channels; nothing if none did."""
    moved = [reading for reading in readings if reading.has_moved]
    if not moved:
        return
    st.header("What changed", anchor=False)
    for reading in moved:
        _told(reading, week)


def _told(reading: Reading, week: Week) -> None:
    channels = _by_channel(reading, week)
    prose, beside = st.columns([5, 6], gap="medium") if channels.height else (st.container(), None)
    with prose:
        st.markdown(f"**{reading.about.label}** {briefing.change_in_words(reading)}.")
        places = _places(reading) if reading.change is not None else None
        if places and len(places) > 1 and reading.change is not None:
            st.markdown(f"**Where:** {briefing.where_in_words(places, reading.change)}")
        st.markdown("**Why:** the data cannot say.")
    if beside is not None:
        with beside:
            st.markdown(f":small[:gray[{reading.about.label}, by channel. The tick is what is usual.]]")
            picture.show(
                dots.ranges,
                channels,
                name=f"where_{reading.about.kpi}",
                takeaway=f"{reading.about.label} by channel, this week against what is usual",
                label_pixels=60,
            )
            table.behind(_as_table(channels), f"{reading.about.label} by channel")


def _by_channel(reading: Reading, week: Week) -> pl.DataFrame:
    names = kpi.members(reading.about.kpi, week.iso_week, "channel")["member"].to_list()
    found = [
        (name, one) for name in names
        if (one := kpi.read(reading.about.kpi, week.iso_week, kpi.Group("channel", name))) and one.is_shown
    ]  # fmt: skip
    return pl.DataFrame(
        [
            {"label": name, "value": one.value, "low": one.low, "high": one.high, "n": one.n, "usual": one.usually,
             "role": verdict.role(one)}
            for name, one in found
        ],
        schema={"label": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
                "usual": pl.Float64, "role": pl.String},
    )  # fmt: skip


def _places(reading: Reading) -> list[Place] | None:
    counts = builds.rows(
        """
        select iso_week, dimension, member, n, successes from kpi_week
        where kpi = $kpi and dimension in ('all', 'channel') and iso_week <= $week
        """,
        kpi=reading.about.kpi, week=reading.iso_week,
    )  # fmt: skip
    earlier = counts.filter((pl.col("dimension") == "all") & (pl.col("iso_week") < reading.iso_week))
    before = earlier["iso_week"].sort().tail(BASELINE_WEEKS)
    parts = []
    for chosen in ([reading.iso_week], before.to_list()):
        weeks = counts.filter(pl.col("iso_week").is_in(chosen))
        channels = (
            weeks.filter(pl.col("dimension") == "channel").group_by("member").agg(pl.sum("n", "successes"))
        )
        if channels["n"].sum() != weeks.filter(pl.col("dimension") == "all")["n"].sum():
            return None
        parts.append(channels)
    return briefing.where_it_moved(parts[0], parts[1])


def _as_table(channels: pl.DataFrame) -> pl.DataFrame:
    return channels.select(
        pl.col("label").alias("Channel"),
        (pl.col("value") * 100).round(1).alias("Of 100"),
        (pl.col("low") * 100).round(1).alias("From"),
        (pl.col("high") * 100).round(1).alias("To"),
        (pl.col("usual") * 100).round(1).alias("Usually"),
        pl.col("n").alias("Rests on"),
    )
