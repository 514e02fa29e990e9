"""Designed states: what a page says when it has nothing to show, and what would be needed."""

import streamlit as st

from dashboard import arrivals, builds, words


def no_settings(message: str) -> None:
    """The app was started without a usable careful.toml."""
    st.title("Careful does not know whose numbers to show", anchor=False)
    st.markdown("It was started without settings. The sample company is one command away:")
    st.code("careful up", language="bash")
    with st.expander("What was looked for"):
        st.text(message)


def no_build(message: str) -> None:
    """A build was published and is gone."""
    st.title("The published numbers are missing", anchor=False)
    st.text(message)


def first_run() -> None:
    """Nothing is published yet."""
    settings = builds.settings()
    st.title("Nothing is published yet", anchor=False)
    st.markdown(
        f"Put your export files into `{settings.inbox}`, then run these two commands. "
        "The first reads the files and publishes the numbers, the second shows them here."
    )
    st.code(f"careful run --config {settings.path}\ncareful serve --config {settings.path}", language="bash")
    st.markdown(
        ":small[:gray[HubSpot, Salesforce, Zendesk, Qualtrics and Shopify exports are understood as they are. "
        "Names, e-mails and telephone numbers never get past the door.]]"
    )


def empty(sentence: str, needed: str) -> None:
    """A part of a page has nothing to say; it says so, and what would change that."""
    with st.container(border=True):
        st.markdown(f"**{sentence}**\n\n{needed}")


def no_files() -> None:
    """A company without a single row."""
    settings = builds.settings()
    empty(
        "Nothing has been read.",
        f"Needed: export files in `{settings.inbox}`, then `careful run`. HubSpot, Salesforce, Zendesk, Qualtrics and "
        "Shopify exports are understood as they are.",
    )


def too_little(rows: int) -> None:
    """Files were read, but no week has enough people in it."""
    through = arrivals.through_on()
    reach = f"; every source reaches to {words.short_day(through)}" if through else ""
    empty(
        f"{words.plural(rows, 'row')} arrived{reach}.",
        "A number is shown from ten people on, for weeks of the last five years. What arrived, and what was set aside, "
        "is on the page Data health.",
    )


def nobody_asked() -> None:
    """No answers to the questions that these numbers rest on."""
    with st.container(border=True):
        st.markdown(
            "**We can't say yet how customers feel: too few have answered these questions.**\n\n"
            "Here is a survey of nine questions. "
            "100 answers tell you to within about 10 of 100."
        )
        st.download_button(
            "Get the survey", SURVEY, file_name="survey.txt", mime="text/plain", key="survey",
            icon=":material/download:",
        )  # fmt: skip


SURVEY = """\
Nine questions for customers who dealt with you in the last weeks. Answers on a scale of 1 to 7.
Map each to the name in brackets in careful.toml, under [mapping.<your survey tool>].

1. Could you do what you wanted to do?                     1 not at all ... 7 completely      [success]
2. How easy was it?                                        1 very hard ... 7 very easy        [effort]
3. How did you feel about it?                              1 upset ... 7 delighted            [emotion]
4. How likely are you to buy more from us?                 1 very unlikely ... 7 very likely  [purchase_more]
5. How likely are you to recommend us?                     1 very unlikely ... 7 very likely  [recommend]
6. If we made a mistake, how likely would you forgive us?  1 very unlikely ... 7 very likely  [forgive]
7. Do you trust us to look after your needs?               1 not at all ... 7 completely      [trust]
8. Do you feel valued as our customer?                     1 not at all ... 7 completely      [valued]
9. What should we know?                                    in your own words                  [comment]
"""
