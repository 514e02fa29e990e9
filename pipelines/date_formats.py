"""`date_format` of careful.toml: one `strptime` format, a list of them, or either per object of a source."""

from typing import Annotated, Any

from pydantic import BeforeValidator

EVERY_OBJECT = ""
_EXPECTED = 'expected a format such as "%d/%m/%Y", a list of them, or a table with either per object'


def has_day_first(form: str) -> bool | None:
    """Whether a date begins with its day; None where it begins with neither the day nor the month as a number."""
    day, month, year = form.find("%d"), form.find("%m"), form.lower().find("%y")
    if min(day, month) < 0 or 0 <= year < max(day, month):
        return None
    return day < month


def order_of(forms: tuple[str, ...]) -> bool | None:
    """Whether formats have the day before the month; None where none of them tells."""
    return next((order for form in forms if (order := has_day_first(form)) is not None), None)


def by_object(given: Any) -> Any:
    """Object -> its formats, in the order of their declaration; `EVERY_OBJECT` where no object is named.

    Raises:
        ValueError: what is given is no format, or has the day as well as the month first.
    """
    tables = given if isinstance(given, dict) else {EVERY_OBJECT: given}
    return {name: _formats(value, name) for name, value in tables.items()}


def _formats(value: Any, name: str) -> tuple[str, ...]:
    forms = tuple(value) if isinstance(value, list | tuple) else (value,)
    of = f" for {name}" if name else ""
    for form in forms:
        if not isinstance(form, str) or "%" not in form:
            raise ValueError(f"{_EXPECTED}; found {form!r}{of}")
    first = {order: form for form in reversed(forms) if (order := has_day_first(form)) is not None}
    if len(first) > 1:
        raise ValueError(
            f"expected one order of day and month{of}, found {first[True]!r} and {first[False]!r}; keep the one "
            "that the dates are in"
        )
    return forms


DateFormats = Annotated[dict[str, tuple[str, ...]], BeforeValidator(by_object)]
