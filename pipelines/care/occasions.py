"""Occasions to care are data: a SQL file each in `queries/occasions`, in the product or in the company's workspace.

A file finds the customers with whom it is time, and says why in a sentence. Whether they may be approached now is no
matter of the occasion: `queries/marts/care_proposal.sql` asks that of all alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.engine.graph import Model, ModelHeader, QueryError, as_known, read_header

FOLDER = "occasions"
DUE = "occasion_due"
_NEEDED = ("customer_key", "since_on", "reason")
_KNOWN = (*_NEEDED, "due_on")


class OccasionHeader(BaseModel):
    """The YAML at the head of an occasion.

    Attributes:
        name: how people call it. care_class: `owed` (everybody gets it) or `extra` (drawn by lot). kind: of act.
        cadence_days: not again to the same person within so many days. due_days: from the day it came up.
        is_surprise: it never follows an act of its own kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    care_class: Literal["owed", "extra"]
    kind: str
    cadence_days: int = Field(ge=1)
    due_days: int = Field(ge=0)
    is_surprise: bool = False
    owner: str = "customer-care"

    @model_validator(mode="after")
    def _owed_is_no_surprise(self) -> "OccasionHeader":
        if self.is_surprise and self.care_class == "owed":
            raise ValueError("expected a surprise to be extra care, found owed: what is owed is due")
        return self


@dataclass(frozen=True)
class Occasion:
    """One occasion: its file's name, what it is, and the SELECT that finds the customers."""

    occasion: str
    header: OccasionHeader
    sql: str
    path: Path

    @property
    def model(self) -> Model:
        """The SELECT as a node.

        Raises:
            QueryError: it lacks a column, or has one that no list shows.
        """
        header = ModelHeader(about=self.header.name, publish="none")
        model = as_known(Model(f"occasion.{self.occasion}", "core", self.sql, header, self.path))
        has = model.tree.named_selects
        wrong = [*(set(_NEEDED) - set(has)), *(set(has) - set(_KNOWN))]
        if wrong:
            raise QueryError(
                f"{self.path}: expected the columns {', '.join(_NEEDED)} and, if you like, due_on; found "
                f"{', '.join(has)}."
            )
        return model


def load_occasions(folders: Iterable[Path]) -> list[Occasion]:
    """Every occasion; a later folder replaces one of the same name.

    Raises:
        QueryError: a header breaks its contract.
    """
    found = {}
    for folder in folders:
        for path in sorted((folder / FOLDER).glob("*.sql")):
            header, sql = read_header(path, OccasionHeader)
            found[path.stem] = Occasion(path.stem, header, sql, path)
    return [found[name] for name in sorted(found)]


def occasion_models(occasions: Sequence[Occasion]) -> list[Model]:
    """A node for each occasion, and `occasion_due`: all of them in one table.

    Raises:
        QueryError: an occasion does not have the columns of one.
    """
    models = [one.model for one in occasions]
    header = ModelHeader(
        about="Every customer with whom it is time, by occasion", publish="none", grain=("occasion",)
    )
    nobody = (
        "select null::varchar as occasion, null::varchar as occasion_name, null::varchar as care_class, "
        "null::varchar as kind, null::bigint as cadence_days, null::bigint as due_days, null::boolean as is_surprise, "
        "null::varchar as customer_key, null::date as since_on, null::date as due_on, null::varchar as reason "
        "where false"
    )
    parts = [
        _part(one, model, "due_on" in model.tree.named_selects)
        for one, model in zip(occasions, models, strict=True)
    ]
    return [*models, Model(DUE, "core", " union all ".join([nobody, *parts]), header)]


def _part(one: Occasion, model: Model, has_due_on: bool) -> str:
    words = ", ".join(
        "'" + word.replace("'", "''") + "'"
        for word in (one.occasion, one.header.name, one.header.care_class, one.header.kind)
    )
    due_on = "due_on" if has_due_on else "null::date"
    return (
        f"select {words}, {one.header.cadence_days}, {one.header.due_days}, {str(one.header.is_surprise).lower()}, "
        f"customer_key, since_on, {due_on}, reason from {model.table}"
    )
