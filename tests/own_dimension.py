"""A company with a dimension of its own: plans that lie within its customer groups, one of them too small to show.

One customer has a plan of the other group, and answered once, months ago. Six colleagues look after all of them.
"""

import os
from datetime import datetime
from pathlib import Path

from pipelines import workspace
from pipelines.publish import run_once
from pipelines.settings import load_settings

AS_OF = "2026-11-16T05:00:00Z"
WEEK = "2026-W46"
PLANS = {"Gold": 60, "Silver": 46, "Trial": 7, "Basic": 14}
PRIVATE = ("Gold", "Silver", "Trial")
SETTINGS = """
[mapping.hubspot]
"Customer group" = "segment"

[dimensions]
customer_plan = "hubspot:Plan"
brand = "hubspot:Brand"
reference = "hubspot:Reference"
looked_after = "hubspot:Looked after by"
"""
COLLEAGUES = ("Anna Müller", "Beat Meier", "Carla Huber", "Dieter Keller", "Eva Frei", "Franz Graf")
PEOPLE = [plan for plan, people in PLANS.items() for _ in range(people)]


STRAY = len(PEOPLE) + 1


def contacts() -> str:
    """One contact a person; the reference is another text for each."""
    groups = [(plan, "Private" if plan in PRIVATE else "Business") for plan in PEOPLE] + [
        ("Gold", "Business")
    ]
    rows = (
        f"{number},p{number}@example.com,2025-01-01 08:00,{group},{plan},Person {number},{COLLEAGUES[number % 6]}\n"
        for number, (plan, group) in enumerate(groups, 1)
    )
    return "Record ID,Email,Create Date,Customer group,Plan,Reference,Looked after by\n" + "".join(rows)


def feedback() -> str:
    """Everybody answers once, in the last closed week; the one of another group in June."""
    rows = [
        f"r{number},NPS,{2 + number * 7 % 9},2026-11-{9 + number % 7:02} 09:00,email,{number}\n"
        for number in range(1, STRAY)
    ]
    rows.append(f"r{STRAY},NPS,9,2026-06-10 09:00,email,{STRAY}\n")
    return "Response ID,Survey Type,Rating,Submission Date,Survey Channel,Contact ID\n" + "".join(rows)


def make(folder: Path) -> Path:
    """Its workspace, published; returns the folder."""
    config = workspace.create(folder)
    text = config.read_text(encoding="utf-8").replace("[company]\n", f'[company]\nas_of = "{AS_OF}"\n', 1)
    config.write_text(text + SETTINGS, encoding="utf-8")
    arrived = datetime.fromisoformat(AS_OF).timestamp() - 3600
    for name, content in (("contacts.csv", contacts()), ("feedback.csv", feedback())):
        path = folder / "inbox" / name
        path.write_text(content, encoding="utf-8")
        os.utime(path, (arrived, arrived))
    record = run_once(load_settings(config))
    assert (record.outcome, record.refused, record.failed_checks) == ("published", [], [])
    return folder
