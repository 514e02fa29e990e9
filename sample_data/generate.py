"""Writes the sample company: what a believable shop's systems export in 24 months, and the truth behind it.

python sample_data/generate.py [--customers 5000] [--seed 20] [--months 24] [--out sample_data] [--plain]
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sample_data.clock import Clock
from sample_data.drops import write_drops
from sample_data.files import Outbox
from sample_data.settings import settings_text
from sample_data.truth import truth
from sample_data.vendors import careful
from sample_data.world import World


def generate(
    out: Path, customers: int = 5_000, seed: int = 20, months: int = 24, plain: bool = False
) -> None:
    """Writes careful.toml, rates.csv, drops/ and truth.json into `out`; the same bytes for the same arguments.

    Args:
        customers: how many people have become customers by the sample's clock. months: history before the
            first drop. plain: no file is zipped, except the Salesforce archives, and there is no website to ask.
    """
    clock = Clock(months)
    world = World(seed, clock, customers)
    drops, unfinished = out / "drops", out / ".drops.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    outbox = Outbox(unfinished, plain)
    write_drops(world, outbox)
    shutil.rmtree(drops, ignore_errors=True)
    unfinished.rename(drops)
    (out / "careful.toml").write_text(settings_text(customers, seed, months, not plain), encoding="utf-8")
    opens = clock.opens_on
    (out / "rates.csv").write_text(
        careful.rates((opens.year, opens.month), months + 3).write_csv(), encoding="utf-8"
    )
    (out / "truth.json").write_text(
        json.dumps(truth(world, outbox.ledger, not plain), indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the sample company.")
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--months", type=int, default=24, choices=range(12, 37), metavar="12-36")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--plain", action="store_true", help="zip nothing, no website (for measuring)")
    given = parser.parse_args()
    if given.customers < 100:
        parser.error(f"--customers {given.customers}: at least 100, or there is nobody in some segments.")
    given.out.mkdir(parents=True, exist_ok=True)
    generate(given.out, given.customers, given.seed, given.months, given.plain)


if __name__ == "__main__":
    main()
