"""A small sample company, generated once, and the files of a drop as a reader meets them."""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

COMMITTED = ROOT / "sample_data"
CUSTOMERS = 300


@dataclass(frozen=True)
class Found:
    """One file that a drop holds: the name it was booked under and its bytes."""

    drop: str
    file: str
    content: bytes

    @property
    def text(self) -> str:
        """Decoded as its vendor writes: Salesforce in cp1252, all others in UTF-8."""
        return self.content.decode("cp1252" if "WE_" in self.file else "utf-8-sig")

    def table(self) -> list[list[str]]:
        """The records of a CSV, header included."""
        return list(csv.reader(io.StringIO(self.text, newline="")))


def files_in(drops: Path) -> Iterator[Found]:
    """Every file of every drop; a ZIP that the generator made counts as the one file in it."""
    for path in sorted(path for path in drops.rglob("*") if path.is_file()):
        day = path.parent.name
        if not zipfile.is_zipfile(path):
            yield Found(day, path.name, path.read_bytes())
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                booked = f"{path.name}/{name}" if path.name.startswith("WE_") else path.name
                yield Found(day, booked, archive.read(name))


@dataclass(frozen=True)
class Company:
    """A generated sample company."""

    folder: Path

    @property
    def truth(self) -> dict[str, Any]:
        """What truth.json says."""
        return dict(json.loads((self.folder / "truth.json").read_text(encoding="utf-8")))

    def files(self, part_of_name: str = "") -> list[Found]:
        """Its files, in the order of the drops, whose booked name contains a text."""
        return [found for found in files_in(self.folder / "drops") if part_of_name in found.file]


@pytest.fixture(scope="session")
def write_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Company]:
    """Generates a company into a folder of its own."""
    from sample_data.generate import generate

    def write(**arguments: Any) -> Company:
        folder = tmp_path_factory.mktemp("company")
        generate(folder, **{"customers": CUSTOMERS, **arguments})
        return Company(folder)

    return write


@pytest.fixture(scope="session")
def small(write_company: Callable[..., Company]) -> Company:
    """300 customers, the default seed."""
    return write_company()


@pytest.fixture(scope="session")
def committed() -> Company:
    """The company that is in the repository."""
    return Company(COMMITTED)
