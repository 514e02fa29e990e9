"""What one thing leads to in another system: repeating oneself, coming back after the bot, staying away."""

import numpy as np
import polars as pl

from sample_data.clock import DAY, HOUR, NEVER, draw

CHANNELS_BEFORE_DAYS = 90
COMES_BACK_SHARE = {"bot": 0.23, "human": 0.02, "both": 0.02}
"""Of solved contacts, by who handled them: the same customer asks about the same topic again within a week."""
COMES_BACK_DAYS = 7
STAYS_AWAY_SHARE = 0.30
STAYS_AWAY_DAYS = 180
BAD_EMOTION = 3
NOTE_HORIZON_DAYS = 90


def come_back(seed: int, contacts: pl.DataFrame) -> pl.DataFrame:
    """The contacts, some of them now by a customer who was told that the same thing was solved.

    Only who asks, and about what, is changed: how many contacts there are and how long they wait stays as it was.
    """
    rng = draw(seed, "coming back")
    n = contacts.height
    reactive = (contacts["direction"] == "reactive").to_numpy()
    known = reactive & (contacts["customer"].to_numpy() >= 0)
    chance = contacts["handled_by"].replace_strict(COMES_BACK_SHARE, return_dtype=pl.Float64).to_numpy()
    solved = contacts["resolved_at"].to_numpy()
    asks_again_at = solved + rng.integers(HOUR, (COMES_BACK_DAYS - 1) * DAY, n)
    again = known & (contacts["abandoned_at"].to_numpy() == NEVER) & (rng.random(n) < chance)
    free = np.flatnonzero(known & (contacts["handled_by"] != "bot").to_numpy() & ~again)
    first = np.flatnonzero(again)
    place = np.searchsorted(contacts["opened_at"].to_numpy()[free], asks_again_at[first])
    within = place < len(free)
    first, second = first[within], free[place[within]]
    second, position = np.unique(second, return_index=True)
    first = first[position]
    soon = contacts["opened_at"].to_numpy()[second] <= solved[first] + COMES_BACK_DAYS * DAY
    customer, topic = contacts["customer"].to_numpy().copy(), np.arange(n)
    customer[second[soon]], topic[second[soon]] = customer[first[soon]], first[soon]
    return contacts.with_columns(customer=pl.Series(customer), topic=contacts["topic"].gather(topic))


def came_back(contacts: pl.DataFrame, until: int) -> pl.DataFrame:
    """Per kind of handling: contacts solved a week or more before `until`, and those followed by another.

    Returns:
        handled_by, solved, came_back: counts of reactive contacts of known customers that nobody gave up.
    """
    solved = contacts.filter(
        (pl.col("customer") >= 0)
        & (pl.col("direction") == "reactive")
        & (pl.col("abandoned_at") == NEVER)
        & (pl.col("resolved_at") < until - COMES_BACK_DAYS * DAY)
    ).select("ticket_id", "customer", "topic", "handled_by", "resolved_at")
    later = contacts.filter(pl.col("opened_at") < until).select("customer", "topic", "opened_at")
    pairs = solved.join(later, on=["customer", "topic"], how="left").with_columns(
        again=(pl.col("opened_at") > pl.col("resolved_at"))
        & (pl.col("opened_at") <= pl.col("resolved_at") + COMES_BACK_DAYS * DAY)
    )
    each = pairs.group_by("ticket_id", "handled_by").agg(pl.col("again").fill_null(False).any())
    return (
        each.group_by("handled_by").agg(solved=pl.len(), came_back=pl.col("again").sum()).sort("handled_by")
    )


def asked_on_several_channels(contacts: pl.DataFrame, customer: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Whether somebody had contacted us on two channels or more in the CHANNELS_BEFORE_DAYS before a moment."""
    moment = pl.DataFrame({"row": np.arange(len(at)), "customer": customer, "at": at})
    asked = contacts.filter((pl.col("direction") == "reactive") & (pl.col("customer") >= 0))
    before = pl.col("at") - CHANNELS_BEFORE_DAYS * DAY
    used = (
        moment.join(asked.select("customer", "channel", "opened_at"), on="customer")
        .filter(pl.col("opened_at").is_between(before, pl.col("at")))
        .group_by("row")
        .agg(pl.col("channel").n_unique())
    )
    several = np.zeros(len(at), dtype=bool)
    several[used.filter(pl.col("channel") >= 2)["row"].to_numpy()] = True
    return several


def stay_away(
    seed: int, orders: pl.DataFrame, responses: pl.DataFrame, note_draw: pl.DataFrame
) -> pl.DataFrame:
    """The orders that are placed: some customers buy nothing for STAYS_AWAY_DAYS after telling us they felt bad.

    Whoever was drawn for the note stays for as long as its effect is measured: the draw, and what it shows, are as
    if nobody left.
    """
    bad = bad_answers(responses)
    leaves = bad.filter(pl.Series(draw(seed, "staying away").random(bad.height) < STAYS_AWAY_SHARE))
    kept_until = note_draw.select("customer", kept_until=pl.col("assigned_at") + NOTE_HORIZON_DAYS * DAY)
    missed = (
        orders.join(leaves, on="customer")
        .join(kept_until, on="customer", how="left")
        .filter(
            (pl.col("ordered_at") > pl.col("ended_at"))
            & (pl.col("ordered_at") <= pl.col("ended_at") + STAYS_AWAY_DAYS * DAY)
            & (pl.col("ordered_at") > pl.col("kept_until").fill_null(0))
        )
    )
    return orders.join(
        missed.select("customer", "nth"), on=["customer", "nth"], how="anti", maintain_order="left"
    )


def bad_answers(responses: pl.DataFrame) -> pl.DataFrame:
    """Finished answers that say it felt bad: customer, ended_at."""
    felt_bad = pl.col("is_finished") & (pl.col("emotion") <= BAD_EMOTION)
    return responses.filter(felt_bad).select("customer", "ended_at")
