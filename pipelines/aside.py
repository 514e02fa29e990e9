"""Why rows were set aside, in plain words."""

from collections import Counter
from collections.abc import Iterable

from pipelines.door.land import Load

MOST_TOLD = 3
RULES = {
    "a_total": "a sum below the rows, and no row",
    "an_act_for_somebody_else": "an act of ours beside another customer than it was for",
    "dimension_without_member": "a dimension without a member, or a member without a dimension",
    "ends_before_it_begins": "a last day before the first one",
    "erased": "somebody who was erased, and is not taken in again",
    "missing": "a needed cell is empty",
    "no_act_of_our_lists": "an act that is on none of our lists",
    "not_a_date_in_the_declared_format": "not a date as its file writes dates",
    "not_a_json_object": "the line is broken",
    "not_a_known_word": "a word we do not know",
    "not_a_number": "not a number",
    "not_a_time_in_the_declared_format": "not a date as its file writes dates",
    "not_a_whole_number": "not a whole number",
    "not_hours_minutes_seconds": "not a length of time",
    "not_yes_or_no": "neither yes nor no",
    "out_of_bounds": "a number that can not be",
    "outside_the_scale": "an answer off its scale",
    "preview_response": "a preview of the survey, not an answer",
    "too_long": "a text too long to show",
    "unfinished_response": "the survey was not finished",
    "employee_survey": "employees were asked, not customers",
    "wrong_number_of_cells": "the row is torn",
}


def why(rule: str) -> str:
    """A rule that a row broke, in words."""
    return RULES.get(rule, rule.replace("_", " "))


def in_words(loads: Iterable[Load]) -> list[str]:
    """A line for each export some rows of which were set aside: how many, and the rules that most of them broke.

    `hubspot contact: 12 set aside: 9 a needed cell is empty (email), 3 the row is torn`
    """
    broken: dict[str, Counter[tuple[str, str]]] = {}
    for load in loads:
        of = broken.setdefault(f"{load.source} {load.object}".replace("_", " "), Counter())
        for one in load.rules:
            of[one["rule"], one["column"]] += one["rows"]
    return [f"{export}: {of.total():,} set aside: {_told(of)}" for export, of in sorted(broken.items()) if of]


def _told(of: Counter[tuple[str, str]]) -> str:
    most = sorted(of.items(), key=lambda one: (-one[1], one[0]))[:MOST_TOLD]
    told = [
        f"{rows:,} {why(rule)}" + (f" ({column.replace('_', ' ')})" if column else "")
        for (rule, column), rows in most
    ]
    rest = of.total() - sum(rows for _, rows in most)
    return ", ".join([*told, *([f"and {rest:,} more"] if rest else [])])
