"""The look is in one file: readable in light and dark, the same roles everywhere, nothing fetched from elsewhere."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard.charts.colours import ROLES

CONFIG = tomllib.loads(
    (Path(__file__).parent.parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
THEME = CONFIG["theme"]
WORDS = (
    "textColor",
    "linkColor",
    "redTextColor",
    "greenTextColor",
    "orangeTextColor",
    "grayTextColor",
    "blueTextColor",
)


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def surfaces(mode: str) -> list[str]:
    theme = THEME[mode]
    return [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("word", WORDS)
def test_words_are_readable_on_every_surface(mode: str, word: str) -> None:
    for surface in surfaces(mode):
        assert contrast(THEME[mode][word], surface) >= 4.5, (word, surface)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("role", ["ink", "worse", "better", "steady", "emotion"])
def test_marks_that_carry_meaning_stand_out_from_the_paper(mode: str, role: str) -> None:
    colour = THEME[mode]["chartCategoricalColors"][ROLES.index(role)]
    assert contrast(colour, THEME[mode]["backgroundColor"]) >= 3.0


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_role_has_its_colour(mode: str) -> None:
    assert len(THEME[mode]["chartCategoricalColors"]) == len(ROLES)
    assert len(THEME[mode]["chartSequentialColors"]) == 10


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_counts_are_readable_in_the_strongest_cell_of_a_matrix(mode: str) -> None:
    ink = THEME[mode]["chartCategoricalColors"][ROLES.index("ink")]
    assert contrast(ink, THEME[mode]["chartSequentialColors"][-1]) >= 4.5


def test_nothing_is_fetched_or_told_to_anybody() -> None:
    def texts(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [text for value in part.values() for text in texts(value)]
        return [str(item) for item in part] if isinstance(part, list) else [str(part)]

    assert not [text for text in texts(CONFIG) if "http" in text or "//" in text]
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "viewer"
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableStaticServing"] is False
    assert CONFIG["server"]["enableAgentApi"] is False
