"""What really moved: a verdict on every KPI, week and breakdown."""

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures.change import EFFECTIVE, Rule, family_verdicts

ESTIMATED_BY_COUNT = ("top_customers_with_care",)
FELT_THEMES = ("feelings", "loyalty")
FELT_AT_THE_DESK = ("ces", "csat", "ticket_satisfaction", "nps")
WEBSITE = "web"
CELL = ["kpi", "iso_week", "dimension", "member"]
_COUNTS = ["n", "successes", "opposites", EFFECTIVE]
_TOLD = ["verdict", "change", "change_low", "change_high", "weeks", "level"]


def _verdicts(frames: Frames) -> dict[str, pl.DataFrame]:
    """Closed weeks only: an unfinished week is compared with nothing. Of a hidden cell nothing is told, nor is it in
    the weeks that others are compared with, so that a verdict is on what is shown.

    Three blocks of headlines share a budget each by Holm's rule: what customers say, how we looked after them, and
    what happened on the website. The groups of one KPI and breakdown are explored: Benjamini and Hochberg's rule among
    them, week by week.
    """
    about = frames["definition"].select(
        "kpi", is_net=pl.col("interval") == "nps", theme=pl.col("path").str.split("/").list.get(-2)
    )
    closed = frames["dates"].filter("is_closed").select(pl.col("iso_week").unique())
    breaks = frames["series_break"].select("kpi", "iso_week", restart=pl.lit(True)).unique()
    is_felt = pl.col("theme").is_in(FELT_THEMES) | pl.col("kpi").is_in(FELT_AT_THE_DESK)
    shown = frames["kpi_week"].select(*CELL, is_shown=pl.lit(True))
    cells = (
        frames["kpi_cell"]
        .join(closed, on="iso_week", how="semi")
        .filter(~pl.col("kpi").is_in(ESTIMATED_BY_COUNT))
        .join(about, on="kpi", how="left")
        .join(breaks, on=["kpi", "iso_week"], how="left")
        .join(shown, on=CELL, how="left")
        .with_columns(
            pl.when(pl.col("is_shown").fill_null(False)).then(name).otherwise(0).alias(name)
            for name in _COUNTS
        )
        .with_columns(opposites=pl.when(pl.col("is_net").fill_null(False)).then("opposites"))
    )
    is_headline = pl.col("dimension") == "all"
    block = (
        pl.when(is_felt.fill_null(False))
        .then(pl.lit("felt"))
        .when(pl.col("theme").fill_null("") == WEBSITE)
        .then(pl.lit("website"))
        .otherwise(pl.lit("looked after"))
    )
    rules: list[tuple[pl.Expr, pl.Expr, Rule]] = [
        (is_headline, block, "holm"),
        (~is_headline, pl.struct("kpi", "dimension").rank("dense").cast(pl.String), "benjamini-hochberg"),
    ]
    judged = pl.concat(
        family_verdicts(
            cells.filter(chosen).select(*CELL, *_COUNTS, "restart", family=family),
            ["kpi", "dimension", "member"],
            rule,
        )
        for chosen, family, rule in rules
    )
    return {"kpi_verdict": judged.select(*CELL, *_TOLD).sort(CELL)}


MEASURE = Measure(
    "change",
    frozenset({"kpi_cell", "kpi_week", "dates", "definition", "series_break"}),
    ("kpi_verdict",),
    _verdicts,
    publish="careful",
)
