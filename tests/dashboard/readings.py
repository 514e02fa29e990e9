"""Numbers as a page may have to say them."""

from dataclasses import replace

from dashboard.kpi import Definition, Reading

EMOTION = Definition(
    "emotion", "Felt well cared for", "?", "", "estimate", "share", "success", "up", "1–7", "6–7", 10, "wilson", 4, 14,
    "insight", "survey responses", "", "",
)  # fmt: skip
WAIT = replace(
    EMOTION,
    kpi="human_within_promise",
    label="Reached a person within the promise",
    clock_weeks=1,
    source="helpdesk tickets",
    settling_days=0,
)
STEADY = Reading(EMOTION, "2026-W46", 700, 400, 0.571, 0.53, 0.61, verdict="no real change", change=0.0)
FALLEN = Reading(
    WAIT, "2026-W46", 569, 471, 0.828, 0.79, 0.86, verdict="worse", change=-0.066, change_low=-0.133,
    change_high=-0.013, week_value=0.828,
)  # fmt: skip
UNKNOWN = Reading(EMOTION, "2026-W46")
COUNTED = replace(
    EMOTION,
    kpi="top_customers_with_care",
    label="Top customers with personal care",
    kind="count",
    interval="none",
    clock_weeks=1,
    source="orders and care acts",
)
