"""A question and its answer: the sentence, the picture, the figures, and what must be said beside them."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import asked, events, figures, findings, locales, words
from dashboard.charts import Picture
from dashboard.charts import events as marks
from dashboard.charts import question as charts
from dashboard.charts.plotted import chart_of
from dashboard.parts import (
    head,
    picture,
    question_about,
    question_files,
    question_list,
    question_params,
    table,
)
from pipelines.questions import QuestionFile
from pipelines.questions.answer import Answer


def show(question: QuestionFile) -> None:
    """The whole page of a question."""
    title = words.safe(question.header.question)
    marks = " ".join(question_list.badges(question))
    try:
        place = st.container()
        chosen = question_params.choose(question)
        answer = asked.answer(question, chosen)
    except asked.NotAnswered as error:
        with place:
            st.title(title, anchor=False)
            st.markdown(f"{marks} :red-badge[:material/error: Can not be asked]")
        question_about.not_answered(question.name, str(error))
        return
    with place:
        head.first_line(*question_about.first_line(answer))
        head.headline(title, words.safe(findings.takeaway(answer)))
        if marks:
            st.markdown(marks)
        if question.is_draft:
            st.markdown(
                ":small[:orange[No golden test says what must come out, so that this is a draft: it enters no frozen "
                "week.]]"
            )
        question_about.left_aside(question)
        question_about.allowances(answer)
    _drawn(answer)
    compared = "  \n".join(words.safe(words.capital(told)) for told in findings.compared(answer))
    if compared:
        st.markdown(compared)
    _figures(answer)
    question_files.offer(answer)
    question_about.behind(answer)


def _drawn(answer: Answer) -> None:
    made: list[Picture] = []

    def panel(frame: pl.DataFrame, *, asked_as: tuple[Any, ...], place: int) -> Picture:
        del frame, asked_as  # they key the cache
        made.extend([] if made else charts.panels(answer, known))
        return made[place]

    question, told = answer.question, findings.takeaway(answer)
    asked_as = (question.definition_hash, question.is_draft, answer.build_id, findings.filters(answer))
    known = events.known()
    happened = charts.told(answer, known)
    told = " ".join(filter(None, (told, marks.spoken(happened))))
    names = charts.panel_names(answer)
    for place, name in enumerate(names):
        picture.show(
            panel, answer.frame, name=f"question_{place}", takeaway=f"{name}. {told}" if name else told,
            asked_as=(*asked_as, *happened.rows()), place=place,
        )  # fmt: skip
    if happened.height:
        st.markdown(f":small[:gray[{words.safe(marks.legend(happened))}]]")
    _, why_not = chart_of(answer)
    more = charts.left_out(answer)
    beside = [
        f":orange[{words.safe(why_not)}]" if why_not else "",
        f"{words.plural(more, 'more is', 'more are')} in the table." if more else "",
        findings.unfinished(answer),
        charts.missing(answer),
        findings.hidden(answer),
    ]
    said = " ".join(filter(None, beside))
    if said:
        st.markdown(f":small[:gray[{said}]]")


def _figures(answer: Answer) -> None:
    shown = figures.table(answer)
    name = f"The figures: {answer.question.header.question}"
    if charts.is_drawn(answer):
        table.behind(shown, name)
    elif not shown.is_empty():
        spelt = "D MMM YYYY" if locales.current().is_day_first else "MMM D, YYYY"
        days = {
            each: st.column_config.DateColumn(format=spelt) for each in shown.select(pl.col(pl.Date)).columns
        }
        st.dataframe(shown, hide_index=True, alt=name, column_config=days)
    many = {
        kind: frame
        for kind, frame in answer.comparisons.items()
        if frame.height > 1 and kind in findings.BEFORE
    }
    for kind, frame in many.items():
        if not findings.is_one_series(answer):
            table.behind(
                frame,
                f"{name}, compared with {findings.BEFORE[kind]}",
                f"Compared with {findings.BEFORE[kind]}",
            )
