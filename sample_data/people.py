"""Who the sample company's customers are, seen and latent."""

import unicodedata

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import DAY, HOUR, Clock, busyness, draw, epoch, pick

OLDEST_CUSTOMER_SECONDS = 7 * 365 * DAY
AREA_CODES = ["44", "31", "61", "71", "41", "22", "21", "91", "52", "33", "43", "62"]
SWITCHBOARD = 129_999
"""The number of a company's switchboard: it stands on several people's cards and identifies none of them."""
SHARED_PHONE, SHARED_MAILBOX = 6, 4
DRIVER_CORRELATION = 0.5
TRAIT_SHARE = 0.45
"""Share of the variance of how somebody answers that stays with the person; the rest is the moment."""


def ascii_letters(word: str) -> str:
    """The word as an e-mail address spells it.

    >>> ascii_letters("Élodie von Gößler")
    'elodie.von.goessler'
    """
    plain = (
        unicodedata.normalize("NFKD", word.translate(words.TRANSLITERATED)).encode("ascii", "ignore").decode()
    )
    return plain.lower().replace("'", "").replace(" ", ".")


def correlated(rng: np.random.Generator, n: int, correlation: float = DRIVER_CORRELATION) -> np.ndarray:
    """Standard normal columns for success, effort and emotion, each pair with the same correlation."""
    lower = np.linalg.cholesky(np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    return rng.standard_normal((n, 3)) @ lower.T


def joined_at(rng: np.random.Generator, clock: Clock, n: int) -> np.ndarray:
    """When people became customers (UTC seconds, ascending): a little under half before the shop opened."""
    opens, ends = epoch(clock.opens_on), clock.cuts[-1]
    before = opens - (OLDEST_CUSTOMER_SECONDS * rng.beta(1, 1.6, n)).astype(np.int64) // DAY * DAY
    days = clock.days
    level = busyness(days) * np.linspace(0.75, 1.25, len(days))
    after = rng.choice(days, n, p=level / level.sum())
    daytime = rng.integers(7 * HOUR, 20 * HOUR, n)
    joined = np.sort(np.where(rng.random(n) < 0.45, before, after) + daytime)
    return np.minimum(joined, ends - HOUR)


def customers(seed: int, clock: Clock, n: int) -> pl.DataFrame:
    """One row per customer in order of joining: identifiers, place, consents and the latent traits.

    Latent columns (never emitted): `value` (standard normal), `success`, `effort`, `emotion` (lasting
    dispositions, standard normal).
    """
    rng = draw(seed, "customers")
    index = np.arange(n)
    region = rng.choice(len(words.REGIONS), n, p=np.array([r[1] for r in words.REGIONS]) / 100)
    country = [r[2] for r in words.REGIONS]
    places = [place for r in words.REGIONS for place in r[3]]
    first_place = np.cumsum([0] + [len(r[3]) for r in words.REGIONS])
    place = first_place[region] + (rng.random(n) * np.diff(first_place)[region]).astype(int)
    english = rng.random(n) < np.array([r[4] for r in words.REGIONS])[region]

    first = rng.integers(0, len(words.FIRST_NAMES), n)
    last = rng.integers(0, len(words.LAST_NAMES), n)
    local_part = (
        pl.Series([ascii_letters(word) for word in words.FIRST_NAMES]).gather(first)
        + "."
        + pl.Series([ascii_letters(word) for word in words.LAST_NAMES]).gather(last)
        + pl.Series(index + 1).cast(pl.String)
    )
    dispositions = correlated(rng, n)
    segment = rng.choice(3, n, p=[0.62, 0.32, 0.06])
    in_business = np.flatnonzero(segment == 2)
    dispositions += np.array([0.0, 0.08, -0.12])[segment][:, None]

    return pl.DataFrame(
        {
            "customer": index,
            "customer_number": pl.Series(100_001 + 3 * index).cast(pl.String).str.zfill(7),
            "joined_at": joined_at(rng, clock, n),
            "first_name": pl.Series(words.FIRST_NAMES).gather(first),
            "last_name": pl.Series(words.LAST_NAMES).gather(last),
            "email": local_part
            + "@"
            + pick(rng, ["example.com", "example.org", "example.net"], n, [70, 20, 10]),
            "second_email": local_part + ".privat@example.org",
            "has_second_email": rng.random(n) < 0.15,
            "phone_number": np.where(
                np.isin(index, in_business[:SHARED_PHONE]),
                SWITCHBOARD,
                np.where((index < SWITCHBOARD) & (rng.random(n) < 0.86), index, -1),
            ),
            "has_shared_mailbox": np.isin(index, in_business[SHARED_PHONE : SHARED_PHONE + SHARED_MAILBOX]),
            "segment": pl.Series(["Private", "Family", "Business"]).gather(segment),
            "region": pl.Series([r[0] for r in words.REGIONS]).gather(region),
            "country": pl.Series(country).gather(region),
            "postal_code": pl.Series([p[0] for p in places]).gather(place),
            "town": pl.Series([p[1] for p in places]).gather(place),
            "street": pick(rng, words.STREETS, n) + " " + pl.Series(rng.integers(1, 98, n)).cast(pl.String),
            "language": pl.Series(["de", "en"]).gather(english.astype(int)),
            "has_care_consent": rng.random(n) < 0.93,
            "is_unsubscribed": rng.random(n) < 0.17,
            "gentle_until": gentle_until(rng, n),
            "birthday": birthdays(rng, n),
            "ga4_client_id": client_ids(rng, n, 0.4),
            "hubspot_id": pl.Series(78_000_001 + 7 * index),
            "zendesk_id": pl.Series(396_331_000_001 + 11 * index),
            "has_external_id": rng.random(n) < 0.88,
            "value": rng.standard_normal(n),
            **how_to_speak(seed, pl.Series(words.FIRST_NAMES).gather(first)),
            "success": dispositions[:, 0],
            "effort": dispositions[:, 1],
            "emotion": dispositions[:, 2],
        }
    )


def how_to_speak(seed: int, first_name: pl.Series) -> dict[str, pl.Series]:
    """What the CRM holds of names and wishes: `crm_first_name`, `preferred_name`, `wishes`, `referrals`.

    Some names are broken, as they are in every CRM: capitals, a placeholder nobody filled in.
    """
    rng = draw(seed, "how to speak")
    n = len(first_name)
    lot, known, empty = rng.random(n), pl.Series(rng.random(n) < 0.3), pl.Series([""]).new_from_index(0, n)
    shouted = first_name.str.to_uppercase().zip_with(pl.Series(lot < 0.012), first_name)
    broken = pick(rng, words.BROKEN_NAMES, n)
    preferred = broken.zip_with(pl.Series(lot > 0.993), first_name.zip_with(known, empty))
    referred = np.where(rng.random(n) < 0.35, rng.poisson(0.5, n), -1)
    return {
        "crm_first_name": pl.Series(["{FIRSTNAME}"])
        .new_from_index(0, n)
        .zip_with(pl.Series(lot < 0.003), shouted),
        "preferred_name": preferred,
        "wishes": pick(rng, words.WISHES, n).zip_with(pl.Series(rng.random(n) < 0.22), empty),
        "referrals": pl.Series(referred).cast(pl.String).replace("-1", ""),
    }


def birthdays(rng: np.random.Generator, n: int) -> pl.Series:
    """Birthdays as text, known for three in four; some on 29 February."""
    day = pl.Series(rng.integers(-10_950, 12_400, n)).cast(pl.Date).dt.strftime("%Y-%m-%d")
    is_leap_day = pl.Series(rng.random(n) < 0.002)
    is_known = pl.Series(rng.random(n) < 0.75)
    day = pl.Series(["1984-02-29"]).new_from_index(0, n).zip_with(is_leap_day, day)
    return day.zip_with(is_known, pl.Series([""]).new_from_index(0, n))


def gentle_until(rng: np.random.Generator, n: int) -> pl.Series:
    """Until when we leave somebody in peace (a loss, a complaint): eight in a hundred, some of it past."""
    day = (
        pl.Series(np.where(rng.random(n) < 0.08, rng.integers(20_650, 20_850, n), 0))
        .cast(pl.Date)
        .dt.strftime("%Y-%m-%d")
    )
    return day.replace("1970-01-01", "")


def client_ids(rng: np.random.Generator, n: int, share: float) -> pl.Series:
    """GA4 client ids: half as the whole cookie, half bare; empty for the rest."""
    bare = (
        pl.Series(rng.integers(10**8, 2**31, n)).cast(pl.String)
        + "."
        + pl.Series(rng.integers(1_690_000_000, 1_760_000_000, n)).cast(pl.String)
    )
    form = rng.random(n)
    return (
        pl.DataFrame({"bare": bare, "form": form})
        .select(
            pl.when(pl.col("form") < share / 2)
            .then(pl.lit("GA1.1.") + pl.col("bare"))
            .when(pl.col("form") < share)
            .then("bare")
            .otherwise(pl.lit(""))
        )
        .to_series()
    )


def phone_texts(number: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The same invented number in international and in local spelling; empty where unknown (-1).

    The first 120,000 numbers are spread over AREA_CODES; SWITCHBOARD has the prefix of companies.
    """
    frame = pl.DataFrame({"number": number}).with_columns(
        area=pl.col("number")
        .clip(0)
        .floordiv(10_000)
        .replace_strict(list(range(12)), AREA_CODES, default="58"),
        line=(pl.col("number").clip(0) % 10_000).cast(pl.String).str.zfill(4),
    )
    known = pl.col("number") >= 0
    four = pl.col("line").str.slice(0, 2) + " " + pl.col("line").str.slice(2, 2)
    both = frame.select(
        pl.when(known)
        .then(pl.lit("+41 ") + pl.col("area") + " 555 " + four)
        .otherwise(pl.lit(""))
        .alias("international"),
        pl.when(known)
        .then(pl.lit("0") + pl.col("area") + " 555 " + four)
        .otherwise(pl.lit(""))
        .alias("local"),
    )
    return both["international"], both["local"]
