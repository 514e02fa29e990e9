"""HubSpot's exports API with internal names of properties and internal values: the interface's records.

Times and days are milliseconds since 1970 or ISO with an offset, durations are milliseconds, stages and owners are
numbers: ask for `hs_is_closed_won` along with deals. A warehouse's copy of HubSpot's tables has other names and is no
export.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from pipelines.door.profile import Header, Profile, first_row
from pipelines.sources.hubspot import COMPANY, CONTACT, DEAL, FEEDBACK, TICKET

NUMBER = "hs_object_id"
_MOMENT, _DURATION = r"^-?\d{11,13}$", r"^\d+$"
MILLISECONDS_AN_HOUR = 3_600_000


def _numbered(records: list[list[str]]) -> Header | None:
    """The first record, where it names records as only the API does."""
    header = first_row(records)
    return header if header and NUMBER in map(str.strip, header.names) else None


def _by_internal_names(exported: Profile, names: Mapping[str, tuple[str, ...]]) -> Profile:
    """The layout of the API.

    Args:
        exported: the same object in the interface's export. names: column -> internal names, of all but its key.
    """
    labels = {exported.key[0]: (NUMBER,), **names}
    columns = tuple(replace(column, labels=labels.get(column.name, ())) for column in exported.columns)

    def prepare(frame: pl.DataFrame) -> pl.DataFrame:
        written = _written(frame)
        return exported.prepare(written) if exported.prepare else written

    return replace(exported, columns=columns, header=_numbered, prepare=prepare)


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    """Milliseconds as the interface writes them: a time, a day, a duration; merged numbers without their time."""
    cells = {
        **{name: _moment(name, "%Y-%m-%dT%H:%M:%S%.3fZ") for name in frame.columns if name.endswith("_at")},
        **{name: _moment(name, "%Y-%m-%d") for name in frame.columns if name.endswith("_on")},
        **{name: _duration(name) for name in frame.columns if name.endswith("_seconds")},
    }
    if "merged_ids" in frame.columns:
        cells["merged_ids"] = pl.col("merged_ids").str.replace_all(r":\d+", "")
    return frame.with_columns(**cells)


def _moment(name: str, form: str) -> pl.Expr:
    return pl.coalesce(_whole(name, _MOMENT).cast(pl.Datetime("ms")).dt.strftime(form), name)


def _duration(name: str) -> pl.Expr:
    number = _whole(name, _DURATION)
    rest = number.cast(pl.Datetime("ms")).dt.strftime(":%M:%S")
    return pl.coalesce(pl.concat_str(number // MILLISECONDS_AN_HOUR, rest), name)


def _whole(name: str, pattern: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(pattern)).then(pl.col(name).cast(pl.Int64, strict=False))


PROFILES = (
    _by_internal_names(
        CONTACT,
        {
            "email": ("email",),
            "additional_emails": ("hs_additional_emails",),
            "phone": ("phone",),
            "mobile_phone": ("mobilephone",),
            "merged_ids": ("hs_merged_object_ids", "hs_calculated_merged_vids"),
            "company_key": ("associatedcompanyid",),
            "first_name": ("firstname",),
            "last_name": ("lastname",),
            "created_at": ("createdate",),
            "modified_at": ("lastmodifieddate",),
            "lifecycle_stage": ("lifecyclestage",),
            "country": ("country",),
            "is_unsubscribed": ("hs_email_optout",),
        },
    ),
    _by_internal_names(
        COMPANY,
        {
            "name": ("name",),
            "domain": ("domain",),
            "country": ("country",),
            "created_at": ("createdate",),
            "modified_at": ("hs_lastmodifieddate",),
        },
    ),
    _by_internal_names(
        DEAL,
        {
            "name": ("dealname",),
            "stage": ("dealstage",),
            "is_won": ("hs_is_closed_won",),
            "amount": ("amount",),
            "currency": ("deal_currency_code",),
            "created_at": ("createdate",),
            "closed_at": ("closedate",),
            "contact_id": ("Associated Contact IDs",),
        },
    ),
    _by_internal_names(
        TICKET,
        {
            "subject": ("subject",),
            "status": ("hs_pipeline_stage",),
            "channel": ("source_type",),
            "topic": ("hs_ticket_category",),
            "created_at": ("createdate",),
            "closed_at": ("closed_date",),
            "first_reply_seconds": ("time_to_first_agent_reply",),
            "agent_key": ("hubspot_owner_id",),
            "contact_id": ("Associated Contact IDs",),
        },
    ),
    _by_internal_names(
        FEEDBACK,
        {
            "survey_type": ("hs_survey_type",),
            "rating": ("hs_value",),
            "comment": ("hs_content",),
            "answered_at": ("hs_submission_timestamp",),
            "channel": ("hs_survey_channel",),
            "contact_id": ("hs_contact_id",),
            "email": ("hs_contact_email_rollup",),
        },
    ),
)
