"""Careful's own plain CSVs: what no vendor exports. `sample_data/` has an example of each.

UTF-8, ISO dates, times with an offset or Z. A customer is named by the kind of identifier and its value;
`owner` and `given_by` are roles or teams, not names.
"""

from collections.abc import Callable

import polars as pl

from pipelines.door.profile import TOKEN_KINDS, Column, Profile

OUTCOMES = (
    "purchase_within_horizon",
    "purchase_in_month",
    "emotion",
    "understood",
    "listened",
    "showed_they_cared",
)
"""What an initiative may be judged by: ordering, or saying 6 or 7 of 7 to a survey item the next time we ask."""
EVENT_KINDS = ("campaign", "outage", "holiday", "launch", "other")
LONGEST_LABEL = 60
"""So many letters of an event stand beside a chart."""
SINCE_EVER = "1900-01-01"
"""From when a goal counts whose list does not say."""
_WHO = (
    Column(
        "customer_kind",
        ("customer_kind",),
        values=dict(zip(TOKEN_KINDS, TOKEN_KINDS, strict=True)),
        required=True,
    ),
    Column("customer_id", ("customer_id",), token_kind_from="customer_kind", required=True),
)


def _text(*names: str, required: bool = True) -> tuple[Column, ...]:
    return tuple(Column(name, (name,), required=required) for name in names)


def _words(name: str, *words: str) -> Column:
    return Column(name, (name,), values=dict(zip(words, words, strict=True)), required=True, filled=True)


def _plain(
    name: str,
    key: tuple[str, ...],
    *columns: Column,
    seen: str | None = None,
    keeps_first: bool = False,
    keeps_every: bool = False,
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    set_aside: tuple[tuple[str, pl.Expr], ...] = (),
) -> Profile:
    return Profile(
        source="careful",
        object=name,
        zone="UTC",
        key=key,
        seen=seen,
        columns=columns,
        feeds=name,
        keeps_first=keeps_first,
        keeps_every=keeps_every,
        prepare=prepare,
        set_aside=set_aside,
    )


def _since_ever(goals: pl.DataFrame) -> pl.DataFrame:
    return goals.with_columns(pl.col("from_on").fill_null(SINCE_EVER))


_OF_WHOM = _text("dimension", "member", required=False)
_HALF_SAID = (("dimension_without_member", pl.col("dimension").is_null() != pl.col("member").is_null()),)


PROFILES = (
    _plain(
        "initiative",
        ("initiative_id",),
        *_text("initiative_id", "name", "tactic", "hypothesis"),
        _words("primary_outcome", *OUTCOMES),
        _words("care_class", "owed", "extra"),
        _words("unit_of_assignment", "customer", "team", "company"),
        Column(
            "horizon_days", ("horizon_days",), kind="integer", required=True, filled=True, between=(1, 3650)
        ),
        Column(
            "smallest_effect_worth_having",
            ("smallest_effect_worth_having",),
            kind="decimal",
            required=True,
            between=(0, 1),
        ),
        Column("starts_on", ("starts_on",), kind="date", required=True, filled=True),
        Column("cost_amount", ("cost_amount",), kind="decimal"),
        *_text("currency", "occasion", "looks_on", "owner", required=False),
        Column("written_on", ("written_on",), kind="date"),
    ),
    _plain(
        "assignment",
        ("initiative_id", "customer_kind", "customer_id"),
        *_text("initiative_id"),
        *_WHO,
        _words("arm", "treated", "control"),
        *_text("stratum", required=False),
        Column(
            "probability",
            ("probability",),
            kind="decimal",
            required=True,
            filled=True,
            between=(0.001, 1),
        ),
        Column("assigned_at", ("assigned_at",), kind="timestamp", required=True, filled=True),
        seen="assigned_at",
        keeps_first=True,
    ),
    _plain(
        "care_act",
        ("act_id",),
        *_text("act_id", "initiative_id"),
        *_WHO,
        Column("done_at", ("done_at",), kind="timestamp", required=True, filled=True),
        _words("outcome", "done", "wrong_address", "not_reached"),
        *_text("kind"),
        Column("cost_amount", ("cost_amount",), kind="decimal"),
        *_text("currency", "given_by", "occasion", required=False),
        Column("note", ("note",), personal=True),
        seen="done_at",
    ),
    _plain(
        "contact_state",
        ("customer_kind", "customer_id", "state", "from_at"),
        *_WHO,
        _words("state", "dunning", "marketing_send", "hardship", "complaint", "promise"),
        Column("from_at", ("from_at",), kind="timestamp", required=True, filled=True),
        Column("until_at", ("until_at",), kind="timestamp", required=True),
        seen="from_at",
    ),
    _plain(
        "agent",
        ("agent_source", "agent_id"),
        Column("agent_id", ("agent_id",), required=True, personal=True),
        Column("agent_key", ("agent_id",), reference="@agent_source/agent"),
        *_text("agent_source", "team"),
        Column("trained_on", ("trained_on",), kind="date"),
        Column("probability", ("probability",), kind="decimal", between=(0.001, 1)),
    ),
    _plain(
        "invitation",
        ("invitation_id",),
        Column("invitation_id", ("invitation_id",), required=True, personal=True),
        *_text("survey"),
        *_WHO,
        Column("invited_at", ("invited_at",), kind="timestamp", required=True, filled=True),
        *_text("channel", required=False),
        Column("is_answered", ("answered",), kind="boolean", required=True),
        seen="invited_at",
    ),
    _plain(
        "promise",
        ("promise_id",),
        *_text("promise_id", "theme", "owner"),
        Column("promised_on", ("promised_on",), kind="date"),
        Column("due_on", ("due_on",), kind="date", required=True, filled=True),
        Column("done_on", ("done_on",), kind="date"),
        *_text("what_changed", required=False),
    ),
    _plain(
        "goal",
        ("goal_id", "from_on"),
        *_text("goal_id", "kpi"),
        Column(
            "target_share", ("target_share",), kind="decimal", required=True, filled=True, between=(-1, 1)
        ),
        Column("due_on", ("due_on",), kind="date", required=True, not_before="from_on"),
        *_text("owner", required=False),
        Column("from_on", ("from_on",), kind="date"),
        *_OF_WHOM,
        keeps_every=True,
        prepare=_since_ever,
        set_aside=_HALF_SAID,
    ),
    _plain(
        "event",
        ("event_id",),
        *_text("event_id"),
        _words("kind", *EVENT_KINDS),
        Column("says", ("says",), required=True, filled=True, scrubbed=True, most_letters=LONGEST_LABEL),
        Column("from_on", ("from_on",), kind="date", required=True, filled=True),
        Column("until_on", ("until_on",), kind="date", not_before="from_on"),
        *_OF_WHOM,
        *_text("kpi", required=False),
        set_aside=_HALF_SAID,
    ),
    _plain(
        "outside_series",
        ("series", "week_starts_on"),
        Column("series", ("series",), required=True, filled=True),
        Column("week_starts_on", ("week_starts_on",), kind="date", required=True, filled=True),
        Column("value", ("value",), kind="number", required=True, filled=True),
    ),
)
