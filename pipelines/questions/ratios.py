"""Divisions whose divisor may be zero, and sums of what is no sum, in the SELECT of a question."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from pipelines.questions.ranges import ends_in

_RESTS_ON = ("n", "effective_n", "least_n")
_NOT_ZERO = (exp.GT, exp.GTE, exp.NEQ)
_DOES_NOT_ADD_UP = ("share", "points", "low", "high", "change", "rate", "effect")
_BREAKDOWNS = ("kpi_week", "kpi_window", "duration_week", "kpi_verdict")
_ADD_UP = (exp.Sum, exp.Avg)


def unguarded(tree: exp.Query) -> Iterator[exp.Div]:
    """Divisions by what may be zero.

    Not zero are: a number, `nullif(x, 0)`, `greatest(x, 1)`, `count(*)` by group, the `n` of a published table (groups
    under the minimum are not in it), what is summed, averaged or multiplied of those, and what a condition around the
    division or of its SELECT says is not zero.
    """
    for scope in traverse_scope(tree):
        for division in scope.find_all(exp.Div):
            if not (_is_safe(division.expression, scope) or _is_excluded(division)):
                yield division


def _is_safe(part: exp.Expr, scope: Scope) -> bool:
    part = part.unnest()
    if isinstance(part, exp.Cast | exp.Sum | exp.Max | exp.Min | exp.Avg):
        return _is_safe(part.this, scope)
    if isinstance(part, exp.Literal):
        return float(part.name) != 0 if part.is_number else False
    if isinstance(part, exp.Nullif):
        return _is_number(part.expression, zero=True)
    if isinstance(part, exp.Greatest):
        return any(_is_number(each, zero=False) for each in (part.this, *part.expressions))
    if isinstance(part, exp.Mul):
        return _is_safe(part.left, scope) and _is_safe(part.right, scope)
    if isinstance(part, exp.Add):
        return _is_safe(part.left, scope) and isinstance(part.right, exp.Literal)
    if isinstance(part, exp.Coalesce):
        return all(_is_safe(each, scope) for each in (part.this, *part.expressions))
    if isinstance(part, exp.Window):
        return _is_safe(part.this, scope)
    if isinstance(part, exp.Count):
        return isinstance(part.this, exp.Star) and bool(scope.expression.args.get("group"))
    return isinstance(part, exp.Column) and _column_is_safe(part, scope)


def _column_is_safe(column: exp.Column, scope: Scope) -> bool:
    """The n of a published table, or a column that a sub-query makes of something that is not zero."""
    sources = [s for name, s in scope.sources.items() if column.table in ("", name)]
    made = [
        (select, source)
        for source in sources
        if isinstance(source, Scope) and isinstance(source.expression, exp.Query)
        for select in source.expression.selects
        if select.alias_or_name == column.name
    ]
    if made:
        return all(_is_safe(select.unalias(), source) for select, source in made)
    is_n = column.name in _RESTS_ON or column.name.endswith("_n")
    return is_n and any(isinstance(source, exp.Table) for source in sources)


def _is_excluded(division: exp.Div) -> bool:
    """Whether a condition around the division, or of its SELECT, says that the divisor is not zero."""
    divisor = division.expression.unnest()
    conditions: list[exp.Expr] = []
    part: exp.Expr | None = division
    while part is not None:
        if isinstance(part, exp.If | exp.Filter) and division is not part:
            conditions.append(part)
        if isinstance(part, exp.Select):
            conditions += [part.args[key] for key in ("where", "having", "qualify") if part.args.get(key)]
            break
        part = part.parent
    return any(
        test.left.unnest() == divisor and test.right.is_number
        and (float(test.right.name) > 0 or not isinstance(test, exp.GTE))
        for condition in conditions
        for test in condition.find_all(*_NOT_ZERO)
    )  # fmt: skip


def _is_number(part: exp.Expr, *, zero: bool) -> bool:
    return isinstance(part, exp.Literal) and part.is_number and (float(part.name) == 0) == zero


def false_sums(tree: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
    """Sums and means of shares and ranges, and counts summed over breakdowns that contain each other; and why."""
    for scope in traverse_scope(tree):
        for total in scope.find_all(*_ADD_UP):
            for column in total.find_all(exp.Column):
                if any(ends_in(column.name, kind) for kind in _DOES_NOT_ADD_UP):
                    yield (
                        total,
                        "shares, points and ranges do not add up, and their mean forgets how many each rests on",
                    )
        yield from _over_everything(scope)


def _over_everything(scope: Scope) -> Iterator[tuple[exp.Expr, str]]:
    """Sums over a table of breakdowns that are kept to neither one dimension nor one clock."""
    tables = {s.name for s in scope.sources.values() if isinstance(s, exp.Table)} & set(_BREAKDOWNS)
    sums = list(scope.find_all(*_ADD_UP))
    if not tables or not sums:
        return
    kept = {
        column.name
        for key in ("where", "group", "qualify")
        if scope.expression.args.get(key)
        for column in scope.expression.args[key].find_all(exp.Column)
    }
    for column in ("dimension", *(["weeks"] if "kpi_window" in tables else [])):
        clock = any("kpi_clock" in s.name for s in scope.sources.values() if isinstance(s, exp.Table))
        if column not in kept and not (column == "weeks" and clock):
            what = (
                "every dimension, and all, segment and channel hold the same answers"
                if column == "dimension"
                else "several clocks at once, which hold the same weeks"
            )
            yield sums[0], f"{', '.join(sorted(tables))} is read over {what}"
