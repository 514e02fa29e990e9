"""What questions meant, from one frozen week to the next: since when one reads as it does, when it changed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipelines.questions.file import QuestionFile

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Past:
    """How far back what a question says now goes in the frozen weeks.

    Args:
        since: the first of the weeks that say the same without a break up to the newest; None where no week says it.
        is_open: nothing older is frozen, so that it may have been so for longer.
        changed: the weeks between which it changed, newest first; the later one is None where that is today.
        rests_changed: the same of the last change to a query that it rests on; None where none is known.
    """

    since: str | None
    is_open: bool
    changed: tuple[tuple[str, str | None], ...]
    rests_changed: tuple[str, str] | None


def said(
    questions: Iterable[QuestionFile], reads: Iterable[tuple[str, str]], queries: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """What a manifest keeps of every question: name -> hash of its definition, hash of the queries it rests on.

    Args:
        reads: the rows of `lineage`: name, reads. queries: `layer/name` -> hash of the file.
    """
    below: dict[str, set[str]] = {}
    for name, read in reads:
        below.setdefault(name, set()).add(read)
    files = {
        name.replace("/", ".") if name.startswith("staging/") else name.partition("/")[2]: name
        for name in queries
        if not name.startswith("questions/")
    }
    told = {}
    for question in questions:
        found: set[str] = set()
        waiting = [f"questions/{question.name}"]
        while waiting:
            new = below.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        rests = sorted(f"{files[table]} {queries[files[table]]}" for table in found if table in files)
        told[question.name] = {
            "hash": question.definition_hash,
            "rests_on": hashlib.sha256("\n".join(rests).encode()).hexdigest()[:16],
        }
    return told


def past(frozen: Sequence[Manifest], question: QuestionFile) -> Past:
    """Since when a question says what its file says now.

    Args:
        frozen: the manifests of the frozen weeks.
    """
    weeks = [
        (str(each["iso_week"]), each.get("questions", {}).get(question.name))
        for each in sorted(frozen, key=lambda each: (str(each["received_by"]), str(each["iso_week"])))
    ]
    known = [(week, about) for week, about in weeks if about]
    since = None
    for week, about in reversed(known):
        if about["hash"] != question.definition_hash:
            break
        since = week
    changed: list[tuple[str, str | None]] = [
        (one, other) for (one, then), (other, later) in pairwise(known) if then["hash"] != later["hash"]
    ]
    if known and since is None:
        changed.append((known[-1][0], None))
    rests = [(a, b) for (a, then), (b, later) in pairwise(known) if then["rests_on"] != later["rests_on"]]
    return Past(
        since,
        bool(weeks) and since == weeks[0][0],
        tuple(reversed(changed)),
        rests[-1] if rests else None,
    )


def redefined(earlier: Manifest, later: Manifest) -> list[str]:
    """The questions of both that are defined otherwise in the later one, by name."""
    then, now = earlier.get("questions", {}), later.get("questions", {})
    return sorted(name for name in then.keys() & now.keys() if then[name]["hash"] != now[name]["hash"])
