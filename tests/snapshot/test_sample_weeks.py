"""The sample company's last weeks, each frozen on its Monday: rebuilt to its hash, and told apart from the next."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import workspace
from pipelines.door.pseudonym import read_key
from pipelines.publish import run_once
from pipelines.settings import Settings, load_settings
from pipelines.snapshot import verify
from pipelines.snapshot.freezing import freeze
from pipelines.snapshot.ledger import restatement
from pipelines.snapshot.parts import CAUSES, FEWEST
from pipelines.snapshot.rebuilding import rebuild
from pipelines.store import Store

MONDAYS = ("2026-11-02T05:30", "2026-11-09T05:30", "2026-11-16T05:00")
MOST_BYTES_A_WEEK = 2_000_000


def at(settings: Settings, moment: str) -> Settings:
    stopped = settings.company.model_copy(update={"as_of": datetime.fromisoformat(moment)})
    return settings.model_copy(update={"company": stopped})


@pytest.mark.endure
def test_every_week_of_the_sample_company_is_rebuilt_and_every_restatement_adds_up(tmp_path: Path) -> None:
    settings = load_settings(workspace.create_sample(tmp_path / "sample"))
    assert run_once(settings).outcome == "published"
    store = Store(settings.store)
    weeks = [freeze(at(settings, monday), store) for monday in MONDAYS]
    assert [week.iso_week for week in weeks] == ["2026-W44", "2026-W45", "2026-W46"]
    for week in weeks:
        assert verify(week, read_key(settings.key_file)) == []
        assert rebuild(week, store).differences == []
    for week in weeks[1:]:
        files = [path for path in week.path.rglob("*") if path.is_file() and path.stat().st_nlink == 1]
        assert sum(path.stat().st_size for path in files) < MOST_BYTES_A_WEEK
    for earlier, later in (
        (weeks[0], weeks[1]),
        (weeks[1], weeks[2]),
        (weeks[0], weeks[2]),
        (weeks[1], None),
    ):
        ledger = restatement(settings, store, earlier, later)
        assert ledger.height > 0
        told = ledger.filter(pl.col("was").is_not_null())
        assert told.height > 0
        for row in told.iter_rows(named=True):
            parts = sum(row[cause] for cause in CAUSES)
            assert parts == pytest.approx(row["is_now"] - row["was"], abs=1e-10)
            assert row["code"] == row["changed_definition"] == 0
            assert len(row["parts"]) <= 1 or all(part["n"] >= FEWEST for part in row["parts"])
