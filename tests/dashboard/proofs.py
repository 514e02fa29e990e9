"""What a build knows of initiatives, in a copy of a published build: real tables, real DuckDB, real pages."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

Row = Mapping[str, Any]

NOTE = {
    "initiative_id": "INIT-NOTE", "design": "randomised", "estimator": "difference of shares, hybrid score range",
    "outcome": "purchase_within_horizon", "effect": 0.057, "effect_low": 0.021, "effect_high": 0.092,
    "n_treated": 1200, "n_control": 1240, "successes_treated": 334, "successes_control": 274, "still_running": 0,
    "clusters": None, "pretrend_p": None, "smallest_detectable_effect": 0.047, "draw_p": 0.42, "told_late": 0,
    "verdict": "works", "evidence": "drawn by lot", "currency": "EUR", "rung": 0, "is_primary": True,
    "p_value": 0.0012, "p_adjusted": 0.0024, "level": 0.975, "margin_amount": 6400.0, "margin_amount_low": 2500.0,
    "margin_amount_high": 10_300.0, "acts_amount": 3840.0, "acts_counted": 1200, "discount_amount": 0.0,
    "net_amount": 2560.0, "net_amount_low": -1340.0, "net_amount_high": 6460.0, "break_even_effect": 0.034,
    "is_share": True, "money_days": 90,
}  # fmt: skip
"""A note that worked, drawn by lot, with every figure that a build can have."""

NOTHING = {
    "initiative_id": "INIT-HUMAN", "design": "none", "outcome": "purchase_within_horizon", "currency": "EUR",
    "verdict": "not identifiable", "evidence": "nothing to compare with", "rung": 6, "is_primary": True,
}  # fmt: skip

VERDICTS: dict[str, Row] = {
    "works": NOTE,
    "harmful": {
        **NOTE, "verdict": "harmful", "effect": -0.03, "effect_low": -0.052, "effect_high": -0.011,
        "successes_treated": 238, "margin_amount": -3000.0, "margin_amount_low": -6100.0, "margin_amount_high": -400.0,
        "net_amount": -6840.0, "net_amount_low": -9940.0, "net_amount_high": -4240.0, "break_even_effect": None,
    },
    "no relevant effect": {
        **NOTE, "verdict": "no relevant effect", "effect": 0.001, "effect_low": -0.008, "effect_high": 0.009,
        "successes_treated": 266, "margin_amount": 50.0, "margin_amount_low": -900.0, "margin_amount_high": 1000.0,
        "net_amount": -3790.0, "net_amount_low": -4740.0, "net_amount_high": -2840.0, "break_even_effect": None,
    },
    "inconclusive": {
        **NOTE, "verdict": "inconclusive", "effect": 0.025, "effect_low": -0.03, "effect_high": 0.08,
        "n_treated": 420, "n_control": 430, "successes_treated": 104, "successes_control": 95,
    },
    "not identifiable": NOTHING,
    "suggestive": {
        **NOTE, "verdict": "suggestive", "evidence": "compared with outside figures: suggests, proves nothing",
        "rung": 5, "successes_treated": None, "successes_control": None,
    },
}  # fmt: skip

PLAN = {
    "initiative_id": "INIT-NOTE", "name": "Handwritten thank-you after the second order", "tactic": "handwritten note",
    "care_class": "extra", "hypothesis": "A handwritten note brings second-time buyers back.",
    "primary_outcome": "purchase_within_horizon", "unit_of_assignment": "customer", "horizon_days": 90,
    "smallest_effect_worth_having": 0.034, "starts_on": date(2026, 8, 4), "cost_amount": 3840.0, "currency": "EUR",
    "occasion": "second_order", "looks_on": "2027-02-12;2026-11-20", "written_on": date(2026, 8, 1),
    "owner": "head of care", "acts_done": 1138, "acts_not_delivered": 62, "acts_planned": 1200,
}  # fmt: skip

REASONS: list[Row] = [
    {"initiative_id": "INIT-NOTE", "step": 1, "rung": None, "passed": True, "says": "The draw was fair."},
    {"initiative_id": "INIT-NOTE", "step": 2, "rung": 0, "passed": True,
     "says": "It was drawn by lot, so the groups differ by this and by chance alone."},
]  # fmt: skip

CHECKS: list[Row] = [
    {"initiative_id": "INIT-NOTE", "check": "draw", "passed": True, "figure": 0.42,
     "says": "Fair draw: 1,200 and 1,240, as planned; the same past orders, spend and satisfaction."},
    {"initiative_id": "INIT-NOTE", "check": "delivered", "passed": True, "figure": 62.0,
     "says": "Everyone is counted, also the 62 whose note came back undelivered."},
    {"initiative_id": "INIT-NOTE", "check": "margin", "passed": None, "figure": 90.0,
     "says": "Margin is known to 90 days only. Nothing here says what happens after."},
]  # fmt: skip

EVENT_STUDY: list[Row] = [
    {"initiative_id": "INIT-NOTE", "estimator": estimator, "relative_period": at,
     "effect": effect, "effect_low": effect - 0.02, "effect_high": effect + 0.02,
     "band_low": effect - band if band else None, "band_high": effect + band if band else None, "n_treated": 1200}
    for estimator, band, shift in (("Callaway and Sant'Anna", 0.033, 0.0), ("imputation", None, 0.004))
    for at in range(-6, 7)
    for effect in (shift + (0.004 * (at % 3 - 1) if at < 0 else min(0.055, 0.02 + 0.01 * at)),)
]  # fmt: skip

SENSITIVITY: list[Row] = [
    {"initiative_id": "INIT-NOTE", "what": "drift half as large as before the start", "effect": 0.057, "low": 0.012,
     "high": 0.101},
    {"initiative_id": "INIT-NOTE", "what": "only those whom the note reached", "effect": 0.06, "low": 0.022,
     "high": 0.097},
]  # fmt: skip

GESTURES: list[Row] = [
    {"initiative_id": "INIT-NOTE", "nth": nth, "effect": effect, "low": effect - 0.04, "high": effect + 0.04,
     "n_treated": 600 // nth, "n_control": 620 // nth}
    for nth, effect in ((1, 0.07), (2, 0.03))
]  # fmt: skip

DETAILS = {
    "initiative_reason": REASONS, "initiative_check": CHECKS, "initiative_event_study": EVENT_STUDY,
    "initiative_gesture": GESTURES, "initiative_sensitivity": SENSITIVITY,
}  # fmt: skip

SECONDARY: list[Row] = [
    {**NOTE, "is_primary": False, "outcome": "asked_to_stop", "verdict": "inconclusive", "effect": -0.001,
     "effect_low": -0.009, "effect_high": 0.007, "successes_treated": 9, "successes_control": 11},
    {**NOTE, "is_primary": False, "outcome": "emotion", "verdict": "inconclusive", "effect": None, "effect_low": None,
     "effect_high": None, "n_treated": 108, "n_control": 106, "successes_treated": None, "successes_control": None},
    {**NOTE, "is_primary": False, "outcome": "margin_per_customer", "is_share": False, "verdict": "inconclusive",
     "effect": 5.3, "effect_low": -2.1, "effect_high": 12.7, "successes_treated": None, "successes_control": None},
]  # fmt: skip


def put(database: Path, *effects: Row, plans: Mapping[str, Row] | None = None, details: bool = True) -> None:
    """Replace what a build's `careful.duckdb` says of initiatives.

    Args:
        effects: rows of `initiative_effect`; initiatives without one keep theirs. plans: changes to `initiative`, by
            id. details: with the tables that lie one click down.
    """
    with duckdb.connect(str(database)) as connection:
        changed = {str(row["initiative_id"]) for row in effects}
        before = [
            {"is_primary": True, **row}
            for row in connection.sql("select * from initiative_effect").pl().to_dicts()
            if row["initiative_id"] not in changed
        ]
        _replace(connection, "initiative_effect", [*before, *effects])
        known = connection.sql("select * from initiative").pl().to_dicts()
        _replace(
            connection, "initiative",
            [{**row, **(plans or {"INIT-NOTE": PLAN}).get(row["initiative_id"], {})} for row in known],
        )  # fmt: skip
        for table, rows in DETAILS.items() if details else ():
            _replace(connection, table, list(rows))


def forget(database: Path) -> None:
    """A build from before anything but the lot was compared: without the details, and with the columns of that time."""
    with duckdb.connect(str(database)) as connection:
        for table in DETAILS:
            connection.execute(f"drop table if exists {table}")
        connection.execute("delete from initiative_effect where not is_primary")
        for row in connection.sql("describe initiative_effect").fetchall():
            if row[0] not in _FIRST_COLUMNS:
                connection.execute(f"alter table initiative_effect drop column {row[0]}")


_FIRST_COLUMNS = (
    "initiative_id", "design", "estimator", "outcome", "effect", "effect_low", "effect_high", "p_adjusted", "n_treated",
    "n_control", "successes_treated", "successes_control", "still_running", "clusters", "pretrend_p",
    "smallest_detectable_effect", "draw_p", "told_late", "verdict", "evidence", "net_amount", "net_amount_low",
    "net_amount_high", "currency",
)  # fmt: skip


def copy_of(workspace: Path, folder: Path) -> Path:
    """A copy of a published workspace without its raw files and its journal."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("careful.toml", "rates.csv"):
        shutil.copyfile(workspace / name, folder / name)
    shutil.copytree(workspace / "store" / "builds", folder / "store" / "builds")
    shutil.copyfile(workspace / "store" / "current", folder / "store" / "current")
    return folder


def database(folder: Path) -> Path:
    """The aggregates of the current build."""
    current = (folder / "store" / "current").read_text(encoding="utf-8").strip()
    return folder / "store" / "builds" / current / "careful.duckdb"


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, strict=False, infer_schema_length=None
    )
    connection.register("_given", frame)
    connection.execute(f"create or replace table {table} as from _given")
    connection.unregister("_given")
