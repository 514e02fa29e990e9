"""Which SQL staging, core and marts may use: what DuckDB and distributed engines read alike.

Each rule is a function that finds the offending parts of a query; its docstring is the message: what, why, fix.
Most of what is refused here runs elsewhere too, and returns other numbers.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokens import TokenType

from pipelines.engine.graph import Model, QueryError, place

OWN_FUNCTIONS = ("local_date", "local_hour")
_CLOCK = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp, exp.Rand)
_CLOCK_NAMES = ("now", "get_current_timestamp", "get_current_time", "transaction_timestamp", "random", "uuid")
_WEEKDAYS = ("dow", "isodow", "dayofweek", "weekday", "yearweek")
_SET_WORDS = (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT)
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)

Parts = Iterator[exp.Expr | str]


class Parsed:
    """A query and all its parts, walked once."""

    def __init__(self, model: Model) -> None:
        self.sql = model.sql
        self.tree = model.tree
        self._all = list(model.tree.walk())

    def parts(self, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
        """The parts of these kinds."""
        return (part for part in self._all if isinstance(part, kinds))


Rule = Callable[[Parsed], Parts]


def pivot(query: Parsed) -> Parts:
    """PIVOT: refused elsewhere, or silently dropped. Write one `sum(x) filter (where …)` per column."""
    yield from query.parts(exp.Pivot)


def nearest_join(query: Parsed) -> Parts:
    """ASOF or POSITIONAL join: unknown elsewhere. Join on the range and keep `row_number() over (…) = 1`."""
    yield from (j for j in query.parts(exp.Join) if j.args.get("method") in ("ASOF", "POSITIONAL"))


def union_by_name(query: Parsed) -> Parts:
    """UNION BY NAME: unknown elsewhere. List the columns of both sides in the same order."""
    yield from (both for both in query.parts(exp.SetOperation) if both.args.get("by_name"))


def from_first(query: Parsed) -> Parts:
    """FROM before SELECT: unknown elsewhere. Write `select … from …`."""
    # Per open bracket: did a SELECT, or a function such as extract(…), make room for a FROM?
    expected = [False]
    before = None
    for token in DuckDB().tokenize(query.sql):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            expected.append(before in _NAMES)
        elif kind == TokenType.R_PAREN and len(expected) > 1:
            expected.pop()
        elif kind == TokenType.SELECT or kind in _SET_WORDS:
            expected[-1] = kind == TokenType.SELECT
        elif kind == TokenType.FROM and not expected[-1] and before != TokenType.DISTINCT:
            yield f"from, line {token.line}"
        before = kind


def matched_columns(query: Parsed) -> Parts:
    """COLUMNS(): unknown elsewhere. Name the columns."""
    yield from query.parts(exp.Columns)


def outer_star(query: Parsed) -> Parts:
    """An outer `select *`: a new source column would change the table unseen. Name the columns."""
    waiting: list[exp.Expr] = [query.tree]
    while waiting:
        part = waiting.pop().unnest()
        if isinstance(part, exp.SetOperation):
            waiting += [part.left, part.right]
        elif isinstance(part, exp.Query):
            yield from (column for column in part.selects if column.is_star)


def interval_frame(query: Parsed) -> Parts:
    """RANGE over an INTERVAL: other numbers on Sail. Join on the dates, or count ROWS of a table of days."""
    for frame in query.parts(exp.WindowSpec):
        bounds = (frame.args.get("start"), frame.args.get("end"))
        if frame.args.get("kind", "").upper() == "RANGE" and any(isinstance(b, exp.Interval) for b in bounds):
            yield frame


def date_difference(query: Parsed) -> Parts:
    """date_diff of anything but days of two dates: counted differently elsewhere. Write `date_diff('day',
    a::date, b::date)`, or hours as `(epoch(b) - epoch(a)) / 3600`.
    """
    for difference in query.parts(exp.DateDiff):
        in_days = str(difference.args.get("unit")).upper() == "DAY"
        if not (in_days and _is_date(difference.this) and _is_date(difference.expression)):
            yield difference


def _is_date(value: exp.Expr) -> bool:
    """Cast to a date, made by `local_date`, or a column named as dates are (`…_on`)."""
    cast = isinstance(value, exp.Cast) and value.is_type("date")
    return cast or value.name.endswith("_on") or value.name == "local_date"


def within_group(query: Parsed) -> Parts:
    """WITHIN GROUP: silently approximate on Spark. Write `quantile_cont(x, q)`."""
    yield from query.parts(exp.WithinGroup)


def quantile_list(query: Parsed) -> Parts:
    """A list of quantiles: refused elsewhere. Write one `quantile_cont(x, q)` per quantile."""
    for quantile in query.parts(exp.Quantile, exp.PercentileCont, exp.PercentileDisc):
        yield from quantile.find_all(exp.Array)


def weekday(query: Parsed) -> Parts:
    """A number of the weekday: counted from another day elsewhere. Join `dates`."""
    yield from query.parts(exp.DayOfWeek, exp.DayOfWeekIso)
    for part in query.parts(exp.Extract, exp.Anonymous):
        named = part.expressions[0].name if isinstance(part, exp.Anonymous) and part.expressions else ""
        if {part.name.lower(), named.lower()} & set(_WEEKDAYS):
            yield part


def decimal_division(query: Parsed) -> Parts:
    """A decimal literal in a division: four decimals on Sail. Write `/ 3600`, or cast to double."""
    for division in query.parts(exp.Div):
        if any(isinstance(side, exp.Literal) and "." in side.name for side in division.iter_expressions()):
            yield division


def ordered_list(query: Parsed) -> Parts:
    """ORDER BY inside list(): the order is lost elsewhere. Write `list_sort(list(distinct x))`."""
    yield from (made for made in query.parts(exp.ArrayAgg) if made.find(exp.Order))


def file_reading(query: Parsed) -> Parts:
    """Reading a file: the engine gives the tables. Read `landing.…`, which knows which files count."""
    yield from query.parts(exp.ReadCSV, exp.ReadParquet)
    yield from (f for f in query.parts(exp.Anonymous) if f.name.lower().startswith(("read_", "glob")))
    yield from (t for t in query.parts(exp.Table) if "." in t.name or "/" in t.name)


def own_clock(query: Parsed) -> Parts:
    """A clock or chance of its own: the same data would give another build. Use `$as_of`."""
    yield from query.parts(*_CLOCK)
    yield from (f for f in query.parts(exp.Anonymous) if f.name.lower() in _CLOCK_NAMES)


def made_series(query: Parsed) -> Parts:
    """generate_series, range or unnest: refused elsewhere. Join `dates`."""
    yield from query.parts(exp.GenerateSeries, exp.Explode, exp.Unnest)


def counted_days(query: Parsed) -> Parts:
    """to_days(): unknown elsewhere. Write `n * interval 1 day`."""
    yield from query.parts(exp.ToDays)


def counted_if(query: Parsed) -> Parts:
    """count_if(): null instead of 0 when there are no rows. Write `count(*) filter (where …)`."""
    yield from query.parts(exp.CountIf)


def unknown_function(query: Parsed) -> Parts:
    """A function that can not be translated: other engines do not know it. Take another, or count in a measure."""
    spoken_for = {id(part) for rule in (weekday, file_reading, own_clock) for part in rule(query)}
    for function in query.parts(exp.Anonymous):
        if function.name.lower() not in OWN_FUNCTIONS and id(function) not in spoken_for:
            yield function


RULES: tuple[Rule, ...] = (
    pivot, nearest_join, union_by_name, from_first, matched_columns, outer_star, interval_frame, date_difference,
    within_group, quantile_list, weekday, decimal_division, ordered_list, file_reading, own_clock, made_series,
    counted_days, counted_if, unknown_function,
)  # fmt: skip


def complaints(models: Iterable[Model]) -> list[str]:
    """What models may not use, one line each: file, the offending part, what is wrong, why, and the fix."""
    return [complaint for model in models for complaint in _complaints(model)]


@lru_cache(maxsize=1024)
def _complaints(model: Model) -> tuple[str, ...]:
    query = Parsed(model)
    return tuple(
        f"{place(model)}: `{part if isinstance(part, str) else part.sql('duckdb')}`: {_message(rule)}"
        for rule in RULES
        for part in rule(query)
    )


def _message(rule: Rule) -> str:
    return " ".join((inspect.getdoc(rule) or "").split())


def refuse_unportable(models: Iterable[Model]) -> None:
    """Stop at what only DuckDB understands.

    Raises:
        QueryError: every place, one a line.
    """
    found = complaints(models)
    if found:
        raise QueryError("\n".join(found))
