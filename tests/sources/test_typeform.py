"""Golden rows of Typeform's CSV, in its new and its old layout."""

import csv
import io
from datetime import datetime

MAPPING = """
[mapping.typeform]
"How likely is it that you would recommend us?" = {item = "nps", scale = [0, 10]}
"How easy was it?#2" = "effort"
"Any other words?" = "comment"
"Your mobile number" = "phone"
customer_id = "customer_id"
"""
NEW = (
    "#", "email", "customer_id", "How likely is it\nthat you would recommend us?", "How easy was it?",
    "How easy was it?", "Which channels?", "", "Any other words?", "Your mobile number", "Response Type",
    "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags", "Ending",
)  # fmt: skip
ANN = (
    "hefupfubphvacf8sv12ch63vnvacgl4s", "Ann@Example.com", "000042", "10", "1", "6", "Phone", "Chat", "=2+3, thanks",
    "'+41791234567", "completed", "2026-11-01 23:00:00", "", "2026-11-01 23:05:00", "98eebf3737", "vip", "Thanks, Ann",
)  # fmt: skip
STARTED = (
    "5dm9nya2b0mwd55dm8h7sy59j4q36wf8", "bob@example.com", "", "3", "", "", "", "", "", "", "started",
    "2026-11-02 08:00:00", "2026-11-02 08:01:00", "", "", "", "",
)  # fmt: skip
OLD = (
    "#", "How likely is it that you would recommend us?", "Which channels?", "Start Date (UTC)", "Submit Date (UTC)",
    "Network ID",
)  # fmt: skip


def export(*rows: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def test_a_response_lands_with_its_answers_in_utc_and_without_its_words(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(NEW, ANN))
    assert counts(load) == (1, 1, 0, 0)
    assert desk.landed("typeform__response") == [
        {
            "line": 3, "response_type": "completed",
            "asked_at": datetime(2026, 11, 1, 23), "answered_at": datetime(2026, 11, 1, 23, 5),
        }
    ]  # fmt: skip
    assert desk.answers("typeform__response") == {(3, "nps", 10.0, 0, 10), (3, "effort", 6.0, 1, 7)}


def test_a_phone_number_behind_an_apostrophe_is_a_phone_number(open_desk):
    desk = open_desk(MAPPING)
    desk.read(export(NEW, ANN))
    assert desk.tokens("typeform__response") == desk.keyed(
        (3, "email", "ann@example.com"), (3, "customer_id", "000042"), (3, "phone", "+41791234567")
    )


def test_a_form_that_was_only_started_is_set_aside_under_its_own_rule(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(export(NEW, ANN, STARTED))
    assert counts(load) == (2, 1, 1, 0)
    assert load.rows_dropped == 1
    assert desk.set_aside(load) == [(4, "", "unfinished_response")]


def test_the_old_layout_is_the_same_export(open_desk, counts):
    desk = open_desk(MAPPING)
    desk.read(export(NEW, ANN), on="2026-11-09")
    old = (ANN[0], "10", " / Phone / Chat", "2026-11-01 23:00:00", "2026-11-01 23:05:00", "98eebf3737")
    load = desk.read(export(OLD, old, ("068127e3d5e9ca5f5fac8e04fa692a9e", "0", "", *old[3:])), name="b.csv")
    assert counts(load) == (2, 2, 0, 0)
    keys = desk.table("typeform__response")["record_key"].to_list()
    assert len(keys) == 3
    assert len(set(keys)) == 2
    nps = desk.table("answer").filter(item="nps", load_id=load.load_id)["value"].sort().to_list()
    assert nps == [0, 10]


def test_a_contact_question_names_people_to_the_vault_alone(desk):
    asked = ("#", "First name", "Email", "Submit Date (UTC)")
    desk.read(export(asked, ("a", "Ann", "ann@example.com", "2026-11-01 23:05:00")))
    assert desk.tokens("typeform__response") == desk.keyed((2, "email", "ann@example.com"))
    assert "first_name" not in desk.table("typeform__response").columns


def test_a_question_asked_in_other_words_has_another_wording(open_desk):
    desk = open_desk(MAPPING.replace("[mapping.typeform]", '[mapping.typeform]\n"Recommend us?" = "nps"'))
    desk.read(export(OLD, ("a", "9", "", "", "2026-11-01 23:05:00", "")), on="2026-11-09")
    asked = (OLD[0], "Recommend us?", *OLD[2:])
    desk.read(export(asked, ("b", "9", "", "", "2026-11-02 23:05:00", "")), name="b.csv")
    versions = desk.table("answer")["wording_version"].to_list()
    assert None not in versions
    assert len(set(versions)) == 2
