"""Why rows were set aside is said in plain words, the commonest first, and never at length."""

from datetime import datetime

from pipelines.aside import in_words
from pipelines.door.land import Load


def load(thing: str, *rules: tuple[str, str, int]) -> Load:
    told = [{"rule": rule, "column": column, "rows": rows} for rule, column, rows in rules]
    return Load("l", "zendesk", thing, "f", "h", datetime(2026, 1, 1), "utf-8", False, "k", rules=told)


def test_files_of_the_same_things_are_told_together_and_three_reasons_are_enough():
    first = load("ticket", ("missing", "email", 9), ("too_long", "topic", 1), ("a_new_rule", "", 1_000))
    second = load(
        "ticket", ("missing", "email", 3), ("missing", "status", 2), ("wrong_number_of_cells", "", 1)
    )
    assert in_words([first, load("csat"), second]) == [
        "zendesk ticket: 1,016 set aside: 1,000 a new rule, 12 a needed cell is empty (email), "
        "2 a needed cell is empty (status), and 2 more"
    ]
