"""A company's workspace: made once by `careful init`, or filled with the sample company."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipelines.door.pseudonym import create_key
from pipelines.settings import FILE_NAME, Settings, SettingsError, load_settings

SAMPLE = Path(__file__).parent.parent / "sample_data"
SAMPLE_MARK = ".sample"
NO_PORT = ":0"

_TEMPLATE = """\
# The settings of one company. Everything has a default except the name; the README lists every setting.

[company]
name = {name}
time_zone = "Europe/Zurich"     # weeks and days are counted by this clock
currency = "EUR"                # amounts are reported in it; other currencies need rates.csv
region = "CH"                   # telephone numbers without a country code are read as of here

[care]
top_customers = 500
care_gap_days = 90              # "not spoken to for 90 days"
# margin_share = 0.45           # of the list price, what is left to you; without it no margin is shown

[care.promise_seconds]          # a person answers within ... seconds, per channel
chat = 120
phone = 120
email = 14400
web = 14400

[schedule]
run = "15 6 * * *"              # minute hour day month weekday, in the company's time zone

# What a file can not say about itself, per source: hubspot, salesforce, zendesk, qualtrics, shopify and the others.
# [sources.hubspot]
# time_zone = "Europe/Zurich"   # zone of times without an offset
# date_format = "%d/%m/%Y"      # where its dates do not show which comes first, day or month; several: a list
#                               # per object: {{contact = "%d/%m/%Y", deal = "%m/%d/%Y"}}
# decimal_mark = ","            # where its numbers do not show what 1,234 means
# full_export = ["contact"]     # these files hold everyone: who is absent twice in a row is gone
# every_days = 7                # a file is expected this often

# Google Analytics is asked by every run; `careful doctor` says whether it may be.
# [sources.ga4]
# properties = ["123456789"]
# credentials_file = "secrets/google.json"   # a service account with the role Viewer on each property

# Your own fields: the vendor's label (Qualtrics: import id; Zendesk: custom field id) = our column.
# [mapping.hubspot]
# "Customer number" = "customer_id"
# "Customer group" = "segment"
# [mapping.hubspot.deal]        # for the labels that mean something else in deals
# [mapping.qualtrics]
# QID1 = "success"              # success effort emotion purchase_more recommend forgive trust valued, on 1-7
# QID8 = {{item = "nps", scale = [0, 10]}}
# customer_id = "customer_id"

# Your own breakdowns: name = "source:column". Groups such as a plan, a store or a brand; never who somebody is.
# [dimensions]
# plan = "hubspot:Plan"
"""

_RATES = "currency,valid_from,rate_to_reporting\n"


def create(folder: Path) -> Path:
    """Make a workspace; returns its settings file.

    Raises:
        SettingsError: there is one already.
    """
    config = folder / FILE_NAME
    if config.exists():
        raise SettingsError(
            f"There is a workspace at {folder} already (found {config}). Nothing was changed."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("inbox", "queries", "tests"):
        (folder / name).mkdir(exist_ok=True)
    create_key(folder / "secrets" / "pseudonym.key")
    (folder / "rates.csv").write_text(_RATES, encoding="utf-8")
    config.write_text(
        _TEMPLATE.format(name=json.dumps(folder.resolve().name, ensure_ascii=False)), encoding="utf-8"
    )
    load_settings(config)
    return config


def create_sample(folder: Path, sample: Path = SAMPLE) -> Path:
    """Make, or make anew after a new release, the sample company's workspace; returns its settings file.

    Raises:
        SettingsError: the folder is something else.
    """
    config = folder / FILE_NAME
    mark = folder / SAMPLE_MARK
    version = _hash_of(sample)
    if config.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == version:
        return config
    if folder.exists():
        if not mark.is_file():
            raise SettingsError(
                f"{folder} exists and is not a sample workspace. Move it away, or use --config."
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    mark.write_text("incomplete", encoding="utf-8")
    create_key(folder / "secrets" / "pseudonym.key")
    for drop in sorted(path for path in (sample / "drops").iterdir() if path.is_dir()):
        receive_drop(drop, folder / "inbox" / drop.name)
    shutil.copyfile(sample / "rates.csv", folder / "rates.csv")
    shutil.copyfile(sample / FILE_NAME, config)
    mark.write_text(version, encoding="utf-8")
    return config


def receive_drop(drop: Path, target: Path) -> None:
    """Copy one drop into an inbox as if it had arrived on the day in its name, 05:00 UTC."""
    arrived = datetime.fromisoformat(drop.name[:10]).replace(hour=5, tzinfo=UTC).timestamp()
    for path in sorted(path for path in drop.rglob("*") if path.is_file()):
        copy = target / path.relative_to(drop)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        os.utime(copy, (arrived, arrived))


def moments(settings: Settings, after: datetime | None) -> Iterator[Settings]:
    """The settings of each pull that is due, oldest first.

    A company is asked once, now. The website of the sample company (`[sample]`, port 0) is asked on every Monday
    on which its files arrived and that is later than `after`, each time as it was then; its server runs on this
    machine until the last pull is done.
    """
    ga4 = settings.ga4
    if ga4 is None:
        return
    if settings.sample is None or not (ga4.api_endpoint or "").endswith(NO_PORT):
        yield settings
        return
    from sample_data.web import MOMENTS, server  # noqa: PLC0415  (only the sample company needs it)

    due = [at for at in MOMENTS if at <= settings.as_of() and (after is None or at > after)]
    if not due:
        return
    website = server(settings.sample.seed, settings.sample.customers, settings.sample.months)
    with website.rest() as address:
        asked = ga4.model_copy(update={"api_endpoint": address})
        for at in due:
            website.now = at
            yield settings.model_copy(
                update={
                    "company": settings.company.model_copy(update={"as_of": at}),
                    "sources": settings.sources.model_copy(update={"ga4": asked}),
                }
            )


def _hash_of(sample: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in sample.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(f"{path.relative_to(sample)}\0{path.stat().st_size}\0".encode())
        if path.suffix in (".toml", ".json"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
