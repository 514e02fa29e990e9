"""Pipedrive exports of persons, organizations and deals, as CSV or Excel.

Labels are `Person - Name`, `Deal - Value`... in the user's language: the English ones are known, and those German,
French and Spanish ones that were seen in exports; others come in by `[mapping.pipedrive]` (`"Obchod - Hodnota" =
"amount"`). Add the column `ID` to the list before exporting, and to deals also the person's (`Person - ID`) or an
e-mail address: a deal names its people by name only. Several addresses stand in one cell. Times have no zone: declare
the user's in `[sources.pipedrive]`. A deal is won by its `Won time`, in any language; one that was reopened or lost
after all has a status that says so in English. Whose marketing status is told and is not `Subscribed` counts as
unsubscribed.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Header, Profile, first_row

_SERIAL = r"^\d{5}(\.\d+)?$"
_SERIAL_ZERO = pl.datetime(1899, 12, 30)
_GAP = r"[ \x{a0}\x{202f}]"
MICROSECONDS_A_DAY = 86_400_000_000

_DEAL, _PERSON = ("Deal - ", "Affaire - ", "Trato - "), ("Person - ", "Personne - ", "Persona - ")
_IN_OTHER_WORDS = {
    "Person - ID": ("Personne - ID", "Persona - ID"),
    "Person - Name": ("Personne - Nom", "Persona - Nombre"),
    "Person - First name": ("Person - Vorname", "Personne - Prénom"),
    "Person - Last name": ("Person - Nachname", "Personne - Nom de famille", "Persona - Apellidos"),
    "Person - Email - Work": (
        *("Person - E-Mail-Adresse - Büro", "Personne - E-mail - Travail"),
        "Persona - Correo electrónico - Trabajo",
    ),
    "Person - Email - Home": ("Person - E-Mail-Adresse - Privat", "Personne - E-mail - Domicile"),
    "Person - Email - Other": ("Person - E-Mail-Adresse - Sonstiger", "Personne - E-mail - Autre"),
    "Person - Phone - Work": ("Person - Telefon - Büro", "Personne - Téléphone - Travail"),
    "Person - Phone - Home": ("Person - Telefon - Privat", "Personne - Téléphone - Domicile"),
    "Person - Phone - Mobile": ("Person - Telefon - Mobil", "Personne - Téléphone - Mobile"),
    "Person - Phone - Other": (
        *("Person - Telefon - Sonstiger", "Personne - Téléphone - Autre"),
        "Persona - Teléfono - Otro",
    ),
    "Organization - ID": ("Organisation - ID",),
    "Organization - Name": ("Organisation - Name", "Organisation - Nom"),
    "Deal - ID": ("Affaire - ID", "Trato - ID"),
    "Deal - Title": ("Deal - Titel", "Affaire - Titre", "Trato - Título"),
    "Deal - Value": ("Deal - Wert", "Affaire - Valeur", "Trato - Valor"),
    "Deal - Status": ("Affaire - Statut",),
    "Deal - Won time": ("Deal - Datum des gewonnenen Deals",),
    "Deal - Deal created": ("Deal - Deal erstellt", "Affaire - Affaire créée"),
    "Deal - Update time": ("Affaire - Heure de mise à jour",),
}
"""English label -> German, French and Spanish ones."""


def _in_any_words(*columns: Column) -> tuple[Column, ...]:
    """The columns with the labels that they have in other languages too."""
    others = [[word for label in c.labels for word in _IN_OTHER_WORDS.get(label, ())] for c in columns]
    return tuple(
        replace(column, labels=(*column.labels, *words))
        for column, words in zip(columns, others, strict=True)
    )


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Days that a spreadsheet counted are dates again; amounts have no gaps; only who subscribed is subscribed."""
    steps = [_dated(pl.col(name)) for name in frame.columns if name.endswith(("_at", "_on"))]
    if "amount" in frame.columns:
        steps.append(pl.col("amount").str.replace_all(_GAP, ""))
    if "is_unsubscribed" in frame.columns:
        steps.append((pl.col("is_unsubscribed").str.to_lowercase() != "subscribed").cast(pl.String))
    return frame.with_columns(steps)


def _dated(cell: pl.Expr) -> pl.Expr:
    serial = pl.when(cell.str.contains(_SERIAL)).then(cell.cast(pl.Float64, strict=False))
    moment = _SERIAL_ZERO + (serial * MICROSECONDS_A_DAY).round().cast(pl.Duration("us"))
    return pl.coalesce(moment.dt.round("1s").dt.strftime("%Y-%m-%d %H:%M:%S"), cell).name.keep()


def _without(*others: str) -> Callable[[list[list[str]]], Header | None]:
    """The first record, unless the rows are of something else that tells of this along."""

    def header(records: list[list[str]]) -> Header | None:
        found = first_row(records)
        if found is None or any(name.strip().startswith(others) for name in found.names):
            return None
        return found

    return header


def _phone(name: str, *labels: str) -> Column:
    return Column(name, labels, token="phone", separator=",")


def _email(name: str, *labels: str, required: bool = False) -> Column:
    return Column(name, labels, token="email", separator=",", required=required)


_WORK_EMAIL = ("Person - Email - Work", "Person - Email (Work)", "Person - Email")

PERSON = Profile(
    source="pipedrive",
    object="contact",
    key=("person_id",),
    seen="modified_at",
    header=_without(*_DEAL),
    prepare=_prepared,
    columns=_in_any_words(
        Column("person_id", ("Person - ID",), token="pipedrive_person", required=True),
        Column("full_name", ("Person - Name",), personal=True, required=True),
        Column("first_name", ("Person - First name",), personal=True),
        Column("last_name", ("Person - Last name",), personal=True),
        _email("email", *_WORK_EMAIL, required=True),
        _email("home_email", "Person - Email - Home", "Person - Email (Home)"),
        _email("other_email", "Person - Email - Other", "Person - Email (Other)"),
        _phone("phone", "Person - Phone - Work", "Person - Phone (Work)", "Person - Phone"),
        _phone("home_phone", "Person - Phone - Home", "Person - Phone (Home)"),
        _phone("mobile_phone", "Person - Phone - Mobile", "Person - Phone (Mobile)"),
        _phone("other_phone", "Person - Phone - Other", "Person - Phone (Other)"),
        Column(
            "organization_key",
            ("Organization - ID", "Person - Organization ID"),
            reference="pipedrive/organization",
        ),
        Column("is_unsubscribed", ("Person - Marketing status",), kind="boolean"),
        Column(
            "created_at", ("Person - Person created", "Person - Created"), kind="timestamp", required=True
        ),
        Column("modified_at", ("Person - Update time",), kind="timestamp"),
    ),
    mappable=(Column("country", ()), *own_fields.CUSTOMER),
)

ORGANIZATION = Profile(
    source="pipedrive",
    object="organization",
    key=("organization_id",),
    seen="modified_at",
    header=_without(*_DEAL, *_PERSON),
    prepare=_prepared,
    columns=_in_any_words(
        Column("organization_id", ("Organization - ID",), personal=True, required=True),
        Column("name", ("Organization - Name",), personal=True, required=True),
        Column("country", ("Organization - Country of Address",)),
        Column("created_at", ("Organization - Organization created",), kind="timestamp"),
        Column("modified_at", ("Organization - Update time",), kind="timestamp"),
    ),
    mappable=own_fields.COMPANY,
)

DEAL = Profile(
    source="pipedrive",
    object="deal",
    key=("deal_id",),
    seen="modified_at",
    prepare=_prepared,
    columns=_in_any_words(
        Column("deal_id", ("Deal - ID",), personal=True, required=True),
        Column("title", ("Deal - Title",), personal=True, required=True),
        Column("amount", ("Deal - Value",), kind="decimal", required=True),
        Column("currency", ("Deal - Currency of Value", "Deal - Currency")),
        Column("status", ("Deal - Status",), required=True),
        Column("won_at", ("Deal - Won time",), kind="timestamp", required=True),
        Column("created_at", ("Deal - Deal created", "Deal - Created"), kind="timestamp"),
        Column("modified_at", ("Deal - Update time",), kind="timestamp"),
        Column("person_id", ("Person - ID",), token="pipedrive_person"),
        _email("email", *_WORK_EMAIL),
    ),
)

PROFILES = (PERSON, ORGANIZATION, DEAL)
