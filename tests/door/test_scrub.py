"""What a website recorded of its pages: addresses, numbers and values about people go, everything else stays."""

import datetime
from urllib.parse import quote

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.door.scrub import scrub


def clean(text: str) -> str:
    return scrub(pl.Series([text]))[0][0]


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [
        ("/hello/ann.o+news@example.com/x", "/hello/…/x"),
        ("/reset?email=ann%40example.com&lang=de", "/reset?email=…&lang=de"),
        ("/help?q=ann%40example.com", "/help?q=…"),
        ("/help?next=%2Faccount%3Fq%3Dann%2540example.com", "/help?next=…"),
        ("Mail to ann@example.com today", "Mail to … today"),
        ("ann＠example.com", "…"),
        ("ann (at) example.com", "…"),
        ("ann&#64;example.com", "…"),
        ("/@annmiller", "/…"),
    ],
)
def test_e_mail_addresses_go_however_they_are_encoded(recorded, kept):
    assert clean(recorded) == kept


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [
        ("call +41 44 668 18 00 now", "call … now"),
        ("/search?q=%2B41+79+123+45+67", "/search?q=…"),
        ("/search?q=079%20123%2045%2067", "/search?q=…"),
        ("044 668 18 00", "…"),
        ("(202) 555-0123", "(…"),
        ("089/123456", "…"),
        ("1843720384.1714291234", "…"),
        ("/visit/192.0.2.10", "/visit/…"),
        ("4111 1111 1111 1111", "…"),
        ("CH93 0076 2011 6238 5295 7", "…"),
    ],
)
def test_numbers_that_could_call_or_name_somebody_go(recorded, kept):
    assert clean(recorded) == kept


@pytest.mark.parametrize(
    "name",
    ["name", "first_name", "lastName", "vorname", "Nachname", "nom", "prénom", "apellidos", "nombre",
     "email", "e-mail", "user[email]", "user%5Bemail%5D", "correo_email", "phone", "Telefonnummer", "téléphone",
     "movil", "address1", "Straße", "strasse", "dirección", "adresse", "rue", "plz", "codigo_postal", "zip",
     "birthdate", "geburtsdatum", "token", "access_token", "password", "contraseña", "session_id", "PHPSESSID",
     "user_id", "customerId", "kundennummer", "gclid", "fbclid", "_ga", "_gl", "mc_eid", "message", "amp;name"],
)  # fmt: skip
def test_values_of_parameters_about_a_person_go_in_four_languages(name):
    assert clean(f"/a?{name}=Ann Miller/x;y?z&lang=de#top") == f"/a?{name}=…&lang=de#top"


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [
        ("email=Ann&page=2", "email=…&page=2"),
        ("/a#name=Ann", "/a#name=…"),
        ("/a?x=1;name=Ann", "/a?x=1;name=…"),
        ("/a?next=/b?name=Ann%26Bob&page=2", "/a?next=/b?name=…&page=2"),
        ("/a?next=%2Fb%3Fpage%3D2%26name%3DAnn%2526Bob&page=2", "/a?next=%2Fb%3Fpage%3D2%26name%3D…&page=2"),
        ("/user/4711/orders", "/user/…/orders"),
        ("/kunden/K-4711?page=2", "/kunden/…?page=2"),
        ("/reset-password/a1b2", "/reset-password/…"),
        ("/link/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "/link/…"),
    ],
)
def test_values_about_a_person_go_wherever_they_hide(recorded, kept):
    assert clean(recorded) == kept


@pytest.mark.parametrize(
    "recorded",
    [
        "/", "", "(not set)", "(other)", "/product/12345", "/products/8281215041874?variant=43729076123456",
        "/order/98765", "/help/returns", "/de/hilfe/rücksendung", "/contact", "/contact/form-2", "/account/orders",
        "/stories/100-years-of-care", "/2026/11/16/news", "/blog/2026-11-16-12-34", "2026-11-16 12:30:15",
        "20261116", "2026111612", "16.11.2026 12:30", "01/2026", "Help & contact | Shop (2026)", "Price: 1'299.00 @ 2",
        "/a?q=red+shoes&page=12&size=100", "?utm_source=news&utm_campaign=name_day", "?product_name=mug&page=2",
        "?name=&email=", "/p/3f2504e0-4f89-11d3-9a0c-030512345678", "no-reply", "Organic Search", "1.2.3",
    ],
)  # fmt: skip
def test_harmless_paths_ids_dates_and_titles_stay(recorded):
    texts = pl.Series([recorded])
    kept, changed = scrub(texts)
    assert (kept.to_list(), changed) == ([recorded], 0)


def test_rows_are_counted_and_nulls_and_order_stay():
    texts = pl.Series("page_path", ["/a", None, "/x@y.z", "/x@y.z", "/b?name=Ann"])
    kept, changed = scrub(texts)
    assert (kept.name, kept.to_list(), changed) == ("page_path", ["/a", None, "/…", "/…", "/b?name=…"], 3)
    assert scrub(pl.Series([], dtype=pl.String))[1] == 0
    assert scrub(pl.Series([None], dtype=pl.String))[0].to_list() == [None]


PIECES = st.sampled_from(
    ["/", "?", "&", "=", "#", ";", "@", "%40", "%2540", "%26", "%3D", "%20", "+", "-", ".", " ", "(", ")", "…", "(at)",
     "name", "email", "token", "user", "product", "ann", "0791234567", "2026", "11", "16", "12", "a1b2c3d4e5f6"]
)  # fmt: skip
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.lists(PIECES, max_size=20).map(
    "".join
)
LOCAL = st.from_regex(r"[a-z][a-z0-9._+-]{0,10}", fullmatch=True)
HARMLESS = st.lists(st.from_regex(r"[a-z]{2,8}(-[a-z]{2,8}){0,2}", fullmatch=True), min_size=1, max_size=4)


@given(st.lists(st.none() | ANYTHING, max_size=6))
@example(["a@b (at) c", "(at)@", "/user/user/1", "?a=;?name=x", "token/1/token/2", "@" * 40])
def test_what_was_scrubbed_stays_as_it_is_and_neighbours_do_not_matter(texts):
    once, _ = scrub(pl.Series(texts, dtype=pl.String))
    again, changed = scrub(once)
    assert (again.to_list(), changed) == (once.to_list(), 0)
    assert once.to_list() == [None if text is None else clean(text) for text in texts]


@given(local=LOCAL, path=HARMLESS, encodings=st.integers(0, 3))
def test_no_address_survives_in_any_encoding(local, path, encodings):
    address = f"{local}@mail-host.example.com"
    for _ in range(encodings):
        address = quote(address, safe="")
    for text in (
        f"/{'/'.join(path)}/{address}",
        f"/{path[0]}?q={address}&page=2",
        f"{path[0]} {address} {path[-1]}",
    ):
        assert "mail-host" not in clean(text)


@given(
    digits=st.text("0123456789", min_size=9, max_size=15),
    gaps=st.lists(st.sampled_from(["", "", " ", "-", ".", "%20", "+", ") "]), min_size=15, max_size=15),
    before=st.sampled_from(["/search?q=", "Call ", "/", "tel:"]),
)
def test_no_run_of_nine_digits_survives_unless_it_is_a_date(digits, gaps, before):
    number = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False))
    kept = clean(before + number + " please")
    assert kept.startswith(before)
    assert sum(letter.isdigit() for letter in kept.replace("%20", "")) < 9 or digits.startswith(("19", "20"))


@given(
    day=st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y_%m_%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y"]),
    path=HARMLESS,
    number=st.integers(0, 99_999_999),
)
def test_every_date_and_every_short_id_stays(day, form, path, number):
    for text in (
        f"/stories/{day.strftime(form)}/{'/'.join(path)}",
        f"/product/{number}",
        f"/seen-{day.isoformat()}",
    ):
        assert clean(text) == text


@given(
    path=HARMLESS, values=st.lists(st.from_regex(r"[a-z0-9-]{0,12}", fullmatch=True), min_size=2, max_size=2)
)
def test_paths_of_words_and_harmless_parameters_stay(path, values):
    text = f"/shop/{'/'.join(path)}?page={values[0]}&colour={values[1]}"
    digits = sum(letter.isdigit() for letter in text)
    assert digits >= 9 or clean(text) == text
