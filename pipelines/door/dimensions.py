"""A company's own dimensions at the door: columns whose values are groups, such as a plan, a store or a brand.

Whatever a column holds that names single people stays in the original file: what the vendor's profile or a mapping
calls personal is refused in the settings, what looks like an address or a number of somebody is emptied, and a value
that was not known before is taken only where the new values of its file repeat themselves and are no names of people.
A name that repeats (of who looks after many customers, say) is known by what it is: a first name that many have, with
another word or alone, or what the names and addresses of the same row say. No list has all names, so a value that is
none of these still passes; whoever declares a column declares that it holds groups.
"""

import difflib
import re
from collections.abc import Iterable, Mapping

import polars as pl

from pipelines.door.first_names import FIRST_NAMES
from pipelines.door.profile import Profile
from pipelines.door.scrub import plain_letters, tells_of_somebody
from pipelines.settings import Settings, SettingsError

PREFIX = "dimension:"
TAKEN, PERSONAL, TOO_MANY, HARDLY_REPEATS = "taken", "personal", "too many", "hardly repeats"
MOST_MEMBERS = 50
ROWS_A_MEMBER = 2
"""So many rows, at least, stand behind each new value on average: a column of names has fewer."""
OWN_SOURCES = ("careful", "journal", "ga4")
LONGEST = 60
_OF_SOMEBODY = re.compile(
    r"(?i)\b(e-?mail|phone|mobile|fax|(first|last|full|middle|maiden|contact|customer)[ _]?name|surname|street|address"
    r"|birth(day|date)?|owner|agent|iban|passport|ssn)\b"
)
_NAME_COLUMNS = ("full_name", "first_name", "last_name", "preferred_name", "requester_name", "supplied_name")
_EMAIL = "email"
_FEW_VALUES, _FEW_ROWS = 1 / 3, 0.05
"""Up to these shares of the new values, or of their rows, may be what people are called: a plan is called Max."""
_SAYS = {
    PERSONAL: "looks personal",
    TOO_MANY: f"holds more than {MOST_MEMBERS} different values",
    HARDLY_REPEATS: "hardly repeats its values, as names and numbers do",
}


def labels_of(settings: Settings, source: str) -> list[str]:
    """The columns of a source that hold own dimensions; one that two of them share is there once."""
    return sorted({column.label for column in settings.dimensions.values() if column.source == source})


def check_dimensions(profiles: Iterable[Profile], settings: Settings) -> None:
    """Every own dimension must be a column of a source that sends files, and of none that tells who somebody is.

    Raises:
        SettingsError: an unknown source, with the nearest one; a column that is personal.
    """
    profiles = [profile for profile in profiles if profile.source not in OWN_SOURCES]
    sources = sorted({profile.source for profile in profiles})
    for name, column in settings.dimensions.items():
        what = f'{settings.path}: [dimensions] {name} = "{column.source}:{column.label}"'
        if column.source not in sources:
            near = difflib.get_close_matches(column.source, sources, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SettingsError(
                f"{what} names a source that sends no records of customers. Expected one of {', '.join(sources)}.{hint}"
            )
        if _is_personal(column.label, [p for p in profiles if p.source == column.source], settings):
            raise SettingsError(
                f"{what} is personal: it tells who somebody is, and stays in the vault. "
                "Name a column of groups, such as a plan, a store or a brand."
            )


def _is_personal(label: str, profiles: list[Profile], settings: Settings) -> bool:
    if _OF_SOMEBODY.search(label) or tells_of_somebody(label):
        return True
    return any(
        (label in column.labels or (target is not None and column.name == target.item))
        and (not column.landed or column.reference is not None or column.lookup is not None)
        for profile in profiles
        for target in [settings.mapped(profile.source, profile.object).get(label)]
        for column in (*profile.columns, *profile.mappable)
    )


def fitted(
    frame: pl.DataFrame, emptied: Mapping[str, int], known: Mapping[str, set[str]]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """The columns of own dimensions without what may not pass, and what became of each: label -> outcome.

    Args:
        frame: checked rows; the columns of own dimensions begin with PREFIX.
        emptied: column -> how many of its texts looked personal and were emptied.
        known: label -> the values that were taken before; these pass whatever else their file holds.
    """
    outcomes: dict[str, str] = {}
    own = [name for name in frame.columns if name.startswith(PREFIX)]
    if not own:
        return frame, outcomes
    people = _called(frame)
    for name in own:
        label = name.removeprefix(PREFIX)
        values, outcomes[label] = _fit(frame[name], people, emptied.get(name, 0), known.get(label, set()))
        frame = frame.with_columns(values.alias(name))
    return frame, outcomes


def _called(frame: pl.DataFrame) -> pl.Series:
    """Per row the words that its person is called by: of the names, and of the address before the @."""
    names = [pl.col(name) for name in _NAME_COLUMNS if name in frame.columns]
    before_at = [pl.col(name).str.extract(r"^([^@+]*)@") for name in frame.columns if name.endswith(_EMAIL)]
    told = pl.concat_str([pl.lit(""), *names, *before_at], separator=" ", ignore_nulls=True)
    return frame.with_columns(called=_words(told))["called"]


def names_of_people(profile: Profile) -> list[str]:
    """The columns that say what the person of a row is called."""
    names = [column.name for column in profile.columns]
    return [name for name in names if name in _NAME_COLUMNS or name.endswith(_EMAIL)]


def _words(texts: pl.Expr) -> pl.Expr:
    """The words that are long enough to tell one from another, as addresses write them: `Müller` is `mueller`."""
    low = texts.str.to_lowercase().str.replace_many({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
    return low.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.extract_all(r"[a-z]{3,}")


def _are_people(values: pl.Series, people: pl.Series) -> bool:
    """Whether values are what people are called: those of their own rows, or people in general."""
    both = _words(pl.col("value")).list.set_intersection("people")
    rows = pl.DataFrame({"value": values, "people": people})
    coincide = rows.select((both.list.len() > 0).sum()).item()
    distinct = values.unique()
    named = sum(_is_a_name(text) for text in distinct)
    return coincide > _FEW_ROWS * len(values) or named > _FEW_VALUES * len(distinct)


def _is_a_name(text: str) -> bool:
    """A first name alone, or with one to three more words before or behind it, the first and last capitalised."""
    words = text.replace(",", " ").split()
    if not 1 <= len(words) <= 4 or not (words[0][0].isupper() and words[-1][0].isupper()):
        return False
    first = words[-1] if "," in text else words[0]
    return plain_letters(first).lower().split("-")[0] in FIRST_NAMES


def _fit(values: pl.Series, people: pl.Series, emptied: int, known: set[str]) -> tuple[pl.Series, str]:
    """What of a column may pass, and the outcome; where that is not TAKEN, nothing of it does."""
    nothing = pl.Series(values.name, [None], dtype=pl.String).new_from_index(0, len(values))
    filled = values.drop_nulls()
    if emptied and emptied >= len(filled):
        return nothing, PERSONAL
    if len(known | set(filled.unique())) > MOST_MEMBERS:
        return nothing, TOO_MANY
    is_new = ~values.is_in(list(known)) & values.is_not_null()
    new = values.filter(is_new)
    if len(new) < ROWS_A_MEMBER * new.n_unique():
        return (values.set(is_new, None), TAKEN) if known else (nothing, HARDLY_REPEATS)
    if len(new) and _are_people(new, people.filter(is_new)):
        return (values.set(is_new, None), TAKEN) if known else (nothing, PERSONAL)
    return values, TAKEN


def notes(outcomes: dict[str, str], unknown: Iterable[str], declared: Iterable[str]) -> list[str]:
    """What to say of a file: columns that were not taken, and those that are there under nearly their name."""
    told = [
        f"Its column {label!r} {_SAYS[became]}, so it is no dimension and stays in the original file"
        for label, became in outcomes.items()
        if became != TAKEN
    ]
    for label in declared:
        near = difflib.get_close_matches(label, list(unknown), n=1, cutoff=0.8)
        if label not in outcomes and near:
            told.append(f"It has no column {label!r} of [dimensions], but {near[0]!r}")
    return told
