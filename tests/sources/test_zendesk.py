"""Golden rows of Zendesk's JSON export, and of the CSV of a view."""

import json
from datetime import datetime
from typing import Any

import pytest

from pipelines.publish import run_once
from pipelines.store import Store

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


VIEW = (
    "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,"
    "Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Assigned at,Organization,"
    "Due date,Initially assigned at,Solved at,Resolution time,Satisfaction Score,Group stations,Assignee stations,"
    "Reopens,Replies,{},First reply time in minutes within business hours,Category [list]\n"
)


def in_view(
    number: str = "1596", requester: str = "396331237134", tags: str = "vip ann_oneil", score: str = "Good",
    status: str = "Solved", reply: str = "65", via: str = "Mail", solved: str = "2026-11-03 10:30",
    email: str = "Ann@Example.com",
) -> str:  # fmt: skip
    return (
        f"1,{number},Ann O'Neil,{requester},-,{email},example.com,Ann O'Neil,Gus Agent,Support,Where is it?,{tags},"
        f"{status},Normal,{via},Question,2026-11-02 09:00,2026-11-03 10:30,2026-11-02 09:05,-,-,2026-11-02 09:05,"
        f"{solved},25,{score},1,1,0,2,{reply},12,Delivery\n"
    )


@pytest.mark.parametrize(
    "label", ["First reply time in minutes", "First reply time (in minutes)", "First reply time (min)"]
)
def test_a_ticket_of_a_view_lands_as_one_of_the_json_export_in_the_account_s_zone(open_desk, counts, label):
    desk = open_desk(
        '[sources.zendesk]\ntime_zone = "Europe/Vienna"\n[mapping.zendesk]\n"Category [list]" = "topic"\n'
    )
    load = desk.read(VIEW.format(label) + in_view())
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("zendesk__ticket") == [
        {
            "line": 2, "status": "solved", "channel": "mail", "is_merged": False,
            "agent_key": desk.hash("zendesk|agent|Gus Agent"), "created_at": datetime(2026, 11, 2, 8),
            "updated_at": datetime(2026, 11, 3, 9, 30), "solved_at": datetime(2026, 11, 3, 9, 30),
            "first_reply_minutes": 65, "reopened_count": 0, "satisfaction": "good", "topic": "Delivery",
        }
    ]  # fmt: skip
    assert desk.tokens("zendesk__ticket") == desk.keyed(
        (2, "zendesk_user", "396331237134"), (2, "email", "ann@example.com")
    )


def test_a_hyphen_in_a_view_is_no_value_and_tags_are_parted_by_spaces(desk, counts):
    load = desk.read(
        VIEW.format("First reply time in minutes")
        + in_view(solved="-", reply="-", score="Not offered", status="Open", email="-")
        + in_view(number="1597", tags="vip closed_by_merge", status="Closed", score="Offered")
    )
    assert counts(load) == (2, 2, 0, 0)
    assert desk.landed(
        "zendesk__ticket", "is_merged", "solved_at", "first_reply_minutes", "satisfaction"
    ) == [
        {"is_merged": False, "solved_at": None, "first_reply_minutes": None, "satisfaction": "not_offered"},
        {
            "is_merged": True, "solved_at": datetime(2026, 11, 3, 9, 30), "first_reply_minutes": 65,
            "satisfaction": "offered",
        },
    ]  # fmt: skip


def test_a_ticket_told_by_a_view_and_by_the_json_export_is_one_interaction_with_its_rating(desk):
    desk.put("tickets.ndjson", lines(ticket(id=1596), ticket(id=1600)), on="2026-11-10")
    desk.put("view.csv", VIEW.format("First reply time in minutes") + in_view(), on="2026-11-11")
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    contacts = build.query_people("select channel, first_human_at from interaction order by channel").rows()
    rated = build.query_people("select item, value from answer").rows()
    customers = build.query_people("select distinct customer_key from interaction").height
    build.close()
    assert contacts == [("chat", None), ("email", datetime(2026, 11, 2, 9, 5))]
    assert rated == [("ticket_satisfaction", 1.0)]
    assert customers == 1
