"""How the company's country writes numbers, money and dates. The words around them stay English.

A server shows one company, so the locale is the process's: the entry page sets it on every run, and `words` and
the charts read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import babel
from babel import UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from pipelines.settings import Company

INTERNATIONAL = "en_001"


@dataclass(frozen=True)
class Locale:
    """Symbols of numbers and money from one locale, the order of a date and English month names from another."""

    numbers: babel.Locale
    dates: babel.Locale

    @property
    def is_day_first(self) -> bool:
        """`15 November` rather than `November 15`."""
        pattern: str = self.dates.date_formats["long"].pattern
        return pattern.index("d") < pattern.index("M")

    @property
    def date_field(self) -> str:
        """The order of a field to write a day in: `DD.MM.YYYY`, with the country's own separator."""
        pattern: str = self.dates.date_formats["short"].pattern
        separator = next((mark for mark in pattern if mark in "./-"), "-")
        if pattern.startswith("y"):
            return f"YYYY{separator}MM{separator}DD"
        first, second = ("DD", "MM") if self.is_day_first else ("MM", "DD")
        return f"{first}{separator}{second}{separator}YYYY"

    @property
    def vega(self) -> dict[str, Any]:
        """`config.locale` of a Vega-Lite chart: `,` and `.` in formats become this locale's, `%x` a short day."""
        months, days = self.dates.months["format"], self.dates.days["format"]
        a_week = (6, 0, 1, 2, 3, 4, 5)
        nearest, further = self.numbers.decimal_formats[None].grouping
        return {
            "number": {
                "decimal": get_decimal_symbol(self.numbers),
                "thousands": get_group_symbol(self.numbers),
                "grouping": [nearest, *[further] * 5],
                "currency": ["", ""],
            },
            "time": {
                "dateTime": "%x, %X",
                "date": "%-d %b %Y" if self.is_day_first else "%b %-d, %Y",
                "time": "%H:%M" if "H" in self.dates.time_formats["short"].pattern else "%-I:%M %p",
                "periods": ["AM", "PM"],
                "days": [days["wide"][day] for day in a_week],
                "shortDays": [days["abbreviated"][day] for day in a_week],
                "months": list(months["wide"].values()),
                "shortMonths": list(months["abbreviated"].values()),
            },
        }


@lru_cache(maxsize=16)
def of(region: str, given: str | None = None) -> Locale:
    """The locale of a country, or the one that its settings name.

    Args:
        region: two letters, such as `CH`.
        given: a locale such as `de-CH`; numbers and money follow it, dates its country.
    """
    if given:
        numbers = babel.Locale.parse(given.replace("-", "_"))
        return Locale(numbers, _english(numbers.territory or region))
    english = _english(region)
    return Locale(english if english.territory == region else _spoken(region), english)


def of_company(company: Company) -> Locale:
    """The locale of a company, by its settings."""
    return of(company.region, company.locale)


def current() -> Locale:
    """The locale in use."""
    return _in_use


def use(locale: Locale) -> None:
    """From here on, write as this locale does."""
    global _in_use  # noqa: PLW0603  one server, one company
    _in_use = locale


@contextmanager
def using(locale: Locale) -> Iterator[None]:
    """Write as a locale does for a while."""
    before = current()
    use(locale)
    try:
        yield
    finally:
        use(before)


def _english(region: str) -> babel.Locale:
    try:
        return babel.Locale.parse(f"en_{region}")
    except UnknownLocaleError:
        return babel.Locale.parse(INTERNATIONAL)


def _spoken(region: str) -> babel.Locale:
    """What most people in a country write; English of no country where that is not known."""
    try:
        return babel.Locale.parse(f"und_{region}")
    except UnknownLocaleError:
        return babel.Locale.parse(INTERNATIONAL)


_in_use = of("GB")
