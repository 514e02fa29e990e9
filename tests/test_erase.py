"""A customer is erased: from every file below the workspace, for good, and nobody else is."""

import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines import erase, erase_whom, workspace
from pipelines.cli import app
from pipelines.door.intake import take_in
from pipelines.door.land import read_loads
from pipelines.door.pseudonym import keyed, read_key
from pipelines.door.tombstones import Tombstone, tombstones, unfinished
from pipelines.erase_whom import Found, Identifier
from pipelines.journal import Journal
from pipelines.journal.landing import unlanded
from pipelines.publish import run_once
from pipelines.settings import Settings, load_settings
from pipelines.sources import all_profiles
from pipelines.store import Store
from pipelines.terminal import NOT_PUBLISHED
from tests.conftest import made_once
from tests.journal.test_journal import act, plan
from tests.test_ctrl_c import PressesWhenLetGo, taken_in_while_pressed

AS_OF = "2026-11-16T05:00:00Z"
WORDS = ("ann.example", "Example-Ann", "668 18 00", "+41446681800", "old.ann", "a broken pan")
"""What nobody but Ann has."""
CONTACTS = (
    "Record ID,Email,First Name,Last Name,Phone Number,Merged record IDs,Create Date,Last Modified Date\n"
    "101,ann.example@example.com,Ann,Example-Ann,044 668 18 00,901,2025-01-01 08:00,2026-11-01 09:00\n"
)
OTHERS = "".join(
    f"{number},p{number}@example.com,Ben,Example,,,2025-01-01 08:00,2026-11-01 09:00\n"
    for number in range(102, 114)
)
ANSWERS = (
    "Response ID,Survey Type,Rating,Submission Date,Survey Channel,Contact ID\n"
    + "r901,NPS,9,2026-11-03 10:00,email,901\n"
    + "".join(f"r{number},NPS,8,2026-11-03 10:00,email,{number}\n" for number in range(102, 114))
)
TICKET = (
    '{"id": 7, "requester_id": 31, "requester": {"email": "old.ann@example.com", "name": "Example-Ann"}, '
    '"subject": "a broken pan", "status": "closed", "via": {"channel": "web"}, '
    '"created_at": "2026-11-02T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z"}\n'
)
OWN_LISTS = (
    "customer_kind,customer_id,state,from_at,until_at\n"
    "email,ann.example@example.com,complaint,2026-11-01T10:00:00Z,\n"
)
BOTH = (
    "Record ID,Email,First Name,Last Name,Phone Number,Additional email addresses,Create Date,Last Modified Date\n"
    "101,ann.example@example.com,Ann,Example-Ann,044 668 18 00,old.ann@example.com,2025-01-01 08:00,2026-11-09 09:00\n"
)
ANN = [("email", "ann.example@example.com")]


def arrives(settings: Settings, name: str, content: str, moment: str) -> None:
    path = settings.inbox / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("inside.csv", content)
    else:
        path.write_text(content, encoding="utf-8")
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


def careful(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(settings.path)])
    return done.exit_code, done.stdout, done.stderr


def find(settings: Settings, *identifiers: Identifier) -> Found:
    return erase_whom.find(settings, Store(settings.store), read_key(settings.key_file), identifiers)


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and all that it holds in a form that can be searched."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield pl.read_parquet(path).write_ndjson().encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.sql("select table_name from information_schema.tables").fetchall():
                yield str(connection.sql(f"from {table}").fetchall()).encode()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def places(folder: Path, *words: str) -> set[str]:
    """Folders of the workspace in whose files one of these texts stands."""
    return {
        "/".join(path.relative_to(folder).parts[:2])
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in text for text in contents(path) for word in words)
    }


def assert_rows_add_up(store: Store) -> None:
    for load in read_loads(store):
        assert load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_duplicate
        assert load.rows_quarantined == sum(rule["rows"] for rule in load.rules)
        path = store.landing / f"{load.source}__{load.object}" / f"{load.load_id}.parquet"
        assert pl.read_parquet(path).height == load.rows_loaded


def make(folder: Path) -> Settings:
    """A company that Ann is a customer of: merged, with two addresses, in a ZIP, in the journal and on a care list."""
    config = workspace.create(folder)
    text = config.read_text(encoding="utf-8").replace("[company]\n", f'[company]\nas_of = "{AS_OF}"\n', 1)
    config.write_text(text + '\n[sources.hubspot]\nfull_export = ["contact"]\n', encoding="utf-8")
    settings = load_settings(config)
    arrives(settings, "contacts.csv", CONTACTS + OTHERS, "2026-11-08T05:00")
    arrives(settings, "answers.zip", ANSWERS, "2026-11-08T05:00")
    arrives(settings, "ticket.json", TICKET, "2026-11-08T05:00")
    arrives(settings, "states.csv", OWN_LISTS, "2026-11-08T05:00")
    arrives(settings, "both.csv", BOTH + OTHERS, "2026-11-09T05:00")
    arrives(
        settings,
        "others.csv",
        ANSWERS.replace("r901,NPS,9,2026-11-03 10:00,email,901\n", ""),
        "2026-11-09T06:00",
    )
    journal = Journal(Store(settings.store))
    at = datetime(2026, 11, 10)
    key = read_key(settings.key_file)
    mails = pl.Series(["email|ann.example@example.com", "email|p102@example.com"])
    ann, ben = pl.select(keyed(pl.lit(mails), key)).to_series()
    journal.write_plan(plan(), at=at)
    journal.plan_acts([act("A1", ann), act("A2", ben)], "head", at)
    journal.change_act("A1", "done", "head", 1, note="She liked a broken pan", at=at)
    journal.be_gentle(ann, date(2026, 12, 1), "head", at)
    journal.log_reveals([ann, ben], "head", "this week's list", at)
    assert run_once(settings).outcome == "published"
    return settings


@dataclass
class Erasure:
    settings: Settings
    before: frozenset[str]
    where: set[str]
    said: str
    code: int
    others: set[str]

    @property
    def store(self) -> Store:
        return Store(self.settings.store)


@pytest.fixture(scope="session")
def with_ann(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Only read it: others do too."""
    folder = made_once(tmp_path_factory, "with-ann", lambda folder: make(folder / "company") and None)
    return load_settings(folder / "company" / "careful.toml")


@pytest.fixture(scope="session")
def ann(with_ann: Settings) -> Tombstone:
    """Hers, before it is put up."""
    (one,) = find(with_ann, *ANN).customers
    return one


@pytest.fixture
def company(with_ann: Settings, tmp_path: Path) -> Settings:
    return load_settings(Path(shutil.copytree(with_ann.workspace, tmp_path / "company")) / "careful.toml")


@pytest.fixture(scope="module")
def erasure(with_ann: Settings, ann: Tombstone, tmp_path_factory: pytest.TempPathFactory) -> Erasure:
    """Ann erased by her address, on the command line."""
    folder = tmp_path_factory.mktemp("erased") / "company"
    settings = load_settings(Path(shutil.copytree(with_ann.workspace, folder)) / "careful.toml")
    before = ann.values
    where = places(settings.workspace, *WORDS, *before)
    others = landed(Store(settings.store)) - before
    code, said, _ = careful(settings, "erase", "--email", "Ann.Example@example.com", "--yes")
    return Erasure(settings, before, where, said, code, others)


def landed(store: Store) -> set[str]:
    return {key for path in store.landing.glob("*/*.parquet") for key in pl.read_parquet(path)["record_key"]}


def test_before_she_stands_in_landing_vault_journal_and_build(erasure: Erasure) -> None:
    assert erasure.where == {"store/landing", "store/vault", "store/builds", "store/journal.sqlite"}


def test_after_it_no_word_of_hers_stands_in_any_file(erasure: Erasure) -> None:
    assert erasure.code == 0, erasure.said
    assert places(erasure.settings.workspace, *WORDS) == set()


def test_her_keyed_values_stand_in_the_tombstone_alone(erasure: Erasure) -> None:
    assert places(erasure.settings.workspace, *erasure.before) == {"store/tombstones"}


def test_of_a_telephone_that_a_household_may_share_not_even_the_tombstone_knows(erasure: Erasure) -> None:
    (stone,) = tombstones(erasure.store)
    (phone,) = erasure.before - stone.values
    assert places(erasure.settings.workspace, phone) == set()
    assert (stone.is_done, stone.shared) == (True, frozenset())


def test_what_is_left_in_the_vault_is_its_owner_s_alone(erasure: Erasure) -> None:
    left = list(erasure.store.vault.rglob("*.parquet"))
    assert left
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}


def test_everybody_else_stays(erasure: Erasure) -> None:
    assert landed(erasure.store) == erasure.others
    build = erasure.store.current()
    assert build is not None
    assert build.query_people("select count(*) as n from customer").item() == 12


def test_what_went_was_set_aside_and_rows_add_up(erasure: Erasure) -> None:
    assert_rows_add_up(erasure.store)
    build = erasure.store.current()
    assert build is not None
    aside = build.query(
        "select source, object, rows from quarantine_summary where rule = 'erased' order by all"
    ).rows()
    assert aside == [
        ("careful", "contact_state", 1), ("hubspot", "contact", 2), ("hubspot", "feedback", 1),
        ("journal", "act", 2), ("journal", "gentle", 1), ("zendesk", "ticket", 1),
    ]  # fmt: skip


def test_no_build_is_left_that_held_her(erasure: Erasure) -> None:
    assert len(list(erasure.store.builds_folder.iterdir())) == 1


def test_originals_that_held_her_go_and_others_stay(erasure: Erasure) -> None:
    assert [path.name[:15] for path in (erasure.store.vault / "raw").iterdir()] == ["20261109T060000"]


def test_her_entries_go_from_the_journal_and_nobody_else_s(erasure: Erasure) -> None:
    journal = Journal(erasure.store)
    assert journal.acts()["act_id"].to_list() == ["A2"]
    assert (journal.reveals().height, journal.gentle().height, len(journal.plans())) == (1, 0, 1)
    assert unlanded(erasure.store) == 0
    with (
        sqlite3.connect(journal.path) as connection,
        pytest.raises(sqlite3.IntegrityError, match="only grows"),
    ):
        connection.execute("delete from entry")


def test_the_command_says_what_goes_and_what_is_left_to_look_at(erasure: Erasure) -> None:
    assert "To be erased: 1 customer." in erasure.said
    assert (
        "Known by: hubspot contact (2), zendesk user (1), e-mail address (2), telephone number (1)."
        in erasure.said
    )
    assert "2  hubspot contact" in erasure.said
    assert "Erased 1 customer(s)." in erasure.said
    assert "frozen weeks, backups, and the vendors themselves" in erasure.said


def test_the_next_full_export_does_not_bring_her_back(erasure: Erasure, tmp_path: Path) -> None:
    folder = shutil.copytree(erasure.settings.workspace, tmp_path / "company")
    settings = load_settings(Path(folder) / "careful.toml")
    store, key = Store(settings.store), read_key(settings.key_file)
    arrives(settings, "contacts.csv", CONTACTS.replace("09:00", "10:00") + OTHERS, "2026-11-15T05:00")
    arrives(settings, "ticket.json", TICKET, "2026-11-15T05:00")
    arrives(settings, "again.csv", CONTACTS + OTHERS, "2026-11-08T05:00")
    loads = take_in(settings, store, all_profiles(), key).loads
    assert [(load.rows_read, load.rows_loaded, load.rules[0]["rule"]) for load in loads] == [
        (13, 0, "erased"),
        (1, 0, "erased"),
    ]
    assert places(settings.workspace, *WORDS) == set()
    assert places(settings.workspace, *erasure.before) == {"store/tombstones"}
    assert_rows_add_up(store)


def test_erased_again_she_is_erased_already(erasure: Erasure) -> None:
    code, _, error = careful(erasure.settings, "erase", "--email", "ann.example@example.com", "--yes")
    assert (code, error) == (1, "They are erased already, and kept out. Nothing was changed.\n")


def test_a_page_that_was_open_and_a_journal_from_a_backup_do_not_bring_her_back(
    erasure: Erasure, with_ann: Settings, tmp_path: Path
) -> None:
    store = Store(Path(shutil.copytree(erasure.store.root, tmp_path / "store")))
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        if (was := with_ann.store / name).is_file():
            shutil.copy(was, store.root / name)
    journal = Journal(store)
    (stone,) = tombstones(store)
    journal.be_gentle(min(stone.tokens), date(2026, 12, 1), "head", datetime(2026, 11, 15))
    assert (erase.keep_out(store), erase.keep_out(store)) == (5, 0)
    assert (journal.acts().height, journal.gentle().height) == (1, 0)


def test_a_store_from_a_backup_in_which_she_stands_again_is_erased_again(
    erasure: Erasure, with_ann: Settings, tmp_path: Path
) -> None:
    folder = shutil.copytree(erasure.settings.workspace, tmp_path / "company")
    settings = load_settings(Path(folder) / "careful.toml")
    shutil.copytree(with_ann.store / "landing", settings.store / "landing", dirs_exist_ok=True)
    _, said, error = careful(settings, "erase", "--email", "ann.example@example.com")
    assert "To be erased: 1 customer." in said
    assert error.startswith("Nobody can be asked here")


def test_an_identifier_can_be_asked_for_and_stands_in_no_list_of_commands(company: Settings) -> None:
    asked = ["erase", "--email", "-", "--config", str(company.path)]
    done = CliRunner().invoke(app, asked, input="ann.example@example.com\n")
    assert "To be erased: 1 customer." in done.stdout
    assert done.stderr.startswith("E-mail address:")


def test_whoever_came_back_is_let_in_again(erasure: Erasure, tmp_path: Path) -> None:
    folder = shutil.copytree(erasure.settings.workspace, tmp_path / "company")
    settings = load_settings(Path(folder) / "careful.toml")
    assert careful(settings, "erase", "--lift", "--id", "hubspot_contact:101")[0] == 0
    arrives(settings, "contacts.csv", CONTACTS, "2026-11-15T05:00")
    (load,) = take_in(settings, Store(settings.store), all_profiles(), read_key(settings.key_file)).loads
    assert (load.rows_loaded, tombstones(Store(settings.store))) == (1, [])


# Whom it finds


def test_each_identifier_of_hers_finds_the_same_customer(with_ann: Settings, ann: Tombstone) -> None:
    each = [
        ("email", " ANN.example@example.com"), ("email", "old.ann@example.com"), ("phone", "+41 44 668 18 00"),
        ("hubspot_contact", "101"), ("hubspot_contact", "901"), ("zendesk_user", "31"),
    ]  # fmt: skip
    found = find(with_ann, *each)
    assert ([one.values for one in found.customers], found.unknown) == ([ann.values], [])


def test_two_customers_are_two_tombstones_and_who_is_not_known_is_said(company: Settings) -> None:
    found = find(company, *ANN, ("email", "p102@example.com"), ("email", "who@example.com"))
    assert (len({one.name for one in found.customers}), found.unknown) == (2, ["email"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--email", "nobody@example.com", "--yes"], 1, "Nobody here is known by that. Nothing was changed."),
        (["--email", "ann.example@example.com"], 1, "Nobody can be asked here, so nothing was changed."),
        (["--email", "info@example.com"], 1, "What was given is no e-mail address of one person. Nothing was changed."),
        (["--id", "nickname:Annie"], 1, "This is no kind of identifier. Known are: hubspot_contact,"),
        (["--id", "Annie:email"], 1, "This is no kind of identifier."),
        (["--id", "Annie"], 2, "--id is written KIND:VALUE, such as --id hubspot_contact:123."),
        ([], 2, "Say who: --email, --phone or --id KIND:VALUE."),
        (["--lift", "--email", "p102@example.com"], 1, "Nobody who was erased is kept out by that."),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_said_and_changes_nothing(
    company: Settings, arguments: list[str], code: int, says: str
) -> None:
    done, _, error = careful(company, "erase", *arguments)
    assert (done, error[: len(says)]) == (code, says)
    assert tombstones(Store(company.store)) == []


# Killed on the way


@pytest.mark.parametrize("step", ["_erase_originals", "_rewrite", "_count_anew", "erase_about", "settle"])
def test_an_erasure_that_ended_early_is_finished_the_next_time(
    company: Settings, ann: Tombstone, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Ended before each step in turn, and amid the files that are rewritten."""
    store, key = Store(company.store), read_key(company.key_file)
    shutil.rmtree(store.builds_folder)
    ann.write(store)

    def all_of_it() -> int:
        customers = erase.finish(company, store, key)
        erase.settle(store)
        return customers

    with monkeypatch.context() as broken:
        broken.setattr(erase, step, _after(getattr(erase, step), 3 if step == "_rewrite" else 0))
        with pytest.raises(KeyboardInterrupt):
            all_of_it()
    assert (len(unfinished(store)), all_of_it(), all_of_it()) == (1, 1, 0)
    assert places(company.workspace, *WORDS) == set()
    assert places(company.workspace, *ann.values) == {"store/tombstones"}
    assert_rows_add_up(store)


def test_ctrl_c_while_kept_originals_are_looked_through_deletes_none(
    company: Settings, ann: Tombstone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can not be read is deleted, and DuckDB makes an error of its own of Ctrl+C."""
    store, key = Store(company.store), read_key(company.key_file)
    ann.write(store)
    kept = sorted((store.vault / "raw").iterdir())
    monkeypatch.setattr(erase, "bars", lambda *given: taken_in_while_pressed())
    with pytest.raises(KeyboardInterrupt):
        erase.finish(company, store, key)
    assert sorted((store.vault / "raw").iterdir()) == kept != []


def test_nobody_is_erased_after_ctrl_c_though_it_was_swallowed(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallows(*given: object) -> dict[str, int]:
        PressesWhenLetGo()
        return {}

    monkeypatch.setattr(erase, "count", swallows)
    code, _, error = careful(company, "erase", "--email", "Ann.Example@example.com", "--yes")
    assert (code, error) == (NOT_PUBLISHED, "Stopped. Nothing was changed.\n")
    assert tombstones(Store(company.store)) == []


def test_ctrl_c_amid_an_erasure_says_who_ends_it_and_status_says_that_it_waits(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as pressed:
        pressed.setattr(erase, "finish", lambda *given: taken_in_while_pressed())
        code, _, error = careful(company, "erase", "--email", ANN[0][1], "--yes")
    assert (code, error) == (
        NOT_PUBLISHED,
        "Stopped. The erasure has begun, and the next `careful run` ends it; until then what is published still holds "
        "them.\n",
    )
    assert "\n1 erasure waits for the next run to end it.\n" in careful(company, "status")[1]
    careful(company, "run")
    assert "erasure" not in careful(company, "status")[1]


def test_of_whom_nobody_knows_it_is_said_that_refused_files_were_never_read(company: Settings) -> None:
    refused = company.inbox / "refused"
    refused.mkdir(exist_ok=True)
    (refused / "view.csv").write_text("Requester email\nwho@example.com\n")
    code, _, error = careful(company, "erase", "--email", "who@example.com", "--yes")
    assert (code, error) == (
        NOT_PUBLISHED,
        "Nobody here is known by that. Nothing was changed. 1 file(s) in inbox/refused/ were never read: look there "
        "yourself.\n",
    )


def _after(done: Callable[..., object], times: int) -> Callable[..., object]:
    left = iter(range(times))

    def once_more(*given: object) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return done(*given)

    return once_more
