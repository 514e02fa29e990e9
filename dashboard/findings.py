"""What an answer says, in plain sentences: the takeaway, what is hidden or not over, what it is compared with.

Nothing here judges: it says figures and ranges, and leaves "better" to the numbers that are watched for false alarms.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dashboard import figures, words
from pipelines.questions.answer import Answer, AnsweredColumn

BEFORE = {"prior_week": "the period before", "same_weeks_last_year": "the same weeks a year before"}
_RULES = {
    "columns": "its columns need not be as declared",
    "star": "it may end in `select *`",
    "additivity": "it may add up what does not add up",
    "purpose": "it may call a time a success",
    "ratio": "it may divide without a guard",
    "range": "an estimate may stand without its range",
    "golden": "it needs no golden test",
    "golden_empty": "no test tries an empty period",
    "golden_partial": "no test tries a period that is not over",
    "slow": "it may be slow",
}


def takeaway(answer: Answer) -> str:
    """What the answer comes to, without a verdict; also what is read out instead of the picture."""
    leading = figures.leading(answer)
    if answer.frame.is_empty():
        return "Nothing came out." if not answer.hidden else "Nothing that may be shown came out."
    if leading is None:
        return f"{words.plural(answer.frame.height, 'row')}."
    rows = last_whole(answer, answer.frame.filter(pl.col(leading.name).is_not_null()))
    if rows.is_empty():
        return "No figure came out."
    name = figures.label(answer, leading)
    when = f"{_when(answer, rows[answer.period][0])}: " if answer.period else ""
    moves = "" if not unfinished_rows(answer, rows).any() else " It may still move."
    if rows.height == 1:
        told = _figure(answer, leading, rows.row(0, named=True))
        return f"{when or f'{name}: '}{told}.{moves}"
    groups = [each for each in answer.question.header.grain if each != answer.period and each in rows.columns]
    ranked = rows.sort(leading.name, maintain_order=True)
    low, high = (_figure(answer, leading, ranked.row(at, named=True), groups) for at in (0, -1))
    many = words.plural(rows.height, "group" if groups else "row")
    return f"{when}{name}, {many}, from {low} to {high}.{moves}"


def last_whole(answer: Answer, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the last period that is over, or of the last one if none is; all rows where there are no periods."""
    if answer.period is None or rows.is_empty():
        return rows
    if "maturity" in rows.columns:
        over = rows.filter((pl.col("maturity") != "partial").fill_null(value=True))
    else:
        over = rows.filter(~unfinished_rows(answer, rows))
    some = over if over.height else rows
    return some.filter(pl.col(answer.period) == some[answer.period].max())


def unfinished_rows(answer: Answer, frame: pl.DataFrame) -> pl.Series:
    """Whether each row is of a period that is not final."""
    if "maturity" in frame.columns:
        return (frame["maturity"] != "final").fill_null(value=False)
    if answer.period is None or answer.partial_from is None:
        return pl.repeat(value=False, n=frame.height, eager=True)
    return (frame[answer.period] >= answer.partial_from).fill_null(value=False)


def unfinished(answer: Answer) -> str:
    """From when on figures are dashed, and why; empty if all is final."""
    if answer.period is None or answer.partial_from is None or answer.frame.is_empty():
        return ""
    found = set(answer.frame["maturity"].unique()) if "maturity" in answer.frame.columns else {"partial"}
    since = figures.period(answer, answer.partial_from)
    moves, is_open = "provisional" in found, "partial" in found
    why = "figures may still move" if moves else ""
    last = "the last period is not over" if is_open else ""
    return f"Not final from {since} on (drawn dashed or open): {' and '.join(filter(None, (why, last)))}."


def hidden(answer: Answer) -> str:
    """How many rows are left out because too few people are in them; empty if none are."""
    if not answer.hidden:
        return ""
    every = answer.hidden + answer.frame.height
    verb = "is" if answer.hidden == 1 else "are"
    least = answer.minimum_n
    own = {c.minimum_n for c in answer.question.header.columns.values() if c.minimum_n} - {least}
    few = f"fewer than {least}" if not own else "too few"
    return f"{words.count(answer.hidden)} of {words.plural(every, 'row')} {verb} not shown: {few} in it."


def compared(answer: Answer) -> list[str]:
    """What the declared comparisons say of the last period that is final; of several groups, a table says it."""
    return [told for kind in answer.comparisons for told in _compared(answer, kind)]


def is_one_series(answer: Answer) -> bool:
    """Whether there is one row a period, so that a sentence can say how it compares."""
    return answer.period is not None and last_whole(answer, answer.frame).height <= 1


def allowances(answer: Answer) -> list[tuple[str, bool]]:
    """Every rule that the header excuses the question from, in words, and whether that has ended."""
    today = answer.as_of.date()
    return [
        (
            f"{'Until' if today <= each.until else 'No longer allowed since'} {words.short_day(each.until)} "
            f"{_RULES[each.rule]}: {each.because.rstrip('.')}.",
            today > each.until,
        )
        for each in answer.question.header.allow
    ]


def marks(answer: Answer) -> list[str]:
    """What must stand beside the answer wherever it goes: a sample company, a draft, a definition of one's own."""
    question = answer.question
    said = []
    if answer.is_sample:
        said.append("Sample company: nobody in it exists")
    if question.is_draft:
        said.append("Draft: no golden test says what must come out")
    if question.replaces:
        said.append("The company's own, in place of the product's question")
    elif question.source == "company":
        said.append("The company's own question")
    if answer.unranged and not question.header.is_excused("range"):
        said.append(f"No range could be made of {words.listed(list(answer.unranged))}")
    if question.header.verified:
        verified = question.header.verified
        checked = f"{verified.by} on {words.short_day(verified.checked_on)}"
        said.append(
            f"Verified by {checked}"
            if question.is_verified
            else f"No longer verified: changed since it was checked by {checked}"
        )
    return said


def facts(answer: Answer, zone: str = "UTC") -> dict[str, str]:
    """All that a figure needs to be understood without the page: the small print of files and pictures.

    Args:
        zone: the company's clock.
    """
    header = answer.question.header
    found = {
        "question": header.question,
        "definition": " ".join((header.definition or header.question).split()),
        "filters": filters(answer),
        "owner": header.owner,
        "source": source(answer),
        "data_through": _moment(answer.data_through, zone) if answer.data_through else "not known",
        "as_of": _moment(answer.as_of, zone),
        "build": answer.build_id,
        "definition_hash": answer.question.definition_hash,
        "state": ". ".join(marks(answer)),
        "not_shown": hidden(answer),
        "not_final": unfinished(answer),
        "allowed": " ".join(told for told, _ in allowances(answer)),
        "ranges": "95 %; a range holds the true figure 19 times in 20" if answer.estimates else "",
    }
    return {name: told for name, told in found.items() if told}


def source(answer: Answer) -> str:
    """Where the figures come from, in words if the header says it."""
    tables = sorted(answer.question.model.inputs)
    return answer.question.header.source or f"the table{'s' * (len(tables) > 1)} {words.listed(tables)}"


def filters(answer: Answer) -> str:
    """What the question was asked with: `segment = Family`; `none` where it takes nothing."""
    return ", ".join(f"{name} = {value}" for name, value in answer.params.items()) or "none"


def _when(answer: Answer, value: Any) -> str:
    told = figures.period(answer, value)
    header = answer.question.header
    if header.kpi and max(header.clock_weeks) > 1:
        return f"In the weeks up to {told}"
    return words.capital(told) if isinstance(value, date) else f"In {told}"


def _figure(
    answer: Answer, column: AnsweredColumn, row: dict[str, Any], groups: list[str] | None = None
) -> str:
    value = figures.said(column, row[column.name], _width(row, column.name))
    ends = figures.between(column, row)
    n = row.get("n")
    told = [f"probably between {ends}"] if ends else []
    if answer.question.header.kind == "count" and column.name == "successes" and n:
        return f"{value} of {words.count(n)}; everyone is counted"
    told += [f"rests on {words.count(n)}"] if isinstance(n, int | float) and column.name != "n" else []
    who = [str(row[name]) for name in groups or () if row[name] is not None]
    inside = "; ".join([", ".join(who), *told] if who else told)
    return f"{value} ({inside})" if inside else value


def _compared(answer: Answer, kind: str) -> Iterator[str]:
    frame = answer.comparisons[kind]
    if frame.is_empty():
        return
    if kind == "to_date":
        yield from _to_date(answer, frame)
        return
    if answer.period and answer.period in frame.columns:
        now = last_whole(answer, answer.frame)
        frame = frame.filter(pl.col(answer.period).is_in(now[answer.period].implode()))
    if frame.height != 1:
        return
    row = frame.row(0, named=True)
    for name in answer.estimates:
        column = figures.of_name(answer, name)
        if column is None:
            continue
        what = f"{figures.label(answer, column)}: " if len(answer.estimates) > 1 else ""
        if kind == "target":
            yield from _target(column, row, what)
        elif row.get(f"{name}_change") is not None:
            was = figures.said(column, row[f"{name}_before"], _width(row, f"{name}_change"))
            before = f"{BEFORE[kind]}, {figures.period(answer, row['compared_with'])} ({was})"
            yield f"{what}{_change(column, row, f'{name}_change', before, 'in ')}."


def _target(column: AnsweredColumn, row: dict[str, Any], what: str) -> Iterator[str]:
    gap = f"{column.name}_gap"
    if row["target"] is not None and row.get(gap) is not None:
        by = f" by {words.short_day(row['due_on'])}" if isinstance(row["due_on"], date) else ""
        aim = figures.said(column, row["target"], _width(row, gap))
        yield f"{what}{_change(column, row, gap, f'the goal of {aim}{by}')}."


def _to_date(answer: Answer, frame: pl.DataFrame) -> Iterator[str]:
    row, leading = frame.row(0, named=True), figures.leading(answer)
    if leading is None or row["share"] is None:
        return
    told = (
        f"The week so far ({words.plural(row['days'], 'day')}): {figures.said(leading, row['share'])}, rests on "
        f"{words.count(row['n'])}"
    )
    if row["share_change"] is not None:
        told += f"; {_change(leading, row, 'share_change', 'the same days of the week before')}"
    yield f"{told}."


def _change(column: AnsweredColumn, row: dict[str, Any], name: str, other: str, at: str = "") -> str:
    """`3 fewer (probably between 5 fewer and 1 fewer) than in …`; of a range that holds 0 `no clear change from …`."""
    change, width = row[name], _width(row, name)
    if width is None:
        return f"{_more(column, change, width)} than {at}{other}"
    ends = " and ".join(_more(column, row[f"{name}_{end}"], width) for end in ("low", "high"))
    if row[f"{name}_low"] <= 0 <= row[f"{name}_high"]:
        return f"no clear difference from {other}: anything between {ends} fits"
    return f"{_more(column, change, width)} (probably between {ends}) than {at}{other}"


def _more(column: AnsweredColumn, value: float, width: float | None) -> str:
    told = figures.figure(column, abs(value), width)
    return "no more" if told == "0" else f"{told} {'more' if value > 0 else 'fewer'}"


def _width(row: dict[str, Any], name: str) -> float | None:
    """How far the range of an estimate or a change reaches; None where it has none."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return None if low is None or high is None else high - low


def _moment(moment: datetime, zone: str) -> str:
    """`2026-11-15 14:45 Europe/Zurich`; an instant of the build that has no zone is UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{known.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
