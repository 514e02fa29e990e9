"""Which verdicts a build tells: by families, of closed weeks, of shown cells, and never over a break."""

import polars as pl

from pipelines.nodes import change

WEEKS = [f"2026-W{week:02}" for week in range(1, 31)]
PATHS = {
    "human_within_promise": "service",
    "emotion": "feelings",
    "nps": "loyalty",
    "web_helpful": "web",
    "web_search_found": "web",
}


def told(
    cells: dict[tuple[str, str], list[int]],
    *,
    hidden=(),
    hidden_weeks=(),
    open_weeks=(),
    breaks=(),
    bears=500.0,
) -> pl.DataFrame:
    """Verdicts of (kpi, channel) -> successes of 500 a week that count as so many, in the last week."""
    frame = pl.DataFrame(
        [
            (kpi, week, "all" if member == "all" else "channel", member, 500, successes, 50)
            for (kpi, member), each in cells.items()
            for week, successes in zip(WEEKS, each, strict=True)
        ],
        schema=["kpi", "iso_week", "dimension", "member", "n", "successes", "opposites"],
        orient="row",
    ).with_columns(effective_n=bears)
    definition = pl.DataFrame(
        [(kpi, f"queries/questions/{theme}/{kpi}.sql", "nps" if kpi == "nps" else "wilson")
         for kpi, theme in PATHS.items()],
        schema=["kpi", "path", "interval"], orient="row",
    )  # fmt: skip
    frames = {
        "kpi_cell": frame,
        "kpi_week": frame.filter(
            ~pl.col("member").is_in(hidden) & ~pl.col("iso_week").is_in(list(hidden_weeks))
        ),
        "dates": pl.DataFrame({"iso_week": WEEKS}).with_columns(
            is_closed=~pl.col("iso_week").is_in(list(open_weeks))
        ),
        "definition": definition,
        "series_break": pl.DataFrame(list(breaks), schema=["kpi", "iso_week"], orient="row").cast(pl.String),
    }
    verdicts = change.MEASURE.compute(frames)["kpi_verdict"]
    return verdicts.filter(pl.col("iso_week") == pl.col("iso_week").max())


FELL = [440] * 29 + [380]
STAYED = [440] * 30


def test_a_fall_is_told_for_all_and_for_the_channel_it_is_in():
    kpi = "human_within_promise"
    found = told(
        {(kpi, "all"): FELL, (kpi, "chat"): FELL, (kpi, "phone"): STAYED, ("emotion", "all"): STAYED}
    )
    assert dict(found.select(pl.col("kpi") + " " + pl.col("member"), "verdict").iter_rows()) == {
        "emotion all": "no real change",
        f"{kpi} all": "down",
        f"{kpi} chat": "down",
        f"{kpi} phone": "no real change",
    }


def test_a_fall_in_the_events_of_few_people_is_no_more_than_theirs():
    of_many, of_few = (told({("web_helpful", "all"): FELL}, bears=bears) for bears in (500.0, 50.0))
    assert (of_many["verdict"].item(), of_few["verdict"].item()) == ("down", "no real change")
    width = pl.col("change_high") - pl.col("change_low")
    assert of_few.select(width).item() > 2 * of_many.select(width).item()
    assert of_few["change"].item() == of_many["change"].item()


def test_headlines_of_one_block_share_a_level_and_other_blocks_have_their_own():
    found = told(
        {("emotion", "all"): STAYED, ("nps", "all"): STAYED, ("human_within_promise", "all"): STAYED}
    )
    level = dict(found.select("kpi", "level").iter_rows())
    assert level["emotion"] == level["nps"] > level["human_within_promise"]


def test_the_website_neither_takes_from_the_budget_of_other_blocks_nor_shares_it():
    """That the website moved, or is there at all, changes nothing in what is told of the others."""
    before = {("human_within_promise", "all"): FELL, ("emotion", "all"): FELL, ("nps", "all"): STAYED}
    website = {("web_helpful", "all"): FELL, ("web_search_found", "all"): STAYED}
    found = told(before | website)
    assert found.filter(~pl.col("kpi").str.starts_with("web_")).equals(told(before))
    assert found.filter(pl.col("kpi").str.starts_with("web_")).equals(told(website))


def test_the_net_promoter_score_is_judged_as_a_net_share():
    assert told({("nps", "all"): [300] * 29 + [200]})["change"].item() == -0.2


def test_of_a_hidden_cell_nothing_is_told():
    found = told({("emotion", "all"): FELL, ("emotion", "chat"): FELL}, hidden=["chat"])
    hidden = found.filter(pl.col("member") == "chat").row(0, named=True)
    assert (hidden["verdict"], hidden["change"], hidden["level"]) == ("too few", None, None)


def test_hidden_weeks_are_not_compared_with():
    odd = [440] * 20 + [380] * 8 + [440, 430]
    found = told({("emotion", "all"): odd}, hidden_weeks=WEEKS[20:28]).row(0, named=True)
    assert round(found["change"], 9) == round((430 - 440) / 500, 9)


def test_an_unfinished_week_is_not_judged():
    assert told({("emotion", "all"): FELL}, open_weeks=["2026-W30"])["iso_week"].item() == "2026-W29"


def test_weeks_before_another_wording_are_not_compared_with():
    fell = [440] * 26 + [380] * 4
    assert told({("emotion", "all"): fell})["verdict"].item() == "down"
    assert told({("emotion", "all"): fell}, breaks=[("emotion", "2026-W27")])["verdict"].item() == "too few"
