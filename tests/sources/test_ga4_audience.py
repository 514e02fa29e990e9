"""Golden rows of the members of an audience of Google Analytics."""

from datetime import datetime

MEMBERS = (
    "property,audience,snapshot_at,member_number,userId,deviceId\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,0,,\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,1,K-0001,1843720384.1714291234\n"
    "413000001,Loyal customers,2026-11-10 04:00:00,2,(not set),1843720385.1714291235\n"
)
CRM = (
    "Record ID,Email,Create Date,GA4 client id,Customer number\n"
    "7,ann@example.com,2026-05-01 08:00,GA1.1.1843720385.1714291235,K-0001\n"
)
MAPPING = '[mapping.hubspot]\n"Customer number" = "customer_id"\n'


def test_members_land_as_tokens_that_customers_are_looked_up_by(open_desk, counts):
    desk = open_desk(MAPPING)
    desk.read(CRM, name="crm.csv")
    load = desk.read(MEMBERS, on="2026-11-10T05:00", name="ga4-audience.csv")
    assert counts(load) == (3, 3, 0, 0)
    assert load.data_through_at == datetime(2026, 11, 10, 4)
    user, client = desk.hash("customer_id|K-0001"), desk.hash("ga4_client_id|1843720384.1714291234")
    other = desk.hash("ga4_client_id|1843720385.1714291235")
    assert desk.landed("ga4__audience_member", "member_number", "user_id", "client_id") == [
        {"member_number": 0, "user_id": None, "client_id": None},
        {"member_number": 1, "user_id": user, "client_id": client},
        {"member_number": 2, "user_id": None, "client_id": other},
    ]
    given = desk.table("identity_token")
    assert {user, other} <= set(given["token"])
    assert set(given["source"]) == {"hubspot"}, "members of an audience are nobody's records"


def test_the_settings_say_what_kind_of_identifier_a_user_id_is(open_desk):
    desk = open_desk('[sources.ga4]\nproperties = ["413000001"]\nuser_id_is = "hubspot_contact"\n')
    desk.read(MEMBERS)
    assert desk.hash("hubspot_contact|K-0001") in desk.table("ga4__audience_member")["user_id"].to_list()


def test_a_corrected_kind_of_user_id_lands_the_same_file_again(open_desk, counts):
    desk = open_desk()
    desk.read(MEMBERS)
    again = open_desk('[sources.ga4]\nproperties = ["1"]\nuser_id_is = "zendesk_user"\n')
    again.store.root.parent.joinpath("store").mkdir(exist_ok=True)
    for source, target in (
        (desk.store.root, again.store.root),
        (desk.settings.key_file, again.settings.key_file),
    ):
        target.rename(target.with_name(target.name + "-unused"))
        source.rename(target)
    again.key = desk.key
    assert counts(again.read(MEMBERS, on="2026-11-11")) == (3, 2, 0, 1), (
        "the row without a user id is as it was"
    )
