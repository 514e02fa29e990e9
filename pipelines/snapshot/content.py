"""Tables as files that stay the same: sorted Parquet, and a hash of what a table says, whatever its bytes."""

import hashlib
from pathlib import Path

import duckdb

SUFFIX = ".parquet"
COMPRESSION = (
    "format parquet, compression zstd, compression_level 9, parquet_version v2, row_group_size 122880"
)
_NOTHING = 1e-12
_COLUMN, _ABSENT = "chr(31)", "chr(30)"
_FLOATS = ("DOUBLE", "FLOAT")


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every table, in alphabetical order."""
    found = connection.execute("select table_name from duckdb_tables() order by table_name").fetchall()
    return [name for (name,) in found]


def export(database: Path, folder: Path) -> dict[str, dict[str, int | str]]:
    """Write every table of a DuckDB file as `<table>.parquet`, sorted by its columns from left to right.

    Returns:
        Of each table: rows, hash.
    """
    folder.mkdir(parents=True)
    told: dict[str, dict[str, int | str]] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for table in table_names(connection):
            target = str(folder / f"{table}{SUFFIX}").replace("'", "''")
            connection.execute(f"copy (from {table} order by all) to '{target}' ({COMPRESSION})")
            told[table] = content(connection, table)
    return told


def content(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int | str]:
    """How many rows a table has, and a hash of what they say.

    Decimals count exactly, floats to ten significant digits (below 1e-12 they are nothing), the order of rows not at
    all: sums of floats differ in their last digits by the order in which threads add.
    """
    digest = hashlib.sha256(repr(_columns(connection, table)).encode())
    rows = 0
    connection.execute(f"select said from ({spelled(connection, table)}) order by said")
    while batch := connection.fetchmany(50_000):
        rows += len(batch)
        for (said,) in batch:
            digest.update(said.encode() + b"\n")
    return {"rows": rows, "hash": digest.hexdigest()}


def spelled(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """A query for the rows of a table as the texts that `content` is of: said."""
    texts = ", ".join(
        f"coalesce({_as_text(_quoted(name), kind)}, {_ABSENT})" for name, kind in _columns(connection, table)
    )
    return f"select concat_ws({_COLUMN}, {texts}) as said from {table}"


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return connection.execute(f"select column_name, column_type from (describe {table})").fetchall()


def _as_text(name: str, kind: str) -> str:
    if kind in _FLOATS:
        digits = f"case when isnan({name}) then 'nan' else printf('%.9e', {name}) end"
        return f"case when abs({name}) < {_NOTHING} then '0' else {digits} end"
    if kind.removesuffix("[]") in _FLOATS:
        each = _as_text("each", kind.removesuffix("[]"))
        return f"cast(list_transform({name}, lambda each: {each}) as varchar)"
    return f"cast({name} as varchar)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def file_hashes(folder: Path) -> dict[str, str]:
    """Path in the folder -> SHA-256 of the file's bytes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_of_files(folder: Path, names: list[str]) -> str:
    """Of the bytes of some of a folder's files; one that is gone counts as gone."""
    digest = hashlib.sha256()
    for name in sorted(names):
        path = folder / name
        digest.update(f"{name}\0{file_hash(path) if path.is_file() else 'gone'}\0".encode())
    return digest.hexdigest()
