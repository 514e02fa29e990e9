"""The relationship survey: who is asked when, who answers, and how the answers hang together.

Everybody is asked every nine weeks, on a Tuesday; some groups answer less (`silence`). Latent success, effort and
emotion correlate at DRIVER_CORRELATION; each behaviour is a weighted sum of the three (EFFECTS, standardised) plus
noise, cut into 1-7. The three drivers share their cut-points, so that no driver looks stronger by being rarer.
"""

from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import polars as pl

from sample_data import aftermath, silence, training, words
from sample_data.clock import DAY, HOUR, NEVER, ROTA_WEEK_FROM, Clock, draw, epoch, to_local, to_utc
from sample_data.people import DRIVER_CORRELATION, TRAIT_SHARE, correlated

WEEKS_BETWEEN_INVITATIONS = 9
ANSWERS_SHARE, STARTS_ONLY_SHARE = 0.33, 0.045
ANONYMOUS_SHARE = 0.05
OFFLINE_SHARE = 0.015
"""Answers given on a shop's tablet that was off line: they reach an export one to three weeks later."""
INVITATIONS_LOGGED_FROM = date(2026, 1, 6)

DRIVERS = ["success", "effort", "emotion"]
EFFECTS = {
    "purchase_more": (0.30, 0.30, 0.45),
    "recommend": (0.30, 0.30, 0.45),
    "forgive": (0.30, 0.30, 0.45),
    "trust": (0.35, 0.35, 0.35),
}
VALUED = (0.15, 0.10, 0.55)
ITEMS = [*DRIVERS, *EFFECTS, "valued"]
CARE_EFFECTS = {
    "understood": (0.15, 0.10, 0.58),
    "had_to_repeat": (-0.10, -0.30, -0.20),
    "showed_they_cared": (0.10, 0.05, 0.65),
    "listened": (0.15, 0.15, 0.45),
}
CARE_ITEMS = list(CARE_EFFECTS)
REPEATS_AFTER_SEVERAL_CHANNELS = 0.7
"""How much more somebody had to repeat, who had contacted us on two channels or more (standard deviations)."""
QUESTION_IDS = {item: f"QID{number}" for number, item in enumerate(ITEMS, 1)} | {
    item: f"QID{number}" for number, item in enumerate(CARE_ITEMS, len(ITEMS) + 2)
}
"""QID9 is the open question."""
SHARES = {  # of answers 1 to 7
    "success": (2, 4, 7, 12, 18, 31, 26),
    "effort": (2, 4, 7, 12, 18, 31, 26),
    "emotion": (2, 4, 7, 12, 18, 31, 26),
    "purchase_more": (3, 4, 6, 10, 15, 30, 32),
    "recommend": (3, 4, 6, 11, 16, 29, 31),
    "forgive": (6, 8, 11, 15, 18, 24, 18),
    "trust": (2, 4, 7, 12, 18, 31, 26),
    "valued": (3, 5, 8, 13, 17, 29, 25),
    "understood": (3, 5, 8, 13, 18, 30, 23),
    "had_to_repeat": (30, 24, 14, 11, 9, 7, 5),
    "showed_they_cared": (3, 5, 9, 14, 18, 28, 23),
    "listened": (2, 4, 8, 13, 18, 30, 25),
}


def seven_points(latent: np.ndarray, item: str) -> np.ndarray:
    """Standard normal scores as answers 1-7 with the item's planned shares."""
    edges = np.cumsum(SHARES[item])[:-1] / 100
    return 1 + np.searchsorted(normal_quantiles(edges), latent)


def normal_quantiles(p: np.ndarray) -> np.ndarray:
    """Standard normal quantiles (Python's own statistics module)."""
    return np.array([NormalDist().inv_cdf(share) for share in p.tolist()])


def invitations(seed: int, people: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """One row per invitation: customer, invited_at (UTC seconds), ascending."""
    rng = draw(seed, "invitations")
    turn = rng.permutation(people.height) % WEEKS_BETWEEN_INVITATIONS
    joined = people["joined_at"].to_numpy()
    tuesday = clock.opens_on + timedelta((1 - clock.opens_on.weekday()) % 7)
    customer, invited = [], []
    for week in range((clock.drops[-1] - tuesday).days // 7 + 1):
        at = to_utc(np.array([epoch(tuesday + timedelta(weeks=week)) + 10 * HOUR]))[0]
        asked = np.flatnonzero((turn == week % WEEKS_BETWEEN_INVITATIONS) & (joined < at - 14 * DAY))
        customer.append(asked)
        invited.append(at + np.sort(rng.integers(0, 45 * 60, len(asked))))
    return pl.DataFrame({"customer": np.concatenate(customer), "invited_at": np.concatenate(invited)})


def answered(
    seed: int,
    people: pl.DataFrame,
    customer: np.ndarray,
    repeats: np.ndarray | None = None,
    heard: np.ndarray | None = None,
) -> pl.DataFrame:
    """Answers 1-7 of one survey per entry of `customer`.

    Args:
        repeats: whether that one used several channels. heard: what the last talk adds to feeling understood and
            listened to (standard deviations).
    """
    rng, care_rng = draw(seed, "answers"), draw(seed, "answers on care")
    n = len(customer)
    traits = people.select(DRIVERS).to_numpy()[customer]
    lasting = np.sqrt(TRAIT_SHARE) * traits + silence.mood(people)[customer][:, None]
    drivers = lasting + np.sqrt(1 - TRAIT_SHARE) * correlated(rng, n)
    answers = {name: seven_points(drivers[:, i], name) for i, name in enumerate(DRIVERS)}
    for item, effects in [*EFFECTS.items(), ("valued", VALUED)]:
        noise = np.sqrt(1 - explained(effects)) * rng.standard_normal(n)
        answers[item] = seven_points(drivers @ np.array(effects) + noise, item)
    for item, effects in CARE_EFFECTS.items():
        latent = drivers @ np.array(effects) + np.sqrt(1 - explained(effects)) * care_rng.standard_normal(n)
        if item == "had_to_repeat" and repeats is not None:
            latent = latent + REPEATS_AFTER_SEVERAL_CHANNELS * (repeats - repeats.mean())
        if item in training.TRAINED_ITEMS and heard is not None:
            latent = latent + heard
        answers[item] = seven_points(latent, item)
    return pl.DataFrame(answers)


def explained(effects: tuple[float, ...]) -> float:
    """The share of an item's variance that comes from the three drivers."""
    weights = np.array(effects)
    spread = np.full((3, 3), DRIVER_CORRELATION) + (1 - DRIVER_CORRELATION) * np.eye(3)
    return float(weights @ spread @ weights)


def true_high_share(people: pl.DataFrame, item: str, weight: np.ndarray) -> float:
    """How likely a 6 or 7 is, over all customers with these weights, whoever of them answered."""
    places = dict(zip(DRIVERS, np.eye(3), strict=True)) | EFFECTS | {"valued": VALUED} | CARE_EFFECTS
    effects = np.array(places[item])
    lasting = np.sqrt(TRAIT_SHARE) * people.select(DRIVERS).to_numpy() + silence.mood(people)[:, None]
    spread = np.sqrt(1 - TRAIT_SHARE * explained(tuple(effects)))
    edge = normal_quantiles(np.array([sum(SHARES[item][:5]) / 100]))[0]
    above = (lasting @ effects - edge) / spread
    chance = np.array([NormalDist().cdf(score) for score in above.tolist()])
    return float(np.average(chance, weights=weight))


def comments(
    rng: np.random.Generator, emotion: np.ndarray, language: pl.Series, waited: np.ndarray
) -> pl.Series:
    """What people write: about one in three, in their language, in tune with how they felt; else null."""
    n = len(emotion)
    mood = np.where(waited, 3, np.where(emotion >= 6, 0, np.where(emotion <= 3, 2, 1)))
    flat = [
        text
        for code in ("de", "en")
        for kind in ("good", "middle", "bad", "waiting")
        for text in words.COMMENTS[code][kind]
    ]
    sizes = np.array(
        [
            len(words.COMMENTS[code][kind])
            for code in ("de", "en")
            for kind in ("good", "middle", "bad", "waiting")
        ]
    )
    group = 4 * (language == "en").to_numpy() + mood
    index = np.concatenate([[0], np.cumsum(sizes)])[group] + (rng.random(n) * sizes[group]).astype(int)
    writes = rng.random(n) < np.where(waited, 0.9, 0.32)
    return (
        pl.DataFrame({"text": pl.Series(flat).gather(index), "writes": writes})
        .select(pl.when("writes").then("text"))
        .to_series()
    )


def responses(
    seed: int,
    people: pl.DataFrame,
    asked: pl.DataFrame,
    contacts: pl.DataFrame,
    agents: pl.DataFrame,
    clock: Clock,
) -> pl.DataFrame:
    """One row per started survey: invitation (row of `asked`), customer, times (UTC seconds), items, comment.

    `is_finished` false: stopped half-way, recorded by the survey tool a week later, later items missing.
    """
    rng = draw(seed, "responses")
    fate = rng.random(asked.height) / silence.answering(people)[asked["customer"].to_numpy()]
    answers = np.flatnonzero(fate < ANSWERS_SHARE + STARTS_ONLY_SHARE)
    finished = fate[answers] < ANSWERS_SHARE
    n = len(answers)
    customer = asked["customer"].to_numpy()[answers]
    started = (
        asked["invited_at"].to_numpy()[answers]
        + (np.minimum(rng.exponential(2.4, n), 25) * DAY).astype(np.int64)
        + 300
    )
    asleep = to_local(started) % DAY < 6 * HOUR
    started = started + np.where(asleep, 8 * HOUR, 0)
    ended = started + rng.integers(70, 600, n)
    recorded = np.where(finished, ended + 1, started + 7 * DAY)
    known = recorded + np.where(
        finished & (rng.random(n) < OFFLINE_SHARE), rng.integers(8 * DAY, 20 * DAY, n), 0
    )

    repeats = aftermath.asked_on_several_channels(contacts, customer, started)
    heard = training.heard_better(seed, agents["team"].to_list(), contacts, customer, started, clock)
    items = answered(seed, people, customer, repeats, heard)
    stops_after = rng.integers(1, 6, n)
    skipped = rng.random((n, len(ITEMS))) < np.array([0.002] * 7 + [0.02])
    missing = np.where(finished[:, None], skipped, np.arange(len(ITEMS))[None, :] >= stops_after[:, None])
    items = items.with_columns(
        pl.Series(name, np.where(missing[:, i], -99 if name == "valued" else 0, items[name].to_numpy()))
        for i, name in enumerate(ITEMS)
    ).with_columns(
        pl.when(pl.col(name) == 0).then(None).otherwise(pl.col(name)).alias(name) for name in ITEMS
    )
    left_out = draw(seed, "answers on care left out").random((n, len(CARE_ITEMS))) < 0.02
    items = items.with_columns(
        pl.when(pl.Series(finished & ~left_out[:, i])).then(pl.col(name)).alias(name)
        for i, name in enumerate(CARE_ITEMS)
    )
    in_rota_week = ended >= to_utc(np.array([epoch(ROTA_WEEK_FROM)]))[0]
    waited = finished & (rng.random(n) < np.where(in_rota_week, 0.05, 0.02))
    text = comments(
        rng, items["emotion"].fill_null(4).to_numpy(), people["language"].gather(customer), waited
    )
    letters = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    codes = rng.choice(letters, (n, 15)).view("<U15").ravel()
    frame = pl.DataFrame(
        {
            "response_id": pl.Series(codes.tolist()),
            "invitation": answers,
            "customer": customer,
            "started_at": started,
            "ended_at": ended,
            "recorded_at": recorded,
            "known_at": known,
            "is_finished": finished,
            "is_anonymous": rng.random(n) < ANONYMOUS_SHARE,
            "has_email": rng.random(n) < 0.6,
            "comment": text,
        }
    ).with_columns(response_id=pl.lit("R_") + pl.col("response_id"))
    frame = frame.with_columns(
        pl.when("is_finished").then("comment").alias("comment"),
        answered_at=pl.when("is_finished").then("ended_at").otherwise(pl.lit(NEVER)),
    )
    return pl.concat([frame, items], how="horizontal").sort("recorded_at", "response_id")
