"""Google Analytics in files: members of an audience, events as BigQuery exports them, tables of the interface.

Whoever visits a website is nobody's customer by that: user ids and client ids are looked up among the identifiers
that customers gave, and join no people. Without consent GA4 gives no client id: such events count, but have no visitor.
"""

import polars as pl

from pipelines.door.profile import USER_ID, Column, Profile
from pipelines.ga4.cells import unfold

AUDIENCE_MEMBER = Profile(
    source="ga4",
    object="audience_member",
    zone="UTC",
    key=("property_id", "audience", "snapshot_at", "member_number"),
    seen="snapshot_at",
    columns=(
        Column("property_id", ("property",), required=True),
        Column("audience", ("audience",), required=True),
        Column("snapshot_at", ("snapshot_at",), kind="timestamp", required=True),
        Column("member_number", ("member_number",), kind="integer", required=True),
        Column("user_id", ("userId",), lookup=USER_ID, required=True),
        Column("client_id", ("deviceId",), lookup="ga4_client_id", required=True),
    ),
)
"""As `pipelines.ga4.audience` writes it; member number 0 stands for the export itself, so that nobody is told too."""

_BATCH = ("event_bundle_sequence_id", "batch_page_id", "batch_ordering_id", "batch_event_index")
_CHANNEL = "session_traffic_source_last_click.cross_channel_campaign.default_channel_group"


def _of_the_event(frame: pl.DataFrame) -> pl.DataFrame:
    """Times from microseconds, paths from addresses, and what tells visitors, sessions and events apart.

    An event has no number of its own: it is told by its time, name, visitor and place in the batch that it came in;
    several that are alike in all of these are numbered, through the whole file.
    """
    micros = pl.col("event_at")
    client = pl.col("client_id")
    parts = [micros, pl.col("event_name"), client, *map(pl.col, _BATCH)]
    told = pl.concat_str([part.fill_null("") for part in parts], separator="|")
    path = (
        pl.col("page_path")
        .str.replace(r"^[a-z]+:/{0,2}[^/?#]*", "")
        .str.replace(r"[?#](?s).*$", "")
        .str.replace(r"^$", "/")
    )
    return frame.with_columns(
        event_id=told,
        event_at=pl.when(micros.str.contains(r"^\d{15,17}$"))
        .then(
            micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        )
        .otherwise(micros),
        visitor_key=client,
        session_key=client + "|" + pl.col("session_key"),
        page_path=path,
    )


EVENT = Profile(
    source="ga4",
    object="event",
    layout="ndjson",
    zone="UTC",
    formats=("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y%m%d"),
    key=("event_id",),
    seen="event_at",
    nulls=("(not set)",),
    prepare=_of_the_event,
    numbered="event_id",
    columns=(
        Column("event_id", (), personal=True),
        Column("event_at", ("event_timestamp",), kind="timestamp", required=True, filled=True),
        Column("event_on", ("event_date",), kind="date", required=True, filled=True),
        Column("event_name", ("event_name",), required=True, filled=True),
        Column("visitor_key", (), reference="ga4/visitor"),
        Column("session_key", ("event_params.ga_session_id",), reference="ga4/session"),
        Column("client_id", ("user_pseudo_id",), lookup="ga4_client_id"),
        Column("user_id", ("user_id",), lookup=USER_ID),
        *(Column(name, (name,), personal=True) for name in _BATCH),
        Column("is_active_user", ("is_active_user",), kind="boolean"),
        Column("is_engaged_session", ("event_params.session_engaged",), kind="boolean"),
        Column("engagement_msec", ("event_params.engagement_time_msec",), kind="integer"),
        Column("page_path", ("event_params.page_location",), scrubbed=True),
        Column("channel", (_CHANNEL,), scrubbed=True),
        Column("helpful", ("event_params.helpful",)),
        Column("search_result", ("event_params.search_result",)),
        Column("purchase_amount", ("ecommerce.purchase_revenue",), kind="decimal"),
        Column("refund_amount", ("ecommerce.refund_value",), kind="decimal"),
        Column("currency", ("event_params.currency",)),
        Column("stream_id", ("stream_id",)),
    ),
)


def _without_query(frame: pl.DataFrame) -> pl.DataFrame:
    """Pages by their paths alone."""
    return frame.with_columns(pl.col("member").str.replace(r"^((?:https?:/)?/[^?#\s]*)[?#](?s).*$", "$1"))


CELL = Profile(
    source="ga4",
    object="cell",
    layout="unfolded",
    unfold=unfold,
    prepare=_without_query,
    key=("cell",),
    columns=(
        Column("cell", ("cell",), personal=True),
        *(Column(name, (name,), scrubbed=True) for name in ("property", "title", "segment")),
        Column("starts_on", ("starts_on",), kind="date", filled=True),
        Column("ends_on", ("ends_on",), kind="date", filled=True),
        *(Column(name, (name,), scrubbed=True) for name in ("dimension", "member")),
        Column("metric", ("metric",), scrubbed=True, filled=True),
        Column("value", ("value",), kind="number", filled=True),
    ),
    set_aside=(("not_yet", (pl.col("value") == "-1") & (pl.col("metric") == "cohort")),),
)

PROFILES = (AUDIENCE_MEMBER, EVENT, CELL)
