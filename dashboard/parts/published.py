"""Published figures with where they come from: what stands beside our own, what is refused and why."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import benchmarks, builds, words
from dashboard.parts import table

SWITCH = "would_switch"
AT_RISK = "sales_at_risk"
FIRM = ("extremely willing", "very willing")
LEVELS = (*FIRM, "somewhat willing", "not willing")


def is_known() -> bool:
    """The build holds published figures."""
    return builds.has("benchmark")


def beside(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `loyalty.panels` with the comparable figure and its year, where there is one."""
    ticks = _ticks() if is_known() else pl.DataFrame()
    if ticks.is_empty():
        return rows
    return rows.join(
        ticks.select("behaviour", "driver", "published", published_says="year"), on=["behaviour", "driver"], how="left",
        maintain_order="left",
    )  # fmt: skip


def drawer() -> None:
    """Where the ticks come from, and which published figures are not drawn, with the reason."""
    if not is_known():
        return
    compared = _of_all_cells()
    drawn = set(_ticks()["benchmark_id"])
    shown = [one for one in compared if one.figure["benchmark_id"] in drawn]
    with st.expander("Where the published figures come from", icon=":material/menu_book:"):
        if shown:
            table.behind(
                _sources(shown),
                "Published figures beside our own, with their sources",
                "The ticks, one by one",
            )
            st.markdown(
                "\n".join(f"- {caveat}" for caveat in dict.fromkeys(c for one in shown for c in one.caveats))
            )
        else:
            st.markdown("No published figure was made like ours, so no tick is drawn.")
        older = [one for one in compared if one.is_comparable and one.figure["benchmark_id"] not in drawn]
        if older:
            table.behind(
                _sources(older),
                "Published figures like ours, of other years",
                "Also like ours, not drawn: another study of the same",
            )
        refused = [one for one in compared if not one.is_comparable]
        if refused:
            table.behind(
                _refused(refused), "Published figures that are not made like ours, and why",
                f"Not shown beside ours: {words.plural(len(refused), 'figure')}, each with the reason",
            )  # fmt: skip


def would_switch() -> None:
    """How many said they would go elsewhere, by how firmly: context, not our number."""
    order = {level: place for place, level in enumerate(LEVELS)}
    split = _figures(SWITCH)
    st.markdown("**For context: what others asked**")
    if split.is_empty():
        st.markdown("No published figures in these numbers.")
        return
    split = split.sort(pl.col("cut_off").replace_strict(order, default=len(order), return_dtype=pl.Int64))
    firm = float(split.filter(pl.col("cut_off").is_in(FIRM))["value"].sum())
    first = split.row(0, named=True)
    willing = float(split.filter(pl.col("cut_off") != "not willing")["value"].sum())
    asked = f"more than {words.count(first['n'])} asked" if first["n"] else "number asked not published"
    st.markdown(
        f"Of 100 consumers asked, the often quoted {words.of_100(willing)} who would switch after a bad experience "
        f"add up three levels; {words.of_100(firm)} say so firmly (published: {words.safe(first['source'])}, {asked}, "
        f"country {first['country']}). What people say, not what they did."
    )
    table.plain(
        pl.DataFrame(
            {
                "Willing to switch": [words.capital(level) for level in split["cut_off"]],
                "Published, %": [words.decimal(value * 100, 1) for value in split["value"]],
            }
        ),
        "How willing consumers said they were to switch after a bad experience",
    )
    st.markdown(":small[:gray[Not drawn beside ours: we count what customers did.]]")


def sales_at_risk() -> None:
    """What was published about sales at risk, by year."""
    figures = _figures(AT_RISK).sort("year")
    if figures.is_empty():
        return
    told = (f"{benchmarks.figure_in_words(row)} ({row['year']})" for row in figures.iter_rows(named=True))
    st.markdown(
        f"Published in this way: {words.listed(list(told))}. Customers recalled it themselves, so it is context and no "
        "yardstick."
    )


def _figures(kpi: str) -> pl.DataFrame:
    if not is_known():
        return pl.DataFrame()
    return builds.rows("select * from benchmark where kpi = $kpi order by value desc", kpi=kpi).filter(
        pl.col("kpi") == kpi
    )


@builds.worked_out_once
def _of_all_cells() -> list[benchmarks.Compared]:
    found = {
        one.figure["benchmark_id"]: one
        for behaviour in words.BEHAVIOURS
        for driver in words.DRIVERS
        for one in benchmarks.of_loyalty(behaviour, driver)
    }
    return list(found.values())


@builds.worked_out_once
def _ticks() -> pl.DataFrame:
    """The comparable figures, with the id and the year of each."""
    told = {benchmarks.provenance(one.figure): one.figure for one in _of_all_cells()}
    by_cell = {
        (one.figure["behaviour"], one.figure["driver"], benchmarks.provenance(one.figure)): one.figure
        for one in _of_all_cells()
    }
    ticks = benchmarks.ticks()
    assert set(ticks["told"]) <= set(told)
    return ticks.with_columns(
        pl.struct("behaviour", "driver", "told")
        .map_elements(
            lambda row: by_cell[row["behaviour"], row["driver"], row["told"]]["benchmark_id"],
            return_dtype=pl.String,
        )
        .alias("benchmark_id"),
        pl.col("told").map_elements(lambda one: _year(told[one]), return_dtype=pl.String).alias("year"),
    )


def _year(figure: dict[str, Any]) -> str:
    return f"{figure['year']}" if figure["is_year_certain"] else f"about {figure['year']}"


def _sources(compared: list[benchmarks.Compared]) -> pl.DataFrame:
    return pl.DataFrame([_row(one.figure) for one in compared])


def _refused(compared: list[benchmarks.Compared]) -> pl.DataFrame:
    kept = ("Would", "Rated", "Published", "Year")
    return pl.DataFrame(
        [
            {name: _row(one.figure)[name] for name in kept}
            | {"Why not shown": words.capital(one.why_not), "Source": one.figure["source"]}
            for one in compared
        ]
    )


def _row(figure: dict[str, Any]) -> dict[str, str]:
    assumed = ", assumed" if figure["is_cut_off_assumed"] else ""
    return {
        "Would": words.capital(words.BEHAVIOURS.get(figure["behaviour"] or "", figure["behaviour"] or "")),
        "Rated": words.DRIVERS.get(figure["driver"] or "", figure["driver"] or ""),
        "Published": benchmarks.figure_in_words(figure),
        "Year": _year(figure),
        "Asked": words.count(figure["n"]) if figure["n"] else "not published",
        "Scale": figure["scale"] or "not published",
        "Counted": f"{figure['cut_off'] or 'not published'}{assumed}",
        "Country": figure["country"] or "not said",
        "Source": figure["source"],
    }
