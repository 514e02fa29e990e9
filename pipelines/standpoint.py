"""From where a build looks: by which clock, at what had arrived, through which query files."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.door.land import Load, read_loads
from pipelines.door.originals import read_refusals
from pipelines.questions import query_folders
from pipelines.settings import Settings
from pipelines.store import Store, StoreError

__all__ = ["Standpoint", "published_definitions", "query_folders"]


@dataclass(frozen=True)
class Standpoint:
    """All that a build's content follows from, besides the settings and the landed rows themselves.

    What happened after `as_of` is not counted; what arrived after `received_by` is not known. `definitions` are the
    KPIs' hashes and days as the build before had them. `held` names loads: records that they tell of stay as they told
    them, whatever later loads say; None holds nothing.
    """

    as_of: datetime
    received_by: datetime
    loads: list[Load]
    refusals: list[dict[str, str]]
    folders: list[Path]
    definitions: dict[str, dict[str, str]]
    held: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        store: Store,
        as_of: datetime,
        received_by: datetime | None = None,
        folders: list[Path] | None = None,
    ) -> "Standpoint":
        """As of a time, from what was received until another, which is the same unless given."""
        until = received_by or as_of
        return cls(
            as_of,
            until,
            [load for load in read_loads(store) if load.received_at <= until],
            read_refusals(store),
            folders or query_folders(settings),
            published_definitions(store),
        )


def published_definitions(store: Store) -> dict[str, dict[str, str]]:
    """KPI -> hash and changed_on, as the manifest of the published build has them; empty before the first one."""
    try:
        current = store.current()
    except StoreError:
        return {}
    known: dict[str, dict[str, str]] = current.manifest.get("definitions", {}) if current else {}
    return known
