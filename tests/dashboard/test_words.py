"""Figures and days as people say them, written as the company's country writes them."""

import re
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dashboard import locales, words

UNSPACED = str.maketrans("\u00a0\u202f", "  ")
SUNDAY = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("share", "width", "expected"),
    [
        (0.828, 0.07, "83"),
        (0.0004, 0.5, "0"),
        (-0.0004, 0.5, "0"),
        (0.5012, 0.01, "50.1"),
        (-0.03, 0.5, "−3"),
        (1.0, 0.5, "100"),
        (0.0, 0.01, "0"),
    ],
)
def test_a_share_has_no_more_digits_than_its_range_bears(share: float, width: float, expected: str) -> None:
    assert words.of_100(share, width) == expected


@pytest.mark.parametrize(
    ("share", "width", "expected"),
    [
        (-0.066, 0.12, "7"),
        (-0.004, 0.006, "0.4"),
        (0.004, 0.03, "0.4"),
        (-0.0003, 0.0004, "0.03"),
        (0.0, 0.5, "0"),
    ],
)
def test_a_real_change_never_reads_as_none(share: float, width: float, expected: str) -> None:
    assert words.moved(share, width) == expected


def test_an_amount_that_rounds_to_nothing_has_no_sign() -> None:
    assert words.money(-0.3, "EUR") == "€0"
    assert words.money(-0.6, "EUR") == "−€1"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 9), SUNDAY, "9–15 November 2026"),
        (date(2026, 8, 17), SUNDAY, "17 August – 15 November 2026"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 – 4 January 2026"),
    ],
)
def test_a_period_names_month_and_year_once(first: date, last: date, expected: str) -> None:
    assert words.period(first, last) == expected


@pytest.mark.parametrize(
    ("region", "given", "number", "half", "amount"),
    [
        ("CH", None, "12’345", "50.1", "−€ 6’400"),
        ("DE", None, "12.345", "50,1", "−6.400 €"),
        ("US", None, "12,345", "50.1", "−€6,400"),
        ("AT", "fr-CH", "12 345", "50,1", "−6 400 €"),
        ("CH", "de-CH", "12’345", "50.1", "−EUR 6’400"),
        ("PT", None, "12 345", "50,1", "−6 400 €"),
    ],
)
def test_numbers_and_money_are_written_as_in_the_company_s_country(
    region: str, given: str | None, number: str, half: str, amount: str
) -> None:
    with locales.using(locales.of(region, given)):
        told = (words.count(12345), words.of_100(0.501, 0.01), words.money(-6400.2, "EUR"))
    assert tuple(one.translate(UNSPACED) for one in told) == (number, half, amount)


def test_american_dates_name_the_month_first_and_others_the_day() -> None:
    with locales.using(locales.of("US")):
        assert words.day(SUNDAY) == "Sunday, November 15"
        assert words.short_day(SUNDAY) == "Nov 15, 2026"
        assert words.month_day(SUNDAY) == "November 15"
        assert words.period(date(2026, 11, 9), SUNDAY) == "November 9–15, 2026"
        assert words.period(date(2026, 8, 17), SUNDAY) == "August 17 – November 15, 2026"
        assert words.instant(datetime(2026, 11, 15, 18, 5)).translate(UNSPACED) == "Nov 15, 2026, 6:05 PM"
    for region in ("CH", "DE", "FR", "JP"):
        with locales.using(locales.of(region)):
            assert words.day(SUNDAY, year=True) == "Sunday 15 November 2026"
            assert words.short_day(SUNDAY, year=False) == "15 Nov"


def test_dates_stay_english_where_the_locale_is_not() -> None:
    with locales.using(locales.of("CH", "fr-CH")):
        assert words.day(date(2026, 8, 2)) == "Sunday 2 August"


def test_a_country_without_a_locale_of_its_own_is_written_internationally() -> None:
    with locales.using(locales.of("QQ")):
        assert (words.count(12345), words.short_day(SUNDAY)) == ("12,345", "15 Nov 2026")


def test_charts_write_as_the_words_do() -> None:
    vega = locales.of("DE").vega
    assert (vega["number"]["thousands"], vega["number"]["decimal"]) == (".", ",")
    assert vega["time"]["date"] == "%-d %b %Y"
    assert locales.of("US").vega["time"]["date"] == "%b %-d, %Y"
    assert vega["time"]["days"][0] == "Sunday"
    assert vega["time"]["months"][10] == "November"
    assert locales.of("IN").vega["number"]["grouping"][:2] == [3, 2]


def test_a_locale_in_use_for_a_while_is_put_back() -> None:
    before = locales.current()
    with pytest.raises(ZeroDivisionError), locales.using(locales.of("DE")):
        _ = 1 / 0
    assert locales.current() is before


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


NASTY = (
    "www.example.com", "https://example.com/a", "HTTP://", "mailto:anna@example.com", "anna.o@example.com",
    "xmpp:a@b.c",
    ":material/home:", ":streamlit:", ":heart:", ":+1:", ":red[a]", ":small[", "::leaf", ":::box\n", "$x$", "$$", "`a`",
    "```", "**a**", "_a_", "~~a~~", "[a](b)", "![a](b)", "[^1]", "<b>", "<!--", "&amp;", "&#58;", "# a", "> a", "- a",
    "+ a", "1. a", "12) a", "---", "===", "    a", "\t", "|a|", "\n|-|\n", "\n\n", "\r\n", "\\", "\\\\", " ", ":",
    "@", "www", ".",
)  # fmt: skip
names = st.lists(
    st.sampled_from(NASTY) | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5),
    max_size=6,
).map("".join)
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
TURNED_AFTER_READING = (
    r"(?i)(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)",
    r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)",
    r":material/[a-zA-Z0-9_]+:",
    r":streamlit:",
    r":[\w+-][\w+-]*:",
)
"""What Streamlit 1.67 makes links, icons and emoji of in text that is read already: mdast-util-gfm-autolink-literal,
remark-emoji, and its own."""


@settings(max_examples=400)
@given(name=names, before=st.sampled_from(["", "For ", "A line  \n", "A line\n", "- "]))
def test_a_name_can_never_become_markup(name: str, before: str) -> None:
    said = words.safe(name)
    shown = re.sub(r"[\r\n\v\f\x85\u2028\u2029]+", " ", name).strip()
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"{before}{said}.")
    (line,) = (token for token in tokens if token.type == "inline")
    parts = line.children or []
    assert {part.type for part in parts} <= {"text", "softbreak", "hardbreak"}
    assert next(token.type for token in tokens if token.level == 0) == (
        "bullet_list_open" if before == "- " else "paragraph_open"
    )
    read = "".join(part.content or "\n" for part in parts)
    alone = "A line\n" if before.endswith("\n") else before.removeprefix("- ")
    assert read.replace("\u2060", "") == f"{alone}{shown}.".replace("\u2060", "")
    for pattern in TURNED_AFTER_READING:
        assert not re.search(pattern, read.removeprefix(alone))
    assert not re.search(r"[\\`*_\[\]<>$#|~:{}!&]", ESCAPED.sub("", said)), "a directive or formula may begin"


def test_a_dollar_does_not_start_a_formula() -> None:
    with locales.using(locales.of("US")):
        assert words.money(-1234.4, "USD") == r"−\$1,234"
        assert words.money(10, "CHF").translate(UNSPACED) == "CHF 10"


def test_thousands_of_a_sentence_of_the_build_are_written_as_in_the_company_s_country() -> None:
    said = "1,097 drawn and 1,234,567 not, 3.5 of 100, on 6 Apr 2026"
    with locales.using(locales.of("DE")):
        assert words.localised(said) == "1.097 drawn and 1.234.567 not, 3.5 of 100, on 6 Apr 2026"
    with locales.using(locales.of("US")):
        assert words.localised(said) == said


def test_days_of_a_sentence_of_the_build_are_written_in_one_way() -> None:
    said = "Has been waiting since 2026-06-04; 2025-12-24 was the first, 2026-13-01 is no day."
    with locales.using(locales.of("CH")):
        assert words.localised(said) == (
            "Has been waiting since 4 Jun 2026; 24 Dec 2025 was the first, 2026-13-01 is no day."
        )
        assert words.localised("since 2026-06-04, not 2025-06-04", date(2026, 11, 16)) == (
            "since 4 Jun, not 4 Jun 2025"
        )
    with locales.using(locales.of("US")):
        assert words.localised("since 2026-06-04") == "since Jun 4, 2026"


@pytest.mark.parametrize(
    ("region", "order"),
    [("CH", "DD.MM.YYYY"), ("GB", "DD/MM/YYYY"), ("US", "MM/DD/YYYY"), ("SE", "YYYY-MM-DD")],
)
def test_a_field_for_a_day_has_the_country_s_order(region: str, order: str) -> None:
    assert locales.of(region).date_field == order
