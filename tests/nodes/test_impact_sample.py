"""What the sample company's own build finds of its initiatives, against what was planted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import workspace
from pipelines.publish import run_once
from pipelines.settings import load_settings
from pipelines.store import Build, Store

NOTE, VOUCHER, CALL, EVERYBODY = "INIT-NOTE", "INIT-VOUCHER", "INIT-CALL", "INIT-HUMAN"
RUNGS = {
    NOTE: 0, VOUCHER: 0, CALL: 1, "INIT-DISCOUNT": 1, "INIT-PERSON": 2, "INIT-EMPATHY": 3, "INIT-BIRTHDAY": 6,
    EVERYBODY: 6,
}  # fmt: skip


def primaries(build: Build) -> dict[str, dict[str, Any]]:
    rows = build.query("select * from initiative_effect where is_primary").to_dicts()
    return {row["initiative_id"]: row for row in rows}


def planted(folder: Path) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))[
        "initiatives"
    ]
    return told


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    config = workspace.create_sample(tmp_path_factory.mktemp("shipped") / "sample-company")
    settings = load_settings(config)
    assert run_once(settings).outcome == "published"
    build = Store(settings.store).current()
    assert build is not None
    yield build
    build.close()


def test_few_customers_never_make_a_do_nothing_work(sample_build: Build, sample_files: Path) -> None:
    found, truth = primaries(sample_build), planted(sample_files)
    assert found.keys() == truth.keys()
    for initiative, one in found.items():
        if one["effect"] is None:
            assert one["net_amount"] is None
            assert one["verdict"] in ("not identifiable", "inconclusive")
        else:
            assert one["effect_low"] <= truth[initiative]["true_effect"] <= one["effect_high"], initiative
        assert one["verdict"] != "works" or truth[initiative]["true_effect"] > 0


@pytest.mark.simulate
def test_every_planted_effect_lies_in_the_range_found(shipped: Build) -> None:
    found, truth = primaries(shipped), planted(workspace.SAMPLE)
    assert {initiative: one["rung"] for initiative, one in found.items()} == RUNGS
    for initiative, one in found.items():
        if RUNGS[initiative] < 6:
            assert one["effect_low"] <= truth[initiative]["true_effect"] <= one["effect_high"], initiative
        else:
            assert [one[name] for name in ("effect", "net_amount", "margin_amount")] == [None, None, None]


@pytest.mark.simulate
def test_the_note_works_the_call_does_not_and_the_voucher_costs_more_than_it_brings(shipped: Build) -> None:
    found = primaries(shipped)
    assert found[NOTE]["verdict"] == "works"
    assert found[NOTE]["effect"] == pytest.approx(0.065, abs=0.01)
    assert found[CALL]["verdict"] not in ("works", "suggestive")
    voucher = found[VOUCHER]
    assert voucher["verdict"] not in ("works", "suggestive")
    assert voucher["net_amount_high"] < 0
    low, high = (voucher[f"margin_amount_{end}"] - voucher["discount_amount"] for end in ("low", "high"))
    per_customer = planted(workspace.SAMPLE)[VOUCHER]["true_effect_on_margin_per_customer"]
    assert low <= per_customer * voucher["n_treated"] <= high
