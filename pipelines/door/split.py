"""Who people are goes to the vault; what happened goes to landing; identifiers become keyed tokens."""

import contextlib
from collections.abc import Callable, Iterable

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email

from pipelines.door.profile import Column, Profile
from pipelines.door.pseudonym import keyed

KEYED = "keyed:"
"""Before the name of a column: what it is landed as."""
_NOTHING, _BETWEEN = chr(30), chr(31)
TOKEN_COLUMNS = pl.Schema(
    {"_line": pl.Int64(), "record_key": pl.String(), "kind": pl.String(), "token": pl.String()}
)
_PLAIN_EMAIL = r"^[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$"
_PLAIN_PHONE = r"^\+[1-9]{4}[0-9]{4,11}$"
_LONGEST_NATIONAL = 11
_COOKIE = r"^(GA\d\.[\d-]+\.)+"
_CLIENT_ID = r"^[0-9]+\.[0-9]+$"
_AS_DECIMAL = r"^([0-9]+)\.0$"
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
_SHARED = rf"^(?:{'|'.join(SHARED_MAILBOXES)})(?:\+[^@]*)?@"


def identifying(profile: Profile) -> list[str]:
    """The columns that `tokens` reads, beside `_line` and `record_key`."""
    read = ((c.name, c.token_kind_from) for c in profile.columns if c.token or c.token_kind_from)
    return list(dict.fromkeys(name for names in read for name in names if name))


def tokens(frame: pl.DataFrame, profile: Profile, region: str, key: bytes) -> pl.DataFrame:
    """The identifiers of every row, normalised and keyed; values that are none are left out.

    Args:
        frame: rows with their `record_key`.

    Returns:
        `_line`, `record_key`, `kind`, `token`.
    """
    said: dict[str, list[pl.DataFrame]] = {}
    for column in profile.columns:
        if column.token:
            said.setdefault(column.token, []).append(_values(frame, column))
        elif column.token_kind_from:
            kinds = pl.col(column.token_kind_from).str.to_lowercase()
            for (kind,), rows in frame.group_by(kinds, maintain_order=True):
                said.setdefault(str(kind), []).append(_values(rows, column))
    return pl.concat(
        [
            TOKEN_COLUMNS.to_frame(),
            *(_named(kind, pl.concat(values), region, key) for kind, values in said.items()),
        ]
    )


def _values(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    found = frame.select("_line", "record_key", pl.col(column.name).alias("value")).drop_nulls("value")
    if column.separator:
        return found.with_columns(pl.col("value").str.split(column.separator)).explode("value")
    return found


def _named(kind: str, said: pl.DataFrame, region: str, key: bytes) -> pl.DataFrame:
    found = said.with_columns(normalise(kind, said["value"], region)).drop_nulls("value")
    if (found["_line"].diff() <= 0).any():
        own = pl.struct("_line", "value")
        found = found.sort("_line", "value", maintain_order=True).filter((own != own.shift()).fill_null(True))
    token = keyed(f"{kind}|" + pl.col("value"), key)
    return found.select("_line", "record_key", pl.lit(kind).alias("kind"), token.alias("token"))


def with_keys(frame: pl.DataFrame, profile: Profile, region: str, key: bytes) -> pl.DataFrame:
    """The rows with `record_key`, `content_hash`, and what is `hidden`."""
    values = [f"{c.lookup}|" + frame[c.name] if c.lookup else frame[c.name] for c in profile.columns]
    return frame.with_columns(
        record_key(profile, key), content_hash(values, key), *hidden(frame, profile, region, key)
    )


def hidden(frame: pl.DataFrame, profile: Profile, region: str, key: bytes) -> list[pl.Expr]:
    """What references and look-ups are landed as, each under `KEYED` and its name."""
    said = {
        c.name: f"{c.lookup}|" + normalise(c.lookup, frame[c.name], region)
        if c.lookup
        else frame.select(_start(str(c.reference)) + pl.col(c.name)).to_series()
        for c in profile.columns
        if c.landed and (c.lookup or c.reference)
    }
    return [keyed(pl.lit(values), key).alias(KEYED + name) for name, values in said.items()]


def record_key(profile: Profile, key: bytes) -> pl.Expr:
    """What a record is called past the door: its source, its object and its own key."""
    own = pl.concat_str([pl.col(name).cast(pl.String) for name in profile.key], separator=_BETWEEN)
    return keyed(f"{profile.source}|{profile.object}|" + own, key).alias("record_key")


def content_hash(values: Iterable[pl.Series], key: bytes) -> pl.Expr:
    """Tells versions of a record apart, and tells nothing of what is in them."""
    texts = [
        pl.lit(v.to_physical() if v.dtype.is_temporal() else v).cast(pl.String).fill_null(_NOTHING)
        for v in values
    ]
    return keyed("content|" + pl.concat_str(texts, separator=_BETWEEN), key).alias("content_hash")


def _start(reference: str) -> pl.Expr:
    source, target = reference.split("/")
    return (pl.col(source[1:]) if source.startswith("@") else pl.lit(source)) + f"|{target}|"


def normalise(kind: str, values: pl.Series, region: str) -> pl.Series:
    """One spelling per identifier; null where the text is no identifier of this kind.

    E-mail addresses are trimmed and lower-cased (IDNA domains by email-validator), shared mailboxes such as
    `info@` identify nobody. Phone numbers become E.164; `region` stands in for a missing country code. Words
    that forms write for "no value" (`n/a`, `undefined`, `000`) identify nobody, nor do numbers that a spreadsheet
    shortened (`3.96331E+11`), which many have in common. A number that became a decimal one (`31.0`) is itself.
    """
    text = values.str.strip_chars()
    match kind:
        case "email":
            known = fast_or(text.str.to_lowercase(), text, _PLAIN_EMAIL, _email)
            return known.set(known.str.contains(_SHARED).fill_null(False), None)
        case "phone":
            bare = text.str.replace_all(r"[^\pL\d+]", "").str.replace(r"^00", "+")
            return fast_or(_national(bare, region), text, _PLAIN_PHONE, lambda number: _phone(number, region))
        case "ga4_client_id":
            if text.str.starts_with("GA").any():
                text = text.str.replace(_COOKIE, "")
            text = text.set(~text.str.contains(_CLIENT_ID).fill_null(False), None)
        case _:
            if text.str.ends_with(".0").any():
                text = text.str.replace(_AS_DECIMAL, "$1")
    return text.set(text.str.contains(_NOBODY).fill_null(False), None)


def fast_or(values: pl.Series, text: pl.Series, plain: str, settle: Callable[[str], str | None]) -> pl.Series:
    """Keep the values that a pattern vouches for; settle each distinct other one by a library, if its text is any.

    What a library trips over names nobody: all of the file is sound by now, and other files wait.
    """
    odd = (~values.str.contains(plain)).arg_true()
    if odd.is_empty():
        return values
    rest = values.gather(odd).set(text.gather(odd).str.contains(_NOBODY), None)
    settled: dict[str, str | None] = {}
    for value in rest.drop_nulls().unique():
        try:
            settled[value] = settle(value)
        except Exception:
            settled[value] = None
    named = rest.replace_strict(list(settled), list(settled.values()), default=None, return_dtype=pl.String)
    return values.clone().scatter(odd, named)


def _national(numbers: pl.Series, region: str) -> pl.Series:
    """Numbers with the zero that is dialled at home, as E.164; where the region has such a zero, and no other rule."""
    about = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if about is None or about.national_prefix_for_parsing != "0":
        return numbers
    kinds = [kind.national_number_pattern for kind in (about.fixed_line, about.mobile) if kind]
    pattern = f"(?:{'|'.join(filter(None, kinds))})"
    at = numbers.str.starts_with("0").arg_true()
    home = numbers.gather(at)
    dialled = home.str.contains(f"^0{pattern}$") & ~home.str.contains(f"^{pattern}$")
    abroad = f"+{about.country_code}" + home.str.replace("^0", "")
    return numbers.clone().scatter(at, home.zip_with(~dialled, abroad))


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
