"""The header of a question file: what a number means, how it is drawn, and what it is excused from."""

import contextlib
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

Purpose = Literal["success", "hygiene", "capacity", "context"]
Interval = Literal["wilson", "newcombe", "nps", "mean", "weighted", "from_columns", "none"]
Format = Literal["share", "points", "count", "number", "amount", "days", "seconds", "date", "week", "text"]
Rule = Literal[
    "columns", "star", "additivity", "purpose", "ratio", "range", "golden", "golden_empty", "golden_partial", "slow"
]  # fmt: skip

LEAST = 10
"""The fewest that any row of a question may rest on; a company's own minimum may be higher."""

_TIME_UNITS = frozenset(
    (
        "s", "sec", "secs", "second", "seconds", "ms", "millisecond", "milliseconds", "min", "mins", "minute",
        "minutes", "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "week", "weeks", "month", "months",
    )
)  # fmt: skip


CONTRACT = {
    "label": "label: Felt valued",
    "definition": "definition: Share of answers of 6 or 7 to the valued item.",
    "source": "source: survey responses",
    "unit": "unit: share",
    "purpose": "purpose: success (or hygiene, capacity, context)",
    "better": "better: up (or down)",
    "cut_off": "cut_off: 6–7",
    "interval": "interval: wilson (or nps, mean, weighted, from_columns)",
}
"""What the header of a KPI must say for itself, and a line to copy."""

NO_SPEED = (
    "speed is not care. A customer's wait can be shown as 'share reached within the promise'; "
    "how long our people are busy has the purpose 'capacity'"
)


def is_time(unit: str | None) -> bool:
    """Whether a unit counts time, such as `seconds` or `minutes per contact`; `answers a week` does not."""
    counted = re.split(r"\b(?:per|an?|each)\b|/", (unit or "").lower(), maxsplit=1)[0]
    return not _TIME_UNITS.isdisjoint(re.findall(r"[a-z]+", counted))


def _listed(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else (given,)


_FITS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "date": (date,),
    "boolean": (bool,),
}
_READ: dict[str, Callable[[str], Any]] = {
    "number": float,
    "integer": int,
    "date": date.fromisoformat,
    "boolean": lambda given: {"true": True, "false": False}[given.lower()],
}
_A = {
    "text": "text (put it in quotes)",
    "number": "a number",
    "integer": "a whole number",
    "date": "a date such as 2026-11-15",
    "boolean": "true or false",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Param(_Strict):
    """A named parameter: its type, its default, and its options as a query or a list."""

    type: Literal["text", "number", "integer", "date", "boolean"]
    default: Any
    options: str | tuple[str | int | float, ...] | None = None
    about: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Param":
        self.value(self.default)
        return self

    def value(self, given: Any) -> Any:
        """What is given, from a widget or an address, in the parameter's type; None stays None.

        Raises:
            ValueError: it is of another type.
        """
        if given is None:
            return None
        if isinstance(given, _FITS[self.type]) and isinstance(given, bool) == (self.type == "boolean"):
            return given
        if isinstance(given, str) and self.type in _READ:
            with contextlib.suppress(KeyError, ValueError):
                return _READ[self.type](given)
        raise ValueError(f"expected {_A[self.type]}, found {given!r}")


class Column(_Strict):
    """What a result column means, and what its range is made of.

    `n`, `successes`: the columns that it is counted from; of a difference (newcombe) two each. Where they are not
    given, `x_share` is counted from `x_successes` of `x_n`, else from `successes` of `n`. `scale`: of a mean, the ends
    that an answer can have.
    """

    about: str
    purpose: Purpose = "context"
    better: Literal["up", "down"] | None = None
    unit: str | None = None
    interval: Interval = "none"
    format: Format | None = None
    n: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    successes: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    scale: tuple[float, float] | None = None
    minimum_n: int | None = Field(default=None, ge=LEAST)

    @model_validator(mode="after")
    def _countable(self) -> "Column":
        if self.interval == "mean" and self.scale is None:
            raise ValueError("the range of a mean needs the ends of its scale, such as `scale: [1, 7]`")
        if self.scale and self.scale[0] >= self.scale[1]:
            raise ValueError(f"expected a scale from low to high such as [1, 7], found {list(self.scale)}")
        most = 2 if self.interval == "newcombe" else 1
        if max(len(self.n), len(self.successes)) > most:
            raise ValueError(
                "one column of n and one of successes; only `interval: newcombe` compares two of each"
            )
        return self


class Chart(_Strict):
    """What is drawn: columns by name. Without `low` and `high`, the range of `y` is drawn where it has one."""

    mark: Literal["line", "bar", "area", "heat", "scatter", "dot_range", "table"] = "line"
    x: str | None = None
    y: str | None = None
    by: str | None = Field(default=None, validation_alias=AliasChoices("by", "color"))
    low: str | None = None
    high: str | None = None
    target: str | None = None
    facet: str | None = None
    annotations: bool = True

    @model_validator(mode="after")
    def _drawable(self) -> "Chart":
        if self.mark != "table" and not (self.x and self.y):
            raise ValueError(f"a {self.mark} needs x and y, such as `x: iso_week, y: valued_share`")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it names."""
        named = (self.x, self.y, self.by, self.low, self.high, self.target, self.facet)
        return tuple(name for name in named if name)


class Comparison(_Strict):
    """What the answer is compared with: `prior_week`, or `{with: target, value: 0.7}`.

    Without a value, the target of a KPI is its goal. `to_date` compares the week that is not over with the same days
    of the week before.
    """

    kind: Literal["prior_week", "same_weeks_last_year", "to_date", "target"] = Field(
        validation_alias=AliasChoices("with", "kind")
    )
    value: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"with": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _only_a_target_has_a_value(self) -> "Comparison":
        if self.value is not None and self.kind != "target":
            raise ValueError(f"{self.kind} has no value; `{{with: target, value: 0.7}}` has")
        return self


class Allow(_Strict):
    """The exit of a refusal: which rule, why, and until when. Pages show it; it expires."""

    rule: Rule
    because: str = Field(min_length=10)
    until: date


class Verified(_Strict):
    """Somebody checked the definition. The mark holds while the file says what it said: `hash`."""

    by: str
    checked_on: date
    hash: str


class Question(_Strict):
    """The header of a question file. With `kpi` it defines a number that pages show, and is a contract.

    Of several `clock_weeks` the shortest that bears enough answers is used; `caveats` are what a careful analyst
    says when handing the number over, each a plain sentence.
    """

    question: str
    owner: str
    grain: tuple[str, ...]
    params: dict[str, Param] = {}
    columns: dict[str, Column] = {}
    chart: Chart | None = None
    kpi: str | None = None
    label: str | None = None
    definition: str | None = None
    kind: Literal["estimate", "count", "money"] = "estimate"
    unit: str = "share"
    purpose: Purpose = "context"
    better: Literal["up", "down"] = "up"
    scale: str | None = None
    cut_off: str | None = None
    minimum_n: int = Field(default=LEAST, ge=LEAST)
    interval: Interval = "none"
    clock_weeks: Annotated[tuple[Literal[1, 4, 13], ...], BeforeValidator(_listed)] = (1,)
    settling_days: int = Field(default=0, ge=0)
    source: str | None = None
    caveats: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    allow: Annotated[tuple[Allow, ...], BeforeValidator(_listed)] = ()
    verified: Verified | None = None

    @field_validator("clock_weeks")
    @classmethod
    def _shortest_first(cls, given: tuple[int, ...]) -> tuple[int, ...]:
        if not given or list(given) != sorted(set(given)):
            raise ValueError("list each clock once, the shortest first, such as [4, 13]")
        return given

    @field_validator("definition")
    @classmethod
    def _one_line(cls, given: str | None) -> str | None:
        return given.strip() if given else given

    @model_validator(mode="after")
    def _honest(self) -> "Question":
        self._refuse_speed()
        if self.kpi and (unsaid := self._unsaid()):
            lines = "; ".join(f"`{CONTRACT[key]}`" for key in unsaid)
            raise ValueError(
                f"the KPI {self.kpi!r} does not say its {', '.join(unsaid)}. Write, for example, {lines}"
            )
        return self

    def _refuse_speed(self) -> None:
        said = {"": (self.unit, self.purpose)} | {
            f"columns.{n}: ": (c.unit, c.purpose) for n, c in self.columns.items()
        }
        for where, (unit, purpose) in said.items():
            if is_time(unit) and purpose == "success" and not self.is_excused("purpose"):
                raise ValueError(f"{where}a time can not have the purpose 'success': {NO_SPEED}")

    def _unsaid(self) -> list[str]:
        said = {key for key in self.model_fields_set if getattr(self, key) not in (None, "", "none")}
        return [
            key for key in CONTRACT if key not in said and not (key == "interval" and self.kind != "estimate")
        ]

    def is_excused(self, rule: str, on: date | None = None) -> bool:
        """Whether the header excuses the question from a rule, on that day.

        A build does not ask for the day: an allowance that has ended is told by `careful query check` and by the page,
        and does not stop the publication at night.
        """
        return any(each.rule == rule and (on is None or on <= each.until) for each in self.allow)
