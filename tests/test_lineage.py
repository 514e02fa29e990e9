"""What a number rests on, and that none called a success rests on handling time."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.build import rehearse
from pipelines.door.land import Load
from pipelines.engine.graph import Measure, Model, ModelHeader, QueryError
from pipelines.lineage import lineage, refuse_handle_time
from pipelines.questions import ANCESTORS, QuestionFile, load_questions
from pipelines.settings import load_settings
from pipelines.sources import all_profiles
from pipelines.store import Build

QUESTION = "/* ---\nquestion: How many?\nowner: us\ngrain: []\n{}\n--- */\n{}\n"
MakeWorkspace = Callable[..., Path]
Ask = Callable[..., QuestionFile]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Writes one question file and reads it: `ask("select n from waits", "purpose: success")`."""

    def asks(sql: str, header: str = "purpose: success") -> QuestionFile:
        path = tmp_path / "questions" / "service" / "any.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(QUESTION.format(header, sql), encoding="utf-8")
        (question,) = load_questions([tmp_path])
        return question

    return asks


def model(table: str, sql: str) -> Model:
    return Model(table, "core", sql, ModelHeader(about="a test"))


def load(source: str, object_: str, *files: str) -> Load:
    return Load(
        load_id="l",
        source=source,
        object=object_,
        file="f",
        content_hash="h",
        received_at=datetime(2026, 11, 1),
        encoding="utf-8",
        is_full_export=False,
        key_fingerprint="k",
        files=list(files),
    )


def test_every_step_is_told_from_the_question_to_the_export(ask: Ask) -> None:
    nodes = [
        model("cell", "select n from landing.answer join dates on true"),
        Measure("change", frozenset({"cell"}), ("verdict", "level"), lambda frames: {}),
    ]
    loads = [
        load("qualtrics", "response", "qualtrics__response/l.parquet", "answer/l.parquet"),
        load("shopify", "order", "shopify__order/l.parquet"),
    ]
    assert lineage(nodes, [ask("select n from verdict")], loads).rows() == [
        ("cell", "dates"),
        ("cell", "landing.answer"),
        ("landing.answer", "landing.qualtrics__response"),
        ("level", "cell"),
        ("questions/service/any", "verdict"),
        ("verdict", "cell"),
    ]


def test_what_is_kept_of_the_answers_of_google_analytics_is_told_by_report() -> None:
    nodes = [model("web_said", "select value from landing.ga4__said")]
    pulled = load("ga4", "visitors", "ga4__visitors/l.parquet")
    pulled.window = {"grain": "day"}
    edges = lineage(nodes, [], iter([pulled, load("ga4", "export", "ga4__export/l.parquet")])).rows()
    assert edges == [
        ("landing.ga4__said", "landing.ga4__visitors"),
        ("landing.ga4__total", "landing.ga4__visitors"),
        ("landing.ga4__window", "landing.ga4__visitors"),
        ("web_said", "landing.ga4__said"),
    ]


def test_every_number_of_the_sample_company_is_traced_to_exports_that_were_received(
    sample_build: Build,
) -> None:
    received = set(
        sample_build.query("select distinct 'landing.' || source || '__' || object as name from load")["name"]
    )
    for question in load_questions():
        found = set(sample_build.query(ANCESTORS, {"name": f"questions/{question.name}"})["name"])
        assert found & received, question.name
        assert not found & {f"questions/{question.name}", "customer_value"}
    feeling = set(sample_build.query(ANCESTORS, {"name": "answer"})["name"])
    assert "landing.qualtrics__response" in feeling
    assert "landing.careful__goal" not in feeling


CARRIED = [
    model("staged.talk", "select cast(handle_seconds as bigint) as handle_seconds, a from landing.talk"),
    model("talk", "select talk.handle_seconds, talk.a from staged.talk as talk"),
]


@pytest.mark.parametrize(
    "made_of_it",
    [
        "select avg(handle_seconds) as quick from talk",
        "select handle_seconds as quick from talk",
        "select a from talk where handle_seconds < 300",
        "with each as (select handle_seconds < 300 as quick from talk) select count(*) as n from each where quick",
        "select sum(Handle_Seconds) as handle_seconds from talk",
        "with each(quick) as (select handle_seconds from talk) select quick from each",
        "select quick from (select handle_seconds from talk) as each(quick)",
        "select a as quick from talk union all select handle_seconds from talk",
        "select (select handle_seconds from talk limit 1) as quick from talk",
        "select a from talk where a in (select handle_seconds from talk)",
    ],
)
def test_a_success_that_is_made_of_handling_time_is_refused_however_far_down_it_comes_in(
    ask: Ask, made_of_it: str
) -> None:
    nodes = [
        *CARRIED,
        model("speed", made_of_it),
        Measure("judging", frozenset({"speed"}), ("verdict",), lambda frames: {}),
        model("shown", "select a from verdict"),
    ]
    question = ask("select a from shown")
    says = (
        r"service/any\.sql: the purpose is 'success', but speed makes it of handle_seconds: speed is not care"
    )
    with pytest.raises(QueryError, match=says):
        refuse_handle_time(nodes, [question])
    refuse_handle_time(nodes, [ask("select a from shown", "purpose: capacity")])


@pytest.mark.parametrize(
    "carried_on",
    [
        "with each as (select handle_seconds, a from talk) select handle_seconds, a from each",
        "select each.handle_seconds from (select handle_seconds from talk) as each join talk on true",
        "select handle_seconds, a from talk union all select handle_seconds, a from talk",
        "(select handle_seconds from talk) union all (select cast(handle_seconds as bigint) from talk)",
    ],
)
def test_a_query_may_carry_handling_time_on_under_its_own_name(ask: Ask, carried_on: str) -> None:
    nodes = [*CARRIED, model("more", carried_on), model("contacts", "select count(*) as n from more")]
    refuse_handle_time(nodes, [ask("select n from contacts")])


def test_a_column_that_is_a_success_is_looked_into_as_well(ask: Ask) -> None:
    columns = "columns: {quick: {about: x, purpose: success}}"
    with pytest.raises(
        QueryError, match=r"any\.sql: the purpose is 'success', but .*any\.sql makes it of handle_sec"
    ):
        refuse_handle_time(CARRIED, [ask("select handle_seconds as quick from talk", columns)])


def test_a_table_may_carry_handling_time_under_a_success_that_does_not_look_at_it(ask: Ask) -> None:
    refuse_handle_time(
        [*CARRIED, model("contacts", "select count(a) as n from talk")], [ask("select n from contacts")]
    )


def test_a_handling_time_in_a_companys_own_success_stops_the_build(empty_workspace: MakeWorkspace) -> None:
    sql = "select iso_week, avg(interaction.handle_seconds) as n from interaction join dates on true group by iso_week"
    folder = empty_workspace(
        files={
            "queries/marts/handling.sql": f"/* ---\nabout: ours\n--- */\n{sql}\n",
            "queries/questions/service/fast.sql": QUESTION.format(
                "purpose: success", "select n from handling"
            ),
        }
    )
    with pytest.raises(
        QueryError, match=r"service/fast\.sql: the purpose is 'success', but .*marts/handling\.sql"
    ):
        rehearse(load_settings(folder / "careful.toml"), tuple(all_profiles()))
