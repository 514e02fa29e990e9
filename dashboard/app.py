"""The entry: page configuration, navigation, shared filters. Pages are plain scripts in `app_pages`."""

import streamlit as st

from dashboard import builds, locales, words
from dashboard.parts import filters, frozen_week, notice, states
from pipelines.journal import JournalError
from pipelines.settings import SettingsError
from pipelines.store import StoreError

PAGE_WIDTH = 1060

st.set_page_config(page_title="Careful", page_icon="🤍", layout="wide")

this_week = st.Page(
    "app_pages/this_week.py", title="This week", icon=":material/calendar_view_week:", default=True
)
feelings = st.Page(
    "app_pages/feelings_and_loyalty.py",
    title="Feelings and loyalty",
    url_path="feelings-and-loyalty",
    icon=":material/mood:",
)
top_customers = st.Page(
    "app_pages/top_customers.py",
    title="Top customers",
    url_path="top-customers",
    icon=":material/military_tech:",
)
did_it_work = st.Page(
    "app_pages/did_it_work.py",
    title="Did it work?",
    url_path="did-it-work",
    icon=":material/volunteer_activism:",
)
this_weeks_care = st.Page(
    "app_pages/this_weeks_care.py",
    title="This week's care",
    url_path="this-weeks-care",
    icon=":material/checklist:",
)
try_something = st.Page(
    "app_pages/try_something.py",
    title="Try something",
    url_path="try-something",
    icon=":material/science:",
)
service_and_care = st.Page(
    "app_pages/service_and_care.py",
    title="Service and care",
    url_path="service-and-care",
    icon=":material/support_agent:",
)
digital_journey = st.Page(
    "app_pages/digital_journey.py",
    title="Digital journey",
    url_path="digital-journey",
    icon=":material/travel_explore:",
)
questions = st.Page(
    "app_pages/questions.py",
    title="Questions",
    url_path="questions",
    icon=":material/help_center:",
)
meeting = st.Page(
    "app_pages/meeting.py", title="Meeting", url_path="meeting", icon=":material/groups:"
)  # fmt: skip
frozen_weeks = st.Page(
    "app_pages/frozen_weeks.py", title="Frozen weeks", url_path="frozen-weeks", icon=":material/ac_unit:"
)  # fmt: skip
data_health = st.Page(
    "app_pages/data_health.py",
    title="Data health",
    url_path="data-health",
    icon=":material/health_and_safety:",
)
meanings = st.Page(
    "app_pages/meanings.py",
    title="What the numbers mean",
    url_path="what-the-numbers-mean",
    icon=":material/menu_book:",
)

MAIN = (this_week, feelings, top_customers, did_it_work)
MORE = (
    meeting, this_weeks_care, try_something, service_and_care, digital_journey, questions, frozen_weeks, data_health,
    meanings,
)  # fmt: skip
OF_PEOPLE = (this_weeks_care, try_something)
FILTERED = (this_week, feelings, top_customers, service_and_care)

page = st.navigation([*MAIN, *MORE], position="hidden")

try:
    frozen_week.follow_address()
    shown = builds.build()
    company = builds.settings().company
    locales.use(locales.of_company(company))
except SettingsError as error:
    states.no_settings(str(error))
    st.stop()
except StoreError as error:
    states.no_build(str(error))
    st.stop()

with st.sidebar:
    st.header(":material/favorite: Careful", anchor=False)
    st.markdown(f":small[:gray[{'Sample company' if company.sample else words.safe(company.name)}]]")
    for link in MAIN:
        st.page_link(link, width="stretch", query_params=frozen_week.address() or None)
    st.markdown(":small[:gray[More]]")
    for link in MORE:
        st.page_link(link, width="stretch", query_params=frozen_week.address() or None)
    if shown is not None and page in FILTERED:
        filters.choose()

with st.container(width=PAGE_WIDTH):
    if shown is None:
        states.first_run()
    else:
        frozen_week.banner()
        frozen_week.write_address()
        if builds.frozen() is None:
            notice.newer_build()
            notice.failed_run()
        try:
            if builds.frozen() is not None and page in OF_PEOPLE:
                st.title(page.title, anchor=False)
                states.no_people()
            else:
                page.run()
        except JournalError as error:
            states.no_journal(str(error))
        except StoreError as error:
            states.no_build(str(error))
        except builds.NotForThisViewer:
            states.no_people()
