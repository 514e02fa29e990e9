"""An answer as a notebook cell shows it: the question, the picture, the newest rows, and what they rest on.

Nothing is loaded from the network: the picture is drawn here and is part of the cell.
"""

import base64
import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from dashboard import exports, figures, findings, locales, words
from dashboard.charts import paper
from dashboard.charts import question as charts
from pipelines.questions.answer import Answer
from pipelines.settings import Settings

SHOWN_ROWS = 6
_CELL = "padding:2px 14px 2px 0;text-align:{side};border-bottom:1px solid #E4DFD4"
_WRITERS = {
    ".csv": exports.csv, ".xlsx": exports.xlsx, ".parquet": exports.parquet, ".png": exports.png, ".svg": exports.svg,
}  # fmt: skip
_QUIET = "color:#6B7280;font-size:0.9em"


@dataclass(frozen=True)
class Answered:
    """What a build or a frozen week says to a question; the same rows, ranges and picture as in the app.

    Args:
        iso_week: the frozen week that it was asked of, if it was one.
    """

    answer: Answer
    settings: Settings
    iso_week: str | None = None

    @property
    def frame(self) -> pl.DataFrame:
        """The rows; every estimate x has `x_low` and `x_high`."""
        return self.answer.frame

    @cached_property
    def chart(self) -> Any:
        """The picture that the app draws of it, an Altair chart in the app's colours."""
        with self._locale:
            look, locale = paper.look(), locales.current().vega
            view = {**look["view"], "continuousWidth": paper.WIDTH}
            return charts.picture(self.answer).configure(**{**look, "view": view, "locale": locale})

    @cached_property
    def svg(self) -> str:
        """The picture as text; empty where the answer is shown as a table only."""
        with self._locale:
            return paper.svg(charts.picture(self.answer)) if charts.is_drawn(self.answer) else ""

    def export(self, path: str | Path) -> Path:
        """Write it as .csv, .xlsx, .parquet, .png or .svg, with what it rests on inside; returns the file.

        Raises:
            ValueError: the ending is another one.
        """
        target = Path(path)
        write = _WRITERS.get(target.suffix.lower())
        if write is None:
            raise ValueError(f"Expected a file that ends in {', '.join(_WRITERS)}, found {target.name}.")
        with self._locale:
            target.write_bytes(write(self.answer, self.settings.company.time_zone))
        return target

    def __repr__(self) -> str:
        with (
            self._locale,
            pl.Config(tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True, tbl_cols=-1),
        ):
            table = str(self._rows()) if self.frame.height else ""
            question, took = self.answer.question.header.question, findings.takeaway(self.answer)
            return "\n".join(filter(None, [question, self._mark(), took, table, *self._facts()]))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": repr(self)}

    def _html(self) -> str:
        with self._locale:
            took = html.escape(findings.takeaway(self.answer))
            parts = [f"<p><strong>{html.escape(self.answer.question.header.question)}</strong><br>{took}</p>"]
            if mark := self._mark():
                parts.append(f"<p><strong>{html.escape(mark)}.</strong></p>")
            if self.svg:
                packed = base64.b64encode(self.svg.encode()).decode()
                parts.append(f'<img alt="{took}" src="data:image/svg+xml;base64,{packed}">')
            if self.frame.height:
                parts.append(_table(self._rows()))
            facts = "<br>".join(map(html.escape, self._facts()))
        return f'{"".join(parts)}<p style="{_QUIET}">{facts}</p>'

    def _rows(self) -> pl.DataFrame:
        return figures.table(self.answer).head(SHOWN_ROWS)

    def _mark(self) -> str:
        """What must not be missed: nobody exists, nothing is proven, or it is long ago."""
        told = ["Sample company: nobody in it exists"] if self.answer.is_sample else []
        if self.iso_week:
            told.append(f"Frozen week {self.iso_week}, as it was known then")
        elif self.answer.question.is_draft:
            told.append("Draft: no golden test says what must come out")
        return ". ".join(told)

    def _facts(self) -> list[str]:
        told = findings.facts(self.answer, self.settings.company.time_zone)
        shown = [f"{name.replace('_', ' ').capitalize()}: {says}" for name, says in told.items()
                 if name not in ("question", "state")]  # fmt: skip
        rows = self.frame.height
        if rows > SHOWN_ROWS:
            shown.insert(0, f"The first {SHOWN_ROWS} of {words.count(rows)} rows; all of them are in .frame")
        return shown

    @property
    def _locale(self) -> Any:
        return locales.using(locales.of_company(self.settings.company))


def _table(rows: pl.DataFrame) -> str:
    sides = ["right" if kind.is_numeric() else "left" for kind in rows.schema.dtypes()]

    def line(cells: tuple[Any, ...] | list[str], tag: str) -> str:
        told = [
            f'<{tag} style="{_CELL.format(side=side)}">{"–" if cell is None else html.escape(str(cell))}</{tag}>'
            for cell, side in zip(cells, sides, strict=True)
        ]
        return f"<tr>{''.join(told)}</tr>"

    body = "".join(line(row, "td") for row in rows.iter_rows())
    return f'<table style="border-collapse:collapse">{line(rows.columns, "th")}{body}</table>'
