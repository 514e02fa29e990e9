import streamlit as st

from dashboard import asked, words
from dashboard.parts import head, question_about, question_answer, question_list, question_params

LOOK_EVERY_SECONDS = 2

seen = asked.fingerprint()
found = asked.questions()
name = st.query_params.get("q", "")
question = found.get(name)

if question or name in found.broken:
    question_list.link("", "All questions", ":material/arrow_back:")
if question:
    question_answer.show(question)
elif name in found.broken:
    question_params.go_to(name)
    question_about.broken(name, found.broken[name])
else:
    if not name:
        question_params.go_to("")
    head.first_line(words.plural(len(found.files), "question"), head.published())
    head.headline("Questions", question_list.headline(found))
    if name:
        st.markdown(f":orange[There is no question {words.safe(name)}. These are all of them.]")
    question_list.show(found)
    with st.expander("Add a question of your own", type="compact"):
        st.markdown(
            "A question is one SQL file with a header, in `queries/questions/` of your workspace, and a golden test. "
            "`careful query new theme/name` writes both with a working example; save it, and it stands here."
        )


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def look_again() -> None:
    """A question file that was added or changed is shown without anybody asking for it."""
    if asked.fingerprint() != seen:
        st.rerun()


look_again()
