"""From `careful query new` to a promoted question: written, accepted from the sample company, compared, listed."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.engine.graph import QueryError
from pipelines.questions import QUERIES, load_questions, read_questions
from pipelines.questions.accept import CASE, accept
from pipelines.questions.difference import difference, earlier_folders
from pipelines.questions.golden import Golden, read_case, rows_of, text_of
from pipelines.questions.scaffold import new, save
from pipelines.settings import CONFIG_VARIABLE, load_settings
from pipelines.standpoint import query_folders
from pipelines.store import Build, Store

MakeWorkspace = Callable[..., Path]
NAME = "feelings/felt_worth"


@pytest.fixture
def analyst(sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of the sample company's build in which an analyst may write; commands run in it."""
    folder = tmp_path / "company"
    folder.mkdir()
    for each in ("careful.toml", "rates.csv"):
        shutil.copy(sample_workspace / each, folder / each)
    for each in ("store", "secrets"):
        (folder / each).symlink_to(sample_workspace / each)
    monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "careful.toml"))
    monkeypatch.chdir(folder)
    return folder


def careful(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_a_new_question_works_at_once(analyst: Path) -> None:
    code, said, _ = careful("query", "new", NAME, "--owner", "ana")
    assert code == 0
    assert f"Wrote {analyst}/queries/questions/{NAME}.sql" in said
    assert careful("query", "check", NAME)[:2] == (0, "1 question(s) checked, 0 finding(s).\n")
    code, said, _ = careful("query", "run", NAME, "--format", "csv")
    assert code == 0
    assert (
        said.splitlines()[0]
        == "iso_week,valued_share,valued_share_low,valued_share_high,successes,n,maturity"
    )
    rows = json.loads(careful("query", "run", NAME, "--format", "json", "--param", "segment=all")[1])
    assert rows[-1]["valued_share_low"] < rows[-1]["valued_share"] < rows[-1]["valued_share_high"]
    code, _, said = careful("query", "run", NAME, "--param", "segment=nobody")
    assert (code, "none of its options" in said) == (1, True)
    code, said, _ = careful("query", "run", NAME, "--format", "parquet", "--out", analyst / "out.parquet")
    assert pl.read_parquet(analyst / "out.parquet").height > 0
    (row,) = [row for row in json.loads(careful("query", "list", "--json")[1]) if row["name"] == NAME]
    assert (row["owner"], row["state"], row["wrong"]) == ("ana", "tested, own", None)
    assert careful("query", "new", NAME)[0] == 1


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    for name in ("felt", "Feelings/felt", "../felt", "feelings/felt.sql", "feelings/../../felt"):
        with pytest.raises(QueryError, match="is no name: expected theme/name"):
            new(tmp_path / "queries", name, "ana")


def test_a_question_of_a_products_name_begins_as_its_copy(tmp_path: Path) -> None:
    (path,) = new(tmp_path / "queries", "feelings/valued", "ana")
    assert path.read_bytes() == (QUERIES / "questions/feelings/valued.sql").read_bytes()
    own = read_questions([QUERIES, tmp_path / "queries"]).get("feelings/valued")
    assert own is not None
    assert (own.replaces, own.is_draft) == (True, False)


def test_a_select_from_a_notebook_becomes_a_draft(tmp_path: Path) -> None:
    path = save(
        tmp_path / "queries", "care/tried", "select iso_week, n from kpi_week;", question="How many: 'ever'?",
        owner="ana", grain=["iso_week"],
    )  # fmt: skip
    (question,) = read_questions([tmp_path / "queries"]).files
    assert (question.path, question.header.question, question.is_draft) == (path, "How many: 'ever'?", True)
    assert question.sql == "select iso_week, n from kpi_week"


@pytest.mark.endure
def test_expected_rows_come_from_the_sample_company_and_promote_a_draft(
    analyst: Path, sample_build: Build
) -> None:
    source = (QUERIES / "questions/loyalty/forgive.sql").read_text(encoding="utf-8")
    own = analyst / "queries" / "questions" / "loyalty" / "ours.sql"
    own.parent.mkdir(parents=True)
    own.write_text(source.replace("kpi: forgive", "kpi: ours"), encoding="utf-8")
    assert "loyalty/ours is a draft" in careful("query", "check", "loyalty/ours")[1]
    code, said, _ = careful("query", "accept", "loyalty/ours")
    assert (code, "Look at every row" in said) == (0, True)
    case = analyst / "tests" / "queries" / "loyalty" / "ours" / f"{CASE}.yaml"
    wanted = rows_of(read_case(case, "loyalty/ours").expect)
    assert wanted.height > 0
    known = sample_build.query(load_question("loyalty/forgive").sql)
    joined = wanted.join(known.with_columns(pl.col("n").cast(pl.String)), on=["iso_week", "n"])
    assert joined.height == wanted.height
    question = read_questions([QUERIES, analyst / "queries"]).get("loyalty/ours")
    assert question is not None
    assert not question.is_draft
    with Golden(analyst) as golden:
        assert golden.failure(question, case, question.name) is None
        case.write_text(
            case.read_text(encoding="utf-8").rstrip().rpartition("\n")[0] + "\n", encoding="utf-8"
        )
        assert golden.failure(question, case, question.name) is not None
        accept(golden, sample_build, question)
        assert golden.failure(question, case, question.name) is None


def load_question(name: str):
    return next(question for question in load_questions() if question.name == name)


def test_rows_of_real_customers_are_never_accepted(empty_workspace: MakeWorkspace) -> None:
    folder = empty_workspace(run=True)
    build = Store(folder / "store").current()
    assert build is not None
    with (
        Golden(folder) as golden,
        pytest.raises(QueryError, match="never from real customers, and this build is of"),
    ):
        accept(golden, build, load_question("feelings/valued"))
    assert not list((folder / "tests").rglob("*.yaml"))


def test_rows_are_written_so_that_they_are_read_alike() -> None:
    frame = pl.DataFrame({"a": ["x", None, "long"], "b": [1.5, None, 2.0], "c": [True, False, None]})
    assert text_of(frame).splitlines()[0] == "a,    b,   c"
    assert rows_of(text_of(frame)).rows() == [
        ("x", "1.5", "true"),
        (None, None, "false"),
        ("long", "2", None),
    ]


# What a changed definition does


def test_a_changed_select_is_compared_on_the_build(analyst: Path, sample_build: Build) -> None:
    (path,) = new(analyst / "queries", "feelings/valued", "ana")
    fewer = "(successes - 1)::double / n as share, successes - 1 as successes,"
    path.write_text(path.read_text().replace("successes::double / n as share, successes,", fewer))
    settings = load_settings(analyst / "careful.toml")
    found = difference(settings, sample_build, "feelings/valued", [QUERIES], query_folders(settings))
    assert (found.was_rebuilt, found.queries) == (False, ())
    assert "another SELECT" in found.said
    assert found.moved["change"].to_list() == pytest.approx((-1 / found.moved["n_was"]).to_list())
    assert found.moved.height == found.compared


@pytest.mark.endure
def test_another_cut_off_in_core_is_counted_anew_from_what_landed(analyst: Path, sample_build: Build) -> None:
    (path,) = new(analyst / "queries", "feelings/valued", "ana")
    path.write_text(path.read_text().replace("cut_off: 6–7", "cut_off: 5–7"))
    events = (QUERIES / "core" / "kpi_event.sql").read_text()
    wider = "_min = 6 then answer.value >= answer.scale_max - "
    (analyst / "queries" / "core").mkdir()
    (analyst / "queries" / "core" / "kpi_event.sql").write_text(events.replace(f"{wider}1", f"{wider}2"))
    settings = load_settings(analyst / "careful.toml")
    found = difference(settings, sample_build, "feelings/valued", [QUERIES], query_folders(settings))
    assert (found.was_rebuilt, found.queries) == (True, ("kpi_event",))
    assert found.sentence().startswith("cut_off 5–7 instead of 6–7, another kpi_event: moves share +")
    assert found.sentence().endswith(f" in 2026-W46; {found.moved.height} of {found.compared} weeks move.")
    was = sample_build.query(load_question("feelings/valued").sql)
    both = found.moved.join(was, on="iso_week")
    assert both["was"].to_list() == pytest.approx(both["share"].to_list())
    items = sample_build.query_people(
        "select avg((answer.value >= 5)::int) as share from answer join response using (response_id) "
        "where item = 'valued' and answered_on between date '2026-10-19' and date '2026-11-15'"
    ).item()
    last = found.moved.filter(pl.col("iso_week") == "2026-W46")
    clock = sample_build.query("select weeks from kpi_clock where kpi = 'valued'").item()
    assert clock != 4 or last["is_now"].item() == pytest.approx(items)


def test_a_definition_is_compared_with_what_git_has(tmp_path: Path) -> None:
    root = tmp_path / "queries"
    path = save(root, "care/any", "select 1 as n", question="a", owner="b", grain=["n"])
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    committed = path.read_text()
    path.write_text(committed.replace("select 1", "select 2"))
    product, own = earlier_folders([QUERIES, root], "HEAD", tmp_path / "work")
    assert (own / "questions/care/any.sql").read_text() == committed
    assert (product / "questions/feelings/valued.sql").is_file()
    with pytest.raises(QueryError, match="neither a folder with questions/ nor a revision of git"):
        earlier_folders([root], "no-such-revision", tmp_path / "work")


def test_nothing_changed_moves_nothing(analyst: Path, sample_build: Build) -> None:
    settings = load_settings(analyst / "careful.toml")
    found = difference(settings, sample_build, "feelings/valued", [QUERIES], [QUERIES])
    assert found.sentence() == "feelings/valued says what it said before; nothing moves."
    with pytest.raises(QueryError, match=r"There is no question feelings/never\. `careful query list`"):
        difference(settings, sample_build, "feelings/never", [QUERIES], [QUERIES])


def test_a_new_question_is_said_to_be_new_and_no_folder_is_named(analyst: Path) -> None:
    new(analyst / "queries", NAME, "ana")
    code, said, error = careful("query", "diff", NAME)
    assert (code, said) == (1, "")
    assert f"{NAME} is new: there is nothing to compare it with." in " ".join(error.split())
    assert "/tmp" not in error
    assert str(analyst) not in error


# Looking around


def test_tables_tell_columns_grain_and_the_sample_companys_rows(analyst: Path) -> None:
    code, said, _ = careful("tables")
    assert code == 0
    assert "kpi_week" in said
    code, said, _ = careful("tables", "kpi_week")
    assert "One row per kpi, iso_week, dimension, member." in said
    assert "effective_n" in said
    code, said, _ = careful("tables", "kpi_verdict")
    assert not said.startswith(".")
    assert careful("tables", "nothing_like_it")[0] == 2


def test_rows_of_a_real_company_are_not_printed_with_its_tables(
    empty_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty_workspace(run=True)
    assert (
        "Rows are shown of the sample company only." in careful("tables", "kpi_week", "--config", folder)[1]
    )


def test_the_shell_runs_one_select_in_the_cage(analyst: Path) -> None:
    assert careful("sql", "--format", "csv", "-c", "select 1 as a, 'b' as b;")[:2] == (0, "a,b\n1,b\n")
    done = CliRunner().invoke(app, ["sql", "--format", "json"], input="select 2 as a\n")
    assert json.loads(done.stdout) == [{"a": 2}]
    code, _, said = careful("sql", "-c", "from read_text('/etc/hostname')")
    assert (code, "no files, no network" in said) == (1, True)


def test_findings_are_told_to_machines_and_end_with_1(analyst: Path) -> None:
    path = save(analyst / "queries", "care/any", "select n from where", question="a", owner="b", grain=["n"])
    code, said, _ = careful("query", "check", "care/any", "--json")
    (finding,) = json.loads(said)["findings"]
    assert (code, finding["path"], finding["rule"]) == (1, str(path), "parses")
    code, said, _ = careful("query", "check", "care/any")
    assert said.startswith("queries/questions/care/any.sql:6:")


def test_a_definition_is_marked_as_verified_in_its_file(analyst: Path) -> None:
    careful("query", "new", NAME)
    for who in ("Ana", "Bea"):
        assert careful("query", "verify", NAME, "--by", who)[0] == 0
        question = read_questions([QUERIES, analyst / "queries"]).get(NAME)
        assert question is not None
        assert question.is_verified
        assert question.header.verified is not None
        assert question.header.verified.by == who
    question.path.write_text(question.path.read_text().replace("order by iso_week", "order by iso_week desc"))
    assert "no longer verified" in careful("query", "list", "--json")[1]
