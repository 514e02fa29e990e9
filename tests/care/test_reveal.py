"""Names come out through one door, logged first; those who wait are not shown."""

import csv
import io
import os
from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.care import reveal as door
from pipelines.care.export import COLUMNS, crm_csv, hand_over, safe
from pipelines.care.plan import carry_out
from pipelines.care.reveal import NotDrawn, reveal
from pipelines.journal import Act, Journal, JournalError, Plan
from pipelines.publish import run_once
from pipelines.settings import Settings
from pipelines.store import Store


@pytest.fixture
def store(company: Settings) -> Store:
    return Store(company.store)


@pytest.fixture
def keys(store: Store, company: Settings) -> dict[int, str]:
    """The customers by their number, found through the vault as `reveal` itself finds them."""
    build = store.current()
    assert build is not None
    everybody = build.query_people("select customer_key from customer")["customer_key"].to_list()
    named = reveal(store, company, everybody, "a test", "to know who is who")
    return {
        int(email[1:].partition("@")[0]): key for key, email in named.select("customer_key", "email").rows()
    }


def drawn(store: Store, company: Settings) -> tuple[list[str], list[str]]:
    Journal(store).write_plan(
        Plan("THANKS", "Thank-you note", "They return", "second_order", "note", "extra", 30, 0.1, 20, "head",
             date(2026, 11, 1), written_at=datetime(2026, 10, 30))
    )  # fmt: skip
    listed = carry_out(store, company, "THANKS", 20, "head")
    assert listed.draw is not None
    rows = listed.draw.rows
    return tuple(
        rows.filter(pl.col("arm") == arm)["customer_key"].to_list() for arm in ("treated", "control")
    )  # type: ignore[return-value]


def test_a_name_with_address_and_how_the_crm_knows_her(
    store: Store, company: Settings, keys: dict[int, str]
) -> None:
    rows = reveal(store, company, [keys[5], keys[0], "nobody"], "ben", "a card").to_dicts()
    assert rows[0] == {
        "customer_key": keys[5], "preferred_name": "Annaf Muster", "full_name": "Annaf Muster",
        "email": "c5@example.com", "phone": None, "address": None, "preferred_channel": None, "wishes": None,
        "customer_kind": "customer_id", "customer_id": "000005", "name_is_broken": False, "name_fault": None,
    }  # fmt: skip
    assert (rows[1]["phone"], rows[1]["address"]) == ("+41446681800", "Seeweg 1, 3000 Bern")
    assert (rows[2]["full_name"], rows[2]["name_fault"]) == (None, "there is no name")


def test_every_name_is_a_line_in_the_journal_before_it_is_handed_out(
    store: Store, company: Settings, keys: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Journal(store).reveals().height
    reveal(store, company, [keys[5], keys[6], keys[5]], "ben", "this week's list")
    told = Journal(store).reveals().tail(2)
    assert told.select("customer_key", "by", "why").rows() == [
        (keys[5], "ben", "this week's list"), (keys[6], "ben", "this week's list")
    ]  # fmt: skip

    def fails(*_: object) -> None:
        raise OSError("the vault is away")

    monkeypatch.setattr(door, "_facts", fails)
    with pytest.raises(OSError, match="the vault is away"):
        reveal(store, company, [keys[7]], "ben", "a card")
    assert Journal(store).reveals().height == before + 3


def test_without_a_reason_or_a_journal_no_name_is_shown(
    store: Store, company: Settings, keys: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(door, "_facts", lambda *given: asked.append(given))
    with pytest.raises(JournalError, match="for a reason"):
        reveal(store, company, [keys[5]], "ben", "  ")
    for path in store.root.glob("journal.sqlite*"):
        path.unlink()
    (store.root / "journal.sqlite").mkdir()
    with pytest.raises((JournalError, OSError)):
        reveal(store, company, [keys[5]], "ben", "a card")
    assert asked == []


def test_who_waits_by_lot_is_not_shown_and_nothing_is_logged(store: Store, company: Settings) -> None:
    treated, control = drawn(store, company)
    assert reveal(store, company, treated, "ben", "list").height == 20
    with pytest.raises(NotDrawn, match="1 of these 3 customers were not drawn"):
        reveal(store, company, [*treated[:2], control[0]], "ben", "list")
    assert Journal(store).reveals().height == 20


def test_what_is_owed_to_somebody_who_waits_opens_the_door_to_her_alone(
    store: Store, company: Settings
) -> None:
    _, control = drawn(store, company)
    owed = Act("OWED", "complaint", control[0], "call", "Complained.", date(2026, 11, 18), "owed")
    Journal(store).plan_acts([owed], "head")
    assert reveal(store, company, [control[0]], "ben", "complaint").height == 1
    with pytest.raises(NotDrawn):
        reveal(store, company, [control[1]], "ben", "complaint")


def test_after_the_horizon_nobody_waits_any_more(store: Store, company: Settings, later) -> None:  # type: ignore[no-untyped-def]
    _, control = drawn(store, company)
    assert reveal(store, later("2026-12-16"), control[:1], "ben", "card").height == 1


# The file for the CRM


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+41", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", '="x"', "＝1+1", "=cmd|' /C calc'!A0",
     "  @x"],
)  # fmt: skip
def test_a_cell_that_is_a_formula_is_made_harmless(cell: str) -> None:
    assert safe(cell).startswith("'")
    (row,) = cells(crm_csv(pl.DataFrame({"act_id": ["A1"], "full_name": [cell]})))
    assert row["full_name"].startswith("'")
    assert row["full_name"].lstrip("'").strip() == cell.strip()


@pytest.mark.parametrize("cell", ["Ann", "O'Neil", 'the "old" one', "a,b;c", "1-2", "", "ann@example.com"])
def test_a_cell_that_is_none_stays_as_it_is(cell: str) -> None:
    (row,) = cells(crm_csv(pl.DataFrame({"act_id": ["A1"], "full_name": [cell]})))
    assert row["full_name"] == cell


def test_a_line_break_in_a_cell_starts_no_row() -> None:
    (row,) = cells(crm_csv(pl.DataFrame({"act_id": ["A1"], "reason": ["one\r\ntwo\nthree"]})))
    assert row["reason"] == "one two three"


def test_a_broken_name_blocks_the_act_and_the_rest_is_handed_over(
    store: Store, company: Settings, keys: dict[int, str]
) -> None:
    journal = Journal(store)
    acts = [
        Act(f"A{n}", "second_order", keys[n], "note", "Came back.", date(2026, 11, 20))
        for n in (0, 1, 2, 5, 6)
    ]
    journal.plan_acts(acts, "head")
    handed = hand_over(store, company, journal.acts(), "ben", "for the CRM")
    assert handed.left_out.sort("act_id").rows() == [
        ("A0", "a template was not filled in"), ("A1", "it is all in capitals"), ("A2", "a template was not filled in")
    ]  # fmt: skip
    rows = cells(handed.content)
    assert [row["act_id"] for row in rows] == ["A5", "A6"]
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["full_name"], rows[0]["email"], rows[0]["customer_id"]) == (
        "Annaf Muster",
        "c5@example.com",
        "000005",
    )


def test_the_file_goes_to_the_crm_and_comes_back_as_what_became_of_the_acts(
    store: Store, company: Settings
) -> None:
    _, control = drawn(store, company)
    journal = Journal(store)
    handed = hand_over(store, company, journal.acts("THANKS"), "ben", "for the CRM")
    rows = cells(handed.content)
    assert len(rows) + handed.left_out.height == 20
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    outcomes = ("done", "not_reached", "wrong_address")
    for number, row in enumerate(rows):
        writer.writerow(
            {**row, "outcome": outcomes[number % 3], "done_at": "2026-11-15T09:00:00Z", "given_by": "Team"}
        )
    path = company.inbox / "care_acts.csv"
    path.write_bytes(out.getvalue().encode("utf-8-sig"))
    moment = datetime(2026, 11, 16, 4, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    assert run_once(company).outcome == "published"
    build = store.current()
    assert build is not None
    acts = dict(
        build.query_people("select act_id, outcome from care_act where initiative_id = 'THANKS'").rows()
    )
    expected = {row["act_id"]: outcomes[number % 3] for number, row in enumerate(rows)}
    assert acts == expected
    states = dict(journal.acts("THANKS").select("act_id", "state").rows())
    assert {name: states[name] for name in expected} == expected
    same = build.query_people(
        "select count(*) from care_act as act join assignment on assignment.unit_key = act.customer_key "
        "and assignment.initiative_id = act.initiative_id and assignment.arm = 'treated'"
    )
    assert same.item() == len(rows)
    with pytest.raises(NotDrawn):
        reveal(store, company, control[:1], "ben", "list")
