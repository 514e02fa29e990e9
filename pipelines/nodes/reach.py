"""Whom we hear: scores weighted to the customer base, scores at a fixed mix, and how alike the groups answer."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from pipelines.engine.graph import Frames, Measure
from pipelines.measures import standardise, weights
from pipelines.measures.proportions import wilson

BASE = ("segment", "region", "value_band")
_WINDOW = ("kpi", "iso_week", "weeks")

_WEIGHTED = {
    "kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64, "n": pl.Int64, "n_unknown": pl.Int64,
    "effective_n": pl.Float64, "share": pl.Float64, "share_weighted": pl.Float64,
    "share_weighted_low": pl.Float64, "share_weighted_high": pl.Float64, "largest_gap": pl.Float64,
    "bound_low": pl.Float64, "bound_high": pl.Float64, "invited": pl.Int64, "answered_share": pl.Float64,
}  # fmt: skip
_MIX_ADJUSTED = {
    "kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64, "dimension": pl.String, "share": pl.Float64,
    "share_low": pl.Float64, "share_high": pl.Float64, "n": pl.Int64,
}  # fmt: skip
_REPRESENTATIVE = {
    "iso_week": pl.String, "weeks": pl.Int64, "r_indicator": pl.Float64, "r_indicator_low": pl.Float64,
    "r_indicator_high": pl.Float64, "n": pl.Int64,
}  # fmt: skip
_GROUP = {
    "dimension": pl.String, "member": pl.String, "customers": pl.Int64, "invited": pl.Int64, "answered": pl.Int64,
    "answered_share": pl.Float64, "answered_share_low": pl.Float64, "answered_share_high": pl.Float64,
}  # fmt: skip


def net_scores(definition: pl.DataFrame) -> frozenset[str]:
    """The KPIs that are successes less opposites."""
    return frozenset(definition.filter(pl.col("interval") == "nps")["kpi"].to_list())


def _reach(frames: Frames) -> dict[str, pl.DataFrame]:
    net = net_scores(frames["definition"])
    return {
        "kpi_weighted": pl.DataFrame(_weighted(frames, net), schema=_WEIGHTED),
        "kpi_mix_adjusted": pl.DataFrame(_mix_adjusted(frames["mix_cell"], net), schema=_MIX_ADJUSTED),
        "representativeness": pl.DataFrame(
            _representative(frames["invitation_cell"]), schema=_REPRESENTATIVE
        ),
        "reach_group": pl.DataFrame(_groups(frames["reach_cell"]), schema=_GROUP),
    }


def _weighted(frames: Frames, net: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Answers of people outside the customer base count in `n` and `share`, as in the KPI, and get no weight.

    Nor do those of a group of which nobody is left in the base; a window with fewer than ten weighted answers is
    left out. Who answered a survey but skipped the item is as silent as the others: the bounds go by the fewer of
    the surveys and the answers that came back.
    """
    base = frames["customer_cell"]
    everybody = int(base["customers"].sum())
    targets = {
        column: {
            level: customers / everybody
            for level, customers in base.group_by(column)
            .agg(pl.col("customers").sum())
            .sort(column)
            .iter_rows()
        }
        for column in BASE
    }
    asked = _asked(frames)
    for (kpi, iso_week, weeks), window in _windows(frames["answer_cell"], _WINDOW):
        known = window.filter(pl.col(column).is_in(list(targets[column])) for column in BASE).with_columns(
            count="n"
        )
        if known["n"].sum() < weights.SMALLEST_GROUP:
            continue
        raked, met = _raked(known, targets)
        share, low, high, effective_n = weights.weighted_score(raked, net=kpi in net)
        n, successes, opposites = window.select("n", "successes", "opposites").sum().row(0)
        plain = (successes - opposites) / n if kpi in net else successes / n
        record = {
            "kpi": kpi,
            "iso_week": iso_week,
            "weeks": weeks,
            "n": n,
            "n_unknown": n - int(known["n"].sum()),
            "effective_n": effective_n,
            "share": plain,
            "share_weighted": share,
            "share_weighted_low": low,
            "share_weighted_high": high,
            "largest_gap": weights.largest_gap(raked, met),
        }
        invited, answered = asked.get((kpi, iso_week, weeks), (0, 0))
        if invited:
            answered_share = min(answered, n) / invited
            bounds = weights.worst_case(plain, answered_share, net=kpi in net)
            record |= {"bound_low": bounds[0], "bound_high": bounds[1], "invited": invited}
            record |= {"answered_share": answered_share}
        yield record


def _raked(known: pl.DataFrame, targets: weights.Targets) -> tuple[pl.DataFrame, weights.Targets]:
    """To as many of the columns, in their order, as those who answered can meet together."""
    frame, met = weights.collapse(known, targets)
    while True:
        try:
            return weights.rake(frame, met), met
        except weights.TargetsConflict:
            met = {column: met[column] for column in list(met)[:-1]}


def _asked(frames: Frames) -> Mapping[tuple[Any, ...], tuple[int, int]]:
    """Invited and answered by KPI and window, of the surveys that carry the KPI's item."""
    invited = (
        frames["item_survey"]
        .join(frames["invitation_cell"], on="survey")
        .group_by("item", "iso_week", "weeks")
        .agg(pl.col("invited").sum(), pl.col("answered").sum())
    )
    return {row[:3]: (int(row[3]), int(row[4])) for row in invited.iter_rows()}


def _mix_adjusted(cells: pl.DataFrame, net: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Windows in which too much of the mix is silent have no line."""
    for (kpi, iso_week, weeks, dimension), window in _windows(cells, (*_WINDOW, "dimension")):
        mix = dict(window.select("member", "mix_n").iter_rows())
        if 1 - standardise.covered_share(window, mix) > standardise.LARGEST_GAP:
            continue
        share, low, high = standardise.standardised_share(window, mix, net=kpi in net)
        yield {
            "kpi": kpi,
            "iso_week": iso_week,
            "weeks": weeks,
            "dimension": dimension,
            "share": share,
            "share_low": low,
            "share_high": high,
            "n": int(window["n"].sum()),
        }


def _representative(cells: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Of people in the customer base; where there are no two groups to compare, nothing is said."""
    known = cells.filter(pl.col("segment").is_not_null())
    for (iso_week, weeks), window in _windows(known, ("iso_week", "weeks")):
        groups = window.group_by(BASE).agg(pl.col("invited").sum(), pl.col("answered").sum()).sort(BASE)
        if groups.filter(pl.col("invited") >= weights.SMALLEST_GROUP).height < 2:
            continue
        r, low, high = weights.r_indicator(groups)
        yield {
            "iso_week": iso_week,
            "weeks": weeks,
            "r_indicator": r,
            "r_indicator_low": low,
            "r_indicator_high": high,
            "n": int(groups["invited"].sum()),
        }


def _groups(cells: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in cells.sort("dimension", "member").iter_rows(named=True):
        invited, answered = row["invited"], row["answered"]
        low, high = wilson(answered, invited) if invited else (None, None)
        yield row | {
            "answered_share": answered / invited if invited else None,
            "answered_share_low": low,
            "answered_share_high": high,
        }


def _windows(cells: pl.DataFrame, by: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], pl.DataFrame]]:
    """Each window with its rows in a fixed order: sums of floats depend on it."""
    rest = [column for column in cells.columns if column not in by]
    return iter(cells.sort(*by, *rest).group_by(*by, maintain_order=True))


MEASURE = Measure(
    "reach",
    frozenset(
        {
            "answer_cell",
            "customer_cell",
            "invitation_cell",
            "item_survey",
            "mix_cell",
            "reach_cell",
            "definition",
        }
    ),
    ("kpi_weighted", "kpi_mix_adjusted", "representativeness", "reach_group"),
    _reach,
    publish="careful",
)
