"""The one door to names: e-mail, telephone and address of given customers, out of the vault.

Every name that is asked for is written into the journal, a line each, before anything is handed out. Those who were
drawn to wait are refused as long as they wait, unless something is owed to them. Until there is sign-in, pages call
this on the loopback address only.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl

from pipelines.care import health
from pipelines.care.lot import CONTROL
from pipelines.care.names import fault_of
from pipelines.care.rules import known_now, local_day
from pipelines.door.land import load_ids
from pipelines.door.split import normalise
from pipelines.journal import OPEN, Journal
from pipelines.settings import Settings
from pipelines.store import Build, Store

SCHEMA = {
    "customer_key": pl.String, "preferred_name": pl.String, "full_name": pl.String, "email": pl.String,
    "phone": pl.String, "address": pl.String, "preferred_channel": pl.String, "wishes": pl.String,
    "customer_kind": pl.String, "customer_id": pl.String, "name_is_broken": pl.Boolean, "name_fault": pl.String,
}  # fmt: skip
_BEST_FIRST = (
    "hubspot__contact", "salesforce__contact", "dynamics__contact", "zoho__contact", "pipedrive__contact",
    "zendesk__ticket", "salesforce__case", "qualtrics__response", "shopify__order",
)  # fmt: skip
_FOUND: dict[str, tuple[str, ...]] = {
    "preferred": ("preferred_name",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "whole_name": ("full_name", "requester_name", "supplied_name", "billing_name"),
    "email": ("email", "requester_email", "supplied_email"),
    "phone": ("phone", "mobile_phone", "billing_phone"),
    "street": ("street",),
    "postal_code": ("postal_code",),
    "city": ("city",),
    "preferred_channel": ("preferred_channel",),
    "wishes": ("wishes",),
    "own_number": ("customer_id",),
}
_KINDS = (("customer_id", "own_number"), ("email", "email"), ("phone", "phone"))


class NotDrawn(Exception):
    """Names of those not drawn are not shown; nothing was handed out."""


def reveal(store: Store, settings: Settings, customer_keys: Iterable[str], by: str, why: str) -> pl.DataFrame:
    """Names and addresses, logged.

    Args:
        customer_keys: as they are or were once known. by: who will see them. why: such as "this week's list".

    Returns:
        A row for each key, in the order given, also of those of whom the vault holds nothing: preferred_name (how
        to address them), full_name, email, phone, address, preferred_channel, wishes, customer_kind and customer_id
        (how the CRM knows them), name_is_broken and name_fault (what is wrong with the name, in words).

    Raises:
        NotDrawn: somebody among them was drawn to wait, and nothing is owed to her.
        JournalError: no reason is given, or it can not be written down.
    """
    keys = list(dict.fromkeys(customer_keys))
    build, journal = store.current(), Journal(store)
    if build is None or not keys:
        return pl.DataFrame(schema=SCHEMA)
    asked = pl.DataFrame({"asked": keys, "customer_key": keys})
    now = dict(known_now(build, asked).rows())
    waiting = set(now.values()) & waiting_keys(build, journal, settings)
    if waiting:
        raise NotDrawn(
            f"{len(waiting)} of these {len(keys)} customers were not drawn; their names are not shown, so that the "
            "comparison stays fair. If one of them contacts you, be as kind as you like."
        )
    journal.log_reveals(keys, by, why, settings.as_of())
    records = build.query_people(
        "select record_key, customer_key from identity where list_contains($keys, customer_key)",
        {"keys": sorted(set(now.values()))},
    )
    facts = _facts(store, records)
    named = pl.DataFrame([_row(key, facts.get(now[key], {})) for key in keys], schema=SCHEMA)
    return named.with_columns(
        normalise(kind, named[kind], settings.company.region).alias(kind) for kind in ("email", "phone")
    )


def waiting_keys(build: Build, journal: Journal, settings: Settings) -> set[str]:
    """Who was drawn to wait, still waits, and has nothing open on the list."""
    today = local_day(settings.as_of(), settings.zone)
    horizons = dict(build.query("select initiative_id, horizon_days from initiative").rows())
    horizons |= {plan.initiative_id: plan.horizon_days for plan in journal.plans()}
    drawn = build.query_people(
        "select initiative_id, unit_key as customer_key, arm, assigned_on as drawn_on from assignment"
    )
    lots = [
        draw.rows.select(
            pl.lit(draw.initiative_id).alias("initiative_id"),
            "customer_key",
            "arm",
            pl.lit(local_day(draw.drawn_at, settings.zone)).alias("drawn_on"),
        )
        for draw in journal.draws()
    ]
    still = pl.concat([drawn, *lots]).filter(
        pl.col("arm") == CONTROL,
        pl.col("drawn_on") + pl.col("initiative_id").replace_strict(
            list(horizons), [timedelta(days=days) for days in horizons.values()],
            default=timedelta(days=36500), return_dtype=pl.Duration("us"),
        ) > today,
    )  # fmt: skip
    return set(known_now(build, still)["customer_key"]) - set(
        known_now(build, journal.acts(states=OPEN))["customer_key"]
    )


def _facts(store: Store, records: pl.DataFrame) -> dict[str, dict[str, str]]:
    """customer_key -> what the vault knows, of the best source that knows it, in its newest version."""
    in_force = load_ids(store)
    facts: dict[str, dict[str, str]] = {}
    for table in _BEST_FIRST:
        files = sorted(path for path in (store.vault / table).glob("*.parquet") if path.stem in in_force)
        for row in _rows(files, records):
            known = facts.setdefault(row.pop("customer_key"), {})
            for fact, columns in _FOUND.items():
                value = next((row[c].strip() for c in columns if (row.get(c) or "").strip()), None)
                if value:
                    known.setdefault(fact, value.split(",")[0] if fact == "email" else value)
    return facts


def _rows(files: list[Path], records: pl.DataFrame) -> list[dict[str, str]]:
    """The vault's rows of these records as they were sent last, the newest record first."""
    if not files or records.is_empty():
        return []
    with duckdb.connect() as connection:
        connection.register("wanted", records)
        found = connection.sql(
            "select wanted.customer_key, vault.* from read_parquet($files, union_by_name = true) as vault "
            "join wanted using (record_key) "
            "qualify row_number() over (partition by record_key order by load_id desc) = 1 "
            "order by load_id desc, record_key",
            params={"files": [str(path) for path in files]},
        )
        return found.pl().to_dicts()


def _row(key: str, known: dict[str, str]) -> dict[str, str | bool | None]:
    full = " ".join(filter(None, (known.get("first_name"), known.get("last_name")))) or known.get(
        "whole_name"
    )
    preferred = known.get("preferred") or full
    fault = fault_of(preferred)
    kind, fact = next(((k, f) for k, f in _KINDS if known.get(f)), (None, ""))
    place = " ".join(filter(None, (known.get("postal_code"), known.get("city"))))
    return {
        "customer_key": key,
        "preferred_name": preferred,
        "full_name": full,
        **{name: known.get(name) for name in ("email", "phone", "preferred_channel")},
        "wishes": health.without(known["wishes"]) if known.get("wishes") else None,
        "address": ", ".join(filter(None, (known.get("street"), place))) if known.get("street") else None,
        "customer_kind": kind,
        "customer_id": known.get(fact),
        "name_is_broken": fault is not None,
        "name_fault": fault,
    }
