"""How a file writes dates and numbers: as declared, else as its own cells show, and never as a guess."""

import re
from dataclasses import dataclass

import polars as pl

from pipelines.date_formats import has_day_first, order_of
from pipelines.door.profile import Profile
from pipelines.door.recognise import Recognised
from pipelines.door.refused import Refused
from pipelines.settings import Source

_TWO_NUMBERS = r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}"
_IS_POINT = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d+\.(\d{1,2}|\d{4,})$"
_IS_COMMA = r"^[+-]?\d{1,3}([. \x{a0}\x{202f}]\d{3})+,\d+$|^[+-]?\d+,(\d{1,2}|\d{4,})$"
_PLAIN = r"^[+-]?\d+(\.\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}([.,]\d{3})+$"
_GROUPED = {
    ".": r"^([+-]?\d{1,3}(?:,\d{3})+)(\.\d+)?$",
    ",": r"^([+-]?\d{1,3}(?:[. \x{a0}\x{202f}]\d{3})+|[+-]?\d+)(,\d+)?$",
}


@dataclass(frozen=True)
class Writing:
    """The formats of a file's dates and times, and what stands before decimals (None: nothing does)."""

    formats: tuple[str, ...]
    mark: str | None


def settle(found: Recognised, source: Source) -> Writing:
    """How an export is written: as declared, else as those of its cells that can be read in one way only.

    Of formats that differ by the order of day and month one order is kept. Numbers in which nothing stands before
    decimals or between thousands need no mark.

    Raises:
        Refused: nothing is declared, and its dates or its numbers can all be read in two ways.
    """
    profile = found.profile
    declared = source.date_formats(profile.object)
    either = [form for form in profile.formats if swapped(form) in profile.formats]
    first = order_of(declared)
    dates, numbers = _Dates(), _Numbers(is_split=found.delimiter == ";", is_typed=found.is_typed)
    looks: list[tuple[_Dates | _Numbers, tuple[str, ...]]] = [
        (dates, ("timestamp", "date") if first is None and either else ()),
        (numbers, () if source.decimal_mark else ("decimal", "number")),
    ]
    wanted = [(look, [c.name for c in profile.columns if c.kind in kinds]) for look, kinds in looks]
    if any(names for _, names in wanted):
        for piece in found.pieces():
            for look, names in wanted:
                look.at(piece.frame.select(names))
    if dates.is_either:
        first = dates.has_day_first(either[0], profile.source)
    known = (f for f in profile.formats if first is None or f not in either or has_day_first(f) == first)
    return Writing((*declared, *known), source.decimal_mark or numbers.mark(profile.source))


class _Dates:
    """Which order the dates are in that begin with two numbers."""

    def __init__(self) -> None:
        self.is_either = self.day_first = self.month_first = False

    def at(self, texts: pl.DataFrame) -> None:
        for values in texts.iter_columns():
            parts = values.str.extract_groups(_TWO_NUMBERS).struct
            first, second = (parts.field(str(number)).cast(pl.Int64) for number in (1, 2))
            self.is_either |= first.count() > 0
            self.day_first |= bool((first > 12).any())
            self.month_first |= bool((second > 12).any())

    def has_day_first(self, form: str, source: str) -> bool:
        if self.day_first != self.month_first:
            return self.day_first
        how = (
            "both with the day and with the month first"
            if self.day_first
            else "either with the day or the month first"
        )
        raise Refused(
            f"Its dates can be read {how}. Declare the order, such as "
            f'date_format = "{form}", in [sources.{source}].'
        )


class _Numbers:
    """What stands before decimals."""

    def __init__(self, *, is_split: bool, is_typed: bool) -> None:
        self._is_split, self._is_typed = is_split, is_typed
        self._point = self._comma = self._has_comma = self._has_group = False

    def at(self, texts: pl.DataFrame) -> None:
        for column in texts.iter_columns():
            values = column.set(column.str.contains(_PLAIN), None) if self._is_typed else column
            self._point |= bool(values.str.contains(_IS_POINT).any())
            self._comma |= bool(values.str.contains(_IS_COMMA).any())
            grouped = values.str.contains(_THOUSANDS)
            self._has_group |= bool(grouped.any())
            self._has_comma |= bool((grouped & values.str.contains(",", literal=True)).any())

    def mark(self, source: str) -> str | None:
        if self._comma != self._point:
            return "," if self._comma else "."
        if self._comma or not self._has_group or (not self._has_comma and not self._is_split):
            return None
        raise Refused(
            "Its numbers can be read in two ways: the mark in 1.234 or 1,234 may stand before decimals or thousands. "
            f'Declare decimal_mark = "," or "." in [sources.{source}].'
        )


def swapped(form: str) -> str:
    """A format with day and month in each other's place; itself where they are not both numbers."""
    if "%d" not in form or "%m" not in form:
        return ""
    return re.sub("%[dm]", lambda found: "%m" if found[0] == "%d" else "%d", form)


def with_point(
    text: pl.DataFrame, profile: Profile, mark: str | None, *, is_typed: bool = False
) -> pl.DataFrame:
    """The cells of numbers with a point before decimals and nothing between thousands.

    Args:
        mark: what stands before decimals. is_typed: whether a cell that has a point already is to stay as it is.
    """
    names = [c.name for c in profile.columns if c.kind in ("decimal", "number") and c.name in text.columns]
    if mark is None:
        return text
    bare = {
        name: pl.when(pl.col(name).str.contains(_PLAIN) & is_typed)
        .then(name)
        .otherwise(_bare(pl.col(name), mark))
        for name in names
    }
    return text.with_columns(cell.alias(name) for name, cell in bare.items())


def _bare(cell: pl.Expr, mark: str) -> pl.Expr:
    whole, decimals = (cell.str.extract(_GROUPED[mark], group) for group in (1, 2))
    bare = whole.str.replace_all(r"[., \x{a0}\x{202f}]", "") + decimals.fill_null("").str.replace(",", ".")
    return pl.when(whole.is_not_null()).then(bare).otherwise(cell)
