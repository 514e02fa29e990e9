"""Who people are goes to the vault; what happened goes to landing; identifiers become keyed tokens."""

import re

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email

from pipelines.door.profile import Column, Profile

_PLAIN_EMAIL = r"^[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$"
_PLAIN_PHONE = r"^\+[1-9]\d{7,14}$"
_COOKIE = r"^GA\d\.\d\."
SHARED_MAILBOXES = frozenset(
    (
        "abuse", "accounting", "admin", "billing", "contact", "hello", "help", "hr", "info", "invoice", "mail",
        "marketing", "noreply", "no-reply", "office", "postmaster", "sales", "service", "support", "team", "webmaster",
    )
)  # fmt: skip


def tokens(frame: pl.DataFrame, profile: Profile, region: str) -> pl.DataFrame:
    """The identifiers of every row, normalised: `_line`, `kind`, `value`. Values that are none are left out."""
    parts = [_of_column(frame, column) for column in profile.columns if column.identifies]
    empty = pl.DataFrame(schema={"_line": pl.Int64, "kind": pl.String, "value": pl.String})
    found = pl.concat([empty, *parts]).drop_nulls()
    by_kind = [
        group.with_columns(normalise(str(kind), group["value"], region).alias("value"))
        for (kind,), group in found.group_by("kind", maintain_order=True)
    ]
    return pl.concat([empty, *by_kind]).drop_nulls().unique(maintain_order=True)


def _of_column(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    kind = pl.lit(column.token) if column.token else pl.col(str(column.token_kind_from))
    found = frame.select("_line", kind.alias("kind"), pl.col(column.name).alias("value"))
    if column.separator:
        found = found.with_columns(pl.col("value").str.split(column.separator)).explode("value")
    return found


def normalise(kind: str, values: pl.Series, region: str) -> pl.Series:
    """One spelling per identifier; null where the text is no identifier of this kind.

    E-mail addresses are trimmed and lower-cased (IDNA domains by email-validator), shared mailboxes such as
    `info@` identify nobody. Phone numbers become E.164; `region` stands in for a missing country code.
    """
    text = values.str.strip_chars()
    match kind:
        case "email":
            low = text.str.to_lowercase()
            known = _fast_or(low, _PLAIN_EMAIL, _email)
            local = known.str.split("@").list.first()
            return known.set(local.is_in(list(SHARED_MAILBOXES)).fill_null(False), None)
        case "phone":
            digits = text.str.replace_all(r"[^\d+]", "").str.replace(r"^00", "+")
            return _fast_or(digits, _PLAIN_PHONE, lambda number: _phone(number, region))
        case "ga4_client_id":
            return text.str.replace(_COOKIE, "")
    return text.replace({"": None})


def _fast_or(values: pl.Series, plain: str, settle: object) -> pl.Series:
    """Keep the values that a pattern vouches for; settle each distinct other one by a library."""
    rest = values.filter(~values.str.contains(plain)).drop_nulls().unique()
    if rest.is_empty():
        return values
    settled = {value: settle(value) for value in rest}  # type: ignore[operator]
    return values.replace(list(settled), pl.Series(list(settled.values()), dtype=pl.String))


def _email(value: str) -> str | None:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None


def _phone(digits: str, region: str) -> str | None:
    plain = re.sub(r"\D", "", digits)
    spellings = [digits] if digits.startswith(("+", "0")) else [f"+{plain}", digits]
    for spelling in spellings:
        try:
            number = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None
