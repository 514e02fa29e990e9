"""A file that is not what it seems is refused whole, with the line that would make it readable and never a value."""

import pytest

DEAL = "Record ID,Deal Name,Deal Stage,Amount,Create Date,Close Date\n"


def deals(days, amounts=("20.50",), closed=("",)):
    """As many deals as days; amounts and closing days are taken in turns."""
    rows = (
        f"{number},Renewal,Closed Won,{amounts[number % len(amounts)]},{day},{closed[number % len(closed)]}\n"
        for number, day in enumerate(days)
    )
    return DEAL + "".join(rows)


def slashed(rows=30, days=28):
    return [f"{number % 12 + 1}/{number % days + 1}/2025" for number in range(rows)]


def test_dates_in_a_layout_that_nobody_declared_name_the_line_that_does_and_with_it_they_land(
    open_desk, counts
):
    file = deals(slashed())
    assert open_desk().refuse(file) == (
        'Its column "Create Date" has dates like 12/31/2026 in 30 of 30 values, which no date_format says. '
        'In [sources.hubspot], add date_format = "%m/%d/%Y" (the month first).'
    )
    declared = open_desk('[sources.hubspot]\ndate_format = "%m/%d/%Y"\n')
    assert counts(declared.read(file)) == (30, 30, 0, 0)


def test_where_the_dates_tell_no_order_both_lines_are_named(desk):
    assert desk.refuse(deals(slashed(days=12))).endswith(
        'In [sources.hubspot], add date_format = "%d/%m/%Y" (the day first) or '
        'date_format = "%m/%d/%Y" (the month first).'
    )


@pytest.mark.parametrize(
    ("declared", "days", "line"),
    [
        ('"%d/%m/%Y"', [f"{day} 8:15 PM" for day in slashed()], '"%m/%d/%Y %I:%M %p" (the month first).'),
        (
            '"%d/%m/%Y"',
            [f"{number + 1}/12/2025 20:15" for number in range(30)],
            '["%d/%m/%Y", "%d/%m/%Y %H:%M"] (the day first).',
        ),
    ],
)
def test_what_is_declared_stays_unless_the_file_says_otherwise(open_desk, declared, days, line):
    desk = open_desk(f"[sources.hubspot]\ndate_format = {declared}\n")
    assert desk.refuse(deals(days)).endswith(
        f"In [sources.hubspot], for deal change it to date_format = {line}"
    )


def test_what_is_no_date_is_told_by_its_shape_and_never_by_its_value(desk):
    said = desk.refuse(deals([f"KW{number + 10} 2025" for number in range(30)]))
    assert said == (
        'Its column "Create Date" is no date in a known layout in 30 of 30 values: they look like aa99 9999 '
        "(9 is a digit, a is a letter). Export it again, with dates such as 2026-12-31 20:15."
    )


@pytest.mark.parametrize(("rows", "broken", "is_refused"), [(19, 19, False), (20, 17, False), (20, 18, True)])
def test_a_few_rows_or_some_of_them_are_set_aside_as_ever(desk, rows, broken, is_refused):
    file = deals(["2026-05-01"] * rows, amounts=["one"] * broken + ["20.50"] * (rows - broken))
    if is_refused:
        assert desk.refuse(file) == (
            f'Its column "Amount" is no number in {broken} of {rows} values, so the file is not what it seems. '
            "See whether it was exported, or is mapped in [mapping.hubspot], as what it is."
        )
    else:
        assert desk.read(file).rows_quarantined == broken


def test_a_column_that_is_filled_in_some_rows_counts_by_those(desk):
    said = desk.refuse(deals(["2026-05-01"] * 80, closed=("31/12/2025", "", "")))
    assert 'Its column "Close Date" has dates like 31/12/2026 in 27 of 27 values' in said


def test_a_column_that_must_be_filled_and_is_empty_or_not_there_is_named(desk):
    ticket = "Record ID,Ticket name,Ticket status,Create Date\n"
    rows = "".join(f"{number},Where is it,New,\n" for number in range(20))
    empty = desk.refuse(ticket + rows)
    assert (
        empty
        == 'Its column "Create Date" is empty in 20 of 20 rows. Export it again with that column filled.'
    )
    absent = desk.refuse(ticket.replace(",Create Date", "") + rows.replace("New,", "New"), name="b.csv")
    assert absent == 'It has no column "Create Date". Export it again with that column.'


def test_rows_that_are_set_aside_for_what_they_are_say_nothing_of_a_column(desk):
    started = "#,Response Type,Start Date (UTC),Submit Date (UTC)\n"
    started += "".join(f"t{number},started,2026-05-01 08:00,\n" for number in range(30))
    assert desk.read(started).rows_quarantined == 30
