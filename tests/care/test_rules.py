"""Ten thousand people in every mixture of circumstances: whoever may be approached breaks no rule.

The rules are told a second time here, in Python and from the words of the issue, not from the query.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.care.rules import RULES
from pipelines.engine.graph import load_models
from pipelines.questions import QUERIES

PEOPLE = 10_000
TODAY = date(2026, 11, 16)
OCCASIONS = {
    "felt_bad": ("owed", "call", 30, False), "complaint": ("owed", "call", 14, False),
    "birthday": ("extra", "card", 300, False), "surprise": ("extra", "surprise", 180, True),
}  # fmt: skip
RUNNING = {"birthday": ("CARDS", 60), "felt_bad": ("CALLS", 30)}
(PROPOSAL,) = [model for model in load_models([QUERIES]) if model.table == "care_proposal"]
Engine = tuple[duckdb.DuckDBPyConnection, dict[str, Any]]


def days_ago(n: int) -> date:
    return TODAY - timedelta(days=n)


def a_person(number: int, chance: random.Random) -> dict[str, Any]:
    """Somebody in circumstances drawn at random, each rare enough that many may be approached."""

    def rarely(value: Any, share: float = 0.08) -> Any:
        return value if chance.random() < share else None

    occasion = chance.choice(list(OCCASIONS))
    care_class, kind, cadence, is_surprise = OCCASIONS[occasion]
    return {
        "key": f"c{number:05d}", "occasion": occasion, "care_class": care_class, "kind": kind, "cadence": cadence,
        "is_surprise": is_surprise, "since": days_ago(chance.randint(0, 40)),
        "gone_on": rarely(days_ago(chance.randint(0, 300))), "consent": chance.random() > 0.08,
        "gentle": rarely(TODAY + timedelta(days=chance.randint(-3, 3)), 0.15),
        "open_request": chance.random() < 0.06,
        "states": [s for s in ("complaint", "dunning", "hardship", "marketing_send") if chance.random() < 0.05],
        "over": [s for s in ("complaint", "dunning", "hardship", "marketing_send") if chance.random() < 0.05],
        "calls": [days_ago(chance.randint(0, 60)) for _ in range(chance.choice((0, 0, 0, 1, 3, 6)))],
        "acts": [
            (days_ago(chance.randint(0, 400)), chance.choice((occasion, "something else")),
             chance.choice(("card", "call", "surprise")), chance.choice(("done", "done", "wrong_address")))
            for _ in range(chance.choice((0, 0, 1, 2)))
        ],
        "listed": rarely(
            (chance.choice(("planned", "taken", "not_reached", "done", "cancelled", "never_again")),
             days_ago(chance.randint(0, 500)), days_ago(chance.randint(0, 40))), 0.2
        ),
        "drawn": rarely(days_ago(chance.randint(0, 120)), 0.15),
        "band": chance.choice(("top", "high", "low")), "feels": chance.choice(("felt good", "felt bad", "no answer")),
    }  # fmt: skip


def stands_in_the_way(person: dict[str, Any], most: int, window: int) -> set[str]:
    """Every rule that speaks against approaching her now."""
    owed = person["care_class"] == "owed"
    done = [act for act in person["acts"] if act[3] == "done"]
    last = max((act[0] for act in done), default=None)
    state, changed, since = person["listed"] or ("cancelled", None, None)
    ours = [act[0] for act in done if act[1] == person["occasion"]]
    touches = {("call", day) for day in person["calls"]} | {("care", act[0]) for act in done}
    touches |= {("mail", days_ago(2)) for s in person["states"] if s == "marketing_send"}
    touches |= {("mail", days_ago(20)) for s in person["over"] if s == "marketing_send"}
    newest = [act[2] for act in sorted(done, key=lambda act: act[0])][-1:]
    found = {
        "gone": person["gone_on"] is not None,
        "no consent": not person["consent"],
        "never again": state == "never_again",
        "gentle": person["gentle"] is not None and person["gentle"] >= TODAY,
        "on the list": state in ("planned", "taken", "not_reached"),
        "too soon": any(day > days_ago(person["cadence"]) for day in ours),
    }
    if owed:
        found["looked after"] = (last is not None and last >= person["since"]) or (
            state in ("done", "never_again", "planned", "taken", "not_reached") and since >= person["since"]
        )
    else:
        horizon = RUNNING.get(person["occasion"], ("", 0))[1]
        found |= {
            "in a lot": bool(horizon) and person["drawn"] is not None and person["drawn"] > days_ago(horizon),
            "open request": person["open_request"] or "complaint" in person["states"],
            "hard up": "hardship" in person["states"],
            "bill": "dunning" in person["states"],
            "marketing": "marketing_send" in person["states"],
            "often enough": sum(day > days_ago(window) for _, day in touches) >= most,
            "no surprise": person["is_surprise"] and newest == [person["kind"]],
        }
        found["too soon"] |= (
            state not in ("cancelled",) and changed is not None and changed > days_ago(person["cadence"])
        )
    return {rule for rule, holds in found.items() if holds}


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.register("given", pl.DataFrame(rows, infer_schema_length=None))
        connection.execute(f"insert into {table} by name from given")
        connection.unregister("given")


@pytest.fixture(scope="module")
def judged(
    engine: Engine,
) -> Iterator[tuple[list[dict[str, Any]], dict[str, dict[str, Any]], dict[str, Any]]]:
    """The people, and what the build proposes for each of them."""
    connection, bound = engine
    chance = random.Random(20261116)
    people = [a_person(number, chance) for number in range(PEOPLE)]
    connection.execute("begin")
    insert(connection, "staged.initiative", [
        {"initiative_id": name, "occasion": occasion, "care_class": OCCASIONS[occasion][0], "horizon_days": horizon,
         "unit_of_assignment": "customer", "starts_on": days_ago(100)} for occasion, (name, horizon) in RUNNING.items()
    ])  # fmt: skip
    insert(connection, "occasion_due", [
        {"occasion": p["occasion"], "occasion_name": p["occasion"], "care_class": p["care_class"], "kind": p["kind"],
         "cadence_days": p["cadence"], "due_days": 7, "is_surprise": p["is_surprise"], "customer_key": p["key"],
         "since_on": p["since"], "reason": "It is time."} for p in people
    ])  # fmt: skip
    insert(connection, "person", [{"known_as": p["key"], "customer_key": p["key"]} for p in people])
    insert(connection, "customer", [
        {"customer_key": p["key"], "gone_on": p["gone_on"], "has_care_consent": p["consent"],
         "gentle_until_on": p["gentle"]} for p in people
    ])  # fmt: skip
    insert(connection, "customer_value", [
        {"customer_key": p["key"], "alias": p["key"], "value_band": p["band"], "emotion_band": p["feels"]}
        for p in people
    ])  # fmt: skip
    insert(connection, "interaction", [
        {"interaction_id": f"{p['key']}-o", "customer_key": p["key"], "opened_on": days_ago(1), "is_open": True}
        for p in people if p["open_request"]
    ])  # fmt: skip
    insert(connection, "contact_state", [
        {"customer_key": p["key"], "state": s, "from_on": days_ago(2), "is_now": True,
         "until_on": TODAY if s == "marketing_send" else None} for p in people for s in p["states"]
    ] + [
        {"customer_key": p["key"], "state": s, "from_on": days_ago(20), "is_now": False, "until_on": days_ago(1)}
        for p in people for s in p["over"]
    ])  # fmt: skip
    acts = [(p["key"], n, act) for p in people for n, act in enumerate(p["acts"])]
    insert(connection, "care_act", [
        {"act_id": f"{key}-{n:02d}", "customer_key": key, "done_on": day,
         "done_at": datetime.combine(day, datetime.min.time()), "occasion": occasion, "kind": kind,
         "outcome": outcome} for key, n, (day, occasion, kind, outcome) in acts
    ])  # fmt: skip
    touched = [("call", p["key"], day) for p in people for day in p["calls"]]
    touched += [("care", key, day) for key, _, (day, _, _, outcome) in acts if outcome == "done"]
    touched += [("marketing", p["key"], days_ago(2)) for p in people if "marketing_send" in p["states"]]
    touched += [("marketing", p["key"], days_ago(20)) for p in people if "marketing_send" in p["over"]]
    insert(connection, "touch", [
        {"customer_key": key, "touched_on": day, "kind": kind} for kind, key, day in sorted(set(touched))
    ])  # fmt: skip
    insert(connection, "planned_act", [
        {"act_id": f"{p['key']}-p", "customer_key": p["key"], "occasion": p["occasion"], "state": p["listed"][0],
         "changed_on": p["listed"][1], "since_on": p["listed"][2]} for p in people if p["listed"]
    ])  # fmt: skip
    insert(connection, "staged.assignment", [
        {"record_key": p["key"], "initiative_id": RUNNING[p["occasion"]][0], "arm": "control",
         "assigned_at": datetime.combine(p["drawn"], datetime.min.time())}
        for p in people if p["drawn"] and p["occasion"] in RUNNING
    ])  # fmt: skip
    rows = connection.sql(PROPOSAL.sql, params={name: bound[name] for name in PROPOSAL.params}).pl()
    yield people, {row["customer_key"]: row for row in rows.to_dicts()}, bound
    connection.execute("rollback")


def test_ten_thousand_people_are_judged_as_the_rules_say(judged: Any) -> None:
    people, proposed, bound = judged
    assert len(proposed) == PEOPLE
    wrong = []
    for person in people:
        against = stands_in_the_way(person, bound["most_touches"], bound["touch_window_days"])
        row = proposed[person["key"]]
        if row["rule"] not in (against or {None}):
            wrong.append((row["rule"], against, person))
        expected = "eligible" if not against else (
            "never" if row["rule"] in ("gone", "no consent", "never again") else "waits"
        )  # fmt: skip
        assert row["status"] == expected
        assert (row["why_not"] is None) == (row["status"] == "eligible")
    assert wrong == []
    by_rule = {
        rule: sum(row["rule"] == rule for row in proposed.values()) for rule in RULES if rule != "veto"
    }
    assert min(by_rule.values()) > 20, by_rule
    eligible = [row for row in proposed.values() if row["status"] == "eligible"]
    assert len(eligible) > PEOPLE / 4
    assert {row["care_class"] for row in eligible} == {"owed", "extra"}


def test_what_must_never_be_comes_before_what_must_wait(judged: Any) -> None:
    people, proposed, _ = judged
    for person in people:
        row = proposed[person["key"]]
        if person["gone_on"]:
            assert row["rule"] == "gone"
        elif not person["consent"]:
            assert row["rule"] == "no consent"


def test_a_reason_to_wait_is_a_sentence_and_tells_neither_arm_nor_cause(judged: Any) -> None:
    _, proposed, _ = judged
    said = {row["why_not"] for row in proposed.values()} - {None}
    assert all(text[0].isupper() and text.endswith(".") for text in said)
    for word in ("control", "treated", "not drawn", "ill", "divorce", "death"):
        assert not [text for text in said if word in text.lower().split()]


def test_eligible_people_stand_in_strata_of_four_or_more(judged: Any) -> None:
    _, proposed, _ = judged
    rows = [(row["occasion"], row["stratum"]) for row in proposed.values() if row["rule"] is None]
    assert min(count for (_, stratum), count in Counter(rows).items() if stratum != "other") >= 4
