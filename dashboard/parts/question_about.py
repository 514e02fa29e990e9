"""Behind an answer: what it means, what each column is, where it comes from, the SQL."""

import streamlit as st

from dashboard import asked, builds, defined, figures, findings, lineage, weeks, words
from dashboard.parts.about import INTERVALS
from pipelines.questions import QUERIES, QuestionFile
from pipelines.questions.answer import Answer, AnsweredColumn

_RANGES = INTERVALS | {
    "newcombe": "95 % interval of a difference (Newcombe)",
    "mean": "95 % interval of a mean",
    "weighted": "95 % Wilson score interval at the effective n",
    "from_columns": "as the SELECT gives it",
}


def first_line(answer: Answer) -> list[str]:
    """Whose the question is, and how far its data reach."""
    through = answer.data_through
    return [
        words.safe(answer.question.theme.replace("_", " ")),
        f"kept by {words.safe(answer.question.header.owner.replace('-', ' '))}",
        f"data through {words.day(weeks.local(through))}"
        if through
        else "how far the data reach is not known",
    ]


def left_aside(question: QuestionFile) -> None:
    """That the numbers on screen were made while the file could not be asked."""
    shown = builds.build()
    if shown and question.name in shown.manifest.get("questions_aside", {}):
        st.markdown(
            ":small[:orange[:material/priority_high: When these numbers were made the file could not be asked, and was "
            "left aside. It counts from the next run on.]]"
        )


def allowances(answer: Answer) -> None:
    """What the question is excused from, for all to see; what has ended in amber."""
    for told, is_over in findings.allowances(answer):
        line = f":material/{'event_busy' if is_over else 'rule'}: {words.safe(told)}"
        st.markdown(f":small[:{'orange' if is_over else 'gray'}[{line}]]")


@st.fragment
def behind(answer: Answer) -> None:
    """Three drawers, each made when it is opened."""
    with st.expander("What it means", type="compact", key="question_meaning", on_change="rerun") as opened:
        if opened.open:
            _meaning(answer)
    with st.expander("The SQL", type="compact", key="question_sql", on_change="rerun") as opened:
        if opened.open:
            st.code(answer.question.sql.strip(), language="sql", wrap_lines=True)
            st.markdown(f":small[:gray[Written down in {_place(answer.question)}.]]")
    with st.expander(
        "Where it comes from", type="compact", key="question_lineage", on_change="rerun"
    ) as opened:
        if opened.open:
            descent(answer.question)


def descent(question: QuestionFile) -> None:
    """The way from the exports to the answer, drawn."""
    edges = lineage.graph(question)
    if not edges:
        st.markdown("It reads no table.")
        return
    name = words.safe(question.name)
    st.mermaid_chart(lineage.mermaid(edges), alt=f"From the exports to {name}: what is read by what")
    st.markdown(
        ":small[:gray[From the files on top to the question at the bottom; staging and who is who are left out.]]"
    )


def broken(name: str, why: str) -> None:
    """A file that can not be asked: its error, for whoever wrote it."""
    st.title(words.safe(name), anchor=False)
    st.markdown(":red-badge[:material/error: Can not be asked]")
    if (QUERIES / "questions" / f"{name}.sql").is_file():
        st.markdown("Until it can be, the numbers are counted by the product's own definition.")
    not_answered(name, why)
    path = next(
        (p for root in reversed(asked.folders()) if (p := root / "questions" / f"{name}.sql").is_file()), None
    )
    if path:
        with st.expander("The file", type="compact"):
            st.code(path.read_text(encoding="utf-8", errors="replace"), language="sql", wrap_lines=True)


def not_answered(name: str, why: str) -> None:
    """What is wrong, in full, and how to go on."""
    with st.container(border=True):
        st.text(why)
        st.markdown(
            ":small[:gray[All other questions are as they were. This page looks again as soon as the file is saved; "
            f"`careful query check {_plain(name)}` says line by line what to do.]]"
        )


def _meaning(answer: Answer) -> None:
    header = answer.question.header
    if header.definition:
        st.markdown(words.safe(header.definition))
    declared = [
        column for column in answer.columns if column.name in header.columns or column.role == "estimate"
    ]
    told = [
        f"{_code(column.name)}: {words.safe(_about(answer, column))}"
        + (f" Range: {_RANGES.get(column.interval, column.interval)}." if column.role == "estimate" else "")
        for column in declared
    ]
    if told:
        st.markdown("\n".join(f"- {line}" for line in told))
    facts = [
        f"Hidden below: {answer.minimum_n} people" if answer.estimates or "n" in answer.frame.columns else "",
        f"From: {words.safe(findings.source(answer))}",
        f"Asked with: {words.safe(findings.filters(answer))}",
        f"Settles within: {header.settling_days} days" if header.settling_days else "",
        *defined.sentences(answer.question),
        f"Build: {_code(answer.build_id)}, definition: {_code(answer.question.definition_hash)}",
    ]
    st.markdown("\n".join(f"- {fact}" for fact in facts if fact))
    if header.caveats:
        st.markdown("**Mind**\n" + "\n".join(f"- {words.safe(caveat)}" for caveat in header.caveats))


def _about(answer: Answer, column: AnsweredColumn) -> str:
    """What the header says of a column, as a sentence."""
    said = column.about if column.name in answer.question.header.columns else figures.label(answer, column)
    return f"{said.rstrip('.')}."


def _place(question: QuestionFile) -> str:
    return _code(f"{question.root.name}/questions/{question.name}.sql")


def _code(text: str) -> str:
    return f"`{_plain(text)}`"


def _plain(text: str) -> str:
    return text.replace("`", "")
