"""The restatement ledger: what a frozen week said, what is said now, and why the two differ."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.build import inputs_hash, query_hashes, read_queries
from pipelines.engine.graph import QueryError
from pipelines.settings import Settings, SettingsError
from pipelines.snapshot.corrections import corrected_files
from pipelines.snapshot.counting import CELL, COUNTS, Side, count, steps
from pipelines.snapshot.disclosure import Row, large_enough, with_few, with_handfuls
from pipelines.snapshot.freezing import code_hash, landing_hash
from pipelines.snapshot.frozen import Snapshot, SnapshotError, snapshots
from pipelines.snapshot.parts import CAUSES, Counts, Part, apportioned, by_cause
from pipelines.snapshot.rebuilding import frozen_settings, standpoint_of
from pipelines.sources import all_profiles
from pipelines.standpoint import Standpoint
from pipelines.store import Build, Store

KEPT = 40
_TOLD_AS = 2
"""Raised when less or more of the same is told: what was kept as told otherwise is not read again."""
_FOLDER, _WEEKS = "_restatements", "-to-"
_SHOWN = f"select {', '.join((*CELL, *COUNTS))} from kpi_window where maturity <> 'partial'"
_ABOUT = """
    select kpi, label, interval = 'nps' as is_net,
        coalesce(regexp_full_match(scale, '[0-9]+–[0-9]+'), false) as is_answered
    from definition
"""
_PARTS = pl.List(
    pl.Struct(
        {
            "causes": pl.List(pl.String),
            "change": pl.Float64,
            **dict.fromkeys(("n", "added", "files"), pl.Int64),
        }
    )
)
SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("kpi", "label", "unit", "counts"), pl.String), "iso_week": pl.String, "weeks": pl.Int64,
    "dimension": pl.String, "member": pl.String, "was": pl.Float64, "is_now": pl.Float64, "n_was": pl.Int64,
    "n_now": pl.Int64, **dict.fromkeys(CAUSES, pl.Float64), "parts": _PARTS,
}  # fmt: skip
_IN_WORDS = {
    "late_data": "late data",
    "corrected_source": "a corrected source",
    "identity_or_erasure": "identity or erasure",
    "changed_definition": "a changed definition",
    "code": "the rest (code)",
}


def restatement(
    settings: Settings,
    store: Store,
    earlier: Snapshot,
    later: Snapshot | Build | None = None,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> pl.DataFrame:
    """Every number that a frozen week shows and that reads otherwise in a later one, or in the published build.

    Args:
        later: absent means the published build.
        progress: called with the step's name, how many are done, and how many there are.

    Returns:
        kpi, label, unit (`share`, or `points` of a net score), counts (`answers` or `cases`), iso_week, weeks (the
        clock), dimension, member, was, is_now, n_was, n_now; late_data, corrected_source, identity_or_erasure,
        changed_definition, code: what each did to the value, which add up to is_now - was; what rests on fewer than
        ten answers is in the next one, at the end in the one before. `parts` are the same with their causes, each
        with the answers it rests on, how many more are counted, and in how many files, at
        most, a source corrected itself. Of a number of which a cause rests on fewer than ten answers in some week of
        some group, only rows of all customers in the frozen week are told by cause, so that no subtraction of rows
        tells a handful. Of a row that moved by fewer than ten answers, or with others would tell what did, nothing is
        told but that it moved: was, is_now, the counts and the causes are null, and there are no parts. What only one
        of the two shows is not compared.

    Raises:
        SnapshotError: there is nothing to compare, or it can not be compared.
    """
    after = later or _published(store)
    if (known := kept_restatement(store, earlier, after)) is not None:
        return known
    sides = _side(earlier, settings, store), _side(after, settings, store)
    if sides[0].seen.received_by > sides[1].seen.received_by:
        raise SnapshotError(
            f"{_name(after)} was made before {_name(earlier)} was frozen: name the earlier one first."
        )
    frame = _taken_apart(store, earlier, after, sides, progress)
    keep(store, earlier, after, frame)
    return frame


def keep(store: Store, earlier: Snapshot, later: Build, frame: pl.DataFrame) -> None:
    """Keep what is told of the two beside the frozen weeks; of those told of a published build, the newest only."""
    kept = _place(store, earlier, later)
    kept.parent.mkdir(exist_ok=True)
    work = kept.with_suffix(".work")
    frame.write_parquet(work)
    work.replace(kept)
    passing = (path for path in kept.parent.glob("*.parquet") if _WEEKS not in path.name)
    for old in sorted(passing, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink()


def kept_restatement(store: Store, earlier: Snapshot, later: Build) -> pl.DataFrame | None:
    """What `restatement` told of the two before; None where it has not been asked, or not with the code of today.

    Between two frozen weeks it stays what was told first: nothing of them changes.
    """
    kept = _place(store, earlier, later)
    return pl.read_parquet(kept) if kept.is_file() else None


def restate_newest(
    settings: Settings,
    store: Store,
    newest: Snapshot,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> pl.DataFrame | None:
    """Say and keep why the week frozen before a newly frozen one reads otherwise in it; None of the first one.

    Raises:
        SnapshotError: the two can not be compared.
    """
    known = [each for each in snapshots(store) if each.iso_week < newest.iso_week]
    if not known or known[0].received_by > newest.received_by:
        return None
    return restatement(settings, store, known[0], newest, progress)


def _published(store: Store) -> Build:
    current = store.current()
    if current is None:
        raise SnapshotError(
            "Nothing is published yet, so there is no today to compare with. Run `careful run`."
        )
    return current


def _place(store: Store, earlier: Snapshot, later: Build) -> Path:
    """Where what is told of the two is kept, beside the frozen weeks and no part of them."""
    is_fixed = isinstance(later, Snapshot)
    facts = [
        list(SCHEMA),
        _TOLD_AS,
        earlier.manifest["hash"],
        later.id,
        later.manifest.get("hash"),
        None if is_fixed else code_hash(),
    ]
    said = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    name = f"{earlier.iso_week}{_WEEKS}{later.iso_week}-{said}" if isinstance(later, Snapshot) else said
    return store.snapshots_folder / _FOLDER / f"{name}.parquet"


def _name(build: Build) -> str:
    return f"The frozen week {build.iso_week}" if isinstance(build, Snapshot) else "The published build"


def _side(build: Build, settings: Settings, store: Store) -> Side:
    if isinstance(build, Snapshot):
        return Side(frozen_settings(build), standpoint_of(build, store)[0])
    as_of = datetime.fromisoformat(build.manifest["as_of"])

    def is_new_question(query: str) -> bool:
        return query.startswith("questions/") and query not in build.manifest["queries"]

    if inputs_hash(settings, store, as_of, is_new_question) != build.manifest["inputs_hash"]:
        raise SnapshotError(
            "The settings, the queries or what has arrived are not those of the published build any more. "
            "Publish them with `careful run`, then compare."
        )
    ids = set(build.query("select load_id from load")["load_id"])
    seen = Standpoint.of(settings, store, as_of)
    return Side(settings, replace(seen, loads=[load for load in seen.loads if load.load_id in ids]))


def _taken_apart(
    store: Store,
    earlier: Snapshot,
    later: Build,
    sides: tuple[Side, Side],
    progress: Callable[[str, int, int], None],
) -> pl.DataFrame:
    about = earlier.query(_ABOUT).join(later.query(_ABOUT), on=["kpi", "is_net"], how="semi")
    shown = (earlier.query(_SHOWN), later.query(_SHOWN))
    both = (
        shown[0]
        .join(shown[1], on=CELL, suffix="_now")
        .filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_now") for name in COUNTS))
        .join(about, on="kpi")
        .sort(CELL)
    )
    if both.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    counted, is_told_apart = _counted(store, *sides, progress)
    for step, frame in enumerate(counted):
        both = both.join(frame, on=CELL, how="left", suffix=f"_{step}", maintain_order="left")
    rewritten = (_is_rewritten(earlier, sides[0], store), _is_rewritten(later, sides[1], store))
    clocks = dict(earlier.query("select kpi, weeks from kpi_clock").iter_rows())
    frames = [shown[0], *counted, shown[1]]
    handfuls, few = with_handfuls(frames, rewritten), with_few(frames)
    files = corrected_files(store, earlier, later, *sides)
    rows = []
    for (kpi,), of_kpi in both.group_by("kpi", maintain_order=True):
        found = of_kpi.to_dicts()
        states = [_states(row, len(counted)) for row in found]
        apart = [
            Row(row["iso_week"], row["weeks"], row["dimension"], by_cause(each, row["is_net"], rewritten))
            for row, each in zip(found, states, strict=True)
        ]
        told = large_enough(
            apart,
            (earlier.iso_week, clocks.get(kpi, 1)),
            has_handfuls=kpi in handfuls,
            few={dimension for name, dimension in few if name == kpi},
        )
        rows += [
            _row(*each, is_told_apart, files.get((str(kpi), each[0]["dimension"] == "all")))
            for each in zip(found, states, told, strict=True)
        ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _states(row: dict[str, Any], counted: int) -> list[Counts]:
    """The counts of a row: as frozen, after each step, as they are now."""
    ends = ["", *(f"_{step}" for step in range(counted)), "_now"]
    return [Counts(*(row[f"{name}{end}"] or 0 for name in COUNTS)) for end in ends]


def _is_rewritten(build: Build, side: Side, store: Store) -> bool:
    """Whether landed files that it was built from are others now; of the published build nobody knows, nor need."""
    then = build.manifest.get("landing_hash")
    return then is not None and then != landing_hash(store, side.seen)


def _counted(
    store: Store, earlier: Side, later: Side, progress: Callable[[str, int, int], None]
) -> tuple[list[pl.DataFrame], bool]:
    """The counts after each step, and whether definitions are told apart from code.

    They are not where today's code can not run the queries of then: those of now are counted with all the way.
    """

    try:
        return _all_steps(store, earlier, later, progress), True
    except (QueryError, SettingsError):
        as_now = Side(later.settings, replace(earlier.seen, folders=later.seen.folders))
        return _all_steps(store, as_now, later, progress), False


def _all_steps(
    store: Store, earlier: Side, later: Side, progress: Callable[[str, int, int], None]
) -> list[pl.DataFrame]:
    """One frame a step. A step that lets in nothing more than the one before is not counted again."""
    read = cache(lambda folders: read_queries(folders, all_profiles()))
    frames: list[pl.DataFrame] = []
    for step in steps(earlier, later):
        if frames and step.name == "definitions" and _define_alike(earlier, later):
            frames.append(frames[-1])
            continue
        queries = read(tuple(step.seen.folders))

        def tell(node: str, done: int, total: int, name: str = step.name) -> None:
            progress(f"{name}: {node}", done, total)

        frames.append(count(step, store, earlier.load_ids, queries, tell))
    return frames


def _define_alike(earlier: Side, later: Side) -> bool:
    apart: Any = {"path": True, "company": {"as_of"}}
    said = [
        (query_hashes(side.seen.folders), side.settings.model_dump(exclude=apart))
        for side in (earlier, later)
    ]
    return said[0] == said[1]


def _row(
    row: dict[str, Any],
    states: list[Counts],
    parts: list[Part] | None,
    is_told_apart: bool,
    files: int | None,
) -> dict[str, Any]:
    scale = 100 if row["is_net"] else 1
    about = {
        **{name: row[name] for name in CELL},
        "label": row["label"],
        "unit": "points" if row["is_net"] else "share",
        "counts": "answers" if row["is_answered"] else "cases",
    }
    if parts is None:
        return {**dict.fromkeys(SCHEMA), **about, "parts": []}
    was, now = (_value(state, row["is_net"]) * scale for state in (states[0], states[-1]))
    return {
        **about,
        "was": float(was),
        "is_now": float(now),
        "n_was": states[0].n,
        "n_now": states[-1].n,
        **dict.fromkeys(CAUSES, 0.0),
        **{part.causes[-1]: float(part.change * scale) for part in parts},
        "parts": [_told(part, scale, is_told_apart, files) for part in parts],
    }


def _value(state: Counts, is_net: bool) -> Fraction:
    return state.value(is_net) or Fraction(0)


def _told(part: Part, scale: int, is_told_apart: bool, files: int | None) -> dict[str, Any]:
    causes = list(part.causes)
    if not is_told_apart and causes[-1] == "code":
        causes.insert(-1, "changed_definition")
    only_came = part.counts.rests_on == part.counts.n
    return {
        "causes": causes,
        "change": float(part.change * scale),
        "n": part.n,
        "added": part.counts.n if only_came else None,
        "files": files if causes == ["corrected_source"] else None,
    }


def sentences(ledger: pl.DataFrame) -> list[str]:
    """The rows that are told, a sentence each in their order; then how many more moved."""
    told = ledger.filter(pl.col("was").is_not_null())
    lines = [sentence(row) for row in told.iter_rows(named=True)]
    if more := ledger.height - told.height:
        numbers = "1 number" if more == 1 else f"{more:,} numbers"
        lines.append(
            f"{numbers}{' more' if told.height else ''} moved by fewer than ten answers, or would tell what so few did."
        )
    return lines


def sentence(row: dict[str, Any]) -> str:
    """A row of the ledger that is told, as a person would say it; the parts add up to what is shown, to the digit.

    `Net promoter score, 2026-W45, 4 weeks: 31.0 is now 29.0: 40 answers that came or settled late −1.6, one corrected
    file −0.4 (13 answers).`
    """
    tenths, mark = (10, "") if row["unit"] == "points" else (1000, " %")
    was, now = (round(row[name] * tenths) for name in ("was", "is_now"))
    changes = [Fraction(part["change"]) * tenths for part in row["parts"]]
    shown = apportioned(changes, now - was)
    parts = ", ".join(
        _part_in_words(part, change, row["counts"]) for part, change in zip(row["parts"], shown, strict=True)
    )
    whose = "" if row["dimension"] == "all" else f", {row['dimension'].replace('_', ' and ')} {row['member']}"
    clock = "" if row["weeks"] == 1 else f", {row['weeks']} weeks"
    change = f"{_tenths(was)}{mark} is now {_tenths(now)}{mark}"
    moved = change if was != now else f"still {_tenths(now)}{mark}"
    return f"{row['label']}{whose}, {row['iso_week']}{clock}: {moved}: {parts}."


def _tenths(tenths: int) -> str:
    return f"{'−' if tenths < 0 else ''}{abs(tenths) / 10:.1f}"


def _part_in_words(part: dict[str, Any], tenths: int, counted: str) -> str:
    change = f"{'+' if tenths > 0 else '' if tenths else '±'}{_tenths(tenths)}"
    if part["causes"] == ["late_data"] and part["added"]:
        return f"{part['added']:,} {counted} that came or settled late {change}"
    causes = " and ".join(_IN_WORDS[cause] for cause in part["causes"])
    if files := part["files"]:
        causes = "one corrected file" if files == 1 else f"corrections in up to {files:,} files"
    return f"{causes} {change} ({part['n']:,} {counted})"
