"""Is a file what it seems? Where nearly all rows break one rule in one column, nothing of it is taken."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.date_formats import order_of
from pipelines.door.check import line_of
from pipelines.door.recognise import ANSWER_PREFIX, Recognised
from pipelines.door.refused import Refused
from pipelines.settings import Source

FEWEST, LEAST_SHARE = 20, 0.9
"""Of fewer rows, or with a smaller share of them broken, what is wrong is with the rows; else it is with the file."""
_NO_DATE = "is no date in a known layout"
_BROKEN = {
    "missing": "is empty",
    "not_a_known_word": "has no word that is known",
    "not_a_whole_number": "is no whole number",
    "not_a_number": "is no number",
    "not_yes_or_no": "is neither yes nor no",
    "not_hours_minutes_seconds": "is not in hours, minutes and seconds",
    "not_a_time_in_the_declared_format": _NO_DATE,
    "not_a_date_in_the_declared_format": _NO_DATE,
    "out_of_bounds": "is out of bounds",
    "outside_the_scale": "is outside its scale",
    "ends_before_it_begins": "ends before it begins",
    "too_long": "is too long",
}
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y"),
)
_TIMES = (
    "",
    *(f"{gap}{time}" for gap in (" ", ", ") for time in ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")),
)
_EXAMPLE = datetime(2026, 12, 31, 20, 15, 30)
_EARLIEST, _LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)
_MOST_LOOKED_AT = 10_000
_FIRST = {True: " (the day first)", False: " (the month first)", None: ""}


def refuse_misread(
    found: Recognised, source: Source, quarantine: pl.DataFrame, sound: Callable[[str], pl.DataFrame]
) -> None:
    """Of a checked export: a column that is no date, no number or no known word in nearly all of its values.

    Rows that are set aside for another reason say nothing of a column.

    Args:
        quarantine: `line`, `column`, `rule` of each row set aside. sound: reads a column of all other rows.

    Raises:
        Refused: it is not what it seems; names the column, the rule, and for dates the line that they lack.
    """
    names = {column.name for column in found.profile.columns}
    broken = quarantine.filter(pl.col("rule").is_in(list(_BROKEN)), pl.col("column") != "")
    for (column, rule), rows in broken.group_by("column", "rule", maintain_order=True):
        if rows.height < LEAST_SHARE * FEWEST:
            continue
        name = str(column) if column in names else f"{ANSWER_PREFIX}{column}"
        values = sound(name)[name]
        whole = rows.height + (len(values) if rule == "missing" else values.count())
        if whole >= FEWEST and rows.height >= LEAST_SHARE * whole:
            how_often = f"{rows.height:,} of {whole:,}"
            raise Refused(_Misread(found, source, name, str(rule), how_often, rows["line"]).in_words())


@dataclass(frozen=True)
class _Misread:
    """A column that breaks a rule throughout: how often, and on which lines."""

    found: Recognised
    source: Source
    name: str
    rule: str
    how_often: str
    lines: pl.Series

    def in_words(self) -> str:
        profile, label = self.found.profile, self.found.labels.get(self.name)
        if self.rule == "missing" and label is None:
            labels = next(column.labels for column in profile.columns if column.name == self.name)
            return f'It has no column "{(*labels, self.name)[0]}". Export it again with that column.'
        if self.rule == "missing":
            return f'Its column "{label}" is empty in {self.how_often} rows. Export it again with that column filled.'
        if _BROKEN[self.rule] == _NO_DATE:
            return f'Its column "{label}" {self._about_dates()}'
        return (
            f'Its column "{label}" {_BROKEN[self.rule]} in {self.how_often} values, so the file is not what it seems. '
            f"See whether it was exported, or is mapped in [mapping.{profile.source}], as what it is."
        )

    def _about_dates(self) -> str:
        """What dates look like, without one of them, and the line that says so."""
        profile, values = self.found.profile, self._values()
        forms = [form for day in _DAYS for time in _TIMES if _reads(form := day + time, values)]
        if not forms or all("z" in form for form in profile.formats):
            return (
                f"{_NO_DATE} in {self.how_often} values: they look like {_shape(values)} (9 is a digit, a is a "
                "letter). Export it again, with dates such as 2026-12-31 20:15."
            )
        like = " or ".join(_EXAMPLE.strftime(form) for form in forms)
        declared = self.source.date_formats(profile.object)
        lines = " or ".join(_line(form, declared) + _FIRST[order_of((form,))] for form in forms)
        what = f"for {profile.object} change it to" if declared else "add"
        return (
            f"has dates like {like} in {self.how_often} values, which no date_format says. "
            f"In [sources.{profile.source}], {what} {lines}."
        )

    def _values(self) -> pl.Series:
        """Different texts that break the rule, some thousand at most."""
        values = pl.Series(self.name, [], dtype=pl.String)
        for piece in self.found.pieces():
            broken = piece.frame.filter(pl.col(line_of(piece.frame)).is_in(self.lines.implode()))
            values = values.append(broken[self.name]).unique().head(_MOST_LOOKED_AT)
        return values.drop_nulls()


def _reads(form: str, values: pl.Series) -> bool:
    return bool(
        values.str.to_datetime(form, strict=False).is_between(_EARLIEST, _LATEST).fill_null(False).all()
    )


def _line(form: str, declared: tuple[str, ...]) -> str:
    """A format beside the declared ones; in their place where they have day and month in another order."""
    orders = {order for one in (*declared, form) if (order := order_of((one,))) is not None}
    forms = [f'"{one}"' for one in ((*declared, form) if len(orders) < 2 else (form,))]
    return f"date_format = {forms[0] if len(forms) == 1 else '[' + ', '.join(forms) + ']'}"


def _shape(values: pl.Series) -> str:
    shapes = Counter(re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", value))[:30] for value in values.sort())
    return shapes.most_common(1)[0][0]
