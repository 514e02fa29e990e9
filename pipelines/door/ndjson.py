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
IN_MEMORY: dict[str, Any] = {"temp_directory": ""}  # what customers wrote never spills to disk


@dataclass(frozen=True)
class Documents:
    """The objects of a file as text, `line` and `object`; `broken` are the lines that hold none."""

    objects: pl.DataFrame
    broken: list[int]

    def labels(self) -> set[str]:
        """The dotted paths of the first objects; a custom field's is `custom_fields.<id>`."""
        return {
            path for text in self.objects["object"].head(HEAD_RECORDS) for path in _paths(json.loads(text))
        }

    def rows(self, names: list[str]) -> pl.DataFrame:
        """The values at dotted paths as text, plus `_line`; an absent value is null, a list is joined by `;`."""
        plain = [name for name in names if not name.startswith(f"{CUSTOM_FIELDS}.")]
        custom = [name for name in names if name not in plain]
        columns = [f"plain[{number}] as {_quoted(name)}" for number, name in enumerate(plain, start=1)]
        columns += [
            f"list_filter(fields, lambda field: field->>'$.id' = {_literal(name.split('.', 1)[1])})[1]->>'$.value' "
            f"as {_quoted(name)}"
            for name in custom
        ]
        with duckdb.connect(config=IN_MEMORY) as connection:
            connection.register("document", self.objects)
            frame = connection.sql(
                f"""
                with parsed as (
                    select line, json_extract_string(object, [{", ".join(_json_path(n) for n in plain)}]) as plain,
                        json_extract(object, '$.{CUSTOM_FIELDS}[*]') as fields
                    from document
                )
                select {", ".join([*columns, "line as _line"])} from parsed order by line
                """
            ).pl()
        return frame.with_columns(_joined(frame[name]) for name in names)


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
        elif key == CUSTOM_FIELDS and isinstance(value, list):
            yield from (f"{prefix}{key}.{entry.get('id')}" for entry in value if isinstance(entry, dict))


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
