"""`[mapping.<source>]` of careful.toml: which of our columns a vendor's label is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

DEFAULT_SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
LIKERT_SCALE = (1, 7)
POINTS = (2, 3, 5, 7, 11)  # scales whose top and bottom boxes are defined


class Target(BaseModel):
    """The canonical column that a vendor's label maps to; survey items carry their scale."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    scale: tuple[int, int] = LIKERT_SCALE

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        short = dict(given) if isinstance(given, dict) else {"item": given}
        short.setdefault("scale", DEFAULT_SCALES.get(str(short.get("item")), LIKERT_SCALE))
        return short

    @model_validator(mode="after")
    def _ascending(self) -> "Target":
        if self.scale[0] >= self.scale[1]:
            raise ValueError(f"expected a scale from low to high such as [1, 7], found {list(self.scale)}")
        points = self.scale[1] - self.scale[0] + 1
        if points not in POINTS:
            raise ValueError(
                f"expected a scale of {', '.join(map(str, POINTS[:-1]))} or {POINTS[-1]} points, "
                f"found {points} in {list(self.scale)}"
            )
        return self


def by_table(given: Any) -> Any:
    """The tables of a mapping by what stands in their heads: `hubspot`, and `hubspot.deal` for an object's own.

    A table inside a source's is a label's target where it has an `item` or a `scale`, else an object's.
    """
    if not isinstance(given, dict):
        return given
    found: dict[str, Any] = {}
    for source, labels in given.items():
        if not isinstance(labels, dict):
            found[source] = labels
            continue
        objects = {name: value for name, value in labels.items() if _is_table(value)}
        found[source] = {label: value for label, value in labels.items() if label not in objects}
        found |= {f"{source}.{name}": table for name, table in objects.items()}
    return found


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and value.keys().isdisjoint(Target.model_fields)
