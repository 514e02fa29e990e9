"""Which records are one person: connected components over keyed identifiers.

Deterministic, explained and undoable: every edge is kept with its kind. An identifier that many share (a
telephone or a customer number of four contact cards, a component of more than twenty identifiers) joins nobody; nor
does a customer number such as `test` that itself stands beside more than twenty others. A component that is still too
large by the company's and the vendors' own numbers is joined by the vendors' alone, which state merges.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LARGEST_CLUSTER = 20
MOST_CARDS = 3
RANK = {
    "customer_id": 0,
    "hubspot_contact": 1,
    "salesforce_contact": 2,
    "zendesk_user": 3,
    "shopify_customer": 4,
    "stripe_customer": 5,
    "freshdesk_contact": 6,
    "pipedrive_person": 7,
    "zoho_contact": 8,
    "dynamics_contact": 9,
    "email": 10,
    "phone": 11,
    "ga4_client_id": 12,
}
VENDOR_NUMBERS = (
    *("hubspot_contact", "salesforce_contact", "zendesk_user"),
    *("shopify_customer", "stripe_customer", "freshdesk_contact"),
    *("pipedrive_person", "zoho_contact", "dynamics_contact"),
)
OWN_NUMBERS = ("customer_id", *VENDOR_NUMBERS)


def resolve(tokens: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Join records that share an identifier.

    Args:
        tokens: `record_key`, `kind`, `token`, `received_at`, `load_id`; one row per record and identifier.

    Returns:
        `identity`: record_key, customer_key. `customer_alias`: old, new, reason, for every other identifier
        that could once have named the person. `identity_edge`: record_key, kind, token, load_id, customer_key,
        used. `identity_review`: customer_key, identifiers, reason, for clusters that were not joined.

    A customer's key is that of the identifier seen first (then the stronger kind, then by spelling), so it
    stays while the cluster grows.
    """
    records, names = tokens["record_key"].unique().sort(), tokens["token"].unique().sort()
    edges = (
        tokens.with_columns(
            record=_positions(tokens["record_key"], records), token=_positions(tokens["token"], names)
        )
        .with_columns(pl.col("kind").replace_strict(RANK, default=99, return_dtype=pl.Int32).alias("rank"))
        .sort("record", "rank", "token")
    )
    crowded = pl.concat([_crowded_phones(edges), _crowded_numbers(edges)])
    edges = edges.join(crowded, on=["kind", "token"], how="left").with_columns(
        pl.col("crowded").fill_null(False)
    )
    edges = _components(edges.with_columns(used=~pl.col("crowded")))
    review = edges.filter(_too_large(edges)).group_by("cluster").agg(
        pl.col("token").min().alias("customer_key"), pl.col("token").n_unique().alias("identifiers")
    ).drop("cluster").with_columns(
        reason=pl.lit(f"more than {LARGEST_CLUSTER} identifiers hang together; joined by their own numbers only")
    )  # fmt: skip
    shared = _shared_numbers(edges.filter(_too_large(edges)))
    if len(shared):
        kept = pl.col("used") & ~pl.col("token").is_in(shared.implode())
        edges = _components(edges.with_columns(used=kept).drop("cluster"))
    for trusted in (OWN_NUMBERS, VENDOR_NUMBERS):
        stays = ~_too_large(edges) | pl.col("kind").is_in(trusted)
        edges = _components(edges.with_columns(used=pl.col("used") & stays).drop("cluster"))
    first = (
        edges.with_columns(name=pl.when("used").then("token").otherwise("record"))
        .sort(pl.col("used").not_(), "received_at", "rank", "name")
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", by_identifier="used", name="name")
    )
    edges = edges.join(first, on="cluster", maintain_order="left")
    by_token = edges["by_identifier"]
    by_name = names.gather(edges["name"].set(~by_token, None))
    keys = by_name.zip_with(by_token, records.gather(edges["name"].set(by_token, None))).alias("customer_key")
    edges = edges.with_columns(
        keys, record_key=records.gather(edges["record"]), token=names.gather(edges["token"])
    )
    return {
        "identity": edges.unique("record", maintain_order=True).select("record_key", "customer_key"),
        "customer_alias": _aliases(edges),
        "identity_edge": edges.select("record_key", "kind", "token", "load_id", "customer_key", "used"),
        "identity_review": review.with_columns(customer_key=names.gather(review["customer_key"])).sort(
            "customer_key"
        ),
    }


def _positions(values: pl.Series, among: pl.Series) -> pl.Series:
    """Where each text stands among the sorted distinct ones: numbers that sort alike and cost little."""
    return values.cast(pl.Enum(among)).to_physical()


def _aliases(edges: pl.DataFrame) -> pl.DataFrame:
    return (
        edges.filter(pl.col("used") & (pl.col("token") != pl.col("customer_key")))
        .unique(["token", "customer_key"], maintain_order=True)
        .select(
            old="token",
            new="customer_key",
            reason="same person by " + pl.col("kind").str.replace_all("_", " "),
        )
        .sort("old")
    )


def _too_large(edges: pl.DataFrame) -> pl.Expr:
    sizes = edges.filter("used").group_by("cluster").agg(pl.col("token").n_unique().alias("identifiers"))
    return pl.col("cluster").is_in(sizes.filter(pl.col("identifiers") > LARGEST_CLUSTER)["cluster"].implode())


def _crowded_phones(edges: pl.DataFrame) -> pl.DataFrame:
    """Telephones that stand on more contact cards than a person has; orders of one person do not count."""
    cards = edges.filter(pl.col("kind").is_in(OWN_NUMBERS)).select("record").unique()
    return (
        edges.filter(pl.col("kind") == "phone")
        .join(cards, on="record", how="semi")
        .group_by("kind", "token")
        .agg(pl.col("record").n_unique().alias("cards"))
        .filter(pl.col("cards") > MOST_CARDS)
        .select("kind", "token", pl.lit(True).alias("crowded"))
    )


def _crowded_numbers(edges: pl.DataFrame) -> pl.DataFrame:
    """Customer numbers that stand on more contact cards of one vendor than a person has.

    A card is a record with a number of the vendor: orders that bear the same one count once, and so do merged numbers
    on one card.
    """
    cards = edges.filter(pl.col("kind").is_in(VENDOR_NUMBERS)).select("record", vendor="kind", number="token")
    return (
        edges.filter(pl.col("kind") == "customer_id")
        .join(cards, on="record")
        .group_by("kind", "token", "vendor")
        .agg(cards=pl.min_horizontal(pl.col("record").n_unique(), pl.col("number").n_unique()))
        .filter(pl.col("cards") > MOST_CARDS)
        .select("kind", "token", pl.lit(True).alias("crowded"))
        .unique()
    )


def _shared_numbers(edges: pl.DataFrame) -> pl.Series:
    """Customer numbers that stand beside more identifiers than a person has; of cookies one has any number."""
    beside = edges.filter(pl.col("kind") != "ga4_client_id").select("record", other="token")
    return (
        edges.filter(pl.col("kind") == "customer_id")
        .join(beside, on="record")
        .group_by("token")
        .agg(pl.col("other").n_unique())
        .filter(pl.col("other") > LARGEST_CLUSTER)["token"]
    )


def _components(edges: pl.DataFrame) -> pl.DataFrame:
    """The cluster of each row: records and used identifiers are nodes, rows are edges."""
    records = edges["record"].to_numpy().astype(np.int64)
    identifiers = edges["token"].to_numpy().astype(np.int64)
    if not len(records):
        return edges.with_columns(pl.lit(0, dtype=pl.Int64).alias("cluster"))
    used = edges["used"].to_numpy()
    n_records = int(records.max()) + 1
    size = n_records + int(identifiers.max()) + 1
    graph = coo_array(
        (np.ones(int(used.sum()), dtype=np.int32), (records[used], n_records + identifiers[used])),
        shape=(size, size),
    )
    _, label = connected_components(graph, directed=False)
    return edges.with_columns(pl.Series("cluster", label[records].astype(np.int64)))
