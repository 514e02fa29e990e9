"""A question asked: its rows with their ranges, what each column is, and what the answer rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import polars as pl
from sqlglot import exp

from pipelines.engine.graph import QueryError
from pipelines.questions.cage import Cage, CageError, Published
from pipelines.questions.comparisons import compare
from pipelines.questions.file import QuestionFile
from pipelines.questions.header import LEAST, Chart, Format, Interval, Purpose, Question
from pipelines.questions.provenance import without_range
from pipelines.questions.ranges import PEOPLE, Estimate, ends_in, estimates, with_ranges

Role = Literal["key", "estimate", "low", "high", "count", "maturity", "value"]

FORMATS: tuple[Format, ...] = ("share", "points", "amount", "days", "seconds")
COUNTS = ("n", "successes", "opposites", "effective_n")


@dataclass(frozen=True)
class AnsweredColumn:
    """A column of an answer, in words: what the header says of it, else what its name says."""

    name: str
    label: str
    about: str
    role: Role
    format: Format
    unit: str | None
    purpose: Purpose = "context"
    better: Literal["up", "down"] | None = None
    interval: Interval = "none"


@dataclass(frozen=True)
class Answer:
    """What a question says of one build.

    `frame`: the rows, every estimate x with `x_low` and `x_high`; `hidden`: how many rows rested on fewer than the
    minimum n and were left out; `minimum_n`: which one; `unranged`: the estimates that have no range;
    `partial_from`: the first period that is not final, in the units of `period`; `data_through`: how far the data
    of the source reach that reaches least far; `comparisons`: kind -> frame, see `comparisons.compare`.
    """

    frame: pl.DataFrame
    question: QuestionFile
    params: dict[str, Any]
    build_id: str
    as_of: datetime
    data_through: datetime | None
    is_sample: bool
    columns: tuple[AnsweredColumn, ...]
    hidden: int = 0
    period: str | None = None
    partial_from: Any = None
    comparisons: dict[str, pl.DataFrame] = field(default_factory=dict)
    minimum_n: int = LEAST
    unranged: tuple[str, ...] = ()

    @property
    def estimates(self) -> list[str]:
        """The columns that have a range."""
        return [column.name for column in self.columns if column.role == "estimate"]

    @property
    def chart(self) -> Chart:
        """The chart that the header declares, else one that fits: a line over time, dots of groups, or the table."""
        declared = self.question.header.chart
        if declared:
            return declared
        drawn = [c for c in self.columns if c.format not in ("text", "date", "week") and c.name != "n"]
        shown = self.estimates or [c.name for role in ("value", "count") for c in drawn if c.role == role]
        groups = [name for name in self.question.header.grain if name != self.period]
        if not shown or len(groups) > 1 or (self.period is None and not groups):
            return Chart(mark="table")
        if self.period:
            return Chart(mark="line", x=self.period, y=shown[0], by=groups[0] if groups else None)
        return Chart(mark="dot_range" if self.estimates else "bar", x=shown[0], y=groups[0])


def ask(build: Published | Cage, question: QuestionFile, /, **params: Any) -> Answer:
    """The answer of a build to a question; a parameter that is not given is at its default.

    Args:
        build: a build, a frozen week, or a cage of either that is already open.

    Raises:
        QueryError: a parameter is unknown, of another type or none of its options, or the header does not fit.
        CageError: the SELECT does not run, or not here.
    """
    if not isinstance(build, Cage):
        with Cage(build) as cage:
            return ask(cage, question, **params)
    cage, header = build, question.header
    question.refuse_undeclared()
    given = _given(cage, question, params)
    least = max(minimum(cage, question, given.values()), header.minimum_n)
    try:
        rows = cage.sql(question.sql, {name: given[name] for name in question.params})
        frame, found, hidden = shaped(header, rows, least)
    except (CageError, QueryError) as error:
        raise type(error)(f"{question.name}: {error}") from None
    period = period_of(header, frame)
    manifest = cage.build.manifest
    return Answer(
        frame, question, given, cage.build.id, datetime.fromisoformat(manifest["as_of"]), _data_through(cage, question),
        bool(manifest.get("sample")), tuple(described(header, frame, found, period)), hidden, period,
        _partial_from(cage, frame, period), compare(cage, question, frame, found, period), least,
        tuple(without_range(question.model.tree, found)),
    )  # fmt: skip


def minimum(cage: Cage, question: QuestionFile, given: Iterable[Any] = ()) -> int:
    """The fewest that a row may rest on in a build: the company's, and that of every number that the question names.

    Args:
        given: the values of its parameters, which may name a number too.
    """
    told = dict(cage.sql("select kpi, minimum_n from definition").iter_rows())
    literals = (each.name for each in question.model.tree.find_all(exp.Literal) if each.is_string)
    named = {question.header.kpi, *literals, *(each for each in given if isinstance(each, str))}
    return max([LEAST, min(told.values(), default=LEAST), *(told[kpi] for kpi in named if kpi in told)])


def shaped(
    header: Question, rows: pl.DataFrame, least: int = LEAST
) -> tuple[pl.DataFrame, list[Estimate], int]:
    """The rows of a SELECT with ranges and without small groups, the estimates, and how many rows are hidden.

    Args:
        least: the minimum of the build, see `minimum`; the header's may be higher.

    Raises:
        QueryError: a declared range can not be made of these columns.
    """
    frame, found = with_ranges(rows, estimates(header, rows.columns))
    frame, hidden = without_small_groups(frame, header, found, least)
    return frame, found, hidden


def options(build: Published | Cage, question: QuestionFile, param: str) -> list[Any]:
    """What a parameter may be: its default first, then what its header lists or its query finds.

    Raises:
        QueryError: the question has no such parameter. CageError: the query of its options does not run.
    """
    if not isinstance(build, Cage):
        with Cage(build) as cage:
            return options(cage, question, param)
    about = question.header.params.get(param)
    if about is None:
        raise QueryError(_unknown(question, param))
    if isinstance(about.options, str):
        try:
            found = build.sql(about.options).to_series().drop_nulls().unique().sort().to_list()
        except CageError as error:
            raise CageError(f"{question.name}: the options of {param}: {error}") from None
    else:
        found = list(about.options or ())
    return [about.value(about.default), *(each for each in found if each != about.default)]


def _given(cage: Cage, question: QuestionFile, params: Mapping[str, Any]) -> dict[str, Any]:
    given = question.defaults()
    for name, value in params.items():
        about = question.header.params.get(name)
        if about is None:
            raise QueryError(_unknown(question, name))
        try:
            given[name] = about.value(value)
        except ValueError as error:
            raise QueryError(f"{question.name}: the parameter {name}: {error}.") from None
        if about.options is not None and given[name] != about.default:
            known = options(cage, question, name)
            if given[name] not in known:
                listed = ", ".join(map(str, known[:10])) + (", …" if len(known) > 10 else "")
                raise QueryError(
                    f"{question.name}: the parameter {name} is none of its options. They are {listed}."
                )
    return given


def _unknown(question: QuestionFile, param: str) -> str:
    known = ", ".join(question.header.params) or "none"
    return f"{question.name}: the parameter {param!r} is not known. Known are: {known}."


def without_small_groups(
    frame: pl.DataFrame, header: Question, found: Iterable[Estimate], least: int = LEAST
) -> tuple[pl.DataFrame, int]:
    """Rows that rest on at least the minimum n, and how many do not.

    What a row rests on is the n of each of its estimates, also where it is not known, and of the row itself where it
    has an `n`; of an effective n that is smaller, that one. A row that counts people, by a column's name or unit, rests
    on them; nobody is nobody's secret.
    """
    least = max(least, header.minimum_n)
    bears = [(pl.col("n") >= least).fill_null(value=True)] if "n" in frame.columns else []
    for estimate in found:
        about = header.columns.get(estimate.name)
        own = max(least, (about.minimum_n if about else None) or 0)
        is_empty = pl.col(estimate.name).is_null()
        bears += [(pl.col(n) >= own).fill_null(is_empty) for n in (*estimate.n, *estimate.effective_n)]
    bears += [
        ~pl.col(name).is_between(1, least - 1).fill_null(value=False)
        for name, kind in frame.schema.items()
        if kind.is_numeric() and _counts_people(name, header)
    ]
    if not bears or frame.is_empty():
        return frame, 0
    kept = frame.filter(pl.all_horizontal(bears))
    return kept, frame.height - kept.height


def _counts_people(name: str, header: Question) -> bool:
    about = header.columns.get(name)
    return any(ends_in(name, kind) for kind in PEOPLE) or (about is not None and about.unit in PEOPLE)


def period_of(header: Question, frame: pl.DataFrame) -> str | None:
    """The column of the grain that says when: a week, a month or a day."""
    for name in header.grain:
        if name in frame.columns and (
            name in ("iso_week", "month", "quarter", "year") or name.endswith(("_week", "_on"))
        ):
            return name
    return None


def described(
    header: Question, frame: pl.DataFrame, found: Iterable[Estimate], period: str | None
) -> Iterable[AnsweredColumn]:
    """Every column of an answer in words."""
    by_name = {estimate.name: estimate for estimate in found}
    lows = {f"{name}_low": name for name in by_name}
    highs = {f"{name}_high": name for name in by_name}
    for name, kind in frame.schema.items():
        about = header.columns.get(name)
        of = lows.get(name) or highs.get(name)
        like = by_name.get(name) or by_name.get(of or "")
        base = header.columns.get(of) if of else about
        label = name.replace("_", " ").capitalize() if name != "iso_week" else "Week"
        end = "Lower" if name in lows else "Upper"
        yield AnsweredColumn(
            name,
            label,
            about.about if about else f"{end} end of the 95 % range of {of}" if of else label,
            _role(name, header, by_name, lows, highs),
            _format(of or name, base.format if base else None, kind, period),
            (base.unit if base else None) or (header.unit if like and header.kpi else None),
            about.purpose if about else header.purpose if name in by_name and header.kpi else "context",
            (base.better if base else None) or (header.better if like and header.kpi else None),
            like.interval if like else "none",
        )


def _role(
    name: str,
    header: Question,
    found: Mapping[str, Estimate],
    lows: Mapping[str, str],
    highs: Mapping[str, str],
) -> Role:
    roles: tuple[tuple[Role, Iterable[str]], ...] = (
        ("key", header.grain), ("estimate", found), ("low", lows), ("high", highs),
        ("count", (*COUNTS, *(part for each in found.values() for part in (*each.n, *each.parts)))),
        ("maturity", ("maturity",)),
    )  # fmt: skip
    return next((role for role, names in roles if name in names), "value")


def _format(name: str, declared: Format | None, kind: pl.DataType, period: str | None) -> Format:
    if declared:
        return declared
    by_name = next((each for each in FORMATS if ends_in(name, each)), None)
    if by_name:
        return by_name
    if name == "iso_week" or (name == period and kind == pl.String):
        return "week"
    if kind.is_temporal():
        return "date"
    return "count" if kind.is_integer() else "number" if kind.is_numeric() else "text"


def _partial_from(cage: Cage, frame: pl.DataFrame, period: str | None) -> Any:
    """The first period that is not final: by `maturity`, else the week that is not over."""
    if period is None or frame.is_empty():
        return None
    if "maturity" in frame.columns:
        return frame.filter(pl.col("maturity") != "final")[period].min()
    sql = "select min(iso_week) as iso_week, min(date_on) as date_on from dates where not is_closed"
    ((week, day),) = cage.sql(sql).rows()
    kind = frame.schema[period]
    starts = week if kind == pl.String and period == "iso_week" else day if kind == pl.Date else None
    return starts if starts is not None and frame.filter(pl.col(period) >= starts).height else None


SILENT = timedelta(days=35)
_THROUGH = """
with recursive ancestor as (
    select unnest($tables) as name
    union
    select lineage.reads from lineage join ancestor on lineage.name = ancestor.name
), counted as (
    select source from kpi_source where kpi = $kpi
)
select load.source, max(load.data_through_at) as data_through_at
from load
join ancestor on ancestor.name = 'landing.' || load.source || '__' || load.object
where load.source not in ('careful', 'journal')
    and (load.source in (select source from counted) or not exists (select 1 from counted))
group by load.source
"""


def _data_through(cage: Cage, question: QuestionFile) -> datetime | None:
    """How far the data of the source reach that reaches least far, of those that the question rests on.

    One that fell silent five weeks before the others, or of which only old files came, is taken as ended.
    """
    given = {"tables": sorted(question.model.inputs), "kpi": question.header.kpi}
    reach: list[datetime] = cage.sql(_THROUGH, given)["data_through_at"].drop_nulls().to_list()
    return min((each for each in reach if each > max(reach) - SILENT), default=None)
