"""Golden rows of tables of the interface of Google Analytics, saved as files."""

import csv
import io
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.door.text import decode
from pipelines.ga4.cells import unfold

REPORT = """\
# ----------------------------------------
# Pages and screens: Page path and screen class
# Account: Acme
# Property: Acme shop - GA4
# ----------------------------------------
#\x20
# All Users
# Start date: 20261005
# End date: 20261011
Page path and screen class,Views,Active users,Views per active user,Event count,Total revenue
/help/returns,120,60,2,400,0
/reset?email=ann%40example.com,3,2,1.5,9,0
/reset?email=bo%40example.com,4,3,1.3333333,12,12.5
/hello/ann@example.com,10,9,1.1,20,0
"""


def test_a_report_of_the_interface_lands_figure_by_figure(desk, counts):
    load = desk.read(REPORT, name="Pages_and_screens.csv")
    assert counts(load) == (20, 20, 0, 0)
    assert load.notes == ["5 text(s) of member told who somebody is; that part is left out"]
    about = {"property": "Acme shop - GA4", "title": "Pages and screens: Page path and screen class",
             "segment": "All Users", "starts_on": date(2026, 10, 5), "ends_on": date(2026, 10, 11),
             "dimension": "page_path"}  # fmt: skip
    landed = desk.landed("ga4__cell")
    assert landed[:2] == [
        {"line": 11, **about, "member": "/help/returns", "metric": "screen_page_views", "value": 120.0},
        {"line": 11, **about, "member": "/help/returns", "metric": "active_users", "value": 60.0},
    ]
    views = {
        (row["line"], row["member"]): row["value"] for row in landed if row["metric"] == "screen_page_views"
    }
    assert views == {
        (11, "/help/returns"): 120, (12, "/reset"): 3, (13, "/reset"): 4,
        (14, "/hello/…"): 10,
    }  # fmt: skip
    assert landed[12]["value"] == 1.3333333


SNAPSHOT = """\
# ----------------------------------------
# Reports snapshot
# Account: Acme
# Property: Acme shop - GA4
# ----------------------------------------

# All Users
# Start date: 20261001
# End date: 20261003
Nth day,Active users
0000,35
0001,40
0002,0

# All Users
# Start date: 20260901
# End date: 20260930
Active users,New users,Purchase revenue
410,120,1234.5

# All Users
# Start date: 20261001
# End date: 20261003
Session primary channel group (Default Channel Group),Sessions
"Organic, 🔎 Search",61
#1 newsletter,5

# All Users
# Start date: 20260901
# End date: 20261012
Cohort,Week 0,Week 1,Week 2
20260901-20260907,100,40,-1
20260908-20260914,90,-1
20260915-20260921,80
"""


def test_every_table_of_a_snapshot_has_its_own_days(desk, counts):
    load = desk.read(SNAPSHOT, name="Reports_snapshot.csv")
    assert counts(load) == (14, 12, 2, 0)
    assert desk.set_aside(load) == [(32, "", "not_yet"), (33, "", "not_yet")]
    assert load.rows_dropped == 2
    september, day = (date(2026, 9, 1), date(2026, 9, 30)), date(2026, 10, 1)
    found = desk.landed("ga4__cell", "starts_on", "ends_on", "dimension", "member", "metric", "value")
    assert [tuple(row.values()) for row in found] == [
        (day, day, None, None, "active_users", 35),
        (date(2026, 10, 2), date(2026, 10, 2), None, None, "active_users", 40),
        (date(2026, 10, 3), date(2026, 10, 3), None, None, "active_users", 0),
        (*september, None, None, "active_users", 410),
        (*september, None, None, "new_users", 120),
        (*september, None, None, "purchase_revenue", 1234.5),
        (day, date(2026, 10, 3), "session_default_channel_group", "Organic, 🔎 Search", "sessions", 61),
        (day, date(2026, 10, 3), "session_default_channel_group", "#1 newsletter", "sessions", 5),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260901-20260907 · Week 0", "cohort", 100),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260901-20260907 · Week 1", "cohort", 40),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260908-20260914 · Week 0", "cohort", 90),
        (date(2026, 9, 1), date(2026, 10, 12), "cohort · nth", "20260915-20260921 · Week 0", "cohort", 80),
    ]


EXPLORATION = """\
# ----------------------------------------
# Acme shop
# Free form-Free form 1
# 20261001-20261031
# ----------------------------------------

Date,Page path and screen class,Active users,Views
,,211,309,Grand total
20261026,/,44,152
20261026,/help,50,110
20261027,/,33
"""


def test_the_grand_total_of_an_exploration_is_no_row(desk, counts):
    load = desk.read(EXPLORATION, name="Free form.csv")
    assert counts(load) == (5, 4, 1, 0)
    assert desk.set_aside(load) == [(11, "", "wrong_number_of_cells")]
    found = desk.landed("ga4__cell", "property", "title", "segment", "starts_on", "member", "metric", "value")
    assert [tuple(row.values()) for row in found] == [
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/", "active_users", 44),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/", "screen_page_views", 152),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/help", "active_users", 50),
        ("Acme shop", "Free form-Free form 1", None, date(2026, 10, 26), "/help", "screen_page_views", 110),
    ]


def test_a_file_that_a_spreadsheet_saved_says_the_same(open_desk, counts):
    first, saved = open_desk(), open_desk()
    cells = [line.split(",") for line in SNAPSHOT.replace('"Organic, 🔎', '"Organic; 🔎').splitlines()]
    padded = "\r\n".join(";".join([*row, *[""] * (4 - len(row))]) for row in cells)
    first.read(SNAPSHOT.replace("Organic, ", "Organic; "))
    assert counts(saved.read("\ufeff" + padded))[:2] == (14, 12)
    assert saved.landed("ga4__cell") == first.landed("ga4__cell")


def test_another_language_is_read_by_its_numbers(desk, counts):
    german = (
        REPORT.replace("Start date", "Startdatum")
        .replace("End date", "Enddatum")
        .replace("All Users", "Alle")
    )
    german = german.replace(
        "Page path and screen class,Views,Active users,Views per active user,Event count,Total revenue",
        "Seitenpfad und Bildschirmklasse,Aufrufe,Aktive Nutzer,Aufrufe je Nutzer,Ereignisse,Umsatz",
    )
    assert counts(desk.read(german)) == (20, 20, 0, 0)
    first = desk.landed("ga4__cell", "dimension", "metric", "segment")[0]
    assert first == {"dimension": "seitenpfad_und_bildschirmklasse", "metric": "Aufrufe", "segment": "Alle"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("# Notes\n# 20261001\na,b\n1,2\n", "A table (line 3) comes before the days"),
        (REPORT.replace("20261005", "20261399"), "Its days are no days of the calendar"),
        (REPORT + '"torn\n', "Its rows can not be separated"),
    ],
)
def test_a_file_whose_days_or_quotes_are_damaged_is_refused(desk, content, reason):
    assert desk.refuse(content).startswith(reason)


def test_a_file_with_a_hash_in_its_header_is_no_file_of_google(desk):
    assert desk.refuse("#,First name\n1,Ann\n").startswith("Its columns are those of no known export")


MEMBER = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.text(
    alphabet='#/a1 ,;"\n\r', max_size=8
)
ROW = st.tuples(MEMBER, st.integers(0, 10**9), st.integers(0, 10**9))


@given(
    tables=st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=4),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_figure_of_every_table_comes_back(tables, end):
    text = io.StringIO(newline="")
    text.write(f"# -----{end}# Reports snapshot{end}# Property: Shop{end}# -----{end}")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    for number, rows in enumerate(tables, start=1):
        text.write(f"{end}# All Users{end}# Start date: 2026100{number}{end}# End date: 20261031{end}")
        writer.writerows([("Page title and screen name", "Views", "Active users"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.csv"
        file.write_bytes(text.getvalue().encode())
        found = unfold(decode(file, Path(folder) / "text"))
        assert found is not None
        (piece,) = found.pieces(["starts_on", "member", "metric", "value"])
    assert piece.broken == []
    assert piece.frame.drop("_line", "_at").rows() == [
        (f"2026-10-0{number}", member, metric, str(value))
        for number, rows in enumerate(tables, start=1)
        for member, *values in rows
        for metric, value in zip(("screen_page_views", "active_users"), values, strict=True)
    ]
