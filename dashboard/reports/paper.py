"""Paper: its size, its look, what stands at its foot, and text that reaches it as data and never as markup.

Every report is a Typst template beside this file. It gets its words as JSON, so that whatever somebody wrote prints as
it was written, and the fonts that come with Typst, so that a report is the same on every machine.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import babel
import polars as pl
import typst

from dashboard.charts.colours import ROLES
from pipelines.settings import Company

Size = Literal["a4", "us-letter"]
Run = dict[str, Any]
"""`text` as it prints, and whether it is `bold`."""
Lines = list[list[Run]]

LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
"""Countries that print on Letter; all others on A4 (Unicode CLDR, supplemental data, paperSize)."""

_UNBROKEN = "-\u2060"
_HERE = Path(__file__).parent
_THEME = _HERE.parent.parent / ".streamlit" / "config.toml"
_MARKS = re.compile(r"\\([!-/:-@\[-`{-~])|(\*\*)|(\s*\n\s*)")
_TEXTS = {
    "text": "textColor", "quiet": "grayTextColor", "better_text": "greenTextColor", "worse_text": "redTextColor",
    "waiting_text": "orangeTextColor", "better_panel": "greenBackgroundColor", "steady_panel": "grayBackgroundColor",
    "waiting_panel": "orangeBackgroundColor", "panel": "secondaryBackgroundColor", "line": "borderColor",
}  # fmt: skip


@dataclass(frozen=True)
class Imprint:
    """What lets a reader trace a sheet of paper back to its numbers; printed at the foot of every page.

    Attributes:
        company: its name. is_sample: nobody in it exists. definition: of what the report is about. owner: who answers
            for it, a role. data_through: `data through Sunday 15 November`. published: `published 16 Nov 2026, 06:00`.
        build_id: the build that all figures are of. made_at: when that build was made.
    """

    company: str
    is_sample: bool
    definition: str
    owner: str
    data_through: str
    published: str
    build_id: str
    made_at: datetime

    @property
    def lines(self) -> list[str]:
        """The foot, line by line; what is not known is left out."""
        facts = [
            "Sample company: nobody in it exists" if self.is_sample else self.company,
            f"Owner: {self.owner}" if self.owner else "",
            self.data_through, self.published, f"build\u00a0{self.build_id.replace('-', _UNBROKEN)}",
        ]  # fmt: skip
        said = [fact[:1].upper() + fact[1:] for fact in facts if fact]
        return [line for line in (self.definition, " · ".join(said)) if line]


def size(company: Company) -> Size:
    """The paper of the company's country."""
    named = babel.Locale.parse(company.locale.replace("-", "_")).territory if company.locale else None
    return "us-letter" if (named or company.region) in LETTER else "a4"


def lines(markdown: str) -> Lines:
    """A sentence of the pages as it prints: `**bold**` is bold, what was escaped stands for itself."""
    found: Lines = [[]]
    bold, last = False, 0
    for mark in [*_MARKS.finditer(markdown), None]:
        said = markdown[last : mark.start() if mark else None] + (mark[1] or "" if mark else "")
        if said:
            found[-1].append({"text": said, "bold": bold})
        if mark is None:
            break
        last = mark.end()
        if mark[2]:
            bold = not bold
        if mark[3]:
            found.append([])
    return [line for line in found if line]


def plain(text: str) -> Lines:
    """What somebody wrote, letter by letter."""
    return [[{"text": text, "bold": False}]]


def table(frame: pl.DataFrame) -> dict[str, Any]:
    """A small table of texts: `head`, and `rows` of cells."""
    return {
        "head": [lines(name.strip()) for name in frame.columns],
        "rows": [[lines(str(cell)) for cell in row] for row in frame.iter_rows()],
    }


def pdf(template: str, title: str, content: dict[str, Any], imprint: Imprint, paper: Size) -> bytes:
    """A report as PDF/UA-1: tagged, with title and language. The same content of the same build is the same bytes.

    Characters that no bundled font has, such as Chinese, are taken from the machine's fonts where it has them; the file
    is then tagged too, but does not claim the standard.

    Args:
        template: name of a `.typ` file beside this one. content: what it reads, ready for JSON.
    """
    given = {
        "content": json.dumps(content),
        "paper": json.dumps({
            "size": paper, "title": title, "author": imprint.company, "foot": imprint.lines, "colours": colours(),
        }),
    }  # fmt: skip
    try:
        return _compiled(template, given, imprint.made_at, ignore_system_fonts=True, pdf_standards="ua-1")
    except typst.TypstError as error:
        if "could not be displayed with font" not in str(error):
            raise
    return _compiled(template, given, imprint.made_at, ignore_system_fonts=False)


def file_name(*parts: str) -> str:
    """`did-it-work-init-note-2026-w46.pdf`: letters, digits and hyphens only, whatever the parts hold."""
    words = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")[:60] for part in parts)
    return f"{'-'.join(word for word in words if word)}.pdf"


def _compiled(template: str, given: dict[str, str], made_at: datetime, **options: Any) -> bytes:
    made: bytes = typst.compile(
        str(_HERE / template), root=str(_HERE), sys_inputs=given, timestamp=int(made_at.timestamp()), format="pdf",
        **options,
    )  # fmt: skip
    return made


@lru_cache(maxsize=2)
def colours(mode: Literal["light", "dark"] = "light") -> dict[str, str]:
    """The theme's colours by role; those of words end in `_text`."""
    theme = tomllib.loads(_THEME.read_text(encoding="utf-8"))["theme"][mode]
    roles = dict(zip(ROLES, theme["chartCategoricalColors"], strict=True))
    return roles | {name: theme[option] for name, option in _TEXTS.items()}
