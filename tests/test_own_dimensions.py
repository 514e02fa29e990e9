"""A company's own dimension, from the files to what is published."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.parts import own_dimensions
from pipelines.doctor import examine
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.store import Build, Store
from tests.own_dimension import COLLEAGUES, PLANS, PRIVATE, WEEK

SHOWN = f"select member, n from kpi_window where kpi = 'nps' and iso_week = '{WEEK}' and weeks = 1 and dimension = "


@pytest.fixture(scope="module")
def build(company_with_plans: Path) -> Iterator[Build]:
    found = Store(company_with_plans / "store").current()
    assert found is not None
    yield found
    found.close()


def test_a_plan_is_counted_as_a_segment_is(build: Build) -> None:
    assert dict(build.query(f"{SHOWN} 'all'").rows()) == {"all": sum(PLANS.values())}
    assert dict(build.query(f"{SHOWN} 'segment'").rows()) == {
        "Private": sum(PLANS[plan] for plan in PRIVATE),
        "Business": PLANS["Basic"],
    }


def test_neither_the_total_nor_the_segment_gives_the_small_plan_away(build: Build) -> None:
    assert dict(build.query(f"{SHOWN} 'customer_plan'").rows()) == {"Gold": PLANS["Gold"]}
    everywhere = (
        "select distinct dimension, member from kpi_week union select distinct dimension, member from league"
    )
    told = {member for dimension, member in build.query(everywhere).rows() if dimension == "customer_plan"}
    assert told == {"Gold"}


def test_a_question_offers_the_plans_that_are_shown(build: Build) -> None:
    options = build.query("select distinct member from kpi_week where dimension = 'customer_plan'")
    assert options["member"].to_list() == ["Gold"]


def test_what_is_declared_and_not_there_is_told(build: Build) -> None:
    told = {row["dimension"]: row for row in build.query("from own_dimension").to_dicts()}
    assert {name: row["state"] for name, row in told.items()} == {
        "customer_plan": "shown", "brand": "no file yet", "reference": "too many", "looked_after": "personal",
    }  # fmt: skip
    assert (told["customer_plan"]["members"], told["customer_plan"]["records"]) == (
        4,
        sum(PLANS.values()) + 1,
    )
    assert "column Plan]]: 4 groups, told by 128 records." in own_dimensions.line(told["customer_plan"])
    for name in ("brand", "reference", "looked_after"):
        assert own_dimensions.line(told[name]).startswith(":orange[")


def test_no_name_is_published_or_landed(company_with_plans: Path) -> None:
    store = company_with_plans / "store"
    texts = [
        path.read_bytes() for path in (*store.rglob("*.duckdb"), *(store / "landing").rglob("*.parquet"))
    ]
    assert texts
    names = [b"Person 12", *(colleague.split()[1].encode() for colleague in COLLEAGUES)]
    assert not any(name in text for text in texts for name in names)


def test_the_doctor_names_the_dimensions_that_lack_their_column(company_with_plans: Path) -> None:
    settings = load_settings(company_with_plans / "careful.toml")
    (found,) = [one for one in examine(settings) if one.what == "own dimensions"]
    assert not found.is_well
    assert "brand (hubspot, column 'Brand'): in no file yet" in found.says
    assert "reference (hubspot, column 'Reference'): too many" in found.says
    assert "customer_plan" not in found.says


@pytest.mark.endure
def test_a_renamed_dimension_keeps_its_groups_and_a_removed_one_harms_nothing(
    company_with_plans: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(company_with_plans, tmp_path / "company")
    config = folder / "careful.toml"
    text = config.read_text(encoding="utf-8")
    for changed, names in (
        (text.replace("customer_plan =", "tariff ="), {"tariff"}),
        (text[: text.index("[dimensions]")], set()),
    ):
        config.write_text(changed, encoding="utf-8")
        assert run_once(load_settings(config)).outcome == "published"
        build = Store(folder / "store").current()
        assert build is not None
        assert (
            set(build.query("select dimension from own_dimension where state = 'shown'")["dimension"])
            == names
        )
        found = set(build.query("select distinct dimension from kpi_window")["dimension"])
        assert found == {"all", "segment"} | names | (found & {"region", "channel"})
        build.close()
