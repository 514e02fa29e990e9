"""What the columns of a SELECT are made of, followed through its sub-queries: which are estimates, which are what is
left when counts of some rows are taken from those of others."""

from collections.abc import Iterable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope, traverse_scope

from pipelines.questions.ranges import PEOPLE, Estimate, ends_in

ESTIMATES = ("share", "points", "pct", "percent", "rate")
_COUNTS = ("n", "successes", "opposites", "finished", "censored", *PEOPLE)
_AIMS = frozenset(("target_share",))
_MEANS = (
    exp.Avg, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.ApproxQuantile,
)  # fmt: skip
_MEANS_BY_NAME = frozenset(("divide", "favg", "mean"))
_NO_VALUES = (exp.Predicate, exp.Connector, exp.Not, exp.Order, exp.Where, exp.Count)

Made = list[tuple[exp.Expr, Scope]]
Signs = frozenset[tuple[str, int]]


class Provenance:
    """The columns of one SELECT, and what they come from; conditions and orders are no part of a value."""

    def __init__(self, tree: exp.Query) -> None:
        self._scopes = traverse_scope(tree)
        self._root = build_scope(tree)
        self._parts: dict[tuple[int, str], exp.Expr | None] = {}
        self._signs: dict[tuple[int, str], Signs] = {}

    def estimates(self) -> dict[str, exp.Expr]:
        """Column -> the part that makes it an estimate: a ratio, a mean, or a column of such a name.

        A ratio to a constant only scales; a target is an aim and no estimate.
        """
        found = {}
        for name, made in _outputs(self._root):
            part = self._first(made)
            is_named = any(ends_in(name, kind) for kind in ESTIMATES)
            if part is not None or (is_named and not all(_is_aim(expr) for expr, _ in made)):
                found[name] = part if part is not None else made[0][0]
        return found

    def differences(self) -> Iterator[exp.Expr]:
        """What takes the counts of some rows from the same counts of others, the first of it."""
        for scope in self._scopes:
            if not isinstance(scope.expression, exp.Select):
                continue
            for select in scope.expression.selects:
                inside = [side for ratio in select.find_all(exp.Div) for side in (ratio.left, ratio.right)]
                for part in (*inside, select.unalias()):
                    if _cancels(self._counted(part, scope)):
                        yield part
                        return

    def _first(self, made: Made) -> exp.Expr | None:
        return next(
            (part for expr, scope in made if (part := self._estimated(expr, scope)) is not None), None
        )

    def _estimated(self, part: exp.Expr, scope: Scope) -> exp.Expr | None:
        """The ratio, mean or column that makes a part an estimate."""
        if _is_mean(part):
            return part
        if not isinstance(part, exp.Column):
            return self._first(_values(part, scope))
        at = (id(scope), part.sql())
        if at not in self._parts:
            self._parts[at] = None  # a query that reads itself ends here
            made = _origins(part, scope)
            is_named = part.name not in _AIMS and any(ends_in(part.name, kind) for kind in ESTIMATES)
            self._parts[at] = self._first(made) if made else part if is_named else None
        return self._parts[at]

    def _counted(self, part: exp.Expr, scope: Scope) -> Signs:
        """The counts of published tables that a part adds (1) and takes away (-1)."""
        if isinstance(part, exp.Column):
            return self._counted_column(part, scope)
        if isinstance(part, exp.Div | exp.IntDiv):
            return self._counted(part.left, scope) if _is_constant(part.right) else frozenset()
        if isinstance(part, exp.Sub):
            return self._counted(part.left, scope) | _flipped(self._counted(part.right, scope))
        found = frozenset().union(*(self._counted(expr, of) for expr, of in _values(part, scope)))
        is_minus = isinstance(part, exp.Neg) or (
            isinstance(part, exp.Mul) and any(_is_minus(side) for side in (part.left, part.right))
        )
        return _flipped(found) if is_minus else found

    def _counted_column(self, column: exp.Column, scope: Scope) -> Signs:
        at = (id(scope), column.sql())
        if at not in self._signs:
            self._signs[at] = frozenset()  # a query that reads itself ends here
            made = _origins(column, scope)
            is_count = not made and any(ends_in(column.name, kind) for kind in _COUNTS)
            own: Signs = frozenset([(column.name, 1)]) if is_count else frozenset()
            self._signs[at] = own.union(*(self._counted(expr, of) for expr, of in made))
        return self._signs[at]


def without_range(tree: exp.Query, found: Iterable[Estimate]) -> dict[str, exp.Expr]:
    """The columns that are estimates and none of those that have a range; and what makes them so."""
    known = {
        name
        for each in found
        for name in (
            each.name,
            f"{each.name}_low",
            f"{each.name}_high",
            *each.n,
            *each.parts,
            *each.effective_n,
        )
    }
    return {name: part for name, part in Provenance(tree).estimates().items() if name not in known}


def _outputs(scope: Scope | None) -> list[tuple[str, Made]]:
    """The columns of a query and what each is made of; of a union, of both."""
    if scope is None:
        return []
    if isinstance(scope.expression, exp.SetOperation):
        first, second = map(_outputs, scope.set_operation_scopes)
        return [(name, [*made, *more]) for (name, made), (_, more) in zip(first, second, strict=False)]
    if not isinstance(scope.expression, exp.Select):
        return []
    selects = scope.expression.selects
    names = scope.outer_columns or [each.alias_or_name for each in selects]
    return [(name, [(each.unalias(), scope)]) for name, each in zip(names, selects, strict=False)]


def _origins(column: exp.Column, scope: Scope) -> Made:
    """What a column is made of in a sub-query, or under an alias beside it; nothing of a column of a table."""
    below = [
        made
        for name, source in scope.sources.items()
        if column.table in ("", name) and isinstance(source, Scope)
        for output, made in _outputs(source)
        if output == column.name
    ]
    if below or column.table or not isinstance(scope.expression, exp.Select):
        return [each for made in below for each in made]
    return [
        (each.this, scope)
        for each in scope.expression.selects
        if isinstance(each, exp.Alias)
        and each.alias == column.name
        and column not in each.find_all(exp.Column)
    ]


def _values(part: exp.Expr, scope: Scope) -> Made:
    """The parts that a value is put together from, each where it is to be read."""
    if isinstance(part, _NO_VALUES):
        return []
    if isinstance(part, exp.Subquery | exp.Query):
        inner = part.unnest()
        of = next((each for each in scope.subquery_scopes if each.expression is inner), None)
        return _outputs(of)[0][1] if of is not None and _outputs(of) else []
    if isinstance(part, exp.Window | exp.Filter):
        return [(part.this, scope)]
    return [(each, scope) for each in part.iter_expressions()]


def _is_mean(part: exp.Expr) -> bool:
    if isinstance(part, exp.Div | exp.IntDiv):
        return not _is_constant(part.right)
    return isinstance(part, _MEANS) or (
        isinstance(part, exp.Anonymous) and part.name.lower() in _MEANS_BY_NAME
    )


def _is_constant(part: exp.Expr) -> bool:
    return part.find(exp.Column, exp.AggFunc, exp.Query) is None


def _is_aim(part: exp.Expr) -> bool:
    return isinstance(part, exp.Column) and part.name in _AIMS


def _is_minus(part: exp.Expr) -> bool:
    return isinstance(part.unnest(), exp.Neg) and _is_constant(part)


def _flipped(signs: Signs) -> Signs:
    return frozenset((name, -sign) for name, sign in signs)


def _cancels(signs: Signs) -> bool:
    return any((name, -sign) in signs for name, sign in signs)
