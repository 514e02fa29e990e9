"""Speed as ratios, side by side in one run: `make bench`, or `python tests/bench.py --customers 20000`.

Thirteen lines. First, a whole run on a large sample company against what DuckDB needs merely to read the same files
as text and write them as Parquet: CPU seconds of a process of its own, and its peak memory. Second, a warm rerun
of each page against an empty Streamlit page, in turn, at the 95th percentile. Third, what Python needs for the
loyalty page (reading the tables that SQL counted, loyalty and drivers) of a million responses against ten thousand.
Fourth, a report of a million rows from Google Analytics: ours, the official client used naively, and dlt.
Fifth, the future value of a million customers. Sixth, a million customers cared for one after the other: ours and
diff-diff. A million contacts through the door: ours, DuckDB reading them as text, dlt; how the door grows, and
JSON lines. Then what an added frozen week takes, 1, 8 and 32 readers during a publication, the week's report, and the
same questions as pages by Careful and by Evidence (npm).
"""

import argparse
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from bench_clv import compare_clv
from bench_door import compare_door, compare_json_lines
from bench_evidence import compare_evidence
from bench_impact import compare_impact
from bench_web import compare_web
from bench_weeks import measure_readers, measure_reports, measure_weeks

ROOT = Path(__file__).parent.parent
RUN_GOAL = 4.0
PAGE_GOAL_SECONDS = 0.1
RERUNS = 30
LOYALTY_GOAL = 1.5
LOYALTY_TABLES = ("last_survey", "loyalty_answer", "answer_combination", "answer_pair", "driver_moment")
FEW, MANY = 10_000, 1_000_000
TURNS = 7
WEB_ROWS = 1_000_000
VALUED = 1_000_000
TREATED = 1_000_000


def main() -> None:
    """Make the company, then measure."""
    sys.path.insert(0, str(ROOT))  # before tests/, which has folders of the same names
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument(
        "--only",
        choices=(
            "run",
            "pages",
            "loyalty",
            "web",
            "clv",
            "impact",
            "door",
            "weeks",
            "readers",
            "report",
            "evidence",
            "read-as-text",
            "whole-run",
        ),
    )
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.only in ("read-as-text", "whole-run"):
        work = {"read-as-text": read_as_text, "whole-run": whole_run}[given.only]
        work(given.folder)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "peak_gb": usage.ru_maxrss / 1024**2}))
        return
    with tempfile.TemporaryDirectory(prefix="careful-bench-") as folder:
        if given.only in (None, "run"):
            compare_runs(Path(folder), given.customers)
        if given.only in (None, "pages"):
            compare_pages(Path(folder))
        if given.only in (None, "web"):
            compare_web(Path(folder), WEB_ROWS)
        if given.only in (None, "clv"):
            compare_clv(Path(folder), VALUED)
        if given.only in (None, "impact"):
            compare_impact(Path(folder), TREATED)
        if given.only in (None, "door"):
            compare_door(Path(folder))
            compare_json_lines(Path(folder))
        if given.only in (None, "weeks", "readers", "report", "evidence"):
            measure_sample(Path(folder), given.only)
    if given.only in (None, "loyalty"):
        compare_loyalty()


def measure_sample(folder: Path, only: str | None) -> None:
    """Print the last four lines, of one sample company."""
    from pipelines import workspace
    from pipelines.publish import run_once
    from pipelines.settings import load_settings
    from pipelines.store import Store

    config = workspace.create_sample(folder / "weeks")
    settings = load_settings(config)
    run_once(settings)
    for name, measure in (
        ("weeks", measure_weeks),
        ("readers", measure_readers),
        ("report", measure_reports),
    ):
        if only in (None, name):
            measure(config)
    build = Store(settings.store).current()
    if only in (None, "evidence") and build is not None:
        compare_evidence(folder, build)


def compare_runs(folder: Path, customers: int) -> None:
    """Print the first line."""
    company = folder / "company"
    generator = [sys.executable, str(ROOT / "sample_data" / "generate.py"), "--plain"]
    made = [*generator, "--customers", str(customers), "--out", str(company)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    text, run = (_measured(only, company) for only in ("read-as-text", "whole-run"))
    size = sum(path.stat().st_size for path in (company / "drops").rglob("*") if path.is_file()) / 1e6
    print(
        f"whole run, {customers:,} customers, {size:,.0f} MB: {run['cpu']:.1f} CPU s, {run['wall']:.1f} s, "
        f"peak {run['peak_gb']:.1f} GB · DuckDB text to Parquet: {text['cpu']:.1f} CPU s, {text['wall']:.1f} s, "
        f"peak {text['peak_gb']:.1f} GB · ratio {run['cpu'] / text['cpu']:.1f} (goal {RUN_GOAL:.0f})"
    )


def _measured(only: str, company: Path) -> dict[str, float]:
    started = time.perf_counter()
    command = [sys.executable, str(Path(__file__)), "--only", only, "--folder", str(company)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": time.perf_counter() - started}


def whole_run(company: Path) -> None:
    """Make a workspace of the company and run it once."""
    from pipelines import workspace
    from pipelines.publish import run_once
    from pipelines.settings import load_settings

    record = run_once(load_settings(workspace.create_sample(company.parent / "workspace", company)))
    if record.outcome != "published":
        sys.exit(f"The run did not publish: {record.reason}")


def read_as_text(company: Path) -> None:
    """Read every file as text and write it as Parquet, and nothing else."""
    import duckdb

    target = company.parent / "text"
    target.mkdir(exist_ok=True)
    connection = duckdb.connect()
    for number, path in enumerate(sorted(p for p in (company / "drops").rglob("*") if p.is_file())):
        paths = [path]
        if zipfile.is_zipfile(path):
            unpacked = target / f"unpacked-{number}"
            zipfile.ZipFile(path).extractall(unpacked)
            paths = sorted(p for p in unpacked.rglob("*") if p.is_file())
        for part, file in enumerate(paths):
            source = (
                "read_json_objects($file, format = 'newline_delimited', ignore_errors = true)"
                if file.suffix == ".ndjson"
                else "read_csv($file, all_varchar = true, header = true, ignore_errors = true, null_padding = true, "
                "parallel = false, delim = ',', quote = '\"', escape = '\"', max_line_size = 10000000)"
            )
            try:
                rows = connection.sql(f"from {source}", params={"file": str(file)})
                rows.write_parquet(str(target / f"{number}-{part}.parquet"), compression="zstd")
            except duckdb.Error:
                continue


def compare_pages(folder: Path) -> None:
    """Print the second line: one entry a page."""
    logging.disable(logging.WARNING)
    from streamlit.testing.v1 import AppTest

    from pipelines import workspace
    from pipelines.publish import run_once
    from pipelines.settings import CONFIG_VARIABLE, load_settings

    config = workspace.create_sample(folder / "sample")
    run_once(load_settings(config))
    os.environ[CONFIG_VARIABLE] = str(config)
    empty = AppTest.from_string("import streamlit as st\nst.write('')", default_timeout=60)
    entries = []
    for page in sorted((ROOT / "dashboard" / "app_pages").glob("*.py")):
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.run()
        app.switch_page(f"app_pages/{page.name}")
        app.run()
        if app.exception:
            sys.exit(f"{page.name}: {app.exception[0].message}")
        empty.run()
        times = [(_timed(app), _timed(empty)) for _ in range(RERUNS)]
        full, bare = (statistics.quantiles(column, n=20)[18] for column in zip(*times, strict=True))
        entries.append(f"{page.stem} {1000 * (full - bare):+.0f} ms")
    goal = f"p95 of {RERUNS}, goal {1000 * PAGE_GOAL_SECONDS:.0f} ms"
    print(f"warm rerun more than an empty page ({goal}): {', '.join(entries)}")


def compare_loyalty() -> None:
    """Print the third line."""
    import duckdb

    from pipelines.engine.graph import load_models
    from pipelines.nodes import drivers, loyalty
    from pipelines.questions import QUERIES

    models = {model.table: model for model in load_models([QUERIES])}
    connections, counted = {}, {}
    for responses in (FEW, MANY):
        connections[responses] = duckdb.connect()
        make_answers(connections[responses], responses)
        started = time.process_time()
        for table in LOYALTY_TABLES:
            connections[responses].execute(f"create table {table} as {models[table].sql}")
        counted[responses] = time.process_time() - started
    spent: dict[int, list[float]] = {responses: [] for responses in connections}
    for _ in range(TURNS):
        for responses, connection in connections.items():
            started = time.process_time()
            for measure in (loyalty.MEASURE, drivers.MEASURE):
                made = measure.compute(
                    {table: connection.sql(f"from {table}").pl() for table in measure.inputs}
                )
                assert all(frame.height for frame in made.values())
            spent[responses].append(time.process_time() - started)
    few, many = (statistics.median(spent[responses]) for responses in (FEW, MANY))
    print(
        f"loyalty page in Python: {MANY:,} responses {many:.2f} CPU s · {FEW:,} responses {few:.2f} CPU s · ratio "
        f"{many / few:.1f} (goal {LOYALTY_GOAL}); counting in SQL {counted[MANY]:.1f} and {counted[FEW]:.1f} CPU s"
    )


def make_answers(connection: object, responses: int) -> None:
    """Tables `dates`, `response` and `answer`: everybody answers every item once, all items on one factor."""
    import numpy as np
    import polars as pl

    from pipelines.measures.joint_answers import BEHAVIOURS, DRIVERS

    items = [*DRIVERS, *BEHAVIOURS, "valued", "understood", "had_to_repeat", "showed_they_cared", "listened"]
    rng = np.random.default_rng(responses)
    common = rng.standard_normal(responses)
    cuts = np.array([-1.8, -1.3, -0.9, -0.5, 0.0, 0.8])
    answers = {
        item: 1.0 + np.searchsorted(cuts, 0.7 * common + 0.7 * rng.standard_normal(responses))
        for item in items
    }
    connection.register("wide", pl.DataFrame({"number": np.arange(responses), **answers}))  # type: ignore[attr-defined]
    connection.execute("create table dates as select date '2026-11-15' as date_on, true as is_closed")  # type: ignore[attr-defined]
    connection.execute(  # type: ignore[attr-defined]
        "create table response as select md5(number::varchar) as response_id, md5('c' || number) as customer_key, "
        "timestamp '2026-11-02' as answered_at, date '2026-11-02' as answered_on from wide"
    )
    connection.execute(  # type: ignore[attr-defined]
        "create table answer as select md5(number::varchar) as response_id, item, value, 1 as scale_min, "
        "7 as scale_max from (unpivot wide on columns(* exclude number) into name item value value)"
    )


def _timed(app: object) -> float:
    started = time.perf_counter()
    app.run()  # type: ignore[attr-defined]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
