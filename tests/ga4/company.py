"""A company that asks a Google Analytics, for tests: its reports, its pulls, and what queries then read."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import workspace
from pipelines.door.land import read_loads
from pipelines.engine.duck import open_engine
from pipelines.ga4.pull import pull
from pipelines.ga4.record import PullRecord
from pipelines.ga4.reports import load_reports
from pipelines.ga4.tables import register_web
from pipelines.settings import GA4, Settings, load_settings
from pipelines.store import Store

DAILY = "question: How many?\nowner: us\ngrains: [day]\nmetrics: [activeUsers, sessions]\n"
PAGES = (
    "question: Which pages?\nowner: us\ngrains: [day]\ndimensions: [pagePath]\n"
    "metrics: [screenPageViews, activeUsers]\n"
)
ROLLING = "question: How many?\nowner: us\ngrains: [rolling_28_days, week]\nmetrics: [activeUsers]\n"
COHORTS = (
    "question: Who stays?\nowner: us\ngrains: [cohort_week]\ndimensions: [cohortNthWeek]\n"
    "metrics: [cohortActiveUsers, cohortTotalUsers]\n"
)

Tables = dict[str, list[tuple[Any, ...]]]


class Company:
    """A workspace with reports of its own, and only those are asked for."""

    def __init__(self, folder: Path, ga4: GA4, zone: str = "Europe/Zurich", **reports: str) -> None:
        config = workspace.create(folder)
        (folder / "queries" / "ga4").mkdir(parents=True)
        for name, text in reports.items():
            (folder / "queries" / "ga4" / f"{name}.yaml").write_text(text)
        settings = load_settings(config)
        ours = {"ga4": ga4.model_copy(update={"reports": tuple(reports), "audiences": ()})}
        self.settings = settings.model_copy(
            update={
                "company": settings.company.model_copy(update={"time_zone": zone}),
                "sources": settings.sources.model_copy(update=ours),
            }
        )
        self.store = Store(self.settings.store)

    def at(self, moment: datetime) -> Settings:
        """The settings when it was that time, in naive UTC."""
        return self.settings.model_copy(
            update={"company": self.settings.company.model_copy(update={"as_of": moment})}
        )

    def ask(self, **ga4: Any) -> None:
        """Change [sources.ga4]."""
        asked = self.settings.ga4
        assert asked is not None
        sources = self.settings.sources.model_copy(update={"ga4": asked.model_copy(update=ga4)})
        self.settings = self.settings.model_copy(update={"sources": sources})

    def pull(self, moment: datetime, **more: Any) -> PullRecord:
        """Pull at that time, without waiting after server errors."""
        return pull(self.at(moment), self.store, **{"pauses": (0.0, 0.0), **more})

    def tables(self, as_of: datetime = datetime.max) -> Tables:
        """Every table and view of Google Analytics -> its rows, sorted."""
        loads = [load for load in read_loads(self.store) if load.received_at <= as_of]
        reports = load_reports([self.settings.workspace / "queries"])
        with open_engine("UTC") as connection:
            names = register_web(connection, self.store, loads, reports, as_of)
            return {name: sorted(connection.execute(f"from {name}").fetchall(), key=repr) for name in names}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds in them."""
        reports = load_reports([self.settings.workspace / "queries"])
        with open_engine("UTC") as connection:
            register_web(connection, self.store, read_loads(self.store), reports, datetime.max)
            found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return found
