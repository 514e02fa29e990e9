"""Is the data in order? What arrived, what was set aside, and whether it all adds up."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dashboard import builds, words
from dashboard.weeks import local, zone

LAST_RUNS = 10

RULES = {
    "an_act_for_somebody_else": "an act of ours beside another customer than it was for",
    "dimension_without_member": "a dimension without a member, or a member without a dimension",
    "ends_before_it_begins": "a last day before the first one",
    "missing": "a needed cell is empty",
    "no_act_of_our_lists": "an act that is on none of our lists",
    "not_a_date_in_the_declared_format": "a date that can be read two ways",
    "not_a_json_object": "the line is broken",
    "not_a_known_word": "a word we do not know",
    "not_a_number": "not a number",
    "not_a_time_in_the_declared_format": "a date that can be read two ways",
    "not_a_whole_number": "not a whole number",
    "not_hours_minutes_seconds": "not a length of time",
    "not_yes_or_no": "neither yes nor no",
    "out_of_bounds": "a number that can not be",
    "outside_the_scale": "an answer off its scale",
    "preview_response": "a preview of the survey, not an answer",
    "too_long": "a text too long to show",
    "unfinished_response": "the survey was not finished",
    "employee_survey": "employees were asked, not customers",
    "wrong_number_of_cells": "the row is torn",
}


def headline(
    sources: pl.DataFrame, refused: int, failed: int, late: int, pulls: int = 0, aside: int = 0
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
    if aside:
        wrong.append(_some(aside, "question is left aside", "questions are left aside"))
    if not wrong:
        return "Everything that arrived is accounted for."
    return words.capital(words.listed(wrong)) + "."


def _some(number: int, one: str, many: str) -> str:
    return f"{words.number_word(number)} {one if number == 1 else many}"


def likely_from(refusal: dict[str, Any]) -> str:
    """`, most likely Zendesk tickets`, whose numbers say so too; empty where it can not be told."""
    if not refusal.get("source"):
        return ""
    things = f" {words.thing(refusal['object'])}" if refusal["object"] else ""
    return f", most likely {words.source(refusal['source'])}{things}"


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


def rule(name: str) -> str:
    """Why a row was set aside, in words."""
    return RULES.get(name, name.replace("_", " "))


def aside_in_words(aside: pl.DataFrame) -> str:
    """Rows set aside, by where they came from and why, as Markdown: a line each."""
    told = []
    for row in aside.iter_rows(named=True):
        column = f": {words.safe(row['column_name'].replace('_', ' '))}" if row["column_name"] else ""
        told.append(
            f"- **{words.count(row['rows'])}** {words.source(row['source'])} {words.thing(row['object'])}: "
            f"{rule(row['rule'])}{column} :small[:gray[last on {words.short_day(local(row['last_received_at']))}]]"
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
