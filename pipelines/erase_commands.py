"""`careful erase`: remove a customer, and keep them out."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer

from pipelines import ctrl_c, erase, erase_whom
from pipelines.door.originals import RAW_RETENTION
from pipelines.door.profile import TOKEN_KINDS
from pipelines.door.pseudonym import read_key
from pipelines.door.tombstones import tombstones, unfinished
from pipelines.erase_whom import EraseError, Found, Identifier
from pipelines.publish import READING, RunRecord, only_run
from pipelines.settings import Settings, SettingsError
from pipelines.store import Store
from pipelines.terminal import AsJson, Config, bars, out, plain_errors, settings_of

Run = Callable[[Settings, bool], RunRecord]
_BEGUN = (
    "Stopped. The erasure has begun, and the next `careful run` ends it; until then what is published still holds "
    "them."
)
_KEPT_OUT = "They are erased already, and kept out."
_ASK = "-"
"""In the place of a value: it is asked for, so that no list of commands or processes shows it."""


def add_to(
    app: typer.Typer, run: Run, tell: Callable[[RunRecord], None], exit_code: Callable[[RunRecord], int]
) -> None:
    """Make the command known.

    Args:
        run: does everything that the schedule does, once, quietly or not. tell: says what a run did.
        exit_code: of a run.
    """
    app.command("erase", context_settings={"obj": (run, tell, exit_code)})(erase_customer)


def erase_customer(
    context: typer.Context,
    email: Annotated[
        list[str] | None, typer.Option(help="Their e-mail address, or - to be asked; may be repeated.")
    ] = None,
    phone: Annotated[
        list[str] | None, typer.Option(help="Their telephone number, or -; may be repeated.")
    ] = None,
    number: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="KIND:VALUE", help=f"Their number: {', '.join(TOKEN_KINDS)}."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let somebody in again who was erased and came back.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Remove a customer from all rows, files and builds (GDPR, Art. 17), and keep them out; then run."""
    run, tell, exit_code = context.obj
    with plain_errors(as_json):
        settings = settings_of(config)
        store, key = Store(settings.store), read_key(settings.key_file)
        given = _identifiers(email or [], phone or [], number or [])
        if lift:
            _lift(settings, store, key, given, as_json)
            return
        with ctrl_c.told_as("Stopped. Nothing was changed."):
            going = unfinished(store)
            is_new = [each for each in given if not erase_whom.is_erased(settings, key, [each], going)]
            found = _found(settings, store, key, is_new, as_json)
            if is_new and not found.customers:
                was_here = erase_whom.is_erased(settings, key, is_new, tombstones(store))
                raise EraseError(
                    f"{_KEPT_OUT if was_here else 'Nobody here is known by that.'} Nothing was changed."
                    f"{_of_unread(found)}{_of_refused(settings)}"
                )
            rows = erase.count(store, found.customers)
            if not as_json:
                _tell(found, rows)
            _insist(yes, as_json)
        with ctrl_c.told_as(_BEGUN):
            if found.customers:
                _write_down(found, settings, store, key, is_new, as_json)
            record = run(settings, as_json)
    if as_json:
        told = {
            "customers": len(found.customers),
            "unknown": found.unknown,
            "known_by": found.known_by,
            "originals": found.originals,
            "rows": rows,
            "run": asdict(record),
        }
        print(json.dumps(told))  # noqa: T201
    else:
        tell(record)
        _tell_what_is_left(settings, record)
    raise typer.Exit(exit_code(record))


def _found(settings: Settings, store: Store, key: bytes, given: list[Identifier], quiet: bool) -> Found:
    with only_run(store), bars(quiet) as show:
        return erase_whom.find(settings, store, key, given, partial(show, READING))


def _write_down(
    found: Found, settings: Settings, store: Store, key: bytes, given: list[Identifier], quiet: bool
) -> None:
    with only_run(store), bars(quiet) as show:
        with ctrl_c.told_as("Stopped. Nothing was changed."):
            again = erase_whom.find(settings, store, key, given, partial(show, READING))
        if [each.values for each in again.customers] != [each.values for each in found.customers]:
            raise EraseError("What is known of them changed meanwhile. Nothing was erased; look again.")
        for customer in found.customers:
            customer.write(store)


def _of_unread(found: Found) -> str:
    if not found.unread:
        return ""
    return (
        f" {found.unread} kept original file(s) hold rows that can not be read; it can not be told whom those name. "
        f"Originals are kept for {RAW_RETENTION.days} days."
    )


def _of_refused(settings: Settings) -> str:
    refused = erase.refused_files(settings)
    return f" {refused} file(s) in inbox/refused/ were never read: look there yourself." if refused else ""


def _identifiers(emails: list[str], phones: list[str], numbers: list[str]) -> list[Identifier]:
    given = [("email", each) for each in emails] + [("phone", each) for each in phones]
    for each in numbers:
        kind, colon, value = each.partition(":")
        if not colon or not value.strip():
            raise SettingsError("--id is written KIND:VALUE, such as --id hubspot_contact:123.")
        given.append((kind, value))
    if not given:
        raise SettingsError("Say who: --email, --phone or --id KIND:VALUE.")
    return [(kind, _asked(kind) if value == _ASK else value) for kind, value in given]


def _asked(kind: str) -> str:
    return str(typer.prompt(erase_whom.plain(kind).capitalize(), err=True))


def _tell(found: Found, rows: dict[str, int]) -> None:
    for kind in found.unknown:
        out.print(f"Nobody is known by this {erase_whom.plain(kind)}.")
    customers = len(found.customers)
    if not customers:
        out.print("An erasure that did not end is finished now.")
        return
    out.print(f"To be erased: {customers} customer{'s' if customers > 1 else ''}.")
    if found.known_by:
        names = ", ".join(f"{erase_whom.plain(kind)} ({number})" for kind, number in found.known_by.items())
        out.print(f"Known by: {names}. People who share a telephone are one customer, and go together.")
    if found.originals:
        out.print(f"Found in {found.originals} kept original file(s), in rows that were not taken in.")
    for name, number in rows.items():
        out.print(
            f"  {number:>9,}  {_LABELS.get(name, name.replace('__', ' ').replace('_', ' '))}", markup=False
        )
    out.print("Kept original files that hold them go as a whole. This can not be undone.")


_LABELS = {
    "identity_token": "identifiers",
    "answer": "answers to surveys",
    "dimension": "groups of your own dimensions",
    "sighting": "sightings in full exports",
    "vault": "names and addresses in the vault",
    "journal": "entries of the journal: acts, lots, kindnesses, names that were shown",
    "builds": "builds, of which a new one takes the place",
}


def _insist(yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise EraseError("Nobody can be asked here, so nothing was changed. Say --yes to erase.")
    try:
        is_sure = typer.confirm("Erase?")
    except typer.Abort:
        out.print()
        raise
    if not is_sure:
        raise EraseError("Nothing was changed.")


def _tell_what_is_left(settings: Settings, record: RunRecord) -> None:
    if record.outcome != "published":
        out.print("Builds of before still hold them; the next run that publishes removes those.")
    if aside := erase.refused_files(settings):
        out.print(f"{aside} file(s) in inbox/refused/ were never read: delete those that hold them yourself.")
    out.print(
        "Yours to look at: notes and minutes (free text), lists and reports that were sent, frozen weeks, backups, and "
        "the vendors themselves."
    )


def _lift(settings: Settings, store: Store, key: bytes, given: list[Identifier], as_json: bool) -> None:
    with only_run(store):
        lifted = erase.lift(settings, store, key, given)
    if not lifted:
        raise EraseError("Nobody who was erased is kept out by that. Nothing was changed.")
    told: dict[str, Any] = {"lifted": lifted}
    if as_json:
        print(json.dumps(told))  # noqa: T201
    else:
        out.print(
            "They are not kept out any more: the next export that holds them is landed with them. `touch` a file that "
            "was here before."
        )
