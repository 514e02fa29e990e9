"""The sample company's website: it agrees with the shop and the helpdesk, and shows what was planted in it."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.settings import load_settings

SEED, FEW, MANY = 20, 400, 5_000
CLOCK = datetime(2026, 11, 16, 5)
COLUMNS = [
    "event_at", "processed_at", "attributed_at", "client_id", "user_id", "session_id", "event_name", "page_path",
    "landing_page", "channel", "is_engaged", "is_new", "content_kind", "search_result", "helpful", "loyalty_tier",
    "audience", "value", "transaction_id",
]  # fmt: skip


def made(customers: int, seed: int = SEED) -> Any:
    from sample_data.clock import Clock
    from sample_data.world import World

    return World(seed, Clock(24), customers)


@cache
def world() -> Any:
    return made(MANY)


@cache
def hits() -> pl.DataFrame:
    from sample_data.web import hits

    return hits(world())


@cache
def truth() -> dict[str, Any]:
    from sample_data.web_truth import website

    return website(world())


def seconds(column: str) -> pl.Expr:
    return pl.col(column).dt.timestamp("ms") // 1000


def events(*names: str) -> pl.DataFrame:
    return hits().filter(pl.col("event_name").is_in(names)).with_columns(at=seconds("event_at"))


def visits() -> pl.DataFrame:
    return hits().unique(["client_id", "session_id"], maintain_order=True)


def share(part: dict[str, Any]) -> float:
    return float(part["successes"] / part["n"])


def test_the_same_arguments_make_the_same_hits_and_another_seed_makes_others() -> None:
    from sample_data.web import hits

    first, again, other = hits(made(FEW)), hits(made(FEW)), hits(made(FEW, seed=21))
    assert_frame_equal(first, again)
    assert not first.head(50).equals(other.head(50))


def test_the_hits_are_the_frame_that_the_server_reads_and_no_more_than_it_can_read_at_once() -> None:
    assert hits().columns == COLUMNS
    assert 150_000 < hits().height <= 250_000
    assert hits()["event_at"].is_sorted()
    assert (
        hits()
        .drop("user_id", "search_result", "helpful", "loyalty_tier", "audience", "value", "transaction_id")
        .null_count()
        .sum_horizontal()
        .item()
        == 0
    )


def test_the_website_is_made_in_a_moment() -> None:
    from sample_data.web import hits

    started = time.process_time()
    hits(made(MANY))
    assert (
        time.process_time() - started < 3
    )  # of two cores; half a second on the clock when nothing else runs


def test_hits_grow_with_the_customers() -> None:
    from sample_data.web import hits as recorded

    assert recorded(made(FEW)).height / hits().height == pytest.approx(FEW / MANY, rel=0.15)


def test_nothing_happened_before_measuring_began_or_after_the_samples_clock() -> None:
    assert hits()["event_at"].min() >= datetime(2025, 9, 14, 22)
    assert hits()["event_at"].max() < CLOCK


def test_a_shorter_history_starts_with_the_shop() -> None:
    from sample_data.clock import Clock
    from sample_data.web import hits
    from sample_data.world import World

    assert hits(World(SEED, Clock(12), FEW))["event_at"].min() >= datetime(2025, 9, 20, 22)


def test_there_are_visits_on_the_days_that_have_23_or_25_hours() -> None:
    days = hits()["event_at"].dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Zurich").dt.date()
    counts = dict(days.value_counts().iter_rows())
    for day in (date(2025, 10, 26), date(2026, 3, 29), date(2026, 10, 25)):
        assert counts[day] > 100
    assert len(counts) == (date(2026, 11, 16) - date(2025, 9, 15)).days + 1


def test_every_purchase_is_an_order_paid_online_at_that_second_for_that_amount() -> None:
    from sample_data.vendors.shopify import shipping_cents

    book = world().order_book.with_columns(
        cents=pl.col("subtotal_cents") + shipping_cents(),
        rate=pl.Series(
            np.where(world().people["country"].gather(world().order_book["customer"]) == "CH", 1.065, 1.0)
        ),
    )
    orders = events("purchase").join(book, left_on="transaction_id", right_on="name")
    assert orders.height == truth()["coverage"]["online_orders_seen"]
    assert orders["transaction_id"].is_unique().all()
    assert orders["is_online"].all()
    assert (orders["at"] == orders["ordered_at"]).all()
    assert ((orders["value"] - orders["cents"] / 100 * orders["rate"]).abs() <= 0.0051).all()
    signed_in = orders.drop_nulls("user_id")
    assert (signed_in["user_id"] == world().people["customer_number"].gather(signed_in["customer"])).all()
    assert (orders.filter("from_campaign")["channel"] == "Email").all()


def test_every_refund_is_one_that_the_shop_knows() -> None:
    refunds = events("refund").join(world().order_book, left_on="transaction_id", right_on="name")
    assert refunds.height > 100
    assert (refunds["at"] == refunds["refund_at"]).all()
    assert (refunds["value"] > 0).all()


def test_who_refused_to_be_measured_leaves_nothing_and_whose_client_id_the_crm_holds_is_found() -> None:
    coverage = truth()["coverage"]
    in_crm = (
        world()
        .people["ga4_client_id"]
        .filter(world().people["ga4_client_id"] != "")
        .str.strip_prefix("GA1.1.")
    )
    assert in_crm.is_in(hits()["client_id"].implode()).mean() > 0.97
    assert coverage["with_client_id_in_the_crm"] == len(in_crm)
    assert 0.65 < coverage["seen"] / coverage["customers"] < 0.8
    assert 0.65 < coverage["online_orders_seen"] / coverage["online_orders"] < 0.8


def test_client_ids_are_bare_and_user_ids_are_numbers_of_people_who_had_joined() -> None:
    assert hits()["client_id"].str.contains(r"^\d{9,10}\.\d{10}$").all()
    joined = world().people.select("joined_at", user_id="customer_number")
    signed_in = hits().drop_nulls("user_id").join(joined, on="user_id", how="left")
    assert signed_in["joined_at"].null_count() == 0
    assert (signed_in["session_id"] >= signed_in["joined_at"]).all()
    per_customer = signed_in.group_by("user_id").agg(pl.col("client_id").n_unique())["client_id"]
    assert per_customer.max() == 3


def test_a_browser_is_new_once_at_most_and_only_in_its_first_visit() -> None:
    first = visits().with_columns(
        is_first=pl.col("session_id") == pl.col("session_id").min().over("client_id")
    )
    assert first.filter("is_new")["is_first"].all()
    assert first.filter("is_new")["client_id"].is_unique().all()


def test_chats_started_and_people_reached_are_those_of_the_helpdesk() -> None:
    chats = world().contacts.filter((pl.col("channel") == "chat") & (pl.col("direction") == "reactive"))
    assert events("chat_start")["at"].is_in(chats["opened_at"].implode()).all()
    assert events("human_reached")["at"].is_in(chats["first_human_at"].implode()).all()
    assert 0.6 < events("chat_start").height / chats.filter(pl.col("opened_at") >= 1757887200).height < 0.8


def test_forms_sent_are_those_of_the_helpdesk_and_every_form_sent_or_given_up_was_started() -> None:
    written = world().contacts.filter((pl.col("channel") == "web") & (pl.col("direction") == "reactive"))
    assert events("form_submit")["at"].is_in(written["opened_at"].implode()).all()
    ended = events("form_submit", "form_abandon")
    started = events("form_start").select("client_id", "session_id")
    assert ended.join(started, on=["client_id", "session_id"], how="anti").is_empty()


def test_most_people_look_at_a_help_page_before_they_ask() -> None:
    asked = events("chat_start", "form_submit").unique(["client_id", "session_id"])
    helped = events("help_view").unique(["client_id", "session_id"])
    assert asked.join(
        helped, on=["client_id", "session_id"], how="semi"
    ).height / asked.height == pytest.approx(0.7, abs=0.03)


def test_one_help_page_is_clearly_unhelpful() -> None:
    pages = {page: share(said) for page, said in truth()["help_pages"].items()}
    assert pages.pop("/help/refunds") < 0.5
    assert min(pages.values()) > 0.65


def test_the_form_is_given_up_more_often_from_the_day_it_asked_for_more() -> None:
    forms = truth()["forms"]
    assert forms["changed_on"] == "2026-06-01"
    for when in ("before", "after"):
        total = forms[when]["sent"] + forms[when]["given_up"]
        assert forms[when]["given_up"] / total == pytest.approx(forms[when]["true_given_up_share"], abs=0.04)


def test_a_person_is_reached_less_in_the_evenings_of_the_last_week_only() -> None:
    weeks = truth()["evening_chat"]
    last = weeks.pop("2026-W46")
    assert list(weeks) == ["2026-W42", "2026-W43", "2026-W44", "2026-W45"]
    before = {
        when: sum(week[when]["successes"] for week in weeks.values())
        / sum(week[when]["n"] for week in weeks.values())
        for when in ("evening", "rest")
    }
    assert share(last["evening"]) < before["evening"] - 0.1
    assert share(last["rest"]) == pytest.approx(before["rest"], abs=0.05)


def test_visits_that_land_on_a_story_are_engaged_more_by_who_reads_it_and_not_by_the_story() -> None:
    engaged = truth()["stories"]["engaged_visits"]
    assert share(engaged["story"]) > share(engaged["other"]) + 0.1
    elsewhere = share(engaged["other, only looking around, by readers of stories"])
    assert elsewhere > share(engaged["other, only looking around"]) + 0.15
    assert share(engaged["story"]) - elsewhere < 0.06


def test_engagement_depends_on_the_visitor_and_not_on_the_story() -> None:
    known = world().visits.select("client_id", "purpose", "interest", session_id="started_at")
    around = (
        visits()
        .join(known, on=["client_id", "session_id"])
        .filter(pl.col("purpose").is_in(["browse", "story"]))
    )
    bands = (
        around.with_columns(band=(pl.col("interest") * 4).floor())
        .group_by("band", "content_kind")
        .agg(pl.len(), pl.col("is_engaged").mean())
    )
    pairs = bands.filter(content_kind="story").join(bands.filter(content_kind="other"), on="band")
    gap = pairs["is_engaged"] - pairs["is_engaged_right"]
    assert abs(np.average(gap.to_numpy(), weights=pairs["len"].to_numpy())) < 0.02


def test_who_comes_by_paid_search_has_bought_before_less_often() -> None:
    channels = truth()["repeat_purchase"]["channels"]
    for kind in ("browsers", "people"):
        assert channels["Direct"][kind]["share"] > channels["Paid Search"][kind]["share"] + 0.2
        assert channels["Email"][kind]["share"] > channels["Paid Search"][kind]["share"] + 0.2


def test_yesterday_is_mostly_there_the_day_before_nearly_and_after_three_days_everything() -> None:
    shown = truth()["settling"]["events_shown_by_age_days"]
    assert 0.8 <= shown["1"] <= 0.9
    assert 0.985 <= shown["2"] <= 0.995
    assert {shown[str(age)] for age in range(3, 14)} == {1.0}
    delay = (pl.col("processed_at") - pl.col("event_at")).dt.total_hours()
    assert hits().select(low=delay.min(), high=delay.max()).row(0) == (4, 47)


def test_channels_are_known_later_than_events_and_all_within_twelve_days() -> None:
    known = list(truth()["settling"]["events_with_their_channel_by_age_days"].values())
    assert known == sorted(known)
    assert known[2] < 0.95
    assert known[-1] == 1.0
    delay = (pl.col("attributed_at") - pl.col("event_at")).dt.total_hours() / 24
    assert 11 < hits().select(delay.max()).item() < 12
    assert (hits()["attributed_at"] >= hits()["processed_at"]).all()
    late = hits().filter(pl.col("attributed_at") > pl.col("processed_at"))
    assert "Direct" not in late["channel"].unique()


def test_a_few_pages_hold_an_address_of_somebody_who_does_not_exist() -> None:
    pages = hits().filter(pl.col("page_path").str.contains("example"))["page_path"]
    assert 50 < len(pages) == truth()["addresses_in_pages"] < hits().height / 200
    assert pages.str.contains(r"[\w.-]+(@|%40)example\.(com|org|net)$").all()
    for start in ("/contact/form?email=", "/help/delivery/", "/stories/"):
        assert pages.str.starts_with(start).any()


def test_a_visits_landing_page_is_its_first_page_and_says_what_kind_it_is() -> None:
    viewed = (
        events("page_view")
        .group_by("client_id", "session_id", maintain_order=True)
        .agg(pl.col("page_path").first(), pl.col("landing_page").first(), pl.col("content_kind").first())
    )
    assert (viewed["page_path"] == viewed["landing_page"]).all()
    assert (viewed["landing_page"].str.starts_with("/stories/") == (viewed["content_kind"] == "story")).all()


def test_a_loyalty_tier_is_what_a_customer_had_spent_and_no_stranger_has_one() -> None:
    ranks = {"Bronze": 0, "Silver": 1, "Gold": 2}
    signed_in = visits().drop_nulls("user_id").sort("session_id")
    assert signed_in["loyalty_tier"].null_count() == 0
    rank = signed_in.with_columns(rank=pl.col("loyalty_tier").replace_strict(ranks))
    assert rank.select((pl.col("rank").diff().over("user_id").fill_null(0) >= 0).all()).item()
    spent = world().spending.group_by("customer").agg(pl.col("amount").sum())
    numbers = world().people.select("customer", user_id="customer_number")
    last = signed_in.unique("user_id", keep="last").join(numbers, on="user_id").join(spent, on="customer")
    assert last.filter(loyalty_tier="Gold")["amount"].min() >= 400
    strangers = (
        world().visits.group_by("client_id").agg(pl.col("customer").max()).filter(pl.col("customer") < 0)
    )
    assert hits().join(strangers, on="client_id", how="semi")["loyalty_tier"].null_count() > 50_000
    assert hits().join(strangers, on="client_id", how="semi")["loyalty_tier"].drop_nulls().is_empty()


def test_who_ordered_twice_is_loyal_from_the_second_order_on() -> None:
    never_signed_in = hits().filter(pl.col("user_id").is_null().all().over("client_id"))
    counted = never_signed_in.with_columns(
        orders=(pl.col("event_name") == "purchase").cum_sum().over("client_id"),
        is_loyal=pl.col("audience").fill_null("").str.contains("Loyal customers"),
    )
    assert (counted["is_loyal"] == (counted["orders"] >= 2)).all()


@pytest.fixture(scope="module")
def asked() -> Iterator[Any]:
    """Asks the company's Google Analytics through the real client, once everything has settled."""
    from google.analytics.data_v1beta import BetaAnalyticsDataClient
    from google.auth.credentials import AnonymousCredentials

    from sample_data.web import server

    website = server(SEED, MANY, 24)
    website.now = CLOCK + timedelta(days=13)
    with website.rest() as address:
        client = BetaAnalyticsDataClient(
            transport="rest", client_options={"api_endpoint": address}, credentials=AnonymousCredentials()
        )
        yield lambda **request: client.run_report({"property": "properties/413000001", **request})


def report(dimensions: list[str], metrics: list[str], first_on: str, last_on: str) -> dict[str, Any]:
    return {
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in metrics],
        "date_ranges": [{"start_date": first_on, "end_date": last_on}],
        "limit": 10_000,
    }


def rows(response: Any) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {
        tuple(value.value for value in row.dimension_values): tuple(
            int(value.value) for value in row.metric_values
        )
        for row in response.rows
    }


def test_google_says_what_is_true_once_everything_has_settled(asked: Any) -> None:
    whole = ("2025-09-15", "2026-11-15")
    counts = rows(asked(**report(["isoYearIsoWeek", "eventName"], ["eventCount"], *whole)))
    users = rows(asked(**report(["isoYearIsoWeek"], ["activeUsers", "sessions", "screenPageViews"], *whole)))
    for week, true in list(truth()["weeks"].items())[:-1]:
        number = week.replace("-W", "")
        chats, reached = (counts[number, name][0] for name in ("chat_start", "human_reached"))
        assert (chats, reached) == (true["reached_human"]["n"], true["reached_human"]["successes"])
        assert users[number,] == (true["browsers"], true["visits"], true["pages"])


def test_google_says_which_buyers_had_bought_before(asked: Any) -> None:
    true = truth()["repeat_purchase"]
    found = rows(
        asked(
            **report(
                ["sessionDefaultChannelGroup"],
                ["totalPurchasers", "firstTimePurchasers"],
                true["first_on"],
                true["last_on"],
            )
        )
    )
    for channel, told in true["channels"].items():
        buyers, new = found[channel,]
        assert (buyers, buyers - new) == (told["browsers"]["n"], told["browsers"]["successes"])


def test_google_withholds_small_groups_only_in_reports_by_tier_or_audience(asked: Any) -> None:
    month = ("2025-09-15", "2025-09-30")
    assert asked(**report(["audienceName"], ["activeUsers"], *month)).metadata.subject_to_thresholding
    tiers = asked(**report(["customUser:loyalty_tier"], ["activeUsers"], *month))
    assert tiers.metadata.subject_to_thresholding
    assert ("Gold",) not in rows(tiers)
    assert not asked(**report(["pagePath"], ["activeUsers"], *month)).metadata.subject_to_thresholding


def test_an_audience_is_exported_with_the_members_it_truly_has() -> None:
    from google.analytics.data_v1beta import CreateAudienceExportRequest

    from sample_data.web import AUDIENCES, server

    website = server(SEED, MANY, 24)
    for number, name in enumerate(sorted(AUDIENCES), start=1):
        wanted = CreateAudienceExportRequest(
            parent="properties/413000001",
            audience_export={
                "audience": f"properties/413000001/audiences/{number}",
                "dimensions": [{"dimension_name": "deviceId"}, {"dimension_name": "userId"}],
            },
        )
        website.answer("createAudienceExport", CreateAudienceExportRequest.pb(wanted))
        export = list(website.main.exports.made.values())[-1]
        true = truth()["audiences"][name]
        assert export.message.audience_display_name == name
        assert export.members.height == true["members"]
        assert (export.members["userId"] != "").sum() == true["with_number"]


def test_the_moments_of_asking_are_the_mondays_of_the_files(small: Any) -> None:
    from sample_data.web import MOMENTS

    assert [f"{moment:%Y-%m-%d}" for moment in MOMENTS] == small.truth["drops"]
    assert {moment.hour for moment in MOMENTS} == {5}
    assert MOMENTS[-1] == CLOCK


def test_the_written_truth_and_settings_are_of_the_same_website(small: Any) -> None:
    from sample_data.web import AUDIENCES, PROPERTY_ID
    from sample_data.web_truth import website

    assert small.truth["website"] == json.loads(json.dumps(website(made(small.truth["customers"]))))
    settings = load_settings(small.folder / "careful.toml")
    assert settings.sample is not None
    assert settings.ga4 is not None
    assert (settings.sample.seed, settings.sample.customers, settings.sample.months) == (20, 300, 24)
    assert settings.ga4.properties == (PROPERTY_ID,)
    assert settings.ga4.audiences == tuple(AUDIENCES)
    assert settings.ga4.is_plain


def test_a_company_made_for_measuring_has_no_website_to_ask(write_company: Callable[..., Any]) -> None:
    plain = write_company(plain=True, customers=100)
    settings = load_settings(plain.folder / "careful.toml")
    assert (settings.ga4, settings.sample, plain.truth["website"]) == (None, None, None)
