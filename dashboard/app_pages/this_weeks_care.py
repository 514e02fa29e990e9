from dashboard import builds, care_list, words
from dashboard.parts import head, states, work_list

fresh, is_late = head.freshness()
today = care_list.today()
head.first_line(f"As of {words.day(today, year=True)}", fresh, amber=is_late)

if not care_list.has_proposals():
    head.headline("We do not know yet with whom it is time.")
    states.empty(
        "The numbers on screen were published before there were care lists.",
        f"Needed: `careful run --config {builds.settings().path}`. It finds out with whom it is time, and whom to "
        "leave in peace.",
    )
else:
    work_list.show(today)
