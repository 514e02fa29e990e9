"""What the page Data health says of findings."""

from typing import Any

import pytest

from dashboard import traps


def finding(trap: str, detail: str = "", item: str = "csat", share: float = 0.25) -> dict[str, Any]:
    return {"trap": trap, "place": "qualtrics", "item": item, "n": 1200, "share": share, "detail": detail}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (finding("leakage", "gone · 1.000 · 0.000"), "who left: 100 of 100 of the lowest scores, 0 of the highest"),
        (finding("wrong sign", "gone · 0.115 · 0.238"), "the more left: 24 of 100 at the top, 12 at the bottom"),
        (finding("wrong sign", "bought nothing · 0.4 · 0.6"), "the more bought nothing: 60 of 100 at the top"),
        (finding("zero as missing", "counted"), "25 of 100 answers to “Satisfied” (Qualtrics) are 0"),
        (finding("zero as missing", "set aside"), "rows of Qualtrics were set aside because “Satisfied” was off"),
        (finding("negative duration", item="first answer"), "contacts of Qualtrics were answered before they began"),
        (finding("straight-lining", item=""), "(25 of 100) hold the same number for every question"),
        (finding("duplicated answers", item=""), "came twice within the hour"),
        (finding("answered before asked", item=""), "were given before the survey was sent"),
        (finding("one day", "2026-05-04", item=""), "carry one date, 2026-05-04"),
    ],
    ids=lambda given: given["trap"] if isinstance(given, dict) else "",
)  # fmt: skip
def test_every_finding_says_what_is_odd_and_what_to_check(found: dict[str, Any], told: str) -> None:
    sentence = traps.in_words(found, "Satisfied")
    assert told in sentence
    assert "check" in sentence.lower() or "told less reliably" in sentence
