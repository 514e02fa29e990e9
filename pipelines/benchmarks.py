"""Published figures and where they come from: `queries/benchmarks.yaml`, checked, as the table `benchmark`.

Source: each study names its own; read and judged in the design notes on customer care, section 2.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from pipelines.engine.graph import QueryError
from pipelines.questions import QUERIES

FILE = QUERIES / "benchmarks.yaml"

Statistic = Literal["share", "share_at_level", "difference", "ratio", "net", "share_of_sales"]
_OVER_A_DRIVER = ("share_at_level", "difference", "ratio")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Levels(_Strict):
    """What "high" and "low" mean."""

    high: str
    low: str


class Figure(_Strict):
    """One published number, and what of one's own it speaks of."""

    id: Annotated[str, Field(pattern="^[a-z0-9_]+$")]
    statistic: Statistic
    value: float
    kpi: str | None = None
    behaviour: Literal["purchase_more", "recommend", "forgive", "trust", "loyalty"] | None = None
    driver: Literal["success", "effort", "emotion", "whole experience", "stars", "nps"] | None = None
    level: Literal["high", "low"] | None = None
    industry: str | None = None
    cut_off: str | None = None

    @model_validator(mode="after")
    def _speaks_of_something(self) -> "Figure":
        if (self.kpi is None) == (self.behaviour is None):
            raise ValueError(f"{self.id}: name a kpi or a behaviour, and not both")
        if (self.statistic in _OVER_A_DRIVER) != (self.driver is not None):
            raise ValueError(f"{self.id}: a driver goes with {', '.join(_OVER_A_DRIVER)}, and only with them")
        if (self.statistic == "share_at_level") != (self.level is not None):
            raise ValueError(f"{self.id}: a level goes with share_at_level, and only with it")
        if self.statistic != "ratio" and not -100 <= self.value <= 100:
            raise ValueError(f"{self.id}: expected a figure of 100, found {self.value}")
        return self


class Study(_Strict):
    """Where figures come from: who was asked, how many, when, on which scale."""

    source: str
    url: HttpUrl
    year: Annotated[int, Field(ge=1990, le=2100)]
    is_year_certain: bool = True
    n: Annotated[int, Field(ge=1)] | None = None
    population: str
    country: str
    scale: str | None = None
    cut_off: str | None = None
    driver_cut_off: Levels | None = None
    is_cut_off_assumed: bool = False
    wording: str | None = None
    caveat: str
    figures: tuple[Figure, ...]


class Benchmarks(_Strict):
    """The whole file."""

    studies: dict[str, Study]

    @model_validator(mode="after")
    def _named_once(self) -> "Benchmarks":
        names = [figure.id for study in self.studies.values() for figure in study.figures]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return self


SCHEMA = {
    "benchmark_id": pl.String, "statistic": pl.String, "kpi": pl.String, "behaviour": pl.String,
    "driver": pl.String, "level": pl.String, "industry": pl.String, "value": pl.Float64, "unit": pl.String,
    "year": pl.Int64, "is_year_certain": pl.Boolean, "n": pl.Int64, "population": pl.String,
    "country": pl.String, "scale": pl.String, "cut_off": pl.String, "driver_high": pl.String,
    "driver_low": pl.String, "is_cut_off_assumed": pl.Boolean, "wording": pl.String, "source": pl.String,
    "url": pl.String, "caveat": pl.String,
}  # fmt: skip


def load_benchmarks(path: Path = FILE) -> Benchmarks:
    """Read and check the file.

    Raises:
        QueryError: an unknown key, a missing one or a value that can not be; says where.
    """
    return _read(path, path.read_bytes())


@lru_cache(maxsize=8)
def _read(path: Path, content: bytes) -> Benchmarks:
    try:
        return Benchmarks.model_validate(yaml.safe_load(content.decode("utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        told = str(error)
    raise QueryError(f"{path}: {told}\nEvery study needs its source, address, year, population and caveat.")


def benchmark_table(found: Benchmarks) -> pl.DataFrame:
    """One row per figure, with the provenance of its study. Values are shares (0.74), or times for a ratio."""
    records = [_record(study, figure) for study in found.studies.values() for figure in study.figures]
    return pl.DataFrame(records, schema=SCHEMA).sort("benchmark_id")


def _record(study: Study, figure: Figure) -> dict[str, Any]:
    levels = study.driver_cut_off if figure.driver else None
    is_ratio = figure.statistic == "ratio"
    return {
        **figure.model_dump(exclude={"id", "value", "cut_off"}),
        **study.model_dump(include={"source", "year", "is_year_certain", "n", "population", "country"}),
        **study.model_dump(include={"scale", "is_cut_off_assumed", "wording", "caveat"}),
        "benchmark_id": figure.id,
        "value": figure.value if is_ratio else figure.value / 100,
        "unit": "times" if is_ratio else "share",
        "cut_off": figure.cut_off or study.cut_off,
        "driver_high": levels.high if levels else None,
        "driver_low": levels.low if levels else None,
        "url": str(study.url),
    }
