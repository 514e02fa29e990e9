"""Golden rows of Zendesk's JSON export."""

import json
from datetime import datetime
from typing import Any

MAPPING = """
[mapping.zendesk]
360000358316 = "customer_id"
360000358317 = "human_requested_at"
360000358318 = "topic"
360000358319 = "direction"
360000358320 = "handled_by"
"""


def ticket(**given: Any) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": 1595,
        "via": {"channel": "chat"},
        "created_at": "2026-11-02T08:00:00Z",
        "updated_at": "2026-11-03T10:30:00Z",
        "subject": "Hello from Ann",
        "description": "one\ntwo",
        "status": "closed",
        "requester_id": 396331237134,
        "assignee_id": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": None,
        "metric_set": None,
    }
    return about | given


def lines(*tickets: dict[str, Any] | str) -> str:
    return "".join((t if isinstance(t, str) else json.dumps(t)) + "\n" for t in tickets)


def test_a_ticket_lands_with_rating_metrics_and_the_company_s_own_fields(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(
        lines(
            ticket(
                assignee_id=360786799676,
                requester={"id": 396331237134, "email": "Ann@Example.com", "name": "Ann O'Neil"},
                tags=["vip", "ann_oneil"],
                custom_fields=[
                    {"id": 360000358316, "value": "00042"},
                    {"id": 360000358317, "value": "2026-11-02T08:01:00+01:00"},
                    {"id": 360000358318, "value": "Delivery"},
                    {"id": 360000358319, "value": "Reactive"},
                    {"id": 360000358320, "value": "both"},
                    {"id": 360000358399, "value": "nobody asked for this"},
                ],
                satisfaction_rating={"score": "good", "comment": "Thanks, Ann"},
                metric_set={
                    "reopens": 1,
                    "reply_time_in_minutes": {"calendar": 65, "business": 12},
                    "solved_at": "2026-11-03T10:30:00Z",
                },
            )
        ),
        name="tickets.ndjson",
    )
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("zendesk__ticket") == [
        {
            "line": 1, "status": "closed", "channel": "chat", "is_merged": False,
            "agent_key": desk.hash("zendesk|agent|360786799676"),
            "created_at": datetime(2026, 11, 2, 8), "updated_at": datetime(2026, 11, 3, 10, 30),
            "solved_at": datetime(2026, 11, 3, 10, 30), "first_reply_minutes": 65, "reopened_count": 1,
            "satisfaction": "good", "human_requested_at": datetime(2026, 11, 2, 7, 1), "topic": "Delivery",
            "direction": "reactive", "handled_by": "both",
        }
    ]  # fmt: skip
    assert desk.tokens("zendesk__ticket") == desk.keyed(
        (1, "zendesk_user", "396331237134"),
        (1, "email", "ann@example.com"),
        (1, "customer_id", "00042"),
    )


def test_deleted_and_merged_tickets_are_landed_as_such(desk):
    desk.read(
        lines(
            ticket(id=1, status="deleted"),
            ticket(id=2, tags=["vip", "closed_by_merge"]),
            ticket(id=3, tags=["not_closed_by_merge"], satisfaction_rating={"score": "unoffered"}),
        )
    )
    assert desk.landed("zendesk__ticket", "line", "status", "is_merged", "satisfaction") == [
        {"line": 1, "status": "deleted", "is_merged": False, "satisfaction": None},
        {"line": 2, "status": "closed", "is_merged": True, "satisfaction": None},
        {"line": 3, "status": "closed", "is_merged": False, "satisfaction": "unoffered"},
    ]


def test_numbers_keep_every_digit_they_were_written_with(desk):
    desk.read(lines(ticket(id=9007199254740993, requester_id=9007199254740995)))
    assert desk.tokens("zendesk__ticket") == desk.keyed((1, "zendesk_user", "9007199254740995"))
    assert desk.table("zendesk__ticket")["record_key"].to_list() == [
        desk.hash("zendesk|ticket|9007199254740993")
    ]


def test_lines_that_are_no_objects_are_set_aside_by_line(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(
        lines(
            ticket(),
            '{"id": 1596, "via": {"chan',
            "",
            "[1, 2]",
            ticket(id=None),
            ticket(id=1598, created_at="yesterday"),
            ticket(id=1599, metric_set={"reopens": 1.5}),
            ticket(id=1600, custom_fields=[{"id": 360000358319, "value": "sideways"}]),
        )
    )
    assert counts(load) == (7, 1, 6, 0)
    assert desk.set_aside(load) == [
        (2, "", "not_a_json_object"),
        (4, "", "not_a_json_object"),
        (5, "ticket_id", "missing"),
        (6, "created_at", "not_a_time_in_the_declared_format"),
        (7, "reopened_count", "not_a_whole_number"),
        (8, "direction", "not_a_known_word"),
    ]


def test_an_emoji_cut_in_half_does_not_stop_the_file(desk, counts):
    cut = '{"id": 1, "requester_id": 2, "via": {"channel": "web"}, "status": "open", '
    cut += '"created_at": "2026-11-02T08:00:00Z", "subject": "Thanks \\ud83d"}\n'
    assert counts(desk.read(cut)) == (1, 1, 0, 0)


def test_a_ticket_updated_since_lands_again_and_an_unchanged_one_does_not(desk, counts):
    desk.read(lines(ticket(id=1), ticket(id=2)), on="2026-11-10")
    later = desk.read(
        lines(ticket(id=1), ticket(id=2, status="open", updated_at="2026-11-12T00:00:00Z")),
        on="2026-11-13",
        name="b.ndjson",
    )
    assert counts(later) == (2, 1, 0, 1)
    assert desk.landed("zendesk__ticket", "line", "status")[2:] == [{"line": 2, "status": "open"}]
    assert later.data_through_at == datetime(2026, 11, 12)
