"""What a pull did and what is pending, as it is kept in `landing/_pulls/` and said to whoever started it."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal

from pipelines.ga4.tables import PULLS, QUOTAS, read_pulls
from pipelines.store import Store, write_atomically

INTERRUPTED = "it was interrupted"
_HOUR = timedelta(hours=1)


@dataclass
class PropertyPull:
    """What one pull did at one property. Until it says otherwise, it was interrupted.

    `problems` are of a report, or of the whole property where `report` is None; `quota` has Google's own count.
    `failing` are reports that met server errors and did not land since: the next pull asks for them last.
    """

    pull_id: str
    property_id: str
    pulled_at: str
    outcome: Literal["complete", "stopped", "failed"] = "stopped"
    stopped_because: str | None = INTERRUPTED
    windows_pulled: int = 0
    windows_restated: int = 0
    windows_pending: int = 0
    rows: int = 0
    requests: int = 0
    server_errors: int = 0
    tokens: int = 0
    quota: dict[str, int | None] = field(default_factory=dict)
    problems: list[dict[str, str | None]] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)

    def keep(self, store: Store) -> None:
        """Write it to where the next build finds it."""
        write_atomically(store.landing / PULLS / f"{self.pull_id}.json", json.dumps(asdict(self), indent=1))

    def problem(self, says: str, report: str | None = None) -> None:
        """Note what is wrong, once."""
        told = {"report": report, "says": says}
        if told not in self.problems:
            self.problems.append(told)

    def in_words(self) -> str:
        """One line, why the rest is still to ask for, and one for each other problem."""
        whose = f"Property {self.property_id}:"
        lines = []
        if self.windows_pulled or self.requests or not self.problems:
            lines.append(
                f"{whose} {self.windows_pulled:,} window(s) with {self.rows:,} rows; "
                f"{self.windows_restated:,} changed what was said before. {self.requests:,} report(s) for "
                f"{self.tokens:,} token(s)."
            )
        if self.windows_pending:
            reason = f": {self.stopped_because}" if self.stopped_because else "."
            lines.append(f"{whose} {self.windows_pending:,} window(s) are pending{reason}")
        lines += [
            f"{whose} {'report ' + each['report'] + ': ' if each['report'] else ''}{each['says']}"
            for each in self.problems
            if each["report"] or not (self.windows_pending and each["says"] == self.stopped_because)
        ]
        return "\n".join(lines)


@dataclass
class PullRecord:
    """What one pull did at all properties, or, dry, would ask: `planned` has window, property_id, requests, tokens."""

    pulled_at: str
    is_dry_run: bool = False
    properties: list[PropertyPull] = field(default_factory=list)
    planned: list[dict[str, Any]] = field(default_factory=list)

    @property
    def windows_pulled(self) -> int:
        """How many windows landed."""
        return sum(each.windows_pulled for each in self.properties)

    @property
    def windows_restated(self) -> int:
        """How many of them say of some period something else than was said before."""
        return sum(each.windows_restated for each in self.properties)

    @property
    def windows_pending(self) -> int:
        """How many are still to be asked for."""
        return sum(each.windows_pending for each in self.properties)

    @property
    def rows(self) -> int:
        """How many rows the answers had."""
        return sum(each.rows for each in self.properties)

    @property
    def quota(self) -> dict[str, dict[str, int | None]]:
        """Property -> Google's own count of what is used and left."""
        return {each.property_id: each.quota for each in self.properties}

    @property
    def stopped_because(self) -> str | None:
        """Why the first property that could not be asked for everything was left; None if all could."""
        return next((each.stopped_because for each in self.properties if each.stopped_because), None)

    @property
    def problems(self) -> list[dict[str, str | None]]:
        """All of them: property_id, report (None: the whole property), says."""
        return [
            {"property_id": each.property_id, **problem}
            for each in self.properties
            for problem in each.problems
        ]

    def in_words(self) -> str:
        """What was done, or would be, for the terminal."""
        if not self.is_dry_run:
            return "\n".join(each.in_words() for each in self.properties) or "Nothing new to ask."
        if not self.planned:
            return "Nothing would be asked: all is there, and settled or just asked."
        tokens = sum(each["tokens"] for each in self.planned)
        alike: dict[str, list[tuple[str, int]]] = {}
        for each in self.planned:
            name, _, days = f"{each['property_id']} {each['window']}".rpartition(" ")
            alike.setdefault(name, []).append((days, each["tokens"]))
        return "\n".join(
            [
                *(
                    f"{name} {min(days for days, _ in parts)[:10]}..{max(days[-10:] for days, _ in parts)}: "
                    f"{len(parts):,} window(s), about {sum(cost for _, cost in parts):,} token(s)"
                    for name, parts in alike.items()
                ),
                f"{len(self.planned):,} window(s), about {tokens:,} token(s). Nothing was asked.",
            ]
        )


def new_pull(store: Store, property_id: str, at: datetime) -> PropertyPull:
    """The record of a pull that begins, under an id that no other has."""
    stem = f"{at:%Y%m%dT%H%M%S}-{property_id}"
    pulls = read_pulls(store)
    taken = {pull["pull_id"] for pull in pulls}
    number = sum(pull == stem or pull.startswith(f"{stem}-") for pull in taken)
    failing = [pull.get("failing", []) for pull in pulls if pull["property_id"] == property_id][-1:]
    return PropertyPull(
        f"{stem}-{number}" if number else stem, property_id, at.isoformat(), failing=[*chain(*failing)]
    )


def last_pulled_at(store: Store) -> datetime | None:
    """The clock of the newest pull that had all it asked for; None before the first."""
    complete = [pull["pulled_at"] for pull in read_pulls(store) if pull["outcome"] == "complete"]
    return datetime.fromisoformat(max(complete)) if complete else None


def most_remaining(store: Store, property_id: str) -> dict[str, int]:
    """Quota -> the most that was ever left of it, which is how large it is."""
    most: dict[str, int] = {}
    for pull in read_pulls(store):
        for quota in QUOTAS if pull["property_id"] == property_id else ():
            told = [pull["quota"].get(f"{quota}_{what}") for what in ("remaining", "consumed")]
            if None not in told:
                most[quota] = max(most.get(quota, 0), sum(told))
    return most


def server_errors_before(store: Store, property_id: str, at: datetime) -> int:
    """How many answers failed in our pulls of the hour before."""
    return sum(
        pull["server_errors"]
        for pull in read_pulls(store)
        if pull["property_id"] == property_id and at - _HOUR < datetime.fromisoformat(pull["pulled_at"]) <= at
    )
