"""Figures and days as people say them."""

from datetime import date

import pytest

from dashboard import words


@pytest.mark.parametrize(
    ("share", "width", "expected"),
    [
        (0.828, 0.07, "83"),
        (0.0004, 0.5, "0"),
        (-0.0004, 0.5, "0"),
        (0.5012, 0.01, "50.1"),
        (-0.03, 0.5, "−3"),
        (1.0, 0.5, "100"),
    ],
)
def test_a_share_has_no_more_digits_than_its_range_bears(share: float, width: float, expected: str) -> None:
    assert words.of_100(share, width) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 9), date(2026, 11, 15), "9–15 November 2026"),
        (date(2026, 8, 17), date(2026, 11, 15), "17 August – 15 November 2026"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 – 4 January 2026"),
    ],
)
def test_a_period_names_month_and_year_once(first: date, last: date, expected: str) -> None:
    assert words.period(first, last) == expected


def test_a_promise_is_said_by_its_time() -> None:
    assert words.promise({"chat": 120, "phone": 120, "email": 14_400, "web": 14_400}) == (
        "2 minutes on chat and phone, 4 hours on email and web"
    )


def test_a_list_reads_as_a_sentence() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_text_of_others_is_shown_as_it_is() -> None:
    assert words.safe("cost $5 [x](y) *z* :red[a] <b>") == (r"cost \$5 \[x\](y) \*z\* \:red\[a\] \<b\>")


def test_a_dollar_does_not_start_a_formula() -> None:
    assert words.money(-1234.4, "USD") == r"−\$1,234"
    assert words.money(3888, "EUR") == "€3,888"
    assert words.money(10, "CHF") == "CHF 10"
