"""What Google Analytics is asked: one YAML file per report in `queries/ga4/`, checked before anything is asked."""

import difflib
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.engine.graph import QueryError

Grain = Literal["day", "week", "month", "rolling_28_days", "cohort_week"]
Test = Literal["exact", "in", "begins_with", "contains", "not", "any"]

MOST_DIMENSIONS, MOST_METRICS = 9, 10
ADDITIVE = frozenset(
    (
        "eventCount", "screenPageViews", "transactions", "ecommercePurchases", "purchaseRevenue", "totalRevenue",
        "refundAmount", "itemsPurchased", "keyEvents", "userEngagementDuration",
    )
)  # fmt: skip
"""Metrics that may be summed over rows and periods. All others count users or sessions, or are rates."""

PERIOD_DIMENSIONS: dict[Grain, tuple[str, ...]] = {
    "day": ("date",),
    "week": ("isoYearIsoWeek",),
    "month": ("yearMonth",),
    "rolling_28_days": (),
    "cohort_week": ("cohort",),
}
"""The dimension that names the period, added to a report's own. Several date ranges come with `dateRange`, unasked."""

_MONEY = re.compile(r"Revenue|Amount$|Value$|Cost$")
_FRACTION = re.compile(r"Rate$|^average|Per[A-Z]|Duration$")


def column_name(api_name: str) -> str:
    """`pagePath` -> `page_path`, `customUser:loyalty_tier` -> `loyalty_tier`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", api_name.rpartition(":")[2]).lower()


def quoted(column: str) -> str:
    """A column's name in SQL; a custom dimension may be called `order`."""
    return f'"{column}"'


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Condition(_Strict):
    """One test of a dimension's value, such as `{begins_with: /help}`, `{not: {exact: x}}` or `{any: [{…}, {…}]}`."""

    exact: str | None = None
    one_of: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)
    begins_with: str | None = None
    contains: str | None = None
    negated: "Condition | None" = Field(default=None, alias="not")
    alternatives: "tuple[Condition, ...] | None" = Field(default=None, alias="any", min_length=1)

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        if len(self._given()) != 1:
            raise ValueError(
                "expected exactly one of exact, in, begins_with, contains, not, any in each map; "
                "write a list of maps where all of them must hold"
            )
        return self

    def _given(self) -> dict[str, Any]:
        return {name: value for name, value in self if value is not None}

    @property
    def test(self) -> Test:
        """Which of the tests this is, as it is written in the file."""
        name = next(iter(self._given()))
        return type(self).model_fields[name].alias or name  # type: ignore[return-value]

    @property
    def value(self) -> Any:
        """What it tests against: a text, texts (`in`), a condition (`not`) or conditions (`any`)."""
        return next(iter(self._given().values()))


def _listed(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else (given,)


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_listed)]


FieldName = Annotated[str, Field(pattern=r"^[A-Za-z]\w*(:[\w.\[\]-]+)?$", description="a name of the API")]


class Report(_Strict):
    """One report. Its metrics come per period of each grain and per combination of its dimensions.

    `dimensions` and `metrics` have the names of the API. All conditions of all `filters` must hold.
    For `settling_days` after a period its figures may still move, until our own pulls tell.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    question: str
    owner: str
    grains: tuple[Grain, ...] = Field(min_length=1)
    dimensions: tuple[FieldName, ...] = ()
    metrics: tuple[FieldName, ...] = Field(min_length=1, max_length=MOST_METRICS)
    filters: dict[FieldName, Conditions] = {}
    settling_days: int = Field(default=3, ge=1)

    @field_validator("grains", "dimensions", "metrics")
    @classmethod
    def _named_once(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return given

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Report":
        widest = max(len(PERIOD_DIMENSIONS[grain]) for grain in self.grains) + len(self.dimensions)
        if widest > MOST_DIMENSIONS:
            raise ValueError(
                f"expected at most {MOST_DIMENSIONS} dimensions with the period's, found {widest}"
            )
        if "cohort_week" in self.grains and len(self.grains) > 1:
            raise ValueError("a cohort report has no other grain; write a report of its own")
        own = {name for names in PERIOD_DIMENSIONS.values() for name in names} | {"dateRange"}
        if taken := sorted(own & set(self.dimensions)):
            raise ValueError(f"{', '.join(taken)} comes with the grain; name the grain instead")
        columns = [*map(column_name, (*self.dimensions, *self.metrics))]
        clash = sorted({c for c in columns if columns.count(c) > 1 or c in OWN_COLUMNS})
        if clash:
            raise ValueError(f"two columns would be called {', '.join(clash)}")
        return self

    def __hash__(self) -> int:
        return hash((self.name, self.definition))

    @property
    def table(self) -> str:
        """Its landing table."""
        return f"ga4__{self.name}"

    @property
    def dimension_columns(self) -> dict[str, str]:
        """Dimension of the API -> our column, in the order of the file."""
        return {name: column_name(name) for name in self.dimensions}

    @property
    def metric_columns(self) -> dict[str, str]:
        """Metric of the API -> our column, in the order of the file."""
        return {name: column_name(name) for name in self.metrics}

    @property
    def has_money(self) -> bool:
        """Whether a change of the property's currency changes what it said."""
        return any(metric_type(name).startswith("DECIMAL") for name in self.metrics)

    @property
    def definition(self) -> str:
        """A hash of what is asked: with another one, what was landed before answers another question."""
        asked = self.model_dump_json(include={"dimensions", "metrics", "filters"}, by_alias=True)
        return hashlib.sha256(asked.encode()).hexdigest()[:12]


OWN_COLUMNS = (
    "property_id", "grain", "period_start_on", "period_end_on", "load_id", "received_at", "pulled_at", "currency"
)  # fmt: skip
"""What every landing table of a report has besides its dimensions and metrics."""


def metric_type(api_name: str) -> Literal["BIGINT", "DOUBLE", "DECIMAL(18,4)"]:
    """The type that a metric's column has before any answer told."""
    if _MONEY.search(api_name):
        return "DECIMAL(18,4)"
    return "DOUBLE" if _FRACTION.search(api_name) else "BIGINT"


def load_reports(folders: Iterable[Path]) -> dict[str, Report]:
    """Name -> report, of the `ga4/*.yaml` of query folders; a later folder replaces a report of the same name.

    Raises:
        QueryError: not YAML, a key that is missing, unknown or of the wrong kind, or what can not be asked.
    """
    paths = {path.stem: path for folder in folders for path in sorted((folder / "ga4").glob("*.yaml"))}
    return {name: _read(path, path.read_bytes()) for name, path in paths.items()}


@lru_cache(maxsize=1024)
def _read(path: Path, content: bytes) -> Report:
    try:
        given = yaml.safe_load(content.decode("utf-8"))
        if not isinstance(given, dict):
            raise QueryError(f"{path}: expected lines of `key: value`, as the product's own reports have.")
        if "name" in given:
            raise QueryError(
                f"{path}: name is not a key; the report is called as its file. Remove that line."
            )
        return _REPORT.validate_python({"name": path.stem, **given})
    except yaml.YAMLError as error:
        told = f"it is not YAML ({str(error).splitlines()[0]})"
    except ValidationError as error:
        told = _in_words(error)
    # Not inside the handler: as its context, the error would keep the frames of our validators for ever.
    raise QueryError(f"{path}: {told}.")


_REPORT = TypeAdapter(Report)


def _in_words(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"the key {key} is missing. The smallest report has question, owner, grains and metrics"
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(first["loc"][-1]), Report.model_fields, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(Report.model_fields))}"
        return f"the key {key!r} is not known. {hint}"
    return f"{key + ': ' if key else ''}{first['msg'].removeprefix('Value error, ')}"
