"""Golden rows of Freshdesk's ticket export."""

from datetime import datetime

from pipelines.publish import run_once
from pipelines.store import Store

HEADER = (
    "Ticket ID,Subject,Description,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time,"
    "Closed time,Last update time,Initial response time,Time tracked,First response time (in hrs),"
    "Resolution time (in hrs),Agent interactions,Customer interactions,Resolution status,First response status,Tags,"
    "Survey results,Product,Full name,Email,Contact ID,Company Name\n"
)
SCALE = '[mapping.freshdesk]\n"Survey results" = {item = "csat", scale = [1, 5]}\n'


def ticket(
    number="7",
    status="Resolved",
    source="Portal",
    agent="Gus Agent",
    created="2026-11-02 09:00:00",
    resolved="2026-11-04 12:00:00",
    first="2026-11-04 11:30:00",
    hours="50:30:00",
    survey="Happy",
    email="Ann@Example.com",
    contact="43012345678",
) -> str:
    return (
        f'{number},"Where is it, Ann?","one\ntwo",{status},Low,{source},Delivery,{agent},No Group,{created},'
        f"2026-11-05 09:00:00,{resolved},,2026-11-04 12:00:00,{first},00:00:00,{hours},{hours},2,1,Within SLA,"
        f"Within SLA,vip,{survey},,Ann Example,{email},{contact},No Company\n"
    )


def test_a_ticket_lands_in_the_account_s_zone_with_the_time_of_its_first_response(open_desk, counts):
    desk = open_desk('[sources.freshdesk]\ntime_zone = "America/New_York"\n')
    load = desk.read(HEADER + ticket())
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("freshdesk__ticket") == [
        {
            "line": 2, "status": "Resolved", "channel": "Portal", "topic": "Delivery",
            "agent_key": desk.hash("freshdesk|agent|Gus Agent"), "created_at": datetime(2026, 11, 2, 14),
            "first_response_at": datetime(2026, 11, 4, 16, 30), "resolved_at": datetime(2026, 11, 4, 17),
            "closed_at": None, "updated_at": datetime(2026, 11, 4, 17), "satisfaction": "Happy",
        }
    ]  # fmt: skip
    assert desk.tokens("freshdesk__ticket") == desk.keyed(
        (2, "freshdesk_contact", "43012345678"), (2, "email", "ann@example.com")
    )


def test_hours_beyond_a_day_or_missing_change_nothing_since_times_tell_more(desk, counts):
    load = desk.read(HEADER + ticket(hours="1234:05:09") + ticket(number="8", hours=""))
    assert counts(load) == (2, 2, 0, 0)
    assert (
        desk.landed("freshdesk__ticket", "first_response_at")
        == [{"first_response_at": datetime(2026, 11, 4, 10, 30)}] * 2
    )


def test_a_contact_s_number_that_is_an_address_is_an_address(desk):
    desk.read(HEADER + ticket(email="", contact="Bo@Example.com"))
    assert desk.tokens("freshdesk__ticket") == desk.keyed((2, "email", "bo@example.com"))


def test_nobody_is_no_agent(desk):
    desk.read(HEADER + ticket(agent="No Agent"))
    assert desk.landed("freshdesk__ticket", "agent_key") == [{"agent_key": None}]


def test_a_survey_s_number_is_an_answer_on_the_scale_that_the_company_declares(open_desk, counts):
    desk = open_desk(SCALE)
    load = desk.read(
        HEADER + ticket(survey="4") + ticket(number="8", survey="") + ticket(number="9", survey="7")
    )
    assert counts(load) == (3, 2, 1, 0)
    assert desk.answers("freshdesk__ticket") == {(2, "csat", 4.0, 1, 5)}
    assert desk.set_aside(load) == [(6, "csat", "outside_the_scale")]


def test_a_ticket_without_a_readable_time_is_set_aside(desk, counts):
    load = desk.read(
        HEADER + ticket() + ticket(number="8", created="Monday") + ticket(number="9", created="")
    )
    assert counts(load) == (3, 1, 2, 0)
    assert desk.set_aside(load) == [
        (4, "created_at", "not_a_time_in_the_declared_format"),
        (6, "created_at", "missing"),
    ]


def test_a_rated_ticket_is_an_interaction_and_an_answer_of_the_same_person(desk):
    desk.put(
        "tickets.csv", HEADER + ticket() + ticket(number="8", status="Open", resolved="", first="", survey="")
    )
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    contacts = build.query_people(
        "select channel, first_human_at, is_open, customer_key is not null as known from interaction order by is_open"
    ).rows()
    answers = build.query_people(
        "select item, value, scale_max, interaction_id is not null from answer join response using (response_id)"
    ).rows()
    build.close()
    assert contacts == [("web", datetime(2026, 11, 4, 10, 30), False, True), ("web", None, True, True)]
    assert answers == [("ticket_satisfaction", 2.0, 2, True)]
