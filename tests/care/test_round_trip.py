"""What comes back from the CRM with a wrong line in it does no harm to another customer."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.aside import RULES
from pipelines.care.plan import carry_out
from pipelines.care.reveal import reveal
from pipelines.door.intake import take_in
from pipelines.door.land import read_loads
from pipelines.door.pseudonym import read_key
from pipelines.journal import Journal, Plan
from pipelines.journal.landing import OTHER_KINDNESS, bring_back, land_journal
from pipelines.publish import run_once
from pipelines.settings import Settings
from pipelines.sources import all_profiles
from pipelines.store import Store

HEADER = "act_id,initiative_id,customer_kind,customer_id,done_at,outcome,kind\n"


@pytest.fixture
def store(company: Settings) -> Store:
    return Store(company.store)


@pytest.fixture
def listed(store: Store, company: Settings) -> dict[str, str]:
    """act_id -> the e-mail address of whom it is for."""
    Journal(store).write_plan(
        Plan("THANKS", "Thank-you note", "They return", "second_order", "note", "extra", 30, 0.1, 20, "head",
             date(2026, 11, 1), written_at=datetime(2026, 10, 30))
    )  # fmt: skip
    acts = carry_out(store, company, "THANKS", 20, "head").acts
    named = reveal(store, company, acts["customer_key"].to_list(), "ben", "a test")
    return dict(acts.join(named, on="customer_key").select("act_id", "email").rows())


def send(company: Settings, told: dict[str, str], hour: int) -> None:
    lines = "".join(
        f"{act_id},THANKS,email,{email},2026-11-15T04:00:00Z,done,note\n" for act_id, email in told.items()
    )
    path = company.inbox / "care_acts.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    moment = datetime(2026, 11, 16, hour, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def test_an_act_id_beside_another_customer_closes_nobody_s_act(
    store: Store, company: Settings, listed: dict[str, str]
) -> None:
    (right, hers), (wrong, his), (unknown, _), *_ = listed.items()
    send(company, {right: hers, wrong: hers, unknown: "stranger@example.com"}, 3)
    take_in(company, store, all_profiles(), read_key(company.key_file))
    assert bring_back(store) == 2
    states = dict(Journal(store).acts().select("act_id", "state").rows())
    assert (states[right], states[wrong], states[unknown]) == ("done", "planned", "done")
    send(company, {wrong: his}, 4)
    take_in(company, store, all_profiles(), read_key(company.key_file))
    assert bring_back(store) == 1


def test_rows_that_can_be_about_no_act_of_ours_are_set_aside_with_their_rule_and_all_rows_add_up(
    store: Store, company: Settings, listed: dict[str, str]
) -> None:
    (right, hers), (wrong, _), (soon, his), (later, other), *_ = listed.items()
    rows = [
        (right, hers, "2026-11-15T04:00:00Z", "done"),
        (wrong, hers, "2026-11-15T04:00:00Z", "done"),
        ("A0123456789ABCDE", hers, "2026-11-15T04:00:00Z", "done"),
        ("CRM-7", hers, "2026-11-15T04:00:00Z", "done"),
        (soon, his, "the day before yesterday", "done"),
        (later, other, "2026-11-15T04:00:00Z", "thinking about it"),
        (later, other, "", "done"),
    ]
    path = company.inbox / "care_acts.csv"
    path.write_text(
        HEADER
        + "".join(f"{act_id},THANKS,email,{email},{at},{what},note\n" for act_id, email, at, what in rows),
        encoding="utf-8",
    )
    os.utime(path, (datetime(2026, 11, 16, 3, tzinfo=UTC).timestamp(),) * 2)
    assert run_once(company).outcome == "published"
    build = store.current()
    assert build is not None
    counts = "rows_read, rows_loaded, rows_quarantined, rows_duplicate"
    told = build.query(f"select {counts} from data_health where object = 'care_act'")
    assert told.rows() == [(7, 2, 5, 0)]
    aside = build.query("select rule, column_name, rows from quarantine_summary where object = 'care_act'")
    assert sorted(aside.rows()) == [
        ("an_act_for_somebody_else", "customer_id", 1),
        ("missing", "done_at", 1),
        ("no_act_of_our_lists", "act_id", 1),
        ("not_a_known_word", "outcome", 1),
        ("not_a_time_in_the_declared_format", "done_at", 1),
    ]
    assert set(aside["rule"]) <= RULES.keys(), "Data health has words for each of them"
    (load,) = (load for load in read_loads(store) if load.object == "care_act")
    lines = pl.read_parquet(store.quarantine / f"{load.load_id}.parquet").sort("line")["line"]
    assert lines.to_list() == [3, 4, 6, 7, 8]
    acts = build.query_people("select act_id from care_act order by act_id")["act_id"].to_list()
    assert acts == sorted([right, "CRM-7"])
    states = dict(Journal(store).acts().select("act_id", "state").rows())
    assert [states[name] for name in (right, wrong, soon, later)] == ["done", "planned", "planned", "planned"]


def test_a_file_sorted_in_one_column_alone_makes_no_two_people_one(
    store: Store, company: Settings, listed: dict[str, str]
) -> None:
    def customers() -> int:
        build = store.current()
        assert build is not None
        return int(build.query_people("select count(*) from customer").item())

    before, ids = customers(), list(listed)
    send(company, listed, 3)
    assert run_once(company).outcome == "published"
    send(company, dict(zip(ids, [*list(listed.values())[1:], listed[ids[0]]], strict=True)), 4)
    assert run_once(company).outcome == "published"
    assert customers() == before


def test_a_kindness_in_somebody_s_own_words_is_counted_without_them(store: Store, company: Settings) -> None:
    journal = Journal(store)
    for kind in ("Flowers", "Flowers for Anna Muster, who is in hospital"):
        journal.log_kindness(None, kind, 5, "ben", company.as_of())
    land_journal(company, store, read_key(company.key_file))
    landed = pl.read_parquet(store.landing / "journal__kindness" / "*.parquet")
    assert landed["kind"].to_list() == ["Flowers", OTHER_KINDNESS]
    assert journal.kindnesses()["kind"].to_list()[1].startswith("Flowers for Anna")


def test_what_is_written_after_an_older_journal_was_restored_is_landed_too(
    store: Store, company: Settings, later: Callable[[str], Settings]
) -> None:
    journal, key = Journal(store), read_key(company.key_file)

    def gentle(*names: str) -> None:
        for name in names:
            journal.be_gentle(name, date(2026, 12, 1), "ben")

    gentle("anna")
    backup = journal.path.read_bytes()
    gentle("ben", "carl")
    assert [load.rows_loaded for load in land_journal(company, store, key)] == [3]
    journal.path.write_bytes(backup)
    gentle("dora", "emil")
    assert [load.rows_loaded for load in land_journal(later("2026-11-17"), store, key)] == [2]
    landed = pl.read_parquet(store.landing / "journal__gentle" / "*.parquet")
    assert {"anna", "dora", "emil"} <= set(landed["customer_key"])
    gentle("fred")
    assert [load.rows_loaded for load in land_journal(later("2026-11-18"), store, key)] == [1]
    assert land_journal(later("2026-11-19"), store, key) == []
