"""Nodes and their order. A SQL node's inputs are the tables it reads, found by sqlglot, never declared."""

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import duckdb
import polars as pl
import sqlglot
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

Layer = Literal["staging", "staged", "core", "marts", "measure"]
Publication = Literal["careful", "people", "none"]
Frames = Mapping[str, pl.DataFrame]
_PUBLISHED: dict[str, Publication] = {"core": "people", "marts": "careful"}


class QueryError(Exception):
    """A query file breaks its contract; the message names the file, what is wrong and the mend."""


Header = TypeVar("Header", bound=BaseModel)


_ABOUT_THE_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def without_values(error: duckdb.Error) -> str:
    """What DuckDB says, where it speaks of the query; its other messages may quote a customer's data."""
    name = type(error).__name__
    if isinstance(error, _ABOUT_THE_QUERY):
        return f"{name}: {str(error).splitlines()[0]}"
    return f"{name} on a value in the data, which is not shown here"


class ModelHeader(BaseModel):
    """The YAML at the head of a staging, core or mart file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str
    owner: str = "customer-insight"
    grain: tuple[str, ...] = ()
    feeds: str | None = None
    publish: Publication | None = None
    columns: dict[str, str] = {}


def split_header(path: Path) -> tuple[dict[str, Any], str]:
    """The YAML header and the SELECT of a query file.

    Raises:
        QueryError: no header, or one that is not a YAML mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from None
    if not text.startswith("/* ---") or "--- */" not in text:
        raise QueryError(
            f"{path}: expected a header before the SELECT, from the first character on: `/* ---`, then lines of "
            "`key: value`, then `--- */`. The product's own queries have one each."
        )
    raw, sql = text.removeprefix("/* ---").split("--- */", 1)
    try:
        header = _yaml(raw)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" from line {mark.line + 1}, column {mark.column + 1} on" if mark else ""
        told = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise QueryError(f"{path}: the header is not YAML{where} ({told}).") from None
    if not isinstance(header, dict):
        raise QueryError(f"{path}: the header is not a YAML mapping of `key: value` lines.")
    return header, sql.strip()


@lru_cache(maxsize=1024)
def _yaml(text: str) -> Any:
    return yaml.safe_load(text)


def read_header(path: Path, kind: type[Header]) -> tuple[Header, str]:
    """The header of a query file, checked, and its SELECT.

    Raises:
        QueryError: a key that is missing, unknown (the nearest known one is named) or of the wrong kind.
    """
    raw, sql = split_header(path)
    try:
        return kind.model_validate(raw), sql
    except ValidationError as error:
        wrong = _in_words(error, kind)
    # Not inside the handler: as its context, the error would keep the frames of our validators for ever.
    raise QueryError(f"{path}: {wrong}")


def _in_words(error: ValidationError, kind: type[BaseModel]) -> str:
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = [str(step) for step in first["loc"]]
    key = ".".join(place)
    if first["type"] == "extra_forbidden":
        schema = kind.model_json_schema()
        parts = [schema] if len(place) == 1 else list(schema["$defs"].values())
        known = {name for part in parts for name in part.get("properties", ())}
        near = difflib.get_close_matches(place[-1], known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(known))}."
        return f"the header key {key!r} is not known. {hint}"
    if first["type"] == "missing":
        least = ", ".join(name for name, about in kind.model_fields.items() if about.is_required())
        lacking = ", ".join(
            ".".join(map(str, one["loc"])) for one in error.errors() if one["type"] == "missing"
        )
        if len(place) > 1:
            return f"the header lacks {lacking}."
        return f"the header lacks {lacking}. The smallest header has the lines {least}."
    near = []
    if first["type"] == "literal_error":
        near = difflib.get_close_matches(str(first["input"]), re.findall(r"'(\w+)'", first["msg"]), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{key + ': ' if key else ''}{first['msg'].removeprefix('Value error, ')}.{hint}"


class Node(Protocol):
    """Something that reads tables and makes tables."""

    @property
    def name(self) -> str:
        """How the manifest calls it."""
        ...

    @property
    def inputs(self) -> frozenset[str]:
        """The tables it reads."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The tables it makes."""
        ...


@dataclass(frozen=True)
class Model:
    """One SELECT that makes one table."""

    table: str
    layer: Layer
    sql: str
    header: ModelHeader
    path: Path | None = None

    def __hash__(self) -> int:
        return hash((self.table, self.sql, self.path))

    @property
    def name(self) -> str:
        """The table it makes."""
        return self.table

    @property
    def outputs(self) -> tuple[str, ...]:
        """The table it makes."""
        return (self.table,)

    @cached_property
    def tree(self) -> exp.Query:
        """The parsed SELECT.

        Raises:
            QueryError: it does not parse, or is not one SELECT.
        """
        try:
            trees = sqlglot.parse(self.sql, read="duckdb")
        except (sqlglot.errors.SqlglotError, RecursionError) as error:
            reason = (
                "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
            )
            raise QueryError(f"{self.path or self.table}: the SQL does not parse: {reason}") from None
        tree = trees[0] if trees else None
        if len(trees) != 1 or not isinstance(tree, exp.Query):
            found = ", ".join(type(each).__name__.upper() for each in trees if each) or "nothing"
            raise QueryError(f"{self.path or self.table}: expected one SELECT, found {found}.")
        return tree

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The tables it reads, other than its own common table expressions."""
        sources = [source for scope in traverse_scope(self.tree) for source in scope.sources.values()]
        tables = [source for source in sources if isinstance(source, exp.Table)]
        return frozenset(
            ".".join(filter(None, (table.db, table.name)))
            for table in tables
            if isinstance(table.this, exp.Identifier)
        )

    @cached_property
    def params(self) -> frozenset[str]:
        """The named parameters it uses."""
        return frozenset(p.name for p in self.tree.find_all(exp.Parameter, exp.Placeholder))

    @property
    def publish(self) -> Publication:
        """Which file of the build it goes to."""
        return self.header.publish or _PUBLISHED.get(self.layer, "none")

    @property
    def content_hash(self) -> str:
        """Of header and SELECT."""
        return hashlib.sha256(f"{self.header.model_dump_json()}\n{self.sql}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1024)
def as_known(model: Model) -> Model:
    """The same model as the one that said the same before, which need not be parsed and followed again."""
    return model


@dataclass(frozen=True)
class Measure:
    """Python that turns small frames into small frames: `compute(frames by table) -> frames by table`."""

    name: str
    inputs: frozenset[str]
    outputs: tuple[str, ...]
    compute: Callable[[Frames], Frames]
    publish: Publication = "none"


def load_models(folders: Iterable[Path]) -> list[Model]:
    """The staging, core and mart files of query folders; a later folder replaces the same path of an earlier one.

    Raises:
        QueryError: a header with an unknown or missing key.
    """
    models: dict[tuple[Layer, str], Model] = {}
    layers: tuple[Layer, ...] = ("staging", "core", "marts")
    for folder in folders:
        for layer in layers:
            for path in sorted((folder / layer).glob("*.sql")):
                table = f"staging.{path.stem}" if layer == "staging" else path.stem
                models[layer, table] = _model(path, layer, table, path.read_bytes())
    return list(models.values())


@lru_cache(maxsize=1024)
def _model(path: Path, layer: Layer, table: str, content: bytes) -> Model:
    """The model of a file. One that says what it said is the same model, and need not be parsed again."""
    header, sql = read_header(path, ModelHeader)
    return Model(table, layer, sql, header, path)


def place(node: Node) -> str:
    """Where to mend a node: its file, else its name."""
    return str(getattr(node, "path", None) or node.name)


def needed_for(table: str, nodes: Iterable[Node]) -> list[Node]:
    """The nodes that a table rests on, as far as there are any."""
    maker = {made: node for node in nodes for made in node.outputs}
    found: dict[str, Node] = {}
    waiting = [table]
    while waiting:
        node = maker.get(waiting.pop())
        if node is not None and node.name not in found:
            found[node.name] = node
            waiting += sorted(node.inputs)
    return list(found.values())


def in_order(nodes: Iterable[Node], given: Iterable[str]) -> list[Node]:
    """The nodes, each after all that it reads.

    Args:
        given: tables that are there before the first node runs.

    Raises:
        QueryError: two nodes make the same table, a table that nothing makes is read, or nodes read in a circle.
    """
    maker: dict[str, Node] = {}
    for node in nodes:
        for table in node.outputs:
            if table in maker:
                raise QueryError(f"{table} is made twice, by {place(maker[table])} and by {place(node)}.")
            maker[table] = node
    known = set(given)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    by_name = {node.name: node for node in maker.values()}
    for node in by_name.values():
        unknown = sorted(node.inputs - known - maker.keys())
        if unknown:
            raise QueryError(
                f"{place(node)} reads {', '.join(unknown)}, which nothing makes. Is the name right?"
            )
        sorter.add(node.name, *(maker[table].name for table in sorted(node.inputs) if table in maker))
    try:
        return [by_name[name] for name in sorter.static_order()]
    except CycleError as error:
        circle = " → ".join(place(by_name[name]) for name in error.args[1])
        raise QueryError(f"Queries read each other in a circle: {circle}.") from None
