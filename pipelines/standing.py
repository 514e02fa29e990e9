"""How the published build stands: what it is made of, how old it is, and whether there is anything new."""

from datetime import UTC, datetime
from typing import Any

from pipelines.build import inputs_hash
from pipelines.door.intake import waiting
from pipelines.door.tombstones import unfinished
from pipelines.erase import refused_files
from pipelines.journal.landing import unlanded
from pipelines.settings import Settings
from pipelines.store import Store


def is_current(settings: Settings) -> bool:
    """Whether the published build holds all there is: nothing waits, and nothing it was made of has changed."""
    store = Store(settings.store)
    build = store.current()
    return (
        build is not None
        and not waiting(settings.inbox)
        and not unlanded(store)
        and not unfinished(store)
        and build.manifest.get("inputs_hash") == inputs_hash(settings, store, settings.as_of())
    )


def about(settings: Settings) -> dict[str, Any]:
    """The published build, its age, how far each source reaches, what waits or lies aside, the last failures."""
    store = Store(settings.store)
    build = store.current()
    failures = [
        {"started_at": run["started_at"], "reason": run["reason"]}
        for run in store.runs()
        if run["outcome"] != "published"
    ][:5]
    told: dict[str, Any] = {
        "company": settings.company.name,
        "build": None,
        "age_hours": None,
        "as_of": None,
        "sources": {},
        "waiting_files": len(waiting(settings.inbox)),
        "unlanded_entries": unlanded(store),
        "refused_files": refused_files(settings),
        "unfinished_erasures": len(unfinished(store)),
        "failures": failures,
    }
    if build is not None:
        made = datetime.fromisoformat(build.manifest["created_at"]).replace(tzinfo=UTC)
        told |= {
            "build": build.id,
            "age_hours": round((datetime.now(UTC) - made).total_seconds() / 3600, 2),
            "as_of": build.manifest["as_of"],
            "sources": {
                name: {key: source[key] for key in ("files", "last_received_at", "data_through_at")}
                for name, source in build.manifest["sources"].items()
            },
        }
    return told
