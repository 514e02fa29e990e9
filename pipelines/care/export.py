"""The list for the CRM, and safe to open: names are joined here and on the card, nowhere else.

The columns are those of `care_acts.csv` and a few more: what comes back with `done_at` and `outcome` filled in is read
like any file of the inbox, and by its `act_id` changes the act it is about.
"""

import csv
import io
from dataclasses import dataclass

import polars as pl

from pipelines.care.held import held_now
from pipelines.care.reveal import reveal
from pipelines.questions.spreadsheet import safe
from pipelines.settings import Settings
from pipelines.store import Store

COLUMNS = (
    "act_id", "initiative_id", "customer_kind", "customer_id", "done_at", "outcome", "kind", "cost_amount", "currency",
    "given_by", "occasion", "note", "due_on", "reason", "preferred_name", "full_name", "email", "phone", "address",
    "preferred_channel", "wishes",
)  # fmt: skip


@dataclass(frozen=True)
class Handover:
    """A file for the CRM, and whom it leaves out: act_id, name_fault (or what else stands in the way, in words)."""

    content: bytes
    left_out: pl.DataFrame


def hand_over(store: Store, settings: Settings, acts: pl.DataFrame, by: str, why: str) -> Handover:
    """The CSV of acts from the journal, with names; an act that must wait, or whose name is broken, is left out.

    Args:
        acts: act_id, initiative_id, customer_key, kind, occasion, due_on, reason. by, why: as in `reveal`.

    Raises:
        NotDrawn: somebody among them was drawn to wait.
    """
    held = held_now(store, settings)
    kept = acts.join(held, on="act_id", how="anti", maintain_order="left")
    named = kept.join(
        reveal(store, settings, kept["customer_key"].to_list(), by, why),
        on="customer_key",
        maintain_order="left",
    )
    fine = named.filter(~pl.col("name_is_broken"))
    waits = acts.join(held, on="act_id").select("act_id", name_fault="says")
    return Handover(
        crm_csv(fine), pl.concat([named.filter("name_is_broken").select("act_id", "name_fault"), waits])
    )


def crm_csv(rows: pl.DataFrame) -> bytes:
    """Rows in `COLUMNS` (those that are missing stay empty) as CSV in UTF-8 with a byte order mark, every cell quoted.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front; line breaks become spaces.

    Source: OWASP, CSV injection.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows.iter_rows(named=True):
        writer.writerow(safe(row.get(column)) for column in COLUMNS)
    return out.getvalue().encode("utf-8-sig")
