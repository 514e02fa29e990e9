"""How many of the files that came since said otherwise what was known before."""

from collections.abc import Iterable

import duckdb

from pipelines.door.land import Load
from pipelines.questions import ANCESTORS
from pipelines.snapshot.counting import Side, periods
from pipelines.store import Build, Store

_OF_THINGS = """
with recursive ancestor as (
    select reads as name from lineage where name = $name
    union
    select lineage.reads from lineage join ancestor on lineage.name = ancestor.name
    where ancestor.name not in ('staged.contact', 'staged.dimension', 'landing.identity_token', 'landing.dimension')
)
select name from ancestor
"""
_CORRECTING = """
    select count(distinct load_id) from read_parquet($new)
    where record_key in (select record_key from read_parquet($known))
"""


def corrected_files(
    store: Store, earlier: Build, later: Build, then: Side, now: Side
) -> dict[tuple[str, bool], int]:
    """(KPI, whether of all customers) -> how many of the files that it rests on corrected something.

    A number of all customers does not rest on the files that say who is in which group. Nothing is known where the
    exchange rates are others too: the two are one part of the ledger.
    """
    rates = [side.settings.rates_file for side in (then, now)]
    if len({path.read_bytes() if path.is_file() else b"" for path in rates}) > 1:
        return {}
    before = then.load_ids
    loads = now.seen.loads
    by_object = {
        name: _correcting(store, [load for load in loads if f"{load.source}__{load.object}" == name], before)
        for name in {f"{load.source}__{load.object}" for load in loads if load.load_id not in before}
    }
    named = {name: count for name, count in by_object.items() if count}
    paths = later.query("select kpi, path from definition").iter_rows()
    sources = later.query("select distinct kpi, source from kpi_source")
    found = {}
    for kpi, path in paths:
        own = set(sources.filter(kpi=kpi)["source"]) if named else set()
        for is_all, sql in ((True, _OF_THINGS), (False, ANCESTORS)):
            rests = later.query(sql, {"name": path.removeprefix("queries/").removesuffix(".sql")})["name"]
            found[kpi, is_all] = sum(
                count
                for name, count in named.items()
                if f"landing.{name}" in rests and (not own or name.partition("__")[0] in own)
            )
    return found


def _correcting(store: Store, loads: Iterable[Load], before: frozenset[str]) -> int:
    """Of the loads of one kind of export, how many that came since told of a record or period that was known."""
    loads = list(loads)
    known = [load for load in loads if load.load_id in before]
    new = [load for load in loads if load.load_id not in before]
    told = {period for load in known for period in periods(load)}
    asked = sum(any(period in told for period in periods(load)) for load in new)
    kind = f"{loads[0].source}__{loads[0].object}/"
    files = [
        [
            str(store.landing / name)
            for load in some
            if load.window is None
            for name in load.files
            if name.startswith(kind)
        ]
        for some in (known, new)
    ]
    if not all(files):
        return asked
    with duckdb.connect() as connection:
        (count,) = connection.execute(_CORRECTING, {"known": files[0], "new": files[1]}).fetchone() or (0,)
    return asked + int(count)
