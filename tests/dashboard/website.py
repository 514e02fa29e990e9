"""A website's tables as a build holds them, in a copy of a published build: real rows, real DuckDB, real pages."""

import math
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

PROPERTY = "413000001"
PULLED = datetime(2026, 11, 16, 5)
SUNDAY = date(2026, 11, 15)
WEEKS = 52

Tables = dict[str, list[dict[str, Any]]]
NO_CHANGE: Tables = {}


COLUMNS: dict[str, dict[str, Any]] = {
    "web_kpi": {
        "report": pl.String, "property_id": pl.String, "grain": pl.String, "period_start_on": pl.Date,
        "period_end_on": pl.Date, "dimension": pl.String, "member": pl.String, "metric": pl.String, "value": pl.Float64,
        "maturity": pl.String, "is_additive": pl.Boolean, "is_thresholded": pl.Boolean, "has_other_row": pl.Boolean,
        "sampling_share": pl.Float64, "is_restricted": pl.Boolean, "currency": pl.String, "time_zone": pl.String,
        "pulled_at": pl.Datetime("us"), "is_hidden": pl.Boolean,
    },
    "web_share": {
        "share": pl.String, "property_id": pl.String, "grain": pl.String, "period_start_on": pl.Date,
        "period_end_on": pl.Date, "dimension": pl.String, "member": pl.String, "is_additive": pl.Boolean, "n": pl.Int64,
        "successes": pl.Int64, "effective_n": pl.Float64, "maturity": pl.String, "is_thresholded": pl.Boolean,
        "has_other_row": pl.Boolean, "sampling_share": pl.Float64,
        "is_hidden": pl.Boolean,
    },
    "web_quality": {
        "report": pl.String, "property_id": pl.String, "grain": pl.String, "periods": pl.Int64, "first_on": pl.Date,
        "last_on": pl.Date, "pulled_at": pl.Datetime("us"), "thresholded": pl.Int64, "other_rows": pl.Int64,
        "sampled": pl.Int64, "restricted": pl.Int64, "truncated": pl.Int64, "without_rows": pl.Int64,
        "truncated_before_on": pl.Date, "currency": pl.String, "time_zone": pl.String, "zone_changed": pl.Boolean,
        "currency_changed": pl.Boolean, "settled_after_days": pl.Int64, "is_measured": pl.Boolean,
        "unreconciled": pl.Int64, "gap_share": pl.Float64,
    },
    "web_restated": {
        "report": pl.String, "property_id": pl.String, "grain": pl.String, "period_start_on": pl.Date,
        "metric": pl.String, "was": pl.Float64, "is_now": pl.Float64, "was_pulled_at": pl.Datetime("us"),
        "pulled_at": pl.Datetime("us"), "change_share": pl.Float64, "was_settled": pl.Boolean,
    },
    "settling_curve": {
        "report": pl.String, "grain": pl.String, "metric": pl.String, "age_days": pl.Int64, "n": pl.Int64,
        "share_median": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64,
    },
    "settled_after": {
        "report": pl.String, "grain": pl.String, "metric": pl.String, "settled_after_days": pl.Int64,
        "is_measured": pl.Boolean, "n": pl.Int64,
    },
    "web_report": {
        "report": pl.String, "question": pl.String, "owner": pl.String, "grain": pl.String, "dimensions": pl.String,
        "settling_days": pl.Int64,
    },
    "web_pull": {
        "pull_id": pl.String, "property_id": pl.String, "pulled_at": pl.Datetime("us"), "outcome": pl.String,
        "stopped_because": pl.String, "windows_pulled": pl.Int64, "windows_restated": pl.Int64,
        "windows_pending": pl.Int64, "rows": pl.Int64, "requests": pl.Int64, "server_errors": pl.Int64,
        "tokens": pl.Int64,
        **{
            f"{quota}_{side}": pl.Int64
            for quota in ("core_tokens_per_day", "core_tokens_per_hour", "core_tokens_per_project_per_hour",
                          "concurrent", "server_errors_per_hour", "thresholded_per_hour")
            for side in ("consumed", "remaining")
        },
    },
    "web_problem": {
        "pull_id": pl.String, "property_id": pl.String, "pulled_at": pl.Datetime("us"), "report": pl.String,
        "says": pl.String,
    },
    "web_coverage": {
        "property_id": pl.String, "audience": pl.String, "snapshot_on": pl.Date, "members": pl.Int64,
        "with_user_id": pl.Int64,
        "matched_by_user_id": pl.Int64, "matched_by_client_id": pl.Int64, "unmatched": pl.Int64,
        "matched_without_consent": pl.Int64, "customers_with_web_id": pl.Int64, "customers": pl.Int64,
    },
    "web_segment": {
        "property_id": pl.String, "audience": pl.String, "snapshot_on": pl.Date, "dimension": pl.String,
        "member": pl.String, "customers": pl.Int64, "of_customers": pl.Int64,
    },
}  # fmt: skip

CHANNELS = {"Direct": (310, 171), "Organic Search": (402, 150), "Email": (188, 131), "Paid Search": (240, 62),
            "Referral": (41, 12), "Affiliates": (14, 3)}  # fmt: skip
HELP = {"/help/returns": (1240, 1004), "/help/refunds": (640, 301), "/help/delivery": (1810, 1502),
        "/help/sizes": (420, 361), "/contact": (230, 160), "/help/gift-cards": (64, 49)}  # fmt: skip
STEPS = {"help_view": 2150, "contact_view": 640, "chat_start": 310, "human_reached": 236, "form_start": 180,
         "form_submit": 121, "form_abandon": 52}  # fmt: skip


EVENTS = ("helpful", "reached_human", "search_found", "form_finished")


def _wave(place: int) -> float:
    return 1 + 0.06 * math.sin(place / 5) + 0.02 * math.sin(place * 1.7)


def _maturity(ends_on: date, settling_days: int = 3) -> str:
    if ends_on >= PULLED.date():
        return "partial"
    return "provisional" if (PULLED.date() - ends_on).days <= settling_days else "final"


def _period(grain: str, starts: date, ends: date) -> dict[str, Any]:
    return {
        "property_id": PROPERTY, "grain": grain, "period_start_on": starts, "period_end_on": ends, "dimension": "",
        "member": "", "maturity": _maturity(ends), "is_thresholded": False, "has_other_row": False,
        "sampling_share": None,
    }  # fmt: skip


def _kpi(
    report: str, grain: str, starts: date, ends: date, metric: str, value: float | None, **more: Any
) -> dict[str, Any]:
    row = {"report": report, "metric": metric, "value": value, "is_additive": False, "is_restricted": False,
           "currency": "EUR", "time_zone": "Europe/Zurich", "pulled_at": PULLED,
           "is_hidden": value is None}  # fmt: skip
    return row | _period(grain, starts, ends) | more


def share_of(
    share: str, grain: str, starts: date, ends: date, n: int | None, successes: int | None, **more: Any
) -> dict[str, Any]:
    row = {
        "share": share,
        "n": n,
        "successes": successes,
        "effective_n": n,
        "is_hidden": n is None,
        "is_additive": share in EVENTS,
    }
    return row | _period(grain, starts, ends) | more


def tables() -> Tables:
    """What a year of a shop's website looks like, as rows per table."""
    kpis: list[dict[str, Any]] = []
    for week in range(WEEKS, -1, -1):
        ends = SUNDAY - timedelta(weeks=week - 1)
        starts = ends - timedelta(days=6)
        users = 4200 * _wave(week) * (0.12 if ends > SUNDAY else 1)
        kpis.append(_kpi("visitors", "week", starts, ends, "active_users", round(users)))
        kpis.append(_kpi("visitors", "week", starts, ends, "new_users", round(users * 0.6)))
        if ends <= SUNDAY:
            kpis += [
                _kpi("care_events", "week", starts, ends, "event_count", round(count * _wave(week)),
                     dimension="event_name", member=event, is_additive=True)
                for event, count in STEPS.items()
            ]  # fmt: skip
    for day in range(40, 0, -1):
        on = PULLED.date() - timedelta(days=day)
        kpis.append(_kpi("visitors", "day", on, on, "active_users", round(720 * _wave(day))))
    october = (date(2026, 10, 1), date(2026, 10, 31))
    kpis += [
        _kpi("visitors", "month", *october, "active_users", 12_412),
        _kpi("purchases", "month", *october, "total_purchasers", 838),
        _kpi("purchases", "month", *october, "ecommerce_purchases", 912, is_additive=True),
    ]
    kpis += [
        _kpi(
            "story_pages",
            "month",
            *october,
            "sessions",
            visits,
            dimension="landing_page",
            member=f"/stories/{story}",
        )
        for story, visits in (("a-pan-for-life", 65), ("letters-from-you", 41), ("linen-and-time", None))
    ]
    rolling = (SUNDAY - timedelta(days=27), SUNDAY)
    shares = [
        *(share_of("helpful", "rolling_28_days", *rolling, n, yes, dimension="page_path", member=page)
          for page, (n, yes) in HELP.items()),
        share_of("helpful", "rolling_28_days", *rolling, None, None, dimension="page_path", member="/help/care-labels"),
        *(share_of("repeat_purchase", "rolling_28_days", *rolling, n, again, dimension="channel", member=channel)
          for channel, (n, again) in CHANNELS.items()),
        share_of("engaged", "rolling_28_days", *rolling, 1830, 1152, dimension="content_kind", member="story"),
        share_of("engaged", "rolling_28_days", *rolling, 15_240, 8230, dimension="content_kind", member="other"),
    ]  # fmt: skip
    for cohort in range(8, 0, -1):
        starts = SUNDAY - timedelta(weeks=cohort)
        for nth in range(1, cohort + 1):
            back = round((1500 + 30 * cohort) * 0.31 / nth**0.6)
            shares.append(
                share_of("cohort_retention", "cohort_week", starts, starts + timedelta(days=6), 1500 + 30 * cohort,
                         back, dimension="nth_week", member=str(nth))
            )  # fmt: skip
    ages = [(age, 1 - 0.19 * math.exp(-age * 1.1)) for age in range(1, 9)]
    return {
        "web_kpi": kpis,
        "web_share": shares,
        "web_quality": [
            {"report": report, "property_id": PROPERTY, "grain": "week", "periods": 52,
             "first_on": SUNDAY - timedelta(363), "last_on": SUNDAY, "pulled_at": PULLED, "thresholded": 0,
             "other_rows": 0, "sampled": 0, "restricted": 0,
             "truncated": 0, "without_rows": 0, "truncated_before_on": None, "currency": "EUR",
             "time_zone": "Europe/Zurich", "zone_changed": False, "currency_changed": False, "settled_after_days": days,
             "is_measured": days < 12, "unreconciled": 0, "gap_share": gap}
            for report, days, gap in (("visitors", 2, None), ("channels", 12, 0.07))
        ],
        "web_restated": [
            {"report": "visitors", "property_id": PROPERTY, "grain": "day", "period_start_on": date(2026, 10, 20),
             "metric": "sessions", "was": 1204.0, "is_now": 1310.0, "was_pulled_at": datetime(2026, 11, 9, 5),
             "pulled_at": PULLED, "change_share": 106 / 1204, "was_settled": True},
        ],
        "settling_curve": [
            {"report": report, "grain": "day", "metric": metric, "age_days": age, "n": 41, "share_median": share,
             "share_low": share - 0.15 * (1 - share) - 0.004, "share_high": min(1.0, share + 0.01)}
            for report, metric in (("visitors", "sessions"), ("care_events", "event_count"))
            for age, share in ages
        ],
        "settled_after": [
            {"report": report, "grain": "day", "metric": metric, "settled_after_days": days, "is_measured": n > 0,
             "n": n}
            for report, metric, days, n in (
                ("visitors", "sessions", 2, 41), ("visitors", "active_users", 2, 41), ("channels", "sessions", 12, 0),
            )
        ],
        "web_report": [
            {"report": "visitors", "question": "How many visit us?", "owner": "customer-insight", "grain": "day",
             "dimensions": "", "settling_days": 3},
        ],
        "web_pull": [
            {"pull_id": "20261116T050000", "property_id": PROPERTY, "pulled_at": PULLED, "outcome": "complete",
             "stopped_because": None, "windows_pulled": 61, "windows_restated": 12, "windows_pending": 0,
             "rows": 18_204, "requests": 61, "server_errors": 0, "tokens": 412, "core_tokens_per_day_consumed": 1204,
             "core_tokens_per_day_remaining": 198_796, "core_tokens_per_hour_consumed": 412,
             "core_tokens_per_hour_remaining": 39_588, "core_tokens_per_project_per_hour_consumed": 412,
             "core_tokens_per_project_per_hour_remaining": 13_588, "concurrent_consumed": 0, "concurrent_remaining": 10,
             "server_errors_per_hour_consumed": 0, "server_errors_per_hour_remaining": 10,
             "thresholded_per_hour_consumed": 8, "thresholded_per_hour_remaining": 112},
        ],
        "web_problem": [],
        "web_coverage": [
            {"property_id": PROPERTY, "audience": audience, "snapshot_on": SUNDAY, "members": members,
             "with_user_id": signed_in, "matched_by_user_id": by_user, "matched_by_client_id": by_client,
             "unmatched": members - by_user - by_client, "matched_without_consent": 14, "customers_with_web_id": 2210,
             "customers": 4990}
            for audience, members, signed_in, by_user, by_client in (
                ("Loyal customers", 412, 301, 288, 41), ("Needed help lately", 187, 96, 92, 22),
            )
        ],
        "web_segment": [
            {"property_id": PROPERTY, "audience": "Needed help lately", "snapshot_on": SUNDAY, "dimension": "segment",
             "member": segment, "customers": customers, "of_customers": 900}
            for segment, customers in (("Family", 41), ("Single", 32), ("Business", 19))
        ],
    }  # fmt: skip


def ask_google(config: Path, is_asked: bool) -> None:
    """Settings that do or do not ask Google Analytics."""
    text = config.read_text(encoding="utf-8")
    before, mark, after = text.partition("[sources.ga4]\n")
    if mark:
        _, following, rest = after.partition("\n[")
        text = before + following.lstrip() + rest
    if is_asked:
        text += f'\n[sources.ga4]\nproperties = ["{PROPERTY}"]\n'
    config.write_text(text, encoding="utf-8")


def put(database: Path, given: Tables) -> None:
    """Replace the website's tables of a build's `careful.duckdb`."""
    with duckdb.connect(str(database)) as connection:
        for name, columns in COLUMNS.items():
            frame = pl.DataFrame(given.get(name, []), schema=columns, orient="row")
            connection.register("_given", frame)
            connection.execute(f"create or replace table {name} as from _given")
            connection.unregister("_given")
        _put_numbers(connection, is_empty=not given.get("web_share"))


def copy_of(workspace: Path, folder: Path, given: Tables | None) -> Path:
    """A copy of a published workspace whose build holds these tables; None: a build from before there were any."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("careful.toml", "rates.csv"):
        shutil.copyfile(workspace / name, folder / name)
    shutil.copytree(workspace / "store" / "builds", folder / "store" / "builds")
    shutil.copyfile(workspace / "store" / "current", folder / "store" / "current")
    current = (folder / "store" / "current").read_text(encoding="utf-8").strip()
    database = folder / "store" / "builds" / current / "careful.duckdb"
    if given is None:
        with duckdb.connect(str(database)) as connection:
            for name in COLUMNS:
                connection.execute(f"drop table if exists {name}")
            _put_numbers(connection, is_empty=True)
    else:
        put(database, given)
    return folder


NUMBERS = {
    "web_helpful": ("Help page was helpful", 1100, 0.78, 1),
    "web_search_found": ("Search found something", 900, 0.91, 1),
    "web_reached_human": ("Chat reached a person", 310, 0.76, 1),
    "web_form_finished": ("Form was sent", 173, 0.70, 4),
    "web_returning": ("Had been here before", 4200, 0.38, 1),
}


def _put_numbers(connection: duckdb.DuckDBPyConnection, is_empty: bool) -> None:
    """The website's numbers, week by week, as the build counts all of its numbers; the last one got worse for chats."""
    for table in ("definition", "kpi_window", "kpi_week", "kpi_verdict"):
        connection.execute(f"delete from {table} where starts_with(kpi, 'web_')")
    if is_empty:
        return
    counted, judged = [], []
    for kpi, (label, n, share, clock) in NUMBERS.items():
        connection.execute(
            """
            insert into definition by name select * replace (
                $kpi as kpi, $label as label, 'up' as better, $clock as clock_weeks,
                'website contacts, counted by Google Analytics' as source,
                3 as settling_days, ['Google counts devices, not people.'] as caveats,
                'queries/questions/web/' || $kpi || '.sql' as path)
            from definition where kpi = 'proactive_share'
            """,
            {"kpi": kpi, "label": label, "clock": clock},
        )
        for place, ends in enumerate(SUNDAY - timedelta(weeks=back) for back in range(30, -1, -1)):
            year, week, _ = ends.isocalendar()
            fell = 0.09 if kpi == "web_reached_human" and ends >= SUNDAY - timedelta(weeks=1) else 0
            of = round(n * clock * _wave(place))
            yes = round(of * (share - fell + 0.01 * math.sin(place * 2.3)))
            change = -fell or 0.004
            where = {"kpi": kpi, "iso_week": f"{year}-W{week:02}", "dimension": "all", "member": "all"}
            counted.append({**where, "weeks": clock, "n": of, "successes": yes, "opposites": of - yes,
                            "maturity": _maturity(ends)})  # fmt: skip
            judged.append({**where, "weeks": 2, "verdict": "down" if fell else "no real change", "change": change,
                           "change_low": change - 0.05, "change_high": change + 0.05, "level": 0.99})  # fmt: skip
    _insert(connection, "kpi_window", pl.DataFrame(counted))
    _insert(connection, "kpi_week", pl.DataFrame(counted).drop("weeks"))
    _insert(connection, "kpi_verdict", pl.DataFrame(judged))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    connection.register("_given", rows)
    connection.execute(f"insert into {table} by name from _given")
    connection.unregister("_given")
