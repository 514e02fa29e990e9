"""What a question must pass before it is merged: every gate, and what each one finds."""

import difflib
import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
from sqlglot import exp

from pipelines.engine.graph import QueryError
from pipelines.engine.portable import Parsed, outer_star
from pipelines.ga4.additivity import refuse_sums
from pipelines.lineage import refuse_handle_time
from pipelines.questions.answer import Answer, ask, options
from pipelines.questions.cage import Cage, CageError
from pipelines.questions.file import (
    SHARED,
    QuestionFile,
    question_name,
    question_paths,
    read_questions,
    tests_of,
)
from pipelines.questions.golden import Golden, read_case
from pipelines.questions.provenance import Provenance, without_range
from pipelines.questions.ranges import ends_in, estimates
from pipelines.questions.ratios import false_sums, unguarded

SECONDS = 2.0
_TRIES = 3
_OWN_TIMES = ("seconds", "days")

_PERIODS = {
    "golden_empty": ("an empty period", "a case that expects no rows"),
    "golden_partial": (
        "a period that is not over",
        "a row of the running week, or with the maturity partial",
    ),
}


@dataclass(frozen=True)
class Finding:
    """Where a question breaks a rule: `path:line:column what, why, fix`."""

    path: Path
    line: int
    column: int
    rule: str
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.what}; {self.why}. {self.fix}"


@dataclass(frozen=True)
class Ground:
    """What questions are checked against: the queries on no data, and where there is one a build in a cage."""

    golden: Golden
    cage: Cage | None
    today: date

    @cached_property
    def cases(self) -> dict[str, list[Path]]:
        """Question -> its golden cases."""
        return self.golden.cases

    @cached_property
    def false_users(self) -> dict[Path, list[str]]:
        """Question file -> what it adds up of Google's users and rates; queries are followed once for all."""
        whole = read_questions(self.golden.folders).files
        try:
            refuse_sums(self.golden.nodes, whole, self.golden.reports)
        except QueryError as error:
            lines = str(error).splitlines()
            return {q.path: [line for line in lines if line.startswith(f"{q.path}: ")] for q in whole}
        return {}


Gate = Callable[[QuestionFile, Ground], Iterator[Finding]]


def check(ground: Ground, names: tuple[str, ...] = ()) -> tuple[list[str], list[Finding]]:
    """Every gate for every question, or for those named; returns the names checked and what was found.

    Raises:
        QueryError: there is no question of that name.
    """
    paths = question_paths(ground.golden.folders)
    unknown = [name for name in names if name not in paths]
    if unknown:
        near = difflib.get_close_matches(unknown[0], paths, n=1)
        hint = f"Did you mean {near[0]}?" if near else "`careful query list` tells them."
        raise QueryError(f"There is no question {unknown[0]}. {hint}")
    wanted = names or tuple(paths)
    found = [finding for name in wanted for finding in _check_one(ground, *paths[name])]
    return list(wanted), [*_unreadable_shared_cases(ground.golden.folders), *found]


def _unreadable_shared_cases(folders: list[Path]) -> Iterator[Finding]:
    for path in (each for root in folders for each in sorted((tests_of(root) / SHARED).glob("*.yaml"))):
        try:
            if not read_case(path, "").questions:
                raise QueryError(f"{path}: it lists no questions")
        except QueryError as error:
            says = str(error).replace(f"{path}: ", "")
            yield Finding(path, 1, 1, "golden", says, "it holds for no question", "Mend it, or take it out.")


def _check_one(ground: Ground, path: Path, root: Path, replaces: bool) -> Iterator[Finding]:
    try:
        question = QuestionFile(path, root, replaces)
        _ = question.params, question.model.tree
    except (QueryError, UnicodeDecodeError) as error:
        yield _unreadable(path, str(error), question_name(path, root))
        return
    found = [finding for gate in GATES for finding in gate(question, ground)]
    stops = [f for f in found if f.rule in ("parses", "columns", "range")]
    if all(question.header.is_excused(each.rule, ground.today) for each in stops):
        found += [*golden(question, ground), *runs(question, ground)]
    for finding in found:
        if not question.header.is_excused(finding.rule, ground.today):
            yield finding
    for allow in question.header.allow:
        at = _header_line(question, "allow")
        if allow.until < ground.today:
            yield Finding(
                path, at, 1, "allow", f"the allowance of {allow.rule} ended on {allow.until}",
                f"it was given because {allow.because.rstrip('.')}", "Mend what it allowed, or say anew until when.",
            )  # fmt: skip
        elif allow.rule not in {finding.rule for finding in found} and not (
            allow.rule == "slow" and not ground.cage
        ):
            yield Finding(
                path, at, 1, "allow", f"the allowance of {allow.rule} is not needed any more",
                "what it allowed is mended", "Take it out.",
            )  # fmt: skip


def _unreadable(path: Path, message: str, name: str) -> Finding:
    """A file that is no question: where DuckDB or YAML say the place, there, else at the header's key."""
    says = message.replace(f"{path}: ", "")
    text = path.read_text(encoding="utf-8", errors="replace")
    key = re.search(r"header key '([\w.]+)'|^([\w.]+): ", says)
    named = (key.group(1) or key.group(2)).split(".")[-1] if key else ""
    line = next(
        (n for n, each in enumerate(text.splitlines(), 1) if named and re.search(rf"\b{named}:", each)), 1
    )
    if place := re.search(r" from line (\d+), column (\d+) on", says):
        line, column = int(place.group(1)), int(place.group(2))
        says = says.replace(place.group(), "").rstrip(".")
        return Finding(path, line, column, "parses", says, f"{name} can not be asked", "Mend the header.")
    if (
        "does not parse" in says
        or "expected one SELECT" in says
        or "Parser Error" in says
        or "ParserException" in says
    ):
        line, column = _parse_error(text) or (line, 1)
        return Finding(path, line, column, "parses", says, "nothing can be asked of it", "Mend the SELECT.")
    return Finding(path, line, 1, "parses", says.rstrip("."), f"{name} can not be asked", "Mend the header.")


def _parse_error(text: str) -> tuple[int, int] | None:
    head, _, sql = text.partition("--- */")
    try:
        duckdb.extract_statements(sql)
    except duckdb.Error as error:
        place = re.search(r"LINE (\d+): (.*)\n( *)\^", str(error))
        if place:
            column = len(place.group(3)) - len(f"LINE {place.group(1)}: ") + 1
            return head.count("\n") + int(place.group(1)), max(column, 1)
    return None


def _header_line(question: QuestionFile, key: str) -> int:
    """The line of a key in the header; 1 if it is not there."""
    lines = question.path.read_text(encoding="utf-8").partition("--- */")[0].splitlines()
    return next(
        (n for n, line in enumerate(lines, 1) if re.search(rf"(^|[\s{{,]){re.escape(key)}:", line)), 1
    )


def _place(question: QuestionFile, part: exp.Expr | None) -> tuple[int, int]:
    """Line and column of a part of the SELECT."""
    text = question.path.read_text(encoding="utf-8")
    start = text.index("--- */") + len("--- */")
    start += len(text[start:]) - len(text[start:].lstrip())
    offsets = [each.meta["start"] for each in part.walk() if "start" in each.meta] if part is not None else []
    before = text[: start + min(offsets, default=0)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _in_sql(
    question: QuestionFile, part: exp.Expr | None, rule: str, what: str, why: str, fix: str
) -> Finding:
    return Finding(question.path, *_place(question, part), rule, what, why, fix)


def _in_header(question: QuestionFile, key: str, rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(question.path, _header_line(question, key), 1, rule, what, why, fix)


def params(question: QuestionFile, _: Ground) -> Iterator[Finding]:
    """Parameters declared are those used."""
    for name in sorted(question.params - question.header.params.keys()):
        yield _in_sql(
            question, None, "parses", f"${name} is used and not declared", "it becomes no filter and has no default",
            f"Write `params: {{{name}: {{type: text, default: all}}}}`.",
        )  # fmt: skip
    for name in sorted(question.header.params.keys() - question.params):
        yield _in_header(
            question, name, "parses", f"the parameter {name} is declared and not used",
            "its filter would change nothing", f"Use ${name} in the SELECT, or take it out.",
        )  # fmt: skip


def columns(question: QuestionFile, ground: Ground) -> Iterator[Finding]:
    """What the header speaks of is there, and every range can be counted."""
    header = question.header
    if not question.params <= header.params.keys():
        return
    given = {name: value for name, value in question.defaults().items() if name in question.params}
    try:
        relation = ground.golden.empty.sql(question.sql, params=given)
    except duckdb.Error as error:
        says = str(error).replace("\n", " ").strip()
        yield _in_sql(
            question,
            None,
            "parses",
            says,
            "the SELECT does not fit the tables",
            "Mend it; `careful tables` tells their columns.",
        )
        return
    names = relation.columns
    ends = {f"{name}_{end}" for name in names for end in ("low", "high")}
    chart = header.chart.columns if header.chart else ()
    for key, named in (("columns", header.columns), ("grain", header.grain), ("chart", chart)):
        for name in named:
            if name not in names and not (key == "chart" and name in ends):
                near = difflib.get_close_matches(name, names, n=1)
                yield _in_header(
                    question, key, "columns", f"{key} names {name}, which the SELECT does not give",
                    f"it gives {', '.join(names)}", f"Write {near[0]}." if near else "Select it, or take it out.",
                )  # fmt: skip
    try:
        found = estimates(header, names)
    except QueryError as error:
        yield _in_header(
            question, "columns", "range", str(error), "a range needs its counts", "See the README."
        )
        return
    for name, part in without_range(question.model.tree, found).items():
        yield _unranged(question, part, f"{name} is an estimate (`{part.sql('duckdb')}`) and has no range")


def _unranged(question: QuestionFile, part: exp.Expr | None, what: str) -> Finding:
    return _in_sql(
        question, part, "range", what, "few people and many would look alike",
        "Give the counts that it is made of, such as successes and n, not rounded, and call it x_share or declare its "
        "`interval:`; if it is no estimate, `allow: {rule: range, because: …, until: …}` says why.",
    )  # fmt: skip


def star(question: QuestionFile, _: Ground) -> Iterator[Finding]:
    """No outer `select *`."""
    for part in outer_star(Parsed(question.model)):
        yield _in_sql(
            question, part if isinstance(part, exp.Expr) else None, "star", "an outer `select *`",
            "a new source column would change the page unseen", "Name the columns.",
        )  # fmt: skip


def additivity(question: QuestionFile, ground: Ground) -> Iterator[Finding]:
    """Nothing is added up that does not add up."""
    for part, why in false_sums(question.model.tree):
        yield _in_sql(
            question, part, "additivity", f"`{part.sql('duckdb')}` adds up what does not add up", why,
            "Add up successes and n, and divide at last; keep to one dimension.",
        )  # fmt: skip
    for part in Provenance(question.model.tree).differences():
        yield _in_sql(
            question, part, "additivity", f"`{part.sql('duckdb')}` takes the counts of some rows from those of others",
            "what is left may be a group that is hidden because it is small",
            "Read the group itself; it is there where it is large enough.",
        )  # fmt: skip
    for line in ground.false_users.get(question.path, ()):
        what, _, fix = line.removeprefix(f"{question.path}: ").partition(". ")
        yield _in_sql(
            question, None, "additivity", what, "Google estimates users and rates anew for every period", fix
        )


def purpose(question: QuestionFile, ground: Ground) -> Iterator[Finding]:
    """No success is made of time."""
    for name, about in question.header.columns.items():
        if about.purpose == "success" and any(ends_in(name, kind) for kind in _OWN_TIMES):
            yield _in_header(
                question, name, "purpose", f"{name} counts time and has the purpose 'success'", "speed is not care",
                "Show 'share reached within the promise', or give it the purpose 'capacity'.",
            )  # fmt: skip
    try:
        refuse_handle_time(ground.golden.nodes, [question])
    except QueryError as error:
        what, _, why = str(error).replace(f"{question.path}: ", "").partition(": ")
        yield _in_header(
            question, "purpose", "purpose", what, why.rstrip("."), "Give it the purpose 'capacity'."
        )


def ratio(question: QuestionFile, _: Ground) -> Iterator[Finding]:
    """No division by what may be zero."""
    for division in unguarded(question.model.tree):
        yield _in_sql(
            question, division, "ratio", f"`{division.sql('duckdb')}` may divide by zero",
            "an empty week would come out as infinite, or as no number",
            f"Write nullif({division.expression.sql('duckdb')}, 0).",
        )  # fmt: skip


def golden(question: QuestionFile, ground: Ground) -> Iterator[Finding]:
    """The golden test passes, and knows an empty and a partial period. A draft has none yet."""
    paths = ground.cases.get(question.name, [])
    again = f"or run `careful query accept {question.name}` again; " if question.source == "company" else ""
    read = []
    for path in paths:
        try:
            read.append(read_case(path, question.name))
            failure = ground.golden.failure(question, path, question.name)
        except QueryError as error:
            failure = str(error).replace(f"{path}: ", "")
        if failure:
            indented = failure.replace("\n", "\n    ")
            yield Finding(
                path, 1, 1, "golden", f"{question.name}: other rows come out (-expected, +found):\n    {indented}\n   ",
                "a golden test says what must come out",
                f"Mend the SELECT; {again}or lay a case named {path.name} under tests/queries/{question.name}/.",
            )  # fmt: skip
    covered = {
        "golden_empty": any(case.expects_nothing for case in read),
        "golden_partial": any(case.has_partial_period for case in read),
    }
    for rule, is_covered in covered.items():
        what, fix = _PERIODS[rule]
        if paths and not is_covered:
            yield Finding(
                question.path, 1, 1, rule, f"no golden test has {what}", "that is where numbers go wrong unseen",
                f"Add {fix}, under tests/queries/{question.name}/.",
            )  # fmt: skip


def runs(question: QuestionFile, ground: Ground) -> Iterator[Finding]:
    """It is answered by the published build, in time."""
    if ground.cage is None:
        return
    fastest = math.inf
    try:
        for name in question.header.params:
            options(ground.cage, question, name)
        for _ in range(_TRIES):
            started = time.perf_counter()
            answer = ask(ground.cage, question)
            fastest = min(fastest, time.perf_counter() - started)
            if fastest <= SECONDS:
                yield from _ranges_lost(question, answer)
                return
    except (CageError, QueryError) as error:
        says = str(error).removeprefix(f"{question.name}: ").replace("\n", " ").rstrip(".")
        rule = "slow" if "longer than" in says else "range" if isinstance(error, QueryError) else "parses"
        yield _in_sql(question, None, rule, says, "the published build does not answer it", "Mend it.")
        return
    yield _in_sql(
        question, None, "slow", f"it took {fastest:.1f} s", f"a page waits at most {SECONDS:g} s",
        "Read fewer rows, or ask for a mart.",
    )  # fmt: skip


def _ranges_lost(question: QuestionFile, answer: Answer) -> Iterator[Finding]:
    """Estimates whose columns fit, and whose figures are not what the counts beside them make."""
    lost = [each for each in estimates(question.header, answer.frame.columns) if each.name in answer.unranged]
    for each in lost:
        counts = ", ".join((*each.parts, *each.n))
        yield _unranged(
            question, None, f"{each.name} is on some rows not what {counts} make, and has no range"
        )


GATES: tuple[Gate, ...] = (params, columns, star, additivity, purpose, ratio)
