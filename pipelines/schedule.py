"""Run on a cron expression in the company's time zone, and survive a run that fails."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from pipelines.settings import Settings, SettingsError
from pipelines.snapshot import is_due
from pipelines.store import Store

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GRACE_SECONDS = 6 * 3600
_PUBLISHED = (0, 3)


def trigger(settings: Settings) -> CronTrigger:
    """The times of the schedule.

    Raises:
        SettingsError: not five cron fields, or a field that cron does not know.
    """
    expression = settings.schedule.run
    try:
        minute, hour, day, month, weekday = expression.split()
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday_names(weekday),
            timezone=settings.company.time_zone,
        )
    except ValueError as error:
        raise SettingsError(
            f"{settings.path}: [schedule] run = {expression!r} is not a cron expression ({error}). "
            'Expected five fields: minute hour day month weekday, such as "15 6 * * 1-5".'
        ) from None


def weekday_names(field: str) -> str:
    """Cron counts weekdays from Sunday = 0, the scheduler from Monday = 0: names leave no doubt.

    Ranges and steps are spelt out, since `sun-tue` would run backwards.

    Raises:
        ValueError: not a weekday as cron knows them.
    """
    names: list[str] = []
    for part in field.lower().split(","):
        if part == "*":
            return part
        base, slash, step = part.partition("/")
        first, dash, last = ("0-6" if base == "*" else base).partition("-")
        days = range(_weekday(first), _weekday(last if dash else first) + 1, int(step) if slash else 1)
        if not days:
            raise ValueError(f"the weekdays {part!r} run backwards")
        names += [_WEEKDAYS[day] for day in days]
    return ",".join(names)


def _weekday(word: str) -> int:
    if word in _WEEKDAYS:
        return _WEEKDAYS.index(word)
    if word in ("0", "1", "2", "3", "4", "5", "6", "7"):
        return int(word)
    raise ValueError(f"{word!r} is not a weekday")


def next_run(settings: Settings, after: datetime) -> datetime | None:
    """The next time of the schedule after an aware time."""
    moment: datetime | None = trigger(settings).get_next_fire_time(None, after)
    return moment


def keep_running(settings: Settings, say: Callable[[str], None]) -> None:
    """Run on schedule until interrupted. Each run is a process of its own: what it breaks, ends with it."""
    scheduler = BlockingScheduler(timezone=settings.company.time_zone)
    scheduler.add_job(
        lambda: run_and_freeze(settings, say),
        trigger(settings),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=_GRACE_SECONDS,
    )
    scheduler.start()


def run_and_freeze(settings: Settings, say: Callable[[str], None]) -> int:
    """What the schedule does once: run, and after the first run that publishes in a new week freeze the one before.

    Returns:
        The exit code of the run, or that of freezing where only freezing failed. Never raises.
    """
    done = _careful("run", settings.path)
    say(_told(done))
    if done.returncode not in _PUBLISHED or not settings.schedule.freeze:
        return done.returncode
    if not is_due(settings, Store(settings.store)):
        return done.returncode
    frozen = _careful("snapshot", settings.path)
    say(" ".join((frozen.stdout or frozen.stderr).split()))
    return frozen.returncode or done.returncode


def run_in_a_process(config: Path) -> str:
    """One `careful run`; returns a sentence about how it ended and never raises."""
    return _told(_careful("run", config))


def _careful(command: str, config: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "pipelines.cli", command, "--config", str(config)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603


def _told(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode in _PUBLISHED:
        return f"Published (exit {done.returncode}). {' '.join(done.stdout.splitlines()[-1:])}"
    return f"Not published (exit {done.returncode}). {' '.join((done.stderr or done.stdout).split())}"
