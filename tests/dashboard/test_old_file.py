"""A file of 2010 that arrives today moves no "data through" back, and makes nothing look fresh."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.door.land import read_loads
from tests.snapshot.company import Company, careful, contacts, feedback, week_of_answers

Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]
OLD_TICKET = (
    '{"id": 7, "requester_id": 31, "subject": "a pan", "status": "closed", "via": {"channel": "web"}, '
    '"created_at": "2010-11-02T09:00:00Z", "updated_at": "2010-11-02T09:00:00Z"}\n'
)
NOW = "2026-11-17T05:00"


@pytest.fixture(scope="module")
def company_with_old_files(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Feedback came a week ago; today came some of 2010, and of Zendesk nothing but a ticket of 2010."""
    company = Company(tmp_path_factory.mktemp("old") / "company")
    company.arrives("contacts.csv", contacts(range(20)), "2026-11-17T04:00")
    company.arrives("now.csv", feedback(week_of_answers("2026-11-02", range(20))), "2026-11-09T04:00")
    company.run("2026-11-09T05:00")
    company.arrives("old.csv", feedback(week_of_answers("2010-11-01", range(20))), "2026-11-17T04:00")
    company.arrives("old.json", OLD_TICKET, "2026-11-17T04:00")
    company.run(NOW)
    return company


def test_the_load_itself_ends_when_its_rows_end(company_with_old_files: Company) -> None:
    ends = {
        load.data_through_at.year
        for load in read_loads(company_with_old_files.store)
        if load.object in {"feedback", "ticket"} and load.data_through_at
    }
    assert ends == {2010, 2026}


def test_its_source_reaches_as_far_as_before_and_is_not_in_for_the_week(
    company_with_old_files: Company,
) -> None:
    build = company_with_old_files.store.current()
    assert build is not None
    told = build.query(
        """
        select object, last_received_at::date::varchar, heard_at::date::varchar, data_through_at::date::varchar
        from data_health where source = 'hubspot' and object = 'feedback'
        """
    ).rows()
    assert told == [("feedback", "2026-11-17", "2026-11-09", "2026-11-08")]


def test_pages_and_questions_reach_as_far_as_they_do_without_it(
    company_with_old_files: Company, open_page: Open, said: Said
) -> None:
    folder: Path = company_with_old_files.config.parent
    for page in ("this_week", "data_health"):
        told = said(open_page(folder, page))
        assert "data through Sunday 8 November" in told
        assert "HubSpot is 2 days late" in told
    _, text, _ = careful("status", "--config", company_with_old_files.config)
    assert "HubSpot: data up to 8 Nov 2026" in text
