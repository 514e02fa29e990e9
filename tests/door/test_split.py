"""One spelling per identifier, the same on every reading, and nothing that identifies nobody."""

import phonenumbers
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.door.profile import TOKEN_KINDS, Column, Profile
from pipelines.door.pseudonym import keyed
from pipelines.door.split import SHARED_MAILBOXES, fast_or, identifying, normalise, tokens, with_keys

KEY = b"k" * 32
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MAILISH = st.from_regex(r"[a-zA-Z0-9._ü+' -]{0,8}@[a-zA-Z0-9.ß-]{0,12}", fullmatch=True)
PHONISH = st.text(alphabet="+0123456789 ()-./xext'=", max_size=20)
CLIENT = st.from_regex(r"(GA1\.[12]\.){0,2}[0-9]{0,12}\.?[0-9]{0,12}", fullmatch=True)


def one(kind: str, value: str | None, region: str = "CH") -> str | None:
    return normalise(kind, pl.Series([value], dtype=pl.String), region)[0]


@given(
    kind=st.sampled_from([*TOKEN_KINDS, "loyalty_card"]),
    values=st.lists(st.none() | TEXT | MAILISH | PHONISH | CLIENT, max_size=5),
    region=st.sampled_from(["CH", "DE", "US", "IT", "XX"]),
)
@example(kind="email", values=["İ@example.com", "a@ẞ.example", "Ⅷ@example.com"], region="CH")
@example(kind="phone", values=["+39 06 698 12345", "+٤١٧٩١٢٣٤٥٦٧", "１２３４５６７８９"], region="IT")
def test_normalising_never_fails_and_twice_is_once(kind, values, region):
    once = normalise(kind, pl.Series(values, dtype=pl.String), region)
    assert once.dtype == pl.String
    assert len(once) == len(values)
    assert normalise(kind, once, region).to_list() == once.to_list()


@given(
    number=st.from_regex(r"0[1-9][0-9]{3,11}", fullmatch=True),
    region=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
)
@example(number="0791234567", region="CH")
@example(number="03211234567", region="CO")
@example(number="0174018473073", region="IL")
@example(number="0612345678", region="IT")
def test_a_number_dialled_at_home_is_the_one_that_the_library_reads(number, region):
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        assert one("phone", number, region) is None
        return
    known = phonenumbers.is_valid_number(found) or phonenumbers.is_possible_number(found)
    e164 = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    assert one("phone", number, region) == (e164 if known else None)


@given(kind=st.sampled_from(TOKEN_KINDS), values=st.lists(TEXT | MAILISH | PHONISH, min_size=2, max_size=5))
def test_a_value_s_spelling_does_not_depend_on_its_neighbours(kind, values):
    together = normalise(kind, pl.Series(values, dtype=pl.String), "CH").to_list()
    assert together == [one(kind, value) for value in values]


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        (" ANN@Example.COM ", "ann@example.com"),
        ("ann.o'neil@example.com", "ann.o'neil@example.com"),
        ("ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
        ("ann@xn--bcher-kva.example.com", "ann@xn--bcher-kva.example.com"),
        ("a.nn+news@example.com", "a.nn+news@example.com"),
        ("ann@example.com, bo@example.com", None),
        ("ann@", None),
        ("ann", None),
        ("", None),
    ],
)
def test_e_mail_addresses_are_trimmed_lower_case_and_ascii_domains(written, spelt):
    assert one("email", written) == spelt


@pytest.mark.parametrize("local", ["info", "SALES", "no-reply", *sorted(SHARED_MAILBOXES)[:3]])
def test_shared_mailboxes_identify_nobody(local):
    assert one("email", f"{local}@example.com") is None
    assert one("email", f"{local}.ann@example.com") is not None


@pytest.mark.parametrize(
    ("written", "region", "spelt"),
    [
        ("+41 44 668 18 00", "CH", "+41446681800"),
        ("0041 (0)44 668 18 00", "CH", "+41446681800"),
        ("+41 (0) 44 668 18 00", "DE", "+41446681800"),
        ("+41 044 668 18 00", "CH", "+41446681800"),
        ("044 668 18 00", "CH", "+41446681800"),
        ("44 668 18 00", "CH", "+41446681800"),
        ("(044) 668-18-00 x752", "CH", "+41446681800"),
        ("'+43 512 555010", "CH", "+43512555010"),
        ("=+4722555010", "CH", "+4722555010"),
        ("4722555010", "CH", "+4722555010"),
        ("4915112345678", "DE", "+4915112345678"),
        ("4915112345678", "CH", "+4915112345678"),
        ("8613800000000", "CH", "+8613800000000"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("1 202 555 0123", "US", "+12025550123"),
        ("13012345678", "CN", "+8613012345678"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 (0)6 698 12345", "CH", "+390669812345"),
        ("12", "CH", None),
        ("no phone", "CH", None),
        ("1.23457E+11", "CH", None),
        ("00000000000", "CH", None),
    ],
)
def test_telephone_numbers_become_e164(written, region, spelt):
    assert one("phone", written, region) == spelt


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("GA1.1.1843720384.1714291234", "1843720384.1714291234"),
        ("GA1.2-2.1843720384.1714291234", "1843720384.1714291234"),
        ("1843720384.1714291234", "1843720384.1714291234"),
        ("0001843720384.1714291234", "0001843720384.1714291234"),
        ("1.8437203841714292e+09", None),
        ("1843720384", None),
        ("(not set)", None),
    ],
)
def test_web_clients_keep_their_digits_and_lose_their_cookie(written, spelt):
    assert one("ga4_client_id", written) == spelt


@pytest.mark.parametrize(
    "word", ["", " ", "-", "n/a", "N/A", "null", "None", "undefined", "Unknown", "0", "000-00", "?"]
)
@pytest.mark.parametrize("kind", TOKEN_KINDS)
def test_a_word_for_no_value_identifies_nobody(kind, word):
    assert one(kind, word) is None


def test_numbers_of_our_own_keep_their_zeros_and_case():
    assert [one("customer_id", value) for value in (" 00042 ", "A-0042", "a-0042")] == [
        "00042",
        "A-0042",
        "a-0042",
    ]


def test_a_number_that_became_a_decimal_one_is_itself_whoever_s_it_is():
    assert [one(kind, "00031.0") for kind in ("customer_id", "zendesk_user")] == ["00031", "00031"]
    assert [one("customer_id", value) for value in ("3.1", "A.0", "31.00")] == ["3.1", "A.0", "31.00"]


def test_what_is_looked_up_is_spelt_as_an_identifier_and_is_none():
    columns = (Column("user", ("u",), lookup="customer_id"), Column("client", ("c",), lookup="ga4_client_id"))
    profile = Profile("web", "visit", columns, ("user",))
    frame = pl.DataFrame(
        {"_line": [2, 3], "user": [" K-1 ", "(not set)"], "client": ["GA1.1.18437.17142", None]},
        schema_overrides={"_line": pl.Int64},
    )
    rows = with_keys(frame, profile, "CH", KEY)
    spelt = pl.DataFrame({"user": ["customer_id|K-1", None], "client": ["ga4_client_id|18437.17142", None]})
    assert rows.select(pl.col("^keyed:.*$").name.replace("keyed:", "")).equals(
        spelt.select(keyed(pl.all(), KEY))
    )
    assert tokens(rows, profile, "CH", KEY).is_empty()


def test_who_is_named_twice_in_a_row_has_one_identifier_of_it():
    columns = (
        Column("mail", ("m",), token="email"),
        Column("others", ("o",), token="email", separator=";"),
        Column("phone", ("p",), token="phone"),
    )
    profile = Profile("crm", "contact", columns, ("mail",))
    frame = pl.DataFrame(
        {
            "_line": [2, 3],
            "mail": ["ann@example.com", "bo@example.com"],
            "others": ["Ann@Example.com;cy@example.com;cy@example.com", None],
            "phone": [None, "079 123 45 67"],
        },
        schema_overrides={"_line": pl.Int64},
    )
    found = tokens(with_keys(frame, profile, "CH", KEY), profile, "CH", KEY)
    spelt = pl.DataFrame({"text": ["email|ann@example.com", "email|cy@example.com", "email|bo@example.com"]})
    assert set(found["token"]) == {
        *spelt.select(keyed(pl.col("text"), KEY))["text"],
        *found.filter(kind="phone")["token"],
    }
    assert found.select("_line", "kind").sort("_line", "kind").rows() == [
        (2, "email"), (2, "email"), (3, "email"), (3, "phone")
    ]  # fmt: skip


def test_rows_name_people_alike_whether_they_are_keyed_together_or_a_few_at_a_time():
    columns = (
        Column("mail", ("m",), token="email"),
        Column("others", ("o",), token="email", separator=";"),
        Column("number", ("n",), token_kind_from="system"),
        Column("system", ("s",)),
        Column("ticket", ("t",)),
    )
    profile = Profile("crm", "contact", columns, ("ticket",))
    frame = pl.DataFrame(
        {
            "_line": [2, 3, 4, 5],
            "mail": ["ann@example.com", None, "Ann@example.com", "bo@example.com"],
            "others": ["ann@example.com;cy@example.com", "cy@example.com", None, None],
            "number": ["7", "8.0", "9", None],
            "system": ["shopify_customer", "customer_id", "Shopify_Customer", "customer_id"],
            "ticket": ["a", "b", "c", "d"],
        }
    ).select("_line", *identifying(profile), record_key="ticket")
    together = tokens(frame, profile, "CH", KEY)
    apart = pl.concat(tokens(frame.slice(at, 1), profile, "CH", KEY) for at in range(frame.height))
    assert together.height == 8
    assert sorted(together.rows()) == sorted(apart.rows())


def test_what_a_library_trips_over_names_nobody_and_all_else_stays():
    def trip(value: str) -> str:
        if value == "odd":
            raise IndexError(value)
        return value.upper()

    values = pl.Series("value", ["plain", "odd", "other", None])
    assert fast_or(values, values, "^plain$", trip).to_list() == ["plain", None, "OTHER", None]
