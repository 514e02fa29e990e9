"""A HubSpot export of a million contacts and 31 columns through the door: three ways in one run, and how it grows.

Ours ends with landing, vault, tokens and load record, identities normalised and every value keyed. DuckDB reads the
same file as text and writes Parquet: the least that anything can do. dlt reads it with Arrow and loads DuckDB.
Last, a Zendesk export of half a million tickets as JSON lines: ours, and DuckDB reading it.
"""

import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS, FEW, MANY = 1_000_000, 100_000, 2_000_000
TICKETS = 500_000
GOAL, GROWTH_GOAL, MEMORY_GOAL = 2.5, 1.05, 1.5
CHUNK = 100_000
COLUMNS = (
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Mobile Phone Number", "Contact owner",
    "Lifecycle Stage", "Lead Status", "Create Date", "Last Modified Date", "Country/Region", "City", "Postal Code",
    "Street Address", "Company Name", "Job Title", "Industry", "Website URL", "Original Source",
    "Original Source Drill-Down 1", "Marketing contact status", "Unsubscribed from all email", "Number of Pageviews",
    "Number of Sessions", "Last Activity Date", "Associated Company IDs", "Associated Deal IDs", "Merged record IDs",
    "GA4 client id", "Notes",
)  # fmt: skip


def compare_door(folder: Path) -> None:
    """Print the lines."""
    told = {}
    for rows in (FEW, ROWS, MANY):
        file = folder / f"contacts-{rows}.csv"
        write_contacts(file, rows)
        ways = ("ours", "duckdb", "dlt") if rows == ROWS else ("ours",)
        for way in ways:
            told[way, rows] = _measured(way, file, folder / f"{way}-{rows}")
        told["file", rows] = {"mb": file.stat().st_size / 1e6, "cpu": 0.0, "peak_gb": 0.0}
        file.unlink()
    ours, duck, dlt = (told[way, ROWS] for way in ("ours", "duckdb", "dlt"))
    growth = math.log(told["ours", MANY]["cpu"] / told["ours", FEW]["cpu"]) / math.log(MANY / FEW)
    print(
        f"door, {ROWS:,} x {len(COLUMNS)} ({told['file', ROWS]['mb']:.0f} MB): ours {ours['cpu']:.1f} CPU s, peak "
        f"{ours['peak_gb']:.2f} GB (goal {MEMORY_GOAL}) · DuckDB as text to Parquet {duck['cpu']:.1f} CPU s, "
        f"ratio {ours['cpu'] / duck['cpu']:.2f} (goal {GOAL}) · dlt {dlt['cpu']:.1f} CPU s, {dlt['peak_gb']:.2f} GB"
    )
    few, many = told["ours", FEW], told["ours", MANY]
    print(
        f"door, growth from {FEW:,} to {MANY:,} rows: {few['cpu']:.1f} to {many['cpu']:.1f} CPU s, exponent "
        f"{growth:.3f} (goal {GROWTH_GOAL}), peak {many['peak_gb']:.2f} GB"
    )


def compare_json_lines(folder: Path) -> None:
    """Print the line of the JSON lines."""
    file = folder / f"tickets-{TICKETS}.ndjson"
    write_tickets(file, TICKETS)
    ours, duck = (_measured(way, file, folder / f"{way}-json") for way in ("ours", "duckdb"))
    print(
        f"door, {TICKETS:,} tickets as JSON lines ({file.stat().st_size / 1e6:.0f} MB): ours {ours['cpu']:.1f} CPU s, "
        f"peak {ours['peak_gb']:.2f} GB (goal {MEMORY_GOAL}) · DuckDB JSON to Parquet {duck['cpu']:.1f} CPU s, "
        f"{duck['peak_gb']:.2f} GB, ratio {ours['cpu'] / duck['cpu']:.2f}"
    )
    file.unlink()


def write_tickets(path: Path, tickets: int) -> None:
    """A tickets export of so many lines, each with 31 values."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(tickets):
            file.write(json.dumps(_ticket(number)) + "\n")


def _ticket(number: int) -> dict[str, object]:
    at = f"-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:11Z"
    return {
        "id": number,
        "url": f"https://example.zendesk.com/api/v2/tickets/{number}.json",
        "external_id": None,
        "via": {"channel": ("email", "web", "chat")[number % 3], "source": {"rel": None}},
        "created_at": f"2025{at}",
        "updated_at": f"2026{at}",
        "type": "question",
        "subject": f"Where is order {number}",
        "raw_subject": f"Where is order {number}",
        "description": "I would like to know where the parcel is, it was promised for last week",
        "priority": "normal",
        "status": ("open", "solved", "closed")[number % 3],
        "requester": {"email": f"ann.{number % 300_000}@example.com", "name": f"Ann Example{number}"},
        "requester_id": number % 300_000,
        "submitter_id": number % 300_000,
        "assignee_id": number % 40,
        "organization_id": number % 5_000,
        "group_id": number % 9,
        "has_incidents": False,
        "is_public": True,
        "allow_channelback": False,
        "tags": ["parcel", "delay"],
        "satisfaction_rating": {"score": ("good", "bad", "offered")[number % 3], "comment": ""},
        "custom_fields": [
            {"id": 360000001, "value": ("delivery", "billing")[number % 2]},
            {"id": 360000002, "value": None},
        ],
        "metric_set": {
            "solved_at": f"2026{at}",
            "reply_time_in_minutes": {"calendar": number % 900, "business": number % 300},
            "reopens": number % 3,
            "replies": number % 7,
        },
    }


def write_contacts(path: Path, rows: int) -> None:
    """A contacts export of so many rows, every cell different where people differ."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(rows)
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            n = min(CHUNK, rows - start)
            at = pl.Series(np.arange(start, start + n))
            number = at.cast(pl.String)
            minutes = pl.Series(rng.integers(0, 900 * 1440, n) * 60_000).cast(pl.Datetime("ms"))
            changed = minutes.dt.offset_by("54y").dt.strftime("%Y-%m-%d %H:%M")
            words = pl.Series(
                ["plain words of a note that somebody wrote", "", "two, with a comma", 'one "quoted"']
            )
            cells = {
                "Record ID": number,
                "First Name": "Ann" + number,
                "Last Name": "Example" + number,
                "Email": "Ann." + number + "@Example.com",
                "Phone Number": "+4179" + number.str.zfill(7),
                "Mobile Phone Number": pl.Series(
                    np.where(rng.random(n) < 0.3, "", "079 " + number.str.zfill(7).to_numpy())
                ),
                "Contact owner": "Owner " + (at % 40).cast(pl.String),
                "Lifecycle Stage": pl.Series(["lead", "customer", "opportunity"]).gather(at % 3),
                "Lead Status": pl.Series(["New", "Open"]).gather(at % 2),
                "Create Date": changed,
                "Last Modified Date": changed,
                "Country/Region": pl.Series(["Switzerland", "Germany", "France"]).gather(at % 3),
                "City": "Town " + (at % 900).cast(pl.String),
                "Postal Code": (at % 9000).cast(pl.String).str.zfill(5),
                "Street Address": "Long Street " + number,
                "Company Name": "Company " + (at % 5000).cast(pl.String) + ", Ltd",
                "Notes": words.gather(at % 4),
            }
            frame = pl.DataFrame(
                {name: cells.get(name, f"{name.lower()} " + (at % 100).cast(pl.String)) for name in COLUMNS}
                | {"Merged record IDs": pl.repeat("", n, eager=True)}
                | {"Unsubscribed from all email": pl.Series(["true", "false"]).gather(at % 2)}
                | {"GA4 client id": number.str.zfill(9) + ".1714291234"}
            )
            frame.write_csv(file, include_header=start == 0)


def _measured(way: str, file: Path, target: Path) -> dict[str, float]:
    target.mkdir()
    command = [sys.executable, str(Path(__file__)), way, str(file), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def ours(file: Path, target: Path) -> int:
    """The door of Careful."""
    sys.path.insert(0, str(ROOT))  # before tests/, which has folders of the same names
    import shutil

    from pipelines import workspace
    from pipelines.door.intake import take_in
    from pipelines.door.pseudonym import read_key
    from pipelines.settings import load_settings
    from pipelines.sources import all_profiles
    from pipelines.store import Store

    settings = load_settings(workspace.create(target / "company"))
    shutil.copyfile(file, settings.inbox / file.name)
    done = take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file))
    return sum(load.rows_loaded for load in done.loads)


def duckdb(file: Path, target: Path) -> int:
    """Text to Parquet, and nothing else."""
    import duckdb

    is_json = file.suffix == ".ndjson"
    relation = duckdb.read_json(str(file)) if is_json else duckdb.read_csv(str(file), all_varchar=True)
    relation.write_parquet(str(target / "contacts.parquet"), compression="zstd")
    ((rows,),) = duckdb.sql(f"select count(*) from '{target / 'contacts.parquet'}'").fetchall()
    return int(rows)


def dlt(file: Path, target: Path) -> int:
    """dlt with Arrow to DuckDB, all text."""
    import os

    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(target)}
    import dlt
    import pyarrow as pa
    from pyarrow import csv

    convert = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))

    @dlt.resource(name="contacts")
    def contacts() -> object:
        for batch in csv.open_csv(
            file, convert_options=convert, parse_options=csv.ParseOptions(newlines_in_values=True)
        ):
            yield pa.Table.from_batches([batch])

    where = dlt.destinations.duckdb(str(target / "contacts.duckdb"))
    pipeline = dlt.pipeline(
        "contacts", destination=where, dataset_name="bench", pipelines_dir=str(target / "work")
    )
    pipeline.run(contacts())
    with pipeline.sql_client() as client:
        return int(client.execute_sql("select count(*) from contacts")[0][0])


WAYS = {"ours": ours, "duckdb": duckdb, "dlt": dlt}


if __name__ == "__main__":
    way, file, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sys.path.pop(0)  # tests/ has folders of the same names as packages
    started = time.perf_counter()
    rows = WAYS[way](file, target)
    assert rows == int(file.stem.split("-")[1]), f"{way} has {rows} rows"
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_gb": usage.ru_maxrss / 1024**2,
        "seconds": time.perf_counter() - started,
    }
    print(json.dumps(told))
