"""careful.toml: read once, strictly, with errors that say what was expected, found, and where."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.settings import (
    CONFIG_VARIABLE,
    OUR_DIMENSIONS,
    OwnColumn,
    SettingsError,
    find_config,
    load_settings,
)

COMPANY = '[company]\nname = "Acme"\n'


@pytest.fixture
def write(tmp_path):
    def write_one(text: str, name: str = "careful.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_one


def fault(path: Path) -> str:
    with pytest.raises(SettingsError) as told:
        load_settings(path)
    assert str(path) in str(told.value)
    return str(told.value)


def test_a_name_is_all_a_company_needs(write):
    found = load_settings(write(COMPANY))
    assert (found.company.time_zone, found.company.currency, found.company.region) == ("UTC", "EUR", "CH")
    assert (found.company.sample, found.care.top_customers, found.care.minimum_n) == (False, 500, 10)
    assert found.care.promise_seconds == {"chat": 120, "phone": 120, "email": 14_400, "web": 14_400}
    assert (found.care.margin_share, found.care.clv_horizon_days, found.care.discount_rate) == (
        None,
        365,
        0.1,
    )
    assert (found.source("hubspot").every_days, found.source("hubspot").full_export) == (7, ())


def test_a_workspace_is_the_folder_of_its_settings(write):
    found = load_settings(write(COMPANY, "acme/careful.toml"))
    folder = found.path.parent
    assert found.workspace == folder
    assert (found.inbox, found.store) == (folder / "inbox", folder / "store")
    assert found.key_file == folder / "secrets" / "pseudonym.key"
    assert found.rates_file == folder / "rates.csv"


def test_every_documented_setting_is_read(write):
    found = load_settings(
        write(
            COMPANY + 'time_zone = "Europe/Zurich"\ncurrency = "CHF"\nregion = "DE"\nsample = true\n'
            "[care]\ntop_customers = 5\ncare_gap_days = 30\nminimum_n = 12\n"
            "margin_share = 0.45\nclv_horizon_days = 730\ndiscount_rate = 0\n"
            "[care.promise_seconds]\nchat = 60\n"
            '[schedule]\nrun = "0 5 * * 1"\n'
            '[sources.hubspot]\ntime_zone = "America/Denver"\nfull_export = ["contact"]\nevery_days = 3\n'
            'date_format = "%d/%m/%Y"\n'
            '[mapping.hubspot]\n"Customer number" = "customer_id"\n'
            '[mapping.qualtrics]\nQID1 = "success"\nQID8 = {item = "nps", scale = [1, 11]}\nQID9 = "nps"\n'
            'QID10 = "csat"\nQID11 = {item = "ces"}\n'
        )
    )
    assert found.zone.key == "Europe/Zurich"
    assert found.care.promise_seconds["chat"] == 60
    assert (found.care.margin_share, found.care.clv_horizon_days, found.care.discount_rate) == (0.45, 730, 0)
    assert found.schedule.run == "0 5 * * 1"
    source = found.source("hubspot")
    assert (source.time_zone, source.full_export, source.every_days) == ("America/Denver", ("contact",), 3)
    assert source.date_formats("contact") == ("%d/%m/%Y",)
    assert found.mapping["hubspot"]["Customer number"].item == "customer_id"
    scales = {label: (target.item, target.scale) for label, target in found.mapping["qualtrics"].items()}
    assert scales == {
        "QID1": ("success", (1, 7)),
        "QID8": ("nps", (1, 11)),
        "QID9": ("nps", (0, 10)),
        "QID10": ("csat", (1, 5)),
        "QID11": ("ces", (1, 7)),
    }


def test_an_object_s_own_mapping_comes_before_its_source_s_and_wins(write):
    found = load_settings(
        write(
            COMPANY + '[mapping.hubspot]\nType = "segment"\nOwner = {item = "agent_key"}\n'
            '[mapping.hubspot.deal]\nType = "stage"\nSum = "amount"\n[mapping.zoho.contact]\nA = "segment"\n'
        )
    )
    assert [(label, to.item) for label, to in found.mapped("hubspot", "deal").items()] == [
        ("Type", "stage"),
        ("Sum", "amount"),
        ("Owner", "agent_key"),
    ]
    assert [to.item for to in found.mapped("hubspot", "contact").values()] == ["segment", "agent_key"]
    assert (found.mapped("zoho", "deal"), found.mapped("stripe", "payment")) == ({}, {})


def test_dates_may_be_written_in_several_formats_and_in_others_in_each_object(write):
    several = '["%d/%m/%Y", "%d/%m/%Y %H:%M"]'
    text = f"{COMPANY}[sources.zoho]\ndate_format = {several}\n"
    text += f'[sources.hubspot.date_format]\ncontact = {several}\ndeal = "%m/%d/%Y"\n'
    found = load_settings(write(text))
    assert found.source("zoho").date_formats("deal") == ("%d/%m/%Y", "%d/%m/%Y %H:%M")
    assert found.source("hubspot").date_formats("contact") == ("%d/%m/%Y", "%d/%m/%Y %H:%M")
    assert found.source("hubspot").date_formats("deal") == ("%m/%d/%Y",)
    assert (
        found.source("hubspot").date_formats("ticket") == found.source("stripe").date_formats("payment") == ()
    )


def test_google_analytics_has_settings_of_its_own_beside_those_of_every_source(write):
    text = COMPANY + '[sources.ga4]\nproperties = ["413000001"]\n[sources.hubspot]\nevery_days = 3\n'
    found = load_settings(write(text))
    assert found.ga4 is not None
    assert (found.ga4.transport, found.ga4.every_days, found.ga4.is_plain) == ("grpc", 1, False)
    assert set(found.sources.declared) == {"ga4", "hubspot"}
    assert (found.source("ga4").every_days, found.source("hubspot").every_days) == (1, 3)
    assert load_settings(write(COMPANY)).ga4 is None


def test_a_property_that_is_named_twice_is_asked_once(write):
    found = load_settings(write(COMPANY + '[sources.ga4]\nproperties = ["1", "2", "1"]\n'))
    assert found.ga4 is not None
    assert found.ga4.properties == ("1", "2")


@pytest.mark.parametrize("given", ['"123"', "123", "[123]", '["properties/123"]'])
def test_the_number_of_a_property_may_be_written_as_google_shows_it(write, given):
    found = load_settings(write(COMPANY + f"[sources.ga4]\nproperties = {given}\n")).ga4
    assert found is not None
    assert found.properties == ("123",)


GA4 = COMPANY + '[sources.ga4]\nproperties = ["1"]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COMPANY + "[sources.ga4]\n", "sources.ga4.properties: Field required"),
        (COMPANY + '[sources.ga4]\nproperties = ["G-12AB"]\n', "found 'G-12AB': that is a measurement ID"),
        (COMPANY + '[sources.ga4]\nproperties = ["shop", "1"]\n', "expected the numbers of properties"),
        (COMPANY + "[sources.ga4]\nproperties = []\n", "found none"),
        (GA4 + 'transport = "soap"\n', "sources.ga4.transport"),
        (GA4 + 'credential_file = "x"\n', "Did you mean 'credentials_file'?"),
        (GA4 + 'api_endpoint = "http://127.0.0.1:9"\n', "gRPC is spoken over TLS only"),
        (GA4 + 'transport = "rest"\napi_endpoint = "http://10.0.0.1"\n', "expected https, or http on this machine"),
        (GA4 + "reserve_share = 1\n", "sources.ga4.reserve_share"),
    ],
)  # fmt: skip
def test_a_setting_of_google_analytics_that_can_not_be_used_says_why(write, text, expected):
    assert expected in fault(write(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "company: Field required"),
        ("[company]\n", "company.name: Field required"),
        (COMPANY + "nmae = 1\n", "company.nmae"),
        (
            COMPANY + 'time_zone = "Mars/Olympus"\n',
            "expected an IANA time zone such as 'Europe/Zurich', found 'Mars/Olympus'",
        ),
        (COMPANY + 'currency = "euro"\n', "company.currency"),
        (COMPANY + 'region = "Switzerland"\n', "company.region"),
        (COMPANY + 'as_of = "last Monday"\n', "company.as_of"),
        (COMPANY + "[care]\nminimum_n = 4\n", "care.minimum_n"),
        (COMPANY + "[care]\ntop_customers = 0\n", "care.top_customers"),
        (COMPANY + "[care]\nmargin_share = 45\n", "care.margin_share"),
        (COMPANY + "[care]\ndiscount_rate = 10\n", "care.discount_rate"),
        (COMPANY + "[sources.hubspot]\nevery_days = 0\n", "sources.hubspot.every_days"),
        (COMPANY + '[sources.hubspot]\ntime_zone = "CEST?"\n', "sources.hubspot.time_zone"),
        (COMPANY + "[mapping.qualtrics]\nQID1 = {item = 'nps', scale = [10, 0]}\n", "found [10, 0]"),
        (
            COMPANY + "[mapping.qualtrics]\nQID1 = {item = 'nps', scale = [1, 2, 3]}\n",
            "mapping.qualtrics.QID1.scale",
        ),
        (COMPANY + "[mapping.qualtrics]\nQID1 = {scale = [0, 10]}\n", "mapping.qualtrics.QID1.item"),
        (
            COMPANY + "[mapping.qualtrics]\nQID1 = {item = 'nps', scales = [0, 10]}\n",
            "mapping.qualtrics.QID1.scales",
        ),
        (
            COMPANY + "[mapping.qualtrics.response]\nQID1 = {item = 'nps', scale = [10, 0]}\n",
            "mapping.qualtrics.response.QID1: expected a scale",
        ),
        (
            COMPANY + '[sources.zoho]\ndate_format = ["%d/%m/%Y", "%m/%d/%Y %H:%M"]\n',
            "sources.zoho.date_format: expected one order of day and month, found '%d/%m/%Y' and '%m/%d/%Y %H:%M'",
        ),
        (
            COMPANY + '[sources.zoho]\ndate_format = {deal = ["%d/%m/%Y", "%m/%d/%Y"]}\n',
            "one order of day and month for deal",
        ),
        (COMPANY + '[sources.zoho]\ndate_format = "DD/MM/YYYY"\n', "found 'DD/MM/YYYY'"),
        (COMPANY + "[maping.qualtrics]\nQID1 = 'nps'\n", "maping"),
        ("[company\nname = 1\n", "is not valid TOML"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named_with_what_was_expected(write, text, expected):
    assert expected in fault(write(text))


def test_every_fault_is_told_at_once(write):
    told = fault(write('[company]\ncurrency = "euro"\n[care]\nminimum_n = 1\n'))
    assert "3 setting(s)" in told
    assert all(place in told for place in ("company.name", "company.currency", "care.minimum_n"))


def test_settings_that_are_no_text_or_not_there_are_a_settings_error(write, tmp_path):
    path = write("")
    path.write_bytes(b"\xff\xfe\0")
    assert "is not valid TOML" in fault(path)
    assert "careful init" in fault(tmp_path / "nowhere" / "careful.toml")


@pytest.mark.parametrize(
    "text",
    [
        'path = "elsewhere"\n' + COMPANY,
        COMPANY + "[mapping.qualtrics]\nQID1 = 5\n",
    ],
)
def test_a_value_of_an_unexpected_kind_is_a_settings_error_too(write, text):
    fault(write(text))


@given(
    text=st.text(max_size=60).filter(lambda text: "mapping" not in text)
    | st.from_regex(r'\[(company|care|schedule)\]\n[a-z_]{1,9} = ["0-9a-z]{1,5}\n', fullmatch=True)
)
def test_no_text_breaks_the_reader_in_an_unforeseen_way(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(SettingsError):
        load_settings(path)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ('"2026-11-16T05:00:00Z"', datetime(2026, 11, 16, 5)),
        ('"2026-11-16T06:00:00+01:00"', datetime(2026, 11, 16, 5)),
        ("2026-11-16T06:00:00+01:00", datetime(2026, 11, 16, 5)),
        ('"2026-11-16T05:00:00"', datetime(2026, 11, 16, 5)),
    ],
)
def test_a_fixed_clock_is_naive_utc(write, written, utc):
    assert load_settings(write(f"{COMPANY}as_of = {written}\n")).as_of() == utc


def test_without_a_fixed_clock_it_is_now_in_whole_seconds(write):
    moment = load_settings(write(COMPANY)).as_of()
    assert moment.tzinfo is None
    assert moment.microsecond == 0
    assert moment > datetime(2025, 1, 1)


def test_the_settings_are_those_given_then_those_of_the_environment_then_those_here(
    write, tmp_path, monkeypatch
):
    given_one, of_environment, here = (write(COMPANY, f"{name}/careful.toml") for name in ("a", "b", "c"))
    monkeypatch.chdir(here.parent)
    monkeypatch.setenv(CONFIG_VARIABLE, str(of_environment))
    assert find_config(given_one) == given_one.resolve()
    assert find_config(given_one.parent) == given_one.resolve()
    assert find_config() == of_environment.resolve()
    monkeypatch.delenv(CONFIG_VARIABLE)
    assert find_config() == here.resolve()


def test_settings_that_were_given_and_are_missing_are_not_replaced_by_others(write, tmp_path, monkeypatch):
    monkeypatch.chdir(write(COMPANY, "c/careful.toml").parent)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    with pytest.raises(SettingsError, match="elsewhere"):
        find_config(tmp_path / "elsewhere")


def test_settings_do_not_change_once_read(write):
    found = load_settings(write(COMPANY))
    with pytest.raises(ValidationError):
        found.company.name = "Other"


@pytest.mark.parametrize("name", ["de-CH", "en_US", "fr-FR"])
def test_a_company_may_name_how_its_numbers_are_written(write, name):
    assert load_settings(write(COMPANY)).company.locale is None
    assert load_settings(write(f'{COMPANY}locale = "{name}"\n')).company.locale == name


@pytest.mark.parametrize("name", ["german", "de", "xx-CH", "", "de-CH-1901-x-y-z"])
def test_a_locale_that_nobody_knows_is_refused_with_an_example(write, name):
    told = fault(write(f'{COMPANY}locale = "{name}"\n'))
    assert "company.locale: expected a language and a country such as 'de-CH' or 'en-US'" in told
    assert repr(name) in told


def test_own_dimensions_are_a_source_and_its_column(write):
    found = load_settings(
        write(COMPANY + '[dimensions]\nplan = "hubspot: Plan: current "\nstore2 = "shopify:Store"\n')
    )
    assert {name: (one.source, one.label) for name, one in found.dimensions.items()} == {
        "plan": ("hubspot", "Plan: current"),
        "store2": ("shopify", "Store"),
    }


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('plan = "Plan"', "such as \"hubspot:Plan\", found 'Plan'"),
        ('plan = "hubspot:"', 'such as "hubspot:Plan"'),
        ('plan = ":Plan"', 'such as "hubspot:Plan"'),
        ("plan = 3", "found 3"),
        ('Plan = "hubspot:Plan"', "found 'Plan'"),
        ('"2plan" = "hubspot:Plan"', "found '2plan'"),
        ('segment = "hubspot:Plan"', "'segment' is a breakdown of every company already"),
        ('value_band = "hubspot:Plan"', "choose another name"),
    ],
)
def test_a_dimension_that_can_not_be_says_what_was_expected(write, line, says):
    assert says in fault(write(f"{COMPANY}[dimensions]\n{line}\n"))


PRINTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@given(PRINTED | st.from_regex(r"[a-z][a-z0-9_]{0,29}", fullmatch=True), PRINTED)
def test_a_dimension_is_read_as_it_is_written_or_refused(tmp_path_factory, name, column):
    path = tmp_path_factory.mktemp("any") / "careful.toml"
    path.write_text(f"{COMPANY}[dimensions]\n{json.dumps(name)} = {json.dumps(column)}\n", encoding="utf-8")
    source, _, label = (part.strip() for part in column.partition(":"))
    is_name = re.fullmatch("[a-z][a-z0-9_]{0,29}", name) is not None and name not in OUR_DIMENSIONS
    if is_name and source and label:
        assert load_settings(path).dimensions == {name: OwnColumn.model_construct(source=source, label=label)}
    else:
        assert re.search("expected|choose another name", fault(path))
