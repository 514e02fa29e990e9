"""Personal data out of what a website recorded of its pages: paths, query strings, titles, search terms.

Google forbids it there, and it is there all the same: an address in a reset link, a telephone number in a search.
What is left out is the address, number or value alone. Ids of things and dates stay; a name in a sentence can not
be told from other words, and stays too.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

import polars as pl

LEFT_OUT = "…"

_AT = r"(?:[@＠]|%(?:25)*40|&#64;|\s?[\[(]at[\])]\s?)"
_NEAR = r"""[^\s@＠/?&=#,;:|<>"'()\[\]…]"""
_NEAR_OR_AT = _NEAR.replace("@＠", "")
_ADDRESS = re.compile(rf"(?<!{_NEAR}){_NEAR}+{_AT}{_NEAR_OR_AT}*|{_AT}{_NEAR_OR_AT}+", re.IGNORECASE)

_GAP = r"(?:%20|%28|%29|%2D|[ ()+.\-\u00a0\u2010-\u2013])"
_THINGS = "products?|produkte?|produits?|productos?|items?|articles?|artikel|art[ií]culos?|p|sku|variant"
_NUMBER = re.compile(
    rf"""
    (?P<kept>
        (?<!\d)(?:19|20)\d\d(?P<by>[-_./]?)(?:0[1-9]|1[0-2])(?P=by)(?:0[1-9]|[12]\d|3[01])        # 2026-11-16
            (?:[T_\ -]?(?:[01]\d|2[0-3])(?::?[0-5]\d){{0,2}})?(?!\d)
        | (?<!\d)\d{{1,2}}(?P<dot>[-./])\d{{1,2}}(?P=dot)(?:19|20)\d\d(?!\d)                      # 16.11.2026
        | (?<![^/?&])(?:{_THINGS})(?:_?id)?[/=]\d+(?![\w-])                                       # product/82812150418
        | (?<![\da-f])[\da-f]{{8}}(?:-[\da-f]{{4}}){{3}}-[\da-f]{{12}}(?![\da-f])                 # a UUID
    )
    | (?:\+|%2B){_GAP}{{0,2}}\d(?:{_GAP}{{0,3}}\d){{6,}}                                          # +41 44 668 18 00
    | \d(?:{_GAP}{{0,3}}\d){{8,}}                                                                 # 079 123 45 67
    | (?<![/\d])0\d{{1,5}}\ ?/\ ?\d{{5,}}                                                         # 089/123456
    | (?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![\d.])                                            # 192.0.2.10
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}"  # a token, an IBAN
    r"|(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}(?: ?[A-Z0-9]{1,3}(?![A-Z0-9]))?"
)
_PEOPLE = (
    "users?|members?|customers?|clients?|clientes?|kunden?|accounts?|konto|profiles?|profile?|perfil|compte|cuenta"
    "|usuarios?|utilisateurs?|benutzer|mitglied(?:er)?|contacts|token|session|auth|verify|confirm(?:ation)?"
    "|unsubscribe|abmelden|activate|invite|reset(?:[-_]?password)?|password[-_]?reset"
)
_PERSON_IN_PATH = re.compile(rf"(?<![^/])(?P<word>{_PEOPLE})/[^/?#]*\d[^/?#]*", re.IGNORECASE)

_PARAMETER = re.compile(r"(?P<lead>^|[?&#])(?P<name>[^=?&#/\s]{1,80})=(?P<value>[^&#]*)")
_NESTED = re.compile(
    r"(?:[;?]|%(?:25)*(?:3F|26|23|3B))(?P<name>[^=?;/\s]{1,80}?)(?:=|%(?:25)*3D)", re.IGNORECASE
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ANYWHERE = (
    *("mail", "phone", "telefon", "fonnumber", "telnr", "handy", "whatsapp"),
    *("vorname", "nachname", "familienname", "benutzername", "firstname", "lastname", "surname", "fullname"),
    *("username", "nickname", "prenom", "nomdefamille", "apellido", "nombre", "cognome"),
    *(
        "address",
        "adress",
        "direccion",
        "indirizzo",
        "strasse",
        "street",
        "hausn",
        "postcode",
        "postal",
        "postleit",
    ),
    *("birth", "geburt", "naissance", "nacimiento", "cumpleanos"),
    *("token", "passw", "motdepasse", "contrasena", "secret", "session", "sessid", "apikey", "signature"),
    *("iban", "kreditkart", "cardn", "kontonummer", "kundenn", "clid", "visitorid", "deviceid", "contactid"),
    *("userid", "customerid", "clientid", "memberid", "accountid", "personid", "subscriberid"),
)
_WORDS = frozenset(
    (
        *("tel", "fon", "fone", "mobile", "mobil", "movil", "cell", "fax", "name", "nom", "nome", "fname", "lname"),
        *("addr", "rue", "calle", "zip", "plz", "cp", "dob", "birthday"),
        *("auth", "pwd", "pass", "otp", "pin", "jwt", "csrf", "xsrf", "sid", "sig", "hash", "code", "key", "nonce"),
        *("uid", "cid", "user", "customer", "kunde", "kunden", "client", "cliente", "usuario", "utilisateur"),
        *("benutzer", "member", "mitglied", "subscriber", "person", "account", "konto", "compte", "cuenta"),
        *("ip", "lat", "lon", "lng", "latitude", "longitude", "geo", "ssn", "passport", "reisepass"),
        *("message", "msg", "nachricht", "mensaje", "comment", "kommentar", "commentaire", "comentario", "note"),
        *("gbraid", "wbraid", "gl", "ga", "hsenc", "hsmi", "eid", "tok"),
    )
)  # fmt: skip
_OF_ONE = frozenset(
    (
        *("tel", "fon", "fone", "mobile", "mobil", "movil", "cell", "fax", "name", "nom", "nome", "fname", "lname"),
        *("kundenname", "kontaktname", "mitgliedsname", "fullname", "initials", "initialen", "anschrift", "wohnort"),
        *("addr", "rue", "calle", "zip", "plz", "dob", "birthday", "bday", "uid", "ip", "ssn", "ahv", "passport"),
        *("reisepass", "ausweis", "message", "nachricht", "mensaje", "comment", "kommentar", "commentaire"),
        *("comentario", "owner", "agent", "besitzer", "inhaber", "inhaberin", "eigentuemer", "ansprechpartner"),
        *("ansprechpartnerin", "ansprechperson", "kontaktperson", "betreuer", "betreuerin", "kundenbetreuer"),
        *("kundenbetreuerin", "berater", "beraterin", "kundenberater", "kundenberaterin", "sachbearbeiter"),
        *("sachbearbeiterin", "mitarbeiter", "mitarbeiterin", "conseiller", "conseillere", "interlocuteur"),
        *("vendeur", "proprietaire", "asesor", "asesora", "vendedor", "vendedora", "propietario", "consulente"),
    )
)  # fmt: skip
_NAMES_OF_THINGS = frozenset(
    (
        *("product", "file", "event", "campaign", "page", "category", "brand", "list", "store", "item", "host"),
        *("domain", "template", "utm", "image", "tag", "collection", "plan", "course", "widget", "sort", "promotion"),
        *("coupon", "color", "colour", "produkt", "seite", "datei"),
    )
)  # fmt: skip


def scrub(values: pl.Series) -> tuple[pl.Series, int]:
    """Leave out what tells who somebody is: `…` stands in its place.

    Args:
        values: texts of a website: page paths with or without query strings, titles, search terms. Nulls stay.

    Returns:
        The texts, and how many of them were changed.
    """
    distinct = values.drop_nulls().unique()
    clean = distinct
    for looks_like_it, without in _STEPS:
        suspects = clean.filter(clean.str.contains(looks_like_it)).unique()
        if len(suspects):
            clean = clean.replace(suspects, pl.Series([without(text) for text in suspects], dtype=pl.String))
    changed = distinct != clean
    if not changed.any():
        return values, 0
    before = distinct.filter(changed)
    return values.replace(before, clean.filter(changed)), int(values.is_in(before.implode()).sum())


def _kept_or_left_out(found: re.Match[str]) -> str:
    return found["kept"] or LEFT_OUT


def _parameter(found: re.Match[str]) -> str:
    before, value = f"{found['lead']}{found['name']}=", found["value"]
    if value and _is_personal(found["name"]):
        return before + LEFT_OUT
    for nested in _NESTED.finditer(value):
        if nested.end() < len(value) and _is_personal(nested["name"]):
            return before + value[: nested.end()] + LEFT_OUT
    return before + value


@lru_cache(maxsize=4096)
def _is_personal(name: str) -> bool:
    """Whether a query parameter is named like something about a person, in English, German, French or Spanish."""
    return _is_named_as(unquote(unquote(name)).rpartition(";")[2], _WORDS)


def tells_of_somebody(label: str) -> bool:
    """Whether a column is named like what one person has: a name, an address, a number, somebody who looks after them.

    Words for customers, members and accounts are no such words here: a customer group is one of many.
    """
    return _is_named_as(label, _OF_ONE)


def _is_named_as(label: str, personal: frozenset[str]) -> bool:
    words = [word.lower() for word in _WORD.findall(plain_letters(label))]
    if any(part in "".join(words) for part in _ANYWHERE):
        return True
    about_things = _NAMES_OF_THINGS.intersection(words)
    return bool(
        personal.intersection(words) - ({"name", "nom", "nome", "code", "key"} if about_things else set())
    )


def plain_letters(text: str) -> str:
    """The text without accents: `Müller` is `Muller`, `ß` is `ss`; what has no plain letter is left out."""
    return unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (r"(?i)[@＠]|%(?:25)*40|&#64;|[\[(]at[\])]", lambda text: _ADDRESS.sub(LEFT_OUT, text)),
    (r"=[^&#]", lambda text: _PARAMETER.sub(_parameter, text)),
    (
        rf"(?i)(?:^|/)(?:{_PEOPLE})/[^/?#]*\d",
        lambda text: _PERSON_IN_PATH.sub(rf"\g<word>/{LEFT_OUT}", text),
    ),
    (r"[A-Za-z0-9]{24}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3}", lambda text: _SECRET.sub(LEFT_OUT, text)),
    (
        r"\d(?:(?:%[0-9A-Fa-f]{2}|[^\pL\d]){0,9}\d){6}|\d\.\d+\.\d+\.\d",
        lambda text: _NUMBER.sub(_kept_or_left_out, text),
    ),
)
