"""A week as a notebook reads it: the sentences and the numbers of the page This week, worked out at once.

Sentences are Markdown, which a notebook shows as such; frames hold the numbers to their last digit.
"""

import re
from dataclasses import dataclass

import polars as pl

from dashboard import initiatives, this_week, verdicts, weeks, words, written
from dashboard.breakdowns import named
from dashboard.initiatives import Judged
from dashboard.kpi import EVERYONE, Group, Reading
from dashboard.parts import changes, decided, number, verdict
from dashboard.this_week import ThisWeek

_ICON = re.compile(r":material/\w+: ?")
_COLOURED = re.compile(r":[a-z]+(?:-[a-z]+)*\[((?:\\.|[^\[\]\\])*)\]")

_OF_A_READING = {
    "n": pl.Int64, "successes": pl.Int64, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "verdict": pl.String, "change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64,
    "usually": pl.Float64, "weeks": pl.Int64, "maturity": pl.String,
}  # fmt: skip
_OF_AN_EFFECT = {
    "effect": pl.Float64, "low": pl.Float64, "high": pl.Float64, "net": pl.Float64, "net_low": pl.Float64,
    "net_high": pl.Float64,
}  # fmt: skip


class Told(str):
    """Sentences in Markdown."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Review:
    """What a week says.

    `numbers`: kpi, label, shares `value`, `low`, `high` (null where too few to show), `verdict`, `change` with its
    range against what is `usually` so, over `weeks`, and whether it is final. `initiatives`: verdict and evidence of
    each, `effect` with its range where it is compared with anybody, what is left over in money where it is known.
    `decided`: promises and decisions with what became of them; `written`: its notes, and what its meeting agreed.
    """

    name: str
    headline: str
    lead: str
    needs: Told
    numbers: pl.DataFrame
    kpis: Told
    changed: Told
    initiatives: pl.DataFrame
    tried: Told
    decided: Told
    written: Told

    def _repr_markdown_(self) -> str:
        return f"{self.name}\n\n## {self.headline}\n\n{self.lead}"

    def __repr__(self) -> str:
        return "\n".join(part for part in (self.name, self.headline, self.lead) if part)


def review(iso_week: str | None = None, group: Group = EVERYONE) -> Review:
    """The build on screen on a closed week; absent means the last one.

    Raises:
        LookupError: there is no such week; says which there are.
    """
    known = {week.iso_week: week for week in weeks.closed()}
    if iso_week and iso_week not in known:
        raise LookupError(f"There is no week {iso_week} here. There are {min(known)} to {max(known)}.")
    said = this_week.of(known[iso_week] if iso_week else next(iter(known.values())), group)
    found = initiatives.judged()
    moved = changes.most_pressing(said.readings)
    known_of = [plain(decided.told(line, said.week)) for line in decided.known(said.week, now=said.is_latest)]
    wrote = [
        f"{plain(line.says)} ({plain(line.whose)})" for line in written.about(said.week, now=said.is_latest)
    ]
    headline, lead = map(plain, said.headline)
    return Review(
        said.week.name if group.is_everyone else f"{said.week.name}, {named(group.dimension)} {group.member} only",
        headline,
        lead,
        _needs(said),
        numbers(list(said.shown.values())),
        _kpis(said, group),
        Told("\n\n".join(changes.sentences(moved, said.week)) if moved else "Nothing moved more than it usually does."),
        effects(found),
        Told("\n".join(f"* {_outcome(one)}" for one in found) or initiatives.headline(found)),
        Told("\n".join(f"* {line}" for line in known_of) or "Nothing was decided or promised in the last quarter."),
        Told("\n".join(f"* {line}" for line in wrote) or "Nothing was written about this week."),
    )  # fmt: skip


def numbers(readings: list[Reading]) -> pl.DataFrame:
    """Readings as rows, a share a number."""
    rows = [
        {
            "kpi": one.about.kpi,
            "label": one.about.label,
            **{name: getattr(one, name) for name in _OF_A_READING},
        }
        for one in readings
    ]
    return pl.DataFrame(rows, schema=pl.Schema({"kpi": pl.String, "label": pl.String, **_OF_A_READING}))


def effects(found: list[Judged]) -> pl.DataFrame:
    """Initiatives as rows; where nobody is compared there is no effect, and no money."""
    rows = [
        {"initiative": one.name, "verdict": verdicts.in_list(one), "evidence": one.evidence,
         **{name: _effect(one, name) for name in _OF_AN_EFFECT},
         "unit": "share" if one.is_share else one.currency, "currency": one.currency,
         "n_treated": one.n_treated, "n_control": one.n_control}
        for one in found
    ]  # fmt: skip
    text = dict.fromkeys(("initiative", "verdict", "evidence"), pl.String)
    rest = {"unit": pl.String, "currency": pl.String, "n_treated": pl.Int64, "n_control": pl.Int64}
    return pl.DataFrame(rows, schema=pl.Schema({**text, **_OF_AN_EFFECT, **rest}))


def _effect(one: Judged, name: str) -> float | None:
    may_be_said = one.is_paid if name.startswith("net") else one.is_compared
    value: float | None = getattr(one, name)
    return value if may_be_said else None


def plain(markdown: str) -> str:
    """A sentence of the app without the marks that only Streamlit reads: icons and colours."""
    text = _ICON.sub("", markdown)
    while (bare := _COLOURED.sub(r"\1", text)) != text:
        text = bare
    return text.strip()


def _needs(said: ThisWeek) -> Told:
    told = [
        f"{place}. **{need.title}**  \n   {need.facts}" + (f" Owner: {need.owner}." if need.owner else "")
        for place, need in enumerate(said.needs, start=1)
    ]
    return Told("\n".join(told) or "Nothing needs you.")


def _kpis(said: ThisWeek, group: Group) -> Told:
    heads = ("Number", "This week", "Range, and what it rests on", "Did it move?")
    rows = [
        (one.about.label, number.figure(one), plain(number.basis(one, group)), moved(said, one))
        for one in said.shown.values()
    ]
    lines = [heads, ("---",) * len(heads), *rows]
    return Told("\n".join(f"| {' | '.join(_in_a_cell(cell) for cell in line)} |" for line in lines))


def moved(said: ThisWeek, reading: Reading) -> str:
    """Whether a number moved, in the words of its card."""
    if reading.about.kpi in said.incomplete:
        return "Incomplete: a source is late"
    return plain(verdict.in_words(reading)) if reading.is_shown else ""


def _in_a_cell(text: str) -> str:
    return " · ".join(re.sub(r"(?<!\\)\|", r"\\|", line.strip()) for line in text.splitlines())


def _outcome(one: Judged) -> str:
    if not one.is_compared:
        return f"**{words.safe(one.name)}**: {verdicts.in_list(one)} No effect and no money figure is shown."
    return (
        f"**{words.safe(one.name)}**: {verdicts.in_list(one)} {plain(verdicts.short(one))} ({one.evidence})"
    )
