"""What stands beside a verdict: why it is a hint only, what another method says, why the counts say something else."""

from dashboard import words
from dashboard.initiatives import DRAWN, Judged

_ONLY_A_HINT = {
    "moved apart": "But the groups did not move alike before the start already.",
    "told late": "But we were told late who was drawn, when it could be known what came of it.",
    "silence": "But the groups did not answer equally often, and those who kept silent could undo it.",
}
APART = 0.005
"""Half of 100th: a difference of two counts that the effect does not show is explained from here on."""


def why_only_a_hint(one: Judged) -> str:
    """Why nothing is proved."""
    if one.doubt:
        return _ONLY_A_HINT[one.doubt]
    if one.pretrend_p is not None:
        return _ONLY_A_HINT["moved apart"]
    return "All got it at once, and the world may have moved as well."


def dispute(one: Judged) -> str:
    """Another method disagrees; empty where none does."""
    if not one.is_disputed:
        return ""
    return "Another method finds something else on the same customers, so take it with care."


def why_counts_differ(one: Judged) -> str:
    """Why the effect is not the difference of the two counts beside it; empty where it is."""
    if (
        one.successes_treated is None
        or one.successes_control is None
        or not (one.n_treated and one.n_control)
    ):
        return ""
    plain = one.successes_treated / one.n_treated - one.successes_control / one.n_control
    if one.effect is None or abs(plain - one.effect) < APART:
        return ""
    alike = (
        "not everybody had the same chance of being drawn, so only people with the same chance are compared"
        if one.evidence == DRAWN
        else "only people of the same kind are compared"
    )
    way = "fewer" if plain < 0 else "more"
    return f"These counts alone would say {words.of_100(abs(plain))} of 100 {way}: {alike}."
