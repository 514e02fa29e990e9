"""Which records are one person: connected components over keyed identifiers.

Deterministic, explained and undoable: every edge is kept with its kind. An identifier that many share (a
telephone of four people, a component of more than twenty identifiers) joins nobody.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LARGEST_CLUSTER = 20
MOST_RECORDS_PER_PHONE = 3
RANK = {
    "customer_id": 0,
    "hubspot_contact": 1,
    "salesforce_contact": 2,
    "zendesk_user": 3,
    "shopify_customer": 4,
    "email": 5,
    "phone": 6,
    "ga4_client_id": 7,
}
OWN_NUMBERS = ("customer_id", "hubspot_contact", "salesforce_contact", "zendesk_user", "shopify_customer")


def resolve(tokens: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Join records that share an identifier.

    Args:
        tokens: `record_key`, `kind`, `token`, `received_at`, `load_id`; a record has one row per identifier.

    Returns:
        `identity`: record_key, customer_key. `customer_alias`: old, new, reason, for every other identifier
        that could once have named the person. `identity_edge`: record_key, kind, token, load_id, customer_key,
        used. `identity_review`: customer_key, identifiers, reason, for clusters that were not joined.

    A customer's key is that of the identifier seen first (then the stronger kind, then by spelling), so it
    stays while the cluster grows.
    """
    edges = (
        tokens.group_by("record_key", "kind", "token")
        .agg(pl.col("received_at").min(), pl.col("load_id").min())
        .with_columns(pl.col("kind").replace_strict(RANK, default=99, return_dtype=pl.Int32).alias("rank"))
        .sort("record_key", "rank", "token")
    )
    crowded = _crowded_phones(edges)
    edges = edges.join(crowded, on=["kind", "token"], how="left").with_columns(
        pl.col("crowded").fill_null(False)
    )
    edges = _components(edges.with_columns(used=~pl.col("crowded")))
    sizes = edges.filter("used").group_by("cluster").agg(pl.col("token").n_unique().alias("identifiers"))
    oversize = sizes.filter(pl.col("identifiers") > LARGEST_CLUSTER)
    too_large = pl.col("cluster").is_in(oversize["cluster"].implode())
    review = edges.filter(too_large).group_by("cluster").agg(
        pl.col("token").min().alias("customer_key"), pl.col("token").n_unique().alias("identifiers")
    ).drop("cluster").with_columns(
        reason=pl.lit(f"more than {LARGEST_CLUSTER} identifiers hang together; joined by their own numbers only")
    )  # fmt: skip
    edges = _components(
        edges.with_columns(used=pl.col("used") & (~too_large | pl.col("kind").is_in(OWN_NUMBERS))).drop(
            "cluster"
        )
    )
    first = (
        edges.with_columns(name=pl.when("used").then("token").otherwise("record_key"))
        .sort(pl.col("used").not_(), "received_at", "rank", "name")
        .group_by("cluster", maintain_order=True)
        .agg(pl.col("name").first().alias("customer_key"))
    )
    edges = edges.join(first, on="cluster")
    alias = (
        edges.filter(pl.col("used") & (pl.col("token") != pl.col("customer_key")))
        .group_by(pl.col("token").alias("old"), pl.col("customer_key").alias("new"))
        .agg(("same person by " + pl.col("kind").first().str.replace_all("_", " ")).alias("reason"))
        .sort("old", "new")
    )
    return {
        "identity": edges.select("record_key", "customer_key").unique().sort("record_key"),
        "customer_alias": alias,
        "identity_edge": edges.select("record_key", "kind", "token", "load_id", "customer_key", "used"),
        "identity_review": review.sort("customer_key"),
    }


def _crowded_phones(edges: pl.DataFrame) -> pl.DataFrame:
    """Telephones that stand on more contact cards than a person has; orders of one person do not count."""
    cards = edges.filter(pl.col("kind").is_in(OWN_NUMBERS)).select("record_key").unique()
    return (
        edges.filter(pl.col("kind") == "phone")
        .join(cards, on="record_key", how="semi")
        .group_by("kind", "token")
        .agg(pl.col("record_key").n_unique().alias("cards"))
        .filter(pl.col("cards") > MOST_RECORDS_PER_PHONE)
        .select("kind", "token", pl.lit(True).alias("crowded"))
    )


def _components(edges: pl.DataFrame) -> pl.DataFrame:
    """The cluster of each row: records and used identifiers are nodes, rows are edges."""
    records = edges["record_key"].rank("dense").to_numpy().astype(np.int64) - 1
    identifiers = edges["token"].rank("dense").to_numpy().astype(np.int64) - 1
    if not len(records):
        return edges.with_columns(pl.lit(0, dtype=pl.Int64).alias("cluster"))
    used = edges["used"].to_numpy()
    n_records = int(records.max()) + 1
    size = n_records + int(identifiers.max()) + 1
    graph = coo_array(
        (np.ones(int(used.sum()), dtype=np.int8), (records[used], n_records + identifiers[used])),
        shape=(size, size),
    )
    _, label = connected_components(graph, directed=False)
    return edges.with_columns(pl.Series("cluster", label[records].astype(np.int64)))
