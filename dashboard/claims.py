"""What the articles ask for, and on which page it is: `claims.yaml`, for the page and for CLAIMS.md.

`python -m dashboard.claims` writes CLAIMS.md anew.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Page = Literal[
    "this_week",
    "feelings_and_loyalty",
    "service_and_care",
    "top_customers",
    "this_weeks_care",
    "did_it_work",
    "try_something",
    "digital_journey",
    "data_health",
    "meanings",
]

TITLES: dict[Page, str] = {
    "this_week": "This week",
    "feelings_and_loyalty": "Feelings and loyalty",
    "service_and_care": "Service and care",
    "top_customers": "Top customers",
    "this_weeks_care": "This week's care",
    "did_it_work": "Did it work?",
    "try_something": "Try something",
    "digital_journey": "Digital journey",
    "data_health": "Data health",
    "meanings": "What the numbers mean",
}

TABLE = Path(__file__).with_name("CLAIMS.md")
_FILE = Path(__file__).with_name("claims.yaml")
_PREFACE = """\
# What the articles ask for, and where it is

Made from `claims.yaml` by `python -m dashboard.claims`; a test looks for every sign on its page.
"""


class Claim(BaseModel):
    """One thing that an article asks for.

    Attributes:
        id: its row in the design notes: A for the first article, B for the second.
        claim: in plain words.
        page: where Careful shows it.
        sign: words that stand on that page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern="^[AB][1-9][0-9]?$")
    claim: str = Field(min_length=1)
    page: Page
    sign: str = Field(min_length=1)

    @property
    def title(self) -> str:
        """The page's name."""
        return TITLES[self.page]


@lru_cache(maxsize=1)
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the articles."""
    given = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Claim, ...]).validate_python(given)


def table() -> pl.DataFrame:
    """For the page: what is asked for, and where to find it."""
    return pl.DataFrame(
        {
            "": [one.id for one in claims()],
            "What is asked for": [one.claim for one in claims()],
            "Page": [one.title for one in claims()],
            "Look for": [f"“{one.sign}”" for one in claims()],
        }
    )


def markdown() -> str:
    """CLAIMS.md."""
    rows = [f"| {one.id} | {one.claim} | {one.title} | {one.sign} |" for one in claims()]
    return (
        "\n".join([_PREFACE, "| | what is asked for | page | look for |", "|---|---|---|---|", *rows]) + "\n"
    )


if __name__ == "__main__":
    TABLE.write_text(markdown(), encoding="utf-8")
