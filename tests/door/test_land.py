"""Every row is accounted for, and only what is new lands."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.door.land import landed_files, read_loads
from pipelines.settings import load_settings

HEADER = "Record ID,Email,Create Date,Last Modified Date,Lifecycle Stage\n"
GOOD, UNDATED, NAMELESS, NARROW, BLANK = "good", "undated", "nameless", "narrow", "blank"
FULL = '[sources.hubspot]\nfull_export = ["contact"]\n'
ROW = st.tuples(
    st.sampled_from([GOOD, GOOD, GOOD, UNDATED, NAMELESS, NARROW, BLANK]),
    st.integers(1, 4),
    st.integers(1, 3),
)
FILE = st.lists(ROW, max_size=8)


def line(kind: str, number: int, version: int) -> str:
    return {
        GOOD: f"{number},p{number}@example.com,2026-05-01 08:00,2026-05-02 08:00,stage {version}\n",
        UNDATED: f"{number},p{number}@example.com,01/05/2026,,stage {version}\n",
        NAMELESS: f",p{number}@example.com,2026-05-01 08:00,,stage {version}\n",
        NARROW: f"{number},p{number}@example.com\n",
        BLANK: "\n",
    }[kind]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(FILE, min_size=1, max_size=3))
@example(files=[[(GOOD, 1, 1), (GOOD, 1, 2), (NARROW, 1, 1), (GOOD, 1, 1)], [(GOOD, 1, 1)], [(GOOD, 1, 2)]])
def test_rows_read_are_rows_loaded_set_aside_or_known_already(open_desk, files):
    desk = open_desk()
    known: dict[int, int] = {}
    landed = []
    for day, rows in enumerate(files, start=1):
        load = desk.read(HEADER + "".join(line(*row) for row in rows), on=f"2026-11-{day:02}")
        records = [row for row in rows if row[0] != BLANK]
        newest = {number: version for kind, number, version in records if kind == GOOD}
        new = {number: version for number, version in newest.items() if known.get(number) != version}
        known |= new
        landed += sorted(new.items())
        assert load.rows_read == len(records)
        assert load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_duplicate
        assert load.rows_loaded == len(new)
        assert (
            load.rows_quarantined == len(desk.set_aside(load)) == sum(kind != GOOD for kind, _, _ in records)
        )
        assert sum(rule["rows"] for rule in load.rules) == load.rows_quarantined
    stages = [row["lifecycle_stage"] for row in desk.landed("hubspot__contact")]
    assert sorted(stages) == sorted(f"stage {version}" for _, version in landed)


def all_known(desk) -> list[list[tuple]]:
    """What a build starts from, of every table that anything has landed in, and what each file says of itself."""
    loads, engine = read_loads(desk.store), desk.engine()
    return [
        [(load.load_id, load.rows_loaded, load.rows_duplicate, *load.notes) for load in loads],
        *(
            engine.sql(f"select * from landing.{table} order by all").fetchall()
            for table in sorted(landed_files(desk.store, loads))
        ),
    ]


TOLD = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2)), max_size=2, unique_by=lambda row: row[0])
DROPS = st.lists(st.tuples(st.integers(10, 11), st.booleans(), TOLD), min_size=2, max_size=4, unique_by=str)


def read_in(desk, drops, *, at_once: bool) -> list[list[tuple]]:
    """All that is known after these files, each in a visit of its own or all in one."""
    for number, (day, has_stage, rows) in enumerate(drops):
        text = HEADER + "".join(line(GOOD, *row) for row in rows)
        if not has_stage:
            text = "".join(row.rpartition(",")[0] + "\n" for row in text.splitlines())
        desk.put(f"{number}.csv", text, on=f"2026-11-{day}")
        if not at_once:
            desk.take_in()
    desk.take_in()
    return all_known(desk)


def test_whichever_of_three_files_of_one_moment_is_read_first_the_same_is_known(open_desk):
    drops = [(10, True, [(1, 1)]), (10, True, [(1, 2), (2, 1)]), (10, True, [(1, 1), (2, 2)])]
    told = []
    for order, at_once in (((0, 1, 2), True), ((2, 1, 0), True), ((0, 1, 2), False), ((0, 2, 1), False)):
        desk = open_desk(FULL)
        desk.key = bytes(32)
        told.append(read_in(desk, [drops[place] for place in order], at_once=at_once))
    assert told[1:] == told[:1] * 3


@pytest.mark.endure
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drops=DROPS, is_full=st.booleans(), at_once=st.booleans(), chance=st.randoms(use_true_random=False))
def test_in_any_order_that_respects_their_dates_files_tell_the_same(
    open_desk, drops, is_full, at_once, chance
):
    shuffled = sorted(chance.sample(drops, len(drops)), key=lambda drop: drop[0])
    told = []
    for files, visits in ((sorted(drops, key=lambda drop: drop[0]), False), (shuffled, at_once)):
        desk = open_desk(FULL if is_full else "")
        desk.key = bytes(32)
        told.append(read_in(desk, files, at_once=visits))
    assert told[0] == told[1]


def test_the_key_of_a_record_is_the_keyed_hash_of_where_it_comes_from(desk):
    desk.read(HEADER + line(GOOD, 1, 1))
    assert desk.table("hubspot__contact")["record_key"].to_list() == [desk.hash("hubspot|contact|1")]


def test_an_older_file_that_comes_late_does_not_make_the_newer_one_new_again(desk, counts):
    desk.read(HEADER + line(GOOD, 1, 2), on="2026-11-10", name="b.csv")
    desk.read(HEADER + line(GOOD, 1, 1), on="2026-11-03", name="a.csv")
    again = desk.read(HEADER + line(GOOD, 1, 2), on="2026-11-12", name="c.csv")
    assert counts(again) == (1, 0, 0, 1)


def test_an_older_full_export_that_comes_late_takes_nothing_back_that_a_newer_one_told_again(
    open_desk, counts
):
    desk = open_desk(FULL)
    desk.read(HEADER + line(GOOD, 1, 1), on="2026-11-03", name="a.csv")
    desk.read(HEADER + line(GOOD, 1, 1), on="2026-11-10", name="c.csv")
    late = desk.read(HEADER + line(GOOD, 1, 2) + line(GOOD, 2, 1), on="2026-11-05", name="b.csv")
    assert counts(late) == (2, 1, 0, 1)
    assert [row["lifecycle_stage"] for row in desk.landed("hubspot__contact")] == ["stage 1", "stage 1"]


def test_of_a_list_whose_every_version_counts_the_same_row_in_two_files_of_one_moment_counts_once(desk):
    goal = "goal_id,kpi,target_share,due_on\nmore,nps,0.1,2026-12-31\n"
    for name, text in (("a.csv", goal), ("b.csv", goal.replace("\n", "\r\n"))):
        desk.read(text, name=name)
    assert desk.known("goal_id", table="careful__goal") == [("more",)]


def test_rows_that_tell_again_of_a_record_of_their_file_are_known_already_and_noted(desk, counts):
    load = desk.read(HEADER + line(GOOD, 1, 1) + line(GOOD, 2, 1) + line(GOOD, 1, 2) + line(GOOD, 1, 3))
    assert counts(load) == (4, 2, 0, 2)
    assert load.notes == ["2 row(s) tell again of a record of the same file, whose newest row counts"]


def test_the_original_words_lie_in_the_vault_beside_their_record(desk):
    load = desk.read(HEADER + line(GOOD, 1, 1))
    kept = pl.read_parquet(desk.store.vault / "hubspot__contact" / f"{load.load_id}.parquet")
    assert kept.select("record_key", "contact_id", "email").rows() == [
        (desk.hash("hubspot|contact|1"), "1", "p1@example.com")
    ]


def test_a_corrected_mapping_lands_the_rows_again_with_the_new_column(open_desk, counts):
    plain = open_desk()
    text = HEADER + line(GOOD, 1, 1)
    plain.read(text, on="2026-11-10")
    config = plain.settings.path
    config.write_text(config.read_text() + '[mapping.hubspot]\n"Lifecycle Stage" = "segment"\n')
    plain.settings = load_settings(config)
    assert counts(plain.read(text, on="2026-11-11")) == (1, 1, 0, 0)
    assert plain.landed("hubspot__contact", "segment")[1:] == [{"segment": "stage 1"}]


def test_what_a_load_says_of_itself_survives_the_disk(desk):
    load = desk.read(HEADER + line(GOOD, 1, 1), on="2026-11-10 06:30:15")
    assert read_loads(desk.store) == [load]
    assert load.received_at == datetime(2026, 11, 10, 6, 30, 15)


def test_words_that_look_like_an_address_a_number_or_a_letter_do_not_land(desk):
    rows = [
        "1,ann@example.com,2026-05-01 08:00,write to anna@example.com",
        "2,bo@example.com,2026-05-01 08:00,call +41 79 123 45 67",
        f"3,cy@example.com,2026-05-01 08:00,{'she is ill and asked us to wait ' * 3}",
        "4,di@example.com,2026-05-01 08:00,Genève 2026-10-01",
    ]
    load = desk.read("Record ID,Email,Create Date,Country/Region\n" + "\n".join(rows) + "\n")
    countries = [row["country"] for row in desk.landed("hubspot__contact", "country")]
    assert countries == [None, None, None, "Genève 2026-10-01"]
    assert "3 text(s) of country look personal and stay in the original file" in load.notes


@pytest.mark.parametrize(
    ("probability", "worth", "days"),
    [("50", "0.03", "90"), ("0.5", "-1", "90"), ("0.5", "0.03", "99999999")],
)
def test_a_number_that_can_not_be_is_set_aside_and_never_reaches_a_build(desk, probability, worth, days):
    initiative = desk.read(
        "initiative_id,name,tactic,care_class,hypothesis,primary_outcome,unit_of_assignment,horizon_days,"
        "smallest_effect_worth_having,starts_on\n"
        f"I,Note,note,extra,it helps,purchase_within_horizon,customer,{days},{worth},2026-01-01\n"
    )
    draw = desk.read(
        "initiative_id,customer_kind,customer_id,arm,probability,assigned_at\n"
        f"I,email,ann@example.com,treated,{probability},2026-01-01T00:00:00Z\n",
        name="b.csv",
    )
    pointers = desk.set_aside(initiative) + desk.set_aside(draw)
    assert [rule for _, _, rule in pointers] == ["out_of_bounds"]


def test_half_an_answer_on_a_whole_scale_is_set_aside(open_desk):
    desk = open_desk('[mapping.qualtrics]\nQID1 = "emotion"\n')
    names = "RecordedDate,ResponseId,Q1"
    ids = '"{""ImportId"":""recordedDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"'
    load = desk.read(f"{names}\n{names}\n{ids}\n2026-05-01 08:00:00,R_1,5.5\n2026-05-01 08:00:00,R_2,5\n")
    assert desk.set_aside(load) == [(4, "emotion", "outside_the_scale")]
