"""Text to typed values by contract. A row that breaks a rule is set aside by pointer, never by value."""

from dataclasses import dataclass

import polars as pl

from pipelines.door.profile import Column, Profile
from pipelines.door.recognise import ANSWER_PREFIX, Recognised
from pipelines.settings import Settings

MONEY = pl.Decimal(18, 4)
_NUMBER = r"^[+-]?\d{1,14}(\.\d+)?$"
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")
_EARLIEST_DAY, _EARLIEST, _LATEST = pl.datetime(1900, 1, 1), pl.datetime(1970, 1, 1), pl.datetime(2200, 1, 1)
QUARANTINE = {"line": pl.Int64, "column": pl.String, "rule": pl.String}


@dataclass(frozen=True)
class Checked:
    """Typed rows, and pointers to those set aside (one per row, at the first rule it breaks)."""

    frame: pl.DataFrame
    quarantine: pl.DataFrame


def check(found: Recognised, settings: Settings) -> Checked:
    """Type every column of an export.

    Returns:
        `frame`: landed columns typed, token and personal columns still text, `_line`.
        `quarantine`: `line`, `column`, `rule` of each row set aside.
    """
    profile = found.profile
    zone = profile.zone or settings.source(profile.source).time_zone or settings.company.time_zone
    declared = settings.source(profile.source).date_format
    formats = (declared, *profile.formats) if declared else profile.formats
    typed = {column.name: _typed(column, zone, formats) for column in profile.columns}
    rules: list[tuple[str, str, pl.Expr]] = [("", rule, condition) for rule, condition in profile.set_aside]
    for column in profile.columns:
        name = column.name
        if column.filled or name in profile.key:
            rules.append((name, "missing", pl.col(name).is_null()))
        rule = _broken_rule(column)
        if rule:
            rules.append((name, rule, pl.col(name).is_not_null() & typed[name].is_null()))
    for name, target in found.items.items():
        low, high = target.scale
        rules.append((name, "outside_the_scale", ~typed[name].is_between(low, high)))
    hits: list[pl.Expr] = [pl.when(when).then(pl.lit(number)) for number, (_, _, when) in enumerate(rules)]
    first = pl.coalesce([*hits, pl.lit(None, dtype=pl.Int32)]).cast(pl.Int32)
    frame = found.frame.with_columns(first.alias("_broken"))
    pointers = pl.DataFrame(
        [(number, name.removeprefix(ANSWER_PREFIX), rule) for number, (name, rule, _) in enumerate(rules)],
        schema={"_broken": pl.Int32, "column": pl.String, "rule": pl.String},
        orient="row",
    )
    bad = frame.filter(pl.col("_broken").is_not_null())
    quarantine = bad.join(pointers, on="_broken").select(pl.col("_line").alias("line"), "column", "rule")
    misshapen = pl.DataFrame(
        {"line": found.misshapen, "column": "", "rule": found.misshapen_rule}, schema=QUARANTINE
    )
    good = frame.filter(pl.col("_broken").is_null()).with_columns(
        [expression.alias(name) for name, expression in typed.items()]
    )
    return Checked(good.drop("_broken"), pl.concat([quarantine, misshapen]))


def _typed(column: Column, zone: str, formats: tuple[str, ...]) -> pl.Expr:
    text = pl.col(column.name)
    if column.values is not None:
        words = {word.lower(): meaning for word, meaning in column.values.items()}
        return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String)
    match column.kind:
        case "integer":
            return pl.when(text.str.contains(r"^[+-]?\d{1,18}$")).then(text).cast(pl.Int64, strict=False)
        case "decimal":
            return pl.when(text.str.contains(_NUMBER)).then(text).cast(MONEY, strict=False)
        case "duration":
            parts = text.str.extract_groups(r"^(\d{1,6}):([0-5]\d):([0-5]\d)$").struct
            hours, minutes, seconds = (parts.field(str(n)).cast(pl.Int64) for n in (1, 2, 3))
            return hours * 3600 + minutes * 60 + seconds
        case "boolean":
            low = text.str.to_lowercase()
            return pl.when(low.is_in(_TRUE)).then(True).when(low.is_in(_FALSE)).then(False)
        case "timestamp":
            moment = pl.coalesce([_moment(text, form, zone) for form in formats])
            return pl.when(moment.is_between(_EARLIEST, _LATEST)).then(moment)
        case "date":
            day = pl.coalesce([text.str.to_datetime(f, strict=False) for f in formats if "z" not in f])
            return pl.when(
                day.is_between(_EARLIEST.cast(pl.Datetime("us")) - pl.duration(days=36_525), _LATEST)
            ).then(day.cast(pl.Date))
    return text


def _moment(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    """Naive UTC. An hour that the clocks skip is read as an hour later; one they repeat, as its first pass."""
    if "z" in form:
        return text.str.to_datetime(form, time_zone="UTC", strict=False).dt.replace_time_zone(None)
    local = text.str.to_datetime(form, time_unit="us", strict=False)

    def in_zone(moment: pl.Expr) -> pl.Expr:
        return moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")

    known = pl.coalesce([in_zone(local), in_zone(local.dt.offset_by("1h"))])
    return known.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _broken_rule(column: Column) -> str | None:
    if column.values is not None:
        return "not_a_known_word"
    return {
        "integer": "not_a_whole_number",
        "decimal": "not_a_number",
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
        "boolean": pl.Boolean(),
        "timestamp": pl.Datetime("us"),
        "date": pl.Date(),
    }
    return {c.name: pl.String() if c.reference else kinds[c.kind] for c in profile.columns if c.landed}
