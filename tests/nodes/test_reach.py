"""Whom we hear: what the build makes of answers, invitations and the customer base."""

import polars as pl
import pytest

from pipelines.nodes import reach

BASE = [("Private", "Bern", "top", 500), ("Private", "Ticino", "low", 300), ("Business", "Bern", "low", 200)]
ANSWERS = [
    ("emotion", "Private", "Bern", "top", 80, 64, 4),
    ("emotion", "Private", "Ticino", "low", 10, 2, 5),
    ("emotion", "Business", "Bern", "low", 10, 5, 3),
    ("emotion", None, None, None, 20, 20, 0),
]
CELL = ["kpi", "segment", "region", "value_band", "n", "successes", "opposites"]
WINDOW = {"iso_week": "2026-W46", "weeks": 13}
COLUMNS = {
    "item_survey": {"item": pl.String, "survey": pl.String},
    "invitation_cell": {
        "survey": pl.String, "iso_week": pl.String, "weeks": pl.Int32, "segment": pl.String, "region": pl.String,
        "value_band": pl.String, "invited": pl.Int64, "answered": pl.Int64,
    },
    "mix_cell": {
        "kpi": pl.String, "iso_week": pl.String, "weeks": pl.Int32, "dimension": pl.String, "member": pl.String,
        "mix_n": pl.Int64, "n": pl.Int64, "successes": pl.Int64, "opposites": pl.Int64,
    },
    "reach_cell": {
        "dimension": pl.String, "member": pl.String, "customers": pl.Int64, "invited": pl.Int64,
        "answered": pl.Int64,
    },
}  # fmt: skip


def answered(cells: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(cells, schema=CELL, orient="row").with_columns(
        iso_week=pl.lit("2026-W46"), weeks=pl.lit(13, pl.Int32)
    )


def made(**frames: pl.DataFrame) -> dict[str, pl.DataFrame]:
    given = {name: pl.DataFrame(schema=schema) for name, schema in COLUMNS.items()}
    given["answer_cell"] = answered(ANSWERS)
    given["customer_cell"] = pl.DataFrame(
        BASE, schema=["segment", "region", "value_band", "customers"], orient="row"
    )
    given["definition"] = pl.DataFrame({"kpi": ["emotion", "nps"], "interval": ["wilson", "nps"]})
    return reach.MEASURE.compute(given | frames)


def table(name: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS[name], orient="row")


def test_who_is_heard_too_rarely_counts_for_more_and_strangers_are_told_apart():
    (row,) = made()["kpi_weighted"].to_dicts()
    assert (row["n"], row["n_unknown"]) == (120, 20)
    assert row["share"] == pytest.approx(91 / 120)
    assert row["share_weighted"] == pytest.approx(0.5 * 0.8 + 0.3 * 0.2 + 0.2 * 0.5)
    assert row["share_weighted_low"] < row["share_weighted"] < row["share_weighted_high"]
    assert row["effective_n"] == pytest.approx(100**2 / (50**2 / 80 + 30**2 / 10 + 20**2 / 10))
    assert row["largest_gap"] < 1e-6


def test_a_net_score_is_weighted_from_minus_one_to_one():
    net = answered([("nps", *cell[1:]) for cell in ANSWERS])
    (row,) = made(answer_cell=net)["kpi_weighted"].to_dicts()
    assert row["share_weighted"] == pytest.approx(0.5 * 0.75 - 0.3 * 0.3 + 0.2 * 0.2)


def test_what_the_silent_think_is_bounded_where_invitations_are_known():
    invited = table("invitation_cell", [("yearly", "2026-W46", 13, "Private", "Bern", "top", 300, 100)])
    survey = table("item_survey", [("emotion", "yearly")])
    (row,) = made(invitation_cell=invited, item_survey=survey)["kpi_weighted"].to_dicts()
    assert (row["invited"], row["answered_share"]) == (300, pytest.approx(1 / 3))
    assert (row["bound_low"], row["bound_high"]) == pytest.approx((91 / 360, 91 / 360 + 2 / 3))
    (row,) = made(invitation_cell=invited)["kpi_weighted"].to_dicts()
    assert (row["bound_low"], row["invited"], row["answered_share"]) == (None, None, None)


def test_who_answered_the_survey_and_skipped_the_item_is_silent_too():
    invited = table("invitation_cell", [("yearly", "2026-W46", 13, "Private", "Bern", "top", 300, 240)])
    survey = table("item_survey", [("emotion", "yearly")])
    (row,) = made(invitation_cell=invited, item_survey=survey)["kpi_weighted"].to_dicts()
    assert row["answered_share"] == pytest.approx(120 / 300)
    assert (row["bound_low"], row["bound_high"]) == pytest.approx((91 / 300, 91 / 300 + 180 / 300))


def test_answers_of_a_group_that_all_left_stop_nothing_and_weigh_nothing():
    left = answered([*ANSWERS, ("emotion", "Pensioned", "Bern", "low", 5, 0, 5)])
    (row,) = made(answer_cell=left)["kpi_weighted"].to_dicts()
    assert (row["n"], row["n_unknown"]) == (125, 25)
    assert row["share_weighted"] == pytest.approx(0.5 * 0.8 + 0.3 * 0.2 + 0.2 * 0.5)
    alone = answered([("emotion", "Pensioned", "Bern", "low", 50, 0, 5)])
    assert made(answer_cell=alone)["kpi_weighted"].is_empty()


def test_groups_that_only_occur_together_do_not_stop_the_build():
    twins = answered(
        [("emotion", "Private", "Bern", "top", 30, 20, 5), ("emotion", "Business", "Ticino", "low", 30, 5, 5)]
    )
    base = pl.DataFrame(
        [
            ("Private", "Bern", "top", 500),
            ("Private", "Ticino", "low", 300),
            ("Business", "Ticino", "low", 200),
        ],
        schema=["segment", "region", "value_band", "customers"],
        orient="row",
    )
    (row,) = made(answer_cell=twins, customer_cell=base)["kpi_weighted"].to_dicts()
    assert row["share_weighted"] == pytest.approx(0.8 * 20 / 30 + 0.2 * 5 / 30)


def test_a_handful_stands_for_nobody():
    few = answered(
        [("emotion", "Private", "Bern", "top", 80, 64, 4), ("emotion", "Business", "Bern", "low", 2, 0, 2)]
    )
    (row,) = made(answer_cell=few)["kpi_weighted"].to_dicts()
    assert row["share_weighted"] == pytest.approx(64 / 82)


def test_the_line_at_the_usual_mix_stands_beside_and_silence_of_a_large_part_breaks_it():
    chat, phone = ("chat", 80, 60, 30, 30), ("phone", 20, 40, 40, 0)
    cells = [("human_within_promise", "2026-W46", 1, "channel", *channel) for channel in (chat, phone)]
    cells += [
        ("human_within_promise", "2026-W45", 1, "channel", *channel)
        for channel in (chat, ("phone", 20, 0, 0, 0))
    ]
    (row,) = made(mix_cell=table("mix_cell", cells))["kpi_mix_adjusted"].to_dicts()
    assert (row["iso_week"], row["dimension"], row["n"]) == ("2026-W46", "channel", 100)
    assert row["share"] == pytest.approx(0.8 * 0.5 + 0.2 * 1.0)


def test_groups_that_answer_unlike_are_told_and_one_group_alone_tells_nothing():
    groups = [
        ("yearly", "2026-W46", 13, "Private", "Bern", "top", 400, 240),
        ("yearly", "2026-W46", 13, None, None, None, 50, 50),
    ]
    alone = made(invitation_cell=table("invitation_cell", groups))["representativeness"]
    assert alone.is_empty()
    groups.append(("yearly", "2026-W46", 13, "Business", "Bern", "low", 400, 80))
    (row,) = made(invitation_cell=table("invitation_cell", groups))["representativeness"].to_dicts()
    assert row["n"] == 800
    assert row["r_indicator"] == pytest.approx(0.6, abs=0.01)
    assert row["r_indicator_low"] < row["r_indicator"] < row["r_indicator_high"]


def test_of_a_group_that_nobody_asked_no_share_is_told():
    cells = table("reach_cell", [("segment", "Private", 800, 400, 100), ("segment", "Retired", 50, 0, 0)])
    private, retired = made(reach_cell=cells)["reach_group"].to_dicts()
    assert private["answered_share"] == 0.25
    assert private["answered_share_low"] < 0.25 < private["answered_share_high"]
    assert (retired["invited"], retired["answered_share"], retired["answered_share_high"]) == (0, None, None)


def test_nobody_answering_gives_empty_tables_of_the_same_columns():
    nothing = made(answer_cell=answered([]).clear(), customer_cell=made_nobody())
    assert {name: frame.height for name, frame in nothing.items()} == dict.fromkeys(reach.MEASURE.outputs, 0)
    assert nothing["kpi_weighted"].columns == made()["kpi_weighted"].columns


def made_nobody() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"segment": pl.String, "region": pl.String, "value_band": pl.String, "customers": pl.Int64}
    )
