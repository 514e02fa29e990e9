"""What an analyst gets wrong first is told once, where it is, and with what to do."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from pipelines.questions.cage import Cage
from pipelines.questions.check import Finding, Ground, check
from pipelines.questions.golden import Golden

HEAD = "/* ---\nquestion: How many?\nowner: us\ngrain: [iso_week]\n--- */\n"
SELECT = "select iso_week, n from kpi_week where kpi = 'valued' and dimension = 'all'\n"
CASE = "expect: |\n  iso_week, n\n"
RANGE_CASE = "expect: |\n  n\n  3\n"

TODAY = date(2026, 11, 16)
Found = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Golden]]:
    """A folder for questions, and the queries beneath them, which no question changes."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "queries").mkdir()
    with Golden(folder) as golden:
        yield folder, golden


@pytest.fixture
def found(company: tuple[Path, Golden], cage: Cage) -> Found:
    """What is found in a file of these bytes, which has one golden case."""
    folder, grounds = company
    path = folder / "queries" / "questions" / "care" / "any.sql"
    case = folder / "tests" / "queries" / "care" / "any" / "empty.yaml"

    def finds(content: bytes | str, golden: str = CASE) -> list[Finding]:
        for file, text in ((path, content), (case, golden)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return check(Ground(grounds, cage, TODAY), ("care/any",))[1]

    return finds


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        (HEAD.replace("owner", "ownr") + SELECT, (3, 1), "'ownr' is not known. Did you mean 'owner'"),
        (HEAD.replace("[iso_week]", "[iso_week") + SELECT, (5, 1), "the header is not YAML"),
        (HEAD.replace("owner: us", "owner: us: all") + SELECT, (3, 10), "mapping values are not allowed here"),
        (HEAD.replace("us", "\xfc").encode("latin-1") + SELECT.encode(), (1, 1), "Save the file as UTF-8"),
        (HEAD.replace("owner: us", "owner: us\nallow: {rule: ratoi, because: we look into it, until: 2027-01-01}")
         + SELECT, (4, 1), "Did you mean ratio"),
        (HEAD + SELECT + "; select 1", (1, 1), "expected one SELECT, found 2 statements"),
        (HEAD + "select " + "(" * 900 + "1" + ")" * 900, (1, 1), "nested too deeply"),
        (HEAD + "attach 'x' as y", (1, 1), "expected one SELECT, found ATTACH"),
        ("", (1, 1), "expected a header before the SELECT"),
        (HEAD + SELECT.replace("n from", "nn from"), (6, 1), 'Referenced column "nn" not found'),
        (HEAD.replace("--- */", "params: {a: {type: text, default: x, options: select memb from kpi_week}}\n--- */")
         + SELECT + " and member = $a", (7, 1), "the options of a"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_and_in_its_place(
    found: Found, content: bytes | str, place: tuple[int, int], says: str
) -> None:
    told = [each for each in found(content) if each.rule not in ("golden_partial",)]
    assert [(each.line, each.column) for each in told] == [place]
    assert says in str(told[0])


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_editors_of_every_system_write_files_that_are_read(found: Found, start: str, end: str) -> None:
    told = found((start + HEAD + SELECT).replace("\n", end))
    assert {each.rule for each in told} == {"golden_partial"}


def test_rows_made_by_a_range_need_no_table_in_a_golden_case(found: Found) -> None:
    told = found(HEAD.replace("iso_week", "n") + "select count(*) as n from range(3)\n", RANGE_CASE)
    assert "golden" not in {each.rule for each in told}
