"""How one vendor's export is described: which columns it has, what they mean, and what makes a row bad.

A vendor is one module in `pipelines/sources` with a tuple `PROFILES`. Nothing here reads a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from pipelines.door.read import Records
from pipelines.door.text import Text

Kind = Literal["text", "integer", "decimal", "number", "boolean", "timestamp", "date", "duration"]

ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f%#z")
DOTTED = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
"""With points between them the day comes first, wherever dates are written so."""

TOKEN_KINDS = (
    "hubspot_contact",
    "salesforce_contact",
    "zendesk_user",
    "shopify_customer",
    "stripe_customer",
    "freshdesk_contact",
    "pipedrive_person",
    "zoho_contact",
    "dynamics_contact",
    "customer_id",
    "email",
    "phone",
    "ga4_client_id",
)

USER_ID = "ga4_user_id"
"""What a website calls its user: an identifier of the kind that `[sources.ga4] user_id_is` says."""

SURVEY_ITEMS = (
    "success", "effort", "emotion", "purchase_more", "recommend", "forgive", "trust",
    "nps", "csat", "ces", "valued", "understood", "had_to_repeat", "showed_they_cared", "listened", "felt_human",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column that is landed, kept in the vault, or turned into an identifier.

    Attributes:
        name: what it is called past the door.
        labels: the vendor's labels, any one of them; for JSON the dotted path.
        kind: how the text is typed.
        required: a file without this column is not this export.
        filled: a row without a value is set aside.
        between: the lowest and the highest number that makes sense; any other sets the row aside.
        scale_by: the column whose word, in any case, says which scale a number is on, and the ends of each of them.
        values: the vendor's words mapped to ours; a word that is not listed sets the row aside.
        token: the value is an identifier of a person, of this kind: keyed, never landed.
        token_kind_from: as `token`, but another column of the row says which kind.
        lookup: an identifier of this kind (`USER_ID`: of the kind that the settings say) by which a customer can be
            looked up: landed as the token that it is, but the row is nobody's record and joins no people.
        separator: several identifiers in one cell.
        reference: `source/object` the value points to: landed as that record's key; `@column/object` where
            another column of the row names the source.
        personal: kept in the vault only.
        scrubbed: a text that is shown (of a website, of an event), landed without the addresses, numbers and values
            about people in it.
        not_before: the column with the day before which this one makes no sense; an earlier day sets the row aside.
        most_letters: a longer text sets the row aside.
        coded: a key or a word of our own, never a text that somebody wrote: digits in it are no telephone number.
    """

    name: str
    labels: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    filled: bool = False
    between: tuple[float, float] | None = None
    scale_by: tuple[str, Mapping[str, tuple[float, float]]] | None = None
    values: Mapping[str, str] | None = None
    token: str | None = None
    token_kind_from: str | None = None
    lookup: str | None = None
    separator: str | None = None
    reference: str | None = None
    personal: bool = False
    scrubbed: bool = False
    not_before: str | None = None
    most_letters: int | None = None
    coded: bool = False

    @property
    def landed(self) -> bool:
        """Whether the value itself (or the key it refers to) goes past the door."""
        return not (self.personal or self.identifies)

    @property
    def identifies(self) -> bool:
        """Whether the value is an identifier of a person."""
        return self.token is not None or self.token_kind_from is not None


@dataclass(frozen=True)
class Header:
    """Where the column names are, and what the header says besides.

    Attributes:
        names: per column. rows: how many records the header takes.
        aliases: other, more stable names -> name. wordings: name -> the question as it was asked.
        zone: the zone of the file's times, where the file says so itself.
    """

    names: list[str]
    rows: int = 1
    aliases: Mapping[str, str] = field(default_factory=dict)
    wordings: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None


def first_row(records: list[list[str]]) -> Header | None:
    """The usual header: the first record."""
    return Header(names=records[0]) if records else None


@dataclass(frozen=True)
class Profile:
    """One vendor's export of one object.

    Attributes:
        source: the vendor. object: what one row is. columns: what is taken from a row.
        key: names of the columns that identify a record in the source.
        seen: the column that says how far the source's data reach (its time of last change).
        layout: `csv` (any delimiter), `ndjson` (one JSON object per line, or the same records as Parquet), or
            `unfolded` (whatever `unfold` can read).
        header: finds the header in the first records of a CSV; None when the shape does not fit.
        unfold: turns a file that is neither a table nor records into records; None when it is another file.
        zone: zone of times without an offset; None means the source's declared zone, else the company's.
        formats: accepted `strptime` formats of times, tried in order; `%z` ones carry their own offset.
            Where both orders of day and month are among them, the file's own dates say which one it is in.
        nulls: tokens that mean "no value".
        footer: what a record's first cell looks like where the data end (a regular expression, from its start); that
            record and all after it are no rows.
        prepare: a step on the frame of text before anything is checked (fill down, number the lines). It gets the file
            in pieces.
        in_one_piece: whether it looks at other rows of the file, and gets it whole.
        numbered: a column that `prepare` fills; rows of the file in which it is alike are numbered, and told apart.
        set_aside: (rule, condition on the text columns) for rows that are not records, such as previews.
        mappable: canonical columns that `[mapping.<source>]` may point a custom field to.
        answers: whether survey items may be mapped.
        keeps_first: what was said first of a record stands; a later file can not rewrite it (a draw by lot).
        keeps_every: every version that was told of a record is a row in landing (a goal: what counted when).
        feeds: the canonical table that these rows are, where landing needs no SQL of its own to become it.
    """

    source: str
    object: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    seen: str | None = None
    layout: Literal["csv", "ndjson", "unfolded"] = "csv"
    header: Callable[[list[list[str]]], Header | None] = first_row
    unfold: Callable[[Text], Records | None] | None = None
    zone: str | None = None
    formats: tuple[str, ...] = ISO
    nulls: tuple[str, ...] = ()
    footer: str | None = None
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    in_one_piece: bool = False
    numbered: str | None = None
    set_aside: tuple[tuple[str, pl.Expr], ...] = ()
    mappable: tuple[Column, ...] = ()
    answers: bool = False
    feeds: str | None = None
    keeps_first: bool = False
    keeps_every: bool = False

    @property
    def name(self) -> str:
        """The landing table: `<source>__<object>`. Several layouts of one export, a profile each, share it."""
        return f"{self.source}__{self.object}"

    def fits(self, labels: set[str]) -> int:
        """How many columns are recognised in a set of labels; 0 when a required one is missing.

        Labels are the same whatever their case: vendors write theirs now so, now so.
        """
        known = {label.casefold() for label in labels}
        found = [any(label.casefold() in known for label in column.labels) for column in self.columns]
        complete = all(hit for hit, column in zip(found, self.columns, strict=True) if column.required)
        return sum(found) if complete else 0
