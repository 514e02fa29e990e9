"""FilterExpression as a Polars condition: on hits for dimensions, on finished rows for metrics."""

from collections.abc import Callable
from typing import Any

import polars as pl

from sample_data.ga4_server.hits import NOT_SET
from sample_data.ga4_server.proto import MatchType, Operation
from sample_data.ga4_server.refusal import bad

Column = Callable[[str], pl.Expr]
"""A field's name -> what is compared; raises Refusal for names that are no field."""


def names_in(expression: Any) -> list[str]:
    """Every field that a filter looks at."""
    kind = expression.WhichOneof("expr")
    if kind is None:
        return []
    if kind == "filter":
        return [expression.filter.field_name]
    if kind == "not_expression":
        return names_in(expression.not_expression)
    return [name for part in getattr(expression, kind).expressions for name in names_in(part)]


def condition(expression: Any, column: Column) -> pl.Expr | None:
    """The condition a filter states; None where it is empty."""
    kind = expression.WhichOneof("expr")
    if kind is None:
        return None
    if kind == "filter":
        return _compare(expression.filter, column(expression.filter.field_name))
    if kind == "not_expression":
        inner = condition(expression.not_expression, column)
        return None if inner is None else ~inner
    parts = [condition(part, column) for part in getattr(expression, kind).expressions]
    stated = [part for part in parts if part is not None]
    if not stated:
        raise bad(f"Filter {kind} must contain at least one expression.")
    return pl.all_horizontal(stated) if kind == "and_group" else pl.any_horizontal(stated)


def _compare(one: Any, value: pl.Expr) -> pl.Expr:
    kind = one.WhichOneof("one_filter")
    if kind == "string_filter":
        return _text(one.string_filter, value)
    if kind == "in_list_filter":
        listed = list(one.in_list_filter.values)
        if not listed:
            raise bad(f"The inListFilter of {one.field_name} must contain at least one value.")
        if one.in_list_filter.case_sensitive:
            return value.is_in(listed)
        return value.str.to_lowercase().is_in([each.lower() for each in listed])
    if kind == "numeric_filter":
        return _number(one.numeric_filter, value.cast(pl.Float64, strict=False))
    if kind == "between_filter":
        low, high = _figure(one.between_filter.from_value), _figure(one.between_filter.to_value)
        return value.cast(pl.Float64, strict=False).is_between(low, high)
    if kind == "empty_filter":
        return value.is_in(["", NOT_SET])
    raise bad(f"The filter of {one.field_name} does not say what to compare with.")


def _text(wanted: Any, value: pl.Expr) -> pl.Expr:
    text = wanted.value
    pattern = text if wanted.case_sensitive else f"(?i){text}"
    if wanted.match_type == MatchType.FULL_REGEXP:
        return value.str.contains(f"^(?:{pattern})$")
    if wanted.match_type == MatchType.PARTIAL_REGEXP:
        return value.str.contains(pattern)
    if not wanted.case_sensitive:
        value, text = value.str.to_lowercase(), text.lower()
    if wanted.match_type == MatchType.BEGINS_WITH:
        return value.str.starts_with(text)
    if wanted.match_type == MatchType.ENDS_WITH:
        return value.str.ends_with(text)
    if wanted.match_type == MatchType.CONTAINS:
        return value.str.contains(text, literal=True)
    return value == text


def _number(wanted: Any, value: pl.Expr) -> pl.Expr:
    figure = _figure(wanted.value)
    return {
        Operation.EQUAL: value == figure,
        Operation.LESS_THAN: value < figure,
        Operation.LESS_THAN_OR_EQUAL: value <= figure,
        Operation.GREATER_THAN: value > figure,
        Operation.GREATER_THAN_OR_EQUAL: value >= figure,
    }[Operation(wanted.operation)]


def _figure(value: Any) -> float:
    return float(getattr(value, value.WhichOneof("one_value") or "int64_value"))
