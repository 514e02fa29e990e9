"""Golden rows of Delighted's responses, as its API gives them and as CSV."""

import json
from datetime import datetime

import pytest

from pipelines.publish import run_once
from pipelines.store import Store

MAPPING = """
[mapping.delighted]
"person_properties.customer_id" = "customer_id"
customer_id = "customer_id"
"""
ANN = {
    "id": "1",
    "person": {
        "id": "10",
        "name": "Ann Example",
        "email": "Ann@Example.com",
        "created_at": 1793000000,
        "phone_number": "+41791234567",
    },
    "survey_type": "nps",
    "score": 0,
    "comment": "Too slow",
    "permalink": "https://app.delighted.com/r/5q",
    "created_at": 1793606400,
    "updated_at": 1793606460,
    "person_properties": {"customer_id": "000042", "Delighted Source": "Email"},
    "notes": [{"id": "1", "text": "called ann@example.com", "user_email": "agent@example.com"}],
    "tags": [],
    "additional_answers": [],
}
SHORT = {**ANN, "person": "10", "person_properties": None, "updated_at": None}


def lines(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_a_response_of_the_api_lands_with_its_score_and_without_its_words(open_desk, counts):
    desk = open_desk(MAPPING)
    load = desk.read(lines(ANN), name="responses.ndjson")
    assert counts(load) == (1, 1, 0, 0)
    assert [{**row, "score": float(row["score"])} for row in desk.landed("delighted__response")] == [
        {
            "line": 1,
            "survey_type": "nps",
            "score": 0.0,
            "answered_at": datetime(2026, 11, 2, 8),
            "updated_at": datetime(2026, 11, 2, 8, 1),
            "channel": "Email",
        }
    ]
    assert desk.tokens("delighted__response") == desk.keyed(
        (1, "email", "ann@example.com"), (1, "phone", "+41791234567"), (1, "customer_id", "000042")
    )


def test_a_person_that_is_only_a_number_is_nobody_known(open_desk, counts):
    desk = open_desk(MAPPING)
    assert counts(desk.read(lines(SHORT), name="responses.ndjson")) == (1, 1, 0, 0)
    assert desk.tokens("delighted__response") == set()
    assert desk.landed("delighted__response", "updated_at") == [{"updated_at": datetime(2026, 11, 2, 8)}]


def test_what_employees_were_asked_is_set_aside(desk, counts):
    load = desk.read(lines(ANN, {**ANN, "id": "2", "survey_type": "eNPS"}), name="responses.ndjson")
    assert counts(load) == (2, 1, 1, 0)
    assert desk.set_aside(load) == [(2, "", "employee_survey")]


def test_a_response_without_a_score_or_a_time_is_set_aside(desk, counts):
    load = desk.read(
        lines(ANN, {**ANN, "id": "2", "score": None}, {**ANN, "id": "3", "created_at": "soon"}),
        name="responses.ndjson",
    )
    assert counts(load) == (3, 1, 2, 0)
    assert desk.set_aside(load) == [
        (2, "score", "missing"),
        (3, "answered_at", "not_a_time_in_the_declared_format"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "id,survey_type,score,comment,created_at,email,customer_id\n"
        "1,nps,9,Fine,1793606400,ann@example.com,000042\n",
        "Response ID,Survey type,Score,Comment,Responded at,Email,Name,customer_id\n"
        "1,NPS,9,Fine,2026-11-02 08:00:00 UTC,ann@example.com,Ann Example,000042\n",
        "Response ID,Survey type,Score,Comment,Created at,Email,Name,customer_id\n"
        "1,NPS,9,Fine,2026-11-02 09:00:00 +0100,ann@example.com,Ann Example,000042\n",
    ],
)
def test_a_csv_is_read_by_the_names_of_the_api_and_of_the_interface(open_desk, counts, text):
    desk = open_desk(MAPPING)
    assert counts(desk.read(text)) == (1, 1, 0, 0)
    assert desk.landed("delighted__response", "answered_at") == [{"answered_at": datetime(2026, 11, 2, 8)}]
    assert desk.tokens("delighted__response") == desk.keyed(
        (2, "email", "ann@example.com"), (2, "customer_id", "000042")
    )


def test_a_response_is_one_record_in_both_layouts(desk):
    desk.read(lines(ANN), name="responses.ndjson", on="2026-11-09")
    desk.read("id,survey_type,score,created_at\n1,nps,0,1793606400\n")
    assert desk.table("delighted__response")["record_key"].n_unique() == 1


def test_a_column_that_is_named_otherwise_is_mapped(open_desk, counts):
    desk = open_desk('[mapping.delighted]\nUmfrageart = "survey_type"\nBeantwortet = "answered_at"\n')
    text = "Response ID,Umfrageart,Score,Beantwortet\n1,csat,5,2026-11-02 08:00\n"
    assert counts(desk.read(text)) == (1, 1, 0, 0)


ELSEWHERE = {
    "surveymonkey.csv": "Respondent ID,End Date,Recommend us?\n,,Response\n"
    "1,2026-11-02 09:00:00,Extremely likely - 10\n",
    "typeform.csv": "#,Recommend us?,Submit Date (UTC)\na,8,2026-11-02 08:00:00\n",
    "qualtrics.csv": "V1,V2,V3,V4,Q1\nResponseID,ResponseSet,EndDate,Finished,Recommend us?\n"
    "R_1,Default,2026-11-02 09:00:00,1,7\n",
}


def test_after_a_run_the_answers_of_every_survey_tool_stand_in_one_table(open_desk):
    sources = {"surveymonkey": "Recommend us?", "typeform": "Recommend us?", "qualtrics": "Q1"}
    desk = open_desk("".join(f'[mapping.{of}]\n"{label}" = "nps"\n' for of, label in sources.items()))
    desk.put("delighted.ndjson", lines(ANN, {**ANN, "id": "2", "survey_type": "thumbs", "score": 1}))
    for name, text in ELSEWHERE.items():
        desk.put(name, text)
    assert run_once(desk.settings).outcome == "published"
    build = Store(desk.settings.store).current()
    assert build is not None
    rows = build.query_people(
        "select source, answered_at, item, value, scale_max from answer join response using (response_id) order by all"
    )
    at = datetime(2026, 11, 2, 8)
    assert rows.rows() == [
        ("delighted", at, "nps", 0.0, 10),
        ("delighted", at, "thumbs", 1.0, 1),
        ("qualtrics", at, "nps", 7.0, 10),
        ("surveymonkey", at, "nps", 10.0, 10),
        ("typeform", at, "nps", 8.0, 10),
    ]
