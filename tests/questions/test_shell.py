"""What the terminal shows of an answer."""

import io

import polars as pl
from rich.console import Console

from pipelines.questions.shell import SHOWN, table_of


def printed(frame: pl.DataFrame, period: str | None = None) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(table_of(frame, period=period))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_of_a_long_series_the_newest_rows_are_shown() -> None:
    weeks = [f"2025-W{week:02}" for week in range(1, SHOWN + 3)]
    frame = pl.DataFrame({"iso_week": weeks, "n": range(len(weeks))})
    text = printed(frame.reverse(), "iso_week")
    assert weeks[-1] in text
    assert weeks[2] in text
    assert weeks[1] not in text
    assert f"{len(weeks)} rows, the newest {SHOWN} shown" in " ".join(text.split())


def test_of_rows_without_a_period_the_first_are_shown() -> None:
    text = printed(pl.DataFrame({"place": [f"place {k}" for k in range(SHOWN + 1)]}))
    assert "place 0 " in text
    assert f"place {SHOWN} " not in text
