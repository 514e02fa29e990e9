"""The initiatives as they were written down before they started."""

from datetime import date, timedelta

import polars as pl

from sample_data import personal_contact, training, vouchers

NOTE, BIRTHDAY, DISCOUNT, CALL = "INIT-NOTE", "INIT-BIRTHDAY", "INIT-DISCOUNT", "INIT-CALL"
VOUCHER, PERSON, TRAINING, EASY_HUMAN = "INIT-VOUCHER", "INIT-PERSON", "INIT-EMPATHY", "INIT-HUMAN"
BIRTHDAYS_FROM = date(2026, 1, 5)
DISCOUNTS_FROM, DISCOUNTS_UNTIL = date(2026, 2, 2), date(2026, 9, 1)
CALLS_FROM, CALLS_UNTIL = date(2025, 3, 3), date(2026, 2, 2)
EASY_HUMAN_FROM = date(2026, 4, 7)
OWN_COSTS = {TRAINING: "18000.00", EASY_HUMAN: "6500.00"}
"""Of those that are no acts of care."""
_NO_OCCASION = ""

PLANS = [
    # id, name, tactic, care class, occasion, hypothesis, outcome, unit, horizon, smallest effect, starts on
    (NOTE, "Handwritten thank-you after the second order", "handwritten note", "extra", "second_order",
     "A handwritten note brings second-time buyers back.",
     "purchase_within_horizon", "customer", 90, "0.03", None),
    (BIRTHDAY, "Birthday card", "greeting card", "extra", "birthday",
     "A card on the day shows that we know our customers.",
     "purchase_within_horizon", "customer", 90, "0.02", BIRTHDAYS_FROM),
    (DISCOUNT, "Surprise discount after a bad experience", "unexpected discount", "extra", "felt_bad",
     "A surprise turns an unhappy customer round.",
     "purchase_within_horizon", "customer", 90, "0.03", DISCOUNTS_FROM),
    (CALL, "A call after a bad answer", "care call", "owed", "felt_bad",
     "Who told us it went badly, and is called, feels better the next time we ask.",
     "emotion", "customer", 180, "0.10", CALLS_FROM),
    (VOUCHER, "15 % off for regular customers", "voucher", "extra", "surprise",
     "Half a year of 15 % off makes regular customers order more.",
     "purchase_within_horizon", "customer", vouchers.HORIZON_DAYS, "0.04", vouchers.DRAWN_ON),
    (PERSON, "One contact person for long-standing customers", "personal contact", "extra", _NO_OCCASION,
     "Who knows whom to ring orders more often.",
     "purchase_in_month", "customer", 365, "0.01", personal_contact.WAVES[0]),
    (TRAINING, "Empathy training for the care teams", "training", "owed", _NO_OCCASION,
     "Teams that practise listening make customers feel understood.",
     "understood", "team", 180, "0.05", min(training.TRAINED_ON.values())),
    (EASY_HUMAN, "An easy way to a human", "human access", "owed", _NO_OCCASION,
     "A visible 'talk to a person' button keeps customers.",
     "purchase_within_horizon", "company", 180, "0.02", EASY_HUMAN_FROM),
]  # fmt: skip
OWNERS = {"customer": "head of care", "team": "head of chat", "company": "head of shop"}
WRITTEN_DAYS_BEFORE = 14
LOOKS_ON = {
    NOTE: (date(2026, 11, 12), date(2027, 2, 12)),
    BIRTHDAY: (date(2027, 4, 15), date(2027, 7, 15)),
    DISCOUNT: (date(2026, 10, 15), date(2027, 1, 15)),
    CALL: (date(2026, 9, 1), date(2026, 12, 1)),
    VOUCHER: (date(2026, 11, 2), date(2027, 2, 1)),
    PERSON: (date(2026, 10, 12), date(2027, 2, 15)),
    TRAINING: (date(2026, 11, 2), date(2027, 2, 1)),
    EASY_HUMAN: (date(2026, 10, 18), date(2027, 1, 16)),
}
"""Two days each, fixed beforehand: by the first the time is over for (nearly) all who started."""


def plans(note_from: date, acts_cost: dict[str, str]) -> pl.DataFrame:
    """One row per initiative, with what all of it costs; it is looked at twice, on days fixed beforehand."""
    return pl.DataFrame(
        [
            {
                "initiative_id": key,
                "name": name,
                "tactic": tactic,
                "care_class": care_class,
                "occasion": occasion,
                "hypothesis": hypothesis,
                "primary_outcome": outcome,
                "unit_of_assignment": unit,
                "horizon_days": str(horizon),
                "smallest_effect_worth_having": smallest,
                "starts_on": (starts or note_from).isoformat(),
                "looks_on": ";".join(day.isoformat() for day in LOOKS_ON[key]),
                "written_on": ((starts or note_from) - timedelta(WRITTEN_DAYS_BEFORE)).isoformat(),
                "owner": OWNERS[unit],
                "cost_amount": OWN_COSTS.get(key, acts_cost.get(key, "0.00")),
                "currency": "EUR",
            }
            for key, name, tactic, care_class, occasion, hypothesis, outcome, unit, horizon, smallest, starts in PLANS
        ]
    )
