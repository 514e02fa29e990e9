"""Whether every property and report can be asked, and what the next pull would cost: for `careful doctor`."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

from pipelines import workspace
from pipelines.ga4 import fields
from pipelines.ga4.client import NOBODY, Client
from pipelines.ga4.errors import GA4Error
from pipelines.ga4.periods import Period, Window, today
from pipelines.ga4.pull import chosen, pull
from pipelines.ga4.reports import Report
from pipelines.ga4.request import report_request
from pipelines.settings import Settings
from pipelines.store import Store

NAME = "Google Analytics"
_WEEK = timedelta(days=7)

Found = tuple[str, bool, str]
"""What was looked at, whether it is well, and what to say."""


def findings(settings: Settings) -> list[Found]:
    """One finding per property, and one per report that it can not answer; none where nothing is to be asked.

    A property is asked for its fields, for what goes together, and for one row: a token or two each.
    """
    for at in workspace.moments(settings, settings.as_of() - _WEEK):
        return list(_findings(at))
    return []


def _findings(settings: Settings) -> Iterator[Found]:
    ga4 = settings.ga4
    assert ga4 is not None
    store, reports = Store(settings.store), chosen(settings)
    day = today(settings.company.time_zone, settings.as_of())
    planned = pull(settings, store, dry_run=True).planned
    try:
        client = Client(ga4, settings.workspace)
    except GA4Error as error:
        yield NAME, False, str(error)
        return
    with closing(client):
        for property_id in ga4.properties:
            own = [each for each in planned if each["property_id"] == property_id]
            try:
                troubles = _troubles(client, store, property_id, reports, day)
                row = _one_row(client, property_id, reports[0], day)
            except GA4Error as error:
                yield f"{NAME} {property_id}", False, str(error)
                continue
            yield f"{NAME} {property_id}", True, _in_words(client, own, row, len(reports) - len(troubles))
            for name, trouble in troubles.items():
                yield f"{NAME} {property_id}, report {name}", False, trouble


def _troubles(
    client: Client, store: Store, property_id: str, reports: list[Report], day: date
) -> dict[str, str]:
    """Report -> what is wrong with it at this property."""
    before = fields.read(store, property_id)
    now = fields.Fields.of(client.metadata(property_id), day, {})
    found = {}
    for report in reports:
        trouble = (
            fields.gone(report, now, before)
            or fields.quarrel(client, property_id, report, now)
            or fields.renamed(report, now)
        )
        if trouble:
            found[report.name] = trouble
    return found


def _one_row(client: Client, property_id: str, report: Report, day: date) -> Any:
    """The answer to the smallest question: the active users of a day."""
    smallest = report.model_copy(update={"dimensions": (), "metrics": ("activeUsers",), "filters": {}})
    window = Window(smallest, property_id, "day", (Period(day, day),), day)
    (answer,) = client.run_reports(property_id, [report_request(window, 0, 1)])
    return answer


def _in_words(client: Client, planned: list[dict[str, Any]], row: Any, reports: int) -> str:
    tokens = sum(each["tokens"] for each in planned)
    quota, about = row.property_quota, row.metadata
    who = "without credentials" if client.account == NOBODY else f"as {client.account}"
    return (
        f"read {who}; {about.time_zone}, {about.currency_code}; {reports} report(s) can be asked. "
        f"A pull now asks for {len(planned):,} window(s), about {tokens:,} tokens; "
        f"{quota.tokens_per_hour.remaining:,} of this hour and {quota.tokens_per_day.remaining:,} of today are left."
    )
