"""Golden rows of Careful's own lists."""

from datetime import date, datetime
from decimal import Decimal

import pytest


def test_an_initiative(desk, counts):
    load = desk.read(
        "initiative_id,name,tactic,care_class,hypothesis,primary_outcome,unit_of_assignment,horizon_days,"
        "smallest_effect_worth_having,starts_on,cost_amount,currency,occasion,looks_on,written_on,owner\n"
        'i1,Thank-you note,gratitude,extra,"They return, sooner",purchase_within_horizon,customer,90,0.03,2026-09-01,'
        "1200.50,EUR,second_order,2026-12-01;2027-03-01,2026-08-18,head of care\n"
        "i2,Call back,service,OWED,They stay,purchase_within_horizon,team,90,0.03,2026-09-01,,,,,,\n"
        "i3,Call back,service,kind,They stay,purchase_within_horizon,team,90,0.03,2026-09-01,,,,,,\n"
        "i4,Call back,service,owed,They stay,purchase_within_horizon,team,ninety,0.03,2026-09-01,,,,,,\n"
        "i5,Call back,service,owed,They stay,purchase_within_horizon,team,90,3%,2026-09-01,,,,,,\n"
        "i6,Call back,service,owed,They stay,purchase_within_horizon,team,90,0.03,01.09.2026,,,,,,\n"
    )
    assert counts(load) == (6, 2, 4, 0)
    assert desk.set_aside(load) == [
        (4, "care_class", "not_a_known_word"),
        (5, "horizon_days", "not_a_whole_number"),
        (6, "smallest_effect_worth_having", "not_a_number"),
        (7, "starts_on", "not_a_date_in_the_declared_format"),
    ]
    first, second = desk.landed("careful__initiative")
    assert first == {
        "line": 2, "initiative_id": "i1", "name": "Thank-you note", "tactic": "gratitude",
        "hypothesis": "They return, sooner", "primary_outcome": "purchase_within_horizon", "care_class": "extra",
        "unit_of_assignment": "customer", "horizon_days": 90, "smallest_effect_worth_having": Decimal("0.03"),
        "starts_on": date(2026, 9, 1), "cost_amount": Decimal("1200.5"), "currency": "EUR",
        "occasion": "second_order", "looks_on": "2026-12-01;2027-03-01", "owner": "head of care",
        "written_on": date(2026, 8, 18),
    }  # fmt: skip
    assert (second["care_class"], second["cost_amount"], second["currency"]) == ("owed", None, None)


def test_an_assignment_names_its_customer_by_any_kind_of_identifier(desk, counts):
    load = desk.read(
        "initiative_id,customer_kind,customer_id,arm,stratum,probability,assigned_at\n"
        "i1,hubspot_contact,101,treated,a,0.5,2026-09-01T08:00:00+02:00\n"
        "i1,email,Ann@Example.com,control,,0.5,2026-09-01T08:00:00Z\n"
        "i1,phone,044 668 18 00,control,,0.5,2026-09-01T08:00:00Z\n"
        "i1,passport,X1,control,,0.5,2026-09-01T08:00:00Z\n"
        "i1,email,,control,,0.5,2026-09-01T08:00:00Z\n"
        "i1,email,bo@example.com,placebo,,0.5,2026-09-01T08:00:00Z\n"
    )
    assert counts(load) == (6, 3, 3, 0)
    assert desk.set_aside(load) == [
        (5, "customer_kind", "not_a_known_word"),
        (6, "customer_id", "missing"),
        (7, "arm", "not_a_known_word"),
    ]
    assert desk.landed("careful__assignment")[0] == {
        "line": 2, "initiative_id": "i1", "customer_kind": "hubspot_contact", "arm": "treated", "stratum": "a",
        "probability": Decimal("0.5"), "assigned_at": datetime(2026, 9, 1, 6),
    }  # fmt: skip
    assert desk.tokens("careful__assignment") == desk.keyed(
        (2, "hubspot_contact", "101"), (3, "email", "ann@example.com"), (4, "phone", "+41446681800")
    )


def test_a_care_act_leaves_its_note_in_the_vault(desk, counts):
    load = desk.read(
        "act_id,initiative_id,customer_kind,customer_id,done_at,outcome,kind,cost_amount,currency,given_by,"
        "occasion,note\n"
        'a1,i1,customer_id,000042,2026-11-02T08:00:00Z,done,card,3.20,EUR,Care team,birthday,"Ann said\nthanks"\n'
        "a2,,customer_id,000043,2026-11-02T08:00:00Z,not_reached,call,,,,,\n"
        "a3,,customer_id,000043,2026-11-02T08:00:00Z,lost,call,,,,,\n"
    )
    assert counts(load) == (3, 2, 1, 0)
    assert desk.landed("careful__care_act") == [
        {
            "line": 2, "act_id": "a1", "initiative_id": "i1", "customer_kind": "customer_id",
            "done_at": datetime(2026, 11, 2, 8), "outcome": "done", "kind": "card", "cost_amount": Decimal("3.2"),
            "currency": "EUR", "given_by": "Care team", "occasion": "birthday",
        },
        {
            "line": 4, "act_id": "a2", "initiative_id": None, "customer_kind": "customer_id",
            "done_at": datetime(2026, 11, 2, 8), "outcome": "not_reached", "kind": "call", "cost_amount": None,
            "currency": None, "given_by": None, "occasion": None,
        },
    ]  # fmt: skip
    assert desk.set_aside(load) == [(5, "outcome", "not_a_known_word")]
    assert desk.tokens("careful__care_act") == desk.keyed(
        (2, "customer_id", "000042"), (4, "customer_id", "000043")
    )


def test_an_agent_has_the_key_that_the_helpdesk_s_tickets_point_to(desk):
    desk.read(
        "agent_id,agent_source,team,trained_on,probability\nDana Agent,hubspot,Chat,2026-05-01,0.5\n"
        "360,zendesk,Phone,,\n"
    )
    assert desk.landed("careful__agent") == [
        {
            "line": 2, "agent_key": desk.hash("hubspot|agent|Dana Agent"), "agent_source": "hubspot",
            "team": "Chat", "trained_on": date(2026, 5, 1), "probability": Decimal("0.5"),
        },
        {
            "line": 3, "agent_key": desk.hash("zendesk|agent|360"), "agent_source": "zendesk", "team": "Phone",
            "trained_on": None, "probability": None,
        },
    ]  # fmt: skip


def test_an_invitation(desk, counts):
    load = desk.read(
        "invitation_id,survey,customer_kind,customer_id,invited_at,channel,answered\n"
        "v1,relationship,customer_id,000042,2026-11-02T08:00:00Z,email,yes\n"
        "v2,relationship,customer_id,000043,2026-11-02T08:00:00Z,,0\n"
        "v3,relationship,customer_id,000044,2026-11-02T08:00:00Z,,perhaps\n"
    )
    assert counts(load) == (3, 2, 1, 0)
    assert desk.landed("careful__invitation") == [
        {
            "line": line, "survey": "relationship", "customer_kind": "customer_id",
            "invited_at": datetime(2026, 11, 2, 8), "channel": channel, "is_answered": answered,
        }
        for line, channel, answered in [(2, "email", True), (3, None, False)]
    ]  # fmt: skip


def test_a_promise(desk, counts):
    load = desk.read(
        "promise_id,theme,owner,promised_on,due_on,done_on,what_changed\n"
        "p1,Waiting,Head of service,2026-10-01,2026-11-01,2026-10-20,Two more people at noon\n"
        "p2,Waiting,Head of service,2026-10-01,2026-12-01,,\n"
        "p3,Waiting,Head of service,2026-10-01,,,\n"
    )
    assert counts(load) == (3, 2, 1, 0)
    assert desk.landed("careful__promise")[1] == {
        "line": 3, "promise_id": "p2", "theme": "Waiting", "owner": "Head of service",
        "promised_on": date(2026, 10, 1), "due_on": date(2026, 12, 1), "done_on": None, "what_changed": None,
    }  # fmt: skip


def test_a_goal(desk):
    desk.read("goal_id,kpi,target_share,due_on,owner\ng1,emotion,0.7,2026-12-31,Board\n")
    assert desk.landed("careful__goal") == [
        {
            "line": 2, "goal_id": "g1", "kpi": "emotion", "target_share": Decimal("0.7"),
            "due_on": date(2026, 12, 31), "owner": "Board", "from_on": date(1900, 1, 1), "dimension": None,
            "member": None,
        }
    ]  # fmt: skip


def test_a_goal_may_change_and_be_of_a_segment(desk, counts):
    load = desk.read(
        "goal_id,kpi,target_share,due_on,owner,from_on,dimension,member\n"
        "g1,emotion,0.6,2026-12-31,Board,,,\n"
        "g1,emotion,0.7,2026-12-31,Board,2026-06-01,,\n"
        "g2,emotion,0.7,2026-12-31,Board,2026-06-01,segment,Family\n"
        "g3,emotion,0.7,2026-05-31,Board,2026-06-01,,\n"
        "g4,emotion,0.7,2026-12-31,Board,2026-06-01,segment,\n"
    )
    assert counts(load) == (5, 3, 2, 0)
    assert desk.set_aside(load) == [
        (5, "due_on", "ends_before_it_begins"),
        (6, "", "dimension_without_member"),
    ]
    told = [(one["goal_id"], one["from_on"], one["member"]) for one in desk.landed("careful__goal")]
    assert told == [
        ("g1", date(1900, 1, 1), None),
        ("g1", date(2026, 6, 1), None),
        ("g2", date(2026, 6, 1), "Family"),
    ]


def test_an_event_is_a_short_label_without_what_tells_who_somebody_is(desk, counts):
    load = desk.read(
        "event_id,kind,says,from_on,until_on,dimension,member,kpi\n"
        "e1,Campaign,Family days,2026-10-05,2026-10-18,segment,Family,\n"
        "e2,outage,Phones down says ann@example.com,2026-06-09,,,,human_within_promise\n"
        "e3,storm,Lightning,2026-06-09,,,,\n"
        "e4,outage,,2026-06-09,,,,\n"
        "e5,outage,Phones down,2026-06-09,2026-06-08,,,\n"
        f"e6,outage,{'x' * 61},2026-06-09,,,,\n"
        "e7,outage,Phones down,2026-06-09,,,Family,\n"
    )
    assert counts(load) == (7, 2, 5, 0)
    assert desk.set_aside(load) == [
        (4, "kind", "not_a_known_word"),
        (5, "says", "missing"),
        (6, "until_on", "ends_before_it_begins"),
        (7, "says", "too_long"),
        (8, "", "dimension_without_member"),
    ]
    first, second = desk.landed("careful__event")
    assert first == {
        "line": 2, "event_id": "e1", "kind": "campaign", "says": "Family days", "from_on": date(2026, 10, 5),
        "until_on": date(2026, 10, 18), "dimension": "segment", "member": "Family", "kpi": None,
    }  # fmt: skip
    assert (second["says"], second["until_on"], second["kpi"]) == (
        "Phones down says …",
        None,
        "human_within_promise",
    )


def test_a_later_list_changes_an_event(desk):
    desk.read("event_id,kind,says,from_on\ne1,outage,Phones,2026-06-09\n")
    desk.read("event_id,kind,says,from_on,until_on\ne1,outage,Phones down,2026-06-09,2026-06-10\n")
    told = [(one["says"], one["until_on"]) for one in desk.landed("careful__event")]
    assert told == [("Phones", None), ("Phones down", date(2026, 6, 10))]


def test_figures_from_outside(desk, counts):
    load = desk.read(
        "series,week_starts_on,value\n"
        "Retail sales,2026-11-02,101.5\n"
        "Retail sales,2026-11-09,100\n"
        "Retail sales,2026-11-16,\n"
        ",2026-11-09,3\n"
        "Fuel,9 November,3\n"
        "Fuel,2026-11-09,dear\n"
    )
    assert counts(load) == (6, 2, 4, 0)
    assert desk.landed("careful__outside_series") == [
        {"line": 2, "series": "Retail sales", "week_starts_on": date(2026, 11, 2), "value": 101.5},
        {"line": 3, "series": "Retail sales", "week_starts_on": date(2026, 11, 9), "value": 100.0},
    ]


@pytest.mark.parametrize("missing", ["kpi", "target_share", "due_on"])
def test_a_list_without_a_required_column_is_refused(desk, missing):
    header = "goal_id,kpi,target_share,due_on,owner".replace(missing, "renamed")
    assert desk.refuse(f"{header}\ng1,emotion,0.7,2026-12-31,Board\n") == (
        f"It looks like careful goal, but has no column {missing!r}. Export it again with that column."
    )
