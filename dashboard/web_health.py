"""Whether Google Analytics is in order: pulls, quotas, how long figures move, what changed after it stood still."""

from datetime import date
from typing import Any

import polars as pl

from dashboard import builds, health, words
from dashboard.weeks import local

MOST_ANNOUNCED = 5
QUOTAS = {
    "core_tokens_per_day": "Tokens of the day",
    "core_tokens_per_hour": "Tokens of the hour",
    "core_tokens_per_project_per_hour": "Tokens of the hour, our project",
    "concurrent": "Requests at once",
    "server_errors_per_hour": "Server errors of the hour",
    "thresholded_per_hour": "Requests on small groups, of the hour",
}
GRAINS = {
    "day": "day",
    "week": "week",
    "month": "month",
    "rolling_28_days": "28 days",
    "cohort_week": "week of newcomers",
}
METRICS = {
    "active_users": "visitors",
    "cohort_active_users": "newcomers who came back",
    "cohort_total_users": "newcomers",
    "ecommerce_purchases": "orders",
    "engaged_sessions": "visits that stayed",
    "event_count": "times",
    "first_time_purchasers": "first-time buyers",
    "new_users": "new visitors",
    "purchase_revenue": "revenue",
    "refund_amount": "refunds",
    "screen_page_views": "page views",
    "sessions": "visits",
    "total_purchasers": "buyers",
    "total_users": "all visitors",
}
_DAYS = "settled_after_days"
_TELLING = ("sessions", "event_count", "ecommerce_purchases", "active_users")
"""The figure of a report that is drawn: the first that it has."""

_OUTCOMES = {
    "complete": ":gray[:material/check: Complete]",
    "stopped": ":orange[:material/schedule: Stopped early]",
    "failed": ":orange[:material/block: Failed]",
}


def is_known() -> bool:
    """Whether the build holds what became of any pull."""
    return builds.has("web_pull") and builds.rows("select count(*) as n from web_pull").item() > 0


@builds.worked_out_once
def pulls() -> list[dict[str, Any]]:
    """The last pull of each property."""
    return builds.rows(
        """
        select * from web_pull
        qualify row_number() over (partition by property_id order by pulled_at desc, pull_id desc) = 1
        order by property_id
        """
    ).to_dicts()


def outcome(pull: dict[str, Any]) -> str:
    """How the pull ended, as Markdown; why is told with its problems."""
    return _OUTCOMES.get(pull["outcome"], words.safe(pull["outcome"]))


def windows(pull: dict[str, Any]) -> str:
    """`61 windows pulled, 12 of them had changed, none to come · 18,204 rows`."""
    to_come = words.count(pull["windows_pending"]) if pull["windows_pending"] else "none"
    changed = words.count(pull["windows_restated"]) if pull["windows_restated"] else "none"
    return (
        f"{words.plural(pull['windows_pulled'], 'window')} pulled, {changed} of them changed since the last time, "
        f"{to_come} to come · {words.plural(pull['rows'], 'row')}"
    )


def used(pull: dict[str, Any]) -> str:
    """What the pull cost, and what is left of the day's quota where Google said so."""
    tokens = f"{words.plural(pull['tokens'] or 0, 'token')} used"
    left = pull["core_tokens_per_day_remaining"]
    rest = "how many are left is not known" if left is None else f"{words.count(left)} of the day's are left"
    return f"{tokens}, {rest} · {words.plural(pull['server_errors'] or 0, 'server error')}"


def quotas(pull: dict[str, Any]) -> pl.DataFrame:
    """Every quota that Google told of: what the pull used of it, and what is left."""
    rows = [
        {"Quota": said, "Used by this pull": pull[f"{name}_consumed"], "Left": pull[f"{name}_remaining"]}
        for name, said in QUOTAS.items()
        if pull[f"{name}_remaining"] is not None
    ]
    return pl.DataFrame(rows, schema={"Quota": pl.String, "Used by this pull": pl.Int64, "Left": pl.Int64})


@builds.worked_out_once
def settled() -> pl.DataFrame:
    """After how many days each figure stands: report, grain, metric, settled_after_days, is_measured, n."""
    if not builds.has("settled_after"):
        return pl.DataFrame()
    return builds.rows("select * from settled_after order by settled_after_days, report, metric, grain")


def settled_in_words(found: pl.DataFrame) -> str:
    """The soonest and the latest, and how many of them our own pulls have shown."""
    days = found.drop_nulls(_DAYS) if found.height else found
    if days.is_empty():
        return ""
    least, most = (int(end) for end in days.select(least=pl.min(_DAYS), most=pl.max(_DAYS)).row(0))
    span = f"{least}" if least == most else f"{least} to {most}"
    measured = int(days["is_measured"].sum())
    how = "All of that is measured by our own pulls."
    if not measured:
        how = "That is assumed until enough of our own pulls have measured it."
    elif measured < days.height:
        of_all = f"{words.count(measured)} of {words.count(days.height)}"
        how = f"Our own pulls have measured {of_all}; the others are assumed."
    return f"Figures stop moving {span} days after their period. {how}"


def settled_table(found: pl.DataFrame) -> pl.DataFrame:
    """The same, figure by figure."""
    return found.select(
        _named("report", words.OBJECTS).alias("Report"),
        _named("grain", GRAINS).alias("Per"),
        _named("metric", METRICS).alias("Figure"),
        pl.col("settled_after_days").alias("Stands after days"),
        pl.when("is_measured").then(pl.lit("measured")).otherwise(pl.lit("assumed")).alias("Known how"),
        pl.col("n").alias("From so many periods"),
    )


@builds.worked_out_once
def restated() -> pl.DataFrame:
    """Figures that changed after they had settled, at the last pull that changed any; largest change first."""
    if not builds.has("web_restated"):
        return pl.DataFrame()
    return builds.rows(
        """
        select * from web_restated where was_settled
        qualify cast(pulled_at as date) = max(cast(pulled_at as date)) over ()
        order by abs(change_share) desc nulls last, period_start_on desc, report, metric
        """
    )


def restated_in_words(row: dict[str, Any]) -> str:
    """`Visits (visitors), day of 20 Oct 2026: 1,310 now, 1,204 when it had settled.`."""
    return (
        f"{words.capital(METRICS.get(row['metric'], row['metric'].replace('_', ' ')))} ({words.thing(row['report'])}), "
        f"{GRAINS.get(row['grain'], row['grain'])} from {words.short_day(row['period_start_on'])}: "
        f"**{words.count(row['is_now'])}** now, {words.count(row['was'])} when it seemed settled."
    )


def restated_table(found: pl.DataFrame) -> pl.DataFrame:
    """Every settled figure that changed."""
    return found.select(
        _named("report", words.OBJECTS).alias("Report"),
        _named("metric", METRICS).alias("Figure"),
        _named("grain", GRAINS).alias("Per"),
        pl.col("period_start_on").alias("From"),
        pl.col("was").alias("Was"),
        pl.col("is_now").alias("Is now"),
        health.moment("was_pulled_at").alias("Said on"),
        health.moment("pulled_at").alias("Changed on"),
    )


def consent_in_words() -> str:
    """How many events of the BigQuery export have nobody behind them, in its newest week; empty without one."""
    if not builds.has("web_consent"):
        return ""
    found = builds.rows("select * from web_consent order by iso_week desc limit 1")
    if found.is_empty():
        return ""
    row = found.row(0, named=True)
    return (
        f"In the BigQuery export, {words.count(row['events_without_consent'])} of {words.count(row['events'])} events "
        f"of week {int(row['iso_week'][-2:])} have no visitor behind them: consent was not given."
    )


@builds.worked_out_once
def quality() -> pl.DataFrame:
    """What Google said of its own answers, per report, property and grain: the rows of `web_quality`."""
    return (
        builds.rows("select * from web_quality order by all") if builds.has("web_quality") else pl.DataFrame()
    )


def changes_in_words(found: pl.DataFrame) -> list[str]:
    """That a property changed its clock or its money, or that Google has nothing from before a day."""
    if found.is_empty():
        return []
    told = []
    for (property_id,), rows in found.group_by("property_id", maintain_order=True):
        row = rows.sort("pulled_at").row(-1, named=True)
        whose = f"Property {words.safe(str(property_id))}"
        if rows["zone_changed"].any():
            told.append(
                f"{whose} changed its clock, now {row['time_zone']}: days before and after do not begin alike."
            )
        if rows["currency_changed"].any():
            told.append(
                f"{whose} changed its currency, now {row['currency']}: money before and after is not alike."
            )
        before = rows["truncated_before_on"].max()
        if isinstance(before, date):
            told.append(
                f"{whose}: Google has nothing from before {words.short_day(before)} for some reports."
            )
    return told


def reconciled_in_words(found: pl.DataFrame) -> str:
    """Whether what adds up does, and how wrong adding up the rest would be."""
    if found.is_empty():
        return ""
    missed = int(found["unreconciled"].sum())
    sums = (
        "What adds up does so: rows and Google's own totals agree."
        if not missed
        else f"**{words.plural(missed, 'figure')} that should add up to Google's own total {_do(missed)} not.**"
    )
    gap = found["gap_share"].max()
    if not isinstance(gap, float) or gap <= 0:
        return sums
    times = words.decimal(1 + gap, 1 if gap >= 0.1 else 2)
    return (
        f"{sums} Visitors and visits do not add up: over weeks and groups their sum would be up to {times} times "
        "what it should be."
    )


def quality_table(found: pl.DataFrame) -> pl.DataFrame:
    """What was said of each report's periods, as last asked."""
    return found.select(
        _named("report", words.OBJECTS).alias("Report"),
        _named("grain", GRAINS).alias("Per"),
        pl.col("periods").alias("Periods"),
        pl.min_horizontal("last_on", pl.col("pulled_at").cast(pl.Date)).alias("To"),
        pl.col("thresholded").alias("Small groups held back"),
        pl.col("other_rows").alias("Rare ones lumped together"),
        pl.col("sampled").alias("Sampled"),
        pl.col("restricted").alias("Money hidden"),
        pl.col("without_rows").alias("Empty"),
        pl.col("settled_after_days").alias("Stands after days"),
        pl.when("is_measured").then(pl.lit("measured")).otherwise(pl.lit("assumed")).alias("Known how"),
        pl.col("unreconciled").alias("Do not add up"),
        (pl.col("gap_share") * 100).round(1).alias("Adding up would miss, %"),
    )


def _do(number: int) -> str:
    return "does" if number == 1 else "do"


@builds.worked_out_once
def curve() -> pl.DataFrame:
    """How single days settle, one figure a report, ready to be drawn: panel, age_days, value, low, high, n."""
    if not builds.has("settling_curve"):
        return pl.DataFrame()
    return telling(builds.rows("select * from settling_curve where grain = 'day' order by report, age_days"))


def telling(found: pl.DataFrame) -> pl.DataFrame:
    """Of each report's curves the figure that stands for it."""
    told = found.filter(pl.col("metric").is_in(_TELLING))
    place = pl.col("metric").replace_strict(_TELLING, range(len(_TELLING)), default=len(_TELLING))
    return told.filter(place == place.min().over("report")).select(
        panel=_named("report", words.OBJECTS),
        age_days="age_days",
        value="share_median",
        low="share_low",
        high="share_high",
        n="n",
    )


def when(pull: dict[str, Any]) -> str:
    """When it was pulled, on the company's clock."""
    return words.instant(local(pull["pulled_at"]))


def _named(column: str, names: dict[str, str]) -> pl.Expr:
    spelt = pl.col(column).str.replace_all("_", " ")
    return pl.col(column).replace_strict(names, default=spelt, return_dtype=pl.String)
