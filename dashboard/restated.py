"""What frozen weeks said, what is said of them now, and why: the ledger for readers."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import streamlit as st

from dashboard import builds, words
from pipelines.snapshot import Snapshot, proved, snapshots
from pipelines.snapshot.ledger import kept_restatement, restatement, sentences
from pipelines.store import Build

TODAY = "today"
_LOOKED_AT_SECONDS = 300
_PROOFS = 400
_COUNTS = ("n", "successes", "opposites")
_SHOWN = """
    select kpi, n, successes, opposites from kpi_window join kpi_clock using (kpi, weeks)
    where iso_week = $week and dimension = 'all'
"""
_SAID = "select kpi, label, definition, cut_off, changed_on from definition"
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Redefined:
    """A number that means something else than it did: what was said of it, what is said now."""

    label: str
    was: str
    is_now: str
    changed_on: date | None


def frozen_weeks() -> list[Snapshot]:
    """Every frozen week, newest first."""
    return snapshots(builds.store())


def touched(then: Snapshot) -> list[str]:
    """What is not as it was frozen, a sentence each; proved again when a file changed, and every few minutes."""
    return _touched(str(then.path), _files(then.path))


@st.cache_resource(show_spinner=False, ttl=_LOOKED_AT_SECONDS, max_entries=_PROOFS)
def _touched(path: str, files: tuple[tuple[str, int, int, int], ...]) -> list[str]:
    return proved(Snapshot(Path(path)), builds.settings_today())


def _files(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Of every file and folder: path, bytes, and when its content and its entry last changed, in ns."""
    found = []
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):
            known = path.stat()
            found.append((str(path), known.st_size, known.st_mtime_ns, known.st_ctime_ns))
    return tuple(found)


def side(name: str) -> Build | None:
    """A frozen week by its name, or the published build for `today`."""
    return builds.newest() if name == TODAY else builds.week_kept(name)


def moved(earlier: Snapshot, later: Build) -> tuple[int, int]:
    """How many of the frozen week's own numbers read otherwise in the later one, and of how many."""
    week = {"week": earlier.iso_week}
    both = earlier.query(_SHOWN, week).join(later.query(_SHOWN, week), on="kpi", suffix="_now")
    differ = both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_now") for name in _COUNTS))
    return differ.height, both.height


def moved_in_words(differ: int, of: int) -> str:
    """How many read otherwise: `7 of the week's 21 numbers read otherwise`, as a sentence."""
    if not of:
        return "No number of that week is in both."
    if not differ:
        return f"All {words.count(of)} numbers of that week read as they did."
    verb = "reads" if differ == 1 else "read"
    return f"{words.count(differ)} of the week's {words.count(of)} numbers {verb} otherwise."


def ledger(
    earlier: Snapshot,
    later: Build | None,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> list[str]:
    """Why the frozen week's own numbers read otherwise, a sentence each; the largest move first.

    Both weeks are counted again, which takes as long as a run, unless that was done before.

    Args:
        later: None is the published build.

    Raises:
        SnapshotError: they can not be compared; the message says what to do.
    """
    with _one_at_a_time:
        found = restatement(builds.settings_today(), builds.store(), earlier, later, progress)
    return _sentences(earlier, found)


def ledger_kept(earlier: Snapshot, later: Build) -> list[str] | None:
    """The same, where it was worked out before: of the newest two frozen weeks it is when the newer one is frozen."""
    found = kept_restatement(builds.store(), earlier, later)
    return None if found is None else _sentences(earlier, found)


def _sentences(earlier: Snapshot, found: pl.DataFrame) -> list[str]:
    clock = earlier.query("select kpi, weeks from kpi_clock")
    own = found.filter(iso_week=earlier.iso_week, dimension="all").join(
        clock, on=["kpi", "weeks"], how="semi"
    )
    ranked = own.with_columns(
        move=(pl.col("is_now") - pl.col("was")).abs()
        * pl.when(pl.col("unit") == "points").then(1).otherwise(100)
    ).sort("move", "label", descending=[True, False])
    return sentences(ranked)


def redefined(earlier: Snapshot, later: Build) -> list[Redefined]:
    """The numbers whose definition, or a query that they rest on, is another than it was."""
    both = earlier.query(_SAID).join(later.query(_SAID), on="kpi", suffix="_now").sort("label")
    before, now = (each.manifest.get("definitions", {}) for each in (earlier, later))
    return [
        Redefined(row["label"], _meaning(row, ""), _meaning(row, "_now"), row["changed_on_now"])
        for row in both.iter_rows(named=True)
        if before.get(row["kpi"], {}).get("hash") != now.get(row["kpi"], {}).get("hash")
    ]


def came_and_went(earlier: Snapshot, later: Build) -> tuple[list[str], list[str]]:
    """Labels of the numbers that only the later one has, and of those that only the earlier one had."""
    before, now = (
        dict(each.query("select kpi, label from definition").iter_rows()) for each in (earlier, later)
    )
    return (
        sorted(label for name, label in now.items() if name not in before),
        sorted(label for name, label in before.items() if name not in now),
    )


def _meaning(row: dict[str, object], end: str) -> str:
    said = " ".join(str(row[f"definition{end}"]).split())
    cut_off = row[f"cut_off{end}"]
    return f"{said} (counted: {cut_off})" if cut_off else said
