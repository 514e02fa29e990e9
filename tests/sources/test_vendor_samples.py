"""Files in the vendors' own layouts, and real ones, where they lie beside the repository."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
MAPPING = """
[mapping.hubspot]
"GA4 client id" = "ga4_client_id"
[mapping.salesforce]
GA_Client_Id__c = "ga4_client_id"
[mapping.zendesk]
360000358316 = "customer_id"
[mapping.qualtrics]
QID1 = {item = "nps", scale = [0, 10]}
customer_id = "customer_id"
"""
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the vendors' sample files (shared/samples) are not beside this repository"
)


def sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"the sample {name} is not there")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("layout/hubspot/hubspot-crm-exports-all-contacts-2024-05-02.csv", {"contact": (3, 3, 0, 0)}),
        ("layout/qualtrics/NPS_May_2024_numeric.csv", {"response": (3, 2, 1, 0)}),
        ("layout/shopify/orders_export_1.csv", {"order": (3, 3, 0, 0)}),
        ("layout/zendesk/tickets_full_export.ndjson", {"ticket": (4, 4, 0, 0)}),
        (
            "layout/salesforce/WE_00D8a000001kRXSUA2_1.ZIP",
            {"account": (3, 3, 0, 0), "contact": (3, 3, 0, 0), "case": (2, 2, 0, 0)},
        ),
        ("real/qualtrics/qualtRics_sample_v3_3headers_de.csv", {"response": (1, 1, 0, 0)}),
        ("real/qualtrics/qualtRics_sample_legacy_2headers_bom.csv", {"response": (1, 1, 0, 0)}),
        ("real/stripe/payments_semicolon_crlf.csv", {"payment": (622, 622, 0, 0)}),
        ("real/orders_uci/online_retail_2010-12-01.csv", {"line": (3108, 3108, 0, 0)}),
    ],
)
def test_a_vendor_s_file_is_accounted_for_to_the_row(open_desk, counts, name, expected):
    desk = open_desk(MAPPING)
    desk.put(Path(name).name, sample(name))
    done = desk.take_in()
    assert done.refusals == []
    assert {load.object: counts(load) for load in done.loads} == expected


def test_the_same_person_has_the_same_tokens_in_every_vendor_s_file(open_desk):
    desk = open_desk(MAPPING)
    for name in (
        "layout/hubspot/hubspot-crm-exports-all-contacts-2024-05-02.csv",
        "layout/qualtrics/NPS_May_2024_numeric.csv",
        "layout/shopify/orders_export_1.csv",
    ):
        desk.put(Path(name).name, sample(name))
    desk.take_in()
    ann = desk.hash("email|ann@example.com")
    found = desk.table("identity_token").filter(token=ann)["source"].unique().sort().to_list()
    assert found == ["hubspot", "qualtrics", "shopify"]
    cookie = desk.hash("ga4_client_id|1843720384.1714291234")
    assert cookie in desk.table("identity_token")["token"].to_list()


@pytest.mark.parametrize(
    "name",
    [
        "real/surveymonkey/538_StarWars.csv",
        "real/surveymonkey/538_flying-etiquette.csv",
        "real/salesforce/dataloader_test_csvtext_BOM_UTF16LE.csv",
        "real/hubspot/fivetran_contact_data.csv",
        "real/shopify/fivetran_shopify_order_data.csv",
        "real/zendesk/fivetran_ticket_data.csv",
        "real/zendesk/fivetran_user_data.csv",
    ],
)
def test_a_real_file_of_an_unknown_layout_is_refused_not_misread(desk, name):
    assert desk.refuse(sample(name), Path(name).name).startswith("Its columns are those of no known export")
    assert [path.name for path in desk.refusals()] == [Path(name).name, Path(name).name + ".reason.txt"]
