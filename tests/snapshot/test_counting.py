from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import identity
from pipelines.snapshot.counting import held_tokens

THEN, SINCE = datetime(2026, 11, 2), datetime(2026, 11, 9)
BEFORE = frozenset({"old"})
Token = tuple[str, str, str]
KINDS = ("customer_id", "email", "zendesk_user")


def tokens(known: set[Token], new: set[Token]) -> pl.DataFrame:
    rows = [
        (record, kind, f"{kind}|{token}", at, load)
        for said, at, load in ((known, THEN, "old"), (new, SINCE, "new"))
        for record, kind, token in sorted(said)
    ]
    schema = {
        "record_key": pl.String, "kind": pl.String, "token": pl.String, "received_at": pl.Datetime("us"),
        "load_id": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def said(records: str) -> st.SearchStrategy[set[Token]]:
    return st.sets(
        st.tuples(st.sampled_from(records), st.sampled_from(KINDS), st.sampled_from("123456")), max_size=12
    )


def people(frame: pl.DataFrame) -> dict[str, str]:
    return dict(identity.resolve(frame)["identity"].iter_rows())


@given(said("abcdef"), said("efxyz"))
@hypothesis_settings(max_examples=50)
def test_who_was_whom_stays_whatever_new_records_say(known: set[Token], new: set[Token]) -> None:
    then = people(tokens(known, set()))
    now = people(held_tokens(tokens(known, new), BEFORE))
    assert {record: now[record] for record in then} == then


@given(said("abcdef"), said("xyz"))
@hypothesis_settings(max_examples=50)
def test_a_new_record_that_names_somebody_known_is_one_of_theirs(known: set[Token], new: set[Token]) -> None:
    frame = tokens(known, new)
    now = people(held_tokens(frame, BEFORE))
    then = people(tokens(known, set()))
    whose: dict[tuple[str, str], set[str]] = {}
    for record, kind, token in known:
        whose.setdefault((kind, token), set()).add(then[record])
    for record in {record for record, _, _ in new}:
        named = {
            person for each, kind, token in new if each == record for person in whose.get((kind, token), ())
        }
        assert now[record] in named or not named


def test_a_record_that_names_two_people_joins_the_one_of_its_stronger_identifier_and_merges_nobody() -> None:
    known = {("a", "customer_id", "1"), ("b", "email", "x")}
    new = {("n", "customer_id", "1"), ("n", "email", "x")}
    assert len(set(people(tokens(known, new)).values())) == 1
    held = people(held_tokens(tokens(known, new), BEFORE))
    assert held["n"] == held["a"] != held["b"]
