"""Nobody's name, address, number or words are anywhere outside the vault, whatever becomes of a row or a file."""

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.door.profile import SURVEY_ITEMS, Column, Profile
from pipelines.door.pseudonym import read_key
from pipelines.sources import all_profiles
from pipelines.store import AGGREGATES, PEOPLE, Store

EXPORTS = tuple(profile for profile in all_profiles() if profile.source != "journal")
MARK = "canary"
TIME, TIME_WITH_OFFSET = "2026-11-02 08:00:00", "2026-11-02 08:00:00 +0100"
GOOD = {
    "integer": "1",
    "decimal": "1",
    "number": "0.5",
    "boolean": "true",
    "duration": "00:01:00",
    "date": "2026-11-02",
    "text": "plain",
}
CUSTOM_IDS = {"360000358316": "customer_id", "360000358317": "human_requested_at", "360000358318": "topic"}
SETTINGS = """
[sources.salesforce]
full_export = ["contact"]
"""


@dataclass
class Canaries:
    """One canary per cell; each is told apart by its number, and telephone numbers by their digits."""

    planted: int = 0
    phones: list[str] = field(default_factory=list)

    def sing(self, column: Column, kind: str | None = None) -> str:
        self.planted += 1
        n = self.planted
        match kind or column.token:
            case "email":
                return f"{MARK}.{n}@example.com"
            case "phone":
                self.phones.append(f"41795{n:06}")
                return f"+{self.phones[-1]}"
            case "ga4_client_id":
                self.phones.append(f"18437{n:06}.1714291234")
                return f"GA1.1.{self.phones[-1]}"
            case None:
                return f"{MARK} {n} O'Neil"
        return f"{MARK}{n:06}"


def mapped(profile: Profile) -> dict[str, Column]:
    """Label -> column, for all that a company may map of this export."""
    columns = {
        f"Mapped {c.name}": c for c in profile.mappable if c.name not in {x.name for x in profile.columns}
    }
    if profile.answers:
        columns |= {f"QID_{item}": Column(item, (), kind="decimal") for item in SURVEY_ITEMS}
    return columns


def mapping(profiles: tuple[Profile, ...]) -> str:
    lines = []
    for source in sorted({profile.source for profile in profiles} - {"zendesk"}):
        labels = {label: c.name for p in profiles if p.source == source for label, c in mapped(p).items()}
        if labels:
            lines += [f"[mapping.{source}]", *(f'"{label}" = "{name}"' for label, name in labels.items())]
    lines += ["[mapping.zendesk]", *(f'{identifier} = "{name}"' for identifier, name in CUSTOM_IDS.items())]
    return "\n".join(lines) + "\n"


def good(column: Column, profile: Profile, canaries: Canaries) -> str:
    if column.values:
        return "email" if column.name == "customer_kind" else next(iter(column.values))
    if column.token_kind_from:
        return canaries.sing(column, "email")
    if column.lookup:
        return canaries.sing(column, "ga4_client_id" if column.lookup == "ga4_client_id" else "customer_id")
    if column.personal or column.token:
        return canaries.sing(column)
    if column.kind == "timestamp":
        return TIME_WITH_OFFSET if profile.formats == ("%Y-%m-%d %H:%M:%S %z",) else TIME
    if column.between:
        return "1" if column.kind == "integer" else "0.5"
    return {"status": "0", "finished": "1", "survey_type": "NPS"}.get(column.name, GOOD[column.kind])


def table(profile: Profile, canaries: Canaries) -> list[list[str]]:
    """A header and rows: one good, the same again, one broken per rule, one too short, all full of canaries."""
    columns = {column.labels[0]: column for column in profile.columns if column.labels} | mapped(profile)
    labels = [*columns, f"{MARK} column of a customer"]

    def row() -> list[str]:
        return [
            *(good(column, profile, canaries) for column in columns.values()),
            canaries.sing(Column("x", ())),
        ]

    rows = [row()]
    rows.append(list(rows[0]))
    for place, column in enumerate(columns.values()):
        if column.kind != "text" or column.values:
            broken = row()
            broken[place] = canaries.sing(Column("x", ()))
            rows.append(broken)
    rows += [row()[:-2], [*row(), canaries.sing(Column("x", ()))]]
    return [labels, *rows]


def written(rows: list[list[str]], profile: Profile) -> str:
    labels, *rest = rows
    header = [labels]
    if profile.source == "qualtrics":
        header = [labels, labels, [json.dumps({"ImportId": label}) for label in labels]]
    if profile.source == "surveymonkey":
        header = [labels, ["", *["Response"] * (len(labels) - 1)]]
    text = io.StringIO()
    csv.writer(text).writerows([*header, *rest])
    return text.getvalue()


def tickets(canaries: Canaries) -> str:
    """Zendesk's lines: good, the same again, without a time, torn off, no object."""

    def sing() -> str:
        return canaries.sing(Column("x", ()))

    def ticket(number: int, created: str) -> str:
        return json.dumps(
            {
                "id": f"{MARK}{number}",
                "via": {"channel": "chat"},
                "created_at": created,
                "updated_at": "2026-11-02T08:00:00Z",
                "subject": sing(),
                "description": sing(),
                "status": "closed",
                "requester_id": f"{MARK}{number}",
                "requester": {"name": sing(), "email": canaries.sing(Column("x", ()), "email")},
                "assignee_id": sing(),
                "tags": [sing()],
                "custom_fields": [
                    {"id": 360000358316, "value": sing()},
                    {"id": 360000358318, "value": "Delivery"},
                    {"id": 360000358399, "value": sing()},
                ],
                "satisfaction_rating": {"score": "good", "comment": sing()},
                "metric_set": None,
                sing(): sing(),
            }
        )

    lines = [ticket(1, "2026-11-02T08:00:00Z"), ticket(2, sing()), f'{{"id": "{sing()}', f'["{sing()}"]']
    return "\n".join([lines[0], *lines]) + "\n"


def ratings(canaries: Canaries) -> str:
    """Delighted's lines: good, the same again, without a time, torn off, no object."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    def rating(created: int | str) -> str:
        return json.dumps(
            {
                "id": sing("customer_id"),
                "person": {"id": sing("customer_id"), "name": sing(), "email": sing("email"),
                           "phone_number": sing("phone"), sing(): sing()},
                "survey_type": "nps",
                "score": 9,
                "comment": sing(),
                "permalink": f"https://{sing('customer_id')}.example",
                "created_at": created,
                "updated_at": None,
                "person_properties": {"customer_id": sing("customer_id"), sing(): sing()},
                "notes": [{"text": sing(), "user_email": sing("email")}],
                "tags": [sing()],
                "additional_answers": [{"value": {"free_response": sing()}, "question": {"text": sing()}}],
                sing(): sing(),
            }
        )  # fmt: skip

    lines = [rating(1793606400), rating(sing()), f'{{"id": "{sing()}', f'["{sing()}"]']
    return "\n".join([lines[0], *lines]) + "\n"


def events(canaries: Canaries) -> str:
    """BigQuery's lines: good, the same again, one more without consent, without a time, torn off."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    def event(micros: str, client: str | None) -> str:
        page = f"https://{MARK}.example/help/{sing('email')}?name={sing()}&email={sing('email')}&q={sing()}#{sing()}"
        params = {"page_location": page, "page_title": sing(), "search_term": sing(), "transaction_id": sing(),
                  "ga_session_id": sing(), "helpful": "yes", sing(): sing()}  # fmt: skip
        return json.dumps(
            {
                "event_date": "20261102",
                "event_timestamp": micros,
                "event_name": "was_this_helpful",
                "event_params": [{"key": k, "value": {"string_value": v}} for k, v in params.items()],
                "user_id": sing("customer_id"),
                "user_pseudo_id": client,
                "user_properties": [{"key": sing(), "value": {"string_value": sing()}}],
                "ecommerce": {"transaction_id": sing()},
                "collected_traffic_source": {"gclid": sing()},
                sing(): sing(),
            }
        )

    client = sing("ga4_client_id").removeprefix("GA1.1.")
    lines = [event("1793606400000000", client), event("1793606401000000", None), event(sing(), client)]
    return "\n".join([lines[0], *lines, f'{{"user_id": "{sing()}'] * 2) + "\n"


def interface(canaries: Canaries) -> str:
    """A report of the interface: pages with addresses, numbers and names in them, a row too short."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    pages = [f"/reset?email={sing('email')}", f"/a/{sing('email')}/b", f"/call/{sing('phone')}", f"/a?q={sing()}",
             f"/user/{sing('customer_id')}/orders", f"/b?visit={sing('ga4_client_id')}"]  # fmt: skip
    rows = [f'"{page}",{views},{views}' for views, page in enumerate(pages, start=1)]
    head = "# ------\n# Pages and screens\n# Property: Shop\n# ------\n# All Users\n# Start date: 20261026\n"
    head += "# End date: 20261101\nPage path + query string,Views,Active users\n"
    return head + "\n".join([*rows, *rows, f"{sing()},x,{sing()}", sing()]) + "\n"


RUN = """
import logging, pathlib, sys
logging.basicConfig(level=logging.DEBUG)
from pipelines.publish import run_once
from pipelines.settings import load_settings
print(run_once(load_settings(pathlib.Path(sys.argv[1])), progress=print))
"""


UNLIKE_TABLES = {
    "zendesk__ticket.ndjson": ("zendesk__ticket.ndjson", tickets),
    "delighted__response.ndjson": ("delighted__response.ndjson", ratings),
    "ga4__event": (f"events {MARK}@example.com.json", events),
    "ga4__cell": ("interface.csv", interface),
}
"""By what they are, and by their layout where another layout is a table."""


def run(desk) -> str:
    """One run in a process of its own, with all that it prints and logs."""
    command = [sys.executable, "-X", "dev", "-c", RUN, str(desk.settings.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def company(desk_class, tmp_path_factory):
    """A workspace of every export there is, run twice; canaries in every cell that could name or quote someone."""
    profiles = EXPORTS
    desk = desk_class(tmp_path_factory.mktemp("canaries") / "desk", SETTINGS + mapping(profiles))
    canaries = Canaries()
    for number, profile in enumerate(profiles):
        unlike = UNLIKE_TABLES.get(f"{profile.name}.{profile.layout}") or UNLIKE_TABLES.get(profile.name)
        if unlike:
            name, content = unlike
            text = content(canaries)
            desk.put(name, text)
            desk.put(f"again-{name}", text + "\n", on="2026-11-11")
            continue
        text = written(table(profile, canaries), profile)
        file = f"{profile.name}-{number}"
        desk.put(f"{file} {MARK}@example.com +41795000001.csv", text)
        desk.put(f"{file}-again.csv", text, on="2026-11-11")
        desk.put(f"{file}-torn.csv", text + f'"{MARK} 1', on="2026-11-12")
        desk.put(f"{file}-stray.csv", text + f'{MARK} "1" x\n', on="2026-11-12")
    wanted = [f"{MARK} {n},{MARK}.{n}@example.com" for n in range(3)]
    desk.put("unknown.csv", "\n".join(wanted))
    desk.put("page.csv", f"<html>{wanted}</html>")
    desk.put("e.zip", {f"{MARK}@example.com.csv": f"Record ID,\0{MARK}"})
    desk.put("torn.zip", b"PK\x03\x04" + MARK.encode())
    printed = run(desk)
    shutil.copyfile(next(desk.store.vault.joinpath("raw").iterdir()), desk.settings.inbox / "once more.csv")
    return desk, canaries, printed + run(desk)


def everything_outside_the_vault(workspace: Path) -> dict[str, str]:
    """Name -> all that a file holds as text: its bytes, and for Parquet and DuckDB every value of every table."""
    found = {}
    for path in sorted(path for path in workspace.rglob("*") if path.is_file()):
        name = path.relative_to(workspace).as_posix()
        if name.startswith(("store/vault/", "secrets/", "careful.toml")):
            continue
        if name.startswith("inbox/refused/") and not name.endswith(".reason.txt"):
            continue
        text = path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            text += pl.read_parquet(path).select(pl.all().cast(pl.String)).write_csv()
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                names = [
                    row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()
                ]
                for table_name in names:
                    rows = connection.sql(f'select columns(*)::varchar from "{table_name}"').pl()
                    text += rows.write_csv()
        found[name] = f"{name}\n{text}".lower()
    return found


def test_no_canary_is_heard_outside_the_vault(company):
    desk, canaries, printed = company
    places = everything_outside_the_vault(desk.settings.workspace)
    assert {".duckdb", ".json", ".parquet", ".txt"} <= {Path(name).suffix for name in places}
    assert len(places) > 100
    assert canaries.planted > 500
    assert len(canaries.phones) > 40
    assert "Reading" in printed
    places["what was printed and logged"] = printed.lower()
    for name, text in places.items():
        heard = [phone for phone in canaries.phones if phone in text]
        assert MARK not in text, name
        assert heard == [], name


def test_the_canaries_were_really_there(company):
    """The search above would find them: the vault is full of them, and every export was landed and set aside."""
    desk, canaries, _ = company
    vault = "".join(pl.read_parquet(path).write_csv() for path in desk.store.vault.rglob("*.parquet"))
    assert vault.count(MARK) > 50
    assert sum(phone in vault for phone in canaries.phones) > 5
    landed = {path.parent.name for path in desk.store.landing.rglob("*.parquet")}
    assert landed >= {profile.name for profile in EXPORTS}
    build = Store(desk.settings.store).current()
    assert build is not None
    loads = build.query("select source || '__' || object as export, max(rows_quarantined) as bad, "
                        "max(rows_duplicate) as known from load group by all")  # fmt: skip
    assert set(loads["export"]) == {profile.name for profile in EXPORTS}
    assert loads["bad"].min() > 0
    assert loads["known"].min() > 0
    assert build.query("select * from refusal").height > 20
    assert (build.path / AGGREGATES).is_file()
    assert (build.path / PEOPLE).is_file()


def test_the_key_is_nowhere_but_in_its_file(company):
    desk, _, printed = company
    key = read_key(desk.settings.key_file)
    needles = (key.hex().encode(), key.hex().upper().encode(), key)
    for path in desk.settings.workspace.rglob("*"):
        if path.is_file() and path != desk.settings.key_file:
            content = path.read_bytes()
            assert not any(needle in content for needle in needles), path
    assert key.hex() not in printed


def test_the_vault_and_the_secrets_are_the_owner_s_alone(company):
    desk, *_ = company
    for folder in (desk.store.vault, desk.settings.key_file.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


CONTACT = f"Record ID,Email,Create Date,Lifecycle Stage\n1,{MARK}@example.com,2026-05-01 08:00,{MARK}\n"


def run_command(desk) -> str:
    """All that `careful run` prints when something goes wrong."""
    command = [sys.executable, "-m", "pipelines.cli", "run", "--config", str(desk.settings.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_run_that_breaks_in_an_unforeseen_way_prints_and_keeps_no_value(desk):
    desk.put(f"{MARK}@example.com.csv", CONTACT)
    desk.store.landing.mkdir(parents=True)
    (desk.store.landing / "hubspot__contact").write_text("a file where a folder belongs")
    assert MARK not in run_command(desk)
    (run,) = desk.store.runs()
    assert run["reason"].startswith("an unexpected ")
    assert MARK not in json.dumps(run)


@pytest.mark.parametrize(
    "expression",
    [
        "cast(lifecycle_stage as integer)",
        "strptime(lifecycle_stage, '%Y')",
    ],
)
def test_a_query_that_can_not_convert_a_value_does_not_print_it(desk, expression):
    desk.put("a.csv", CONTACT)
    query = desk.settings.workspace / "queries" / "marts" / "broken.sql"
    query.parent.mkdir(parents=True)
    query.write_text(
        f"/* ---\nabout: breaks\ngrain: [x]\n--- */\nselect {expression} as x from landing.hubspot__contact\n"
    )
    printed = run_command(desk)
    assert "broken" in printed
    assert MARK not in printed
    (run,) = desk.store.runs()
    assert MARK not in json.dumps(run)
