"""SurveyMonkey responses: "all individual responses" as CSV or Excel.

The file has two header rows, questions and choices, where a question with several choices takes as many columns; an
export in one row has the questions alone. In `[mapping.surveymonkey]` a column is named by its question, and by
`question: choice` where it holds one choice of several (`Open-Ended Response` and `Response` are no choices); white
space counts once. Map a question with Custom Data or a contact question to `customer_id` or `email`.

Without `End Date` nobody knows when somebody answered: a file without it is refused, and a response without it was not
finished. The file says no more about that, so export complete responses only. Times are those of the account: declare
its zone, and the order of day and month where no date tells. Choose numeric values for rating questions: words such as
"Very satisfied" are no numbers and set the response aside, save those that tell theirs (`Not at all likely - 0`).
"""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

import polars as pl

from pipelines.door import own_fields
from pipelines.door.profile import Column, Header, Profile
from pipelines.door.read import unique
from pipelines.door.recognise import ANSWER_PREFIX

_NO_CHOICE = ("", "response", "open-ended response")


def questions(records: list[list[str]]) -> Header | None:
    """The header: questions, and below them their choices where the second record begins with an empty cell."""
    if not records:
        return None
    asked = _tidy(records[0])
    has_choices = len(records) > 1 and not records[1][0].strip()
    choices = _tidy(records[1]) if has_choices else []
    columns = list(_columns(asked, choices))
    widths = Counter(question for question, _ in columns)
    whole = [
        f"{question.removesuffix(':')}: {choice}" if choice else question for question, choice in columns
    ]
    names = unique(
        [
            question if choice.lower() in _NO_CHOICE or widths[question] == 1 else label
            for label, (question, choice) in zip(whole, columns, strict=True)
        ]
    )
    aliases = {label: name for label, name in zip(whole, names, strict=True) if label not in names}
    return Header(names, 1 + has_choices, aliases, {name: name for name in names})


def _tidy(cells: list[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in cells]


def _columns(asked: list[str], choices: list[str]) -> Iterator[tuple[str, str]]:
    """Question and choice of each column; an empty cell above a choice stands for the question to its left."""
    question = ""
    for cell, choice in zip_longest(asked, choices[: len(asked)], fillvalue=""):
        question = cell or (question if choice else "")
        yield question, choice


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """The ends of a scale tell their number beside their words."""
    worded = pl.col(f"^{ANSWER_PREFIX}.*$")
    return frame.with_columns(worded.str.replace(r"^.* - (\d+)$", "$1").str.replace(r"^(\d+) - .*$", "$1"))


RESPONSE = Profile(
    source="surveymonkey",
    object="response",
    header=questions,
    prepare=_numbers,
    formats=(
        *(
            f"{day} {time}"
            for day in ("%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d")
            for time in ("%I:%M:%S %p", "%H:%M:%S", "%I:%M %p", "%H:%M")
        ),
        "%Y-%m-%d",
    ),
    key=("response_id",),
    seen="answered_at",
    answers=True,
    columns=(
        Column("response_id", ("Respondent ID", "RespondentID"), required=True, personal=True),
        Column("asked_at", ("Start Date", "StartDate"), kind="timestamp"),
        Column("answered_at", ("End Date", "EndDate"), kind="timestamp", required=True, filled=True),
        Column("email", ("Email Address", "EmailAddress"), token="email"),
        Column("first_name", ("First Name", "FirstName"), personal=True),
        Column("last_name", ("Last Name", "LastName"), personal=True),
    ),
    mappable=own_fields.RESPONSE,
    set_aside=(("unfinished_response", pl.col("answered_at").is_null()),),
)

PROFILES = (RESPONSE,)
