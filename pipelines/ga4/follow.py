"""Follows figures of Google Analytics through a query: names, sub-queries, conditions, unions and windows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from pipelines.ga4.figures import NEVER, Figure, Guide, Known, Mark, Relation, Role, Rows, stacked, together

OVERLAPPING = ("rolling_28_days",)
"""Grains whose periods share days."""

_SUMS = frozenset(
    (
        "sum", "avg", "mean", "fsum", "favg", "sumkahan", "kahan_sum", "sum_no_overflow", "product", "geomean",
        "geometric_mean", "weighted_avg", "regravgx", "regravgy", "arraysum", "list_sum", "list_avg", "list_product",
        "list_reduce", "array_reduce", "reduce",
    )
)  # fmt: skip
_BY_NAME = frozenset(("list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"))
_NO_FIGURE = (
    exp.Predicate, exp.Connector, exp.Not, exp.Count, exp.CountIf, exp.ApproxDistinct, exp.LogicalOr, exp.LogicalAnd,
    exp.RowNumber, exp.Grouping, exp.ArraySize, exp.Length,
)  # fmt: skip
_INSPECTED = ("expressions", "where", "group", "having", "qualify", "order", "distinct", "windows")

Part = tuple[exp.Expr, "Scope", bool]


@dataclass(frozen=True)
class Finding:
    """A sum that is none: the part of the query, what it sums, and what is wrong with that."""

    part: exp.Expr
    figure: Figure
    fault: Literal["loose", "mixed", "several"] = "loose"


@dataclass(frozen=True)
class Scope:
    """Where names are looked up, what is known of the rows there, and for each of which `keys` a sum is made."""

    sources: Mapping[str, Relation] = field(default_factory=dict)
    given: Mapping[str, Relation] = field(default_factory=dict)
    aliases: Mapping[str, exp.Expr] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    keys: tuple[exp.Expr, ...] = ()
    outer: "Scope | None" = None

    def where(self, more: Known) -> "Scope":
        """The same, with more known of the rows."""
        return replace(self, known=self.known | more)

    def column(self, column: exp.Column) -> list[Mark]:
        """What a column may hold: it may be in several sources, be a row or a part of one, or come from outside."""
        name, table = column.name.lower(), column.table.lower()
        chosen = [source for alias, source in self.sources.items() if table in ("", alias)]
        found = [mark for source in chosen if (mark := source.get(name))]
        if not found and not table and name in self.sources:
            found = [mark for mark in (self.sources[name].figure(),) if mark]
        if not chosen:
            found = [mark for source in self.sources.values() if (mark := source.get(table))]
        if found or (table and chosen) or self.outer is None:
            return [self.known.of(mark) for mark in found]
        return self.outer.column(column)

    def everything(self, table: str = "") -> Figure | None:
        """All figures of a source, or of all of them."""
        chosen = (source.figure() for alias, source in self.sources.items() if table in ("", alias))
        return together(self.known.of(figure) for figure in chosen if figure)


class Follower:
    """Reads queries over tables whose marks are known, and finds the sums that are none."""

    def __init__(self, table: Callable[[str], Relation]) -> None:
        self._marks_of = table
        self.findings: dict[str, Finding] = {}

    # What a query results in

    def relation(self, query: exp.Expr, scope: Scope) -> Relation:
        """The marked columns of a query's result."""
        given, with_ = dict(scope.given), query.args.get("with_") or exp.With(expressions=[])
        for cte in with_.expressions:
            name, inside = cte.alias.lower(), replace(scope, given=given)
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                given = {**given, name: _named(cte, self.relation(cte.this.left, inside))}
                inside = replace(scope, given=given)
            given = {**given, name: _named(cte, self.relation(cte.this, inside))}
        scope = replace(scope, given=given)
        if isinstance(query, exp.Subquery | exp.Paren):
            return self.relation(query.this, scope)
        if isinstance(query, exp.SetOperation):
            sides = [self.relation(side, scope) for side in (query.left, query.right)]
            return stacked(sides[0], sides[1], by_name=bool(query.args.get("by_name")))
        return (
            self._select(query, scope) if isinstance(query, exp.Select) else self._not_followed(query, scope)
        )

    def _select(self, select: exp.Select, outer: Scope) -> Relation:
        scope = Scope(given=outer.given, outer=outer if outer.sources else outer.outer)
        joins = select.args.get("joins") or []
        known = Known()
        for join in (select.args.get("from_"), *(select.args.get("laterals") or ()), *joins):
            if join is None:
                continue
            side = dict(self._sources(join if isinstance(join, exp.Lateral) else join.this, scope))
            scope = replace(scope, sources={**scope.sources, **side})
            if isinstance(join, exp.Join):
                known |= self._known_by(join, scope, side)
        for clause in (select.args.get("where"), select.args.get("having")):
            known |= self.known(clause.this, scope) if clause else Known()
        aliases = {
            part.alias.lower(): part.this for part in select.expressions if isinstance(part, exp.Alias)
        }
        scope = replace(scope, aliases=aliases, known=known, keys=_keys(select))
        for name in _INSPECTED:
            value = select.args.get(name)
            for part in value if isinstance(value, list) else [value]:
                self.inspect(part, scope)
        for join in joins:
            self.inspect(join.args.get("on"), scope)
        qualify = select.args.get("qualify")
        return self._result(select, scope.where(self.known(qualify.this, scope)) if qualify else scope)

    def _sources(self, part: exp.Expr, scope: Scope) -> Iterator[tuple[str, Relation]]:
        """Alias and relation of what stands in FROM or JOIN, and of what is joined to it in brackets."""
        inner = part.this
        if isinstance(part, exp.Subquery) and isinstance(inner, exp.Table) and not part.alias:
            yield from self._sources(inner, scope)
            return
        if isinstance(part, exp.Table):
            relation = self._table(part, scope)
        elif isinstance(part, exp.Subquery | exp.Lateral) and isinstance(inner, exp.Query | exp.Subquery):
            relation = self.relation(inner, scope)
        else:
            relation = self._not_followed(part, scope)
        relation = _named(part, relation.anew())
        for pivot in part.args.get("pivots") or ():
            self.inspect(pivot, Scope({"": relation}, scope.given))
            relation = _loose(relation)
        yield part.alias_or_name.lower(), relation
        for join in part.args.get("joins") or ():
            yield from self._sources(join.this, scope)

    def _table(self, table: exp.Table, scope: Scope) -> Relation:
        name, schema = table.name.lower(), table.db.lower()
        if not schema and name in scope.given:
            return scope.given[name]
        return self._marks_of(name if schema in ("", "main") else f"{schema}.{name}")

    def _not_followed(self, part: exp.Expr, scope: Scope) -> Relation:
        """What we do not look into holds the figures of all tables and columns that it names, and may not sum them."""
        tables = [self._table(table, scope).figure() for table in part.find_all(exp.Table)]
        columns = [together(scope.column(column)) for column in part.find_all(exp.Column)]
        relation = _loose(Relation({}, None, together([*tables, *columns])))
        if relation.rest:
            for each in part.find_all(exp.Func):
                if _sums(each):
                    self._found(Finding(each, relation.rest))
        return relation

    def _result(self, select: exp.Select, scope: Scope) -> Relation:
        parts = [part for projection in select.expressions for part in self._columns(projection, scope)]
        names = [part.names for part in parts]
        marks: dict[str, Mark] = {}
        for part in parts:
            marks |= part.marks
        every = None if None in names else tuple(name for each in names for name in each or ())
        return Relation(marks, every, together(part.rest for part in parts))

    def _columns(self, projection: exp.Expr, scope: Scope) -> Iterator[Relation]:
        """What a projection adds to the result: one column, or those of the sources that a star stands for."""
        star = projection.this if isinstance(projection, exp.Column) else projection
        if not isinstance(star, exp.Star | exp.Columns):
            name, mark = projection.alias_or_name.lower(), self._mark(projection.unalias(), scope)
            yield Relation({name: mark} if mark else {}, (name,))
            return
        table = projection.table.lower() if isinstance(projection, exp.Column) else ""
        left_out = {column.name.lower() for column in star.args.get("except_") or ()}
        replaced = {
            part.alias.lower(): self._mark(part.this, scope) for part in star.args.get("replace") or ()
        }
        for alias, source in scope.sources.items():
            if table in ("", alias):
                gone = left_out | replaced.keys()
                kept = {name: scope.known.of(mark) for name, mark in source.marks.items() if name not in gone}
                names = None if source.names is None else tuple(n for n in source.names if n not in left_out)
                yield Relation(kept | {n: mark for n, mark in replaced.items() if mark}, names, source.rest)

    def _mark(self, part: exp.Expr, scope: Scope) -> Mark | None:
        return next(iter(self.guides(part, scope)), None) or self.figure(part, scope)

    # What conditions say

    def known(self, condition: exp.Expr | None, scope: Scope) -> Known:
        """What must hold for the rows that a condition leaves."""
        if isinstance(condition, exp.Paren):
            return self.known(condition.this, scope)
        if isinstance(condition, exp.And | exp.Or):
            first, second = self.known(condition.left, scope), self.known(condition.right, scope)
            return first | second if isinstance(condition, exp.And) else first & second
        if isinstance(condition, exp.Column):
            return Known(adds_up=_rows(self.guides(condition, scope), "adds up"))
        if isinstance(condition, exp.In):
            return self._one_of(condition.this, condition.expressions, scope)
        if isinstance(condition, exp.EQ | exp.NullSafeEQ | exp.Is):
            left, right = condition.left, condition.right
            return self._one_of(left, [right], scope) | self._one_of(right, [left], scope)
        return Known()

    def _one_of(self, part: exp.Expr, values: list[exp.Expr], scope: Scope) -> Known:
        names = {value.name for value in values if isinstance(value, exp.Literal)}
        is_literal = len(values) > 0 and all(isinstance(value, exp.Literal) for value in values)
        is_true = len(values) == 1 and isinstance(values[0], exp.Boolean) and bool(values[0].this)
        is_one = len(values) == 1 and isinstance(values[0], exp.Literal | exp.Placeholder | exp.Parameter)
        known = Known()
        for guide in self.guides(part, scope):
            is_named = guide.role in ("metric", "share") and is_literal and names <= guide.names
            if is_named or (guide.role == "adds up" and is_true):
                known |= Known(adds_up=guide.rows)
            if guide.role in ("report", "share") and is_one:
                known |= Known(one_report=guide.rows)
            if guide.role == "grain" and is_one:
                apart = guide.rows if is_literal and names.isdisjoint(OVERLAPPING) else frozenset()
                known |= Known(one_grain=guide.rows, apart=apart)
        return known

    def _known_by(self, join: exp.Join, scope: Scope, side: Mapping[str, Relation]) -> Known:
        """An outer join's condition holds for the rows of its own side alone."""
        if join.side.upper() in ("RIGHT", "FULL"):
            return Known()
        return self.known(join.args.get("on"), replace(scope, sources=side) if join.side else scope)

    def guides(self, part: exp.Expr, scope: Scope) -> list[Guide]:
        """The guides that an expression is, if it is a column as it stands."""
        while isinstance(part, exp.Paren | exp.Cast):
            part = part.this
        if not isinstance(part, exp.Column):
            return []
        found = scope.column(part)
        if not found and not part.table and part.name.lower() in scope.aliases:
            return self.guides(*_alias(part, scope))
        return [mark for mark in found if isinstance(mark, Guide)]

    # What values are made of

    def figure(self, part: exp.Expr, scope: Scope) -> Figure | None:
        """What the value of an expression is made of; nothing where no figure is in it."""
        if isinstance(part, _NO_FIGURE):
            return None
        if isinstance(part, exp.Star | exp.Columns):
            return scope.everything()
        if isinstance(part, exp.Column):
            if isinstance(part.this, exp.Star):
                return scope.everything(part.table.lower())
            found = scope.column(part)
            if not found and not part.table and part.name.lower() in scope.aliases:
                return self.figure(*_alias(part, scope))
            return together(found)
        if isinstance(part, exp.Query):
            return self.relation(part, scope).figure()
        made = [self.figure(each, inside) for each, inside, is_value in self._parts(part, scope) if is_value]
        found_all = together(made)
        if isinstance(part, exp.Div) and found_all and all(made):
            return replace(found_all, origin=f"a rate of {found_all.origin}", loose=found_all.loose | NEVER)
        return found_all

    def _parts(self, part: exp.Expr, scope: Scope) -> Iterator[Part]:
        """The parts of an expression, what is known where each counts, and whether its value goes into the whole."""
        if isinstance(part, exp.Filter):
            yield part.this, scope.where(self.known(part.expression.this, scope)), True
            yield part.expression, scope, False
        elif isinstance(part, exp.If):
            yield part.this, scope, False
            yield part.args["true"], scope.where(self.known(part.this, scope)), True
            yield from ((part.args[name], scope, True) for name in ("false",) if part.args.get(name))
        elif isinstance(part, exp.Case):
            for case in part.args["ifs"]:
                condition = exp.EQ(this=part.this, expression=case.this) if part.this else case.this
                yield case.this, scope, False
                yield case.args["true"], scope.where(self.known(condition, scope)), True
            yield from (
                (part.args[name], scope, name == "default")
                for name in ("this", "default")
                if part.args.get(name)
            )
        elif isinstance(part, exp.Window):
            keys = tuple(part.args.get("partition_by") or ())
            yield part.this, replace(scope, keys=keys), True
            yield from ((each, scope, False) for each in part.iter_expressions() if each is not part.this)
        else:
            only_first = isinstance(part, exp.ArgMax | exp.ArgMin | exp.Order)
            yield from (
                (each, scope, not only_first or each is part.this) for each in part.iter_expressions()
            )

    def inspect(self, part: exp.Expr | None, scope: Scope) -> None:
        """Find the sums that are none in an expression, wherever in it they stand."""
        if part is None:
            return
        if isinstance(part, exp.Query):
            self.relation(part, scope)
            return
        if _sums(part):
            made = [
                self.figure(each, inside) for each, inside, is_value in self._parts(part, scope) if is_value
            ]
            if figure := together(made):
                self._judge(part, figure, scope)
        elif isinstance(part, exp.Add):
            sides = [self.figure(side, scope) for side in (part.left, part.right)]
            if all(side and side.loose for side in sides):
                self._found(Finding(part, sides[0] or Figure("")))
        for each, inside, _ in self._parts(part, scope):
            self.inspect(each, inside)

    def _judge(self, part: exp.Expr, figure: Figure, scope: Scope) -> None:
        keys = [guide for key in scope.keys for guide in self.guides(key, scope)]
        grains, periods = _rows(keys, "grain") | scope.known.one_grain, _rows(keys, "period")
        if figure.loose:
            self._found(Finding(part, figure))
        elif not figure.mixed <= grains & periods:
            self._found(Finding(part, figure, "mixed"))
        elif not figure.several <= _rows(keys, "report") | _rows(keys, "share"):
            self._found(Finding(part, figure, "several"))

    def _found(self, finding: Finding) -> None:
        self.findings.setdefault(finding.part.sql("duckdb"), finding)


def _alias(column: exp.Column, scope: Scope) -> tuple[exp.Expr, Scope]:
    """What an alias of the same SELECT stands for; it may not mean itself."""
    name = column.name.lower()
    others = {alias: part for alias, part in scope.aliases.items() if alias != name}
    return scope.aliases[name], replace(scope, aliases=others)


def _named(part: exp.Expr, relation: Relation) -> Relation:
    """With the column names that an alias gives: `as t(a, b)`."""
    alias = part.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return relation.renamed(column.name.lower() for column in columns) if columns else relation


def _loose(relation: Relation) -> Relation:
    """Of other shape than we follow: the guides are kept, any other column is a figure that no condition frees."""
    figure = relation.figure()
    if figure is None:
        return relation
    guides: dict[str, Mark] = {name: mark for name, mark in relation.marks.items() if isinstance(mark, Guide)}
    return Relation(guides, None, replace(figure, loose=figure.loose | NEVER))


def _rows(guides: list[Guide], role: Role) -> Rows:
    return frozenset(row for guide in guides if guide.role == role for row in guide.rows)


def _keys(select: exp.Select) -> tuple[exp.Expr, ...]:
    group = select.args.get("group")
    if group is None:
        return ()
    if group.args.get("all"):
        return tuple(part.unalias() for part in select.expressions if not part.find(exp.AggFunc))
    places = {str(place): part.unalias() for place, part in enumerate(select.expressions, start=1)}
    return tuple(
        places.get(key.name, key) if isinstance(key, exp.Literal) else key for key in group.expressions
    )


def _sums(part: exp.Expr) -> bool:
    """Whether a function adds up what it is given."""
    if isinstance(part, exp.Anonymous):
        name = part.name.lower()
        how = part.expressions[1].name.lower() if name in _BY_NAME and len(part.expressions) > 1 else name
        return how in _SUMS
    return isinstance(part, exp.Func) and part.key in _SUMS
