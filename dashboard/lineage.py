"""Where a number comes from: the exports it was counted from, and the queries in between."""

import polars as pl

from dashboard import arrivals, builds, health, words
from dashboard.kpi import Definition
from dashboard.weeks import local
from pipelines.questions import ANCESTORS

_LANDED, _OWN, _STAGED = "landing.", "staged.", "staging."


def exports(about: Definition) -> list[str]:
    """One line per export that a number was counted from: `Qualtrics survey answers: 9 files, …`."""
    summed = (
        _files(about)
        .group_by("source", "object", maintain_order=True)
        .agg(files=pl.len(), rows=pl.sum("rows_loaded"), last_at=pl.max("received_at"))
    )
    return [
        f"{words.source(row['source'])} {words.thing(row['object'])}: {words.plural(row['files'], 'file')}, "
        f"{words.plural(row['rows'], 'row')}, the last on {words.short_day(local(row['last_at']))}"
        for row in summed.iter_rows(named=True)
    ]


def files_table(about: Definition) -> pl.DataFrame:
    """Every file that a number was counted from, newest first."""
    return (
        _files(about)
        .sort("received_at", "file", descending=True)
        .select(
            pl.col("file").alias("File"),
            health.moment("received_at").alias("Received"),
            pl.col("rows_loaded").alias("Rows loaded"),
            pl.col("content_hash").str.head(12).alias("Fingerprint"),
        )
    )


def _files(about: Definition) -> pl.DataFrame:
    landed = builds.rows(
        "select source, object, source || '__' || object as name, file, received_at, rows_loaded, content_hash "
        "from load order by source, object, received_at"
    )
    counted = builds.rows("select source from kpi_source where kpi = $kpi", kpi=about.kpi)["source"]
    objects = arrivals.rests_on(about)
    reached = {name.removeprefix(_LANDED) for name in _ancestors(about) if name.startswith(_LANDED)}
    return landed.filter(
        pl.col("name").is_in(reached)
        & (pl.col("object").is_in(objects) if objects else pl.lit(value=True))
        & (pl.col("source").is_in(counted.implode()) if counted.len() else pl.lit(value=True))
    )


def queries(about: Definition) -> list[str]:
    """The query files that a number is made by, as they lie in `queries/`."""
    vendors = {f"{_STAGED}{source}__" for source in _files(about)["source"].unique()}
    kept = [
        name
        for name in _ancestors(about)
        if not name.startswith((_LANDED, _OWN))
        and (not name.startswith(_STAGED) or name.startswith((*vendors, f"{_STAGED}mapped__")))
    ]
    return sorted(kept, key=lambda name: (name.startswith(_STAGED), name))


def _ancestors(about: Definition) -> list[str]:
    name = "questions/" + about.path.rsplit("questions/", 1)[-1].removesuffix(".sql")
    found: list[str] = builds.rows(ANCESTORS, name=name)["name"].to_list()
    return found
