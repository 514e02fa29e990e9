"""Frozen weeks: what was known of a closed ISO week, kept for ever, and why it reads otherwise now.

`frozen` reads one, `freezing` makes one, `rebuilding` proves one; `ledger` says why two of them differ, `counting` how
the numbers would be with only some of what came between.
"""

from pipelines.snapshot.frozen import Snapshot, SnapshotError, is_due, proved, snapshot, snapshots, verify

__all__ = ["Snapshot", "SnapshotError", "is_due", "proved", "snapshot", "snapshots", "verify"]
