from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.ga4.fetch import Fetched, Quality
from pipelines.ga4.ledger import Ledger
from pipelines.ga4.periods import Window
from pipelines.ga4.plan import BACKFILL_MONTHS, measured_settling, months_before, plan
from pipelines.ga4.reports import Report
from pipelines.store import AGGREGATES, MANIFEST, PEOPLE, Store

ZONE = "Europe/Zurich"
AT = datetime(2026, 11, 16, 5)
DAY = timedelta(days=1)
OCTOBER = date(2026, 10, 1)


def report(
    *grains: str, name: str = "ours", metrics: tuple[str, ...] = ("activeUsers",), settling: int = 3
) -> Report:
    return Report.model_validate(
        {
            "name": name, "question": "?", "owner": "us", "grains": grains or ("day",), "metrics": metrics,
            "settling_days": settling,
        }
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(Store(tmp_path / "store"), "key") as opened:
        yield opened


def planned(ledger: Ledger, *reports: Report, at: datetime = AT, **more: object) -> list[Window]:
    given = {"zone": ZONE, "settling": {}, "since": OCTOBER, **more}
    return plan(ledger, reports or (report(),), "413000001", at, **given)  # type: ignore[arg-type]


def land(ledger: Ledger, windows: list[Window], at: datetime = AT, currency: str = "EUR") -> None:
    for window in windows:
        ledger.land(Fetched(window, quality=Quality(currency=currency or None, time_zone=ZONE)), at)


def names(windows: list[Window]) -> list[str]:
    return [window.name for window in windows]


def test_what_was_never_had_is_asked_for_the_newest_first_whatever_its_report(ledger: Ledger) -> None:
    found = planned(ledger, report("day", "week"), report("month", name="theirs"), since=date(2026, 6, 1))
    assert names(found) == [
        "ours day 2026-09-16..2026-11-16",
        "ours week 2026-06-01..2026-11-16",
        "theirs month 2026-06-01..2026-11-16",
        "ours day 2026-07-16..2026-09-15",
        "ours day 2026-06-01..2026-07-15",
    ]


def test_fourteen_whole_months_are_asked_for_unless_the_settings_say_otherwise(ledger: Ledger) -> None:
    assert planned(ledger, since=None)[-1].first_on == months_before(date(2026, 11, 16), BACKFILL_MONTHS)
    assert months_before(date(2026, 11, 16), BACKFILL_MONTHS) == date(2025, 9, 1)
    assert planned(ledger, since=date(2001, 1, 1))[-1].first_on == date(2015, 9, 1)


def test_what_was_asked_within_the_hour_is_not_asked_again(ledger: Ledger) -> None:
    land(ledger, planned(ledger))
    assert planned(ledger) == []
    assert planned(ledger, at=AT + timedelta(minutes=59)) == []
    assert names(planned(ledger, at=AT + timedelta(hours=1))) == ["ours day 2026-11-13..2026-11-16"]


def test_a_period_is_asked_again_until_it_was_asked_after_it_settled(ledger: Ledger) -> None:
    land(ledger, planned(ledger))
    for later, first_on in ((1, "2026-11-13"), (2, "2026-11-14"), (3, "2026-11-15")):
        window = planned(ledger, at=AT + later * DAY)[0]
        assert window.first_on == date.fromisoformat(first_on)
        land(ledger, [window], AT + later * DAY)


def test_after_a_month_without_a_pull_all_that_was_not_settled_and_all_new_days_are_asked_for(
    ledger: Ledger,
) -> None:
    land(ledger, planned(ledger))
    assert names(planned(ledger, at=AT + 30 * DAY)) == ["ours day 2026-11-10..2026-12-16"]


def test_what_has_settled_is_looked_at_once_more_when_twice_its_settling_days_are_over(
    ledger: Ledger,
) -> None:
    asked = []
    for later in range(20):
        for window in planned(ledger, since=date(2026, 11, 15), at=AT + later * DAY):
            asked += [later + 1] * (date(2026, 11, 15) in {period.starts_on for period in window.periods})
            land(ledger, [window], AT + later * DAY)
    assert asked == [1, 2, 3, 4, 7], "days after it"


def test_a_week_a_month_and_28_days_are_asked_again_until_days_after_their_end(ledger: Ledger) -> None:
    reports = [report("week", "month", "rolling_28_days")]
    land(ledger, planned(ledger, *reports))
    assert names(planned(ledger, *reports, at=AT + DAY)) == [
        "ours week 2026-11-09..2026-11-17",
        "ours month 2026-11-01..2026-11-17",
        "ours rolling_28_days 2026-10-19..2026-11-15",
    ]
    land(ledger, planned(ledger, *reports, at=AT + DAY), AT + DAY)
    land(ledger, planned(ledger, *reports, at=AT + 3 * DAY), AT + 3 * DAY)
    assert names(planned(ledger, *reports, at=AT + 4 * DAY)) == [
        "ours week 2026-11-16..2026-11-20",
        "ours month 2026-11-01..2026-11-20",
    ]


def test_a_measured_settling_that_is_longer_than_the_reports_counts(ledger: Ledger) -> None:
    land(ledger, planned(ledger))
    (window,) = planned(ledger, at=AT + DAY, settling={("ours", "day"): 12})
    assert window.first_on == date(2026, 11, 4)
    (window,) = planned(ledger, at=AT + DAY, settling={("ours", "day"): 1})
    assert window.first_on == date(2026, 11, 13)


def test_days_that_are_named_are_asked_again_though_they_are_settled_and_others_are_not(
    ledger: Ledger,
) -> None:
    land(ledger, planned(ledger))
    found = planned(ledger, at=AT + DAY, since=date(2026, 10, 3), until=date(2026, 10, 5), anew=True)
    assert names(found) == ["ours day 2026-10-03..2026-10-05"]


def test_only_the_gap_is_asked_for(ledger: Ledger) -> None:
    whole = planned(ledger)[0]
    land(ledger, [Window(whole.report, whole.property_id, "day", whole.periods[:10], whole.asked_on)])
    land(ledger, [Window(whole.report, whole.property_id, "day", whole.periods[20:], whole.asked_on)])
    assert names(planned(ledger)) == ["ours day 2026-10-11..2026-10-20"]


def test_a_report_that_asks_something_else_now_is_asked_for_from_the_start(ledger: Ledger) -> None:
    land(ledger, planned(ledger))
    assert names(planned(ledger, report(metrics=("activeUsers", "sessions")))) == [
        "ours day 2026-10-01..2026-11-16"
    ]


def test_money_is_asked_for_again_when_the_property_changes_its_currency(ledger: Ledger) -> None:
    sales, visits = report(metrics=("purchaseRevenue",), name="sales"), report()
    land(ledger, planned(ledger, sales, visits))
    (recent, _) = planned(ledger, sales, visits, at=AT + DAY)
    land(ledger, [recent], AT + DAY, currency="CHF")
    assert names(planned(ledger, sales, visits, at=AT + DAY)) == [
        "ours day 2026-11-13..2026-11-17",
        "sales day 2026-10-01..2026-11-12",
    ]


def test_an_answer_without_a_currency_is_no_change_of_it(ledger: Ledger) -> None:
    sales = report(metrics=("purchaseRevenue",))
    land(ledger, planned(ledger, sales), currency="")
    (recent,) = planned(ledger, sales, at=AT + DAY)
    land(ledger, [recent], AT + DAY)
    land(ledger, planned(ledger, sales, at=AT + 2 * DAY), AT + 2 * DAY, currency="")
    assert ledger.currency("413000001") == "EUR"
    asked = planned(ledger, sales, at=AT + 3 * DAY)
    assert min(window.first_on for window in asked) > date(2026, 11, 1), "and not all since October"


def test_no_period_begins_before_the_first_day_that_google_answers_for(ledger: Ledger) -> None:
    asked = planned(ledger, report("day", "week", "month", "rolling_28_days"), since=date(2000, 1, 1))
    assert min(window.first_on for window in asked) == date(2015, 8, 31)


def test_the_day_is_the_propertys_and_not_the_servers(ledger: Ledger) -> None:
    late = datetime(2026, 11, 15, 23, 30)
    assert planned(ledger, at=late)[0].last_on == date(2026, 11, 16)
    assert planned(ledger, at=late, zone="America/Los_Angeles")[0].last_on == date(2026, 11, 15)


def test_every_day_is_asked_for_once_where_the_clocks_change(ledger: Ledger) -> None:
    (window,) = planned(ledger, since=date(2026, 10, 23), at=datetime(2026, 10, 26, 0, 30))
    assert [period.starts_on.day for period in window.periods] == [23, 24, 25, 26]


def test_cohorts_are_asked_for_again_until_their_last_week_is_settled(ledger: Ledger) -> None:
    cohorts = report("cohort_week")
    (first,) = planned(ledger, cohorts, since=None)
    assert len(first.periods) == 8
    land(ledger, [first])
    for weeks, oldest in ((1, 0), (2, 0), (3, 1)):
        at = AT + 7 * weeks * DAY
        (window,) = planned(ledger, cohorts, since=None, at=at)
        assert window.periods[0] == first.periods[oldest]
        land(ledger, [window], at)


def test_without_a_published_build_nothing_is_measured(tmp_path: Path) -> None:
    assert measured_settling(Store(tmp_path / "store")) == {}


def test_a_settling_that_moving_figures_put_off_counts_though_it_is_not_measured(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    folder = store.builds_folder / "b"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}", encoding="utf-8")
    (folder / PEOPLE).touch()
    store.pointer.write_text("b", encoding="utf-8")
    with duckdb.connect(folder / AGGREGATES) as published:
        published.execute(
            "create table settled_after as select * from (values ('ours', 'day', 'sessions', 9, false), "
            "('ours', 'day', 'active_users', 3, false), ('ours', 'week', 'sessions', 2, true)) "
            "as t(report, grain, metric, settled_after_days, is_measured)"
        )
    assert measured_settling(store) == {("ours", "day"): 9, ("ours", "week"): 2}
