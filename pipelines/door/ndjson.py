"""JSON lines to rows of text: one object per line, values by dotted path."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines.door.read import HEAD_RECORDS, Refused, Text

CUSTOM_FIELDS = "custom_fields"
NAMED_VALUES = {
    CUSTOM_FIELDS: ("id", ("value",)),
    "event_params": ("key", tuple(f"value.{kind}_value" for kind in ("string", "int", "float", "double"))),
}
"""Lists of values with names: list -> where an entry has its name, and where its value (the first that is there)."""

IN_MEMORY: dict[str, Any] = {"temp_directory": ""}  # what customers wrote never spills to disk


@dataclass(frozen=True)
class Documents:
    """The objects of a file as text, `line` and `object`; `broken` are the lines that hold none."""

    objects: pl.DataFrame
    broken: list[int]
    broken_rule: str = "not_a_json_object"

    @property
    def height(self) -> int:
        """How many objects there are."""
        return self.objects.height

    def labels(self) -> set[str]:
        """The dotted paths of the first objects; a named value's is `<list>.<name>`, as `custom_fields.<id>`."""
        return {
            path for text in self.objects["object"].head(HEAD_RECORDS) for path in _paths(json.loads(text))
        }

    def rows(self, names: list[str]) -> pl.DataFrame:
        """The values at dotted paths as text, plus `_line`; an absent value is null, a list is joined by `;`."""
        named = {name: tuple(name.split(".", 1)) for name in names if name.split(".", 1)[0] in NAMED_VALUES}
        plain = [name for name in names if name not in named]
        lists = sorted({of for of, _ in named.values()})
        columns = [f"plain[{number}] as {_quoted(name)}" for number, name in enumerate(plain, start=1)]
        columns += [f"{_named(of, name)} as {_quoted(label)}" for label, (of, name) in named.items()]
        parsed = [f"json_extract_string(object, [{', '.join(_json_path(n) for n in plain)}]) as plain"]
        parsed += [f"from_json(object->'$.{of}', {_literal(_shape(of))}) as {_quoted(of)}" for of in lists]
        with duckdb.connect(config=IN_MEMORY) as connection:
            connection.register("document", self.objects)
            frame = connection.sql(
                f"with parsed as (select line, {', '.join(parsed)} from document) "
                f"select {', '.join([*columns, 'line as _line'])} from parsed order by line"
            ).pl()
        return frame.with_columns(_joined(frame[name]) for name in names)


def _shape(of: str) -> str:
    """The entries of a list of named values, as DuckDB reads them from JSON: all of them text."""
    where, values = NAMED_VALUES[of]
    entry: dict[str, Any] = {where: "VARCHAR"}
    for path in values:
        first, _, rest = path.partition(".")
        if rest:
            entry.setdefault(first, {})[rest] = "VARCHAR"
        else:
            entry[first] = "VARCHAR"
    return json.dumps([entry])


def _named(of: str, name: str) -> str:
    where, values = NAMED_VALUES[of]
    entry = f"list_filter({_quoted(of)}, lambda entry: entry.{where} = {_literal(name)})[1]"
    return f"coalesce({', '.join(f'{entry}.{value}' for value in values)})"


def documents(text: Text) -> Documents | None:
    """The objects of an NDJSON file, or None when the file is something else.

    Raises:
        Refused: it starts like one, but no line is a complete JSON object.
    """
    if not text.content.lstrip().startswith(b"{"):
        return None
    lines = pl.read_lines(io.BytesIO(text.content), name="object").with_row_index("line", offset=1)
    lines = lines.filter(pl.col("object").str.strip_chars() != "")
    with duckdb.connect(config=IN_MEMORY) as connection:
        connection.register("line_of", lines)
        sound = connection.sql(
            "select line from line_of where case when json_valid(object) then json_type(object) = 'OBJECT' end"
        ).pl()
    rest = lines.join(sound, on="line", how="anti")
    mended = rest.with_columns(
        pl.Series("object", [_mended(line) for line in rest["object"]], dtype=pl.String)
    )
    whole = pl.concat([lines.join(sound, on="line"), mended.drop_nulls()]).sort("line")
    if whole.is_empty():
        raise Refused("It looks like JSON lines, but no line is a complete JSON object.")
    return Documents(whole, mended.filter(pl.col("object").is_null())["line"].to_list())


def _mended(line: str) -> str | None:
    """JSON may hold half of a surrogate pair, where a long text was cut inside an emoji; nothing else is mended."""
    try:
        document = json.loads(line, parse_int=str, parse_float=str)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return json.dumps(document, ensure_ascii=False).encode("utf-8", errors="replace").decode()


def _paths(document: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in document.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{key}.")
        elif key in NAMED_VALUES and isinstance(value, list):
            where, _ = NAMED_VALUES[key]
            yield from (f"{prefix}{key}.{entry.get(where)}" for entry in value if isinstance(entry, dict))


def _joined(values: pl.Series) -> pl.Series:
    lists = values.str.starts_with("[").fill_null(False)
    if not lists.any():
        return values
    texts = {
        value: ";".join("" if entry is None else str(entry) for entry in json.loads(value, parse_int=str))
        for value in values.filter(lists).unique()
        if value.endswith("]") and _is_list(value)
    }
    return values.replace(texts)


def _is_list(value: str) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except json.JSONDecodeError:
        return False


def _json_path(name: str) -> str:
    return _literal("$" + "".join(f'."{step}"' for step in name.split(".")))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
