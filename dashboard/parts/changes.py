"""'What changed': every number that really moved, by how much, how it splits, and what the data can not say."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboard import briefing, builds, decided, kpi, split, timeline, words
from dashboard.charts import dots
from dashboard.kpi import Reading
from dashboard.parts import picture, table, try_link, verdict
from dashboard.weeks import Week
from pipelines.measures.comparison import BASELINE_WEEKS

SPLIT_BY = ("channel", "segment")
_ROUNDING = 1e-6


@dataclass(frozen=True)
class _Compared:
    """The counts of the weeks in question and of those before, in groups that add up to the whole."""

    dimension: str
    now: pl.DataFrame
    before: pl.DataFrame
    share_of_time: float


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
    """The largest change in full, the others in a sentence each; nothing if none really moved."""
    moved = most_pressing(readings)
    if not moved:
        return
    st.header("What changed", anchor=False)
    first = moved[0]
    channels = by_channel(first, week)
    prose, beside = st.columns([5, 6], gap="medium") if channels.height else (st.container(), None)
    with prose:
        for sentence in sentences(moved, week):
            st.markdown(sentence)
        try_link.show(f"{first.about.label} {briefing.change_in_words(first)}", first.about.kpi)
    if beside is not None:
        with beside:
            st.markdown(
                f":small[:gray[{first.about.label}, by channel. The tick is what is usual. A bar is this week's own "
                "range; whether it moved is judged more strictly.]]"
            )
            picture.show(
                dots.ranges,
                channels,
                name=f"where_{first.about.kpi}",
                takeaway=f"{first.about.label} by channel, this week against what is usual",
                label_pixels=60,
            )
            table.behind(_as_table(channels), f"{first.about.label} by channel")


def most_pressing(readings: list[Reading]) -> list[Reading]:
    """The numbers that really moved: for the worse first, by how far they went."""
    return sorted(
        (reading for reading in readings if reading.has_moved),
        key=lambda reading: (reading.verdict != "worse", -abs(reading.change or 0)),
    )


def sentences(moved: list[Reading], week: Week) -> list[str]:
    """The first of the numbers that moved in full, the others in a sentence each, and why: which is not known."""
    first, *others = moved
    return [*_told(first), *(" ".join(_told(other)) for other in others), _why(moved, week)]


def _told(reading: Reading) -> list[str]:
    """What moved, where, and how many people that are."""
    told = [f"**{reading.about.label}** {briefing.change_in_words(reading)}."]
    parts = compared(reading)
    if parts is None or reading.change is None:
        return told
    places = split.where(parts.now, parts.before)
    if places is None or abs(sum(place.points for place in places) - reading.change) > _ROUNDING:
        return told
    if len(places) > 2:
        told.append(f"**Where:** {split.where_in_words(places, reading.change, parts.dimension)}")
    people = split.people(parts.now, parts.before, parts.share_of_time, better=reading.about.better)
    if people is not None:
        said = split.people_in_words(people, reading.about, reading.weeks, parts.dimension)
        told.append(f"**How many:** {said}")
    return told


def _why(moved: list[Reading], week: Week) -> str:
    """Never why; only what was on the calendar at the same time."""
    first_day = week.starts_on - timedelta(weeks=max(reading.weeks for reading in moved) - 1)
    notes = decided.started(
        builds.rows("select name, starts_on from initiative"),
        builds.rows("select theme, done_on from promise"),
        first_day,
        week.ends_on,
    )
    if not notes:
        return "**Why:** the data cannot say."
    said = words.capital(words.listed(notes))
    return (
        f"**Why:** the data cannot say. On the calendar: {said}. That it was at the same time proves nothing."
    )


@builds.worked_out_once
def compared(reading: Reading) -> _Compared | None:
    """The weeks a number is judged on and those it is compared with; None for a net score, or with nothing before.

    The counts are of channels where a channel is known of all, else of segments, else of everybody together.
    """
    if reading.about.is_net or reading.about.is_counted:
        return None
    counts = builds.rows(
        """
        select iso_week, dimension, member, n, successes from kpi_week
        where kpi = $kpi and dimension in ('all', 'channel', 'segment') and iso_week <= $week
        """,
        kpi=reading.about.kpi, week=reading.iso_week,
    )  # fmt: skip
    cuts = timeline.breaks(reading.about.kpi)["iso_week"]
    since = cuts.filter(cuts <= reading.iso_week).max()
    if since is not None:
        counts = counts.filter(pl.col("iso_week") >= since)
    weeks = counts.filter(pl.col("dimension") == "all")["iso_week"].sort()
    now, before = weeks.tail(reading.weeks), weeks.head(-reading.weeks).tail(BASELINE_WEEKS)
    if before.is_empty():
        return None
    for dimension in (*SPLIT_BY, "all"):
        parts = [_pooled(counts, dimension, chosen) for chosen in (now, before)]
        wholes = [_pooled(counts, "all", chosen) for chosen in (now, before)]
        adds_up = all(part["n"].sum() == whole["n"].sum() for part, whole in zip(parts, wholes, strict=True))
        if adds_up and split.where(*parts) is not None:
            return _Compared(dimension, parts[0], parts[1], now.len() / before.len())
    return None


def _pooled(counts: pl.DataFrame, dimension: str, weeks: pl.Series) -> pl.DataFrame:
    chosen = counts.filter((pl.col("dimension") == dimension) & pl.col("iso_week").is_in(weeks.implode()))
    return chosen.group_by("member").agg(pl.sum("n", "successes")).sort("member")


def by_channel(reading: Reading, week: Week) -> pl.DataFrame:
    """A number in every channel that may be shown, as `charts.dots` draws it."""
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


def _as_table(channels: pl.DataFrame) -> pl.DataFrame:
    return channels.select(
        pl.col("label").alias("Channel"),
        *table.of_100(),
        (pl.col("usual") * 100).round(1).alias("Usually"),
        pl.col("n").alias("Rests on"),
    )
