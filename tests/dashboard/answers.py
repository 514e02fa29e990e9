"""Answers to questions of a test: real files, a real cage, over a build of a few small tables."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.questions import QuestionFile
from pipelines.questions.answer import Answer, ask

AS_OF = "2026-11-16T05:00:00+00:00"
BUILD = "20261116T050000-abcd1234"
SUNDAY = date(2026, 11, 15)


@dataclass
class Tables:
    """A build that has just the tables that an answer is put together with."""

    path: Path
    id: str = BUILD
    manifest: dict[str, Any] = field(
        default_factory=lambda: {"as_of": AS_OF, "sample": True, "company": "Test"}
    )


def tables(folder: Path) -> Tables:
    """Two years of days, one file of answers, one goal."""
    marts = folder / "marts"
    if not marts.is_dir():
        marts.mkdir(parents=True)
        days = [date(2024, 12, 30) + timedelta(days=n) for n in range(7 * 100)]
        mondays = [day - timedelta(days=day.weekday()) for day in days]
        frames = {
            "dates": pl.DataFrame(
                {
                    "date_on": days,
                    "iso_week": [f"{day.isocalendar().year}-W{day.isocalendar().week:02}" for day in days],
                    "week_starts_on": mondays,
                    "week_ends_on": [monday + timedelta(days=6) for monday in mondays],
                    "is_closed": [day <= SUNDAY for day in days],
                }
            ),
            "lineage": pl.DataFrame({"name": ["kpi_week"], "reads": ["landing.qualtrics__response"]}),
            "load": pl.DataFrame(
                {
                    "source": ["qualtrics"],
                    "object": ["response"],
                    "data_through_at": [datetime(2026, 11, 15, 14, 45)],
                }
            ),
            "kpi_source": pl.DataFrame({"kpi": ["valued"], "source": ["qualtrics"]}),
            "kpi_clock": pl.DataFrame({"kpi": ["valued"], "weeks": [1]}),
            "goal": pl.DataFrame(
                {"kpi": ["valued"], "target_share": [0.6], "due_on": [date(2026, 12, 31)], "goal_id": ["G"]}
            ),
            "definition": pl.DataFrame({"kpi": ["valued"], "minimum_n": [10]}),
            "kpi_week": pl.DataFrame({"kpi": ["valued"], "n": [1]}),
        }
        for name, frame in frames.items():
            frame.write_parquet(marts / f"{name}.parquet")
    return Tables(folder)


def written(folder: Path, sql: str, name: str = "care/any", test: bool = True, **header: Any) -> QuestionFile:
    """A company's question file; with a golden test beside it unless it is a draft."""
    path = folder / "queries" / "questions" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"question": "How many?", "owner": "customer-insight", "grain": ["iso_week"]} | header
    path.write_text(f"/* ---\n{yaml.safe_dump(said, allow_unicode=True)}--- */\n{sql}\n", encoding="utf-8")
    if test:
        case = folder / "tests" / "queries" / name / "a_case.yaml"
        case.parent.mkdir(parents=True, exist_ok=True)
        case.write_text("about: a case\nexpect: |\n  n\n", encoding="utf-8")
    return QuestionFile(path, folder / "queries")


def answered(folder: Path, sql: str, name: str = "care/any", test: bool = True, **header: Any) -> Answer:
    """The answer to a question with this SELECT and header."""
    return ask(tables(folder / "build"), written(folder, sql, name, test, **header))


WEEKS = """
select * from (values
    ('2026-W43', 60, 100, 'final'), ('2026-W44', 55, 100, 'final'), ('2026-W45', 50, 100, 'provisional'),
    ('2026-W46', 65, 100, 'provisional'), ('2026-W47', 12, 20, 'partial')
) as t(iso_week, successes, n, maturity)
"""
VALUED = f"select iso_week, successes::double / n as valued_share, successes, n, maturity from ({WEEKS}) order by 1"
REGIONS = """
select region, successes::double / n as valued_share, successes, n
from (values ('Wien', 30, 60), ('Tirol', 40, 50), ('Gr' || 'az', 2, 4)) as t(region, successes, n) order by 2
"""
