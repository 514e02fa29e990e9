"""Our own journal, landed like any source: the structured part of each entry. No file of it ever arrives.

A customer is the key she had when the entry was written; the build finds who she is now. Free text, and who of the
team wrote it, stay in the journal; what an event is called is a short label to be shown, and goes through the scrubber.
"""

from pipelines.door.profile import Column, Kind, Profile

SOURCE = "journal"


def _of(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, (name,), kind=kind, required=True) for name in names)


def _codes(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, (name,), coded=True, required=True) for name in names)


def _entry(name: str, *columns: Column, feeds: str | None = None) -> Profile:
    return Profile(
        source=SOURCE,
        object=name,
        layout="unfolded",
        zone="UTC",
        key=("entry_id",),
        seen="written_at",
        columns=(*_of("integer", "entry_id"), *_of("timestamp", "written_at"), *columns),
        feeds=feeds or name,
    )


PROFILES = (
    _entry(
        "plan",
        *_codes("initiative_id", "care_class", "outcome", "occasion", "currency"),
        *_of("text", "name", "tactic", "hypothesis", "looks"),
        *_of("integer", "horizon_days", "capacity_a_week"),
        *_of("decimal", "smallest_effect", "wait_share", "cost_each"),
        *_of("date", "starts_on"),
        feeds="initiative",
    ),
    _entry(
        "assignment",
        *_codes("initiative_id", "customer_key", "arm", "stratum", "draw_id"),
        *_of("number", "probability"),
    ),
    _entry(
        "act",
        *_codes(
            "thing_id", "initiative_id", "customer_key", "occasion", "kind", "care_class", "state", "currency"
        ),
        *_of("integer", "version"),
        *_of("date", "since_on", "due_on"),
        *_of("timestamp", "done_at"),
        *_of("decimal", "cost_amount"),
        feeds="planned_act",
    ),
    _entry(
        "kindness",
        *_codes("thing_id", "customer_key", "currency"),
        *_of("text", "kind"),
        *_of("decimal", "cost"),
        feeds="care_act",
    ),
    _entry("gentle", *_codes("customer_key"), *_of("date", "until_on")),
    _entry("decision", *_codes("initiative_id", "choice"), *_of("date", "by_when")),
    _entry(
        "event",
        *_codes("thing_id", "kind", "kpi"),
        *_of("integer", "version"),
        Column("says", ("says",), required=True, scrubbed=True),
        *_of("date", "from_on", "until_on"),
        *_of("text", "dimension", "member"),
        *_of("boolean", "is_dropped"),
    ),
    _entry(
        "goal",
        *_codes("thing_id", "kpi"),
        *_of("integer", "version"),
        *_of("decimal", "target_share"),
        *_of("date", "due_on", "from_on"),
        *_of("text", "owner", "dimension", "member"),
        *_of("boolean", "is_dropped"),
    ),
)
