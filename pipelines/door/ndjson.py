"""JSON lines to rows of text: one object per line, values by dotted path."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines.door.read import HEAD_RECORDS, PIECE, Piece
from pipelines.door.refused import Refused
from pipelines.door.text import LONGEST_RECORD, Text, endless

CUSTOM_FIELDS = "custom_fields"
NAMED_VALUES = {
    CUSTOM_FIELDS: ("id", ("value",)),
    "event_params": ("key", tuple(f"value.{kind}_value" for kind in ("string", "int", "float", "double"))),
}
"""Lists of values with names: list -> where an entry has its name, and where its value (the first that is there)."""

BLANKS = " \t\r\n"
"""What JSON allows around a value."""
IN_MEMORY: dict[str, Any] = {"temp_directory": ""}  # what customers wrote never spills to disk


@dataclass(frozen=True)
class Documents:
    """The objects of a file of JSON lines; `head` are the first ones."""

    text: Text
    head: list[dict[str, Any]]
    broken_rule: str = "not_a_json_object"

    def labels(self) -> set[str]:
        """The dotted paths of the first objects; a named value's is `<list>.<name>`, as `custom_fields.<id>`."""
        return {path for document in self.head for path in _paths(document)}

    def pieces(self, names: list[str]) -> Iterator[Piece]:
        """The values at dotted paths as text; an absent value is null, a list is joined by `;`."""
        with duckdb.connect(config=IN_MEMORY) as connection:
            for content, first_line, through in _lines(self.text):
                objects, broken = _objects(content, first_line, connection)
                values = _values(objects, names, connection)
                yield Piece(values, objects.height + len(broken), broken, through)


def documents(text: Text) -> Documents | None:
    """The objects of an NDJSON file, or None when the file is something else.

    Raises:
        Refused: it starts like one, but no line of its first piece is a complete JSON object.
    """
    if not text.head(65_536).lstrip().startswith(b"{"):
        return None
    content, first_line, _ = next(_lines(text))
    with duckdb.connect(config=IN_MEMORY) as connection:
        objects, _ = _objects(content, first_line, connection)
    if objects.is_empty():
        raise Refused("It looks like JSON lines, but no line is a complete JSON object.")
    return Documents(text, [json.loads(one) for one in objects["object"].head(HEAD_RECORDS)])


def _lines(text: Text) -> Iterator[tuple[bytes, int, int]]:
    """Whole lines, the number of the first of them, and how many bytes have been read with them."""
    rest, first_line, through, size = b"", 1, 0, text.size
    with text.open() as stream:
        while through < size:
            block = stream.read(PIECE)
            through += len(block)
            content = rest + block
            end = len(content) if through >= size else content.rfind(b"\n") + 1
            rest = content[end:]
            if len(rest) > LONGEST_RECORD:
                raise endless()
            if end:
                yield content[:end], first_line, through - len(rest)
                first_line += content.count(b"\n", 0, end)


def _objects(
    content: bytes, first_line: int, connection: duckdb.DuckDBPyConnection
) -> tuple[pl.DataFrame, list[int]]:
    """The objects as text (`line`, `object`), and the lines that hold none."""
    lines = pl.read_lines(io.BytesIO(content), name="object").with_row_index("line", offset=first_line)
    lines = lines.with_columns(pl.col("line").cast(pl.Int64)).filter(pl.col("object").str.strip_chars() != "")
    connection.register("line_of", lines)
    sound = connection.sql(
        "select line from line_of where json_valid(object) and starts_with(ltrim(object, $blanks), '{')",
        params={"blanks": BLANKS},
    ).pl()
    connection.unregister("line_of")
    if sound.height == lines.height:
        return lines, []
    rest = lines.join(sound, on="line", how="anti")
    mended = rest.with_columns(
        pl.Series("object", [_mended(line) for line in rest["object"]], dtype=pl.String)
    )
    whole = pl.concat([lines.join(sound, on="line"), mended.drop_nulls()]).sort("line")
    return whole, mended.filter(pl.col("object").is_null())["line"].to_list()


def _values(objects: pl.DataFrame, names: list[str], connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    named = {name: tuple(name.split(".", 1)) for name in names if name.split(".", 1)[0] in NAMED_VALUES}
    plain = [name for name in names if name not in named]
    lists = sorted({of for of, _ in named.values()})
    columns = [f"plain[{number}] as {_quoted(name)}" for number, name in enumerate(plain, start=1)]
    columns += [f"{_named(of, name)} as {_quoted(label)}" for label, (of, name) in named.items()]
    parsed = [f"json_extract_string(object, [{', '.join(_json_path(n) for n in plain)}]) as plain"]
    parsed += [f"from_json(object->'$.{of}', {_literal(_shape(of))}) as {_quoted(of)}" for of in lists]
    connection.register("document", objects)
    frame = connection.sql(
        f"with parsed as (select line, {', '.join(parsed)} from document) "
        f"select {', '.join([*columns, 'line as _line'])} from parsed"
    ).pl()
    connection.unregister("document")
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
