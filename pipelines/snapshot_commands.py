"""`careful snapshot`, `careful diff`, `careful schedule`: weeks that stay, and why they read otherwise now."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from pipelines import ctrl_c
from pipelines.engine.graph import QueryError
from pipelines.questions.history import redefined
from pipelines.schedule import keep_running, next_run, run_and_freeze
from pipelines.settings import Settings, SettingsError
from pipelines.snapshot import Snapshot, SnapshotError, proved, snapshot
from pipelines.snapshot.freezing import freeze
from pipelines.snapshot.ledger import restate_newest, restatement, sentences
from pipelines.snapshot.rebuilding import Rebuilt, rebuild
from pipelines.store import Store
from pipelines.terminal import DEBUG_VARIABLE, AsJson, Config, bars, err, out, plain_errors, settings_of
from pipelines.timetable import Scheduler, printed

TODAY = "today"
Week = Annotated[str | None, typer.Option(metavar="2026-W46", help="Which week; absent: the last one over.")]
Proved = Annotated[
    str | None, typer.Option("--verify", metavar="2026-W46", help="Prove this frozen week instead.")
]


def add_to(app: typer.Typer, attach: Callable[[Settings, Snapshot], None]) -> None:
    """Make the commands known.

    Args:
        attach: writes the report into the folder of a week that is being frozen.
    """
    app.command("snapshot", context_settings={"obj": attach})(freeze_week)
    app.command("diff")(tell_difference)
    app.command("schedule")(schedule)


def freeze_week(
    context: typer.Context,
    week: Week = None,
    verified: Proved = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a week that is over, for ever; or prove that a frozen one is untouched and can be built again."""
    with plain_errors(as_json):
        settings = settings_of(config)
        store = Store(settings.store)
        if week and verified:
            raise SnapshotError("Freeze with --week or prove with --verify, one at a time.")
        if verified:
            frozen = snapshot(store, verified)
            wrong = proved(frozen, settings)
            if not as_json:
                _tell_touched(wrong)
            with bars(as_json) as show:
                rebuilt = rebuild(
                    frozen, store, lambda step, done, total: show("Building", step, done, total)
                )
            if as_json:
                _print({"iso_week": frozen.iso_week, "tampered": wrong, **vars(rebuilt)})
            else:
                _tell_rebuilt(rebuilt)
            raise typer.Exit(0 if rebuilt.is_the_same and not wrong else 1)
        with bars(as_json) as show:
            made = freeze(
                settings, store, week, lambda step, done, total: show("Building", step, done, total),
                lambda frozen: _attach(context.obj, settings, frozen),
            )  # fmt: skip
            _restate(settings, store, made, lambda step, done, total: show("Comparing", step, done, total))
    if as_json:
        _print({"iso_week": made.iso_week, **_about(made)})
    else:
        size = sum(
            path.stat().st_size
            for path in made.path.rglob("*")
            if path.is_file() and path.stat().st_nlink == 1
        )
        out.print(
            f"Froze {made.iso_week} as known at {made.received_by:%Y-%m-%d %H:%M} UTC: {len(made.manifest['tables'])} "
            f"tables, {size / 1e6:.1f} MB more on disk, content {made.manifest['content_hash'][:16]}.",
        )


def _attach(attach: Callable[[Settings, Snapshot], None], settings: Settings, frozen: Snapshot) -> None:
    """The report, if it can be written: numbers that are not frozen now are lost, a report can be made later."""
    try:
        with ctrl_c.heeded():
            attach(settings, frozen)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        err.print(
            f"The report of {frozen.iso_week} was not written ({type(error).__name__}); its numbers are frozen. Make "
            f"it with `careful report --week {frozen.iso_week}`."
        )


def _restate(
    settings: Settings, store: Store, made: Snapshot, progress: Callable[[str, int, int], None]
) -> None:
    """Why the week before reads otherwise now, kept for the page *Frozen weeks*; what can not be told is no failure."""
    try:
        restate_newest(settings, store, made, progress)
    except (SnapshotError, QueryError, SettingsError) as error:
        err.print(f"What was restated since the week before can not be told: {error}", markup=False)


def _about(frozen: Snapshot) -> dict[str, Any]:
    return {
        "path": str(frozen.path),
        **{name: frozen.manifest[name] for name in ("as_of", "received_by", "content_hash", "hash")},
    }


def _tell_touched(wrong: list[str]) -> None:
    out.print(
        "Not as it was frozen:"
        if wrong
        else "Untouched: every file is as it was frozen, and the list of them bears your key's seal."
    )
    for line in wrong:
        out.print(f"  {line}", markup=False)


def _tell_rebuilt(rebuilt: Rebuilt) -> None:
    if rebuilt.is_the_same:
        out.print(f"Built again: the same content, {rebuilt.content_hash[:16]}.")
        return
    out.print(f"Built again: {len(rebuilt.differences)} table(s) say something else.")
    for line in [*rebuilt.differences, *rebuilt.reasons]:
        out.print(f"  {line}", markup=False)


def tell_difference(
    earlier: Annotated[str, typer.Argument(metavar="WEEK", help="A frozen week, such as 2026-W45.")],
    later: Annotated[str, typer.Argument(metavar="LATER", help="A later frozen week, or today.")] = TODAY,
    kpi: Annotated[str | None, typer.Option(help="Only this number.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every breakdown, week and clock.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say what a frozen week said, what is said now, and why the two differ."""
    with plain_errors(as_json):
        settings = settings_of(config)
        store = Store(settings.store)
        before = snapshot(store, earlier)
        after = None if later == TODAY else snapshot(store, later)
        with bars(as_json) as show:
            frame = restatement(
                settings, store, before, after, lambda step, done, total: show("Counting", step, done, total)
            )
    if kpi:
        frame = frame.filter(pl.col("kpi") == kpi)
    if as_json:
        _print(frame.to_dicts())
        return
    shown = frame if everything else _headlines(frame, before)
    for line in sentences(shown):
        out.print(line, markup=False)
    anew = redefined(before.manifest, (after or Store(settings.store).current() or before).manifest)
    if anew:
        out.print(f"Defined anew: {', '.join(anew)}.", markup=False)
    rest = frame.height - shown.height
    if not frame.height:
        out.print(f"Every number of {earlier} reads as it did.")
    elif rest:
        out.print(
            f"{rest:,} more number(s) of breakdowns, other weeks and clocks read otherwise: --all, --json."
        )


def _headlines(frame: pl.DataFrame, frozen: Snapshot) -> pl.DataFrame:
    """Of the week itself, the numbers of everybody, over the clock that the pages show."""
    clock = frozen.query("select kpi, weeks from kpi_clock")
    return frame.filter(iso_week=frozen.iso_week, dimension="all").join(
        clock, on=["kpi", "weeks"], how="semi", maintain_order="left"
    )


def schedule(
    once: Annotated[
        bool, typer.Option("--once", help="Do once what the schedule does, for a scheduler.")
    ] = False,
    words: Annotated[
        Scheduler | None, typer.Option("--print", help="Print it for the scheduler that you have.")
    ] = None,
    config: Config = None,
) -> None:
    """Run on the cron expression of careful.toml until stopped, and freeze each week; a failed run does not end it."""
    with plain_errors():
        settings = settings_of(config)
        if words:
            careful = shutil.which("careful") or str(Path(sys.executable).with_name("careful"))
            print(printed(settings, words, careful, datetime.now(UTC)), end="")  # noqa: T201
            return
        if once:
            raise typer.Exit(run_and_freeze(settings, lambda line: out.print(line, markup=False)))
        moment = next_run(settings, datetime.now(UTC))
        out.print(f"Next run {moment:%A %d %B %H:%M} ({settings.company.time_zone}) · stop with Ctrl+C")
        keep_running(settings, lambda line: out.print(line, markup=False))


def _print(told: Any) -> None:
    print(json.dumps(told, default=str))  # noqa: T201
