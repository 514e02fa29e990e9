"""Analysts' questions as the app asks them: files read again when they change, each asked once per build.

A question that can not be asked says why and harms no other; that it can not is kept too, so that a slow one is not
tried again on every click.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import builds
from pipelines.questions import Questions, query_folders, read_questions
from pipelines.questions import answer as engine
from pipelines.questions.answer import Answer
from pipelines.questions.cage import Cage, CageError
from pipelines.questions.file import QueryError, QuestionFile, tests_of
from pipelines.snapshot.frozen import QUERIES as FROZEN_QUERIES

_OPEN_CAGES, _KEPT_ANSWERS = 3, 60

Fingerprint = tuple[tuple[str, int, int], ...]


class NotAnswered(Exception):
    """A question can not be answered; the message says why, for its own page."""


def folders() -> list[Path]:
    """The queries in force: the company's over the product's, and of a frozen week those that it was frozen with."""
    shown = builds.build()
    frozen = shown.path / FROZEN_QUERIES if shown else None
    return [frozen] if frozen and frozen.is_dir() else query_folders(builds.settings())


def fingerprint() -> Fingerprint:
    """Of every question file and golden test: path, time of the last change, size. A change of any changes it."""
    return tuple(sorted(_stamps()))


def questions() -> Questions:
    """Every question as its file says now."""
    return _read(tuple(folders()), fingerprint())


def answer(question: QuestionFile, params: dict[str, Any]) -> Answer:
    """What the build on screen says, with these parameters; the others are at their defaults.

    Raises:
        NotAnswered: it can not be answered, or not with these.
    """
    shown = builds.build()
    if shown is None:
        raise NotAnswered("Nothing is published yet.")
    found = _answer(
        str(shown.path), question.name, question.definition_hash, tuple(sorted(params.items())), question
    )
    if isinstance(found, str):
        raise NotAnswered(found)
    return replace(found, question=question)


def options(question: QuestionFile, param: str) -> list[Any]:
    """What a parameter may be, its default first; the default alone where nothing else can be found.

    Raises:
        NotAnswered: the query of its options does not run.
    """
    shown = builds.build()
    if shown is None:
        raise NotAnswered("Nothing is published yet.")
    found = _options(str(shown.path), question.name, question.definition_hash, param, question)
    if isinstance(found, str):
        raise NotAnswered(found)
    return found


def _stamps() -> Iterator[tuple[str, int, int]]:
    for root in folders():
        for pattern, folder in (("*/*.sql", root / "questions"), ("**/*.yaml", tests_of(root))):
            for path in folder.glob(pattern):
                try:
                    said = path.stat()
                except OSError:  # an editor replaces files; the next look finds it
                    continue
                yield str(path), said.st_mtime_ns, said.st_size


@lru_cache(maxsize=4)
def _read(roots: tuple[Path, ...], stamp: Fingerprint) -> Questions:
    del stamp  # it keys the cache
    return read_questions(roots)


@st.cache_resource(show_spinner=False, max_entries=_OPEN_CAGES, on_release=Cage.close)
def _cage(path: str) -> Cage:
    shown = builds.build()
    assert shown is not None
    assert str(shown.path) == path
    return Cage(shown)


@st.cache_resource(show_spinner="Asking", max_entries=_KEPT_ANSWERS)
def _answer(
    path: str, name: str, definition: str, params: tuple[tuple[str, Any], ...], _question: QuestionFile
) -> Answer | str:
    del name, definition  # they key the cache
    try:
        return engine.ask(_cage(path), _question, **dict(params))
    except (CageError, QueryError) as error:
        return str(error)


@st.cache_resource(show_spinner=False, max_entries=_KEPT_ANSWERS)
def _options(path: str, name: str, definition: str, param: str, _question: QuestionFile) -> list[Any] | str:
    del name, definition  # they key the cache
    try:
        return engine.options(_cage(path), _question, param)
    except (CageError, QueryError) as error:
        return str(error)
