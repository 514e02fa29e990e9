"""Text to typed values by contract. A row that breaks a rule is set aside by pointer, never by value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from pipelines.door.profile import Column, Profile
from pipelines.door.read import Piece
from pipelines.door.recognise import ANSWER_PREFIX, Recognised
from pipelines.door.scrub import scrub
from pipelines.door.text import SUM
from pipelines.door.writing import Writing, with_point
from pipelines.mapping import Target

MONEY = pl.Decimal(18, 4)
_NUMBER = r"^[+-]?\d{1,14}(\.\d+)?$"
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")
_EARLIEST_DAY, _EARLIEST, _LATEST = datetime(1870, 1, 1), datetime(1970, 1, 1), datetime(2200, 1, 1)
_SAMPLE = 100
_PERSONAL = r"[\w.+-]+@[\w-]+\.\w|(\d[ ()/.-]{0,2}){9,}|[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,}"
_LETTER = r"(?s)^.{61,}$"
QUARANTINE = {"line": pl.Int64, "column": pl.String, "rule": pl.String}


@dataclass(frozen=True)
class Checked:
    """Typed rows, pointers to those set aside (one per row, at the first rule it breaks), and texts left out.

    `emptied` and `scrubbed` count the texts, per column, that were left out as a whole or in part; `shifted` the times
    in an hour that the clocks skipped or repeated.
    """

    frame: pl.DataFrame
    quarantine: pl.DataFrame
    emptied: dict[str, int]
    scrubbed: dict[str, int]
    shifted: int = 0


def check(piece: Piece, found: Recognised, writing: Writing, zone: str) -> Checked:
    """Type every column of a piece of an export.

    Args:
        writing: how its dates and numbers are written. zone: the zone of its times without an offset.

    Returns:
        `frame`: landed columns typed, token and personal columns still text, `_line`.
        `quarantine`: `line`, `column`, `rule` of each row set aside.
    """
    profile = found.profile
    text = with_point(piece.frame, profile, writing.mark, is_typed=found.is_typed)
    shifted = 0
    typed: dict[str, pl.Series] = {}
    for column in profile.columns:
        typed[column.name], moved = _typed(text[column.name], column, zone, writing.formats)
        shifted += moved
    rules = [("", "a_total", _sums_up(text, profile))]
    rules += [("", rule, text.select(condition).to_series()) for rule, condition in profile.set_aside]
    for column in profile.columns:
        name = column.name
        if column.filled or name in profile.key:
            rules.append((name, "missing", text[name].is_null()))
        rule = _broken_rule(column)
        if rule:
            rules.append((name, rule, text[name].is_not_null() & typed[name].is_null()))
        if column.between:
            rules.append((name, "out_of_bounds", ~typed[name].cast(pl.Float64).is_between(*column.between)))
        if column.scale_by:
            rules.append((name, "outside_the_scale", _off_scale(typed[name], text, *column.scale_by)))
        if column.not_before:
            rules.append((name, "ends_before_it_begins", typed[name] < typed[column.not_before]))
        if column.most_letters:
            rules.append((name, "too_long", text[name].str.len_chars() > column.most_letters))
    for name, target in found.items.items():
        rules.append((name, "outside_the_scale", ~typed[name].cast(pl.Float64).is_in(_steps(target))))
    broken = np.full(text.height, -1)
    for number, (_, _, hit) in reversed(list(enumerate(rules))):
        broken[hit.fill_null(False).to_numpy()] = number
    pointers = [
        (line, rules[number][0].removeprefix(ANSWER_PREFIX), rules[number][1])
        for line, number in zip(text[line_of(text)].filter(broken >= 0), broken[broken >= 0], strict=True)
    ]
    good = text.with_columns(typed[name].alias(name) for name in typed)
    if pointers:
        good = good.filter(broken < 0)
    pointers += [(line, "", found.broken_rule) for line in piece.broken]
    good, scrubbed = _without_personal_parts(good, profile)
    labelled, emptied = without_free_text(good, profile)
    quarantine = pl.DataFrame(pointers, schema=QUARANTINE, orient="row")
    return Checked(labelled, quarantine, emptied, scrubbed, shifted)


def line_of(frame: pl.DataFrame) -> str:
    """The column that says on which line of the file a row begins."""
    return "_at" if "_at" in frame.columns else "_line"


def _sums_up(text: pl.DataFrame, profile: Profile) -> pl.Series:
    """Which rows are `Total: 100` and nothing else: a sum below the rows, with the delimiters of a row."""
    key, *more = profile.key
    others = [column.name for column in profile.columns if column.name != key]
    alone = text.select(pl.all_horizontal(pl.col(others).is_null())).to_series()
    if more or not alone.any():
        return pl.repeat(False, text.height, eager=True)
    return alone & text[key].str.contains(SUM)


def _off_scale(
    values: pl.Series, text: pl.DataFrame, by: str, scales: Mapping[str, tuple[float, float]]
) -> pl.Series:
    word = text[by].str.to_lowercase()
    low, high = (
        word.replace_strict({w: float(ends[i]) for w, ends in scales.items()}, default=None) for i in (0, 1)
    )
    return ~values.cast(pl.Float64).is_between(low, high)


def _steps(target: Target) -> list[float]:
    return [float(step) for step in range(target.scale[0], target.scale[1] + 1)]


def _without_personal_parts(frame: pl.DataFrame, profile: Profile) -> tuple[pl.DataFrame, dict[str, int]]:
    clean = {c.name: scrub(frame[c.name]) for c in profile.columns if c.scrubbed}
    scrubbed = frame.with_columns(values for values, _ in clean.values())
    return scrubbed, {name: count for name, (_, count) in clean.items() if count}


def without_free_text(frame: pl.DataFrame, profile: Profile) -> tuple[pl.DataFrame, dict[str, int]]:
    """Empty the landed texts that look like an address, a telephone number or a letter; says how many per column.

    Past the door words are labels: a topic, a region, a status. Lists that the company writes itself may hold
    sentences, but no addresses.
    """
    pattern = _PERSONAL if profile.feeds else f"{_PERSONAL}|{_LETTER}"
    labels = [
        c.name for c in profile.columns
        if c.landed and c.kind == "text"
        and not (c.values or c.reference or c.lookup or c.scrubbed or c.coded or c.name in profile.key)
    ]  # fmt: skip
    found = {name: frame[name].str.contains(pattern).fill_null(False) for name in labels}
    emptied = frame.with_columns(frame[name].set(found[name], None) for name in labels)
    return emptied, {name: int(hits.sum()) for name, hits in found.items() if hits.any()}


def _typed(values: pl.Series, column: Column, zone: str, formats: tuple[str, ...]) -> tuple[pl.Series, int]:
    """The typed values, and how many of them fall in an hour that the clocks skip or repeat."""
    if column.kind == "timestamp":
        moments, shifted = _first_that_fits(values, formats, lambda text, form: _moment(text, form, zone))
        return moments.set(~moments.is_between(_EARLIEST, _LATEST), None), shifted
    if column.kind == "date":
        dated = tuple(form for form in formats if "z" not in form)
        days, _ = _first_that_fits(values, dated, lambda text, form: (_local(text, form), 0))
        return days.set(~days.is_between(_EARLIEST_DAY, _LATEST), None).cast(pl.Date), 0
    return values.to_frame().select(_expression(pl.col(values.name), column)).to_series(), 0


def _first_that_fits(
    values: pl.Series, formats: tuple[str, ...], read: Callable[[pl.Series, str], tuple[pl.Series, int]]
) -> tuple[pl.Series, int]:
    """Each text by a format that reads it, beginning with the one that most of the first texts are in."""
    sample = values.drop_nulls().head(_SAMPLE)
    found = pl.Series(values.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(values))
    left, shifted = values, 0
    for form in sorted(formats, key=lambda form: read(sample, form)[0].null_count()):
        if left.null_count() == len(left):
            break
        moments, moved = read(left, form)
        shifted += moved
        found = found.zip_with(found.is_not_null(), moments)
        left = left.set(moments.is_not_null(), None)
    return found, shifted


def _expression(text: pl.Expr, column: Column) -> pl.Expr:
    if column.values is not None:
        words = {word.lower(): meaning for word, meaning in column.values.items()}
        return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String)
    match column.kind:
        case "integer":
            return pl.when(text.str.contains(r"^[+-]?\d{1,18}$")).then(text).cast(pl.Int64, strict=False)
        case "decimal":
            return pl.when(text.str.contains(_NUMBER)).then(text).cast(MONEY, strict=False)
        case "number":
            return pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Float64, strict=False)
        case "duration":
            parts = text.str.extract_groups(r"^(\d{1,6}):([0-5]\d):([0-5]\d)$").struct
            hours, minutes, seconds = (parts.field(str(n)).cast(pl.Int64, strict=False) for n in (1, 2, 3))
            return hours * 3600 + minutes * 60 + seconds
        case "boolean":
            low = text.str.to_lowercase()
            return pl.when(low.is_in(_TRUE)).then(True).when(low.is_in(_FALSE)).then(False)
    return text


def _moment(text: pl.Series, form: str, zone: str) -> tuple[pl.Series, int]:
    """Naive UTC. An hour that the clocks skip is read as an hour later; one they repeat, as its first pass.

    Returns:
        The moments, and how many of them such an hour moved or leaves open.
    """
    if "z" in form:
        moments = text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        return moments.dt.replace_time_zone(None), 0
    local = _local(text, form)
    sure = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    at = (sure.is_null() & local.is_not_null()).arg_true()
    if len(at):
        odd = local.gather(at)
        known = _in_zone(odd, zone)
        later = _in_zone(odd.dt.offset_by("1h"), zone)
        sure = sure.scatter(at, known.zip_with(known.is_not_null(), later))
    return sure.dt.convert_time_zone("UTC").dt.replace_time_zone(None), len(at)


def _local(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, time_unit="us", strict=False)


def _in_zone(local: pl.Series, zone: str) -> pl.Series:
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")


def _broken_rule(column: Column) -> str | None:
    if column.values is not None:
        return "not_a_known_word"
    return {
        "integer": "not_a_whole_number",
        "decimal": "not_a_number",
        "number": "not_a_number",
        "boolean": "not_yes_or_no",
        "duration": "not_hours_minutes_seconds",
        "timestamp": "not_a_time_in_the_declared_format",
        "date": "not_a_date_in_the_declared_format",
    }.get(column.kind)


def landing_types(profile: Profile) -> dict[str, pl.DataType]:
    """The landed columns of a profile and their types."""
    kinds: dict[str, pl.DataType] = {
        "text": pl.String(),
        "integer": pl.Int64(),
        "duration": pl.Int64(),
        "decimal": MONEY,
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "timestamp": pl.Datetime("us"),
        "date": pl.Date(),
    }
    return {c.name: pl.String() if c.reference else kinds[c.kind] for c in profile.columns if c.landed}
