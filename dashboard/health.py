"""Is the data in order? What arrived, what was set aside, and whether it all adds up."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dashboard import arrivals, builds, words
from dashboard.weeks import local, zone
from pipelines.aside import why

LAST_RUNS = 10
LATELY = timedelta(days=7)


def headline(
    sources: pl.DataFrame,
    refused: int,
    failed: int,
    late: int,
    pulls: int = 0,
    aside: int = 0,
    unmapped: list[str] | None = None,
) -> str:
    """The state of the data in one sentence."""
    if sources.is_empty() and not refused:
        return "No file has arrived yet."
    wrong = []
    if late:
        wrong.append(_some(late, "source is late", "sources are late"))
    if refused:
        wrong.append(_some(refused, "file was refused", "files were refused"))
    if failed:
        wrong.append(_some(failed, "check wants a look", "checks want a look"))
    if pulls:
        wrong.append("Google Analytics wants a look")
    if unmapped:
        wrong.append(f"no question of {words.listed([words.source(name) for name in unmapped])} is mapped")
    if aside:
        wrong.append(_some(aside, "question is left aside", "questions are left aside"))
    if not wrong:
        return "Everything that arrived is accounted for."
    return words.capital(words.listed(wrong)) + "."


def _some(number: int, one: str, many: str) -> str:
    return f"{words.number_word(number)} {one if number == 1 else many}"


def refusals() -> pl.DataFrame:
    """Every refused file, newest first.

    Returns:
        The columns of `refusal`; `is_last`: nothing of its source was read since; `is_open`: that, or it came in the
        last seven days.
    """
    refused = builds.rows("select * from refusal order by received_at desc, file")
    is_last = pl.lit(value=False)
    if "source" in refused.columns:
        told = arrivals.heard().select("source", "object", "heard_at")
        of_all = told.group_by("source").agg(pl.col("heard_at").max(), object=pl.lit(""))
        newest = pl.concat([told, of_all.select(told.columns)])
        refused = refused.join(newest, on=["source", "object"], how="left", maintain_order="left")
        is_last = (pl.col("source") != "") & (pl.col("heard_at") < pl.col("received_at")).fill_null(
            value=True
        )
    lately = pl.col("received_at") > builds.as_of() - LATELY
    told_of = refused.with_columns(is_last=is_last).with_columns(is_open=pl.col("is_last") | lately)
    return told_of.drop("heard_at", strict=False)


def alike(refused: pl.DataFrame) -> list[list[dict[str, Any]]]:
    """Refused files, those of one source that were refused for the same reason together."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in refused.iter_rows(named=True):
        groups.setdefault((likely_from(one), one["reason"]), []).append(one)
    return list(groups.values())


def lately() -> str:
    """`Three files refused, 18 rows set aside lately`, but for what is on purpose; empty where nothing was."""
    refused = refusals().filter("is_open").height
    aside = builds.rows(
        "select coalesce(sum(rows_quarantined - rows_dropped), 0)::bigint from load where received_at > $since",
        since=builds.as_of() - LATELY,
    ).item()
    told = [f"{_some(refused, 'file', 'files')} refused"] if refused else []
    told += [f"{words.plural(aside, 'row')} set aside"] if aside else []
    return f"{words.capital(', '.join(told))} lately" if told else ""


def likely_from(refusal: dict[str, Any]) -> str:
    """`, most likely Zendesk tickets`, whose numbers say so too; empty where it can not be told."""
    if not refusal.get("source"):
        return ""
    if not refusal["object"]:
        return f", most likely {words.source(refusal['source'])}"
    return f", most likely {words.export(refusal['source'], refusal['object'])}"


def received(refused: list[dict[str, Any]]) -> str:
    """`Received 17 Nov 2026, 04:00`, or from when to when."""
    first, last = (words.instant(local(f(one["received_at"] for one in refused))) for f in (min, max))
    return f"Received {last}" if first == last else f"Received from {first} to {last}"


def refusals_table(refused: pl.DataFrame) -> pl.DataFrame:
    """Refused files with their reasons."""
    return refused.select(
        moment("received_at").alias("Received"),
        pl.col("file").alias("File"),
        pl.col("reason").alias("Reason"),
    )


def questions_aside() -> dict[str, str]:
    """The company's own questions that could not be asked when the build was made: name -> why."""
    shown = builds.build()
    return dict(shown.manifest.get("questions_aside", {})) if shown else {}


def adds_up(row: dict[str, Any]) -> bool:
    """Rows read are rows loaded, set aside or already known."""
    read: int = row["rows_read"]
    return read == row["rows_loaded"] + row["rows_quarantined"] + row["rows_duplicate"]


def by_source(things: pl.DataFrame) -> list[dict[str, Any]]:
    """One record per source, its objects summed up."""
    summed = things.group_by("source").agg(
        pl.sum("files", "rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate", "rows_dropped"),
        pl.max("last_received_at", "data_through_at", "days_late", "is_late", "every_days"),
        pl.col("object").sort(),
    )
    return summed.sort("is_late", "source", descending=[True, False]).to_dicts()


def account(row: dict[str, Any]) -> str:
    """`36,376 rows read = 36,375 loaded + 1 set aside + 0 already known`."""
    return (
        f"{words.count(row['rows_read'])} rows read = {words.count(row['rows_loaded'])} loaded "
        f"+ {words.count(row['rows_quarantined'])} set aside + {words.count(row['rows_duplicate'])} already known"
    )


def dropped_in_words(rows: int) -> str:
    """` 2,304 of those set aside were so on purpose: …`; empty where none was."""
    if not rows:
        return ""
    were = "was" if rows == 1 else "were"
    return (
        f" {words.count(rows)} of those set aside {were} so on purpose: previews, and what nobody finished."
    )


def aside_in_words(aside: pl.DataFrame) -> str:
    """Rows set aside, by where they came from and why, as Markdown: a line each."""
    told = []
    for row in aside.iter_rows(named=True):
        column = f": {words.safe(row['column_name'].replace('_', ' '))}" if row["column_name"] else ""
        told.append(
            f"- **{words.count(row['rows'])}** {words.export(row['source'], row['object'])}: "
            f"{why(row['rule'])}{column} :small[:gray[last on {words.short_day(local(row['last_received_at']))}]]"
        )
    return "\n".join(told)


def objects_table(things: pl.DataFrame) -> pl.DataFrame:
    """Every object of every source, for reading as a table."""
    return things.sort("source", "object").select(
        pl.col("source").map_elements(words.source, return_dtype=pl.String).alias("Source"),
        pl.col("object").map_elements(words.thing, return_dtype=pl.String).alias("What"),
        pl.col("files").alias("Files"),
        moment("last_received_at").alias("Last file"),
        moment("data_through_at").alias("Data through"),
        pl.col("rows_read").alias("Rows read"),
        pl.col("rows_loaded").alias("Loaded"),
        pl.col("rows_quarantined").alias("Set aside"),
        pl.col("rows_dropped").alias("of which on purpose"),
        pl.col("rows_duplicate").alias("Already known"),
    )


def files_table() -> pl.DataFrame:
    """Every file ever received, newest first."""
    frame = builds.rows("select * from load order by received_at desc, file")
    return frame.select(
        moment("received_at").alias("Received"),
        pl.col("file").alias("File"),
        pl.col("source").map_elements(words.source, return_dtype=pl.String).alias("Source"),
        pl.col("object").map_elements(words.thing, return_dtype=pl.String).alias("What"),
        pl.col("rows_read").alias("Rows read"),
        pl.col("rows_loaded").alias("Loaded"),
        pl.col("rows_quarantined").alias("Set aside"),
        pl.col("rows_duplicate").alias("Already known"),
        pl.col("encoding").alias("Encoding"),
        pl.col("notes").alias("Notes"),
    )


def publications(on_screen: str) -> str:
    """Every publication that is kept, newest first, as Markdown: a line each."""
    return "\n".join(
        f"- **{_instant(one.manifest['created_at'])}**, numbers as of {_instant(one.manifest['as_of'])}"
        f"{', on screen now' if one.id == on_screen else ''} :small[:gray[{one.id}]]"
        for one in builds.store().builds()
    )


def runs() -> pl.DataFrame:
    """The last ten runs, published or not."""
    records = [
        {
            "Run": _instant(run["started_at"]),
            "Outcome": run["outcome"],
            "Why": run["reason"] or "",
            "Files read": run["files_read"],
            "Seconds": run["seconds"],
        }
        for run in builds.store().runs()[:LAST_RUNS]
    ]
    return pl.DataFrame(records)


def _instant(at: str) -> str:
    return words.instant(local(datetime.fromisoformat(at)))


def moment(column: str) -> pl.Expr:
    """A UTC column as words on the company's clock."""
    clock = ZoneInfo(zone())
    return pl.col(column).map_elements(
        lambda at: words.instant(at.replace(tzinfo=UTC).astimezone(clock)), return_dtype=pl.String
    )
