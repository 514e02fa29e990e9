"""Qualtrics responses as CSV, as TSV (UTF-16) or with semicolons: version 3 and the two legacy layouts.

Version 3 has three header rows: field names, question texts, import ids. The legacy export has field names (or V1, V2,
...) and question texts, in some files also import ids in single quotes; it has no recording date, so that a response
was answered when it ended. Import ids are the stable names; map survey items by them in `[mapping.qualtrics]`, or by
field names (`Q1`) where legacy files arrive too, which tell no import ids. Previews, tests, spam and unfinished
responses are no answers and are set aside under their own rules; imported responses and those of the offline app are
answers. Legacy times have no zone: declare it in `[sources.qualtrics]`. Answers as choice text are no numbers: export
numeric values.
"""

import json
from collections import Counter
from typing import Any

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Header, Profile
from pipelines.door.read import unique

IMPORT_ID = "ImportId"
_LEGACY = {"ResponseID", "ResponseSet"}
_PREVIEWS = (
    *("1", "survey preview", "2", "survey test", "8", "spam", "9", "survey preview spam"),
    *("12", "imported spam", "17", "offline survey preview", "40", "ex spam", "256", "synthetic"),
)


def header(records: list[list[str]]) -> Header | None:
    """The header of an export, whichever its version."""
    return three_rows(records) or two_rows(records)


def three_rows(records: list[list[str]]) -> Header | None:
    """The header of a version 3 export: the third record holds an import id per column.

    An id that several columns share (the choices of one question) names none of them.
    """
    if len(records) < 3 or not any(records[2]) or not all(IMPORT_ID in cell for cell in records[2] if cell):
        return None
    names, wordings = unique(records[0]), records[1]
    told, zone = [], None
    for name, cell in zip(names, records[2], strict=False):
        if not cell:
            continue
        about = _about(cell)
        if about is None:
            return None
        told.append((str(about[IMPORT_ID]), name))
        zone = zone or about.get("timeZone")
    columns = Counter(identifier for identifier, _ in told)
    aliases = {identifier: name for identifier, name in told if columns[identifier] == 1}
    return Header(names, 3, aliases, dict(zip(names, wordings, strict=False)), zone)


def _about(cell: str) -> dict[str, Any] | None:
    """What the third row says of a column; legacy files write it in single quotes."""
    for text in (cell, cell.replace("'", '"')):
        try:
            about = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(about, dict) and IMPORT_ID in about:
            return about
    return None


def two_rows(records: list[list[str]]) -> Header | None:
    """The header of a legacy export: the second record says in words what a column is."""
    if len(records) < 2 or not set(records[1]) >= _LEGACY:
        return None
    names, wordings = unique(records[0]), [text.strip() for text in records[1]]
    told = [(text, name) for text, name in zip(wordings, names, strict=False) if text]
    return Header(names, 2, dict(reversed(told)), dict(zip(names, wordings, strict=False)))


RESPONSE = Profile(
    source="qualtrics",
    object="response",
    header=header,
    key=("response_id",),
    seen="recorded_at",
    nulls=("-99",),
    answers=True,
    columns=(
        Column("response_id", ("_recordId", "responseId"), required=True, personal=True),
        Column("asked_at", ("startDate",), kind="timestamp"),
        Column("recorded_at", ("recordedDate", "endDate"), kind="timestamp", required=True, filled=True),
        Column("status", ("status",)),
        Column("finished", ("finished",)),
        Column("channel", ("distributionChannel",)),
        Column("language", ("userLanguage",)),
        Column("email", ("recipientEmail", "panel-RecipientEmail", "EmailAddress"), token="email"),
        Column("first_name", ("recipientFirstName", "panel-RecipientFirstName"), personal=True),
        Column("last_name", ("recipientLastName", "panel-RecipientLastName", "Name"), personal=True),
    ),
    mappable=(
        *own_fields.IDENTIFIERS,
        own_fields.WAVE,
        own_fields.COMMENT,
    ),
    set_aside=(
        ("preview_response", pl.col("status").str.to_lowercase().is_in(_PREVIEWS)),
        ("unfinished_response", pl.col("finished").str.to_lowercase().is_in(("0", "false"))),
    ),
)

PROFILES = (RESPONSE,)
