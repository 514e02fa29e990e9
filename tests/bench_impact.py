"""Customers that started one after the other, from rows of customer and month: ours and diff-diff on the same data.

Each way is a process of its own that reads the same Parquet. Where the library needs more memory than there is, it
gets a tenth of the customers, and the line says so.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
MONTHS = 24
CPU_GOAL, MEMORY_GOAL = 20.0, 3.0
LIBRARY_GB_A_MILLION = 12.0
COLUMNS = ("customer_key", "month", "bought", "start")


def compare_impact(folder: Path, customers: int) -> None:
    """Print the line."""
    _measured("rows", folder, customers)
    ours = _measured("ours", folder, customers)
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") / 1e9
    fewer = customers if room > LIBRARY_GB_A_MILLION * customers / 1e6 else customers // 10
    library = _measured("library", folder, fewer)
    beside = ours if fewer == customers else _measured("ours", folder, fewer)
    if abs(library["effect"] / beside["effect"] - 1) > 1e-6 or abs(library["se"] / beside["se"] - 1) > 1e-6:
        sys.exit(f"ours and diff-diff differ: {beside} and {library}")
    print(
        f"staggered starts, {customers:,} customers × {MONTHS} months from long rows: ours {ours['cpu']:.1f} CPU s "
        f"(goal {CPU_GOAL:.0f}), peak {ours['peak_gb']:.2f} GB (goal {MEMORY_GOAL:.0f}), of which Python without rows "
        f"{ours['after_sums']:.2f} CPU s · diff-diff, {fewer:,} customers, same effect and error: "
        f"{library['cpu']:.1f} CPU s, peak {library['peak_gb']:.2f} GB, {library['cpu'] / beside['cpu']:.1f} × ours on "
        f"those"
    )


def _measured(way: str, folder: Path, customers: int) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), way, str(folder), str(customers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def rows(folder: Path, customers: int) -> dict[str, float]:
    """Write who bought in which month; three cohorts start, six in ten never."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set memory_limit = '2GB'")
    connection.execute(
        "copy (select c as number, md5(c::varchar) as customer_key, m::integer as month, "
        "(hash(c, m) % 1000 < 400 + 30 * (m >= coalesce(start, 99))::integer)::double as bought, start from "
        "(select c, case when hash(c, 0) % 10 < 6 then null else 9 + 4 * (hash(c, 1) % 3)::integer end as start "
        f"from range({customers}) t(c)), range(1, {MONTHS + 1}) s(m)) to $file (format parquet)",
        {"file": str(folder / "rows.parquet")},
    )
    return {}


def ours(folder: Path, customers: int) -> dict[str, float]:
    """Cohort sums by DuckDB, everything else from them."""
    import duckdb

    from pipelines.measures.impact import cohort_sums, staggered_from_sums

    connection = duckdb.connect()
    sums = cohort_sums(_rows(connection, folder, customers), *COLUMNS)
    started = time.process_time()
    effect = staggered_from_sums(sums).simple
    return {"effect": effect.estimate, "se": effect.se, "after_sums": time.process_time() - started}


def library(folder: Path, customers: int) -> dict[str, float]:
    """The library, from the same rows as a pandas frame with numbers for names."""
    import duckdb
    from diff_diff import CallawaySantAnna

    frame = (
        _rows(duckdb.connect(), folder, customers)
        .project("number, month, bought, coalesce(start, 0) as start")
        .df()
    )
    fitted = CallawaySantAnna(control_group="not_yet_treated").fit(
        frame, outcome="bought", unit="number", time="month", first_treat="start"
    )
    return {"effect": fitted.overall_att, "se": fitted.overall_se}


def _rows(connection: object, folder: Path, customers: int) -> object:
    return connection.read_parquet(str(folder / "rows.parquet")).filter(f"number < {customers}")  # type: ignore[attr-defined]


WAYS: dict[str, Callable[[Path, int], dict[str, float]]] = {"rows": rows, "ours": ours, "library": library}


def main() -> None:
    """One way, measured in a process of its own."""
    way, folder, customers = sys.argv[1:]
    told = WAYS[way](Path(folder), int(customers))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**told, "cpu": usage.ru_utime + usage.ru_stime, "peak_gb": usage.ru_maxrss / 1024**2}))


if __name__ == "__main__":
    main()
