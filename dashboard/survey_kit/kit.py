"""The survey as files: plain text for any tool, and Qualtrics' Advanced Format, in four languages.

The choices are bare figures and the anchors stand in the question, so that an export reads the same whether it was
made with values or with choice texts. Each question's id is its export tag, and the tag is our column.

Source: Qualtrics support, "Importing and exporting surveys", Preparing an Advanced Format TXT file.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, model_validator

ITEMS = (
    "success", "effort", "emotion", "purchase_more", "recommend", "forgive", "trust", "valued", "comment",
)  # fmt: skip
SCALE = range(1, 8)

_WORDING = Path(__file__).with_name("wording.yaml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Strict):
    """One question; an open one has no anchors."""

    ask: str
    low: str | None = None
    high: str | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> "Question":
        if (self.low is None) != (self.high is None):
            raise ValueError("name both ends of the scale, or neither")
        return self

    @property
    def is_open(self) -> bool:
        """Answered in the customer's own words."""
        return self.low is None


def _all_nine(items: dict[str, Question]) -> dict[str, Question]:
    if tuple(items) != ITEMS:
        raise ValueError(f"expected the items {', '.join(ITEMS)}, in this order; found {', '.join(items)}")
    return items


class Wording(_Strict):
    """The survey in one language."""

    name: str
    title: str
    welcome: str
    items: Annotated[dict[str, Question], AfterValidator(_all_nine)]


@lru_cache(maxsize=1)
def wordings() -> dict[str, Wording]:
    """The survey by language: `en`, `de`, `fr`, `es`."""
    given = yaml.safe_load(_WORDING.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Wording]).validate_python(given)


def plain_text(language: str) -> str:
    """The survey to read, to paste into any tool, and the lines that make Careful understand its export."""
    wording = wordings()[language]
    lines = [wording.title, "=" * len(wording.title), "", wording.welcome, ""]
    for number, (item, question) in enumerate(wording.items.items(), start=1):
        lines += [f"{number}. {question.ask}"]
        lines += [f"   {'_' * 40}" if question.is_open else f"   {_anchors(question)}"]
        lines += [f"   [{item}]", ""]
    return "\n".join(
        [
            *lines,
            "For whoever sets up the survey",
            "------------------------------",
            "Answers 1 to 7; nobody has to answer. The word in brackets is the question's export tag. Keep the",
            "wording: another one starts a new series. Put these lines into careful.toml; where the first is there",
            "already, only the others. For another tool than Qualtrics the names on the left are that tool's own:",
            "",
            mapping("qualtrics"),
        ]
    )


def qualtrics(language: str) -> str:
    """The survey for Qualtrics: Tools, Import survey, this file."""
    wording = wordings()[language]
    blocks = [
        "[[AdvancedFormat]]",
        f"[[Block:{wording.title}]]",
        f"[[Question:DB]]\n[[ID:welcome]]\n{wording.welcome}",
        "[[PageBreak]]",
    ]
    blocks += [_in_qualtrics(item, question) for item, question in wording.items.items()]
    return "\n\n".join(blocks) + "\n"


def mapping(source: str) -> str:
    """The lines of careful.toml under which an export with our export tags is understood."""
    width = max(map(len, ITEMS))
    lines = [f'{item.ljust(width)} = "{item}"' for item in ITEMS]
    return "\n".join([f"[mapping.{source}]", *lines]) + "\n"


def _in_qualtrics(item: str, question: Question) -> str:
    if question.is_open:
        return f"[[Question:TE:Essay]]\n[[ID:{item}]]\n{question.ask}"
    choices = "\n".join(f"[[Choice:{point}]]\n{point}" for point in SCALE)
    return (
        f"[[Question:MC:SingleAnswer:Horizontal]]\n[[ID:{item}]]\n{question.ask}<br>{_anchors(question)}\n"
        f"[[AdvancedChoices]]\n{choices}"
    )


def _anchors(question: Question) -> str:
    return f"{SCALE[0]} = {question.low} … {SCALE[-1]} = {question.high}"
