"""Service and care side by side: how people reach a person, who got in touch first, and what counts as success."""

import math
from dataclasses import dataclass

import polars as pl

from dashboard import builds, kpi, words
from dashboard.kpi import Definition, Reading
from dashboard.parts import about, table
from pipelines.measures import durations
from pipelines.measures.proportions import wilson
from pipelines.questions import is_time

SERVICE = ("human_within_promise", "first_reply_within_promise", "bot_came_back")
CARE = ("emotion", "top_customers_with_care", "ordered_again_year")
LISTENING = ("listened", "showed_they_cared", "understood", "had_to_repeat")
WAITS_WEEKS = 13
FEWEST_HOURS = 3
ERROR_SHARE = 0.05

_WENT = {"better": "got better", "worse": "got worse", "no real change": "is where it was"}


@dataclass(frozen=True)
class Wait:
    """How long people of one channel wait for a person; infinite where fewer than that got one."""

    channel: str
    n: int
    half: tuple[float, float, float]
    nine_in_ten: tuple[float, float, float]


def headline(service: Reading | None, care: Reading | None) -> str:
    """Both lenses in one sentence."""
    told = [
        f"{name} {_WENT[one.verdict]}"
        for name, one in (("service", service), ("care", care))
        if one is not None and one.verdict in _WENT
    ]
    if not told:
        return "We can't say yet how service and care are doing."
    if len(told) == 2 and service is not None and care is not None and service.verdict == care.verdict:
        return f"Service and care {_WENT[service.verdict].replace('is where it was', 'are where they were')}."
    return f"{words.capital(', '.join(told))}."


def looks_back(shown: list[Definition]) -> str:
    """Over how long the numbers of a block look, in one line: one and thirteen weeks, 90 days and a year."""
    told = list(dict.fromkeys(_span(one) for one in shown))
    weeks = [span.removesuffix(" weeks").removesuffix(" week") for span in told if "week" in span]
    if len(told) > 1 and len(weeks) == len(told):
        return f"Looks back over {words.listed(weeks)} weeks."
    return f"Looks back over {words.listed(told)}."


def _span(number: Definition) -> str:
    if number.kpi == "ordered_again_year":
        return "a year"
    if number.kpi == "top_customers_with_care":
        return f"{builds.settings().care.care_gap_days} days"
    return "one week" if number.clock_weeks == 1 else f"{words.number_word(number.clock_weeks)} weeks"


@builds.worked_out_once
def waits(last_week: str, basis: str = "time_to_human") -> list[Wait]:
    """How long people waited in the last thirteen weeks, per channel; the most used first."""
    frame = builds.rows(
        """
        with week as (select distinct iso_week from dates where iso_week <= $week order by iso_week desc limit $weeks)
        select member as channel, bucket_seconds as seconds, cast(sum(finished) as bigint) as reached,
            cast(sum(censored) as bigint) as gave_up
        from duration_week join week using (iso_week)
        where kpi = $basis and dimension = 'channel'
        group by member, bucket_seconds
        """,
        week=last_week, weeks=WAITS_WEEKS, basis=basis,
    )  # fmt: skip
    found = []
    for (channel,), rows in frame.group_by("channel"):
        each = pl.concat(
            rows.select("seconds", pl.lit(end == "reached").alias("finished"), pl.col(end).alias("count"))
            for end in ("reached", "gave_up")
        )
        n = int(each["count"].sum())
        found.append(Wait(str(channel), n, durations.median(each), durations.quantile(each, 0.9)))
    return sorted(found, key=lambda one: (-one.n, one.channel))


def wait_in_words(one: Wait, promise_seconds: dict[str, int]) -> str:
    """The waits of one channel as Markdown, each with its range, beside what we promise."""
    limit = promise_seconds.get(one.channel)
    promised = words.wait(limit) if limit else "nothing"
    return (
        f"**{words.safe(words.capital(one.channel))}**  \n"
        f"Half reached a person within {_within(one.half)}  \n"
        f"Nine in ten within {_within(one.nine_in_ten)}  \n"
        f":small[:gray[{_weak(one.n)}{words.count(one.n)} asked · we promise {promised}]]"
    )


def by_hour(last_week: str, channel: str) -> pl.DataFrame:
    """Of those who asked for a person on a channel, hour by hour, how many reached one in time.

    Returns:
        hour, n, successes, value, low, high (shares), the hours of the day in order; hours with under 30 are not
        there. The ranges hold for all hours together (Bonferroni), so that the worst of many is no accident.
    """
    frame = builds.rows(
        """
        select hour, n, successes from human_by_hour
        where kpi = 'human_within_promise' and channel = $channel and iso_week = $week and n >= $fewest
        qualify weeks = max(weeks) over ()
        order by hour
        """,
        channel=channel, week=last_week, fewest=kpi.A_HINT,
    )  # fmt: skip
    level = 1 - ERROR_SHARE / max(1, frame.height)
    ranges = [wilson(successes, n, level) for n, successes in frame.select("n", "successes").iter_rows()]
    return frame.select(
        "hour", "n", "successes", value=pl.col("successes") / pl.col("n"),
        low=pl.Series([low for low, _ in ranges], dtype=pl.Float64),
        high=pl.Series([high for _, high in ranges], dtype=pl.Float64),
    )  # fmt: skip


def hours_in_words(hours: pl.DataFrame) -> str:
    """The hour in which fewest reached a person, where it stands apart from the rest."""
    if hours.height < FEWEST_HOURS:
        return ""
    worst = hours.sort("value").row(0, named=True)
    others = hours.filter(pl.col("hour") != worst["hour"])
    elsewhere = int(others["successes"].sum()) / int(others["n"].sum())
    if elsewhere <= worst["high"]:
        return "No hour stands clearly below the others."
    return (
        f"Hardest from {worst['hour']} to {worst['hour'] + 1} o'clock: {words.of_100(worst['value'])} of 100 reached "
        f"one in time (probably between {words.between(worst['low'], worst['high'])}; "
        f"{words.count(worst['n'])} asked)."
    )


def groups(readings: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """A breakdown as rows of a dot chart, in the order given."""
    order = pl.DataFrame({"member": names}, schema={"member": pl.String})
    return order.join(readings, on="member", how="inner", maintain_order="left").select(
        pl.col("member").alias("label"), "value", "low", "high", "n", role=pl.lit("steady")
    )


def groups_table(rows: pl.DataFrame, name: str = "Group") -> pl.DataFrame:
    """The figures behind dots or hours."""
    return rows.select(
        pl.col("label").alias(name),
        *table.of_100(),
        pl.col("n").alias("Rests on"),
    )


def hours_table(hours: pl.DataFrame) -> pl.DataFrame:
    """The figures behind the hours."""
    return groups_table(hours.rename({"hour": "label"}), "From o'clock")


def what_counts() -> tuple[str, pl.DataFrame]:
    """What this company counts as success: a sentence, and per theme how many numbers do, and how many count time."""
    every = list(kpi.definitions().values())
    wrong = [one.label for one in every if is_time(one.unit) and one.purpose == "success"]
    sentence = (
        f"Of {words.count(len(every))} numbers, none counts how long a conversation takes as a success. "
        "Every run checks it: a time can not be given that purpose."
        if not wrong
        else f"**These count time as a success:** {words.listed(wrong)}."
    )
    themes: dict[str, list[Definition]] = {}
    for one in sorted(every, key=about.theme_place):
        themes.setdefault(about.theme(one), []).append(one)
    rows = [
        {
            "Theme": words.capital(theme),
            "Numbers": words.count(len(chosen)),
            "Count as success": words.count(sum(one.purpose == "success" for one in chosen)),
            "Count time": words.count(sum(is_time(one.unit) for one in chosen)),
        }
        for theme, chosen in themes.items()
    ]
    return sentence, pl.DataFrame(rows)


def seconds(length: float) -> str:
    """`45 seconds`, `2 minutes`, `1.5 hours`, as exact as a wait is felt."""
    if not math.isfinite(length):
        return "longer than we saw"
    if length < 90:
        return words.plural(round(length), "second")
    if length < 5400:
        return words.plural(round(length / 60), "minute")
    hours = length / 3600
    if hours < 10 and round(hours, 1) % 1:
        return f"{words.decimal(hours, 1)} hours"
    return words.plural(round(hours), "hour")


def _within(found: tuple[float, float, float]) -> str:
    middle, low, high = found
    if not math.isfinite(middle):
        return "never, for so many"
    least, most = seconds(low), seconds(high)
    if least == most:
        return f"**{seconds(middle)}** (probably hardly more or less)"
    if least.split(" ")[1:] == most.split(" ")[1:]:
        least = least.split(" ")[0]
    return f"**{seconds(middle)}** (probably between {least} and {most})"


def _weak(n: int) -> str:
    strength = kpi.strength(n)
    return f"**{words.capital(strength)}**: " if strength else ""
