"""A report of a million rows, from the server on this machine to Parquet or DuckDB: three ways in one run.

Ours is `careful pull`, landing and its ledger included. The naive way walks the official client's rows as its
documentation shows. The third hands the same rows, as dicts made from raw protobuf, to dlt, which loads DuckDB.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PROPERTY = "413000001"
FIRST_ON, LAST_ON = date(2026, 9, 1), date(2026, 10, 31)
DIMENSIONS = ("pagePath", "sessionDefaultChannelGroup", "deviceCategory")
METRICS = ("screenPageViews", "eventCount", "activeUsers", "sessions", "purchaseRevenue", "engagementRate")
PAGE = 100_000
REPORT = f"""question: How fast are a million rows read?
owner: engineering
grains: [day]
dimensions: [{", ".join(DIMENSIONS)}]
metrics: [{", ".join(METRICS)}]
"""


def compare_web(folder: Path, rows: int) -> None:
    """Print the line."""
    sys.path.insert(0, str(ROOT))  # before tests/, which has a folder of the same name
    from sample_data.clock import Clock
    from sample_data.ga4_server import Ga4Server
    from sample_data.web import hits
    from sample_data.world import World

    server = Ga4Server(hits(World(1, Clock(12), 100)), property_id=PROPERTY, now=datetime(2026, 11, 16, 5))
    server.synthetic(rows)
    told = {}
    with server.grpc() as front:
        for way in WAYS:
            target = folder / way
            target.mkdir()
            command = [
                sys.executable,
                str(Path(__file__)),
                way,
                front.endpoint,
                str(front.credentials),
                str(target),
            ]
            environment = {
                **os.environ,
                "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(front.roots),
                "PYTHONPATH": str(ROOT),
            }
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            told[way] = json.loads(done.stdout.splitlines()[-1])
            if told[way]["rows"] != rows:
                sys.exit(f"{way}: expected {rows:,} rows, found {told[way]['rows']:,}")
    ours = told["ours"]
    others = " · ".join(
        f"{way} {one['cpu']:.1f} CPU s, peak {one['peak_gb']:.2f} GB, {one['cpu'] / ours['cpu']:.1f} × ours"
        for way, one in told.items()
        if way != "ours"
    )
    print(
        f"Google Analytics, {rows:,} rows × {1 + len(DIMENSIONS) + len(METRICS)} columns over gRPC: "
        f"ours {ours['cpu']:.1f} CPU s, peak {ours['peak_gb']:.2f} GB · {others}"
    )


def ours(endpoint: str, credentials: str, folder: Path) -> int:
    """`careful pull` of one report."""
    from pipelines import workspace
    from pipelines.ga4.pull import pull
    from pipelines.settings import load_settings
    from pipelines.store import Store

    config = workspace.create(folder / "company")
    settings = config.read_text(encoding="utf-8").replace(
        "[company]", '[company]\nas_of = "2026-11-16T05:00:00Z"', 1
    )
    config.write_text(
        f'{settings}\n[sources.ga4]\nproperties = ["{PROPERTY}"]\napi_endpoint = "{endpoint}"\n'
        f'credentials_file = "{credentials}"\nreports = ["bench"]\n',
        encoding="utf-8",
    )
    (config.parent / "queries" / "ga4").mkdir(parents=True)
    (config.parent / "queries" / "ga4" / "bench.yaml").write_text(REPORT, encoding="utf-8")
    company = load_settings(config)
    record = pull(company, Store(company.store), since=FIRST_ON, until=LAST_ON)
    if record.problems:
        sys.exit(record.in_words())
    return record.rows


def naive(endpoint: str, credentials: str, folder: Path) -> int:
    """The official client as its documentation shows it, into Parquet."""
    import polars as pl

    made = []
    for response in _answers(endpoint, credentials):
        made += [
            [value.value for value in (*row.dimension_values, *row.metric_values)] for row in response.rows
        ]
    names = ["date", *DIMENSIONS, *METRICS]
    pl.DataFrame(made, schema=dict.fromkeys(names, pl.String), orient="row").write_parquet(
        folder / "rows.parquet"
    )
    return len(made)


def dlt(endpoint: str, credentials: str, folder: Path) -> int:
    """The same rows, loaded into DuckDB by dlt."""
    import dlt as loader
    import duckdb
    from google.analytics.data_v1beta import types

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    names = ["date", *DIMENSIONS, *METRICS]
    integers, floats = METRICS[:4], METRICS[4:]

    def rows() -> Iterator[list[dict[str, Any]]]:
        for response in _answers(endpoint, credentials):
            page = []
            for row in types.RunReportResponse.pb(response).rows:
                cells = [cell.value for cell in (*row.dimension_values, *row.metric_values)]
                record: dict[str, Any] = dict(zip(names, cells, strict=True))
                record |= {name: int(record[name]) for name in integers}
                record |= {name: float(record[name]) for name in floats}
                page.append(record)
            yield page

    database = folder / "rows.duckdb"
    pipeline = loader.pipeline(
        "bench",
        pipelines_dir=str(folder / "pipelines"),
        destination=loader.destinations.duckdb(str(database)),
        dataset_name="web",
    )
    pipeline.run(rows(), table_name="report")
    with duckdb.connect(str(database), read_only=True) as connection:
        ((n,),) = connection.execute("select count(*) from web.report").fetchall()
    return int(n)


def _answers(endpoint: str, credentials: str) -> Iterator[Any]:
    """Pages of the report, by the official client."""
    from google.analytics.data_v1beta import BetaAnalyticsDataClient, types

    client = BetaAnalyticsDataClient.from_service_account_file(
        credentials, client_options={"api_endpoint": endpoint}
    )
    offset, total = 0, 1
    while offset < total:
        response = client.run_report(
            types.RunReportRequest(
                property=f"properties/{PROPERTY}",
                dimensions=[types.Dimension(name=name) for name in ("date", *DIMENSIONS)],
                metrics=[types.Metric(name=name) for name in METRICS],
                date_ranges=[types.DateRange(start_date=FIRST_ON.isoformat(), end_date=LAST_ON.isoformat())],
                limit=PAGE,
                offset=offset,
            )
        )
        total = response.row_count
        offset += PAGE
        yield response


WAYS: dict[str, Callable[[str, str, Path], int]] = {"ours": ours, "naive": naive, "dlt": dlt}


def main() -> None:
    """One way, measured in a process of its own."""
    way, endpoint, credentials, folder = sys.argv[1:]
    started = time.perf_counter()
    rows = WAYS[way](endpoint, credentials, Path(folder))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(each.ru_utime + each.ru_stime for each in (usage, children))
    seconds = time.perf_counter() - started
    print(json.dumps({"rows": rows, "cpu": cpu, "seconds": seconds, "peak_gb": usage.ru_maxrss / 1024**2}))


if __name__ == "__main__":
    main()
