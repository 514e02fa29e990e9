"""careful.toml and the environment, read once into one typed object."""

import difflib
import os
import re
import tomllib
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import babel
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.date_formats import EVERY_OBJECT, DateFormats
from pipelines.mapping import Target, by_table

CONFIG_VARIABLE = "CAREFUL_CONFIG"
FILE_NAME = "careful.toml"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
OUR_DIMENSIONS = (
    "all", "segment", "region", "channel", "segment_channel", "language", "value_band", "rfm_segment", "team",
)  # fmt: skip
_DIMENSION_NAME = r"[a-z][a-z0-9_]{0,29}"


class SettingsError(Exception):
    """The settings can not be used; the message says what was expected, found, where, and what to do."""


@lru_cache
def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"expected an IANA time zone such as 'Europe/Zurich', found {name!r}")
    return name


def _known_locale(name: str) -> str:
    try:
        found = babel.Locale.parse(name.replace("-", "_"))
    except (babel.UnknownLocaleError, ValueError):
        found = None
    if found is None or found.territory is None:
        raise ValueError(f"expected a language and a country such as 'de-CH' or 'en-US', found {name!r}")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
LocaleName = Annotated[str, AfterValidator(_known_locale)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Strict):
    """Who the numbers are about, and by which clock, currency and region."""

    name: str
    time_zone: Zone = "UTC"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    region: str = Field(default="CH", pattern="^[A-Z]{2}$", description="default region of phone numbers")
    locale: LocaleName | None = Field(
        default=None, description="how numbers, money and dates are written; absent means as in the region"
    )
    sample: bool = False
    as_of: datetime | None = Field(default=None, description="a fixed clock; absent means now")


class Care(_Strict):
    """What the company promises its customers, what they bring it, and how small a group may be shown."""

    top_customers: int = Field(default=500, ge=1)
    care_gap_days: int = Field(default=90, ge=1)
    minimum_n: int = Field(default=10, ge=5)
    told_within_days: int = Field(
        default=7,
        ge=0,
        description="after a draw its list must be on file: a weekly export keeps to it, hindsight does not",
    )
    most_touches: int = Field(default=4, ge=1, description="unasked, within touch_window_days; then we wait")
    touch_window_days: int = Field(default=30, ge=1)
    kindness_budget: float | None = Field(
        default=None, ge=0, description="a quarter, for kindness of one's own accord; absent means no limit"
    )
    margin_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="of the list price, what is left; absent means no money is shown",
    )
    clv_horizon_days: int = Field(default=365, ge=30, le=3650)
    discount_rate: float = Field(default=0.10, ge=0, lt=1, description="a year, of money that comes later")
    has_contracts: bool = Field(
        default=False,
        description="customers stay until they leave; their value goes by how long customers stay",
    )
    promise_seconds: dict[str, int] = {"chat": 120, "phone": 120, "email": 14_400, "web": 14_400}


class Schedule(_Strict):
    """When `careful schedule` runs, as a cron expression in the company's time zone, and what it does besides."""

    run: str = "15 6 * * *"
    freeze: bool = Field(
        default=True,
        description="the last week that is over, after the first run that publishes in a new one",
    )


class Source(_Strict):
    """What can not be seen in a vendor's file and must be declared."""

    time_zone: Zone | None = None
    full_export: tuple[str, ...] = ()
    every_days: int = Field(default=7, ge=1)
    date_format: DateFormats = Field(
        default={}, description="strptime formats of dates that are not ISO, of every object or of each"
    )
    decimal_mark: Literal[".", ","] | None = Field(
        default=None, description="what stands before decimals; absent means as the file's own numbers show"
    )

    def date_formats(self, thing: str) -> tuple[str, ...]:
        """The declared formats of an object's dates; none where its file must tell."""
        return self.date_format.get(thing, self.date_format.get(EVERY_OBJECT, ()))


class GA4(Source):
    """What Google Analytics is asked, how, and for how long."""

    every_days: int = Field(default=1, ge=1)
    properties: tuple[str, ...]
    credentials_file: Path | None = Field(
        default=None, description="a service account's JSON; absent means application default credentials"
    )
    transport: Literal["grpc", "rest"] = "grpc"
    api_endpoint: str | None = None
    deadline_seconds: int = Field(default=60, ge=1)
    time_budget_minutes: int = Field(default=30, ge=1)
    since: date | None = Field(default=None, description="the first day to fetch; absent means 14 months")
    reports: tuple[str, ...] = ()
    reserve_share: float = Field(default=0.2, ge=0, lt=1, description="of every quota, left for others")
    audiences: tuple[str, ...] = ()
    user_id_is: Literal["customer_id", "hubspot_contact", "salesforce_contact", "zendesk_user"] = (
        "customer_id"
    )

    @field_validator("properties", mode="before")
    @classmethod
    def _numbered(cls, given: Any) -> Any:
        found = given if isinstance(given, list | tuple) else [given]
        numbers = [str(one).removeprefix("properties/") for one in found]
        wrong = [one for one in numbers if not re.fullmatch(r"\d+", one, re.ASCII)]
        if wrong or not numbers:
            raise ValueError(
                'expected the numbers of properties, such as ["123456789"] (in Google Analytics: Admin, Property '
                f"details), found {', '.join(map(repr, wrong)) or 'none'}"
                + (
                    ": that is a measurement ID, of one data stream"
                    if any(one[:2] == "G-" for one in wrong)
                    else ""
                )
            )
        return numbers

    @field_validator("properties", "reports", "audiences")
    @classmethod
    def _named_once(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(given))

    @model_validator(mode="after")
    def _reachable(self) -> "GA4":
        if not self.is_plain:
            return self
        if self.transport != "rest":
            raise ValueError(
                f'expected transport = "rest" with api_endpoint {self.api_endpoint!r}, found {self.transport!r}: '
                "gRPC is spoken over TLS only"
            )
        if urlsplit(self.api_endpoint or "").hostname not in LOOPBACK:
            raise ValueError(
                f"expected https, or http on this machine ({', '.join(LOOPBACK)}), found {self.api_endpoint!r}: "
                "credentials and figures would cross the network unprotected"
            )
        return self

    @property
    def is_plain(self) -> bool:
        """Whether the server is spoken to without TLS, and so without credentials."""
        return (self.api_endpoint or "").startswith("http://")


class Sources(_Strict):
    """The declared facts of each source; Google Analytics, which is asked and not waited for, has more."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Source]
    ga4: GA4 | None = None

    @property
    def declared(self) -> dict[str, Source]:
        """Source -> what careful.toml says of it."""
        return {**self.__pydantic_extra__, **({"ga4": self.ga4} if self.ga4 else {})}


class Sample(_Strict):
    """Which made-up company this workspace holds, so that its website can be asked too."""

    seed: int
    customers: int = Field(ge=100)
    months: int = Field(ge=12)


class OwnColumn(_Strict):
    """Where the groups of a company's own dimension stand: a column of a source's files, as `hubspot:Plan`."""

    source: str
    label: str

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        source, colon, label = str(given).partition(":")
        if not isinstance(given, str) or not (colon and source.strip() and label.strip()):
            raise ValueError(f'expected a source and its column such as "hubspot:Plan", found {given!r}')
        return {"source": source.strip(), "label": label.strip()}


def _dimension_name(name: str) -> str:
    if not re.fullmatch(_DIMENSION_NAME, name, re.ASCII):
        raise ValueError(
            "expected a name of at most 30 lower-case letters, digits and _ such as customer_plan, "
            f"found {name!r}"
        )
    if name in OUR_DIMENSIONS:
        raise ValueError(
            f"{name!r} is a breakdown of every company already ([mapping.<source>] says which column it is); "
            "choose another name"
        )
    return name


class Settings(_Strict):
    """Everything a run or a page may ask; `path` is the file it came from."""

    path: Path
    company: Company
    care: Care = Care()
    schedule: Schedule = Schedule()
    sources: Sources = Sources.model_validate({})
    sample: Sample | None = None
    mapping: Annotated[dict[str, dict[str, Target]], BeforeValidator(by_table)] = {}
    dimensions: dict[Annotated[str, AfterValidator(_dimension_name)], OwnColumn] = {}

    @property
    def workspace(self) -> Path:
        """The folder that holds careful.toml, inbox/, store/ and secrets/."""
        return self.path.parent

    @property
    def inbox(self) -> Path:
        """Where export files are dropped."""
        return self.workspace / "inbox"

    @property
    def store(self) -> Path:
        """Where landing, vault and builds live."""
        return self.workspace / "store"

    @property
    def key_file(self) -> Path:
        """The secret that pseudonyms are made with."""
        return self.workspace / "secrets" / "pseudonym.key"

    @property
    def rates_file(self) -> Path:
        """Exchange rates into the reporting currency."""
        return self.workspace / "rates.csv"

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.time_zone)

    def source(self, name: str) -> Source:
        """The declared facts of a source, or the defaults."""
        return self.sources.declared.get(name, Source())

    def mapped(self, source: str, thing: str) -> dict[str, Target]:
        """Label -> our column in the files of an object; what is said of the object comes first, and wins."""
        own = self.mapping.get(f"{source}.{thing}", {})
        return own | {label: to for label, to in self.mapping.get(source, {}).items() if label not in own}

    @property
    def ga4(self) -> GA4 | None:
        """How Google Analytics is asked; None where it is not."""
        return self.sources.ga4

    def as_of(self) -> datetime:
        """The moment the numbers are for, as naive UTC."""
        moment = self.company.as_of or datetime.now(UTC)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def find_config(given: Path | None = None) -> Path:
    """The settings file: the one given, else $CAREFUL_CONFIG, else ./careful.toml. A place that is named is not left.

    Raises:
        SettingsError: it is not there; says where we looked.
    """
    from_environment = os.environ.get(CONFIG_VARIABLE)
    places = [
        ("--config", given),
        (f"${CONFIG_VARIABLE}", Path(from_environment) if from_environment else None),
        ("this folder", Path()),
    ]
    looked = []
    for origin, place in places:
        path = place / FILE_NAME if place is not None and place.is_dir() else place
        if path is not None and path.is_file():
            return path.resolve()
        looked.append(f"{origin}: {path or 'not set'}")
        if path is not None:
            break
    raise SettingsError(
        f"No settings file. Expected a {FILE_NAME}; looked in order at {'; '.join(looked)}. "
        "Make a workspace with `careful init DIR`, or see the sample company with `careful up`."
    )


def load_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key or a value of the wrong kind.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if "path" in content:
            raise SettingsError(
                f"{path}: path is not a setting; it is where the file lies. Remove that line."
            )
        return Settings(path=path.resolve(), **content)
    except OSError as error:
        raise SettingsError(
            f"{path} can not be read ({error.strerror}). Make a workspace with `careful init DIR`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Mend that line and run again.") from None
    except ValidationError as error:
        lines = [f"  {_in_words(each['type'], each['loc'], each['msg'])}" for each in error.errors()]
    # Not inside the handler: as its context, the error would keep the frames of our validators for ever.
    raise SettingsError(
        f"{path} has {len(lines)} setting(s) that can not be used:\n" + "\n".join(lines) + "\n"
        "Mend them and run again; the README lists every setting."
    )


def _in_words(kind: str, place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(map(str, place))
    if kind != "extra_forbidden":
        return f"{key}: {message.removeprefix('Value error, ')}"
    schema = Settings.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    known = {name for part in parts for name in part.get("properties", ())}
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"{key} is not known." + (f" Did you mean {near[0]!r}?" if near else "")
