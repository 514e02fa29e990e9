"""A build of no data, still in the engine, to put rows into; and a small company with a list to draw."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import workspace
from pipelines.build import assemble
from pipelines.engine.duck import open_engine, run
from pipelines.facts import params
from pipelines.publish import run_once
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store

CUSTOMERS = 60
ARRIVED = datetime(2026, 11, 15, 5, tzinfo=UTC).timestamp()
MAPPING = """
[mapping.hubspot]
"Customer number" = "customer_id"
"Care consent" = "has_care_consent"
"Gentle until" = "gentle_until_on"
"Birthday" = "birthday_on"
"Street Address" = "street"
"Postal Code" = "postal_code"
"City" = "city"
"""
CONTACT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Create Date,Last Modified Date,Country/Region,"
    "Unsubscribed from all email,Customer number,Care consent,Gentle until,Birthday,Street Address,City,Postal Code\n"
)
ORDER = "Name,Email,Financial Status,Currency,Total,Created at,Id,Source\n"


@pytest.fixture(scope="session")
def engine(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Any]]]:
    """The tables of a build of no data, and what its queries are asked with. Roll back what you insert."""
    config = tmp_path_factory.mktemp("nothing") / "careful.toml"
    config.write_text('[company]\nname = "Nothing"\ntime_zone = "UTC"\nas_of = "2026-11-16T05:00:00Z"\n')
    settings = load_settings(config)
    bound = params(settings, settings.as_of())
    with open_engine("UTC") as connection:
        nodes = assemble(
            connection, settings, Store(settings.store), [], tuple(all_profiles()), settings.as_of()
        )
        run(connection, nodes, bound)
        yield connection, bound


def contact(number: int, **changes: str) -> str:
    row = {
        "id": str(1000 + number), "first": f"Anna{'abcdefghij'[number % 10]}", "last": "Muster", "consent": "Yes",
        "email": f"c{number}@example.com", "phone": "", "gentle": "", "birthday": "", "street": "", "city": "",
        "zip": "",
    } | changes  # fmt: skip
    return (
        f"{row['id']},{row['first']},{row['last']},{row['email']},{row['phone']},customer,2026-01-0{number % 9 + 1} "
        f"10:00,2026-11-10 10:00,Switzerland,false,{number:06d},{row['consent']},{row['gentle']},{row['birthday']},"
        f"{row['street']},{row['city']},{row['zip']}\n"
    )


def orders(number: int) -> str:
    return "".join(
        f"#{number}{nth},c{number}@example.com,paid,EUR,{20 + number}.00,{day} 10:00:00 +0000,{number}{nth},web\n"
        for nth, day in ((1, "2026-05-01"), (2, "2026-11-05"))
    )


@pytest.fixture(scope="session")
def made_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty customers who came back for a second order; the last five may not be approached. Only read it."""
    config = workspace.create(tmp_path_factory.mktemp("care") / "company")
    text = config.read_text(encoding="utf-8").replace(
        "[company]\n", '[company]\nas_of = "2026-11-16T05:00:00Z"\n', 1
    )
    config.write_text(text + MAPPING, encoding="utf-8")
    special = {
        0: {"first": "=cmd|' /C calc'!A0", "street": "Seeweg 1", "city": "Bern", "zip": "3000",
            "phone": "044 668 18 00"},
        1: {"first": "ANNA", "last": "MUSTER"},
        2: {"first": "Dear {FIRSTNAME}", "last": ""},
        **{n: {"consent": "No"} for n in (55, 56)},
        **{n: {"gentle": "2026-12-24"} for n in (57, 58, 59)},
    }  # fmt: skip
    contacts = CONTACT + "".join(contact(n, **special.get(n, {})) for n in range(CUSTOMERS))
    bought = ORDER + "".join(map(orders, range(CUSTOMERS)))
    for name, content in (("contacts.csv", contacts), ("orders.csv", bought)):
        path = config.parent / "inbox" / name
        path.write_text(content, encoding="utf-8")
        os.utime(path, (ARRIVED, ARRIVED))
    assert run_once(load_settings(config)).outcome == "published"
    return config.parent


@pytest.fixture
def company(made_company: Path, tmp_path: Path) -> Settings:
    """A company of one's own."""
    folder = shutil.copytree(made_company, tmp_path / "company")
    return load_settings(folder / "careful.toml")


@pytest.fixture
def later(company: Settings) -> Callable[[str], Settings]:
    """Sets the company's clock: `later("2026-11-23")`."""

    def move(day: str) -> Settings:
        text = re.sub(r"as_of = .*", f'as_of = "{day}T05:00:00Z"', company.path.read_text(encoding="utf-8"))
        company.path.write_text(text, encoding="utf-8")
        return load_settings(company.path)

    return move
