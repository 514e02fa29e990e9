"""Between the lot and the act things happen: consent goes, somebody asks for peace, two records turn out to be one."""

import csv
import io
from contextlib import closing
from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from pipelines.care.export import crm_csv, hand_over, safe
from pipelines.care.health import without
from pipelines.care.held import QUIET, TWICE, held_now
from pipelines.care.plan import carry_out
from pipelines.care.reveal import NotDrawn, reveal
from pipelines.journal import Act, Journal, Plan
from pipelines.settings import Settings
from pipelines.store import Store

PLAN = Plan(
    "THANKS", "Thank-you note", "They return", "second_order", "note", "extra", 30, 0.1, 20, "head", date(2026, 11, 1),
    written_at=datetime(2026, 10, 30),
)  # fmt: skip


@pytest.fixture
def store(company: Settings) -> Store:
    return Store(company.store)


@pytest.fixture
def lot(store: Store, company: Settings) -> tuple[list[str], list[str]]:
    """Those drawn and those not."""
    Journal(store).write_plan(PLAN)
    draw = carry_out(store, company, "THANKS", 20, "head").draw
    assert draw is not None
    return (
        draw.rows.filter(arm="treated")["customer_key"].to_list(),
        draw.rows.filter(arm="control")["customer_key"].to_list(),
    )


def change(store: Store, sql: str, *given: object) -> None:
    """As the next build would have it."""
    build = store.current()
    assert build is not None
    file = build.path / "people.duckdb"
    file.chmod(0o600)
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(sql, given)


def says(store: Store, company: Settings) -> dict[str, str]:
    held = dict(held_now(store, company).rows())
    acts = Journal(store).acts().filter(pl.col("act_id").is_in(list(held)))
    return {key: held[act_id] for act_id, key in acts.select("act_id", "customer_key").iter_rows()}


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update customer set has_care_consent = false where customer_key = ?", "without consent to be contacted"),
        ("update customer set gone_on = date '2026-11-15' where customer_key = ?", "gone"),
        ("delete from customer where customer_key = ?", "gone"),
        ("update customer set gentle_until_on = date '2026-11-16' where customer_key = ?", "to be left in peace"),
        ("insert into care_act (act_id, customer_key, outcome) values ('X', ?, 'never_again')", "not to be asked"),
        ("insert into contact_state values (?, 'dunning', date '2026-11-15', null, true)", QUIET),
        ("insert into contact_state values (?, 'hardship', date '2026-11-15', null, true)", QUIET),
        ("insert into contact_state values (?, 'complaint', date '2026-11-15', null, true)", "with a request open"),
    ],
)  # fmt: skip
def test_what_is_known_after_the_draw_holds_the_act_back_and_its_name_stays_out_of_the_file(
    store: Store, company: Settings, lot: tuple[list[str], list[str]], sql: str, told: str
) -> None:
    assert says(store, company) == {}
    change(store, sql, lot[0][0])
    held = says(store, company)
    assert list(held) == lot[0][:1]
    assert held[lot[0][0]].startswith(told)
    handed = hand_over(store, company, Journal(store).acts(), "ben", "for the CRM")
    assert held[lot[0][0]] in handed.left_out["name_fault"].to_list()
    assert lot[0][0] not in Journal(store).reveals()["customer_key"].to_list()
    rows = list(csv.DictReader(io.StringIO(handed.content.decode("utf-8-sig"))))
    assert len(rows) + handed.left_out.height == 20


def test_what_was_said_on_one_act_holds_back_the_others_of_the_same_person(
    store: Store, company: Settings, lot: tuple[list[str], list[str]]
) -> None:
    journal = Journal(store)
    calm, never = lot[0][:2]
    journal.plan_acts(
        [Act("OWED", "complaint", never, "call", "Complained.", date(2026, 11, 18), "owed")], "head"
    )
    journal.change_act("OWED", "never_again", "ben", 1)
    journal.be_gentle(calm, date(2026, 12, 1), "ben")
    assert set(says(store, company)) == {calm, never}
    journal.be_gentle(calm, None, "ben")
    journal.undo("OWED", "ben", 2)
    assert says(store, company) == {}


def test_a_bill_holds_back_nothing_that_is_owed(store: Store, company: Settings) -> None:
    build = store.current()
    assert build is not None
    one, other = build.query_people("select customer_key from customer where gone_on is null and has_care_consent "
                                    "order by 1 limit 2")["customer_key"]  # fmt: skip
    build.close()
    Journal(store).plan_acts(
        [
            Act(f"O{key}", "complaint", key, "call", "Complained.", date(2026, 11, 18), "owed")
            for key in (one, other)
        ],
        "head",
    )
    for key in (one, other):
        change(store, "insert into contact_state values (?, 'dunning', date '2026-11-15', null, true)", key)
    change(store, "update customer set has_care_consent = false where customer_key = ?", other)
    assert list(says(store, company)) == [other]


def test_two_people_who_turn_out_to_be_one_get_it_once_and_under_the_new_key(
    store: Store, company: Settings, lot: tuple[list[str], list[str]]
) -> None:
    old, new = lot[0][:2]
    change(store, "insert into customer_alias values (?, ?, 'same person by email')", old, new)
    change(store, "update identity set customer_key = ? where customer_key = ?", new, old)
    change(store, "delete from customer where customer_key = ?", old)
    assert list(says(store, company).values()) == [TWICE]
    named = reveal(store, company, [old, new], "ben", "a card")
    assert named["customer_key"].to_list() == [old, new]
    assert named["email"].n_unique() == 1
    assert named["email"][0]


def test_who_waits_is_not_shown_under_an_old_key_nor_for_an_act_that_is_over(
    store: Store, company: Settings, lot: tuple[list[str], list[str]]
) -> None:
    journal, waits = Journal(store), lot[1][0]
    owed = Act("OWED", "complaint", waits, "call", "Complained.", date(2026, 11, 18), "owed")
    journal.plan_acts([owed], "head")
    assert reveal(store, company, [waits], "ben", "complaint").height == 1
    journal.change_act("OWED", "done", "ben", 1)
    with pytest.raises(NotDrawn):
        reveal(store, company, [waits], "ben", "a card")
    change(store, "insert into customer_alias values ('former', ?, 'same person by email')", waits)
    with pytest.raises(NotDrawn):
        reveal(store, company, ["former"], "ben", "a card")


@pytest.mark.parametrize(
    "cell",
    ["\u3000=1", "\u2003=1", "\u200b=1", "\ufeff=1", "\x0b=1", " \t =1", "﹦1", "﹢41", "﹣1", "﹫x", "\u2212" + "1",
     "\x00=1", "a\tb"[1:], "\u2028=1"],
)  # fmt: skip
def test_a_formula_behind_signs_that_nobody_sees_is_made_harmless(cell: str) -> None:
    assert safe(cell).startswith("'")
    content = crm_csv(pl.DataFrame({"act_id": ["A1"], "kind": [cell], "reason": [cell], "occasion": [cell]}))
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert all(row[name].startswith("'") for name in ("kind", "reason", "occasion"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("No chocolate: diabetic.", "No chocolate: something personal."),
        ("Had to come back about Krankenkasse.", "Had to come back about something personal."),
        ("Allergie gegen Nüsse", "something personal gegen Nüsse"),
        ("Will bill them, no skill needed.", "Will bill them, no skill needed."),
    ],
)
def test_health_is_in_no_reason_and_no_wish(text: str, told: str) -> None:
    assert without(text) == told
