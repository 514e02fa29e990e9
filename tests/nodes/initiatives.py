"""Small frames of one initiative, and what the node makes of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from pipelines.nodes import impact

DESIGN = {
    "initiative_id": "note", "unit": "customer", "set_off_by": None, "is_drawn": True, "is_listed": True,
    "in_both_arms": 0, "treated": 1000, "control": 1000, "first_started_on": date(2026, 1, 1),
    "last_started_on": date(2026, 1, 1), "start_months": 1, "is_priced": True, "whole_amount": None, "minimum_n": 10,
    "reporting_currency": "EUR", "looked_on": date(2026, 11, 16), "told_within_days": 7, "drawn_for_certain": 0,
}  # fmt: skip
PLAN = {
    "initiative_id": "note", "primary_outcome": "purchase_within_horizon", "smallest_effect_worth_having": 0.03,
    "currency": "EUR", "horizon_days": 90, "starts_on": date(2026, 1, 1), "written_on": date(2025, 12, 18),
}  # fmt: skip
OWN = ("initiative_cost", "initiative_incident", "initiative_outcome", "initiative_sample", "initiative_span",
       "initiative_sum", "initiative_team", "initiative_week", "outside_week")  # fmt: skip
Made = Mapping[str, pl.DataFrame]


def made(
    plans: list[dict[str, Any]] | None = None,
    designs: list[dict[str, Any]] | None = None,
    **frames: pl.DataFrame,
) -> Made:
    """What the node makes; each plan and design is a change to the note's."""
    empty = pl.DataFrame(schema={"initiative_id": pl.String, "month_on": pl.Date})
    return impact.MEASURE.compute(
        {
            **dict.fromkeys(OWN, empty),
            "initiative": pl.DataFrame([PLAN | plan for plan in plans or [{}]], infer_schema_length=None),
            "initiative_design": pl.DataFrame(
                [DESIGN | design for design in designs or [{}]], infer_schema_length=None,
                schema_overrides={"set_off_by": pl.String, "whole_amount": pl.Float64},
            ),
            **frames,
        }
    )  # fmt: skip


def primary(tables: Made) -> dict[str, Any]:
    return tables["initiative_effect"].filter("is_primary").row(0, named=True)


def says(tables: Made, check: str) -> tuple[bool | None, str]:
    rows = tables["initiative_check"].filter(pl.col("check") == check)
    return rows["passed"].item(), rows["says"].item()
