"""A company's own question that can not be asked is left aside and said to be; it stops no build."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.engine.graph import QueryError
from pipelines.publish import run_once
from pipelines.questions import QUERIES, read_questions
from pipelines.questions.file import ORIGINS, origins
from pipelines.questions.in_force import in_force
from pipelines.settings import load_settings
from pipelines.snapshot.freezing import freeze
from pipelines.store import Store

MakeWorkspace = Callable[..., Path]
HEAD = "/* ---\nquestion: How many?\nowner: us\ngrain: [iso_week]\n--- */\n"
WHOLE = f"{HEAD}select iso_week, n from kpi_week\n"
BROKEN = WHOLE.replace("owner", "ownr")
BUSY = WHOLE.replace("--- */", "purpose: success\n--- */").replace("select", "select handle_seconds,").replace(
    "kpi_week", "interaction"
)  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., list[Path]]:
    """`own(**{"ours/a": sql})` -> the product's queries with these laid over."""

    def lay(**files: str) -> list[Path]:
        for name, sql in files.items():
            path = tmp_path / "queries" / "questions" / f"{name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sql, encoding="utf-8")
        return [QUERIES, tmp_path / "queries"]

    return lay


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (BROKEN, "Did you mean 'owner'"),
        (f"{HEAD}select from where", "syntax error"),
        (f"{HEAD}select iso_week from kpi_week where n > $few", "few"),
        (WHOLE.replace("--- */", "kpi: emotion\n--- */"), "emotion"),
    ],
)
def test_an_own_question_that_breaks_its_contract_is_left_aside_with_the_reason(
    sql: str, says: str, own: Callable[..., list[Path]]
) -> None:
    found = in_force(own(**{"ours/bad": sql, "ours/good": WHOLE}))
    assert list(found.aside) == ["ours/bad"]
    assert says in found.aside["ours/bad"]
    assert "ours/good" in [question.name for question in found.questions]


def test_one_that_lies_over_a_question_of_the_product_leaves_that_one_in_force(
    own: Callable[..., list[Path]],
) -> None:
    found = in_force(own(**{"feelings/emotion": BROKEN}))
    emotion = next(question for question in found.questions if question.name == "feelings/emotion")
    assert (emotion.source, list(found.aside)) == ("product", ["feelings/emotion"])


def test_a_question_of_the_product_that_breaks_its_contract_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "queries" / "questions" / "feelings" / "emotion.sql"
    path.parent.mkdir(parents=True)
    path.write_text(BROKEN, encoding="utf-8")
    monkeypatch.setattr("pipelines.questions.file.QUERIES", tmp_path / "queries")
    with pytest.raises(QueryError, match="Did you mean 'owner'"):
        in_force([tmp_path / "queries"])


def test_what_was_frozen_is_no_draft_and_stays_whose_it_was(
    own: Callable[..., list[Path]], tmp_path: Path
) -> None:
    folders = own(**{"ours/good": WHOLE, "feelings/emotion": WHOLE})
    questions = [q for q in read_questions(folders).files if q.root != QUERIES]
    assert {q.name: (q.source, q.replaces, q.is_draft) for q in questions} == {
        "ours/good": ("company", False, True), "feelings/emotion": ("company", True, False)
    }  # fmt: skip
    frozen = tmp_path / "2026-W46" / "queries"
    (tmp_path / "queries").rename(frozen.parent.mkdir() or frozen)
    (frozen / ORIGINS).write_text(origins(questions), encoding="utf-8")
    assert {q.name: (q.source, q.replaces, q.is_draft) for q in read_questions([frozen]).files} == {
        "ours/good": ("company", False, False), "feelings/emotion": ("company", True, False)
    }  # fmt: skip


@pytest.fixture
def own_company(empty_workspace: MakeWorkspace) -> Path:
    """A company with a question that is broken, one that calls speed a success, one laid over ours, and a good one."""
    files = {"ours/bad": BROKEN, "ours/busy": BUSY, "feelings/emotion": BROKEN, "ours/good": WHOLE}
    folder = empty_workspace(files={f"queries/questions/{name}.sql": sql for name, sql in files.items()})
    golden = folder / "tests" / "queries" / "ours" / "good" / "any.yaml"
    golden.parent.mkdir(parents=True)
    golden.write_text("expect: []\n", encoding="utf-8")
    return folder


def test_the_run_publishes_and_says_what_it_left_aside(own_company: Path) -> None:
    settings = load_settings(own_company / "careful.toml")
    record = run_once(settings)
    store = Store(settings.store)
    build = store.current()
    assert build is not None
    assert (record.outcome, sorted(record.questions_aside)) == (
        "published", ["feelings/emotion", "ours/bad", "ours/busy"]
    )  # fmt: skip
    assert "handle_seconds" in record.questions_aside["ours/busy"]
    assert build.manifest["questions_aside"] == record.questions_aside
    assert build.query("select count(*) as n from definition where kpi = 'emotion'")["n"].item() == 1


@pytest.mark.endure
def test_the_freeze_leaves_it_out_too_and_keeps_what_is_no_draft(own_company: Path) -> None:
    settings = load_settings(own_company / "careful.toml")
    frozen = freeze(settings, Store(settings.store))
    assert sorted(frozen.manifest["questions_aside"]) == ["feelings/emotion", "ours/bad", "ours/busy"]
    kept = read_questions([frozen.path / "queries"])
    assert kept.broken == {}
    mine = [question for question in kept.files if question.source == "company"]
    assert [(question.name, question.is_draft) for question in mine] == [("ours/good", False)]
    assert (
        json.loads((frozen.path / "queries" / ORIGINS).read_text())["feelings/emotion"]["source"] == "product"
    )
