"""The filter of a company's own dimension: in the sidebar, in the address, on the pages."""

from pathlib import Path

from tests.dashboard.conftest import Open
from tests.own_dimension import PLANS


def texts(app) -> str:
    return "\n".join(str(one.value) for one in app.markdown)


def test_an_own_dimension_is_offered_beside_segment_and_region(
    company_with_plans: Path, open_page: Open
) -> None:
    app = open_page(company_with_plans)
    box = app.sidebar.selectbox(key="in_customer_plan")
    assert (box.label, box.options, box.value) == (
        "Customer plan", ["Any customer plan", "Gold"], "Any customer plan",
    )  # fmt: skip
    assert [one.label for one in app.sidebar.selectbox] == ["Segment", "Region", "Customer plan"]


def test_choosing_a_plan_lets_go_of_the_segment_and_shows_the_plan(
    company_with_plans: Path, open_page: Open
) -> None:
    app = open_page(company_with_plans, "feelings_and_loyalty", segment="Private")
    app.sidebar.selectbox(key="in_customer_plan").select("Gold").run()
    assert not app.exception
    assert app.sidebar.selectbox(key="segment").value == "All customers"
    assert "Customer plan Gold only" in texts(app)
    assert f"{PLANS['Gold']} answers in thirteen weeks" in texts(app)


def test_a_plan_in_the_address_is_chosen_and_an_unknown_one_harms_nothing(
    company_with_plans: Path, open_page: Open
) -> None:
    known = open_page(company_with_plans, "feelings_and_loyalty", in_customer_plan="Gold")
    assert "Customer plan Gold only" in texts(known)
    for address in ({"in_customer_plan": "Nobody"}, {"in_brand": "North"}, {"in_": ""}):
        unknown = open_page(company_with_plans, "feelings_and_loyalty", **address)
        assert not unknown.exception
        assert " only" not in texts(unknown)


def test_every_filtered_page_opens_for_a_plan(company_with_plans: Path, open_page: Open) -> None:
    for page in ("this_week", "feelings_and_loyalty", "top_customers", "service_and_care"):
        assert not open_page(company_with_plans, page, in_customer_plan="Gold").exception


def test_data_health_says_which_are_shown(company_with_plans: Path, open_page: Open) -> None:
    told = texts(open_page(company_with_plans, "data_health"))
    assert "**Customer plan** :small[:gray[HubSpot, column Plan]]: 4 groups" in told
    assert "**Reference**" in told


def test_a_company_without_own_dimensions_has_the_filters_it_had(
    nothing_published: Path, open_page: Open
) -> None:
    app = open_page(nothing_published, "data_health")
    assert "Your own dimensions" not in [one.value for one in app.header]
