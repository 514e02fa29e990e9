"""Groups that lie within others: what is hidden in one breakdown must not follow from another.

A store lies in one region. Where all stores of a region but one are shown, the region less these is the one that is
hidden; where a region is hidden and all its stores are shown, their sum is the region. So the groups of two breakdowns
are put into blocks, unions that both can make in a window, and each block is guarded in both of them. A few who are
elsewhere (a customer who moved, one whose region is not known) do not join two blocks: less than the minimum leads from
one to another, so that their sums are nearly known.
"""

import numpy as np
import polars as pl
from scipy.linalg import null_space
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

WINDOW = ("kpi", "iso_week", "weeks")
CELL = (*WINDOW, "dimension", "member")
BLOCK = {"kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int64, "dimension": pl.String, "member": pl.String,
         "pair": pl.Int64, "block": pl.Int64, "is_told": pl.Boolean}  # fmt: skip
_NOTHING = 1e-9

Labels = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def blocks(pairs: pl.DataFrame) -> pl.DataFrame:
    """The blocks of every two breakdowns in every window.

    Groups are joined by what they have in common, the most first; every state on that way is a pair of its own. A block
    is kept where less than the minimum leads out of it; what is in no such block is taken for one. Blocks that are the
    whole of both breakdowns are left out: the total is no secret.

    Args:
        pairs: WINDOW, dimension, member, other_dimension, other_member, n (events that are in both), least_n.

    Returns:
        WINDOW, dimension, member, pair, block, is_told: no group under the minimum has a part out of the block, so that
        who knows the company may know its sums to the digit.
    """
    nodes, edges = _graph(pairs)
    label: Labels = np.arange(nodes.height, dtype=np.int64)
    parts = [pl.DataFrame(schema=BLOCK)]
    for least in range(int(pairs["least_n"].max() or 0), 0, -1):  # type: ignore[arg-type]
        joined = _joined(edges, label, least)
        if joined is not label or len(parts) == 1:
            parts.append(_kept(nodes, edges, joined, len(parts)))
        label = joined
    return pl.concat(parts)


def _graph(pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The groups of every two breakdowns, numbered (WINDOW, dimension, member, pair, node, n, least_n); one, other, n,
    is_small."""
    both = pairs.with_columns(
        pair=pl.struct(*WINDOW, "dimension", "other_dimension").rank("dense").cast(pl.Int64)
    )
    ends = [
        both.select(*WINDOW, "pair", "least_n", "n", dimension=f"{side}dimension", member=f"{side}member")
        for side in ("", "other_")
    ]
    nodes = (
        pl.concat(ends)
        .group_by("pair", *CELL)
        .agg(pl.col("n").sum(), pl.col("least_n").max())
        .sort("pair", "dimension", "member")
        .with_columns(node=pl.int_range(pl.len(), dtype=pl.Int64))
    )
    edges = both.select("pair", "dimension", "member", "other_dimension", "other_member", "n")
    for side, name in (("", "one"), ("other_", "other")):
        number = nodes.select(
            "pair", pl.col("dimension", "member").name.prefix(side), pl.col("node").alias(name)
        )
        edges = edges.join(number, on=["pair", f"{side}dimension", f"{side}member"])
    is_small = (nodes["n"] < nodes["least_n"]).to_numpy()
    ends_small = is_small[edges["one"].to_numpy()] | is_small[edges["other"].to_numpy()]
    return nodes, edges.select("one", "other", "n", is_small=pl.lit(pl.Series(ends_small, dtype=pl.Boolean)))


def _joined(edges: pl.DataFrame, label: Labels, least: int) -> Labels:
    """The labels after all that have so much in common are one, and what they make has too."""
    while True:
        between = (
            _between(edges, label)
            .group_by(
                pl.min_horizontal("from", "to").alias("low"), pl.max_horizontal("from", "to").alias("high")
            )
            .agg(pl.col("n").sum())
            .filter(pl.col("n") >= least)
        )
        if between.is_empty():
            return label
        ends = between["low"].to_numpy(), between["high"].to_numpy()
        links = coo_array((np.ones(between.height, dtype=np.int32), ends), shape=(label.size,) * 2)
        label = connected_components(links, directed=False)[1].astype(np.int64)[label]


def _between(edges: pl.DataFrame, label: Labels) -> pl.DataFrame:
    """The links that lead from one block to another: one, other, n, from, to."""
    ends = {name: label[edges[of].to_numpy()] for name, of in (("from", "one"), ("to", "other"))}
    return edges.with_columns(**ends).filter(pl.col("from") != pl.col("to"))


def _kept(nodes: pl.DataFrame, edges: pl.DataFrame, label: Labels, state: int) -> pl.DataFrame:
    placed = _led_out_of(nodes, edges, label)
    rest = label.size + nodes["pair"].to_numpy()
    label = np.where(placed["is_kept"].to_numpy(), label, rest)
    of_pair = int(nodes["pair"].max() or 0) + 1  # type: ignore[arg-type]
    return (
        _led_out_of(nodes, edges, label)
        .filter("is_kept")
        .with_columns(pair=state * of_pair + pl.col("pair"))
        .select(*BLOCK)
    )


def _led_out_of(nodes: pl.DataFrame, edges: pl.DataFrame, label: Labels) -> pl.DataFrame:
    """The groups with block, is_kept and is_told, in the same order."""
    between = _between(edges, label)
    out = (
        pl.concat([between.select("n", "is_small", block=end) for end in ("from", "to")])
        .group_by("block")
        .agg(out_n=pl.col("n").sum(), is_blurred=pl.col("is_small").any())
    )
    block = ["pair", "block"]
    return (
        nodes.with_columns(block=label)
        .join(out, on="block", how="left", maintain_order="left")
        .with_columns(
            is_kept=(pl.col("dimension").n_unique().over(block) == 2)
            & (pl.col("out_n").fill_null(0) < pl.col("least_n"))
            & (pl.len().over(block) < pl.len().over("pair")),
            is_told=~pl.col("is_blurred").fill_null(False),
        )
    )


def complements(cells: pl.DataFrame, within: pl.DataFrame) -> pl.DataFrame:
    """The shown groups that must be hidden too, so that no other breakdown gives a hidden one away.

    Where the hidden groups of a block are together under the minimum, the smallest shown one of the same block and
    breakdown goes too: the other breakdown tells what they are together. Where a whole block is under the minimum, and
    no other block is unknown in both breakdowns, one becomes so: all blocks together are the total. At last the sums
    that are known are solved for what is hidden, until no group under the minimum follows from them.

    Args:
        cells: WINDOW, dimension, member, n, least_n, is_hidden. within: as `blocks` gives it.

    Returns:
        CELL of each group to be hidden.
    """
    found = [cells.select(CELL).clear()]
    placed = (
        cells.join(within, on=CELL)
        .filter(pl.col("dimension").n_unique().over(*WINDOW, "pair") == 2)
        .sort(*CELL, "pair", "block")
    )
    while not (go := _next_to_go(placed)).is_empty() or not (go := _given_away(placed)).is_empty():
        found.append(go)
        placed = placed.join(go.select(WINDOW).unique(), on=WINDOW, how="semi", maintain_order="left")
        placed = placed.join(go.with_columns(goes=True), on=CELL, how="left", maintain_order="left")
        placed = placed.with_columns(pl.col("is_hidden") | pl.col("goes").fill_null(False)).drop("goes")
    return pl.concat(found).sort(CELL)


def _next_to_go(placed: pl.DataFrame) -> pl.DataFrame:
    """CELL of the smallest shown group of every block and breakdown that hides too little."""
    block = [*WINDOW, "pair", "block"]
    side = [*block, "dimension"]
    hidden = pl.col("is_hidden")
    sized = placed.with_columns(
        side_n=pl.col("n").sum().over(side),
        hidden_n=pl.col("n").filter(hidden).sum().over(side),
        hidden_sides=pl.col("dimension").filter(hidden).n_unique().over(block),
    ).with_columns(block_n=pl.col("side_n").min().over(block))
    is_small = pl.col("block_n") < pl.col("least_n")
    known = (
        sized.unique(block, keep="first", maintain_order=True)
        .with_columns(
            small_n=pl.col("block_n").filter(is_small).sum().over(*WINDOW, "pair"),
            is_guarded=(~is_small & (pl.col("hidden_sides") == 2)).any().over(*WINDOW, "pair"),
        )
        .filter(~is_small & ~pl.col("is_guarded") & pl.col("small_n").is_between(1, pl.col("least_n") - 1))
        .sort(*WINDOW, "pair", 2 - pl.col("hidden_sides").cast(pl.Int64), "block_n", "block")
        .unique([*WINDOW, "pair"], keep="first", maintain_order=True)
        .select(*block, must_be_unknown=pl.lit(True))
    )
    return (
        sized.join(known, on=block, how="left", maintain_order="left")
        .filter(
            (is_small & pl.col("is_told"))
            | pl.col("hidden_n").is_between(1, pl.col("least_n") - 1)
            | (pl.col("must_be_unknown").fill_null(False) & (pl.col("hidden_n") == 0))
        )
        .filter(~hidden)
        .sort(*side, "n", "member")
        .unique(side, keep="first", maintain_order=True)
        .select(CELL)
        .unique(maintain_order=True)
    )


def _given_away(placed: pl.DataFrame) -> pl.DataFrame:
    """CELL of one more shown group of every window whose known sums tell a hidden group under the minimum."""
    hidden = pl.col("is_hidden")
    suspect = placed.filter(
        (hidden & pl.col("is_told") & pl.col("n").is_between(1, pl.col("least_n") - 1)).any().over(WINDOW)
        & (~hidden).any().over(WINDOW)
    )
    more = [_one_more(window) for window in suspect.partition_by(WINDOW, maintain_order=True)]
    return pl.concat([placed.select(CELL).clear(), *more])


def _one_more(window: pl.DataFrame) -> pl.DataFrame:
    """CELL of the smallest shown group without which nothing small follows from the sums; none where nothing does.

    A hidden group follows where some of the sums, weighted, are that group alone. One more takes that away if it is in
    the weighted sums, and no others tell it in turn; where none can do so alone, the smallest in those sums goes first.
    """
    cells = window.unique(["dimension", "member"], maintain_order=True).with_row_index("at")
    sums = _sums(
        window.join(cells.select("dimension", "member", "at"), on=["dimension", "member"]), cells.height
    )
    hidden = cells["is_hidden"].to_numpy()
    of_hidden = sums[:, hidden]
    follows = np.linalg.norm(null_space(of_hidden), axis=1) < _NOTHING
    small = (
        cells.filter("is_hidden")
        .select(pl.col("n").is_between(1, pl.col("least_n") - 1))
        .to_series()
        .to_numpy()
    )
    told = np.flatnonzero(follows & small)
    if not told.size:
        return window.select(CELL).clear()
    weights = np.linalg.lstsq(of_hidden.T, np.eye(follows.size)[told[0]], rcond=None)[0]
    is_in = np.abs(weights @ sums) > _NOTHING
    is_told = np.linalg.norm(null_space(of_hidden.T).T @ sums, axis=0) > _NOTHING
    dimension = cells.filter("is_hidden")["dimension"][int(told[0])]
    return (
        cells.with_columns(is_in=pl.Series(is_in), is_told=pl.Series(is_told))
        .filter("is_in", ~pl.col("is_hidden"))
        .sort("is_told", pl.col("dimension") != dimension, "n", "dimension", "member")
        .head(1)
        .select(CELL)
    )


def _sums(window: pl.DataFrame, count: int) -> np.ndarray:
    """What is known, a row each, over the groups: the total of every breakdown; the sides of a block are equal."""
    side = pl.when(pl.col("dimension") == pl.col("dimension").min().over("pair")).then(1.0).otherwise(-1.0)
    blocks_told = window.with_columns(sign=side, of=pl.col("pair").cast(pl.String)).filter("is_told")
    totals = window.with_columns(sign=pl.lit(1.0), of="dimension", block=pl.lit(-1, dtype=pl.Int64))
    wanted = ("at", "sign", "of", "block")
    terms = pl.concat([totals.select(wanted), blocks_told.select(wanted)])
    terms = terms.with_columns(row=pl.struct("of", "block").rank("dense") - 1)
    system = np.zeros((int(terms["row"].max()) + 1, count))  # type: ignore[arg-type]
    system[terms["row"].to_numpy(), terms["at"].to_numpy()] = terms["sign"].to_numpy()
    return np.unique(system, axis=0)
