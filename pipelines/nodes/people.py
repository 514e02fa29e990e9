"""Who is who: identities resolved from keyed identifiers."""

import polars as pl

from pipelines import identity
from pipelines.engine.graph import Frames, Measure


def _identity(frames: Frames) -> dict[str, pl.DataFrame]:
    return identity.resolve(frames["identifier"])


MEASURE = Measure(
    "identity",
    frozenset({"identifier"}),
    ("identity", "customer_alias", "identity_edge", "identity_review"),
    _identity,
    publish="people",
)
