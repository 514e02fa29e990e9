"""The fields of a property: which are gone or renamed since the last pull, and which reports can be asked."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.ga4.client import Client
from pipelines.ga4.errors import BadReport
from pipelines.ga4.reports import PERIOD_DIMENSIONS, Report
from pipelines.ga4.tables import PULLS
from pipelines.store import Store, write_atomically

_COHORT = "cohort"
_CUSTOM = "custom"


@dataclass
class Fields:
    """The dimensions and metrics that a property has, and what of each report was found to go together.

    Attributes:
        names: name of the API -> the name people see. deprecated: an old name that still works -> the new one.
        checked: report -> the definition whose fields were found compatible. read_on: when they were read.
    """

    read_on: str
    names: dict[str, str] = field(default_factory=dict)
    deprecated: dict[str, str] = field(default_factory=dict)
    checked: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, metadata: Any, read_on: date, checked: dict[str, str]) -> "Fields":
        """What the API's metadata says."""
        fields = [*metadata.dimensions, *metadata.metrics]
        return cls(
            read_on.isoformat(),
            {each.api_name: each.ui_name for each in fields},
            {old: each.api_name for each in fields for old in each.deprecated_api_names},
            checked,
        )


def read(store: Store, property_id: str) -> Fields | None:
    """The fields as the last pull found them; None before the first."""
    path = _path(store, property_id)
    return Fields(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write(store: Store, property_id: str, fields: Fields) -> None:
    """Keep them for the next pull."""
    write_atomically(_path(store, property_id), json.dumps(fields.__dict__, indent=1))


def _path(store: Store, property_id: str) -> Path:
    return store.landing / PULLS / f"metadata-{property_id}.json"


def renamed(report: Report, now: Fields) -> str | None:
    """A sentence about names that still work and will not for ever, if a report uses such."""
    old = [name for name in _used(report) if name not in now.names and name in now.deprecated]
    told = ", ".join(f"{name} is called {now.deprecated[name]} now" for name in old)
    return f"{told}; the old name stops working some day. Change it in {_file(report)}." if old else None


def gone(report: Report, now: Fields, before: Fields | None) -> str | None:
    """Why a report can not be asked: a sentence about the fields that the property does not have, with the mend."""
    known = now.names.keys() | now.deprecated.keys()
    told = [_of_gone(name, now, before) for name in _used(report) if name not in known]
    return " ".join(told) + f" The report is left out; its file is {_file(report)}." if told else None


def _of_gone(name: str, now: Fields, before: Fields | None) -> str:
    was = before.names.get(name) if before else None
    since = f", which it had on {before.read_on}" if before and was else ""
    told = f"The property has no field {name}{since}."
    new = [other for other, shown in now.names.items() if was and shown == was]
    near = new or difflib.get_close_matches(name, now.names, n=1)
    if new:
        return f"{told} What was called so ({was}) is {new[0]} now."
    if name.startswith(_CUSTOM):
        return f"{told} Register it in Google Analytics: Admin, Custom definitions."
    return f"{told} Is {near[0]} meant?" if near else told


def quarrel(client: Client, property_id: str, report: Report, now: Fields) -> str | None:
    """What Google says of fields of a report that do not go together; None if they do. It is silent on old names."""
    if any(name.startswith(_COHORT) for name in report.metrics):
        return None
    dimensions = [*PERIOD_DIMENSIONS[report.grains[0]], *report.dimensions]
    try:
        found = client.check_compatibility(property_id, dimensions, list(report.metrics), report.filters)
    except BadReport as error:
        return f"{error} The report is left out; its file is {_file(report)}."
    apart = [name for name, is_compatible in found if not is_compatible and name in now.names]
    if not apart:
        return None
    return (
        f"{', '.join(apart)} can not be asked together with the rest of the report, which is left out. "
        f"Mend {_file(report)}."
    )


def _used(report: Report) -> Iterable[str]:
    """The fields of a report that a property may lack; those of cohorts belong to the question, not to it."""
    own = {*report.dimensions, *report.metrics, *report.filters}
    own |= {name for grain in report.grains for name in PERIOD_DIMENSIONS[grain]}
    return sorted(name for name in own if not name.startswith(_COHORT))


def _file(report: Report) -> str:
    return f"queries/ga4/{report.name}.yaml"
