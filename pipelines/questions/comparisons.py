"""What an answer is compared with, as its header declares: the period before, last year, to date, a target."""

from collections.abc import Iterable

import polars as pl
from sqlglot import exp

from pipelines.engine.graph import QueryError
from pipelines.measures.goals import target_at
from pipelines.questions.cage import Cage, CageError
from pipelines.questions.file import QuestionFile
from pipelines.questions.header import Comparison, Question
from pipelines.questions.ranges import Estimate

YEAR_WEEKS = 52
WINDOWS, ROLLING = "kpi_window", {"rolling_28_days": 4}


def compare(
    cage: Cage, question: QuestionFile, frame: pl.DataFrame, found: Iterable[Estimate], period: str | None
) -> dict[str, pl.DataFrame]:
    """A frame per declared comparison.

    Returns:
        Each has the grain and, for every estimate x (of `to_date`, for `share`):

        * `prior_week`, `same_weeks_last_year`: `compared_with` (the period), `x_before`, `x_change`,
          `x_change_low`, `x_change_high`. Of what is read over several weeks the period before is the last one
          that shares no week with it; the range takes the two to be independent.
        * `to_date`: the week that is not over against the same days of the week before (`days`), of a KPI.
        * `target`: `target`, `x_gap`, `x_gap_low`, `x_gap_high`, and of a KPI's goal, as it counted then, `due_on`.

    Raises:
        QueryError: over how many weeks it is read can not be told.
    """
    header, found = question.header, list(found)
    made = {}
    for comparison in header.comparisons:
        if comparison.kind == "target":
            made["target"] = _to_target(cage, header, frame, found, comparison)
        elif comparison.kind == "to_date":
            made["to_date"] = _to_date(cage, header)
        else:
            weeks = YEAR_WEEKS if comparison.kind == "same_weeks_last_year" else _clock(cage, question)
            made[comparison.kind] = _to_before(cage, header, frame, found, period, weeks)
    return made


def _clock(cage: Cage, question: QuestionFile) -> int:
    """Over how many weeks a number is read, so that two of its windows share none.

    A KPI is read by its clock; any other question by what its SELECT says: `weeks = 13`, or Google's rolling days.
    """
    header = question.header
    if header.kpi:
        clock = cage.sql("select weeks from kpi_clock where kpi = $kpi", {"kpi": header.kpi})["weeks"]
        return int(clock[0]) if clock.len() else header.clock_weeks[0]
    tree = question.model.tree
    rolling = [ROLLING[each.name] for each in tree.find_all(exp.Literal) if each.name in ROLLING]
    if WINDOWS not in question.model.inputs:
        return max(rolling, default=1)
    said = [
        int(test.right.name)
        for test in tree.find_all(exp.EQ)
        if isinstance(test.left, exp.Column) and test.left.name == "weeks" and test.right.is_int
    ]
    if not said:
        raise QueryError(
            f"the windows of {WINDOWS} overlap, and the SELECT does not say how many weeks they have, so that the one "
            "before can not be told. Write `weeks = 4`, or 13, or read kpi_week"
        )
    return max(said + rolling)


def _to_before(
    cage: Cage, header: Question, frame: pl.DataFrame, found: list[Estimate], period: str | None, weeks: int
) -> pl.DataFrame:
    if period is None:
        return frame.clear()
    if frame.schema[period] == pl.Date:
        earlier = frame.with_columns(pl.col(period).dt.offset_by(f"-{weeks}w").alias("compared_with"))
    else:
        monday = cage.sql("select distinct iso_week, week_starts_on from dates")
        ago = monday.select(
            pl.col("iso_week").alias("compared_with"), pl.col("week_starts_on").dt.offset_by(f"{weeks}w")
        )
        steps = monday.join(ago, on="week_starts_on").select(
            pl.col("iso_week").alias(period), "compared_with"
        )
        earlier = frame.join(steps, on=period, maintain_order="left")
    others = [name for name in header.grain if name in frame.columns and name != period]
    names = [each.name for each in found]
    ends = [f"{name}_{end}" for name in names for end in ("low", "high")]
    before = frame.select(
        pl.col(period).alias("compared_with"),
        *others,
        *(pl.col(name).name.suffix("_before") for name in (*names, *ends)),
    )
    both = earlier.join(
        before, on=["compared_with", *others], how="left", maintain_order="left", nulls_equal=True
    )
    return both.select(period, *others, "compared_with", *_changes(names))


def _changes(names: Iterable[str]) -> Iterable[pl.Expr]:
    """Differences with the range of independent estimates (`proportions.difference_interval`)."""
    for name in names:
        now, low, high = (pl.col(f"{name}{end}") for end in ("", "_low", "_high"))
        was, was_low, was_high = (pl.col(f"{name}{end}_before") for end in ("", "_low", "_high"))
        below = ((now - low).pow(2) + (was_high - was).pow(2)).sqrt()
        above = ((high - now).pow(2) + (was - was_low).pow(2)).sqrt()
        yield was
        yield (now - was).alias(f"{name}_change")
        yield (now - was - below).alias(f"{name}_change_low")
        yield (now - was + above).alias(f"{name}_change_high")


def _to_date(cage: Cage, header: Question) -> pl.DataFrame:
    """The week that is not over against the same days of the week before, as the build compared them."""
    return cage.sql(
        "select iso_week, days, n, successes::double / nullif(n, 0) as share, change as share_change, "
        "change_low as share_change_low, change_high as share_change_high, verdict from kpi_so_far where kpi = $kpi",
        {"kpi": header.kpi},
    )


def _to_target(
    cage: Cage, header: Question, frame: pl.DataFrame, found: list[Estimate], comparison: Comparison
) -> pl.DataFrame:
    if comparison.value is None:
        told = _goals(cage, header, frame)
    else:
        told = pl.DataFrame({"target": [comparison.value], "due_on": [None]}, schema=_TARGET)
    keys = [name for name in header.grain if name in frame.columns]
    beside = frame.hstack(told) if told.height == frame.height else frame.join(told, how="cross")
    gaps = [
        (pl.col(f"{each.name}{end}") - pl.col("target")).alias(f"{each.name}_gap{end}")
        for each in found
        for end in ("", "_low", "_high")
    ]
    return beside.select(*keys, "target", "due_on", *gaps)


def _goals(cage: Cage, header: Question, frame: pl.DataFrame) -> pl.DataFrame:
    """Per row the goal of the KPI that counted then: of the row's own group, where it has one, else of everybody."""
    try:
        aims = cage.sql("select * from goal_target where kpi = $kpi", {"kpi": header.kpi})
    except CageError:  # a build made before goals could change
        aims = cage.sql(
            "select goal_id, target_share, due_on, null::date as from_on, null::date as until_on, 'all' as dimension, "
            "'all' as member from goal where kpi = $kpi",
            {"kpi": header.kpi},
        )
    groups = [name for name in frame.columns if name in set(aims["dimension"])]
    rows = frame.select(*groups, _days(cage, header, frame).alias("_on"))
    everybody = target_at(aims.filter(pl.col("dimension") == "all"), rows["_on"])
    told = rows.join(everybody, left_on="_on", right_on="on", how="left", maintain_order="left")
    for (dimension, member), own in aims.filter(pl.col("dimension") != "all").group_by("dimension", "member"):
        if dimension in rows.columns:
            told = told.join(
                target_at(own, rows["_on"]).with_columns(pl.lit(member).alias(str(dimension))),
                left_on=["_on", str(dimension)], right_on=["on", str(dimension)], how="left", maintain_order="left",
            )  # fmt: skip
            told = told.with_columns(pl.coalesce(f"{name}_right", name).alias(name) for name in _TARGET)
            told = told.drop("target_right", "due_on_right")
    return told.select(pl.col(name).cast(kind) for name, kind in _TARGET.items())


def _days(cage: Cage, header: Question, frame: pl.DataFrame) -> pl.Series:
    """The day by which each row is judged: the last one of its week, else the last day that is over."""
    calendar = cage.sql("select iso_week, week_ends_on, is_closed from dates where date_on = week_ends_on")
    if "iso_week" in frame.columns:
        return frame.select("iso_week").join(calendar, on="iso_week", how="left", maintain_order="left")[
            "week_ends_on"
        ]
    for name in header.grain:
        if name in frame.columns and frame.schema[name] == pl.Date:
            return frame[name]
    last = calendar.filter("is_closed")["week_ends_on"].max()
    return pl.repeat(last, frame.height, dtype=pl.Date, eager=True)


_TARGET = {"target": pl.Float64, "due_on": pl.Date}
