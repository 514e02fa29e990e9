"""Exports of every source in which every cell that may tell of a person is a canary."""

import csv
import io
import json
from dataclasses import dataclass, field

from pipelines.door.profile import SURVEY_ITEMS, Column, Profile
from pipelines.sources import all_profiles

EXPORTS = tuple(profile for profile in all_profiles() if profile.source != "journal")
MARK = "canary"
TIME, TIME_WITH_OFFSET = "2026-11-02 08:00:00", "2026-11-02 08:00:00 +0100"
GOOD = {
    "integer": "1",
    "decimal": "1",
    "number": "0.5",
    "boolean": "true",
    "duration": "00:01:00",
    "date": "2026-11-02",
    "text": "plain",
}
CUSTOM_IDS = {"360000358316": "customer_id", "360000358317": "human_requested_at", "360000358318": "topic"}


@dataclass
class Canaries:
    """One canary per cell; each is told apart by its number, and telephone numbers by their digits."""

    planted: int = 0
    phones: list[str] = field(default_factory=list)

    def sing(self, column: Column, kind: str | None = None) -> str:
        self.planted += 1
        n = self.planted
        match kind or column.token:
            case "email":
                return f"{MARK}.{n}@example.com"
            case "phone":
                self.phones.append(f"41795{n:06}")
                return f"+{self.phones[-1]}"
            case "ga4_client_id":
                self.phones.append(f"18437{n:06}.1714291234")
                return f"GA1.1.{self.phones[-1]}"
            case None:
                return f"{MARK} {n} O'Neil"
        return f"{MARK}{n:06}"


def mapped(profile: Profile) -> dict[str, Column]:
    """Label -> column, for all that a company may map of this export."""
    columns = {
        f"Mapped {c.name}": c for c in profile.mappable if c.name not in {x.name for x in profile.columns}
    }
    if profile.answers:
        columns |= {f"QID_{item}": Column(item, (), kind="decimal") for item in SURVEY_ITEMS}
    return columns


def mapping(profiles: tuple[Profile, ...]) -> str:
    lines = []
    for source in sorted({profile.source for profile in profiles} - {"zendesk"}):
        labels = {label: c.name for p in profiles if p.source == source for label, c in mapped(p).items()}
        if labels:
            lines += [f"[mapping.{source}]", *(f'"{label}" = "{name}"' for label, name in labels.items())]
    lines += ["[mapping.zendesk]", *(f'{identifier} = "{name}"' for identifier, name in CUSTOM_IDS.items())]
    return "\n".join(lines) + "\n"


def good(column: Column, profile: Profile, canaries: Canaries) -> str:
    if column.values:
        return "email" if column.name == "customer_kind" else next(iter(column.values))
    if column.token_kind_from:
        return canaries.sing(column, "email")
    if column.lookup:
        return canaries.sing(column, "ga4_client_id" if column.lookup == "ga4_client_id" else "customer_id")
    if column.personal or column.token:
        return canaries.sing(column)
    if column.kind == "timestamp":
        return TIME_WITH_OFFSET if profile.formats == ("%Y-%m-%d %H:%M:%S %z",) else TIME
    if column.between:
        return "1" if column.kind == "integer" else "0.5"
    return {"status": "0", "finished": "1", "survey_type": "NPS"}.get(column.name, GOOD[column.kind])


def table(profile: Profile, canaries: Canaries) -> list[list[str]]:
    """A header and rows: one good, the same again, one broken per rule, one too short, all full of canaries."""
    columns = {column.labels[0]: column for column in profile.columns if column.labels} | mapped(profile)
    labels = [*columns, f"{MARK} column of a customer"]

    def row() -> list[str]:
        return [
            *(good(column, profile, canaries) for column in columns.values()),
            canaries.sing(Column("x", ())),
        ]

    rows = [row()]
    rows.append(list(rows[0]))
    for place, column in enumerate(columns.values()):
        if column.kind != "text" or column.values:
            broken = row()
            broken[place] = canaries.sing(Column("x", ()))
            rows.append(broken)
    rows += [row()[:-2], [*row(), canaries.sing(Column("x", ()))]]
    return [labels, *rows]


def written(rows: list[list[str]], profile: Profile) -> str:
    labels, *rest = rows
    header = [labels]
    if profile.source == "qualtrics":
        header = [labels, labels, [json.dumps({"ImportId": label}) for label in labels]]
    if profile.source == "surveymonkey":
        header = [labels, ["", *["Response"] * (len(labels) - 1)]]
    text = io.StringIO()
    csv.writer(text).writerows([*header, *rest])
    return text.getvalue()


def tickets(canaries: Canaries) -> str:
    """Zendesk's lines: good, the same again, without a time, torn off, no object."""

    def sing() -> str:
        return canaries.sing(Column("x", ()))

    def ticket(number: int, created: str) -> str:
        return json.dumps(
            {
                "id": f"{MARK}{number}",
                "via": {"channel": "chat"},
                "created_at": created,
                "updated_at": "2026-11-02T08:00:00Z",
                "subject": sing(),
                "description": sing(),
                "status": "closed",
                "requester_id": f"{MARK}{number}",
                "requester": {"name": sing(), "email": canaries.sing(Column("x", ()), "email")},
                "assignee_id": sing(),
                "tags": [sing()],
                "custom_fields": [
                    {"id": 360000358316, "value": sing()},
                    {"id": 360000358318, "value": "Delivery"},
                    {"id": 360000358399, "value": sing()},
                ],
                "satisfaction_rating": {"score": "good", "comment": sing()},
                "metric_set": None,
                sing(): sing(),
            }
        )

    lines = [ticket(1, "2026-11-02T08:00:00Z"), ticket(2, sing()), f'{{"id": "{sing()}', f'["{sing()}"]']
    return "\n".join([lines[0], *lines]) + "\n"


def ratings(canaries: Canaries) -> str:
    """Delighted's lines: good, the same again, without a time, torn off, no object."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    def rating(created: int | str) -> str:
        return json.dumps(
            {
                "id": sing("customer_id"),
                "person": {"id": sing("customer_id"), "name": sing(), "email": sing("email"),
                           "phone_number": sing("phone"), sing(): sing()},
                "survey_type": "nps",
                "score": 9,
                "comment": sing(),
                "permalink": f"https://{sing('customer_id')}.example",
                "created_at": created,
                "updated_at": None,
                "person_properties": {"customer_id": sing("customer_id"), sing(): sing()},
                "notes": [{"text": sing(), "user_email": sing("email")}],
                "tags": [sing()],
                "additional_answers": [{"value": {"free_response": sing()}, "question": {"text": sing()}}],
                sing(): sing(),
            }
        )  # fmt: skip

    lines = [rating(1793606400), rating(sing()), f'{{"id": "{sing()}', f'["{sing()}"]']
    return "\n".join([lines[0], *lines]) + "\n"


def events(canaries: Canaries) -> str:
    """BigQuery's lines: good, the same again, one more without consent, without a time, torn off."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    def event(micros: str, client: str | None) -> str:
        page = f"https://{MARK}.example/help/{sing('email')}?name={sing()}&email={sing('email')}&q={sing()}#{sing()}"
        params = {"page_location": page, "page_title": sing(), "search_term": sing(), "transaction_id": sing(),
                  "ga_session_id": sing(), "helpful": "yes", sing(): sing()}  # fmt: skip
        return json.dumps(
            {
                "event_date": "20261102",
                "event_timestamp": micros,
                "event_name": "was_this_helpful",
                "event_params": [{"key": k, "value": {"string_value": v}} for k, v in params.items()],
                "user_id": sing("customer_id"),
                "user_pseudo_id": client,
                "user_properties": [{"key": sing(), "value": {"string_value": sing()}}],
                "ecommerce": {"transaction_id": sing()},
                "collected_traffic_source": {"gclid": sing()},
                sing(): sing(),
            }
        )

    client = sing("ga4_client_id").removeprefix("GA1.1.")
    lines = [event("1793606400000000", client), event("1793606401000000", None), event(sing(), client)]
    return "\n".join([lines[0], *lines, f'{{"user_id": "{sing()}'] * 2) + "\n"


def interface(canaries: Canaries) -> str:
    """A report of the interface: pages with addresses, numbers and names in them, a row too short."""

    def sing(kind: str | None = None) -> str:
        return canaries.sing(Column("x", ()), kind)

    pages = [f"/reset?email={sing('email')}", f"/a/{sing('email')}/b", f"/call/{sing('phone')}", f"/a?q={sing()}",
             f"/user/{sing('customer_id')}/orders", f"/b?visit={sing('ga4_client_id')}"]  # fmt: skip
    rows = [f'"{page}",{views},{views}' for views, page in enumerate(pages, start=1)]
    head = "# ------\n# Pages and screens\n# Property: Shop\n# ------\n# All Users\n# Start date: 20261026\n"
    head += "# End date: 20261101\nPage path + query string,Views,Active users\n"
    return head + "\n".join([*rows, *rows, f"{sing()},x,{sing()}", sing()]) + "\n"


RUN = """
import logging, pathlib, sys
logging.basicConfig(level=logging.DEBUG)
from pipelines.publish import run_once
from pipelines.settings import load_settings
print(run_once(load_settings(pathlib.Path(sys.argv[1])), progress=print))
"""


UNLIKE_TABLES = {
    "zendesk__ticket.ndjson": ("zendesk__ticket.ndjson", tickets),
    "delighted__response.ndjson": ("delighted__response.ndjson", ratings),
    "ga4__event": (f"events {MARK}@example.com.json", events),
    "ga4__cell": ("interface.csv", interface),
}
"""By what they are, and by their layout where another layout is a table."""
