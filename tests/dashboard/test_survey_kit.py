"""A company without the questions gets them, and what comes back is understood."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from dashboard.survey_kit import kit, pace
from dashboard.survey_kit.pace import Pace
from pipelines.settings import CONFIG_VARIABLE
from pipelines.store import Store

LANGUAGES = ("en", "de", "fr", "es")
RATED = kit.ITEMS[:-1]


def test_the_survey_speaks_four_languages() -> None:
    assert tuple(kit.wordings()) == LANGUAGES
    asked = [question.ask for wording in kit.wordings().values() for question in wording.items.values()]
    assert len(set(asked)) == len(LANGUAGES) * len(kit.ITEMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_eight_questions_name_both_ends_of_the_scale_and_one_is_open(language: str) -> None:
    items = kit.wordings()[language].items
    assert [name for name, question in items.items() if question.is_open] == ["comment"]
    for question in items.values():
        assert question.is_open or question.low != question.high


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_qualtrics_file_has_nine_questions_with_their_tags_and_seven_choices(language: str) -> None:
    text = kit.qualtrics(language)
    assert text.startswith("[[AdvancedFormat]]\n")
    blocks = re.split(r"^\[\[Question:(.+)\]\]$", text, flags=re.MULTILINE)[1:]
    kinds, bodies = blocks[::2], blocks[1::2]
    assert kinds == ["DB", *["MC:SingleAnswer:Horizontal"] * 8, "TE:Essay"]
    assert [re.findall(r"\[\[ID:(\w+)\]\]", body) for body in bodies] == [
        [n] for n in ("welcome", *kit.ITEMS)
    ]
    for body, item in zip(bodies[1:-1], RATED, strict=True):
        choices = re.findall(r"\[\[Choice:(\d)\]\]\n(.+)", body.split("[[AdvancedChoices]]")[1])
        assert choices == [(str(point), str(point)) for point in range(1, 8)]
        question = kit.wordings()[language].items[item]
        assert f"{question.ask}<br>1 = {question.low} … 7 = {question.high}" in body
    assert set(re.findall(r"\[\[(\w+)", text)) == {
        "AdvancedFormat", "Block", "Question", "ID", "PageBreak", "AdvancedChoices", "Choice",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_text_asks_the_same_and_carries_the_mapping(language: str) -> None:
    text = kit.plain_text(language)
    for number, (item, question) in enumerate(kit.wordings()[language].items.items(), start=1):
        assert f"{number}. {question.ask}\n" in text
        assert f"   [{item}]\n" in text
    mapping = tomllib.loads(text[text.index("[mapping.qualtrics]") :])
    assert mapping == {"mapping": {"qualtrics": {item: item for item in kit.ITEMS}}}


def export(language: str, people: int = 12) -> str:
    """What Qualtrics would export of the survey, version 3, with our export tags."""
    standard = {"startDate": "StartDate", "status": "Status", "finished": "Finished", "recordedDate": "RecordedDate",
                "_recordId": "ResponseId"}  # fmt: skip
    asked = {item: f"QID{n}" for n, item in enumerate(RATED, start=2)} | {"comment": "QID10_TEXT"}
    names = [*standard.values(), *asked]
    wording = [*standard.values(), *(kit.wordings()[language].items[item].ask for item in asked)]
    ids = [json.dumps({"ImportId": one}) for one in [*standard, *asked.values()]]
    rows = [
        ["2026-11-10 08:00:00", "0", "1", "2026-11-10 08:05:00", f"R_{person}",
         *(str(1 + (person + place) % 7) for place in range(8)), "Fine"]
        for person in range(people)
    ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, wording, ids, *rows])
    return text.getvalue()


@pytest.mark.parametrize(
    "language",
    ["en", *(pytest.param(other, marks=pytest.mark.endure) for other in LANGUAGES if other != "en")],
)
def test_what_comes_back_from_qualtrics_is_understood_with_the_lines_of_the_kit(
    language: str, empty_workspace: Callable[..., Path]
) -> None:
    folder = empty_workspace(
        settings=kit.mapping("qualtrics"),
        files={"inbox/Nine_questions.csv": export(language)},
        run=True,
    )
    build = Store(folder / "store").current()
    assert build is not None
    answers = build.query_people(
        "select item, count(*) as n, min(scale_max) as top from answer group by item"
    )
    build.close()
    assert set(answers.iter_rows()) == {(item, 12, 7) for item in RATED}


def test_a_survey_that_lacks_a_question_or_an_end_is_refused() -> None:
    wording = kit.wordings()["en"].model_dump()
    with pytest.raises(ValidationError, match="expected the items success, effort"):
        kit.Wording.model_validate({**wording, "items": {"success": wording["items"]["success"]}})
    with pytest.raises(ValidationError, match="both ends"):
        kit.Question(ask="How?", low="bad")


@pytest.mark.parametrize(
    ("customers", "share", "is_own", "expected"),
    [
        (1000.0, 0.16, True, "At your rate you would know in about 3 weeks (about 1,000 customers a week, each asked "
         "once; 16 of 100 asked have answered so far): 400 answers tell you to within 5 of 100."),
        (8000.0, 0.1, False, "At your rate you would know in about a week (about 8,000 customers a week, each asked "
         "once; if 10 of 100 answer, which is assumed): 400 answers tell you to within 5 of 100."),
        (20.0, 0.1, False, "400 answers tell you to within 5 of 100. At your rate that takes more than a year"),
        (None, 0.1, False, "How soon you would have them can not be said yet"),
    ],
)  # fmt: skip
def test_how_soon_one_would_know_is_said_from_the_own_pace_or_not_at_all(
    customers: float | None, share: float, is_own: bool, expected: str
) -> None:
    assert expected in pace.in_words(Pace(customers, share, is_own))


def test_the_sample_without_surveys_is_told_its_own_pace(
    open_page: Callable[..., AppTest], company_without_surveys: Path, said: Callable[[AppTest], str]
) -> None:
    store = Store(company_without_surveys / "store").current()
    assert store is not None
    customers, weeks = store.query("select customers, weeks from in_touch").row(0)
    store.close()
    expected = pace.in_words(Pace(customers / weeks, 0.1, is_own_share=False))
    assert weeks == 13
    app = open_page(company_without_surveys, "feelings_and_loyalty")
    assert not app.exception
    assert expected in said(app)
    assert [button.label for button in app.get("download_button")] == [
        "Get it for Qualtrics",
        "Get it as plain text",
    ]


def test_the_survey_comes_in_the_language_that_is_chosen(
    open_page: Callable[..., AppTest], company_without_surveys: Path
) -> None:
    app = open_page(company_without_surveys, "feelings_and_loyalty")
    assert app.selectbox(key="survey_language").value == "en"
    app.selectbox(key="survey_language").set_value("fr").run()
    assert not app.exception
    assert app.selectbox(key="survey_language").options == ["English", "Deutsch", "Français", "Español"]


def test_a_company_with_scores_only_is_told_what_it_has_and_what_is_missing(
    company_without_surveys: Path, monkeypatch: pytest.MonkeyPatch, said: Callable[[AppTest], str]
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(company_without_surveys / "careful.toml"))

    def page() -> None:
        from dashboard.parts import states

        states.missing_questions(["effort", "emotion", "forgive"], have=["nps", "csat"])
        states.missing_questions([], have=["nps"])

    app = AppTest.from_function(page).run()
    assert not app.exception
    assert len(app.markdown) == 1
    assert (
        "You ask customers how likely they are to recommend you, from 0 to 10 (NPS) and how satisfied"
        in said(app)
    )
    assert "Not asked yet: how easy it was, how they felt and whether they would forgive a mistake." in said(
        app
    )
