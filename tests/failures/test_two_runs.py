"""Two runs started together: one does the work, the other says so and changes nothing."""

import re

import pytest

from pipelines.settings import Settings
from pipelines.store import Store
from pipelines.terminal import NOT_PUBLISHED
from tests.failures import company as failing

TIMES = 20


@pytest.mark.endure
def test_of_two_runs_started_together_one_works_and_the_other_changes_nothing(company: Settings) -> None:
    store = Store(company.store)
    failing.run(company)
    for _ in range(TIMES):
        runs, before = len(store.runs()), failing.published(company).id
        both = [failing.start(company) for _ in range(2)]
        (worked, published), (refused, said) = sorted(each.ends() for each in both)
        assert (worked, refused) == (0, NOT_PUBLISHED), (published, said)
        assert published.startswith("Published ")
        assert re.match(r"Another run is at work \(process \w+, store .*\)\. Wait for it to end", said), said
        assert len(store.runs()) == runs + 1
        assert store.builds()[1].id == before
        assert failing.published(company).id == store.builds()[0].id
    failing.assert_rows_add_up(store)
    failing.assert_nothing_is_left_behind(company)
