"""What a property does to its reports as time passes: late, withheld, sampled, renamed, made up."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from google.analytics.data_v1beta.types import (
    CheckCompatibilityRequest,
)
from google.api_core import exceptions

from sample_data.ga4_server import Ga4Server
from sample_data.ga4_server.synthetic import LONGEST_COLUMN
from tests.sample_data.ga4_server.asking import (
    NAME,
    TEN_WEEKS,
    TOTAL,
    WEEK,
    Client,
    batch,
    begins,
    local,
    of_days,
    ordering,
    report,
    table,
    totals,
)


def test_numbers_change_while_hits_are_processed_and_then_no_more(
    server: Ga4Server, rest_client: Client, hits: pl.DataFrame
) -> None:
    asked = report([], ["eventCount"], ("2026-10-07", "2026-10-07"))
    said = []
    for hours in (20, 30, 40, 60, 80):
        server.now = datetime(2026, 10, 7) + timedelta(hours=hours)
        said.append(int(rest_client.run_report(asked).rows[0].metric_values[0].value))
        assert said[-1] == of_days(local(hits, server.now), "2026-10-07", "2026-10-07").height
    assert said == sorted(said)
    assert said[0] < said[1] < said[-1]
    assert said[-2] == said[-1]


def test_channels_are_attributed_days_later(server: Ga4Server, rest_client: Client) -> None:
    asked = report(["sessionDefaultChannelGroup"], ["sessions"], ("2026-10-07", "2026-10-07"))
    server.now = datetime(2026, 10, 9)
    assert set(table(rest_client.run_report(asked))) == {("Unassigned",)}
    server.advance(days=10)
    later = table(rest_client.run_report(asked))
    assert ("Unassigned",) not in later
    assert len(later) > 1


def test_thresholding_withholds_small_rows_and_says_so(client: Client, server: Ga4Server) -> None:
    asked = report(["pagePath", "date"], ["activeUsers"], TEN_WEEKS, metric_aggregations=[TOTAL])
    before = client.run_report(asked)
    server.thresholding(5)
    after = client.run_report(asked)
    assert not before.metadata.subject_to_thresholding
    assert after.metadata.subject_to_thresholding
    assert table(after) == {key: value for key, value in table(before).items() if int(value[0]) >= 5}
    assert after.row_count == len(after.rows) < before.row_count
    assert totals(after) == totals(before)


def test_thresholding_may_concern_some_dimensions_only(rest_client: Client, server: Ga4Server) -> None:
    server.thresholding(1_000, ["audienceName"])
    assert not rest_client.run_report(report(["date"], ["sessions"], WEEK)).metadata.subject_to_thresholding
    of_audiences = rest_client.run_report(report(["audienceName"], ["activeUsers"], WEEK))
    assert of_audiences.metadata.subject_to_thresholding
    assert not of_audiences.rows


def test_rare_combinations_are_rolled_into_other(client: Client, server: Ga4Server) -> None:
    asked = report(["date", "pagePath"], ["eventCount"], WEEK, metric_aggregations=[TOTAL])
    before = client.run_report(asked)
    server.other_after(10)
    after = client.run_report(asked)
    assert after.metadata.data_loss_from_other_row
    assert not before.metadata.data_loss_from_other_row
    rolled = {key for key in table(after) if key[1] == "(other)"}
    assert len(table(after)) - len(rolled) == 10
    assert {key[0] for key in rolled} <= {key[0] for key in table(before)}
    assert sum(int(row[0]) for row in table(after).values()) == sum(
        int(row[0]) for row in table(before).values()
    )
    assert totals(after) == totals(before)


def test_what_was_rolled_up_is_lost_to_a_filter_which_still_says_so(
    client: Client, server: Ga4Server
) -> None:
    asked = report(["pagePath"], ["eventCount"], WEEK, dimension_filter=begins("pagePath", "/contact"))
    assert set(table(client.run_report(asked))) == {("/contact",)}
    server.other_after(1)
    response = client.run_report(asked)
    assert not response.rows
    assert response.metadata.data_loss_from_other_row


def test_sampling_estimates_and_says_from_how_much(
    client: Client, server: Ga4Server, hits: pl.DataFrame
) -> None:
    asked = report([], ["eventCount"], TEN_WEEKS, WEEK)
    server.sampling(0.5, above_events=2_000)
    response = client.run_report(asked)
    there = [of_days(local(hits), *each).height for each in (TEN_WEEKS, WEEK)]
    assert [each.sampling_space_size for each in response.metadata.sampling_metadatas] == there
    assert [each.samples_read_count for each in response.metadata.sampling_metadatas] == [
        round(n / 2) for n in there
    ]
    guess = int(table(response)[("date_range_0",)][0])
    assert guess != there[0]
    assert guess == pytest.approx(there[0], rel=0.4)
    short = client.run_report(report([], ["eventCount"], WEEK))
    assert not short.metadata.sampling_metadatas
    assert short.rows[0].metric_values[0].value == str(there[1])


def test_restricted_metrics_read_as_zero_and_are_named(client: Client, server: Ga4Server) -> None:
    server.restrict(["purchaseRevenue", "refundAmount"])
    response = client.run_report(report([], ["purchaseRevenue", "ecommercePurchases"], TEN_WEEKS))
    [[revenue, purchases]] = table(response).values()
    assert revenue == "0"
    assert int(purchases) > 0
    [restriction] = response.metadata.schema_restriction_response.active_metric_restrictions
    assert restriction.metric_name == "purchaseRevenue"
    blocked = [
        each.api_name for each in client.get_metadata(name=f"{NAME}/metadata").metrics if each.blocked_reasons
    ]
    assert blocked == ["purchaseRevenue", "refundAmount"]
    above = {"filter": {"field_name": "purchaseRevenue", "numeric_filter": {
        "operation": "GREATER_THAN", "value": {"int64_value": 1}}}}  # fmt: skip
    with pytest.raises(exceptions.BadRequest, match="restricted"):
        client.run_report(report([], ["sessions"], WEEK, metric_filter=above))


def test_truncated_days_are_gone_and_the_date_is_given(client: Client, server: Ga4Server) -> None:
    server.truncate(date(2026, 10, 8))
    response = client.run_report(report(["date"], ["sessions"], WEEK))
    assert {key[0] for key in table(response)} == {"20261008", "20261009", "20261010", "20261011"}
    [reason] = response.metadata.data_truncation_reasons
    assert reason.data_truncation_date == "2026-10-08"
    assert reason.data_truncation_type.name == "DATA_TRUNCATION_TYPE_PROPERTY"
    [gone] = reason.data_truncation_date_ranges
    assert (gone.start_date, gone.end_date) == ("2026-10-05", "2026-10-07")
    later = client.run_report(report(["date"], ["sessions"], ("2026-10-08", "2026-10-11")))
    assert not later.metadata.data_truncation_reasons


def test_estimates_are_off_by_the_same_amount_each_time(rest_client: Client, server: Ga4Server) -> None:
    asked = report(["date"], ["sessions", "eventCount"], TEN_WEEKS, order_bys=ordering(["date"]))
    exact = table(rest_client.run_report(asked))
    server.main.quality.estimate_error = 0.2
    rough = table(rest_client.run_report(asked))
    assert rough == table(rest_client.run_report(asked))
    assert [events for _, events in rough.values()] == [events for _, events in exact.values()]
    pairs = [(int(a[0]), int(b[0])) for a, b in zip(exact.values(), rough.values(), strict=True)]
    assert any(a != b for a, b in pairs)
    assert all(abs(a - b) <= 0.2 * a + 0.5 for a, b in pairs)


def test_money_comes_in_the_currency_that_was_asked_for(rest_client: Client) -> None:
    euros = rest_client.run_report(report([], ["purchaseRevenue"], TEN_WEEKS))
    dollars = rest_client.run_report(report([], ["purchaseRevenue"], TEN_WEEKS, currency_code="USD"))
    assert (euros.metadata.currency_code, dollars.metadata.currency_code) == ("EUR", "USD")
    amount, converted = (float(each.rows[0].metric_values[0].value) for each in (euros, dollars))
    assert converted == pytest.approx(1.25 * amount)
    with pytest.raises(exceptions.BadRequest, match="currency"):
        rest_client.run_report(report([], ["purchaseRevenue"], WEEK, currency_code="XYZ"))


def test_metadata_knows_old_names_and_a_new_name_may_end_the_old_one(
    client: Client, server: Ga4Server
) -> None:
    told = client.get_metadata(name=f"{NAME}/metadata")
    old = {each.api_name: list(each.deprecated_api_names) for each in told.metrics}
    assert old["keyEvents"] == ["conversions"]
    assert len(client.run_report(report([], ["conversions"], TEN_WEEKS)).rows) == 1
    custom = [each.api_name for each in told.dimensions if each.custom_definition]
    assert "customUser:loyalty_tier" in custom
    server.main.rename("sessions", "visits", keeps_old=True)
    server.main.rename("pagePath", "screenPath", keeps_old=False)
    server.main.remove("keyEvents")
    told = client.get_metadata(name=f"{NAME}/metadata")
    old = {each.api_name: list(each.deprecated_api_names) for each in (*told.metrics, *told.dimensions)}
    assert old["visits"] == ["sessions"]
    assert old["screenPath"] == []
    assert "keyEvents" not in old
    header = client.run_report(report([], ["sessions"], WEEK)).metric_headers[0]
    assert header.name == "sessions"
    with pytest.raises(exceptions.BadRequest, match="Field pagePath is not a valid dimension"):
        client.run_report(report(["pagePath"], ["sessions"], WEEK))


def test_compatibility_is_told_of_every_field_and_may_be_wrong(client: Client, server: Ga4Server) -> None:
    server.main.rules.pairs.add(("newVsReturning", "engagementRate"))
    server.main.rules.unannounced.add(("newVsReturning", "sessions"))
    asked = CheckCompatibilityRequest(property=NAME, dimensions=[{"name": "newVsReturning"}])
    told = client.check_compatibility(asked)
    verdicts = {
        each.metric_metadata.api_name: each.compatibility.name for each in told.metric_compatibilities
    }
    assert verdicts["engagementRate"] == "INCOMPATIBLE"
    assert verdicts["sessions"] == verdicts["activeUsers"] == "COMPATIBLE"
    assert len(told.dimension_compatibilities) == len(server.main.catalogue.dimensions)
    with pytest.raises(exceptions.BadRequest, match="Please remove newVsReturning"):
        client.run_report(report(["newVsReturning"], ["sessions"], WEEK))
    asked.metrics.append({"name": "engagementRate"})
    with pytest.raises(exceptions.BadRequest, match="Please remove newVsReturning"):
        client.check_compatibility(asked)


def test_a_made_up_report_has_as_many_different_rows_in_order_as_it_was_told(
    client: Client, server: Ga4Server
) -> None:
    server.synthetic(20_011)
    names = ["date", "pagePath", "newVsReturning", "landingPage"]
    metrics = ["activeUsers", "purchaseRevenue", "engagementRate"]
    asked = report(names, metrics, WEEK, metric_aggregations=[TOTAL], order_bys=ordering(names), limit=7_000)
    found: dict[tuple[str, ...], list[str]] = {}
    for offset in range(0, 20_011, 7_000):
        asked.offset = offset
        response = client.run_report(asked)
        assert response.row_count == 20_011
        found |= table(response)
    assert len(found) == 20_011
    assert list(found) == sorted(found)
    assert {key[0] for key in found} == {f"202610{day:02d}" for day in range(5, 12)}
    assert len({key[3] for key in found}) == LONGEST_COLUMN
    for position, total in enumerate(totals(response)[0]):
        assert float(total) == pytest.approx(sum(float(row[position]) for row in found.values()))


def test_a_made_up_report_that_can_not_be_is_refused(rest_client: Client, server: Ga4Server) -> None:
    server.synthetic(20_000)
    for asked in (report(["date"], ["sessions"], WEEK), report(["hour", "pagePath"], ["sessions"], WEEK)):
        with pytest.raises(exceptions.BadRequest, match="synthetic report"):
            rest_client.run_report(asked)


def test_made_up_reports_travel_in_batches_too(rest_client: Client, server: Ga4Server) -> None:
    server.synthetic(20)
    asked = report(["pagePath"], ["sessions"], WEEK)
    reports = rest_client.batch_run_reports(batch(asked, asked)).reports
    assert [len(each.rows) for each in reports] == [20, 20]
