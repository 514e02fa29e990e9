"""What a SELECT may not do in the cage, seen before it runs: DuckDB's own limits look between steps, not within one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import duckdb

LONGEST, MOST_GROWTH = 1000, 10_000
TABLES_MADE = frozenset(
    ("duckdb_columns", "duckdb_tables", "generate_series", "histogram", "histogram_values", "range", "repeat",
     "repeat_row", "summary", "unnest")
)  # fmt: skip
"""The functions that may stand where a table stands; whatever a later DuckDB adds stays out."""

_MAKES_MUCH_OF_LITTLE = frozenset(
    (
        "bar", "format", "generate_series", "list_resize", "array_resize", "printf", "range",
        "bin", "to_binary", "hex", "to_hex", "url_encode", "base64", "to_base64", "bitstring", "bitstring_agg",
        "equi_width_bins",
    )
)  # fmt: skip
_TAKES_LONG_IN_ONE_STEP = frozenset(("damerau_levenshtein", "editdist3", "levenshtein"))
_HIDES_A_QUERY = frozenset(("json_execute_serialized_sql", "query", "query_table"))
_TELLS_OF_THE_MACHINE = frozenset(("current_setting", "getvariable", "write_log"))
_NESTED = ("json", "variant", "st_", "from_json", "to_json", "row_to_json", "array_to_json")
_NESTED_TYPES = frozenset(("bit", "bitstring", "geometry", "json", "variant"))
_SYSTEM = ("duckdb_", "pg_", "pragma_", "sqlite_")
_SYSTEM_SCHEMAS = frozenset(("information_schema", "pg_catalog"))
_LENGTHENS_TO = frozenset(("lpad", "rpad"))
_LENGTHENS_BY = {"repeat": 1, "replace": 2, "regexp_replace": 2}
"""Function -> which argument says by how much: a count, or the text that is put in."""

OUTSIDE = "reaches outside of the build, which is not allowed here: no files, no network, no extensions"
OUTRUNS = (
    "can fill memory or time in one step. Read `from range(…)`, lengthen by a number or text that is written out and "
    f"at most {LONGEST:,}, not again and again, and leave how numbers look to the column's `format`"
)


@dataclass(frozen=True)
class Call:
    """A function that a query calls: its name, its arguments, and whether it stands where a table stands."""

    name: str
    arguments: tuple[dict[str, Any], ...]
    is_table: bool


def forbidden(connection: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """Why a SELECT may not run, in a sentence; None where it may."""
    ((answer,),) = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    tree = json.loads(answer)
    if tree["error"]:
        return f"this SELECT can not be looked into, so that it is not run: {tree['error_message']}"
    nodes = list(_nodes(tree))
    calls = [_call(node, node["function_name"], is_table=is_table) for node, is_table in _functions(nodes)]
    reasons = (*map(_of_call, calls), *map(_of_node, nodes), _of_growth(calls, nodes))
    return next((f"{reason}." for reason in reasons if reason), None)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    for each in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        if isinstance(each, dict):
            yield each
        yield from _nodes(each)


def _functions(nodes: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bool]]:
    tables = {id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"}
    yield from ((node, id(node) in tables) for node in nodes if node.get("function_name"))


def _call(node: dict[str, Any], name: str, *, is_table: bool) -> Call:
    return Call(name.lower(), tuple(each["expression"] for each in node.get("arguments", ())), is_table)


def _of_call(call: Call) -> str | None:
    name = call.name
    if name in _HIDES_A_QUERY:
        return f"`{name}` runs a query out of a text. Write the query itself"
    if call.is_table:
        return None if name in TABLES_MADE else f"`{name}` {OUTSIDE}"
    if name in _TELLS_OF_THE_MACHINE:
        return f"`{name}` tells of this machine, not of the build"
    if name.startswith(_NESTED) or name in ("->", "->>"):
        return f"`{name}` takes texts apart that nothing here holds: every column of the build is plain"
    too_long = name in _LENGTHENS_TO and _amount(call, 1) > LONGEST
    refused = name in _MAKES_MUCH_OF_LITTLE | _TAKES_LONG_IN_ONE_STEP
    return f"`{name}` {OUTRUNS}" if refused or too_long else None


def _of_node(node: dict[str, Any]) -> str | None:
    if node.get("type") == "TYPE" and str(node.get("type_name")).lower() in _NESTED_TYPES:
        return f"the type {node['type_name']} is not for here: every column of the build is plain"
    if node.get("show_type") == "SHOW_SPECIAL":
        return "this is not of the build. `careful tables` lists its tables"
    table = str(node.get("table_name") or "").lower()
    is_system = table.startswith(_SYSTEM) or str(node.get("schema_name")).lower() in _SYSTEM_SCHEMAS
    if node.get("type") == "BASE_TABLE" and is_system and table not in TABLES_MADE:
        return f"{table} tells of this machine, not of the build. `careful tables` lists its tables"
    return None


def _of_growth(calls: list[Call], nodes: list[dict[str, Any]]) -> str | None:
    """Texts may grow so much in the whole query, and not at all where a step is repeated."""
    grown = [
        (max(1, _amount(call, _LENGTHENS_BY[call.name])), call.name)
        for call in calls
        if call.name in _LENGTHENS_BY and not call.is_table
    ]
    repeats = any(node.get("type") == "RECURSIVE_CTE_NODE" for node in nodes)
    if prod(by for by, _ in grown) <= (1 if repeats else MOST_GROWTH):
        return None
    return f"`{max(grown)[1]}` {OUTRUNS}"


def _amount(call: Call, place: int) -> int:
    """The number, or the length of the text, that is written out as an argument; more than may be where none is."""
    literal = call.arguments[place].get("literal", {}) if len(call.arguments) > place else {}
    if literal.get("kind") == "INTEGER":
        return int(literal["text"])
    return len(literal["text"]) if literal.get("kind") == "STRING" else MOST_GROWTH + 1
