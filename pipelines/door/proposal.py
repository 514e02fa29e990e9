"""Which export an unknown file may be, and the lines of careful.toml that would make it readable.

Nothing but labels of columns is ever told, and of those none that looks like somebody's: where a file has no header,
its first row is data.
"""

import codecs
import gzip
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.door.container import entries, workbook_text
from pipelines.door.dimensions import OWN_SOURCES
from pipelines.door.first_names import FIRST_NAMES
from pipelines.door.glossary import tells_of_a_vendor, terms_of, terms_of_column
from pipelines.door.ndjson import documents
from pipelines.door.profile import Column, Header, Profile
from pipelines.door.read import sheet
from pipelines.door.recognise import NO_KNOWN_EXPORT, NearlyKnown, recognise, relabelled
from pipelines.door.scrub import plain_letters
from pipelines.door.text import Text
from pipelines.mapping import Target
from pipelines.settings import Settings

HEAD_BYTES = 1024**2
LEAST_PLACED, LEAST_SHARE_PLACED, LEAST_SHARE_IF_LACKING = 3, 1 / 3, 3 / 4
"""So many columns, and such a share of the file's or of the export's, have a place in what a file is said to be."""
MOST_TOLD = 5
LEAST_WORDS = 2
"""So many labels that some language knows make a first row a header."""
LONGEST_LABEL = 80
_LOOKS_LIKE_DATA = re.compile(r"@|^[\d\W]+$|\d{5}|\d[-./:]\d|^$|^(?i:true|false|null|n/?a)$")
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Proposal:
    """What a file that no profile knows is most likely to be.

    Attributes:
        source, object: the vendor's export that fits best; empty where none does.
        mapping: label of the file -> our column: the lines to write.
        table: below which head, `hubspot`, or `hubspot.deal` where other files of the source have such a label too.
        is_there: whether there is such a table already.
        unplaced: labels of the file that mean nothing to us; `hidden` more are not told, as they may be data.
        missing: what the export needs and the file lacks, by the vendor's label.
        rivals: other exports that the file would fit as well, with these lines.
        alike: exports of other vendors that would be as near, with lines of their own.
        lead: the sentence with which the door refuses it.
    """

    source: str = ""
    object: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    is_there: bool = False
    unplaced: tuple[str, ...] = ()
    hidden: int = 0
    missing: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    lead: str = NO_KNOWN_EXPORT

    @property
    def is_enough(self) -> bool:
        """Whether the lines make the file readable."""
        return bool(self.source) and not self.missing and not self.rivals

    def lines(self) -> str:
        """What careful.toml lacks, below `[mapping.<table>]`."""
        return "".join(f"{_quoted(label)} = {_quoted(column)}\n" for label, column in self.mapping.items())

    def in_words(self) -> str:
        """The refusal's sentence, what it is, the lines, what is left over and what is missing."""
        if not self.source:
            return f"{self.lead} {self._like_none()}"
        said = self.lead
        if said == NO_KNOWN_EXPORT:
            said += f" It is most like {self.source} {self.object}."
        if self.alike:
            said += f" It is as near to {' or '.join(self.alike)}: take these lines only if it is of {self.source}."
        table = f"[mapping.{self.table}]"
        if self.mapping and self.is_there:
            said += f" Add below {table} in careful.toml:\n\n{self.lines()}"
        elif self.mapping:
            said += f" Paste into careful.toml:\n\n{table}\n{self.lines()}"
        aside = []
        if self.unplaced:
            aside.append(_listed("No place was found for", self.unplaced))
        if self.hidden:
            aside.append(f"{_columns(self.hidden)} not named here, since its first row may be data.")
        if self.missing:
            aside.append(_listed("Still missing, so export it again with", self.missing))
        if self.rivals:
            aside.append(f"With these lines it could as well be {' or '.join(self.rivals)}.")
        if self.is_enough:
            aside.append("Nothing is missing: after that, put it into inbox/ again.")
        return "\n".join([said, *aside])

    def _like_none(self) -> str:
        if self.hidden:
            return f"Its {_columns(self.hidden)} not named here, since its first row may be data."
        if not self.unplaced:
            return "They are those of any list."
        told, more = ", ".join(map(_quoted, self.unplaced[:MOST_TOLD])), len(self.unplaced) - MOST_TOLD
        return f"No place was found for {told}{f' and {more:,} more' if more > 0 else ''}."


def _columns(number: int) -> str:
    return "1 column is" if number == 1 else f"{number:,} columns are"


def _listed(what: str, labels: Iterable[str]) -> str:
    return f"{what}: {', '.join(map(_quoted, labels))}."


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'


def proposals(
    paths: Iterable[Path], profiles: Iterable[Profile], settings: Settings
) -> list[tuple[Path, Proposal]]:
    """What to say of each table in files that no profile knows; nothing of what is no table.

    The lines for one file count as written for the next, so that each line is told once.
    """
    profiles = tuple(profiles)
    found = []
    for path in paths:
        for text in heads(path):
            proposal = _proposed(text, profiles, settings)
            if proposal is not None:
                found.append((path, proposal))
                settings = _with(settings, proposal.table, proposal.mapping)
    return found


def _with(settings: Settings, table: str, lines: Mapping[str, str]) -> Settings:
    """The settings with these lines in a table of the mapping."""
    if not lines:
        return settings
    mapping = settings.mapping.get(table, {}) | {label: Target(item=name) for label, name in lines.items()}
    return settings.model_copy(update={"mapping": {**settings.mapping, table: mapping}})


def whose(path: Path, profiles: Iterable[Profile], settings: Settings) -> tuple[str, str]:
    """Which source and object a refused file was most likely of: by its header, unless its name or folder says else.

    Returns:
        Source and object; the object is empty where only the source can be told, both where nothing can.
    """
    profiles = tuple(profiles)
    likely = [[fit for fit in _fits(text, profiles, settings) if fit.is_likely] for text in heads(path)]
    found = {fits[0].profile.name: fits[0].profile for fits in likely if fits}
    told = " ".join(path.relative_to(settings.inbox).parts).casefold()
    named, sources = {p.source for p in profiles if p.source in told}, {p.source for p in found.values()}
    if len(found) == 1 and (not named or sources <= named):
        (profile,) = found.values()
        return profile.source, profile.object
    sources = sources & named or named or sources
    return (sources.pop(), "") if len(sources) == 1 else ("", "")


def heads(path: Path) -> Iterator[Text]:
    """The beginning of each text in a file, up to its last whole line; nothing of what can not be opened."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as plain:
                is_packed = plain.read(2) == b"\x1f\x8b"
            with gzip.open(path) if is_packed else path.open("rb") as file:
                yield from _head(file.read(HEAD_BYTES))
            return
        with zipfile.ZipFile(path) as archive:
            if (sheet := workbook_text(path, archive)) is not None:
                yield Text(None, "utf-8", held=sheet)
                return
            for entry in entries(path, archive):
                with archive.open(entry) as packed:
                    yield from _head(packed.read(HEAD_BYTES))
    except Exception:
        return


def _head(content: bytes) -> Iterator[Text]:
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    if encoding:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(content)
    else:
        text = "\n".join(map(_line, content.split(b"\n")))
    if "\n" not in text:
        text = text.replace("\r", "\n")
    if len(content) == HEAD_BYTES:
        text = text.rpartition("\n")[0]
    if text.strip() and not _NO_TEXT.search(text) and not text.lstrip().startswith("<"):
        yield Text(None, encoding or "utf-8", held=text.encode())


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


@dataclass(frozen=True)
class _Fit:
    """How well a file fits an export: what of it has a place, label -> column, and what the export lacks.

    `is_used`: the settings name its source, so that of two that fit as well it is the likelier one.
    """

    profile: Profile
    labels: tuple[str, ...]
    placed: dict[str, Column]
    missing: tuple[Column, ...]
    is_used: bool

    @property
    def is_known(self) -> bool:
        return self.profile.fits(set(self.labels)) > 0

    @property
    def rank(self) -> tuple[int, int, bool]:
        return len(self.placed) - len(self.missing), -len(self.missing), self.is_used

    @property
    def is_likely(self) -> bool:
        """Whether the file may well be this export: hardly anything is missing, and it is no list that anybody has."""
        telling = sum(map(tells_of_a_vendor, self.placed))
        share = len(self.placed) / min(len(self.labels), len(self.profile.columns))
        least = LEAST_SHARE_PLACED if telling > len(self.missing) else LEAST_SHARE_IF_LACKING
        return len(self.placed) >= LEAST_PLACED and len(self.missing) <= 1 and telling > 0 and share >= least


def _fits(text: Text, profiles: tuple[Profile, ...], settings: Settings) -> list[_Fit]:
    """Every export whose shape a text has, the likeliest first."""
    mine = [relabelled(profile, settings) for profile in profiles]
    fits = [_fit(profile, header, settings) for profile, header in _shaped(text, mine)]
    return sorted(fits, key=lambda fit: fit.rank, reverse=True)


def _shaped(text: Text, profiles: list[Profile]) -> list[tuple[Profile, Header]]:
    """The exports whose shape a text has; none where a profile stumbles over it: what is refused must be told."""
    try:
        found = documents(text)
        if found is not None:
            names = sorted(found.labels())
            return [(profile, Header(names)) for profile in profiles if profile.layout == "ndjson"]
        head = sheet(text).head
        shaped = [(profile, profile.header(head)) for profile in profiles if profile.layout == "csv"]
    except Exception:
        return []
    return [(profile, header) for profile, header in shaped if header is not None]


def _fit(profile: Profile, header: Header, settings: Settings) -> _Fit:
    """Each column to a label: one that it has, else one that means the same; required columns choose first."""
    labels = tuple(dict.fromkeys(name.strip() for name in (*header.names, *header.aliases) if name.strip()))
    own = {column.name for column in profile.columns}
    columns = sorted(profile.columns, key=lambda column: not column.required)
    columns += [column for column in profile.mappable if column.name not in own]
    known = {label.casefold(): label for label in sorted(labels, reverse=True)}
    by_name = {column.name: column for column in columns}
    mapped = settings.mapped(profile.source, profile.object)
    placed = {
        label: by_name[mapped[label].item]
        for label in labels
        if label in mapped and mapped[label].item in by_name
    }
    left = []
    for column in columns:
        if column in placed.values():
            continue
        label = next((known[word.casefold()] for word in column.labels if word.casefold() in known), None)
        if label is None:
            left.append(column)
        else:
            placed[label] = column
    missing = []
    for column in left:
        terms = terms_of_column(column) if column.labels or column.name not in own else frozenset()
        free = (label for label in labels if label not in placed)
        label = next((label for label in free if terms & terms_of(label) and not may_be_data(label)), None)
        if label is not None:
            placed[label] = column
        elif column.required:
            missing.append(column)
    told = (*settings.mapping, *settings.sources.declared)
    is_used = any(head.partition(".")[0] == profile.source for head in told)
    return _Fit(profile, labels, placed, tuple(missing), is_used)


def _proposed(text: Text, profiles: tuple[Profile, ...], settings: Settings) -> Proposal | None:
    fits = _fits(text, profiles, settings)
    if not fits or any(fit.is_known for fit in fits):
        return None
    nearly = _nearly(text, profiles, settings)
    if nearly is None and fits[0].profile.source in OWN_SOURCES and len(fits[0].placed) >= LEAST_PLACED:
        return None
    likely = [fit for fit in fits if fit.is_likely and fit.profile.source not in OWN_SOURCES]
    if nearly is not None:
        likely = [fit for fit in fits if (fit.profile.source, fit.profile.object) == nearly.of]
    if not likely:
        return _like_none(fits[0].labels)
    best = likely[0]
    equal = {fit.profile.source: fit.profile.name for fit in reversed(likely) if fit.rank == best.rank}
    lead = nearly.lead if nearly else NO_KNOWN_EXPORT
    source, thing = best.profile.source, best.profile.object
    has = {word.casefold() for column in best.profile.columns for word in column.labels}
    mapped = settings.mapped(source, thing)
    lines = {
        label: column.name
        for label, column in best.placed.items()
        if label.casefold() not in has and (label not in mapped or mapped[label].item != column.name)
    }
    table = source if mapped.keys().isdisjoint(lines) else f"{source}.{thing}"
    told, hidden = _tellable([label for label in best.labels if label not in best.placed])
    return Proposal(
        source,
        thing,
        lines,
        table,
        table in settings.mapping,
        told,
        hidden,
        tuple(column.labels[0] for column in best.missing),
        () if best.missing else _rivals(best, text, profiles, settings, table, lines),
        tuple(_in_two_words(name) for of, name in equal.items() if of != source),
        lead,
    )


def _nearly(text: Text, profiles: tuple[Profile, ...], settings: Settings) -> NearlyKnown | None:
    """Why the door refuses it, where that is for one column."""
    try:
        recognise(text, profiles, settings)
    except NearlyKnown as why:
        return why
    except Exception:
        return None
    return None


def _like_none(labels: tuple[str, ...]) -> Proposal:
    """What to say of a file that is no export; its labels only where they are certainly a header."""
    if sum(bool(terms_of(label)) for label in labels) < LEAST_WORDS:
        return Proposal(hidden=len(labels))
    told, hidden = _tellable([label for label in labels if not terms_of(label)])
    return Proposal(unplaced=told, hidden=hidden)


def _rivals(
    best: _Fit,
    text: Text,
    profiles: tuple[Profile, ...],
    settings: Settings,
    table: str,
    lines: dict[str, str],
) -> tuple[str, ...]:
    """The exports that would fit as well as the best one, were the lines in the settings."""
    settled = _with(settings, table, lines)
    shaped = _shaped(text, [relabelled(profile, settled) for profile in profiles])
    scores = sorted(((profile.fits(set(best.labels)), profile.name) for profile, _ in shaped), reverse=True)
    mine = max(score for score, name in scores if name == best.profile.name)
    names = [name for score, name in scores if score >= mine]
    names.remove(best.profile.name)
    return tuple(map(_in_two_words, names))


def _in_two_words(name: str) -> str:
    """A landing table as `hubspot contact`."""
    return name.replace("__", " ")


def _tellable(labels: list[str]) -> tuple[tuple[str, ...], int]:
    """The labels that may be told, and how many may not: all of them, if one looks like what a row holds."""
    if any(map(may_be_data, labels)):
        return (), len(labels)
    short = tuple(label for label in labels if len(label) <= LONGEST_LABEL)
    return short, len(labels) - len(short)


def may_be_data(label: str) -> bool:
    """Whether a label looks like an address, a number, a date or somebody's name."""
    words = re.findall(r"[a-z]+", plain_letters(label).lower())
    return bool(_LOOKS_LIKE_DATA.search(label)) or any(word in FIRST_NAMES for word in words)
