import streamlit as st

from dashboard import care_list, decisions, initiatives, margins, words
from dashboard.parts import frozen_week, head, portfolio, proof, states

book = care_list.journal()
found = initiatives.judged()
plans = book.plans()
planned = initiatives.not_begun(plans, found)
compared = sum(one.is_compared for one in found)
asked = st.query_params.get("initiative", "")
# A link from a page to itself leaves the address as it was, and the next click would follow that.
st.query_params.from_dict(frozen_week.address() | ({"initiative": asked} if asked else {}))
one = next((each for each in found if each.initiative_id == asked), None)
plan = next((each for each in plans if each.initiative_id == asked), None)

fresh, is_late = head.freshness()
head.first_line(f"{words.plural(len(found), 'initiative')}", fresh, amber=is_late)

if one is not None:
    proof.show(one, compared, plan, book)
elif plan is not None:
    proof.planned(plan, book)
else:
    head.headline(initiatives.headline(found))
    if asked:
        st.markdown(
            ":orange[There is no initiative of that name in the numbers on screen. These are all of them.]"
        )
    if board := margins.board_words(margins.board(found, decisions.today())):
        st.markdown(board)
    frozen_week.link("app_pages/try_something.py", "Try something", "science")
    if not found and not planned:
        states.empty(
            "No initiative has been written down.",
            "Needed: a file `initiatives.csv` that says what you try, and `assignments.csv` that says who was drawn by "
            "lot and who was not. Or try something from here: drawing by lot is what lets us say later whether it "
            "worked.",
        )
    portfolio.show(found, planned, decisions.of(book))
