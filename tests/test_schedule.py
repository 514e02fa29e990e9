from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.schedule import next_run, run_in_a_process, weekday_names
from pipelines.settings import Settings, SettingsError, load_settings

MONDAY = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
SetSchedule = Callable[[str], Settings]


@pytest.fixture
def scheduled(tmp_path: Path) -> SetSchedule:
    def sets(expression: str) -> Settings:
        config = tmp_path / "careful.toml"
        config.write_text(
            f'[company]\nname = "A"\ntime_zone = "Europe/Zurich"\n[schedule]\nrun = "{expression}"\n'
        )
        return load_settings(config)

    return sets


def days(settings: Settings) -> list[str]:
    """On which days of the week from Monday 16 November the schedule runs."""
    found, moment = [], MONDAY
    while (run := next_run(settings, moment)) is not None and run < MONDAY + timedelta(days=7):
        found.append(f"{run:%a}")
        moment = run + timedelta(minutes=1)
    return found


WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@pytest.mark.parametrize(
    ("weekday", "runs_on"),
    [
        ("*", WEEK),
        ("0", ["Sun"]),
        ("7", ["Sun"]),
        ("1", ["Mon"]),
        ("1-5", WEEK[:5]),
        ("5-7", ["Fri", "Sat", "Sun"]),
        ("0-2", ["Mon", "Tue", "Sun"]),
        ("*/2", ["Tue", "Thu", "Sat", "Sun"]),
        ("1-5/2", ["Mon", "Wed", "Fri"]),
        ("1,4", ["Mon", "Thu"]),
        ("1-5/2,0", ["Mon", "Wed", "Fri", "Sun"]),
        ("MON-FRI", WEEK[:5]),
        ("sat,sun", ["Sat", "Sun"]),
    ],
)
def test_weekdays_mean_what_cron_means(weekday: str, runs_on: list[str], scheduled: SetSchedule) -> None:
    assert days(scheduled(f"15 6 * * {weekday}")) == runs_on


@pytest.mark.parametrize("weekday", ["8", "5-2", "someday", "1-", "-1", "*/0", "*/", "1//2", ""])
def test_a_weekday_that_cron_does_not_know_is_refused(weekday: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        weekday_names(weekday)


def test_the_time_is_that_of_the_companys_clock_in_summer_and_winter(scheduled: SetSchedule) -> None:
    settings = scheduled("15 6 * * *")
    assert next_run(settings, datetime(2026, 7, 1, tzinfo=UTC)) == datetime(2026, 7, 1, 4, 15, tzinfo=UTC)
    assert next_run(settings, datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2026, 12, 1, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize("expression", ["15 6 * *", "daily", "75 6 * * *", "15 6 * * 9", "15 6 31 2 x"])
def test_a_bad_expression_names_the_five_fields(expression: str, scheduled: SetSchedule) -> None:
    settings = scheduled(expression)
    with pytest.raises(SettingsError, match="Expected five fields: minute hour day month weekday") as caught:
        next_run(settings, MONDAY)
    assert expression in str(caught.value)
    assert str(settings.path) in str(caught.value)


def test_a_failing_run_is_a_sentence_and_does_not_end_the_schedule(tmp_path: Path) -> None:
    config = tmp_path / "careful.toml"
    config.write_text('[company]\nname = "A"\ntime_zone = "Mars"\n')
    said = run_in_a_process(config)
    assert said.startswith("Not published (exit 2).")
    assert "expected an IANA time zone such as 'Europe/Zurich', found 'Mars'" in said
    assert "\n" not in said
