"""Of one refused file the door and `careful doctor` say the same sentence first, whoever the vendor."""

import pytest

from pipelines.door.profile import Profile, first_row
from pipelines.door.proposal import proposals
from pipelines.sources import all_profiles

CSV = [profile for profile in all_profiles() if profile.layout == "csv" and profile.header is first_row]
VIEW = (
    "Id,Requester,Requester id,Requester email,Subject,Tags,Status,{},Created at,Updated at,Solved at\n"
    "1596,Ann O'Neil,396,ann@example.com,Where is it?,vip,Solved,Mail,2026-11-02 09:00,2026-11-03 10:30,-\n"
)


def first_sentence(said: str) -> str:
    return said.partition(". ")[0].partition(".\n")[0].rstrip(".")


def doctor_of(desk) -> dict[str, str]:
    """File -> what is said of it, each file as if it were alone."""
    files = [path for path in desk.refusals() if not path.name.endswith(".reason.txt")]
    return {
        path.name: proposal.in_words()
        for file in files
        for path, proposal in proposals([file], all_profiles(), desk.settings)
    }


@pytest.mark.parametrize("profile", CSV, ids=lambda profile: f"{profile.name}-{profile.layout}")
def test_without_any_one_required_column_both_begin_alike(desk, profile: Profile) -> None:
    labels = {column.name: column.labels[0] for column in profile.columns if column.labels}
    for number, lacking in enumerate(column.name for column in profile.columns if column.required):
        left = [label for name, label in labels.items() if name != lacking]
        desk.put(f"{number}.csv", ",".join(left) + "\n")
    refused = {one["file"]: one["reason"] for one in desk.take_in().refusals}
    told = doctor_of(desk)
    assert {name: first_sentence(said) for name, said in told.items()} == {
        name: first_sentence(refused[name]) for name in told
    }
    assert [reason for name, reason in refused.items() if name not in told and "doctor" in reason] == []


def test_a_zendesk_view_with_via_under_another_name_is_refused_with_both_ways_out(desk) -> None:
    assert desk.refuse(VIEW.format("Channel"), "view.csv") == (
        "It looks like zendesk ticket, but has no column 'Via'. Export it again with that column. If it is only called "
        "otherwise, `careful doctor` says the line of careful.toml."
    )
    assert doctor_of(desk)["view.csv"].startswith(
        "It looks like zendesk ticket, but has no column 'Via'. Paste into careful.toml:\n\n"
        '[mapping.zendesk]\n"Channel" = "channel"\n'
    )


def test_a_zendesk_view_without_via_is_to_be_exported_again(desk) -> None:
    assert desk.refuse(VIEW.format("Weg nach Hause"), "view.csv") == (
        "It looks like zendesk ticket, but has no column 'Via'. Export it again with that column."
    )
    said = doctor_of(desk)["view.csv"]
    assert said.startswith("It looks like zendesk ticket, but has no column 'Via'.\n")
    assert said.endswith('Still missing, so export it again with: "Via".')


def test_a_list_that_is_no_export_is_called_that_by_both(desk) -> None:
    reason = desk.refuse("kpi,owner,region\n1,2,3\n", "list.csv")
    assert first_sentence(reason) == "Its columns are those of no known export"
    assert first_sentence(doctor_of(desk)["list.csv"]) == first_sentence(reason)
