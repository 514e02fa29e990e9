"""An answer becomes a table without anything lost, changed in kind or made up."""

from datetime import date
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from google.analytics.data_v1beta import types
from hypothesis import given
from hypothesis import strategies as st

from pipelines.door.scrub import scrub
from pipelines.ga4.errors import BadPages
from pipelines.ga4.page import decode, first_row, read_page
from pipelines.ga4.quality import added, quality, totals, worst
from tests.ga4.windows import MetricType, answer, report, window

SESSIONS = ("sessions", MetricType.TYPE_INTEGER)
REVENUE = ("purchaseRevenue", MetricType.TYPE_CURRENCY)
RATE = ("engagementRate", MetricType.TYPE_FLOAT)
SECONDS = ("userEngagementDuration", MetricType.TYPE_SECONDS)
Truncation = types.ResponseMetaData.DataTruncationReason.DataTruncationType

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "P", "S", "Zs")), max_size=12)
INTEGER = st.integers(-(2**63), 2**63 - 1)
MONEY = st.decimals(-(10**13), 10**13, places=6)
ROW = st.tuples(
    st.integers(1, 31), TEXT, TEXT, INTEGER, MONEY, st.floats(allow_nan=False, allow_infinity=False)
)


def shown(*texts):
    return scrub(pl.Series(texts))[0].to_list()


def one(kind, value, name="sessions"):
    asked = window(report(metrics=(name,)))
    return decode(answer(["date"], [(name, kind)], [(("20261001",), (value,))]), asked).column(4)


@given(rows=st.lists(ROW, max_size=30))
def test_every_cell_arrives_in_its_column_as_its_type(rows):
    metrics = [SESSIONS, REVENUE, RATE]
    asked = window(report("deviceCategory", "customEvent:mood", metrics=[name for name, _ in metrics]))
    given_rows = [
        ((f"202610{day:02}", device, mood), (str(sessions), f"{money:f}", repr(rate)))
        for day, device, mood, sessions, money, rate in rows
    ]
    table = decode(answer(["date", "deviceCategory", "customEvent:mood"], metrics, given_rows), asked)
    assert table.schema == pa.schema(
        {
            "property_id": pa.string(), "grain": pa.string(), "period_start_on": pa.date32(),
            "period_end_on": pa.date32(), "device_category": pa.string(), "mood": pa.string(),
            "sessions": pa.int64(), "purchase_revenue": pa.decimal128(18, 4), "engagement_rate": pa.float64(),
        }
    )  # fmt: skip
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (
            "413000001", "day", date(2026, 10, day), date(2026, 10, day), *shown(device, mood),
            sessions, money.quantize(Decimal("0.0001")), rate,
        )
        for day, device, mood, sessions, money, rate in rows
    ]  # fmt: skip


def test_a_cent_is_a_cent_and_never_a_float():
    assert one(REVENUE[1], "0.1", "purchaseRevenue").to_pylist() == [Decimal("0.1000")]
    assert one(REVENUE[1], "19.989999999999998", "purchaseRevenue").to_pylist() == [Decimal("19.9900")]
    assert one(REVENUE[1], "1.5E3", "purchaseRevenue").to_pylist() == [Decimal("1500.0000")]


@pytest.mark.parametrize(
    "kind", [MetricType.TYPE_FLOAT, MetricType.TYPE_SECONDS, MetricType.TYPE_STANDARD, 77]
)
def test_what_is_neither_counted_nor_money_is_a_double(kind):
    assert one(kind, "2.5").to_pylist() == [2.5]


@pytest.mark.parametrize("value", ["", "NaN", "Infinity"])
def test_where_there_is_no_number_there_is_none(value):
    assert one(MetricType.TYPE_FLOAT, value).to_pylist() == [None]


@pytest.mark.parametrize(
    ("kind", "value"), [(1, "1.5"), (1, "9223372036854775808"), (9, "a lot"), (2, "1,5")]
)
def test_a_value_that_is_not_of_its_type_is_refused_without_being_shown(kind, value):
    with pytest.raises(BadPages, match="The metric sessions is said to be TYPE_") as refused:
        one(kind, value)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("grain", "dimension", "written", "first", "last"),
    [
        ("day", "date", "20261015", date(2026, 10, 15), date(2026, 10, 15)),
        ("week", "isoYearIsoWeek", "202642", date(2026, 10, 12), date(2026, 10, 18)),
        ("month", "yearMonth", "202610", date(2026, 10, 1), date(2026, 10, 31)),
        ("rolling_28_days", "dateRange", "2026-10-18", date(2026, 9, 21), date(2026, 10, 18)),
        ("cohort_week", "cohort", "2026-10-11", date(2026, 10, 11), date(2026, 10, 17)),
    ],
)
def test_a_period_is_read_from_its_dimension(grain, dimension, written, first, last):
    asked = window(report(grain=grain), since=date(2026, 9, 1))
    table = decode(answer([dimension], [SESSIONS], [((written,), ("7",))]), asked)
    assert table.select(["period_start_on", "period_end_on"]).to_pylist() == [
        {"period_start_on": first, "period_end_on": last}
    ]


def test_a_single_date_range_has_no_column_of_its_own():
    asked = window(report(grain="rolling_28_days"), since=date(2026, 9, 20), until=date(2026, 10, 18))
    assert len(asked.periods) == 1
    table = decode(answer([], [SESSIONS], [((), ("7",))]), asked)
    assert table["period_end_on"].to_pylist() == [date(2026, 10, 18)]


def test_iso_weeks_around_the_new_year_belong_to_their_iso_year():
    asked = window(report(grain="week"), since=date(2025, 12, 29), until=date(2026, 1, 11))
    rows = [(("202601",), ("1",)), (("202602",), ("2",))]
    table = decode(answer(["isoYearIsoWeek"], [SESSIONS], rows), asked)
    assert table["period_start_on"].to_pylist() == [date(2025, 12, 29), date(2026, 1, 5)]


def test_a_period_that_was_not_asked_for_is_refused():
    with pytest.raises(BadPages, match="was not asked for"):
        decode(answer(["date"], [SESSIONS], [(("20261101",), ("1",))]), window(report()))


def test_days_rolled_into_other_are_counted_and_belong_to_no_day():
    rows = [(("20261001",), ("1",)), (("(other)",), ("5",))]
    page = read_page(answer(["date"], [SESSIONS], rows), window(report()))
    assert page.table["sessions"].to_pylist() == [1]
    assert (page.unplaced, len(page.keys)) == (1, 2)


@pytest.mark.parametrize(
    "headers",
    [
        (["date"], [SESSIONS]),
        (["pagePath", "date"], [SESSIONS]),
        (["date", "pagePath"], [REVENUE]),
        (["date", "pagePath"], [SESSIONS, REVENUE]),
    ],
)
def test_other_columns_than_were_asked_for_are_refused(headers):
    with pytest.raises(BadPages, match="expected the columns date, pagePath, sessions"):
        decode(answer(*headers, []), window(report("pagePath")))


def test_a_row_with_a_cell_too_few_is_refused():
    rows = [(("20261001", "/"), ("1",)), (("20261001",), ("1",)), (("20261002", "/", "/"), ("1",))]
    with pytest.raises(BadPages, match="2 cells in each row"):
        decode(answer(["date", "pagePath"], [SESSIONS], rows), window(report("pagePath")))


def test_an_answer_without_anything_has_the_columns_all_the_same():
    asked = window(report("pagePath", metrics=("sessions", "purchaseRevenue")))
    table = decode(types.RunReportResponse.pb()(), asked)
    assert table.num_rows == 0
    assert table.column_names[4:] == ["page_path", "sessions", "purchase_revenue"]
    assert table.schema.field("purchase_revenue").type == pa.decimal128(18, 4)


def test_what_looks_personal_is_left_out_and_counted_and_keys_keep_rows_apart():
    paths = [
        "/reset?mail=anna@example.com",
        "/reset?mail=bert@example.com",
        "/",
        "/reset?mail=anna@example.com",
    ]
    rows = [((f"2026100{day}", path), ("1",)) for day, path in enumerate(paths, start=1)]
    page = read_page(answer(["date", "pagePath"], [SESSIONS], rows), window(report("pagePath")))
    assert page.scrubbed == 3
    assert "example.com" not in str(page.table.to_pylist())
    assert page.table["page_path"][2].as_py() == "/"
    assert len(set(page.keys.tolist())) == 4
    same_day = [(("20261001", path), ("1",)) for path in paths[:2]]
    page = read_page(answer(["date", "pagePath"], [SESSIONS], same_day), window(report("pagePath")))
    assert len(set(page.keys.tolist())) == 2


@given(skip=st.integers(0, 5), n=st.integers(0, 5))
def test_the_overlap_is_left_out_once(skip, n):
    rows = [((f"2026100{day}",), (str(day),)) for day in range(1, n + 1)]
    page = read_page(answer(["date"], [SESSIONS], rows), window(report()), skip=skip)
    assert page.table["sessions"].to_pylist() == list(range(skip + 1, n + 1))


def test_the_first_row_of_a_page_is_compared_with_the_last_of_the_page_before():
    rows = [((f"2026100{day}",), (str(day),)) for day in (1, 2)]
    page = read_page(answer(["date"], [SESSIONS], rows), window(report()))
    assert first_row(answer(["date"], [SESSIONS], rows[1:])) == page.last
    assert first_row(answer(["date"], [SESSIONS], rows[:1])) != page.last
    assert first_row(answer(["date"], [SESSIONS], [(rows[1][0], ("3",))])) != page.last
    assert first_row(answer(["date"], [SESSIONS], [])) == b""


def test_withheld_revenue_is_unknown_and_not_zero():
    withheld = {
        "active_metric_restrictions": [{"metric_name": "purchaseRevenue", "restricted_metric_types": [2]}]
    }
    given_answer = answer(
        ["date"], [SESSIONS, REVENUE], [(("20261001",), ("3", "0"))], schema_restriction_response=withheld
    )
    table = decode(given_answer, window(report(metrics=("sessions", "purchaseRevenue"))))
    assert table["sessions"].to_pylist() == [3]
    assert table["purchase_revenue"].to_pylist() == [None]
    assert table.schema.field("purchase_revenue").type == pa.decimal128(18, 4)
    assert quality(given_answer.metadata).restricted_metrics == ("purchase_revenue",)


def test_every_signal_of_an_answer_is_kept():
    said = quality(
        answer(
            [], [], [],
            data_loss_from_other_row=True,
            subject_to_thresholding=True,
            sampling_metadatas=[
                {"samples_read_count": 10, "sampling_space_size": 100},
                {"samples_read_count": 20, "sampling_space_size": 50},
            ],
            data_truncation_reasons=[
                {
                    "data_truncation_type": Truncation.DATA_TRUNCATION_TYPE_PROPERTY,
                    "data_truncation_message": "Older data is gone.",
                    "data_truncation_date": "2025-09-01",
                },
                {
                    "data_truncation_type": Truncation.DATA_TRUNCATION_TYPE_GOOGLE_ADS,
                    "data_truncation_date": "2025-10-01",
                },
                {"data_truncation_type": 99},
            ],
            empty_reason="NO_DATA",
        ).metadata
    )  # fmt: skip
    assert said.is_thresholded
    assert said.has_other_row
    assert (said.samples_read_count, said.sampling_space_size) == (30, 150)
    assert said.truncation == "property: Older data is gone.; google_ads; kind 99", "Google adds kinds"
    assert said.truncated_before_on == date(2025, 10, 1)
    assert said.empty_reason == "NO_DATA"
    assert (said.currency, said.time_zone) == ("EUR", "Europe/Zurich")
    assert said.package_version.startswith("0.")


def test_an_answer_that_says_nothing_has_no_signal():
    said = quality(types.ResponseMetaData.pb()())
    assert not said.is_thresholded
    assert not said.has_other_row
    assert (
        said.samples_read_count
        is said.sampling_space_size
        is said.truncation
        is said.truncated_before_on
        is None
    )
    assert said.empty_reason is said.currency is said.time_zone is None
    assert said.restricted_metrics == ()


def test_what_any_part_of_a_window_says_the_window_says():
    sampled = [{"samples_read_count": 10, "sampling_space_size": 100}]
    told = [
        quality(answer([], [], [], subject_to_thresholding=True).metadata),
        quality(answer([], [], [], sampling_metadatas=sampled).metadata),
        quality(answer([], [], [], data_loss_from_other_row=True, sampling_metadatas=sampled).metadata),
    ]
    whole = worst(told)
    assert whole.is_thresholded
    assert whole.has_other_row
    assert (whole.samples_read_count, whole.sampling_space_size) == (20, 200)
    assert whole.time_zone == "Europe/Zurich"


def test_totals_of_several_ranges_are_added_where_that_means_something():
    made = answer(["dateRange"], [SESSIONS, REVENUE, ("eventCount", MetricType.TYPE_INTEGER)], [])
    for values in (("5", "0.1", "7"), ("6", "0.2", "8")):
        made.totals.add(metric_values=[{"value": value} for value in values])
    assert totals(made) == {
        "sessions": ["5", "6"],
        "purchaseRevenue": ["0.1", "0.2"],
        "eventCount": ["7", "8"],
    }
    assert added([totals(made)]) == {"purchase_revenue": "0.3", "event_count": "15"}
    assert added([{"sessions": ["5"]}]) == {"sessions": "5"}


def test_an_empty_answer_has_an_empty_total_and_so_none():
    made = answer([], [], [])
    made.totals.add()
    assert added([totals(made)]) == {}
