"""Where a number comes from: the exports it was counted from, and the queries in between."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl

from dashboard import arrivals, builds, health, kpi, words
from dashboard.kpi import Definition
from dashboard.weeks import local
from pipelines.questions import ANCESTORS, QuestionFile

_LANDED, _OWN, _STAGED = "landing.", "staged.", "staging."
_WHO = ("identity", "identifier", "person", "landing.identity_token", "landing.sighting")


def exports(about: Definition) -> list[str]:
    """One line per export that a number was counted from: `Qualtrics survey answers: 9 files, …`."""
    summed = (
        _files(about)
        .group_by("source", "object", maintain_order=True)
        .agg(files=pl.len(), rows=pl.sum("rows_loaded"), last_at=pl.max("received_at"))
    )
    return [
        f"{words.export(row['source'], row['object'])}: {words.plural(row['files'], 'file')}, "
        f"{words.plural(row['rows'], 'row')}, the last on {words.short_day(local(row['last_at']))}"
        for row in summed.iter_rows(named=True)
    ]


def files_table(about: Definition) -> pl.DataFrame:
    """Every file that a number was counted from, newest first."""
    return (
        _files(about)
        .sort("received_at", "file", descending=True)
        .select(
            pl.col("file").alias("File"),
            health.moment("received_at").alias("Received"),
            pl.col("rows_loaded").alias("Rows loaded"),
            pl.col("content_hash").str.head(12).alias("Fingerprint"),
        )
    )


def _files(about: Definition) -> pl.DataFrame:
    landed = builds.rows(
        "select source, object, source || '__' || object as name, file, received_at, rows_loaded, content_hash "
        "from load order by source, object, received_at"
    )
    counted = builds.rows("select source from kpi_source where kpi = $kpi", kpi=about.kpi)["source"]
    objects = arrivals.rests_on(about)
    reached = {name.removeprefix(_LANDED) for name in _ancestors(about) if name.startswith(_LANDED)}
    return landed.filter(
        pl.col("name").is_in(reached)
        & (pl.col("object").is_in(objects) if objects else pl.lit(value=True))
        & (pl.col("source").is_in(counted.implode()) if counted.len() else pl.lit(value=True))
    )


def queries(about: Definition) -> list[str]:
    """The query files that a number is made by, as they lie in `queries/`."""
    vendors = {f"{_STAGED}{source}__" for source in _files(about)["source"].unique()}
    kept = [
        name
        for name in _ancestors(about)
        if not name.startswith((_LANDED, _OWN))
        and (not name.startswith(_STAGED) or name.startswith((*vendors, f"{_STAGED}mapped__")))
    ]
    return sorted(kept, key=lambda name: (name.startswith(_STAGED), name))


def _ancestors(about: Definition) -> list[str]:
    name = "questions/" + about.path.rsplit("questions/", 1)[-1].removesuffix(".sql")
    found: list[str] = builds.rows(ANCESTORS, name=name)["name"].to_list()
    return found


def graph(question: QuestionFile) -> list[tuple[str, str]]:
    """What is read by what on the way from the exports to a question, as pairs of names.

    Staging is passed over, and so is who is who: every table looks that up, and all exports are in it. A question that
    picks numbers by name is followed to the exports that those are counted from.
    """
    top, ends = f"questions/{question.name}", _objects(question)
    for passed_over in ((*_WHO, "customer"), _WHO, ()):
        reads = _reads(passed_over) | {top: sorted(question.model.inputs)}
        kept = _between(reads, top, ends)
        if kept:
            break
    drawn = {(name, reader) for reader in kept for name in reads.get(reader, ()) if name in kept}
    return sorted(drawn | {(name, top) for name in reads[top]})


def mermaid(edges: Iterable[tuple[str, str]]) -> str:
    """The graph as a Mermaid flowchart, exports on top; exports of one source that one table reads are one box."""
    files = builds.rows("select source, object, count(*) as files from load group by source, object")
    counted = {f"{_LANDED}{source}__{thing}": files for source, thing, files in files.iter_rows()}
    boxes: dict[str, str] = {}
    lines: dict[tuple[str, str], None] = {}
    exports: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, reader in edges:
        boxes[reader] = _box(reader)
        if name in counted:
            exports[name.removeprefix(_LANDED).partition("__")[0], reader].append(name)
        else:
            boxes[name] = _box(name)
            lines[name, reader] = None
    for (source, reader), names in exports.items():
        things = [words.thing(name.partition("__")[2]) for name in names]
        told = words.listed(things) if len(things) <= 2 else words.plural(len(things), "export")
        of_files = words.plural(sum(counted[name] for name in names), "file")
        together = " ".join(names)
        boxes[together] = f'(["{words.source(source)}<br/>{told}, {of_files}"])'
        lines[together, reader] = None
    numbers = {name: f"n{number}" for number, name in enumerate(boxes)}
    return "\n".join(
        [
            "flowchart TB",
            *(f"    {numbers[name]}{box}" for name, box in boxes.items()),
            *(f"    {numbers[name]} --> {numbers[reader]}" for name, reader in lines),
        ]
    )


def _objects(question: QuestionFile) -> list[str]:
    """The landed objects that a question rests on, as far as is known which numbers it picks."""
    definitions = kpi.definitions()
    named = {question.header.kpi, *re.findall(r"'(\w+)'", question.sql)}
    picked = [about for name, about in definitions.items() if name in named]
    if picked:
        return [f"{_LANDED}{name}" for about in picked for name in _files(about)["name"].unique().sort()]
    loads = builds.rows("select distinct source, object from load order by source, object")
    return [f"{_LANDED}{source}__{thing}" for source, thing in loads.iter_rows()]


def _reads(passed_over: tuple[str, ...]) -> dict[str, list[str]]:
    """Table -> the tables and exports that it reads, directly or through staging."""
    edges: dict[str, list[str]] = defaultdict(list)
    for name, read in builds.rows("select name, reads from lineage order by name, reads").iter_rows():
        if read not in passed_over:
            edges[name].append(read)

    def beneath(name: str) -> Iterator[str]:
        for read in edges.get(name, ()):
            if read.startswith((_OWN, _STAGED)):
                yield from beneath(read)
            else:
                yield read

    return {name: sorted(set(beneath(name))) for name in list(edges) if not name.startswith((_OWN, _STAGED))}


def _between(reads: dict[str, list[str]], top: str, ends: Iterable[str]) -> set[str]:
    """The names on any way from the top down to one of the ends, those included; none where no way leads there."""
    below, waiting = {top}, [top]
    while waiting:
        new = set(reads.get(waiting.pop(), ())) - below
        below |= new
        waiting += new
    found, size = below.intersection(ends), 0
    while size < len(found):
        size = len(found)
        found |= {name for name in below if not found.isdisjoint(reads.get(name, ()))}
    return found


def _box(name: str) -> str:
    plain = re.sub(r"[^\w/. -]", " ", name.removeprefix("questions/"))
    return f'{{{{"{plain}"}}}}' if name.startswith("questions/") else f'["{plain}"]'
