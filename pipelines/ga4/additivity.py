"""Refuses queries that add up users, visits or rates: their sum is no figure.

Google estimates users and visits anew for every period and combination: who comes on two days is one user of the week,
and a visit that goes on after midnight is one visit. Summed over days, weeks, pages or channels such figures come out
too high, by a few in a hundred or by half. Counts of events do add up, over periods of one grain that do not overlap.
That stops mistakes, not deceit: what a measure in Python does with a figure is not seen.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from pipelines.engine.graph import Model, QueryError, place
from pipelines.ga4.figures import NEVER, NONE, Figure, Guide, Mark, Relation, Rows
from pipelines.ga4.follow import Finding, Follower, Scope
from pipelines.ga4.reports import ADDITIVE, Report, column_name
from pipelines.questions import QuestionFile

SHARES_OF_EVENTS = frozenset(("helpful", "search_found", "reached_human", "form_finished"))
"""Of the shares in web_share, those whose n and successes count events."""

KEPT_APART = ("kpi_cell",)
"""From here on it is the clock of a KPI that keeps weeks apart: one that counts people has a clock of one week, as the
check visitors_are_counted_over_one_week makes sure."""

_ROWS: Rows = frozenset((1,))
_COUNTS = frozenset(map(column_name, ADDITIVE))
_PERIOD: dict[str, Mark] = {
    "grain": Guide("grain", _ROWS),
    "period_start_on": Guide("period", _ROWS),
    "period_end_on": Guide("period", _ROWS),
    "window_start_on": Guide("period", _ROWS),
    "window_end_on": Guide("period", _ROWS),
}
_BY_METRIC: dict[str, Mark] = {
    "report": Guide("report", _ROWS), "metric": Guide("metric", _ROWS, _COUNTS), "is_additive": Guide("adds up", _ROWS),
}  # fmt: skip
_BY_SHARE: dict[str, Mark] = {
    "share": Guide("share", _ROWS, SHARES_OF_EVENTS), "is_additive": Guide("adds up", _ROWS),
}  # fmt: skip

_LONG: dict[str, tuple[tuple[str, ...], dict[str, Mark]]] = {
    "landing.ga4__said": (("value",), _BY_METRIC),
    "landing.ga4__total": (("rows_total", "api_total"), _BY_METRIC),
    "staged.web_period": (("value",), _BY_METRIC),
    "web_period": (("value",), _BY_METRIC),
    "web_said": (("value",), _BY_METRIC),
    "web_share_cell": (("n", "successes"), _BY_SHARE),
}
"""Tables of one row per metric or share: their figures, and the columns that tell which of them add up."""


def refuse_sums(
    models: Iterable[Model], questions: Iterable[QuestionFile], reports: Mapping[str, Report]
) -> None:
    """Stop at sums and means of what does not add up, and at sums over grains that contain each other.

    Raises:
        QueryError: every place, one a line, with what to read instead.
    """
    tables = _followed(tuple(models), tuple(reports.values()))
    found = [
        f"{place(model)}: {_says(finding, reports)}"
        for model in (*tables.models.values(), *(question.model for question in questions))
        for finding in _found(tables, model)
    ]
    if found:
        raise QueryError("\n".join(found))


@lru_cache(maxsize=8)
def _followed(models: tuple[Model, ...], reports: tuple[Report, ...]) -> "_Tables":
    """Every table, with all its queries followed: nothing in it changes any more."""
    tables = _Tables(models, reports)
    for model in tables.models.values():
        tables.read(model)
    return tables


@lru_cache(maxsize=1024)
def _found(tables: "_Tables", model: Model) -> tuple[Finding, ...]:
    """What a query of these tables, or one that nothing reads, adds up and must not."""
    if tables.models.get(model.table) == model:
        return tuple(tables.read(model).findings.values())
    follower = Follower(tables.relation)
    follower.relation(model.tree, Scope())
    return tuple(follower.findings.values())


class _Tables:
    """The marked columns of every table, worked out when they are asked for."""

    def __init__(self, models: Iterable[Model], reports: Iterable[Report]) -> None:
        self.models = {model.table: model for model in models}
        self._relations = {f"landing.{report.table}": _wide(report) for report in reports}
        self._relations |= {name: _long(name, self.models.get(name)) for name in _LONG}
        for model in self.models.values():
            if model.header.feeds == "web_period":
                self._relations[model.table] = _long("staged.web_period", model, model.table)
        self._read: dict[str, Follower] = {}

    def relation(self, table: str) -> Relation:
        """The marked columns of a table; of one that reads itself in a circle none, which is refused elsewhere."""
        if table not in self._relations and table in self.models:
            self._relations[table] = Relation()
            self.read(self.models[table])
        return self._relations.get(table, Relation())

    def read(self, model: Model) -> Follower:
        """A query as it was followed, with what was found."""
        if model.table not in self._read:
            follower = self._read[model.table] = Follower(self.relation)
            relation = follower.relation(model.tree, Scope())
            is_given = model.table in _LONG or model.header.feeds == "web_period"
            if not is_given and model.table not in KEPT_APART:
                self._relations[model.table] = relation
        return self._read[model.table]


def _wide(report: Report) -> Relation:
    """Of a report as it landed: one column per metric."""
    marks: dict[str, Mark] = {name: _PERIOD[name] for name in ("grain", "period_start_on", "period_end_on")}
    for column in report.metric_columns.values():
        loose = NONE if column in _COUNTS else NEVER
        marks[column] = Figure(f"{column} of landing.{report.table}", loose, _ROWS)
    dimensions, metrics = report.dimension_columns.values(), report.metric_columns.values()
    names = ("property_id", "grain", "period_start_on", "period_end_on", *dimensions, *metrics)
    return Relation(marks, (*names, "load_id", "received_at", "pulled_at", "currency"))


def _long(name: str, model: Model | None, called: str = "") -> Relation:
    """Of a table of one row per metric or share."""
    values, guides = _LONG[name]
    columns = tuple(column.lower() for column in model.tree.named_selects) if model else None
    marks: dict[str, Mark] = {
        **_PERIOD, **guides, **{value: Figure(f"{value} of {called or name}", _ROWS, _ROWS, _ROWS) for value in values},
        "people": Figure(f"people of {called or name}", NEVER, _ROWS),
    }  # fmt: skip
    if columns is not None:
        marks = {column: mark for column, mark in marks.items() if column in columns}
    return Relation(marks, columns)


def _says(finding: Finding, reports: Mapping[str, Report]) -> str:
    part, origin = finding.part.sql("duckdb"), finding.figure.origin
    if finding.fault == "several":
        return (
            f"`{part}` adds up {origin} over several reports or shares: what one counts, others count too. Keep to "
            "one, such as `report = 'care_events'`, or group by it."
        )
    if finding.fault == "mixed":
        return (
            f"`{part}` adds up {origin} over several grains: a day is in its week, in its month and in four rolling 28 "
            "days, and would count in each. Keep to one grain whose periods do not overlap, such as `grain = 'day'`, "
            "or group by grain, period_start_on and period_end_on."
        )
    return (
        f"`{part}` adds up {origin}. Users, visits and rates do not add up over days, weeks, pages or channels: who "
        "comes on two days is one user of the week. Google tells them for every grain, so read the one you mean: "
        f"{_where(finding.part, reports)}. What counts events does add up: keep to it with `is_additive`, "
        "`metric = 'event_count'` or, in web_share, `share = 'helpful'`, and to one grain. To turn rows into columns "
        "write `max(value) filter (where metric = …)`; to weigh groups, weigh them by what they are of, in Python."
    )


def _where(part: object, reports: Mapping[str, Report]) -> str:
    """The reports that tell a metric, those without dimensions first; all that tell users where none is named."""
    text = str(part)
    named = {c for r in reports.values() for c in r.metric_columns.values() if c in text and c not in _COUNTS}
    telling = [r for r in reports.values() if (named or {"active_users"}) & set(r.metric_columns.values())]
    telling.sort(key=lambda report: (len(report.dimensions), report.name))
    told = [f"{report.name} ({', '.join(report.grains)})" for report in telling[:2]]
    return f"in web_kpi, report {' or '.join(told)}" if told else "in web_kpi, by its grain"
