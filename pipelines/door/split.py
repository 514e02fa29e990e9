"""Who people are goes to the vault; what happened goes to landing; identifiers become keyed tokens."""

import contextlib

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email

from pipelines.door.profile import Column, Profile

_PLAIN_EMAIL = r"^[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$"
_PLAIN_PHONE = r"^\+[1-9]{4}[0-9]{4,11}$"
_LONGEST_NATIONAL = 11
_COOKIE = r"^(GA\d\.[\d-]+\.)+"
_CLIENT_ID = r"^[0-9]+\.[0-9]+$"
_NOBODY = (
    r"(?i)^([\pP\pS\s0]*|-1|\d([.,]\d+)?e\+\d+|n\.?/?a\.?|#(ref!|value!|name\?|div/0!|null!|num!|n/a)|nan|nil|none"
    r"|null|undefined|unknown|\(not set\)|\(blank\)|\(leer\)|guest|gast|invit[ée]|invitado|anonym(ous|e)?)$"
)
SHARED_MAILBOXES = frozenset(
    (
        "abuse", "accounting", "admin", "anfrage", "auskunft", "bestellung", "billing", "bonjour",
        "buchhaltung", "commande", "contact", "do-not-reply", "donotreply", "empfang", "hello", "help",
        "hr", "info", "invoice", "kasse", "kontakt", "kundendienst", "kundenservice", "mail", "marketing",
        "no-reply", "no_reply", "noreply", "office", "order", "orders", "pos", "postmaster", "rechnung",
        "sales", "service", "servizio", "shop", "support", "team", "verkauf", "vertrieb", "webmaster",
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


def lookups(frame: pl.DataFrame, profile: Profile, region: str) -> pl.DataFrame:
    """The identifiers to look customers up by, normalised as `kind|value`: `_line` and a column for each of them."""
    return frame.select(
        "_line",
        *(
            (f"{column.lookup}|" + normalise(str(column.lookup), frame[column.name], region)).alias(
                column.name
            )
            for column in profile.columns
            if column.lookup
        ),
    )


def _of_column(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    kind = pl.lit(column.token) if column.token else pl.col(str(column.token_kind_from))
    found = frame.select("_line", kind.alias("kind"), pl.col(column.name).alias("value"))
    if column.separator:
        found = found.with_columns(pl.col("value").str.split(column.separator)).explode("value")
    return found


def normalise(kind: str, values: pl.Series, region: str) -> pl.Series:
    """One spelling per identifier; null where the text is no identifier of this kind.

    E-mail addresses are trimmed and lower-cased (IDNA domains by email-validator), shared mailboxes such as
    `info@` identify nobody. Phone numbers become E.164; `region` stands in for a missing country code. Words
    that forms write for "no value" (`n/a`, `undefined`, `000`) identify nobody, nor do numbers that a spreadsheet
    shortened (`3.96331E+11`), which many have in common.
    """
    stripped = values.str.strip_chars()
    text = stripped.set(stripped.str.contains(_NOBODY).fill_null(False), None)
    match kind:
        case "email":
            low = text.str.to_lowercase()
            known = _fast_or(low, _PLAIN_EMAIL, _email)
            local = known.str.extract(r"^([^@+]*)")
            return known.set(local.is_in(list(SHARED_MAILBOXES)).fill_null(False), None)
        case "phone":
            bare = text.str.replace_all(r"[^\pL\d+]", "").str.replace(r"^00", "+")
            return _fast_or(_national(bare, region), _PLAIN_PHONE, lambda number: _phone(number, region))
        case "ga4_client_id":
            client = text.str.replace(_COOKIE, "")
            return client.set(~client.str.contains(_CLIENT_ID).fill_null(False), None)
    return text


def _fast_or(values: pl.Series, plain: str, settle: object) -> pl.Series:
    """Keep the values that a pattern vouches for; settle each distinct other one by a library."""
    rest = values.filter(~values.str.contains(plain)).drop_nulls().unique()
    if rest.is_empty():
        return values
    settled = {value: settle(value) for value in rest}  # type: ignore[operator]
    return values.replace(list(settled), pl.Series(list(settled.values()), dtype=pl.String))


def _national(numbers: pl.Series, region: str) -> pl.Series:
    """Numbers with the zero that is dialled at home, as E.164; where the region has such a zero, and no other rule."""
    about = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if about is None or about.national_prefix_for_parsing != "0":
        return numbers
    kinds = [kind.national_number_pattern for kind in (about.fixed_line, about.mobile) if kind]
    pattern = f"(?:{'|'.join(filter(None, kinds))})"
    dialled = numbers.str.contains(f"^0{pattern}$") & ~numbers.str.contains(f"^{pattern}$")
    return numbers.zip_with(
        ~dialled.fill_null(False), f"+{about.country_code}" + numbers.str.replace("^0", "")
    )


def _email(value: str) -> str | None:
    try:
        found = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}".lower()


def _phone(bare: str, region: str) -> str | None:
    """E.164 of the first reading that is a valid number, else of the first that is a possible one.

    Digits without a plus are tried as an international number first where they begin with the region's own
    country code or are too long for a national one (Germany 4915112345678), else as a national number first
    (United States 2025550123, which is no number of Egypt).
    """
    spellings = [bare]
    if not bare.startswith(("+", "0")):
        own = bare.startswith(str(phonenumbers.country_code_for_region(region)))
        abroad = 0 if own or len(bare) > _LONGEST_NATIONAL else 1
        spellings.insert(abroad, f"+{bare}")
    numbers = []
    for spelling in spellings:
        with contextlib.suppress(phonenumbers.NumberParseException):
            numbers.append(phonenumbers.parse(spelling, region))
    likely = [
        *filter(phonenumbers.is_valid_number, numbers),
        *filter(phonenumbers.is_possible_number, numbers),
    ]
    return str(phonenumbers.format_number(likely[0], phonenumbers.PhoneNumberFormat.E164)) if likely else None
