"""Careful in a notebook: `company = open_company()`. The same questions, numbers and pictures as in the app.

Only the aggregates of a build are read, never a row per person; what is written is a question file and its test.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl

from dashboard import arrivals, builds, locales, saved, weekly_review, words
from dashboard.answered import Answered
from dashboard.kpi import EVERYONE, Group
from dashboard.saved import NotebookError, Saved, bare
from dashboard.weekly_review import Review
from dashboard.weeks import local
from pipelines.questions import QUERIES, QuestionFile, Questions, catalogue, read_questions, scaffold
from pipelines.questions.accept import begin
from pipelines.questions.answer import Answer, ask, options
from pipelines.questions.cage import Cage
from pipelines.questions.golden import Golden
from pipelines.settings import Settings, find_config, load_settings
from pipelines.snapshot import Snapshot, snapshot
from pipelines.snapshot.frozen import QUERIES as FROZEN_QUERIES
from pipelines.store import Build, Store, StoreError


def open_company(config: str | Path | None = None) -> "Company":
    """The published build of a workspace, as it is now; open it again to see a newer one.

    Args:
        config: careful.toml or the folder that it is in; absent means as the CLI finds it: $CAREFUL_CONFIG, else the
            folder of the notebook.

    Raises:
        SettingsError: there is no usable careful.toml. StoreError: nothing is published.
    """
    settings = load_settings(find_config(Path(config) if config else None))
    build = Store(settings.store).current()
    if build is None:
        raise StoreError(f"Nothing is published yet (looked in {settings.store}). Run `careful run`.")
    alt.renderers.enable("svg")  # drawn on this machine: Altair's default loads a program from the network
    return Company(settings, build)


@dataclass(frozen=True)
class Company:
    """A company as one build, or one frozen week, knows it. Nothing in it changes while it is open."""

    settings: Settings
    build: Build

    @property
    def iso_week(self) -> str | None:
        """The frozen week, if it is one."""
        return self.build.iso_week if isinstance(self.build, Snapshot) else None

    def __repr__(self) -> str:
        manifest = self.build.manifest
        with self._shown():
            as_of = words.instant(local(datetime.fromisoformat(manifest["as_of"])))
            through = arrivals.through_on()
        facts = [
            "Sample company: nobody in it exists" if manifest.get("sample") else self.settings.company.name,
            f"frozen week {self.iso_week}" if self.iso_week else f"build {self.build.id}",
            f"as of {as_of}",
            f"data through {words.short_day(through)}" if through else "no data yet",
        ]
        return " · ".join(facts)

    def ask(self, question: str, /, **params: Any) -> Answered:
        """The answer to a question such as `feelings/valued`; parameters not given are at their defaults.

        Raises:
            NotebookError: there is no such question, or its file is broken. QueryError: a parameter does not fit.
            CageError: the SELECT does not run here.
        """
        answer: Answer = ask(self._cage, self._question(question), **params)
        return Answered(answer, self.settings, self.iso_week)

    def questions(self) -> pl.DataFrame:
        """What can be asked: name, question, owner, theme, draft, verified; of a broken file what is wrong."""
        found = self._questions
        rows: list[tuple[Any, ...]] = [
            (q.name, q.header.question, q.header.owner, q.theme, self.iso_week is None and q.is_draft, q.is_verified,
             None)
            for q in found.files
        ]  # fmt: skip
        rows += [
            (name, None, None, name.partition("/")[0], None, None, wrong)
            for name, wrong in found.broken.items()
        ]
        schema = pl.Schema({
            "name": pl.String, "question": pl.String, "owner": pl.String, "theme": pl.String, "draft": pl.Boolean,
            "verified": pl.Boolean, "broken": pl.String,
        })  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row").sort("name")

    def params(self, question: str) -> pl.DataFrame:
        """What a question can be asked with: name, type, default, options, about.

        Raises:
            NotebookError: there is no such question, or its file is broken.
        """
        asked = self._question(question)
        rows = [
            (
                name,
                param.type,
                str(param.default),
                list(map(str, options(self._cage, asked, name))),
                param.about,
            )
            for name, param in asked.header.params.items()
        ]
        schema = pl.Schema({
            "name": pl.String(), "type": pl.String(), "default": pl.String(), "options": pl.List(pl.String),
            "about": pl.String(),
        })  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def tables(self) -> pl.DataFrame:
        """What can be asked from: name, about, grain, columns."""
        found = catalogue.tables(self._cage, self._folders)
        rows = [(each.name, each.about, list(each.grain), list(each.columns)) for each in found]
        schema = pl.Schema({
            "name": pl.String(), "about": pl.String(), "grain": pl.List(pl.String), "columns": pl.List(pl.String),
        })  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def sql(self, sql: str, /, **params: Any) -> pl.DataFrame:
        """The rows of one SELECT in the cage: no files, no network, so much time and memory; `$name` is bound.

        Raises:
            CageError: says what is not allowed, or does not fit the tables.
        """
        return self._cage.sql(bare(sql), params)

    def week(self, iso_week: str) -> "Company":
        """A frozen week, with what was known, promised and defined then.

        Raises:
            SnapshotError: it is not frozen; names those that are.
        """
        frozen = snapshot(Store(self.settings.store), iso_week)
        return Company(builds.settings_then(self.settings, frozen), frozen)

    def this_week(self, iso_week: str | None = None, **group: str) -> Review:
        """What the page This week says of a closed week; absent means the last one.

        Args:
            group: whom the numbers are about, such as `segment="Families"`; absent means all customers.

        Raises:
            LookupError: there is no such week. NotebookError: more than one breakdown at once.
        """
        if len(group) > 1:
            raise NotebookError(
                f"Builds hold each breakdown alone, never two crossed. Choose one of {words.listed(list(group))}."
            )
        chosen = Group(*next(iter(group.items()))) if group else EVERYONE
        with self._shown():
            return weekly_review.review(iso_week or self.iso_week, chosen)

    def save(
        self,
        name: str,
        sql: str,
        *,
        question: str,
        owner: str,
        grain: Sequence[str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Write a SELECT as a question into the workspace's `queries/`, where the app shows it.

        Of the sample company golden tests are begun: with its rows, with none, and with its rows as if of the running
        week. Otherwise it stays a draft until it has one.

        Args:
            name: `theme/name`, in small letters. grain: the columns that tell rows apart; absent means those that are
                no numbers. params: what each `$name` of the SELECT is by default; in the app it can be changed.

        Raises:
            NotebookError: the name is taken, a `$name` has no default, or the grain does not tell rows apart; nothing
                was written. CageError: the SELECT does not run here. QueryError: the name is none, or a default has no
                type that a header knows.
        """
        if self.iso_week:
            raise NotebookError(f"{self!r} stays as it is. Save into the company: open_company().save(…)")
        if name in {*(each.name for each in self._questions.files), *self._questions.broken}:
            raise NotebookError(f"There is a question {name} already. Choose another name, or edit its file.")
        given = dict(params or {})
        keys = saved.grain(self._cage, bare(sql), grain, given)

        def write(root: Path) -> QuestionFile:
            path = scaffold.save(
                root, name, bare(sql), question=question, owner=owner, grain=keys, params=given
            )
            return QuestionFile(path, root)

        with tempfile.TemporaryDirectory() as folder:
            ask(self._cage, write(Path(folder, "queries")))
        written = write(self.settings.workspace / "queries")
        if not self.build.manifest.get("sample"):
            return Saved(name, written.path, None)
        with Golden(self.settings.workspace) as golden:
            return Saved(name, written.path, begin(golden, self.build, written))

    def close(self) -> None:
        """Let go of the files."""
        self.build.close()
        if "_cage" in vars(self):
            self._cage.close()

    def _question(self, name: str) -> QuestionFile:
        found = self._questions
        if name in found.broken:
            raise NotebookError(f"The question {name} can not be asked: {found.broken[name]}")
        question = found.get(name)
        if question is None:
            raise NotebookError(f"There is no question {name}. company.questions() lists them.")
        return question

    @property
    def _questions(self) -> Questions:
        return read_questions(self._folders)

    @property
    def _folders(self) -> list[Path]:
        """The queries in force: of a frozen week those that it was frozen with."""
        if self.iso_week:
            return [self.build.path / FROZEN_QUERIES]
        own = self.settings.workspace / "queries"
        return [QUERIES, own] if own.is_dir() and own.resolve() != QUERIES.resolve() else [QUERIES]

    @cached_property
    def _cage(self) -> Cage:
        return Cage(self.build)

    @contextmanager
    def _shown(self) -> Iterator[None]:
        with (
            builds.showing(self.settings, self.build),
            locales.using(locales.of_company(self.settings.company)),
        ):
            yield
