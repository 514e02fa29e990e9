"""A company of three hundred people whose weeks are replayed: what arrives when, runs and freezes at chosen times."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from typer.testing import CliRunner

from pipelines import workspace
from pipelines.cli import app
from pipelines.door.land import read_loads
from pipelines.publish import run_once
from pipelines.questions import QUERIES
from pipelines.settings import Settings, load_settings
from pipelines.snapshot import Snapshot
from pipelines.snapshot.freezing import freeze
from pipelines.store import Build, Store

MAPPING = '\n[mapping.hubspot]\n"Customer group" = "segment"\n'
PEOPLE = 300
WEEK = "2026-W46"
Answer = tuple[str, int, int, str]


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of a command."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


class Company:
    """Three hundred contacts, half of them gold; their answers to the recommendation survey come as HubSpot exports."""

    def __init__(self, folder: Path) -> None:
        self.config = workspace.create(folder)
        with self.config.open("a", encoding="utf-8") as text:
            text.write(MAPPING)
        self.store = Store(load_settings(self.config).store)

    def at(self, moment: str) -> Settings:
        """The settings with the clock at a time in UTC."""
        settings = load_settings(self.config)
        stopped = settings.company.model_copy(update={"as_of": datetime.fromisoformat(moment)})
        return settings.model_copy(update={"company": stopped})

    def arrives(self, name: str, content: str, moment: str) -> None:
        path = self.config.parent / "inbox" / name
        path.write_text(content, encoding="utf-8")
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        os.utime(path, (at, at))

    def run(self, moment: str) -> Build:
        record = run_once(self.at(moment))
        assert (record.outcome, record.refused) == ("published", [])
        build = self.store.current()
        assert build is not None
        return build

    def freeze(self, moment: str, week: str | None = None) -> Snapshot:
        return freeze(self.at(moment), self.store, week)

    def define(self, cut_off: int) -> None:
        """From now on a promoter is who answers this or more."""
        sql = (QUERIES / "core" / "kpi_event.sql").read_text(encoding="utf-8")
        changed = sql.replace(
            "= 10 then answer.value >= answer.scale_max - 1", f"= 10 then answer.value >= {cut_off}"
        )
        assert changed != sql
        own = self.config.parent / "queries" / "core"
        own.mkdir(exist_ok=True)
        (own / "kpi_event.sql").write_text(changed, encoding="utf-8")

    def erase(self, people: range) -> int:
        """Rewrite the landed answers of whole weeks without those of some people; returns how many answers went.

        In a file of a whole week person 0 is on line 2, and so on.
        """
        gone = 0
        with duckdb.connect() as connection:
            for load in (each for each in read_loads(self.store) if each.object == "feedback"):
                paths = [str(self.store.landing / file) for file in load.files]
                answers = next(path for path in paths if "hubspot__feedback" in path)
                found = connection.execute(
                    "select record_key from read_parquet($path) where line - 2 between $first and $last",
                    {"path": answers, "first": people[0], "last": people[-1]},
                ).fetchall()
                keys = [key for (key,) in found]
                for path in paths:
                    kept = connection.sql(
                        "select * from read_parquet($path) where not list_contains($keys::varchar[], record_key)",
                        params={"path": path, "keys": keys},
                    ).pl()
                    kept.write_parquet(path)
                gone += len(keys)
        return gone


def contacts(
    people: Iterable[int], modified: str = "2026-01-05 09:00", merged: dict[int, int] | None = None
) -> str:
    """An export of contacts; `merged`: survivor -> who was merged into it."""
    gone = {survivor: number(other) for survivor, other in (merged or {}).items()}
    head = "Record ID,Email,Create Date,Last Modified Date,Merged record IDs,Customer group\n"
    rows = (
        f"{number(each)},p{each}@example.com,2025-01-01 08:00,{modified},{gone.get(each, '')},{segment(each)}\n"
        for each in people
    )
    return head + "".join(rows)


def number(person: int) -> int:
    """HubSpot's number of a person; it counts from one."""
    return person + 1


def segment(person: int) -> str:
    return "gold" if person < PEOPLE // 2 else "silver"


def feedback(answers: Iterable[Answer]) -> str:
    """An export of the recommendation survey: response, contact, rating, time."""
    head = "Response ID,Survey Type,Rating,Submission Date,Survey Channel,Contact ID\n"
    return head + "".join(
        f"{key},NPS,{rating},{at},email,{number(person)}\n" for key, person, rating, at in answers
    )


def week_of_answers(monday: str, people: Iterable[int], shift: int = 0, prefix: str = "r") -> list[Answer]:
    """One answer a person, spread over the days of a week: ratings 2 to 10 by turns."""
    first = datetime.fromisoformat(monday)
    return [
        (
            f"{prefix}{first:%m%d}-{each}", each, 2 + (each * 7 + shift) % 9,
            f"{first + timedelta(days=each % 7, hours=9):%Y-%m-%d %H:%M}",
        )
        for each in people
    ]  # fmt: skip
