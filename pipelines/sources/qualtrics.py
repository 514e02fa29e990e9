"""Qualtrics CSV, version 3: field ids, question texts and import ids in three header rows.

Import ids are the stable names; map survey items by them in `[mapping.qualtrics]`. Previews, tests, spam and
unfinished responses are no answers and are set aside under their own rules; imported responses and those of
the offline app are answers.
"""

import json

import polars as pl

from pipelines.door.profile import Column, Header, Profile
from pipelines.door.read import unique

IMPORT_ID = "ImportId"
_PREVIEWS = (
    *("1", "survey preview", "2", "survey test", "8", "spam", "9", "survey preview spam"),
    *("12", "imported spam", "17", "offline survey preview", "40", "ex spam", "256", "synthetic"),
)


def three_rows(records: list[list[str]]) -> Header | None:
    """The header of a version 3 export: the third record holds an import id per column."""
    if len(records) < 3 or not all(IMPORT_ID in cell for cell in records[2]):
        return None
    names, wordings = unique(records[0]), records[1]
    aliases, zone = {}, None
    for name, cell in zip(names, records[2], strict=False):
        try:
            about = json.loads(cell)
        except (json.JSONDecodeError, RecursionError):
            return None
        if not isinstance(about, dict) or IMPORT_ID not in about:
            return None
        aliases[str(about[IMPORT_ID])] = name
        zone = zone or about.get("timeZone")
    return Header(names, 3, aliases, dict(zip(names, wordings, strict=False)), zone)


RESPONSE = Profile(
    source="qualtrics",
    object="response",
    header=three_rows,
    key=("response_id",),
    seen="recorded_at",
    nulls=("-99",),
    answers=True,
    columns=(
        Column("response_id", ("_recordId",), required=True, personal=True),
        Column("asked_at", ("startDate",), kind="timestamp"),
        Column("recorded_at", ("recordedDate",), kind="timestamp", required=True, filled=True),
        Column("status", ("status",)),
        Column("finished", ("finished",)),
        Column("channel", ("distributionChannel",)),
        Column("language", ("userLanguage",)),
        Column("email", ("recipientEmail",), token="email"),
        Column("first_name", ("recipientFirstName",), personal=True),
        Column("last_name", ("recipientLastName",), personal=True),
    ),
    mappable=(
        Column("customer_id", (), token="customer_id"),
        Column("ga4_client_id", (), token="ga4_client_id"),
        Column("wave", ()),
        Column("comment", (), personal=True),
    ),
    set_aside=(
        ("preview_response", pl.col("status").str.to_lowercase().is_in(_PREVIEWS)),
        ("unfinished_response", pl.col("finished").str.to_lowercase().is_in(("0", "false"))),
    ),
)

PROFILES = (RESPONSE,)
