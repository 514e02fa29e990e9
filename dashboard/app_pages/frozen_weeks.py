from dashboard import builds, restated, weeks, words
from dashboard.parts import first_look, frozen_list, head, restatement, states

fresh, is_late = head.freshness()
head.first_line(fresh, amber=is_late)
kept = restated.frozen_weeks()

if not kept:
    head.headline("No week is frozen yet.")
    states.empty(
        "Nothing to look back at.",
        f"Needed: `careful snapshot --config {builds.settings_today().path}`, or `careful schedule`, which freezes "
        "each week once it is over. A frozen week stays as it was known, whatever arrives later.",
    )
else:
    touched = [one for one in kept if restated.touched(one)]
    head.headline(
        f"{words.capital(words.number_word(len(touched)))} frozen "
        f"{'week is' if len(touched) == 1 else 'weeks are'} not as frozen."
        if touched
        else f"{words.capital(words.number_word(len(kept)))} {'week is' if len(kept) == 1 else 'weeks are'} frozen.",
        "A frozen week shows its numbers as they were known then, with the definitions of then. It holds counts only, "
        "never a person.",
    )
    frozen_list.section(kept)
    restatement.section(kept)

first_look.section(weeks.closed()[0])
