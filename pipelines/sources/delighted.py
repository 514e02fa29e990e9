"""Delighted survey responses: the records of its API, one JSON object per line, or the same as CSV.

The API answers with a list, which `jq -c '.[]'` makes into lines; its times are seconds since 1970. Ask it to expand
the person, else a response tells nobody's e-mail address. Properties are mapped by their path, such as
`person_properties.customer_id`. A CSV is read by the names of the API and of the interface; the latter are confirmed by
no document, so map what is called otherwise in `[mapping.delighted]` and declare the zone of its times. The scale
follows from the survey's type and is known for Delighted's own types alone: no answer of another type is used. What
employees were asked (eNPS) is set aside.
"""

from dataclasses import replace

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Profile

_TIMES = pl.col("answered_at", "updated_at")


def _known_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Times from seconds since 1970; a response that was never changed was last changed when it was given."""
    since_1970 = pl.from_epoch(_TIMES.cast(pl.Int64, strict=False)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    spelled = frame.with_columns(
        pl.when(_TIMES.str.contains(r"^\d{9,10}$"))
        .then(since_1970)
        .otherwise(_TIMES.str.replace(" UTC$", " +0000"))
    )
    return spelled.with_columns(pl.coalesce("updated_at", "answered_at"))


_SCALES = {
    "nps": (0, 10), "csat": (1, 5), "csat3": (1, 3), "ces": (1, 7), "stars_five": (1, 5), "smileys": (1, 5),
    "thumbs": (0, 1), "pmf": (1, 3),
}  # fmt: skip

RESPONSE = Profile(
    source="delighted",
    object="response",
    layout="ndjson",
    formats=(
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
    ),
    key=("response_id",),
    seen="updated_at",
    prepare=_known_times,
    columns=(
        Column("response_id", ("id", "Response ID"), required=True, personal=True),
        Column("survey_type", ("survey_type", "Survey type"), required=True, filled=True),
        Column(
            "score", ("score",), kind="decimal", required=True, filled=True, scale_by=("survey_type", _SCALES)
        ),
        Column("comment", ("comment",), personal=True),
        Column(
            "answered_at",
            ("created_at", "Responded at", "Created at"),
            kind="timestamp",
            required=True,
            filled=True,
        ),
        Column("updated_at", ("updated_at", "Updated at"), kind="timestamp"),
        Column("channel", ("person_properties.Delighted Source", "Delighted Source")),
        Column("person_id", ("person.id", "person", "Person ID"), personal=True),
        Column("email", ("person.email", "email"), token="email"),
        Column("phone", ("person.phone_number", "phone_number", "Phone number"), token="phone"),
        Column("name", ("person.name", "name"), personal=True),
    ),
    mappable=(
        *own_fields.IDENTIFIERS,
        own_fields.WAVE,
        own_fields.LANGUAGE,
    ),
    set_aside=(("employee_survey", pl.col("survey_type").str.to_lowercase() == "enps"),),
)

PROFILES = (RESPONSE, replace(RESPONSE, layout="csv"))
