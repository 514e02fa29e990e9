"""Exports come again, overlap, lose and gain columns and people: what is known is what was told last, once."""

import gzip
import random
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.door.intake import take_in
from pipelines.door.pseudonym import read_key
from pipelines.settings import load_settings
from pipelines.snapshot.content import content, table_names
from pipelines.sources import all_profiles
from pipelines.store import Build
from tests.snapshot.company import PEOPLE, Company, contacts, feedback, week_of_answers

HEADER = "Record ID,Email,Create Date,Last Modified Date,Lifecycle Stage\n"
ANN = "1,ann@example.com,2026-05-01 08:00,2026-05-02 08:00,customer\n"
BO = "2,bo@example.com,2026-05-01 08:00,2026-05-02 08:00,lead\n"
CY = "3,cy@example.com,2026-05-01 08:00,2026-05-02 08:00,lead\n"
FULL = '[sources.hubspot]\nfull_export = ["contact"]\n'


# The same again


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("a.csv", (HEADER + ANN + BO).encode()),
        ("another name (1).csv", (HEADER + ANN + BO).encode()),
        ("a.csv.gz", gzip.compress((HEADER + ANN + BO).encode())),
        ("a.csv", (HEADER + ANN + BO).replace("\n", "\r\n").encode()),
        ("a.csv", (HEADER + ANN + BO).encode("utf-8-sig")),
        ("a.csv", (HEADER + ANN + BO).encode("utf-16")),
        ("a.csv", (HEADER + ANN + BO).replace(",", ";").encode()),
        ("a.csv", (HEADER + BO + ANN).rstrip("\n").encode()),
        ("a.csv", ('"' + (HEADER + ANN + BO).replace(",", '","').replace("\n", '"\n"')[:-1]).encode()),
    ],
    ids=[
        "twice", "renamed", "packed", "other line ends", "a mark before it", "UTF-16", "semicolons", "other order",
        "quoted",
    ],
)  # fmt: skip
def test_the_same_rows_again_change_nothing_however_they_are_written(desk, counts, name, again):
    desk.read(HEADER + ANN + BO, on="2026-11-03")
    before = desk.known("*")
    assert counts(desk.read(again, on="2026-11-10", name=name)) == (2, 0, 0, 2)
    assert desk.known("*") == before


def test_the_same_export_in_a_zip_changes_nothing(desk, counts):
    desk.read(HEADER + ANN + BO, on="2026-11-03")
    assert counts(desk.read({"deep/contacts.csv": HEADER + ANN + BO}, on="2026-11-10", name="e.zip")) == (
        2,
        0,
        0,
        2,
    )


# Overlap, correction


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_exports_that_overlap_every_record_is_known_once_whichever_is_read_first(desk, order):
    files = (HEADER + ANN + BO, HEADER + BO + CY)
    for place in order:
        desk.read(files[place])
    assert desk.known("lifecycle_stage") == [("customer",), ("lead",), ("lead",)]


def test_a_corrected_value_replaces_the_one_before_and_a_correction_taken_back_counts_again(desk):
    corrected = ANN.replace("customer", "former customer")
    for day, row in (("03", ANN), ("10", corrected)):
        desk.read(HEADER + row, on=f"2026-11-{day}")
    assert desk.known("lifecycle_stage") == [("former customer",)]
    desk.read(HEADER + ANN, on="2026-11-12")
    assert desk.known("lifecycle_stage") == [("customer",)]


# Columns come and go


def test_a_new_column_changes_nothing_of_what_is_known_and_is_noted(desk, counts):
    desk.read(HEADER + ANN, on="2026-11-03")
    load = desk.read(HEADER.replace("\n", ",Shoe size\n") + ANN.replace("\n", ",44\n"), on="2026-11-10")
    assert counts(load) == (1, 0, 0, 1)
    assert "1 column(s) are not used and stay in the original file" in load.notes


def test_a_removed_required_column_keeps_the_whole_file_out_and_what_was_known_stays(desk):
    desk.read(HEADER + ANN, on="2026-11-03")
    before = desk.known("*")
    assert desk.refuse("Record ID,Email\n1,ann@example.com\n").startswith(
        "Its columns are those of no known export"
    )
    assert desk.known("*") == before


def test_a_removed_optional_column_is_empty_from_then_on_and_that_is_noted(desk):
    desk.read(HEADER + ANN, on="2026-11-03")
    load = desk.read(HEADER.replace(",Lifecycle Stage", "") + ANN.replace(",customer", ""), on="2026-11-10")
    assert desk.known("lifecycle_stage") == [(None,)]
    assert load.notes == ["It has no column for lifecycle_stage any more, which the file before had"]


def test_a_removed_column_of_a_company_s_own_mapping_is_noted_too(open_desk):
    desk = open_desk('[mapping.hubspot]\n"Customer group" = "segment"\n')
    desk.read(HEADER.replace("Lifecycle Stage", "Customer group") + ANN, on="2026-11-03")
    notes = desk.read(HEADER + ANN, on="2026-11-10").notes
    assert notes == ["It has no column for segment any more, which the file before had"]


def test_a_column_that_is_there_but_empty_or_that_was_always_empty_is_not_missed(desk):
    empty = ANN.replace("customer", "")
    desk.read(HEADER + ANN, on="2026-11-03")
    assert desk.read(HEADER + empty, on="2026-11-10").notes == []
    assert (
        desk.read(HEADER.replace(",Lifecycle Stage", "") + empty.replace(",\n", "\n"), on="2026-11-11").notes
        == []
    )


def test_a_renamed_label_is_read_again_once_it_is_mapped_and_the_records_are_the_same(open_desk, counts):
    desk = open_desk('[mapping.hubspot]\n"Mail of the customer" = "email"\n')
    desk.read(HEADER + ANN, on="2026-11-03")
    renamed = HEADER.replace("Email", "Mail of the customer")
    assert counts(desk.read(renamed + ANN, on="2026-11-10")) == (1, 0, 0, 1)
    assert counts(desk.read(HEADER + BO, on="2026-11-12")) == (1, 1, 0, 0)


# People come and go


def gone(company: Company) -> dict[int, str]:
    """Who is gone since when, by HubSpot's number of the person."""
    build = company.store.current()
    assert build is not None
    vault = (company.store.vault / "hubspot__contact").glob("*.parquet")
    numbers = dict(pl.read_parquet(list(vault)).select("record_key", "contact_id").rows())
    with duckdb.connect(str(build.path / "people.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select record_key, gone_on from identity join customer using (customer_key) where gone_on is not null"
        ).fetchall()
    return {int(numbers[record]): str(day) for record, day in rows if record in numbers}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, str]]:
    """Who was gone after each week: person 7 left after the first and came back in the last, 9 was merged into 8."""
    company = Company(tmp_path_factory.mktemp("weeks") / "company")
    with company.config.open("a", encoding="utf-8") as text:
        text.write(FULL)
    everybody = set(range(30))
    told = {}
    for day, people in (
        ("02", everybody), ("09", everybody - {7, 9}), ("16", everybody - {7, 9}), ("23", everybody - {9})
    ):  # fmt: skip
        merged = {} if day == "02" else {8: 9}
        company.arrives("c.csv", contacts(sorted(people), merged=merged), f"2026-11-{day}T04:00:00")
        company.run(f"2026-11-{day}T05:00:00")
        told[day] = gone(company)
    return told


def test_who_is_absent_from_one_full_export_is_still_here(weeks):
    assert weeks["02"] == weeks["09"] == {}


def test_who_is_absent_from_two_full_exports_is_gone_since_the_last_one_that_had_them(weeks):
    assert weeks["16"] == {8: "2026-11-02"}


def test_who_comes_back_is_not_gone_any_more(weeks):
    assert weeks["23"] == {}


def test_who_was_merged_into_somebody_is_not_gone_but_the_same_customer(weeks):
    assert 10 not in weeks["16"]


def test_files_that_are_not_full_never_make_anybody_gone(tmp_path):
    company = Company(tmp_path / "company")
    for day, people in (("02", range(30)), ("09", range(3)), ("16", range(3))):
        company.arrives("c.csv", contacts(people), f"2026-11-{day}T04:00:00")
    company.run("2026-11-16T05:00:00")
    assert gone(company) == {}


# Any order


def orders(numbers: range, status: str = "paid") -> str:
    head = "Name,Email,Financial Status,Currency,Total,Created at,Refunded Amount,Id\n"
    return head + "".join(
        f"#{n},p{n}@example.com,{status},EUR,20.00,2026-11-{1 + n % 9:02} 08:00:00 +0200,0.00,{n}\n"
        for n in numbers
    )


def drops() -> list[tuple[str, str]]:
    """What arrives on three Mondays, as (moment, content): parts, overlaps, corrections, a merge."""
    first, second, third = (f"2026-11-{day:02}T04:00:00" for day in (2, 9, 16))
    answers = [
        feedback(week_of_answers(day, range(120))) for day in ("2026-10-26", "2026-11-02", "2026-11-09")
    ]
    return [
        (first, contacts(range(100))),
        (first, contacts(range(60, PEOPLE))),
        (first, answers[0]),
        (first, orders(range(40))),
        (second, contacts(range(PEOPLE - 1), "2026-11-05 09:00", {3: PEOPLE - 1})),
        (second, answers[1]),
        (second, answers[0]),
        (second, orders(range(20, 90), "partially_refunded")),
        (third, contacts(range(50), "2026-11-12 09:00")),
        (third, contacts(range(50, PEOPLE - 1), "2026-11-13 09:00")),
        (third, answers[2]),
        (third, orders(range(70, 150))),
    ]


def replay(
    folder: Path, files: list[tuple[str, str]], key: Path | None, *, at_once: bool
) -> tuple[Company, Build]:
    """A company that got these files in this order, all in one run or each in a visit of its own."""
    company = Company(folder)
    if key:
        shutil.copyfile(key, load_settings(company.config).key_file)
    settings = company.at("2026-11-16T05:00:00")
    for number, (moment, content_) in enumerate(files):
        company.arrives(f"{number:03}.csv", content_, moment)
        if not at_once:
            take_in(settings, company.store, all_profiles(), read_key(settings.key_file))
    return company, company.run("2026-11-16T05:00:00")


def said(build: Build) -> dict[str, object]:
    """What every table of a build says."""
    told: dict[str, object] = {}
    for file in ("careful.duckdb", "people.duckdb"):
        with duckdb.connect(str(build.path / file)) as connection:
            told |= {f"{file}:{name}": content(connection, name) for name in table_names(connection)}
    return told


@pytest.mark.endure
def test_drops_replayed_in_any_order_that_respects_their_dates_give_the_same_build(tmp_path):
    company, build = replay(tmp_path / "as-it-came", drops(), None, at_once=True)
    expected, key = said(build), load_settings(company.config).key_file
    assert len(expected) > 50
    for seed in range(3):
        files = drops()
        random.Random(seed).shuffle(files)
        files.sort(key=lambda file: file[0])
        _, again = replay(tmp_path / f"order-{seed}", files, key, at_once=seed == 0)
        found = said(again)
        assert [name for name in expected if found[name] != expected[name]] == []
