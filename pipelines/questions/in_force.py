"""The questions that a build counts by: one of a company's own that can not be asked is left aside, and said to be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.engine.graph import QueryError
from pipelines.questions.file import QuestionFile, question_name, refuse_twice, source_of


@dataclass(frozen=True)
class InForce:
    """The questions that count, and of those left aside why: name -> a sentence."""

    questions: list[QuestionFile]
    aside: dict[str, str]


def in_force(
    folders: Iterable[Path], gate: Callable[[QuestionFile], None] = lambda question: None
) -> InForce:
    """Every question that counts; a later folder replaces the same path of an earlier one.

    A company's own file that breaks its contract stops nothing: where it lies over a product's file, that one counts.

    Args:
        gate: raises QueryError of a question that must not count.

    Raises:
        QueryError: a question of the product breaks its contract.
    """
    found: dict[str, QuestionFile] = {}
    aside: dict[str, str] = {}
    for root in folders:
        for path in sorted((root / "questions").glob("*/*.sql")):
            name = question_name(path, root)
            try:
                question = QuestionFile(path, root, name in found)
                question.refuse_undeclared()
                _ = question.model.tree
                refuse_twice(question, _defined_before(question, found))
                gate(question)
            except (QueryError, OSError, UnicodeDecodeError) as error:
                if source_of(name, root) == "product":
                    raise
                aside[name] = str(error).replace(f"{root}/", "")
            else:
                found[name] = question
    return InForce(list(found.values()), aside)


def _defined_before(question: QuestionFile, found: dict[str, QuestionFile]) -> str:
    """The file that defines the same KPI already; its own where none does, or where it replaces that one."""
    others = (each for each in found.values() if each.name != question.name)
    return next(
        (str(each.path) for each in others if each.header.kpi == question.header.kpi), str(question.path)
    )
