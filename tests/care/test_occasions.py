"""With whom it is time, and the sentence that says why."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.build import assemble, query_folders, rehearse
from pipelines.care.occasions import load_occasions
from pipelines.engine.duck import open_engine
from pipelines.engine.graph import QueryError
from pipelines.questions import QUERIES
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store

PROFILES = tuple(all_profiles())
OCCASIONS = {one.occasion: one for one in load_occasions([QUERIES])}
Engine = tuple[duckdb.DuckDBPyConnection, dict[str, Any]]
OWN = """/* ---
name: Opened a shop of their own
care_class: extra
kind: plant
cadence_days: 3650
due_days: 7
--- */
select customer_key, first_seen_on as since_on, 'Opened a shop.' as reason from customer
"""


@pytest.fixture
def ask(engine: Engine) -> Iterator[Any]:
    connection, bound = engine
    connection.execute("begin")

    def found(occasion: str, *statements: str) -> list[tuple[Any, ...]]:
        for statement in statements:
            connection.execute(f"insert into {statement}")
        model = OCCASIONS[occasion].model
        return connection.execute(model.sql, {name: bound[name] for name in model.params}).fetchall()

    yield found
    connection.execute("rollback")


def reasons(rows: list[tuple[Any, ...]]) -> dict[str, str]:
    return {row[0]: row[-1] for row in rows}


def test_there_are_both_kinds_and_no_owed_surprise() -> None:
    classes = {one.header.care_class for one in OCCASIONS.values()}
    assert classes == {"owed", "extra"}
    assert {"felt_bad", "gave_up_waiting", "not_solved", "complaint", "promise", "hardship"} == {
        name for name, one in OCCASIONS.items() if one.header.care_class == "owed"
    }
    assert [name for name, one in OCCASIONS.items() if one.header.is_surprise] == ["surprise"]


def test_a_low_answer_counts_if_it_is_the_last_one_and_young(ask: Any) -> None:
    rows = ask(
        "felt_bad",
        "response (response_id, customer_key, answered_on) values ('1', 'anna', '2026-11-10'), "
        "('2', 'bert', '2026-11-01'), ('3', 'bert', '2026-11-12'), ('4', 'cleo', '2026-10-01'), "
        "('5', null, '2026-11-10'), ('6', 'dora', '2026-11-10')",
        "answer (response_id, item, value, scale_min, scale_max) values ('1', 'emotion', 2, 1, 7), "
        "('2', 'emotion', 1, 1, 7), ('3', 'emotion', 6, 1, 7), ('4', 'emotion', 1, 1, 7), ('5', 'emotion', 1, 1, 7), "
        "('6', 'effort', 1, 1, 7)",
    )
    assert reasons(rows) == {"anna": "Gave 2 of 7 on 2026-11-10 when asked how we made them feel."}


def test_who_gave_up_and_reached_nobody_since(ask: Any) -> None:
    rows = ask(
        "gave_up_waiting",
        "interaction (interaction_id, customer_key, channel, topic, opened_at, opened_on, abandoned_at, "
        "first_human_at) values "
        "('1', 'anna', 'chat', 'delivery', '2026-11-13 10:00', '2026-11-13', '2026-11-13 10:09', null), "
        "('2', 'bert', 'phone', null, '2026-11-12 10:00', '2026-11-12', '2026-11-12 10:09', null), "
        "('3', 'cleo', 'chat', null, '2026-11-12 10:00', '2026-11-12', '2026-11-12 10:09', null), "
        "('4', 'cleo', 'chat', null, '2026-11-12 11:00', '2026-11-12', null, '2026-11-12 11:01'), "
        "('5', 'dora', 'chat', null, '2026-10-12 10:00', '2026-10-12', '2026-10-12 10:09', null)",
    )
    assert reasons(rows) == {
        "anna": "Gave up waiting for us on 2026-11-13 (chat, about delivery) and has not reached a person since.",
        "bert": "Gave up waiting for us on 2026-11-12 (phone) and has not reached a person since.",
    }


def test_who_had_to_come_back(ask: Any) -> None:
    rows = ask(
        "not_solved",
        "interaction (interaction_id, customer_key, topic, opened_at, opened_on, reopened_count) values "
        "('1', 'anna', 'return', '2026-11-02 10:00', '2026-11-02', 1), "
        "('2', 'anna', 'return', '2026-11-01 10:00', '2026-11-01', 2), "
        "('3', 'bert', null, '2026-11-02 10:00', '2026-11-02', 3), "
        "('4', 'cleo', 'return', '2026-09-02 10:00', '2026-09-02', 1)",
    )
    assert reasons(rows) == {
        "anna": "Had to come back twice about return: what we said was solved on 2026-11-01 was not.",
        "bert": "Had to come back 3 times: what we said was solved on 2026-11-02 was not.",
    }


def test_complaints_promises_and_hardship_come_from_the_list_of_states(ask: Any) -> None:
    states = (
        "contact_state (customer_key, state, from_on, until_on, is_now) values "
        "('anna', 'complaint', '2026-11-02', null, true), ('anna', 'complaint', '2026-11-05', null, true), "
        "('bert', 'complaint', '2026-10-02', '2026-10-20', false), ('cleo', 'hardship', '2026-11-02', null, true), "
        "('dora', 'promise', '2026-11-02', '2026-11-20', true), ('emil', 'promise', '2026-05-02', '2026-05-20', false)"
    )
    assert reasons(ask("complaint", states)) == {
        "anna": "Has been waiting for an answer to a complaint since 2026-11-02."
    }
    assert reasons(ask("promise")) == {
        "dora": "We promised something on 2026-11-02, to be done by 2026-11-20; the CRM says what it was."
    }
    told = reasons(ask("hardship"))
    assert told.keys() == {"cleo"}
    assert "no reminder" in told["cleo"]


def test_first_and_second_orders(ask: Any) -> None:
    orders = (
        "purchase (order_id, customer_key, ordered_at, ordered_on) values "
        "('1', 'anna', '2026-03-01 10:00', '2026-03-01'), ('2', 'anna', '2026-11-06 10:00', '2026-11-06'), "
        "('3', 'bert', '2026-11-08 10:00', '2026-11-08'), ('4', 'cleo', '2026-01-08 10:00', '2026-01-08'), "
        "('5', 'dora', '2026-11-01 10:00', '2026-11-01'), ('6', 'dora', '2026-11-02 10:00', '2026-11-02'), "
        "('7', 'dora', '2026-11-03 10:00', '2026-11-03')"
    )
    assert reasons(ask("second_order", orders)) == {
        "anna": "Came back on 2026-11-06 for a second order; the first was on 2026-03-01.",
        "dora": "Came back on 2026-11-02 for a second order; the first was on 2026-11-01.",
    }
    assert reasons(ask("welcome")) == {"bert": "Chose us for the first time on 2026-11-08."}


def test_birthdays_in_two_weeks_also_of_the_29th_of_february(engine: Engine, ask: Any) -> None:
    born = (
        "customer (customer_key, birthday_month_day) values ('anna', '11-16'), ('bert', '11-29'), ('cleo', '11-30'), "
        "('dora', null), ('emil', '02-29'), ('finn', '01-03')"
    )
    assert reasons(ask("birthday", born)) == {
        "anna": "Has a birthday on 2026-11-16.",
        "bert": "Has a birthday on 2026-11-29.",
    }
    connection, bound = engine
    model = OCCASIONS["birthday"].model

    def on(*day: int) -> set[str]:
        given = {name: datetime(*day, 5) if name == "as_of" else bound[name] for name in model.params}
        return {row[0] for row in connection.execute(model.sql, given).fetchall()}

    assert on(2027, 2, 20) == {"emil"}
    assert on(2028, 2, 20) == {"emil"}
    assert on(2026, 12, 25) == {"finn"}


def test_anniversaries_count_the_years(ask: Any) -> None:
    rows = ask(
        "anniversary",
        "customer (customer_key, first_seen_on) values ('anna', '2024-11-20'), ('bert', '2025-11-16'), "
        "('cleo', '2026-11-20'), ('dora', '2024-12-20')",
    )
    assert reasons(rows) == {
        "anna": "Will have been with us for 2 years on 2026-11-20.",
        "bert": "Will have been with us for a year on 2026-11-16.",
    }


def test_a_silent_top_customer_is_one_nobody_spoke_to_for_the_care_gap(ask: Any) -> None:
    rows = ask(
        "silent_top_customer",
        "customer_value (customer_key, is_top_customer, orders, last_contact_on, last_emotion, customer_since_on) "
        "values "
        "('anna', true, 9, '2026-07-01', null, '2020-01-01'), ('bert', true, 1, null, 2, '2020-01-01'), "
        "('cleo', true, 9, '2026-08-18', null, '2020-01-01'), ('dora', false, 9, '2026-01-01', null, '2020-01-01')",
    )
    assert reasons(rows) == {
        "anna": "Ordered 9 times in two years; nobody has spoken to them since 2026-07-01.",
        "bert": "Ordered once in two years; felt badly treated when last asked; nobody has ever spoken to them.",
    }


def test_a_top_customer_without_personal_care_is_one_that_the_week_counts_as_such(ask: Any) -> None:
    """The care gap is 90 days: cared for on 18 August, it is over on 16 November."""
    rows = ask(
        "top_customer_without_care",
        "customer_value (customer_key, is_top_customer, orders, last_care_on, last_emotion, customer_since_on) values "
        "('anna', true, 9, '2026-07-01', null, '2020-01-01'), ('bert', true, 1, null, 2, '2020-01-01'), "
        "('cleo', true, 9, '2026-08-19', null, '2020-01-01'), ('dora', false, 9, '2026-01-01', null, '2020-01-01'), "
        "('emil', true, 2, '2026-08-18', null, '2020-01-01')",
    )
    assert reasons(rows) == {
        "anna": "Ordered 9 times in two years; last had personal care from us on 2026-07-01.",
        "bert": (
            "Ordered once in two years; felt badly treated when last asked; has never had personal care from us."
        ),
        "emil": "Ordered twice in two years; last had personal care from us on 2026-08-18.",
    }


def test_surprises_go_round_so_that_everybody_comes_up_once_in_sixteen_weeks(
    engine: Engine, ask: Any
) -> None:
    connection, bound = engine
    digits = "0123456789abcdef"
    rows = [
        f"('{digit}{month}', '{digit}00', '2026-{month}-01 10:00', '2026-{month}-01')"
        for digit in digits
        for month in ("09", "10", "11")
    ]
    ask("surprise", "purchase (order_id, customer_key, ordered_at, ordered_on) values " + ", ".join(rows))
    model = OCCASIONS["surprise"].model
    turns = []
    for week in range(16):
        moment = datetime(2026, 11, 16, 5) + timedelta(weeks=week)
        given = {name: moment if name == "as_of" else bound[name] for name in model.params}
        turns.append([row[0][0] for row in connection.execute(model.sql, given).fetchall()])
    assert [len(turn) for turn in turns] == [1] * 16
    assert {digit for turn in turns for digit in turn} == set(digits)


# Occasions of the company's own


def test_a_company_adds_an_occasion_with_one_file(tmp_path: Path) -> None:
    (tmp_path / "careful.toml").write_text('[company]\nname = "Own"\n')
    (tmp_path / "queries" / "occasions").mkdir(parents=True)
    (tmp_path / "queries" / "occasions" / "own_shop.sql").write_text(OWN)
    settings = load_settings(tmp_path / "careful.toml")
    assert "own_shop" in [one.occasion for one in load_occasions(query_folders(settings))]
    with open_engine("UTC") as connection:
        nodes = assemble(connection, settings, Store(settings.store), [], PROFILES, settings.as_of())
    assert {"occasion.own_shop", "occasion.birthday"} <= {node.name for node in nodes}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("kind: plant", "kind: plant\nis_suprise: true"), "'is_suprise' is not known. Did you mean 'is_surprise'"),
        (("kind: plant\n", ""), "lacks kind"),
        (("care_class: extra", "care_class: kind"), "care_class"),
        (("care_class: extra", "care_class: owed\nis_surprise: true"), "what is owed is due"),
        (("'Opened a shop.' as reason", "'Opened a shop.' as why"), "expected the columns customer_key, since_on"),
        (("from customer", "from customer order by random()"), "chance of its own"),
    ],
)  # fmt: skip
def test_an_occasion_that_breaks_its_contract_is_refused_with_its_file(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    (tmp_path / "careful.toml").write_text('[company]\nname = "Own"\n')
    (tmp_path / "queries" / "occasions").mkdir(parents=True)
    (tmp_path / "queries" / "occasions" / "own_shop.sql").write_text(OWN.replace(*change))
    with pytest.raises(QueryError, match=says) as told:
        rehearse(load_settings(tmp_path / "careful.toml"), PROFILES)
    assert "own_shop.sql" in str(told.value)
