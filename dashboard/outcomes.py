"""What an initiative is judged by, in plain words."""

from dataclasses import dataclass

_KNOWN = {
    "purchase_within_horizon": ("come back within {days} days", "came back", "ordered again within {days} days"),
    "purchase_in_month": ("order in a month", "ordered in a month", "ordered, month by month"),
    "purchase_in_week": ("order in a week", "ordered in a week", "ordered, week by week"),
    "margin_per_customer": ("bring margin", "brought margin", "margin per customer"),
    "asked_to_stop": ("ask us to stop writing", "asked us to stop writing", "asked us to stop writing"),
    "success": ("get it done", "got it done", "got it done, when asked"),
    "effort": ("find it easy", "found it easy", "found it easy, when asked"),
    "emotion": ("feel well cared for", "felt well cared for", "felt well cared for, when asked"),
    "understood": ("feel understood", "felt understood", "felt understood, when asked"),
    "valued": ("feel valued", "felt valued", "felt valued, when asked"),
    "purchase_more": ("would buy more", "would buy more", "would buy more, when asked"),
    "recommend": ("would recommend us", "would recommend us", "would recommend us, when asked"),
    "forgive": ("would forgive us a mistake", "would forgive us a mistake", "would forgive us, when asked"),
    "trust": ("trust us", "trusted us", "trusted us, when asked"),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """An outcome as a sentence needs it: of 100 customers 22 `do`; 330 of 1,200 `did`; judged `by`."""

    do: str
    did: str
    by: str


def of(name: str, days: int) -> Outcome:
    """The words for an outcome; one that nobody has put into words keeps its name, in quotation marks."""
    plain = f"“{name.replace('_', ' ')}”"
    known = _KNOWN.get(name, (f"have {plain}", f"had {plain}", plain))
    return Outcome(*(text.format(days=days) for text in known))
