"""On the top layer of every page: no jargon, and no estimate without its range and what it rests on.

The top layer is what is read without a click: popovers, closed expanders and tabs other than the first are one
click down. A figure's block is its paragraph, else its card (a bordered container, a cell, a column); its section
is everything under the same heading. The range stands in the block; the number of people may stand in one line
that the section shares.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.claims import TITLES

Open = Callable[..., AppTest]

JARGON = tuple(
    re.compile(pattern, flags)
    for flags, patterns in (
        (0, (r"\bATT\b", r"\bITT\b", r"\bCUPED\b", r"\bLMG\b", r"\bHolm\b", r"\bp\s?[=<>≤≥]\s?[.,\d]")),
        (
            re.IGNORECASE,
            (
                r"\bp-values?\b", r"\bKaplan.{1,3}Meier\b", r"\bequivalence\b", r"\bpre-?trends?\b", r"\bquarantin",
                r"\bbuild id\b", r"\bprovisional\b", r"\binconclusive\b", r"\b(un|not )?identifiab", r"\bharmful\b",
                r"\bno relevant effect\b", r"\bfalse containment\b", r"\bcare gaps?\b", r"\bheld[- ]out\b",
                r"\bhold-?outs?\b", r"\btreatment arms?\b", r"\bsuppress(ed|ion)\b", r"\bsample[- ]ratio\b",
                r"\bequity\b", r"\brandomi[sz]", r"\bstaggered\b", r"\btrend only\b", r"\bintention[- ]to[- ]treat\b",
                r"\bbootstrap", r"\bR-indicator\b",
            ),
        ),
    )
    for pattern in patterns
)  # fmt: skip
"""What SCREENS.md keeps off the top layer, with the ways it can be spelt."""

NUMBER = r"[−-]?\d{1,3}(?:[.,]\d)?"
ESTIMATE = re.compile(
    rf"\b{NUMBER}\s(?:(?:more|fewer)\s)?of\s(?:every\s)?100\b|\b{NUMBER}\s?%|(?<!\w){NUMBER}\spoints\b"
    rf"|\bof\s(?:every\s)?100\b[^.:;]*?[,:]\s(?:about\s)?{NUMBER}\b(?!\sdays)",
    re.IGNORECASE,
)
RANGE = re.compile(
    rf"\bbetween\b|\bfits what we saw\b"
    rf"|(?<![\d–])(?!(?:6–7|1–3|1–7|0–10|9–10|0–6)\b){NUMBER}\s?\u2060?(?:–|to)\u2060?\s?{NUMBER}\b(?!\s[A-Z][a-z]+)",
    re.IGNORECASE,
)
"""Cut-offs of scales and days of a month are no ranges."""

GROUPED = r"\d{1,3}(?:[’',.\u00a0\u202f]?\d{3})*"
RESTS_ON = re.compile(
    rf"\b(?!100\s){GROUPED}\s(?:[a-z]+\s)?(?:answers?|contacts?|customers?|people|invitations?|orders?|asked|comments?|tickets?"
    rf"|initiatives?|who|times|drawn|chats?|searches|forms?|visits?|visitors?|buyers?)\b"
    rf"|\brests on\b|\b{GROUPED}\sof\s(?!100\b){GROUPED}\b|^Answers$|\bn\s?=\s?\d",
    re.IGNORECASE | re.MULTILINE,
)
NO_ESTIMATE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"goal: [^.\n]*? of 100 by",  # an aim
        r"worth having: [^\n]*? of 100",
        r"break-even is [^.\n]*",
        r"within (about )?\d+ of 100",  # how exact a survey is
        r"[^.]*\b(would most likely (notice|have shown)|would miss)\b[^.]*",
        r"\d+ of 100 invitations[^.;)]*: counted, [\d,]+ of [\d,]+",
        r"\d+ (times )?of 100 (asked|invited)[^.;)]*",  # everybody who was asked is counted
        r"if \d+ of 100 answer, which is assumed",
        r"\d+ % off",  # a discount
        r"[^.]*\(published:[^)]*\)",  # somebody else's figure, with its own provenance
        r"[\d.]+ % (wilson|adjusted|confidence|interval|a year|of the time)[^.]*",  # how a range is made
    )
)
COUNTED = re.compile(r"everyone (is |was )?counted|\(counted", re.IGNORECASE)
"""Where nothing is estimated, a card or a section says so."""


@dataclass(frozen=True)
class Piece:
    """One text on the top layer; `card` and `section` say which others it stands with."""

    text: str
    kind: str
    card: int | None
    section: int


@dataclass
class Layer:
    """The top layer of a page, and what lies one click down."""

    pieces: list[Piece] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


CARDS = ("column", "expander")


def layers(root: Any) -> Layer:
    """Walk an element tree."""
    found, sections = Layer(), [0]

    def walk(node: Any, card: int | None, is_cell: bool, is_below: bool) -> None:
        kind = getattr(node, "type", "")
        inside = list(getattr(node, "children", {}).values())
        if not hasattr(node, "children"):
            for text in _texts(node, kind):
                if is_below:
                    found.below.append(text)
                    continue
                if kind in ("title", "header", "subheader"):
                    sections[0] += 1
                found.pieces.append(Piece(text, kind, card, sections[0]))
            return
        label = _label(node)
        if label and is_below:
            found.below.append(label)
        elif label:
            found.pieces.append(Piece(label, "label", card, sections[0]))
        closed = kind == "popover" or (kind == "expander" and not node.proto.expanded)
        if is_cell or kind in CARDS or _is_bordered(node):
            card = id(node)
        for place, child in enumerate(inside):
            hidden = is_below or closed or (kind == "tab_container" and place > 0)
            walk(child, card, kind == "grid_container", hidden)

    walk(root, None, False, False)
    return found


def _label(node: Any) -> str:
    if getattr(node, "type", "") == "popover":
        return str(node.proto.popover.label)
    return str(getattr(node, "label", "") or "")


def _is_bordered(node: Any) -> bool:
    return bool(getattr(node, "type", "") == "flex_container" and node.proto.flex_container.border)


def _texts(node: Any, kind: str) -> Iterator[str]:
    if kind in ("code", "arrow_data_frame", "dataframe"):
        return
    if kind == "table":
        frame = node.value
        yield "\n".join(map(str, frame.columns))
        for row in frame.itertuples(index=False):
            yield " · ".join(
                f"{name}: {_plain(str(cell))}" for name, cell in zip(frame.columns, row, strict=True)
            )
        return
    if kind == "vega_lite_chart":
        yield str(node.proto.alt)
        return
    parts = [getattr(node, "label", None), getattr(node, "value", None)]
    told = ": ".join(_plain(str(part)) for part in parts if isinstance(part, str) and part)
    if told:
        yield told


def _plain(markdown: str) -> str:
    """Without the marks of Markdown."""
    text = re.sub(r":material/\w+:", "", markdown)
    text = re.sub(r":[a-z]+(-badge|-background)?\[", "[", text)
    return re.sub(r"[*\\\[\]`]", "", text).strip()


def jargon(layer: Layer) -> list[str]:
    """Words of the trade on the top layer, each with the text it stands in."""
    return [
        f"jargon {hit.group()!r} in: {_short(piece.text)}"
        for piece in layer.pieces
        for word in JARGON
        if (hit := word.search(piece.text))
    ]


def bare_estimates(layer: Layer) -> list[str]:
    """Figures on the top layer that lack their range or what they rest on."""
    told = []
    for piece in layer.pieces:
        if piece.kind == "vega_lite_chart":
            continue
        hit = ESTIMATE.search(_without(piece.text))
        if hit is None:
            continue
        card = _joined(layer, piece, lambda one, this: this.card is not None and one.card == this.card)
        section = _joined(layer, piece, lambda one, this: one.section == this.section)
        if COUNTED.search(f"{card}\n{section}"):
            continue
        lacks = [
            what
            for what, pattern, where in (("range", RANGE, card), ("n", RESTS_ON, f"{card}\n{section}"))
            if not pattern.search(where)
        ]
        if lacks:
            told.append(f"no {' and no '.join(lacks)} for {hit.group()!r} in: {_short(piece.text)}")
    return told


def _joined(layer: Layer, piece: Piece, belongs: Callable[[Piece, Piece], bool]) -> str:
    return "\n".join([piece.text, *(one.text for one in layer.pieces if belongs(one, piece))])


def _without(text: str) -> str:
    for harmless in NO_ESTIMATE:
        text = harmless.sub(" ", text)
    return text


def _short(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def violations(app: AppTest) -> list[str]:
    """Everything that the top layer of a page must not show."""
    layer = layers(app.main)
    broken = [f"error: {one.value}" for one in app.exception] or ["error: blank"] * (not layer.pieces)
    return [*broken, *jargon(layer), *bare_estimates(layer)]


OTHERS = ("this_weeks_care", "try_something", "questions", "frozen_weeks", "meeting")
PAGES = (*TITLES, *(page for page in OTHERS if page not in TITLES))
COMPANIES = {
    "sample": "sample_workspace",
    "nobody asked": "company_without_surveys",
    "late tickets": "company_with_late_tickets",
    "last week missing": "company_without_last_week",
    "no Google Analytics": "company_without_google",
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "company",
    ["sample", *(pytest.param(name, marks=pytest.mark.endure) for name in COMPANIES if name != "sample")],
)
def test_the_top_layer_has_no_jargon_and_no_bare_estimate(
    page: str, company: str, open_page: Open, request: pytest.FixtureRequest
) -> None:
    found = violations(open_page(request.getfixturevalue(COMPANIES[company]), page))
    assert not found, f"{page}, {company}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "page",
    ["this_week", *(pytest.param(page, marks=pytest.mark.endure) for page in PAGES if page != "this_week")],
)
def test_an_empty_company_sees_no_jargon_and_no_figure(
    page: str, open_page: Open, empty_workspace: Callable[..., Path]
) -> None:
    found = violations(open_page(empty_workspace(run=True), page))
    assert not found, f"{page}, empty:\n" + "\n".join(found)


def test_a_group_that_few_belong_to_shows_no_bare_estimate(open_page: Open, sample_workspace: Path) -> None:
    for page in ("this_week", "feelings_and_loyalty"):
        found = violations(open_page(sample_workspace, page, region="Vorarlberg"))
        assert not found, f"{page}, Vorarlberg:\n" + "\n".join(found)


# That the crawler finds what it looks for


def drawn(page: Callable[[], None]) -> list[str]:
    return violations(AppTest.from_function(page).run())


def test_a_bare_estimate_is_found_with_its_text() -> None:
    def page() -> None:
        import streamlit as st

        st.title("Customers felt well cared for.")
        with st.container(border=True):
            st.metric("Felt well cared for", "56 of 100")
        with st.container(border=True):
            st.markdown("Probably between 54 and 58  \n1’552 answers in four weeks")

    assert drawn(page) == ["no range for '56 of 100' in: Felt well cared for: 56 of 100"]


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("56 of 100 felt well.", "no range and no n"),
        ("56 of 100 felt well (probably between 54 and 58).", "no n"),
        ("56 of 100 felt well, 1,552 answers.", "no range"),
        ("56 % felt well.", "no range and no n"),
        ("The score is 38 points.", "no range and no n"),
        ("Of 100 who said they would, 34 ordered.", "no range and no n"),
        ("**56 of 100** felt well (probably between 54 and 58; 1,552 answers).", ""),
        ("330 of 1,200 came back.", ""),
        ("412 of 500 top customers.", ""),
        ("They make 46 of every 100 spent with us.", "no range and no n"),
        ("They make 46 of every 100 spent with us (counted).", ""),
        ("Goal: 60 of 100 by 31 Dec 2026", ""),
        ("With this many answers we would most likely notice within four weeks if it fell by 4 of 100.", ""),
        ("16 of 100 invitations were answered.", "no range and no n"),
        ("16 of 100 invitations were answered: counted, 1,160 of 7,250 in thirteen weeks.", ""),
        ("100 answers tell you to within about 10 of 100.", ""),
    ],
)
def test_an_estimate_needs_a_range_and_what_it_rests_on(text: str, lacks: str) -> None:
    app = AppTest.from_string(f"import streamlit as st\nst.header('A')\nst.markdown({text!r})").run()
    found = violations(app)
    assert [one.split(" for ")[0] for one in found] == ([lacks] if lacks else [])


def test_one_line_may_say_for_a_whole_section_what_it_rests_on_but_no_other_section() -> None:
    def page() -> None:
        import streamlit as st

        for heading in ("Loyalty", "Waits"):
            st.header(heading)
            with st.grid(2, border=True) as grid:
                for value, low, high in ((62, 60, 65), (42, 40, 44)):
                    with grid.cell():
                        st.metric("Would", f"{value} of 100")
                        st.markdown(f"{low}–{high}")
            if heading == "Loyalty":
                st.markdown("Last 13 weeks, 1,622 answers.")

    assert drawn(page) == [
        "no n for '62 of 100' in: Would: 62 of 100",
        "no n for '42 of 100' in: Would: 42 of 100",
    ]


def test_a_table_of_estimates_needs_ranges_too() -> None:
    def page() -> None:
        import streamlit as st

        st.header("A")
        st.table({"Who": ["chat"], "Reached": ["84 of 100"], "Answers": ["1,200"]})
        st.header("B")
        st.table({"Who": ["chat"], "Reached": ["84 of 100 (81–87)"], "Answers": ["1,200"]})

    assert [one.split(" for ")[0] for one in drawn(page)] == ["no range"]


def test_jargon_is_found_on_the_top_layer_and_allowed_one_click_down() -> None:
    def page() -> None:
        import streamlit as st

        st.title("The ITT was inconclusive")
        with st.expander("Open from the start", expanded=True):
            st.markdown("Holm, p = 0.03")
        first, second = st.tabs(["Randomised", "Words"])
        first.markdown("quarantined rows")
        second.markdown("CUPED")
        with st.popover("What is this?"):
            st.markdown("LMG, 56 of 100, Kaplan–Meier")
        with st.expander("Method"):
            st.markdown("ATT, pre-trend")
        st.table({"Verdict": ["harmful"]})
        st.vega_lite_chart(spec={"mark": "point"}, alt="A build id")
        st.code("select suppressed")

    hits = [re.findall(r"'([^']+)'", one)[0] for one in drawn(page)]
    assert hits == ["ITT", "inconclusive", "Holm", "p = 0", "Randomis", "quarantin", "harmful", "build id"]


@pytest.mark.parametrize(
    "text",
    ["Attitude, Holmes, itt", "Up to 3 = yes", "An identity", "matched with care", "a prolonged trend"],
)
def test_ordinary_words_are_no_jargon(text: str) -> None:
    app = AppTest.from_string(f"import streamlit as st\nst.markdown({text!r})").run()
    assert violations(app) == []


@pytest.mark.parametrize("script", ["1 / 0", "(", "pass"])
def test_a_page_that_breaks_or_is_blank_is_a_violation(script: str) -> None:
    assert violations(AppTest.from_string(script).run())[0].startswith("error: ")
