"""The schedule in the words of another scheduler, for people who have one: systemd, cron, GitHub Actions."""

import re
import shlex
from datetime import datetime, timedelta
from typing import Literal

from pipelines.schedule import next_run, weekday_names
from pipelines.settings import Settings, SettingsError

Scheduler = Literal["systemd", "cron", "github"]
_PLAIN = re.compile(r"\*|[\d,]+")
_FIELD = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS_A_DAY = 24


def printed(settings: Settings, scheduler: Scheduler, careful: str, now: datetime) -> str:
    """What to paste, with how to put it in force as comments.

    Args:
        careful: the command's full path. now: an aware time; GitHub counts in UTC, by the offset that holds then.

    Raises:
        SettingsError: the expression is none, or can not be said in that scheduler's words.
    """
    next_run(settings, now)
    return {"systemd": _systemd, "cron": _cron, "github": _github}[scheduler](settings, careful, now)


def _systemd(settings: Settings, careful: str, now: datetime) -> str:
    arguments = [careful, "schedule", "--once", "--config", str(settings.path)]
    command = " ".join(_for_systemd(each) for each in arguments)
    return f"""\
# ~/.config/systemd/user/careful.service
[Unit]
Description=Careful: read, build, publish, freeze the week that is over

[Service]
Type=oneshot
ExecStart={command}
UMask=0077

# ~/.config/systemd/user/careful.timer
[Unit]
Description=When Careful runs

[Timer]
OnCalendar={_on_calendar(settings)} {settings.company.time_zone}
Persistent=true

[Install]
WantedBy=timers.target

# systemctl --user daemon-reload && systemctl --user enable --now careful.timer
# loginctl enable-linger    (so that it runs while nobody is signed in)
"""


def _for_systemd(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if re.fullmatch(r"[\w@%+=:,./-]+", escaped) else f'"{escaped}"'


def _on_calendar(settings: Settings) -> str:
    minute, hour, day, month, weekday = settings.schedule.run.split()
    month = re.sub("|".join(_MONTHS), lambda found: str(_MONTHS.index(found[0]) + 1), month.lower())
    names = weekday_names(weekday)
    days = "" if names == "*" else ",".join(each.capitalize() for each in names.split(",")) + " "
    parts = [_translated(part, settings) for part in (month, day, hour, minute)]
    return "{}*-{}-{} {}:{}:00".format(days, *parts)


def _translated(field: str, settings: Settings) -> str:
    """A field of cron in systemd's words: `*/15` is `0/15`, `1-5` is `1..5`."""
    words = []
    for part in field.split(","):
        found = _FIELD.fullmatch(part)
        if found is None:
            raise SettingsError(
                f"{settings.path}: [schedule] run = {settings.schedule.run!r} can not be said in systemd's words "
                f"(the part {part!r}). Use numbers, lists, ranges and steps, or `careful schedule --print cron`."
            )
        base, step = found[1].replace("-", ".."), found[2]
        words.append(f"{'0' if base == '*' else base}/{step}" if step else base)
    return ",".join(words)


def _cron(settings: Settings, careful: str, now: datetime) -> str:
    arguments = [careful, "schedule", "--once", "--config", str(settings.path)]
    command = shlex.join(arguments).replace("%", "\\%")
    day, weekday = settings.schedule.run.split()[2], settings.schedule.run.split()[4]
    both = "" if "*" in (day, weekday) else (
        "# Day and weekday are both given: cron runs on either, `careful schedule` where both hold.\n"
    )  # fmt: skip
    return f"""\
# crontab -e. Not every cron knows CRON_TZ (Debian's does not): there the times are the machine's.
{both}CRON_TZ={settings.company.time_zone}
{settings.schedule.run} {command}
"""


def _github(settings: Settings, careful: str, now: datetime) -> str:
    arguments = ["careful", "schedule", "--once", "--config", str(settings.path)]
    expression, remark = _in_utc(settings, now)
    return f"""\
# .github/workflows/careful.yml. The runner is your own machine: what customers said stays there.
name: careful
on:
  schedule:
    - cron: "{expression}"  # {remark}
  workflow_dispatch:
concurrency: careful
jobs:
  careful:
    runs-on: self-hosted
    steps:
      - run: {shlex.join(arguments)}
"""


def _in_utc(settings: Settings, now: datetime) -> tuple[str, str]:
    """The expression in UTC where that is plain arithmetic, and what to know of it."""
    zone = settings.company.time_zone
    minute, hour, day, month, weekday = settings.schedule.run.split()
    offset = now.astimezone(settings.zone).utcoffset() or timedelta()
    hours = [int(each) for each in hour.split(",")] if re.fullmatch(r"[\d,]+", hour) else []
    moved = [each - offset // timedelta(hours=1) for each in hours]
    stays_a_day = all(0 <= each < _HOURS_A_DAY for each in moved)
    if (
        not hours
        or offset % timedelta(hours=1)
        or not (stays_a_day or (day, month, weekday) == ("*", "*", "*"))
    ):
        return settings.schedule.run, f"GitHub counts in UTC, not in {zone}: move the hours yourself"
    in_utc = ",".join(str(each % _HOURS_A_DAY) for each in moved)
    return (
        f"{minute} {in_utc} {day} {month} {weekday}",
        f"UTC; by the clock of {zone} it is {hour} h now, and an hour off when the clocks change",
    )
