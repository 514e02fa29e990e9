"""Groups compared fairly: which members make a league of the build."""

import polars as pl

from pipelines.nodes import league

DEFINITION = pl.DataFrame(
    {
        "kpi": ["emotion", "had_to_repeat", "nps"],
        "interval": ["wilson", "wilson", "nps"],
        "better": ["up", "down", "up"],
    }
)


def made(kpi: str, members: list[tuple[str, int, int, int]]) -> pl.DataFrame:
    cells = pl.DataFrame(
        [(kpi, "2026-W46", 13, "region", *member) for member in members],
        schema=["kpi", "iso_week", "weeks", "dimension", "member", "n", "successes", "opposites"],
        orient="row",
    )
    return league.MEASURE.compute({"league_cell": cells, "definition": DEFINITION})["league"]


REGIONS = [("Bern", 400, 320, 20), ("Ticino", 400, 200, 120), ("Vaud", 400, 240, 40)]


def test_the_best_is_first_and_for_some_numbers_the_least_is_best():
    assert made("emotion", REGIONS)["member"].to_list() == ["Bern", "Vaud", "Ticino"]
    assert made("had_to_repeat", REGIONS)["member"].to_list() == ["Ticino", "Vaud", "Bern"]


def test_a_net_score_counts_its_opposites():
    assert made("nps", REGIONS)["share"].to_list() == [0.75, 0.5, 0.2]


def test_people_of_whom_nothing_is_known_are_no_member():
    table = made("emotion", [*REGIONS, ("not known", 400, 400, 0)])
    assert "not known" not in table["member"]
    assert table["members"].unique().to_list() == [3]


def test_two_members_are_no_league():
    assert made("emotion", REGIONS[:2]).is_empty()


def test_a_kpi_of_the_workspace_without_a_definition_is_a_share_of_which_more_is_better():
    assert made("own_item", REGIONS)["share"].to_list() == [0.8, 0.6, 0.5]
