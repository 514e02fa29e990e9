"""Whose export is it? Decided by the header set and shape, never by the file's name."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import available_timezones

import numpy as np
import polars as pl

from pipelines.door.dimensions import PREFIX, check_dimensions, labels_of
from pipelines.door.ndjson import CUSTOM_FIELDS, documents
from pipelines.door.parquet import table
from pipelines.door.profile import SURVEY_ITEMS, USER_ID, Column, Header, Profile
from pipelines.door.read import Piece, Records, Sheet, sheet, unique
from pipelines.door.refused import Refused
from pipelines.door.text import PARQUET, Text
from pipelines.mapping import Target
from pipelines.settings import GA4, Settings, SettingsError

ANSWER_PREFIX = "answer:"
LEAST_KNOWN_COLUMNS = 4
NO_KNOWN_EXPORT = "Its columns are those of no known export."


class NearlyKnown(Refused):
    """One required column is missing; `of` says of what, `lead` is the sentence that says which."""

    def __init__(self, lead: str, of: tuple[str, str]) -> None:
        super().__init__(f"{lead} Export it again with that column.", of)
        self.lead = lead


@dataclass(frozen=True)
class Recognised:
    """An export, and its rows as text under the landing names of its profile.

    Attributes:
        profile: the vendor's profile with the company's mapping applied.
        pieces: reads the rows, from the first one each time it is called: one String column per profile column, plus
            `_line`; where several rows come of one line, `_line` only numbers them and `_at` is the line.
        broken_rule: what is wrong with the lines of records that are no rows.
        items: survey item columns and their scales. wordings: the question's wording per item.
        unknown: labels that nothing is taken from. strangers: files beside it in a ZIP that nobody knows.
        delimiter: between its cells. size: bytes of its text. is_ended: whether its last line has an end.
        is_typed: whether its numbers were numbers before they were text, with a point before decimals.
        labels: column of the profile -> what the file calls it.
    """

    profile: Profile
    pieces: Callable[[], Iterator[Piece]]
    broken_rule: str
    items: dict[str, Target]
    wordings: dict[str, str]
    unknown: list[str]
    strangers: int = 0
    delimiter: str = ","
    size: int = 0
    is_ended: bool = True
    is_typed: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


def recognise(text: Text, profiles: Iterable[Profile], settings: Settings) -> Recognised | None:
    """The export's rows, or None when no profile knows it.

    Raises:
        Refused: two profiles know it equally well, or it is damaged.
    """
    profiles = tuple(relabelled(profile, settings) for profile in profiles)
    found = table(text) or documents(text)
    if found is not None:
        labels = found.labels()
        profile = _best_of([(p, p.fits(labels)) for p in profiles if p.layout == "ndjson"])
        return None if profile is None else _from_records(found, profile, settings, labels, text)
    for profile in profiles:
        unfolded = profile.unfold(text) if profile.unfold else None
        if unfolded is not None:
            return _from_records(unfolded, profile, settings, unfolded.labels(), text)
    delimited = sheet(text)
    headers = [(p, p.header(delimited.head)) for p in profiles if p.layout == "csv"]
    shaped = [(p, header) for p, header in headers if header is not None]
    profile = _best_of([(p, p.fits(_labels(header))) for p, header in shaped])
    if profile is None:
        _refuse_what_lacks_a_column([(p, _labels(header)) for p, header in shaped])
        return None
    header = next(header for p, header in shaped if p is profile)
    return _from_sheet(delimited, profile, header, settings)


def _labels(header: Header) -> set[str]:
    return {name.strip() for name in header.names} | set(header.aliases)


def _best_of(scored: list[tuple[Profile, int]]) -> Profile | None:
    ranked = sorted((entry for entry in scored if entry[1]), key=lambda entry: -entry[1])
    if not ranked:
        return None
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        names = " and ".join(entry[0].name for entry in ranked[:2])
        raise Refused(f"Its header fits {names} equally well; export it with more columns.")
    return ranked[0][0]


def _refuse_what_lacks_a_column(shaped: list[tuple[Profile, set[str]]]) -> None:
    """An export that is nearly known says what it lacks: a column was renamed, or left out of the view."""
    for profile, labels in shaped:
        known = {label.casefold() for label in labels}
        hits = {c.name: any(label.casefold() in known for label in c.labels) for c in profile.columns}
        lacking = [c.labels[0] for c in profile.columns if c.required and not hits[c.name]]
        found = sum(hits.values())
        if len(lacking) == 1 and found >= max(LEAST_KNOWN_COLUMNS, len(profile.columns) // 2):
            raise NearlyKnown(
                f"It looks like {profile.source} {profile.object}, but has no column {lacking[0]!r}.",
                (profile.source, profile.object),
            )


def relabelled(profile: Profile, settings: Settings) -> Profile:
    """The profile with the labels that the company says its columns have: in another language, or renamed."""
    own: dict[str, list[str]] = {}
    for label, target in settings.mapped(profile.source, profile.object).items():
        own.setdefault(target.item, []).append(label)
    special = {column.name for column in profile.mappable}
    columns = tuple(
        replace(column, labels=(*own[column.name], *column.labels))
        if column.name in own and column.labels and column.name not in special
        else column
        for column in profile.columns
    )
    return replace(profile, columns=columns)


def with_mapping(profile: Profile, settings: Settings, labels: set[str]) -> tuple[Profile, dict[str, Target]]:
    """The profile with the company's custom fields, and the survey items found in this file."""
    mapping = settings.mapped(profile.source, profile.object)
    templates = {column.name: column for column in profile.mappable}
    columns = {column.name: _of_a_kind(column, settings) for column in profile.columns}
    items: dict[str, Target] = {}
    for label, target in mapping.items():
        present = label if label in labels else f"{CUSTOM_FIELDS}.{label}"
        if present not in labels:
            continue
        if profile.answers and target.item in SURVEY_ITEMS:
            name = ANSWER_PREFIX + target.item
            if name in items:
                raise Refused(
                    f"The mapping names two of its columns {target.item!r}; keep one in [mapping.{profile.source}]."
                )
            columns[name] = Column(name, (present,), kind="decimal")
            items[name] = target
        elif target.item in templates:
            columns[target.item] = replace(templates.pop(target.item), labels=(present,))
    for label in labels_of(settings, profile.source):
        found = [one for one in (label, f"{CUSTOM_FIELDS}.{label}") if one in labels]
        if found:
            columns[PREFIX + label] = Column(PREFIX + label, (found[0],))
    return replace(profile, columns=tuple(columns.values())), items


def user_id_kind(settings: Settings) -> str:
    """The kind of identifier that the website's user ids are."""
    return settings.ga4.user_id_is if settings.ga4 else str(GA4.model_fields["user_id_is"].default)


def _of_a_kind(column: Column, settings: Settings) -> Column:
    return replace(column, lookup=user_id_kind(settings)) if column.lookup == USER_ID else column


def check_mapping(profiles: Iterable[Profile], settings: Settings) -> None:
    """Every mapped name must mean something to some export of its source, and no own dimension may be about people.

    Raises:
        SettingsError: an unknown source or canonical column, with the nearest known one; a dimension that is personal.
    """
    profiles = tuple(profiles)
    check_dimensions(profiles, settings)
    accepted: dict[str, set[str]] = {}
    for profile in profiles:
        names = {column.name for column in (*profile.columns, *profile.mappable)}
        names |= set(SURVEY_ITEMS) if profile.answers else set()
        for head in (profile.source, f"{profile.source}.{profile.object}"):
            accepted.setdefault(head, set()).update(names)
    for head in (*settings.mapping, *settings.sources.declared):
        _check_table(head, f"[mapping.{head}]", accepted, settings)
    for source, declared in settings.sources.declared.items():
        for thing in filter(None, declared.date_format):
            _check_table(f"{source}.{thing}", f"[sources.{source}] date_format", accepted, settings)
    for head, mapping in settings.mapping.items():
        for label, target in mapping.items():
            if target.item not in accepted[head]:
                what = f"[mapping.{head}] {label!r} = {target.item!r}"
                raise SettingsError(_unknown(settings, what, target.item, accepted[head]))


def _check_table(head: str, what: str, known: Collection[str], settings: Settings) -> None:
    """A source, or an object of one as `hubspot.deal`, must be one that sends files."""
    source, _, thing = head.partition(".")
    if source not in known:
        sources = {one for one in known if "." not in one}
        raise SettingsError(_unknown(settings, f"source {source!r}", source, sources))
    if head not in known:
        objects = {one.removeprefix(f"{source}.") for one in known if one.startswith(f"{source}.")}
        raise SettingsError(_unknown(settings, f"{what}: object {thing!r}", thing, objects))


def _unknown(settings: Settings, what: str, word: str, known: set[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return (
        f"{settings.path}: {what} is not known. Expected one of {', '.join(sorted(known)) or 'none'}.{hint}"
    )


def _from_sheet(table: Sheet, profile: Profile, header: Header, settings: Settings) -> Recognised:
    names = unique(header.names)
    labels = set(names) | set(header.aliases)
    mapped, items = with_mapping(profile, settings, labels)
    if header.zone is not None and header.zone not in available_timezones():
        raise Refused("Its header names a time zone that is not known.")
    mapped = replace(mapped, zone=header.zone or mapped.zone)
    present = _in_any_case(labels)
    chosen: dict[str, str] = {}
    for column in mapped.columns:
        label = next(
            (present[label.casefold()] for label in column.labels if label.casefold() in present), None
        )
        if label is not None:
            chosen[column.name] = header.aliases.get(label, label)
    taken = set(chosen.values())
    wordings = {name: header.wordings[chosen[name]] for name in items if chosen[name] in header.wordings}

    def pieces() -> Iterator[Piece]:
        return _prepared(table.pieces(header.names, header.rows, mapped.footer, taken), mapped, chosen)

    unknown = [name for name in names if name not in taken]
    rule = "wrong_number_of_cells"
    text = table.text
    return Recognised(
        mapped,
        pieces,
        rule,
        items,
        wordings,
        unknown,
        0,
        table.delimiter,
        text.size,
        text.is_ended,
        text.is_typed,
        chosen,
    )


def _in_any_case(labels: Iterable[str]) -> dict[str, str]:
    """Folded label -> the label as the file spells it; of two that differ by case only, the first."""
    return {label.casefold(): label for label in sorted(labels, reverse=True)}


def _from_records(
    found: Records, profile: Profile, settings: Settings, labels: set[str], text: Text
) -> Recognised:
    for identifier in (
        *settings.mapped(profile.source, profile.object),
        *labels_of(settings, profile.source),
    ):
        labels = labels | {f"{CUSTOM_FIELDS}.{identifier}"} if identifier.isdigit() else labels
    mapped, items = with_mapping(profile, settings, labels)
    chosen = {
        column.name: next((label for label in column.labels if label in labels), column.labels[0])
        for column in mapped.columns
        if column.labels
    }
    taken = {label.split(".")[0] for label in chosen.values()}

    def pieces() -> Iterator[Piece]:
        return _prepared(found.pieces(sorted(set(chosen.values()))), mapped, chosen)

    unknown = sorted(label for label in labels if "." not in label and label not in taken)
    return Recognised(
        mapped,
        pieces,
        found.broken_rule,
        items,
        {},
        unknown,
        size=text.size,
        is_ended=text.encoding == PARQUET or text.is_ended,
        labels=chosen,
    )


def _prepared(pieces: Iterator[Piece], profile: Profile, chosen: dict[str, str]) -> Iterator[Piece]:
    named = (replace(piece, frame=_under_landing_names(piece.frame, profile, chosen)) for piece in pieces)
    whole = _joined(named) if profile.in_one_piece else named
    ready = (
        replace(piece, frame=profile.prepare(piece.frame)) if profile.prepare else piece for piece in whole
    )
    yield from _numbered(ready, profile.numbered) if profile.numbered else ready


def _numbered(pieces: Iterator[Piece], name: str) -> Iterator[Piece]:
    """Of rows that are alike in a column each gets its number, from 0; of those before only a hash is kept."""
    before = np.empty(0, dtype=np.uint64)
    for piece in pieces:
        told = piece.frame[name].hash().to_numpy()
        earlier = np.searchsorted(before, told, "right") - np.searchsorted(before, told, "left")
        number = pl.int_range(pl.len()).over(name) + pl.lit(pl.Series(earlier))
        yield replace(
            piece, frame=piece.frame.with_columns(pl.concat_str(name, number.cast(pl.String), separator="|"))
        )
        before = np.sort(np.concatenate([before, np.sort(told)]), kind="stable")


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    every = list(pieces)
    if every:
        frame = pl.concat(piece.frame for piece in every)
        broken = [line for piece in every for line in piece.broken]
        yield Piece(frame, sum(piece.read for piece in every), broken, every[-1].through)


def _under_landing_names(frame: pl.DataFrame, profile: Profile, chosen: dict[str, str]) -> pl.DataFrame:
    empty = ["", *profile.nulls]
    columns = [
        (
            pl.col(chosen[column.name]).str.strip_chars().replace(dict.fromkeys(empty))
            if column.name in chosen
            else pl.lit(None, dtype=pl.String)
        ).alias(column.name)
        for column in profile.columns
    ]
    lines = [pl.col(name).cast(pl.Int64) for name in ("_line", "_at") if name in frame.columns]
    return frame.select(*columns, *lines)
