"""Lists of acts that come back from the CRM: rows that can be about no act of ours are set aside at the door.

The CRM has acts of its own, under whatever number; a number of our making is one that we gave to somebody.
"""

from dataclasses import replace

import polars as pl

from pipelines.door.check import QUARANTINE, Checked, line_of
from pipelines.door.profile import Profile
from pipelines.door.split import record_key, tokens
from pipelines.journal.book import Journal
from pipelines.journal.records import ACT_ID
from pipelines.settings import Settings
from pipelines.store import Store

UNKNOWN, OF_ANOTHER = "no_act_of_our_lists", "an_act_for_somebody_else"


def without_strangers(
    checked: Checked, profile: Profile, store: Store, settings: Settings, key: bytes
) -> Checked:
    """Set aside what bears a number of our making that was never given, or names another customer than the act's."""
    if (profile.source, profile.object) != ("careful", "care_act") or not Journal(store).path.is_file():
        return checked
    frame, acts = checked.frame, Journal(store).acts().select("act_id", "customer_key")
    unknown = frame.filter(pl.col("act_id").str.contains(ACT_ID)).join(acts, on="act_id", how="anti")
    named = tokens(
        frame.with_columns(record_key(profile, key)), profile, settings.company.region, key
    ).select("_line", named="token")
    said = frame.select("_line", "act_id").join(acts, on="act_id").join(named, on="_line")
    strange = pl.concat(
        [
            unknown.select("_line", column=pl.lit("act_id"), rule=pl.lit(UNKNOWN)),
            of_others(store, said).select("_line", column=pl.lit("customer_id"), rule=pl.lit(OF_ANOTHER)),
        ]
    ).unique("_line", keep="first", maintain_order=True)
    aside = frame.join(strange, on="_line").select(pl.col(line_of(frame)).alias("line"), "column", "rule")
    return replace(
        checked,
        frame=frame.join(strange, on="_line", how="anti", maintain_order="left"),
        quarantine=pl.concat([checked.quarantine, aside.cast(QUARANTINE)]),  # type: ignore[arg-type]
    )


def of_others(store: Store, said: pl.DataFrame) -> pl.DataFrame:
    """The rows that were done for another customer than ours: somebody sorted one column of the list alone.

    Args:
        said: customer_key (whose act it is), named (whom the list names), and whatever else is to be kept.
    """
    build = store.nearest()
    if build is None or said.is_empty():
        return said.clear()
    known = build.query_people(
        "select old, new from customer_alias where list_contains($keys, old) "
        "union select customer_key, customer_key from customer where list_contains($keys, customer_key)",
        {"keys": [*said["customer_key"], *said["named"]]},
    )
    new = dict(known.rows())
    wrong = [
        theirs in new and new[theirs] != new.get(ours, ours)
        for ours, theirs in said.select("customer_key", "named").iter_rows()
    ]
    return said.filter(pl.Series(wrong, dtype=pl.Boolean))
