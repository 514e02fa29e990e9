"""How the numbers would be with only some of what came between two builds: counts, step by step.

A step is the later landing with something held back. Of the build only what the counts need is run, in memory, and
nothing of it is kept: counts of small groups never leave here.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines import identity
from pipelines.build import Queries, lay_out
from pipelines.door.land import Load
from pipelines.engine.duck import open_engine, run
from pipelines.engine.graph import Frames, Measure
from pipelines.facts import params
from pipelines.nodes.people import MEASURE as PEOPLE
from pipelines.settings import Settings
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint
from pipelines.store import Store

COUNTED = "window_cell"
CELL = ("kpi", "iso_week", "weeks", "dimension", "member")
COUNTS = ("n", "successes", "opposites")


@dataclass(frozen=True)
class Side:
    """What one of the two was built of."""

    settings: Settings
    seen: Standpoint

    @property
    def load_ids(self) -> frozenset[str]:
        """The loads it knew."""
        return frozenset(load.load_id for load in self.seen.loads)


@dataclass(frozen=True)
class Step:
    """One state on the way from the earlier to the later: from where it looks, and whether people are held too."""

    name: str
    settings: Settings
    seen: Standpoint
    holds_people: bool


def steps(earlier: Side, later: Side) -> Iterator[Step]:
    """The way, in the fixed order: each step lets in one thing more, and the last one holds back nothing.

    `then`: the earlier loads as they lie now. `new records`: records that came since; known ones as they were.
    `changed records`: what sources since said of known ones, and today's exchange rates. `later clock`: what has
    happened since to what was open then. `people`: who is whom, as now. `definitions`: queries and settings, as now.
    """
    before = earlier.load_ids
    known = replace(later.seen, folders=earlier.seen.folders, definitions=earlier.seen.definitions)
    at_first = replace(known, as_of=earlier.seen.as_of)
    then = [load for load in known.loads if load.load_id in before]
    rated = earlier.settings.model_copy(update={"path": later.settings.path})
    yield Step(
        "then", earlier.settings, replace(at_first, loads=then, received_by=earlier.seen.received_by), True
    )
    new = replace(at_first, loads=list(_without_known_periods(known.loads, before)), held=before)
    yield Step("new records", earlier.settings, new, True)
    yield Step("changed records", rated, at_first, True)
    yield Step("later clock", rated, known, True)
    yield Step("people", rated, known, False)
    yield Step("definitions", later.settings, later.seen, False)


def count(
    step: Step,
    store: Store,
    before: frozenset[str],
    queries: Queries,
    progress: Callable[[str, int, int], None],
) -> pl.DataFrame:
    """The counts of every number in every closed week: kpi, iso_week, weeks, dimension, member, n, successes,
    opposites.

    Raises:
        QueryError: the queries of then do not run with the code of today.
    """
    with (
        tempfile.TemporaryDirectory() as spill,
        open_engine(step.settings.company.time_zone, Path(spill)) as engine,
    ):
        nodes = lay_out(engine, step.settings, store, all_profiles(), step.seen, queries, COUNTED)
        if step.holds_people:
            nodes = [_holding(before) if node is PEOPLE else node for node in nodes]
        done = iter(range(len(nodes)))
        run(
            engine,
            nodes,
            params(step.settings, step.seen.as_of),
            lambda n: progress(n, next(done), len(nodes)),
        )
        return engine.sql(
            f"select {', '.join((*CELL, *COUNTS))} from {COUNTED} where maturity <> 'partial'"
        ).pl()


def _holding(before: frozenset[str]) -> Measure:
    def resolve(frames: Frames) -> dict[str, pl.DataFrame]:
        return identity.resolve(held_tokens(frames["identifier"], before))

    return Measure(PEOPLE.name, PEOPLE.inputs, PEOPLE.outputs, resolve)


def held_tokens(tokens: pl.DataFrame, before: frozenset[str]) -> pl.DataFrame:
    """Identifiers that leave who was whom as it was: new records join a known person, and never two of them.

    Args:
        tokens: as `identity.resolve` takes them. before: the loads that were known.

    A known record keeps what it said then. A new one that names a person of then keeps the strongest identifier by
    which it does alone, so that it crowds none of them; one that names nobody known keeps all.
    """
    is_known = pl.col("load_id").is_in(list(before))
    known = tokens.filter(is_known)
    new = tokens.filter(~is_known).join(known.select("record_key").unique(), on="record_key", how="anti")
    person = (
        identity.resolve(known)["identity_edge"]
        .filter("used")
        .select("token", "customer_key")
        .unique("token")
    )
    named = new.join(person, on="token", how="left").with_columns(
        rank=pl.col("kind").replace_strict(identity.RANK, default=99, return_dtype=pl.Int32)
    )
    of = (
        named.filter(pl.col("customer_key").is_not_null())
        .sort("rank", "token")
        .unique("record_key", keep="first", maintain_order=True)
        .select("record_key", joins="token")
    )
    kept = named.join(of, on="record_key", how="left").filter(
        pl.col("joins").is_null() | (pl.col("token") == pl.col("joins"))
    )
    return pl.concat([known, kept.select(known.columns)])


def _without_known_periods(loads: list[Load], before: frozenset[str]) -> Iterator[Load]:
    """Loads, of which those of Google Analytics that came since tell of periods only that were not told of then."""
    told = {period for load in loads if load.load_id in before for period in periods(load)}
    for load in loads:
        if load.window is None or load.load_id in before:
            yield load
            continue
        new = [p for key, p in zip(periods(load), load.window["periods"], strict=True) if key not in told]
        yield replace(load, window={**load.window, "periods": new})


def periods(load: Load) -> list[tuple[str, ...]]:
    """What an answer of Google Analytics tells of: report, property, grain and first day; empty of a file."""
    window = load.window or {"periods": []}
    return [
        (load.object, window["property_id"], window["grain"], period["starts_on"])
        for period in window["periods"]
    ]
