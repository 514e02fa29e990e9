"""Frozen weeks, readers while a build is being published, and the report, on the sample company.

The readers are threads of a server, as in the app: each asks every question, one after the other, of the build that
is in force at that moment, through the same cages as the page and without its kept answers, for as long as a whole
run in another process publishes another build. A reader that fails, or is told two things by one build, ends the
measurement.
"""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import polars as pl

from pipelines.questions import read_questions
from pipelines.questions.answer import ask
from pipelines.questions.cage import Cage
from pipelines.settings import load_settings
from pipelines.store import Store

READERS = (1, 8, 32)
WEEKS = ("2026-W43", "2026-W44", "2026-W45", "2026-W46")
AT_REST_SECONDS, AFTER_SECONDS = 8, 3
Asked = list[tuple[str, str, float]]


def measure_weeks(config: Path) -> None:
    """Print what each added frozen week costs, beside a whole run."""
    from pipelines.publish import run_once
    from pipelines.snapshot.freezing import freeze

    settings = load_settings(config)
    store = Store(settings.store)
    run = _seconds(lambda: run_once(settings))
    times, sizes = [], []
    for week in WEEKS:
        times.append(_seconds(lambda week=week: freeze(settings, store, week)))
        sizes.append(_megabytes(store.snapshots_folder / week))
    build = store.current()
    assert build is not None
    spent, size = statistics.median(times), statistics.median(sizes)
    each = ", ".join(f"{took:.1f}" for took in times)
    print(
        f"an added frozen week: {spent:.1f} s (of {each}), {size:.2f} MB, a year of them {52 * size:,.0f} MB · a whole "
        f"run {run:.1f} s, its build {_megabytes(build.path):.1f} MB · ratio {spent / run:.2f} of time"
    )


def measure_readers(config: Path) -> None:
    """Print how many questions are answered while a build is being published, and without one."""
    told = []
    for readers in READERS:
        rest = _read(config, readers, lambda: time.sleep(AT_REST_SECONDS))
        busy = _read(config, readers, lambda: _publish(config))
        if len({build for _, build, _ in busy[0]}) < 2:
            raise RuntimeError(f"None of {readers} readers met the new build.")
        told.append(f"{readers}: {_rate(*busy)} (at rest {_rate(*rest)})")
    print(
        f"questions answered by readers during a publication: {' · '.join(told)}; all went over to the new build, "
        "none failed"
    )


def measure_reports(config: Path) -> None:
    """Print how long the week's report takes: counted once, then each format."""
    from dashboard.reports import executed, files, week

    settings = load_settings(config)
    build = Store(settings.store).current()
    assert build is not None
    made = [week.of(settings, build)]
    counted = _seconds(lambda: made.append(week.of(settings, build)))
    told = [f"counted {counted:.2f} s"]
    endings = [each for each in files.ENDINGS if each != "ipynb" or executed.can_run()]
    for ending in endings:
        said = b""

        def write(ending: str = ending) -> None:
            nonlocal said
            said = files.content(ending, settings, build, made[-1], None)

        told.append(f"{ending} {_seconds(write):.2f} s, {len(said) / 1e3:,.0f} kB")
    missing = "" if "ipynb" in endings else " · ipynb SKIPPED: nothing here runs notebooks"
    print(f"report of a week: {', '.join(told)}{missing}")


def _read(config: Path, readers: int, meanwhile: Callable[[], object]) -> tuple[Asked, float]:
    """Everything that the readers asked while something else went on, and for how long."""
    context = multiprocessing.get_context("spawn")
    ended, ready, answers = context.Event(), context.Event(), context.Queue()
    server = context.Process(target=_serve, args=(config, readers, ready, ended, answers), daemon=True)
    server.start()
    try:
        if not ready.wait(120):
            raise RuntimeError("The readers did not begin within 120 s.")
        started = time.perf_counter()
        meanwhile()
        took = time.perf_counter() - started
        ended.set()
        asked = answers.get(timeout=120)
    finally:
        server.kill()
        server.join()
    if isinstance(asked, str):
        raise RuntimeError(f"Of {readers} readers, one failed: {asked}")
    return asked, took


def _serve(config: Path, readers: int, ready: Event, ended: Event, answers: "Queue[Asked | str]") -> None:
    """A server as the app is one: its readers are threads that share a cage per build."""
    store = Store(load_settings(config).store)
    cages: dict[str, Cage] = {}
    opening = threading.Lock()
    questions = read_questions().files
    said: dict[tuple[str, str], pl.DataFrame] = {}
    parent = multiprocessing.parent_process()
    assert parent is not None

    def reads(number: int) -> Asked:
        mine: Asked = []
        for turn in count(number):
            if ended.is_set() or not parent.is_alive():
                return mine
            started = time.perf_counter()
            build = store.current()
            assert build is not None
            with opening:
                if build.id not in cages:
                    cages[build.id] = Cage(build)
                cage = cages[build.id]
            answer = ask(cage, questions[turn % len(questions)])
            same = said.setdefault((answer.question.name, build.id), answer.frame)
            if answer.build_id != build.id or not same.equals(answer.frame):
                raise RuntimeError(f"{answer.question.name} of {build.id} is not the same twice")
            mine.append((answer.question.name, build.id, time.perf_counter() - started))
        raise AssertionError

    try:
        ready.set()
        with ThreadPoolExecutor(readers) as pool:
            answers.put([each for part in pool.map(reads, range(readers)) for each in part])
    except Exception as error:  # whatever it is, the bench tells it
        answers.put(f"{type(error).__name__}: {error}")


def _publish(config: Path) -> None:
    from pipelines.publish import run_once

    record = run_once(load_settings(config))
    if record.outcome != "published":
        raise RuntimeError(f"The run did not publish: {record.reason}")
    time.sleep(AFTER_SECONDS)  # for the readers to meet the new build


def _rate(asked: Asked, seconds: float) -> str:
    spent = [1000 * took for _, _, took in asked]
    middle, slow = statistics.median(spent), statistics.quantiles(spent, n=20)[18]
    return f"{len(spent) / seconds:.0f} a second, p50 {middle:.0f} ms, p95 {slow:.0f} ms"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
