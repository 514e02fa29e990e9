"""Golden rows of HubSpot's exports API with internal names, and real copies of its tables, which are no exports."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "real" / "hubspot"
BY_NAME = """\
hs_object_id,firstname,lastname,email,hs_additional_emails,phone,mobilephone,lifecyclestage,createdate,\
lastmodifieddate,country,hs_email_optout,{merged},birthday,associatedcompanyid
101,Ann,Example,ann@example.com,a.example@example.net,+41446681800,,customer,{created},{modified},Switzerland,true,\
{ids},{born},5001
"""
BIRTHDAY = '[mapping.hubspot]\nbirthday = "birthday_on"\n[sources.hubspot]\ntime_zone = "America/New_York"\n'


@pytest.mark.parametrize(
    "written",
    [
        {
            "merged": "hs_merged_object_ids", "ids": "90;91", "created": "1617298320500",
            "modified": "1777713300000", "born": "-310608000000",
        },
        {
            "merged": "hs_calculated_merged_vids", "ids": "90:1661707291575;91:1661707931852",
            "created": "2021-04-01T17:32:00.500Z", "modified": "2026-05-02T09:15:00Z", "born": "1960-02-28",
        },
    ],
)  # fmt: skip
def test_internal_names_and_times_in_milliseconds_are_the_same_record(open_desk, counts, written):
    desk = open_desk(BIRTHDAY)
    assert counts(desk.read(BY_NAME.format(**written))) == (1, 1, 0, 0)
    assert desk.landed("hubspot__contact") == [
        {
            "line": 2, "company_key": desk.hash("hubspot|company|5001"),
            "created_at": datetime(2021, 4, 1, 17, 32, 0, 500_000), "modified_at": datetime(2026, 5, 2, 9, 15),
            "lifecycle_stage": "customer", "country": "Switzerland", "is_unsubscribed": True,
            "birthday_on": date(1960, 2, 28),
        }
    ]  # fmt: skip
    assert desk.tokens("hubspot__contact") == desk.keyed(
        (2, "hubspot_contact", "101"),
        (2, "hubspot_contact", "90"),
        (2, "hubspot_contact", "91"),
        (2, "email", "ann@example.com"),
        (2, "email", "a.example@example.net"),
        (2, "phone", "+41446681800"),
    )
    assert desk.table("hubspot__contact")["record_key"].to_list() == [desk.hash("hubspot|contact|101")]


def test_deals_tickets_and_feedback_are_known_by_internal_names_too(desk):
    desk.read(
        "hs_object_id,dealname,dealstage,hs_is_closed_won,amount,deal_currency_code,createdate,closedate\n"
        "9001,Ann renews,1234567,true,1200.50,EUR,1793577600000,1793606400000\n"
    )
    desk.read(
        "hs_object_id,subject,content,hs_pipeline_stage,hs_ticket_category,source_type,createdate,closed_date,"
        "time_to_first_agent_reply,hubspot_owner_id\n"
        "5,Late,Where is it?,4,DELIVERY,CHAT,1793606400000,,181805000,77\n",
        name="b.csv",
    )
    desk.read(
        "hs_object_id,hs_survey_type,hs_value,hs_content,hs_submission_timestamp,hs_survey_channel,"
        "hs_contact_id,hs_contact_email_rollup,hs_submission_name\n"
        "1,CES,7,Easy,1793606400000,EMAIL,101,ann@example.com,ann@example.com CES\n",
        name="c.csv",
    )
    assert desk.landed("hubspot__deal") == [
        {
            "line": 2, "stage": "1234567", "is_won": True, "amount": Decimal("1200.5"), "currency": "EUR",
            "created_at": datetime(2026, 11, 2), "closed_at": datetime(2026, 11, 2, 8),
        }
    ]  # fmt: skip
    assert desk.landed("hubspot__ticket") == [
        {
            "line": 2, "status": "4", "channel": "CHAT", "topic": "DELIVERY", "created_at": datetime(2026, 11, 2, 8),
            "closed_at": None, "first_reply_seconds": 181_805, "agent_key": desk.hash("hubspot|agent|77"),
        }
    ]  # fmt: skip
    assert desk.landed("hubspot__feedback") == [
        {
            "line": 2, "survey_type": "CES", "rating": Decimal(7), "answered_at": datetime(2026, 11, 2, 8),
            "channel": "EMAIL",
        }
    ]  # fmt: skip
    assert desk.tokens("hubspot__feedback") == desk.keyed(
        (2, "hubspot_contact", "101"), (2, "email", "ann@example.com")
    )


def test_a_company_is_known_by_internal_names_and_is_the_same_record(desk, counts):
    desk.read(
        "Record ID,Company name,Company Domain Name,Country/Region\n5001,Acme,acme.example.com,Switzerland\n"
    )
    load = desk.read(
        "hs_object_id,name,domain,country,createdate\n5001,Acme,acme.example.com,Austria,1793606400000\n",
        on="2026-11-11",
        name="b.csv",
    )
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("hubspot__company", "country", "created_at") == [
        {"country": "Switzerland", "created_at": None},
        {"country": "Austria", "created_at": datetime(2026, 11, 2, 8)},
    ]
    assert set(desk.table("hubspot__company")["record_key"]) == {desk.hash("hubspot|company|5001")}


def test_milliseconds_where_the_interface_writes_times_are_set_aside(desk):
    load = desk.read("Record ID,Email,Create Date\n1,ann@example.com,1793606400000\n")
    assert desk.set_aside(load) == [(2, "created_at", "not_a_time_in_the_declared_format")]


@pytest.mark.parametrize("name", ["fivetran_contact_data.csv", "fivetran_contact_merge_audit_data.csv"])
def test_a_warehouse_s_copy_of_hubspot_s_tables_is_no_export(desk, name):
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"the sample {name} (shared/samples) is not beside this repository")
    assert desk.refuse(path.read_bytes(), name).startswith("Its columns are those of no known export")
