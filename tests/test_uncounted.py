"""What was taken in and is in no number is said by the run itself, in a sentence that says what to do."""

import json

from tests.conftest import MakeWorkspace
from tests.test_cli import careful

SURVEY = "Response ID,Survey Type,Rating,Submission Date,Survey Channel,Contact ID\nr1,NPS,9,2026-11-03 10:00,email,1\n"
TYPEFORM = (
    "#,How did you feel?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags\n"
    "r1,6,completed,2026-11-03 10:00:00,,2026-11-03 10:01:00,n1,\n"
)
ORDERS = (
    "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Id,Refunded Amount\n"
    "#1,ann@example.com,paid,2026-11-03 10:00:00 +0100,USD,20.00,2026-11-03 10:00:00 +0100,1,0.00\n"
    "#2,ben@example.com,paid,2026-11-03 10:00:00 +0100,GBP,20.00,2026-11-03 10:00:00 +0100,2,0.00\n"
    "#3,ben@example.com,paid,2026-11-03 10:00:00 +0100,EUR,20.00,2026-11-03 10:00:00 +0100,3,0.00\n"
)
UNMAPPED = (
    "Survey answers arrived from typeform before any of their questions was mapped, so they are in no number. Say "
    "below [mapping.typeform] in careful.toml which column is which question, and put the files into inbox/ once more."
)
UNRATED = (
    "Amounts in GBP and USD have no exchange rate for their day, so they are in no sum. Add it to rates.csv: "
    "currency,valid_from,rate_to_reporting."
)


def test_a_run_says_which_answers_and_which_amounts_are_in_no_number(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files={"inbox/answers.csv": TYPEFORM, "inbox/orders.csv": ORDERS})
    code, said, error = careful("run", "--config", folder)
    assert (code, error) == (0, "")
    assert [line for line in said.splitlines() if line in {UNMAPPED, UNRATED}] == [UNMAPPED, UNRATED]


def test_a_run_tells_machines_the_same_also_when_nothing_new_arrived(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(files={"inbox/answers.csv": TYPEFORM, "inbox/orders.csv": ORDERS}, run=True)
    _, said, _ = careful("run", "--json", "--config", folder)
    assert json.loads(said)["uncounted"] == [UNMAPPED, UNRATED]


def test_where_all_is_counted_nothing_is_said(empty_workspace: MakeWorkspace) -> None:
    files = {
        "inbox/answers.csv": TYPEFORM,
        "inbox/feedback.csv": SURVEY,
        "inbox/orders.csv": ORDERS,
        "rates.csv": "currency,valid_from,rate_to_reporting\nUSD,2026-01-01,0.9\nGBP,2026-01-01,1.2\n",
    }
    mapped = '[mapping.typeform]\n"How did you feel?" = "emotion"\n'
    folder = empty_workspace(files=files, settings=mapped)
    _, said, _ = careful("run", "--json", "--config", folder)
    assert json.loads(said)["uncounted"] == []
    assert json.loads(said)["rows"]["rows_loaded"] == 5
