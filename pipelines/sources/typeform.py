"""Typeform responses as CSV or Excel, in the old and in the new layout.

One header row: the response's token (`#`), hidden fields and questions, then what Typeform itself tells, in UTC. In
`[mapping.typeform]` a column is named by its question (white space counts once); the second of two questions with one
label is `label#2`. Forms that were started and not submitted (in the new layout) are set aside under their own rule.
Hidden fields and contact questions with other names than `email` or `Phone number` are mapped.
"""

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Header, Profile
from pipelines.door.read import unique


def questions(records: list[list[str]]) -> Header | None:
    """The header: questions, of which some have one label."""
    if not records:
        return None
    names = unique([" ".join(cell.split()) for cell in records[0]])
    return Header(names, wordings={name: name for name in names})


RESPONSE = Profile(
    source="typeform",
    object="response",
    header=questions,
    zone="UTC",
    key=("response_id",),
    seen="answered_at",
    answers=True,
    columns=(
        Column("response_id", ("#",), required=True, personal=True),
        Column("response_type", ("Response Type",)),
        Column("asked_at", ("Start Date (UTC)",), kind="timestamp"),
        Column("answered_at", ("Submit Date (UTC)",), kind="timestamp", required=True, filled=True),
        Column("email", ("Email",), token="email"),
        Column("phone", ("Phone number", "phone"), token="phone"),
        Column("first_name", ("First name", "first_name"), personal=True),
        Column("last_name", ("Last name", "last_name"), personal=True),
    ),
    mappable=own_fields.RESPONSE,
    set_aside=(("unfinished_response", pl.col("response_type").str.to_lowercase() == "started"),),
)

PROFILES = (RESPONSE,)
