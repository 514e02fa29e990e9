"""A company's own dimensions at the door: groups come in, whoever somebody is stays out."""

from collections.abc import Iterable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.door.dimensions import (
    HARDLY_REPEATS,
    MOST_MEMBERS,
    PERSONAL,
    PREFIX,
    TAKEN,
    TOO_MANY,
    check_dimensions,
    fitted,
    notes,
)
from pipelines.door.land import read_loads
from pipelines.engine.duck import open_engine, register_landing
from pipelines.settings import SettingsError, load_settings
from pipelines.sources import all_profiles

PLAN = '[dimensions]\nplan = "hubspot:Plan"\n'
TICKETS = (
    '{{"id": {0}, "via": {{"channel": "web"}}, "status": "open", "requester_id": 1, '
    '"created_at": "2026-11-01T08:00:00Z", "custom_fields": [{{"id": 4711, "value": "{1}"}}]}}\n'
)


def contacts(plans: Iterable[str], column: str = "Plan", first: int = 1) -> str:
    rows = (
        f"{number},p{number}@example.com,2026-05-01 08:00,{plan}\n"
        for number, plan in enumerate(plans, first)
    )
    return f"Record ID,Email,Create Date,{column}\n" + "".join(rows)


def members(desk) -> dict[str, str | None]:
    """What each record was last said to be in, by its number."""
    engine = open_engine("UTC")
    register_landing(engine, desk.store, read_loads(desk.store), all_profiles())
    told = dict(engine.execute("select record_key, member from landing.dimension").fetchall())
    names = {desk.hash(f"hubspot|contact|{number}"): str(number) for number in range(200)}
    return {names[key]: member for key, member in told.items()}


def test_groups_land_beside_their_record_and_nowhere_else(open_desk):
    desk = open_desk(PLAN)
    load = desk.read(contacts([" Gold ", "Gold", "Basic", "Basic", ""]))
    assert load.dimensions == {"Plan": TAKEN}
    assert members(desk) == {"1": "Gold", "2": "Gold", "3": "Basic", "4": "Basic", "5": None}
    assert not any("Plan" in name for name in desk.table("hubspot__contact").columns)


def test_a_file_without_the_column_leaves_what_was_known(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold"]))
    load = desk.read(contacts(["x", "y"], "Other"), on="2026-11-12", name="b.csv")
    assert load.dimensions == {}
    assert members(desk) == {"1": "Gold", "2": "Gold"}


def test_a_cell_that_was_emptied_is_known_no_more(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold"]))
    desk.read(contacts(["Gold", ""]), on="2026-11-12", name="b.csv")
    assert members(desk) == {"1": "Gold", "2": None}


def test_rows_that_come_again_with_the_same_groups_are_known(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold", "Basic", "Basic"]))
    again = desk.read(contacts(["Gold", "Gold", "Basic", "Gold"]), on="2026-11-12")
    assert (again.rows_loaded, again.rows_duplicate) == (1, 3)


def test_files_that_landed_before_the_declaration_fill_it_when_they_come_again(open_desk):
    desk = open_desk()
    text = contacts(["Gold", "Gold", "Basic", "Basic"])
    desk.read(text)
    desk.settings.path.write_text(desk.settings.path.read_text() + PLAN)
    desk.settings = load_settings(desk.settings.path)
    load = desk.read(text, on="2026-11-12")
    assert (load.rows_loaded, load.rows_duplicate) == (4, 0)
    assert members(desk)["3"] == "Basic"


def test_a_declaration_that_was_renamed_or_removed_lands_on(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold"]))
    plain = desk.settings.path.read_text()
    for changed in (plain.replace("plan =", "tariff ="), plain.replace(PLAN, "")):
        desk.settings.path.write_text(changed)
        desk.settings = load_settings(desk.settings.path)
        desk.put("b.csv", contacts(["Gold", "Basic"], first=3), on="2026-11-12")
        assert desk.take_in().refusals == []
    assert members(desk)["1"] == "Gold"


def test_a_column_of_names_does_not_land_however_small_its_file(open_desk):
    desk = open_desk('[dimensions]\nwho = "hubspot:Who"\n')
    load = desk.read(contacts(["Anna Muster", "Ben Beispiel", "Cleo Colin"], "Who"))
    assert load.dimensions == {"Who": HARDLY_REPEATS}
    assert "hardly repeats its values" in load.notes[-1]
    assert desk.table("dimension").is_empty()
    assert not any("Muster" in str(row) for row in desk.table("hubspot__contact").rows())


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("Looked after by", ["Anna Müller", "Beat Meier", "Carla Huber"]),
        ("Desk", ["Müller, Anna", "Meier, Beat"]),
        ("Desk", ["Anna", "Beat", "North"]),
        ("Desk", ["Zoé de la Tour", "North", "Émilie Blanc", "Hans-Peter Frei"]),
    ],
)
def test_names_do_not_land_however_often_they_repeat(open_desk, column, values):
    desk = open_desk(f'[dimensions]\nwho = "hubspot:{column}"\n')
    load = desk.read(contacts([f'"{value}"' for value in values * 10], column))
    assert load.dimensions == {column: PERSONAL}
    assert "looks personal" in load.notes[-1]
    assert desk.table("dimension").is_empty()


@pytest.mark.parametrize("told", ["Xanthippe", "Özgür Kaya", "kaya", "Hr. Kaya"])
def test_what_the_own_row_calls_somebody_does_not_land(open_desk, told):
    desk = open_desk('[dimensions]\nwho = "hubspot:Who"\n')
    rows = "".join(
        f"{number},ozgur.kaya{number}@example.com,2026-05-01 08:00,Xanthippe,Kaya,{told}\n"
        for number in range(1, 9)
    )
    load = desk.read("Record ID,Email,Create Date,First Name,Last Name,Who\n" + rows)
    assert load.dimensions == {"Who": PERSONAL}
    assert desk.table("dimension").is_empty()


def test_new_names_among_known_groups_stay_out(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold", "Basic", "Basic"]))
    load = desk.read(contacts(["Gold", "Anna Muster", "Anna Muster"], first=5), on="2026-11-12", name="b.csv")
    assert load.dimensions == {"Plan": TAKEN}
    assert [members(desk)[number] for number in ("5", "6", "7")] == ["Gold", None, None]


@pytest.mark.parametrize(
    "values",
    [
        ["Max", "Mini", "Basic"],
        ["San Marco", "Zürich West", "New York", "Bahnhof Bern"],
        ["Gold", "Silver", "Gold Plus"],
        ["Charlotte Mall", "North", "South", "East"],
    ],
)
def test_groups_that_sound_like_somebody_land(open_desk, values):
    load = open_desk(PLAN).read(contacts(values * 10))
    assert load.dimensions == {"Plan": TAKEN}


def test_a_column_of_addresses_does_not_land(open_desk):
    desk = open_desk('[dimensions]\nwho = "hubspot:Who"\n')
    load = desk.read(contacts(["a@example.com", "a@example.com", "+41 79 123 45 67", "Gold"], "Who"))
    assert load.dimensions == {"Who": PERSONAL}
    assert desk.table("dimension").is_empty()


def test_a_column_of_very_many_values_does_not_land(open_desk):
    desk = open_desk(PLAN)
    load = desk.read(contacts([f"plan {number // 2}" for number in range(2 * MOST_MEMBERS + 2)]))
    assert load.dimensions == {"Plan": TOO_MANY}
    assert desk.table("dimension").is_empty()


def test_a_small_file_may_name_the_groups_that_are_known(open_desk):
    desk = open_desk(PLAN)
    desk.read(contacts(["Gold", "Gold", "Basic", "Basic"]))
    load = desk.read(contacts(["Basic", "Anna Muster"], first=5), on="2026-11-12", name="b.csv")
    assert load.dimensions == {"Plan": TAKEN}
    assert members(desk) == {"1": "Gold", "2": "Gold", "3": "Basic", "4": "Basic", "5": "Basic", "6": None}


def test_a_field_of_json_is_named_by_its_number(open_desk):
    desk = open_desk('[dimensions]\nbrand = "zendesk:4711"\n')
    desk.read("".join(TICKETS.format(number, "North") for number in (1, 2)), name="t.json")
    assert desk.table("dimension").select("label", "member").rows() == [("4711", "North")] * 2


def test_a_column_of_nearly_that_name_is_pointed_out(open_desk):
    desk = open_desk('[dimensions]\nplan = "hubspot:Membership plan"\n')
    load = desk.read(contacts(["Gold", "Gold"], "Membership Plan"))
    assert load.notes[-1] == "It has no column 'Membership plan' of [dimensions], but 'Membership Plan'"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('plan = "hubspott:Plan"', "Did you mean 'hubspot'?"),
        ('plan = "ga4:Plan"', "sends no records of customers"),
        ('who = "hubspot:Email"', "is personal"),
        ('who = "hubspot:First Name"', "is personal"),
        ('who = "hubspot:Ticket owner"', "is personal"),
        ('who = "hubspot:Contact owner"', "is personal"),
        ('who = "salesforce:MailingCity"', "is personal"),
        *(
            (f'who = "zendesk:{label}"', "is personal")
            for label in (
                "Vorname",
                "Nachname",
                "Kundenname",
                "Ansprechpartner",
                "Telefon",
                "Geburtstag",
                "Wohnadresse",
                "Kontonummer",
                "Nom du client",
                "Prénom",
                "Apellido",
                "Nombre",
                "customer_name",
                "E-Mail-Adresse",
            )
        ),
        ('who = "shopify:Shipping Zip"', "is personal"),
        ('who = "hubspot:Wish"\n[mapping.hubspot]\n"Wish" = "wishes"', "is personal"),
    ],
)
def test_what_can_be_no_dimension_stops_the_run_before_a_file_is_read(open_desk, settings, says):
    desk = open_desk(f"[dimensions]\n{settings}\n")
    desk.put("a.csv", contacts(["Gold"]))
    with pytest.raises(SettingsError, match="dimensions") as told:
        desk.take_in()
    assert says in str(told.value)


@pytest.mark.parametrize(
    "label",
    [
        "Plan name",
        "Store",
        "Brand",
        "Membership",
        "Lifecycle Stage",
        "Owned stores",
        "Customer group",
        "Kundengruppe",
        "Account tier",
        "Member since plan",
        "Store name",
        "product_code",
    ],
)
def test_a_column_of_groups_may_be_one(open_desk, label):
    check_dimensions(all_profiles(), open_desk(f'[dimensions]\nplan = "hubspot:{label}"\n').settings)


@given(
    st.lists(st.one_of(st.none(), st.text(min_size=1, max_size=3)), max_size=120),
    st.sets(st.text(min_size=1, max_size=2), max_size=4),
    st.integers(0, 3),
)
def test_nothing_passes_that_neither_repeats_nor_was_known(values, known, emptied):
    frame = pl.DataFrame({PREFIX + "Plan": pl.Series(values, dtype=pl.String), "_line": range(len(values))})
    found, outcomes = fitted(frame, {PREFIX + "Plan": emptied}, {"Plan": known})
    passed = found[PREFIX + "Plan"]
    assert found.height == len(values)
    assert all(after in (None, before) for after, before in zip(passed, values, strict=True))
    new = passed.filter(~passed.is_in(list(known))).drop_nulls()
    assert len(new) >= 2 * new.n_unique()
    assert len(known | set(passed.drop_nulls())) <= MOST_MEMBERS
    assert outcomes["Plan"] == TAKEN or passed.null_count() == len(values)
    assert bool(notes(outcomes, [], ["Plan"])) == (outcomes["Plan"] != TAKEN)
