"""Audience exports: made, polled, read, gone."""

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from google.analytics.data_v1beta.types import (
    AudienceExport,
)
from google.api_core import exceptions

from sample_data.ga4_server import Ga4Server
from tests.sample_data.ga4_server.asking import NAME, TEN_WEEKS, Client, local, report, table


def audience_ids(client: Client) -> dict[str, str]:
    """Name -> resource, found out as a client of the Data API can: by a report."""
    found = table(client.run_report(report(["audienceName", "audienceId"], ["activeUsers"], TEN_WEEKS)))
    return {name: f"{NAME}/audiences/{number}" for name, number in found}


def test_an_audience_export_is_made_polled_and_read_in_pages(
    client: Client, server: Ga4Server, hits: pl.DataFrame
) -> None:
    asked = {"audience": audience_ids(client)["Loyal customers"],
             "dimensions": [{"dimension_name": "deviceId"}, {"dimension_name": "userId"}]}  # fmt: skip
    made = AudienceExport.pb()()
    assert client.create_audience_export(parent=NAME, audience_export=asked).operation.response.Unpack(made)
    made = AudienceExport.wrap(made)
    assert made.state.name == "CREATING"
    with pytest.raises(exceptions.BadRequest, match="not ready"):
        client.query_audience_export(name=made.name)
    states = [client.get_audience_export(name=made.name) for _ in range(2)]
    assert [(each.state.name, each.percentage_completed) for each in states] == [
        ("CREATING", 50),
        ("ACTIVE", 100),
    ]
    rows = []
    for offset in (0, 10):
        page = client.query_audience_export({"name": made.name, "offset": offset, "limit": 10})
        assert page.row_count == states[-1].row_count
        rows += [tuple(value.value for value in row.dimension_values) for row in page.audience_rows]
    loyal = local(hits, datetime(2026, 11, 15, 23)).filter(
        pl.col("audience").list.contains("Loyal customers")
    )
    assert {device for device, _ in rows} == set(loyal["client_id"])
    assert {user for _, user in rows if user} == set(loyal["user_id"].drop_nulls())
    assert len(rows) == len(set(rows)) == page.row_count
    server.advance(hours=73)
    with pytest.raises(exceptions.NotFound, match="expire"):
        client.query_audience_export(name=made.name)
    assert not list(client.list_audience_exports(parent=NAME))


def test_an_export_may_fail_and_be_asked_for_again(rest_client: Client, server: Ga4Server) -> None:
    asked = {"audience": audience_ids(rest_client)["Needed help lately"],
             "dimensions": [{"dimension_name": "userId"}]}  # fmt: skip
    server.main.exports.fail_next, server.main.exports.polls = 1, 1
    for state in ("FAILED", "ACTIVE"):
        rest_client.create_audience_export(parent=NAME, audience_export=asked)
        newest = list(rest_client.list_audience_exports(parent=NAME))[-1]
        assert rest_client.get_audience_export(name=newest.name).state.name == state
    server.main.exports.operations_hold_exports = False
    operation = rest_client.create_audience_export(parent=NAME, audience_export=asked).operation
    assert not operation.HasField("response")
    pages = list(rest_client.list_audience_exports({"parent": NAME, "page_size": 2}).pages)
    assert [len(page.audience_exports) for page in pages] == [2, 1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"audience": f"{NAME}/audiences/99"}, "audiences/99 was not found"),
        ({"audience": "properties/1/audiences/1"}, "was not found"),
        ({"dimensions": [{"dimension_name": "email"}]}, "Field email is not a valid dimension"),
        ({"dimensions": []}, "requires dimensions"),
    ],
)
def test_an_export_of_nothing_known_is_refused(
    rest_client: Client, change: dict[str, Any], says: str
) -> None:
    asked = {"audience": f"{NAME}/audiences/1", "dimensions": [{"dimension_name": "userId"}], **change}
    with pytest.raises(exceptions.ClientError, match=says):
        rest_client.create_audience_export(parent=NAME, audience_export=asked)


def test_people_leave_an_audience_some_days_after_their_latest_event(
    server: Ga4Server, rest_client: Client
) -> None:
    def members(days: dict[str, int]) -> int:
        server.membership(days)
        asked = {"audience": audience_ids(rest_client)["Loyal customers"],
                 "dimensions": [{"dimension_name": "deviceId"}]}  # fmt: skip
        rest_client.create_audience_export(parent=NAME, audience_export=asked)
        newest = list(rest_client.list_audience_exports(parent=NAME))[-1]
        rest_client.get_audience_export(name=newest.name)
        return int(rest_client.get_audience_export(name=newest.name).row_count)

    assert 0 < members({"Loyal customers": 2}) < members({})
