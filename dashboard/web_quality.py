"""What Google Analytics said about its own figures, in the words that stand beside them."""

from dataclasses import dataclass, replace

import polars as pl

from dashboard import words

NEARLY_ALL = 0.995
"""Of the visits read, from which on a sample is as good as everything."""


@dataclass(frozen=True)
class Caveats:
    """What there is to know about the figures of one block."""

    is_settling: bool = False
    is_thresholded: bool = False
    has_other_row: bool = False
    is_restricted: bool = False
    sampling_share: float | None = None
    hidden: int = 0


def together(blocks: list[Caveats]) -> Caveats:
    """What there is to know about several blocks."""
    samples = [one.sampling_share for one in blocks if one.sampling_share is not None]
    return Caveats(
        is_settling=any(one.is_settling for one in blocks),
        is_thresholded=any(one.is_thresholded for one in blocks),
        has_other_row=any(one.has_other_row for one in blocks),
        is_restricted=any(one.is_restricted for one in blocks),
        sampling_share=min(samples, default=None),
        hidden=sum(one.hidden for one in blocks),
    )


def of(frame: pl.DataFrame) -> Caveats:
    """The caveats of rows of `web_kpi` or `web_share` that are shown together."""
    if frame.is_empty():
        return Caveats()
    sample = frame["sampling_share"].min()
    return Caveats(
        is_settling=frame["maturity"].is_in(["provisional"]).any(),
        is_thresholded=bool(frame["is_thresholded"].any()),
        has_other_row=bool(frame["has_other_row"].any()),
        is_restricted="is_restricted" in frame.columns and bool(frame["is_restricted"].any()),
        sampling_share=sample if isinstance(sample, float) and sample < NEARLY_ALL else None,
        hidden=int(frame["is_hidden"].sum()),
    )


def sentences(found: Caveats, minimum_n: int, thing: str = "group") -> list[str]:
    """What to say beside the figures, each in a sentence; nothing where there is nothing to mind.

    Args:
        found: the caveats of the block.
        minimum_n: the smallest group that may be shown.
        thing: what a part of the block is: `page`.
    """
    told = []
    if found.is_settling:
        told.append("Still settling.")
    if found.is_thresholded:
        told.append("Google held back small groups, so the parts can be less than the whole.")
    if found.has_other_row:
        told.append(
            f"Google lumped rare {_many(thing)} together as “(other)”: the whole holds, the parts may lack some."
        )
    if found.sampling_share is not None:
        told.append(f"Google {read_in_words(found.sampling_share)} and scaled it up.")
    if found.is_restricted:
        told.append("Our account may not see money: what Google sends as 0 is not shown.")
    if found.hidden:
        told.append(f"{words.plural(found.hidden, thing, _many(thing))} hidden: {_why_hidden(minimum_n)}")
    return told


def in_short(found: Caveats) -> str:
    """The same beside a single number: `Still settling; Google held back small groups`; empty where all is plain."""
    did = {
        "held back small groups": found.is_thresholded,
        "lumped rare ones as “(other)”": found.has_other_row,
        read_in_words(found.sampling_share or 1): found.sampling_share is not None,
        "may not show us all of it": found.is_restricted,
    }
    done = [said for said, is_so in did.items() if is_so]
    told = ["still settling"] if found.is_settling else []
    return words.capital("; ".join(told + ([f"Google {words.listed(done)}"] if done else [])))


def _why_hidden(minimum_n: int) -> str:
    return f"under {minimum_n} people, or so that the total does not give one away."


def _many(thing: str) -> str:
    return f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"


def clean_in_words(found: Caveats, minimum_n: int) -> str:
    """What Google said of the whole page; that it did nothing to the figures is said too."""
    done = " ".join(sentences(replace(found, is_settling=False, hidden=0), minimum_n))
    told = done or "Google held nothing back, took no sample and hid no money in these figures."
    small = (
        f" {words.plural(found.hidden, 'group')} {_is_are(found.hidden)} not shown: {_why_hidden(minimum_n)}"
    )
    return told + (small if found.hidden else "")


def _is_are(number: int) -> str:
    return "is" if number == 1 else "are"


def read_in_words(share: float) -> str:
    """`read only about 62 in every 100 visits`."""
    return f"read only about {max(1, round(share * 100))} in every 100 visits"
