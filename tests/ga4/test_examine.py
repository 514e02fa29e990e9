from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.doctor import examine
from pipelines.ga4.examine import findings
from pipelines.settings import GA4
from pipelines.store import Store
from sample_data.ga4_server import Ga4Server
from tests.ga4.company import DAILY, PAGES, Company

NOW = datetime(2026, 11, 16, 5)


@pytest.fixture
def company(tmp_path: Path, rest_settings: GA4) -> Company:
    asking = rest_settings.model_copy(update={"since": date(2026, 10, 1)})
    return Company(tmp_path / "company", asking, daily=DAILY, pages=PAGES)


def test_a_property_that_can_be_asked_says_who_asks_what_a_pull_costs_and_what_is_left(
    company: Company,
) -> None:
    assert findings(company.at(NOW)) == [
        (
            "Google Analytics 413000001",
            True,
            "read without credentials; Europe/Zurich, EUR; 2 report(s) can be asked. A pull now asks for 2 window(s), "
            "about 20 tokens; 39,996 of this hour and 199,996 of today are left.",
        )
    ]


def test_looking_leaves_nothing_behind(company: Company) -> None:
    findings(company.at(NOW))
    assert not Store(company.settings.store).landing.exists()


def test_a_report_that_can_not_be_asked_has_a_finding_of_its_own(company: Company, server: Ga4Server) -> None:
    server.main.rules.pairs.add(("pagePath", "screenPageViews"))
    (access, (what, is_well, says)) = findings(company.at(NOW))
    assert access[1]
    assert "1 report(s) can be asked" in access[2]
    assert (what, is_well) == ("Google Analytics 413000001, report pages", False)
    assert "Please remove pagePath" in says


def test_a_revoked_access_says_what_to_grant(company: Company, server: Ga4Server) -> None:
    server.revoke()
    ((what, is_well, says),) = findings(company.at(NOW))
    assert (what, is_well) == ("Google Analytics 413000001", False)
    assert "role Viewer" in says


def test_a_missing_key_is_found_before_anything_is_asked(company: Company, server: Ga4Server) -> None:
    company.ask(transport="grpc", api_endpoint=None, credentials_file=Path("secrets/google.json"))
    ((what, is_well, says),) = findings(company.at(NOW))
    assert (what, is_well) == ("Google Analytics", False)
    assert "secrets/google.json can not be read" in says
    assert server.requests == []


def test_the_doctor_says_it_all_and_is_silent_where_nothing_is_asked(company: Company) -> None:
    told = {finding.what for finding in examine(company.at(NOW))}
    assert "Google Analytics 413000001" in told
    sources = company.settings.sources.model_copy(update={"ga4": None})
    without = company.at(NOW).model_copy(update={"sources": sources})
    assert not [finding for finding in examine(without) if finding.what.startswith("Google")]
