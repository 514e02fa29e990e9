"""A refused file is told of until something answers it: the same content, a file of its name, a later full export."""

import pytest

from pipelines.door.originals import read_refusals
from pipelines.settings import load_settings

CONTACTS = (
    "Record ID,Email,Create Date\n1,ann@example.com,2026-05-01 08:00\n2,bo@example.com,2026-05-01 08:00\n"
)


def told_of(desk) -> list[tuple[str, str]]:
    return [(one["file"], one["received_at"][:10]) for one in read_refusals(desk.store)]


def test_the_same_content_refused_again_is_listed_once_with_one_copy_and_one_reason(desk):
    for day, name in (("10", "a.csv"), ("11", "a.csv"), ("12", "a.csv")):
        desk.put(name, "a,b\n", on=f"2026-11-{day}")
        desk.take_in()
    assert told_of(desk) == [("a.csv", "2026-11-12")]
    assert [path.name for path in desk.refusals()] == ["a.csv", "a.csv.reason.txt"]


def test_once_a_file_of_its_name_is_taken_in_a_refusal_is_history_and_the_broken_copy_stays(desk):
    desk.refuse(CONTACTS + "3", name="a.csv")
    desk.refuse("x,y\n", name="other.csv")
    desk.read(CONTACTS, on="2026-11-11", name="a.csv")
    assert told_of(desk) == [("other.csv", "2026-11-10")]
    assert {path.name for path in desk.refusals()} == {
        "a.csv", "a.csv.reason.txt", "other.csv", "other.csv.reason.txt"
    }  # fmt: skip


def test_a_refused_file_that_was_mended_and_put_back_leaves_no_reason_behind(desk):
    desk.refuse(CONTACTS + "3", name="a.csv")
    (refused, _) = desk.refusals()
    refused.write_text(CONTACTS)
    refused.rename(desk.settings.inbox / "mended.csv")
    desk.take_in()
    assert desk.refusals() == []


def test_the_same_content_taken_in_under_a_mended_mapping_takes_its_refused_copy_away(desk):
    odd = CONTACTS.replace("Email", "Mail of the customer")
    desk.refuse(odd, name="a.csv")
    config = desk.settings.path
    config.write_text(config.read_text() + '[mapping.hubspot]\n"Mail of the customer" = "email"\n')
    desk.settings = load_settings(config)
    desk.read(odd, name="b.csv")
    assert (told_of(desk), desk.refusals()) == ([], [])


@pytest.mark.parametrize(("full", "listed"), [("", 1), ('[sources.hubspot]\nfull_export = ["contact"]\n', 0)])
def test_only_a_later_full_export_answers_a_refused_file_of_the_same_things_by_another_name(
    open_desk, full, listed
):
    desk = open_desk(full)
    desk.refuse(CONTACTS + "3", name="a.csv")
    desk.read(CONTACTS, on="2026-11-11", name="b.csv")
    assert len(read_refusals(desk.store)) == listed


def test_who_deletes_a_refused_file_has_answered_and_a_reason_that_is_moved_is_no_export(desk):
    desk.refuse("<html>Log in</html>", name="contacts.csv")
    refused = desk.settings.inbox / "refused"
    (refused / "contacts.csv.reason.txt").rename(desk.settings.inbox / "contacts.csv.reason.txt")
    assert desk.take_in().refusals == []
    assert len(read_refusals(desk.store)) == 1
    (refused / "contacts.csv").unlink()
    desk.take_in()
    assert read_refusals(desk.store) == []
